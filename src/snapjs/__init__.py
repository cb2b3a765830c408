"""JavaScript for Python that you can pause, save and resume, in the middle of an ``await``."""

from __future__ import annotations

# Not imported with the others, for it has the name of its module: the import system would put that in its place.
from .pending import pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import testing as testing
    from . import typescript as typescript
    from . import workflows as workflows
    from .constants import MAX_STACK_SIZE, CompileFlags, EvalFlags, Intrinsics
    from .difference import Difference, diff
    from .engines import EngineStore
    from .errors import (
        BusyError,
        CapabilityError,
        ClosedError,
        ConversionError,
        EngineMismatch,
        ExtensionError,
        ExtensionMismatch,
        GuestTrapped,
        Interrupted,
        JSError,
        KeyRefused,
        LimitError,
        MemoryLimitError,
        MissingExport,
        ModuleNotFound,
        NotQuiescent,
        PayloadTooLarge,
        PoolError,
        QueueFull,
        RunDamaged,
        RunEnded,
        SecretExposed,
        SnapjsError,
        SnapshotError,
        SnapshotFormatError,
        StackLimitError,
        StillPending,
        StoreError,
        TimeLimitError,
        UnknownSecret,
        WorkerDied,
        WorkflowError,
        WrongVMError,
    )
    from .extension import Extension
    from .fetch import Fetch
    from .file_system import FileStatus, FileSystem, Folder
    from .function import Function
    from .grant import Grant
    from .handle import Handle, PropertyDescriptor
    from .module_function import ModuleFunction
    from .modules import ImportMap, Module
    from .node_modules import NodeModules
    from .pending import PendingCall
    from .pool import Pool, Results
    from .promise import Deferred, Promise, PromiseResult
    from .reactor import Reactor
    from .realm import Realm
    from .sandbox import CapabilityCall, Sandbox, SessionStore
    from .scope import Scope
    from .snapshot import SavedCall, SavedExtension, Snapshot, Timer
    from .statistics import Latency, PoolStatistics, Statistics, WorkerStatistics
    from .values import BigInt, JSMap, RegExp, Symbol, undefined
    from .vm import VM

__all__ = [
    "MAX_STACK_SIZE",
    "VM",
    "BigInt",
    "BusyError",
    "CapabilityCall",
    "CapabilityError",
    "ClosedError",
    "CompileFlags",
    "ConversionError",
    "Deferred",
    "Difference",
    "EngineMismatch",
    "EngineStore",
    "EvalFlags",
    "Extension",
    "ExtensionError",
    "ExtensionMismatch",
    "Fetch",
    "FileStatus",
    "FileSystem",
    "Folder",
    "Function",
    "Grant",
    "GuestTrapped",
    "Handle",
    "ImportMap",
    "Interrupted",
    "Intrinsics",
    "JSError",
    "JSMap",
    "KeyRefused",
    "Latency",
    "LimitError",
    "MemoryLimitError",
    "MissingExport",
    "Module",
    "ModuleFunction",
    "ModuleNotFound",
    "NodeModules",
    "NotQuiescent",
    "PayloadTooLarge",
    "PendingCall",
    "Pool",
    "PoolError",
    "PoolStatistics",
    "Promise",
    "PromiseResult",
    "PropertyDescriptor",
    "QueueFull",
    "Reactor",
    "Realm",
    "RegExp",
    "Results",
    "RunDamaged",
    "RunEnded",
    "Sandbox",
    "SavedCall",
    "SavedExtension",
    "Scope",
    "SecretExposed",
    "SessionStore",
    "SnapjsError",
    "Snapshot",
    "SnapshotError",
    "SnapshotFormatError",
    "StackLimitError",
    "Statistics",
    "StillPending",
    "StoreError",
    "Symbol",
    "TimeLimitError",
    "Timer",
    "UnknownSecret",
    "WorkerDied",
    "WorkerStatistics",
    "WorkflowError",
    "WrongVMError",
    "diff",
    "pending",
    "undefined",
]

# Each name is imported when it is first asked for, so that a process pays for what it uses.
_MODULES = {
    "constants": "MAX_STACK_SIZE CompileFlags EvalFlags Intrinsics",
    "difference": "Difference diff",
    "engines": "EngineStore",
    "errors": (
        "BusyError CapabilityError ClosedError ConversionError EngineMismatch ExtensionError ExtensionMismatch "
        "GuestTrapped Interrupted JSError KeyRefused LimitError MemoryLimitError MissingExport ModuleNotFound "
        "NotQuiescent PayloadTooLarge PoolError QueueFull RunDamaged RunEnded SecretExposed SnapjsError SnapshotError "
        "SnapshotFormatError StackLimitError StillPending StoreError TimeLimitError UnknownSecret WorkerDied "
        "WorkflowError WrongVMError"
    ),
    "extension": "Extension",
    "fetch": "Fetch",
    "file_system": "FileStatus FileSystem Folder",
    "function": "Function",
    "grant": "Grant",
    "handle": "Handle PropertyDescriptor",
    "node_modules": "NodeModules",
    "module_function": "ModuleFunction",
    "modules": "ImportMap Module",
    "pending": "PendingCall",
    "pool": "Pool Results",
    "promise": "Deferred Promise PromiseResult",
    "reactor": "Reactor",
    "realm": "Realm",
    "sandbox": "CapabilityCall Sandbox SessionStore",
    "scope": "Scope",
    "snapshot": "SavedCall SavedExtension Snapshot Timer",
    "statistics": "Latency PoolStatistics Statistics WorkerStatistics",
    "values": "BigInt JSMap RegExp Symbol undefined",
    "vm": "VM",
}
_SUBMODULES = ("testing", "typescript", "workflows")
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    module = _HOMES.get(name, name)
    if module not in _MODULES and module not in _SUBMODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # What importlib.import_module does, without importing that: half a millisecond.
    found = __import__(f"{__name__}.{module}", fromlist=["*"])
    if module == name:
        return found
    value = globals()[name] = getattr(found, name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOMES, *_SUBMODULES]
