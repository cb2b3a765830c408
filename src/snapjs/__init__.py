"""JavaScript for Python that you can pause, save and resume, in the middle of an ``await``."""

from .constants import MAX_STACK_SIZE, CompileFlags, EvalFlags, Intrinsics
from .difference import Difference, diff
from .engines import EngineStore
from .errors import (
    BusyError,
    CapabilityError,
    ClosedError,
    ConversionError,
    EngineMismatch,
    GuestTrapped,
    Interrupted,
    JSError,
    LimitError,
    MemoryLimitError,
    ModuleNotFound,
    NotQuiescent,
    PoolError,
    QueueFull,
    SnapjsError,
    SnapshotError,
    SnapshotFormatError,
    StackLimitError,
    StillPending,
    TimeLimitError,
    WorkerDied,
    WrongVMError,
)
from .function import Function
from .handle import Handle, PropertyDescriptor
from .pending import PendingCall, pending
from .promise import Deferred, Promise, PromiseResult
from .realm import Realm
from .scope import Scope
from .snapshot import SavedCall, Snapshot, Timer
from .values import BigInt, JSMap, RegExp, Symbol, undefined
from .vm import VM, Statistics

__all__ = [
    "MAX_STACK_SIZE",
    "VM",
    "BigInt",
    "BusyError",
    "CapabilityError",
    "ClosedError",
    "CompileFlags",
    "ConversionError",
    "Deferred",
    "Difference",
    "EngineMismatch",
    "EngineStore",
    "EvalFlags",
    "Function",
    "GuestTrapped",
    "Handle",
    "Interrupted",
    "Intrinsics",
    "JSError",
    "JSMap",
    "LimitError",
    "MemoryLimitError",
    "ModuleNotFound",
    "NotQuiescent",
    "PendingCall",
    "PoolError",
    "Promise",
    "PromiseResult",
    "PropertyDescriptor",
    "QueueFull",
    "Realm",
    "RegExp",
    "SavedCall",
    "Scope",
    "SnapjsError",
    "Snapshot",
    "SnapshotError",
    "SnapshotFormatError",
    "StackLimitError",
    "Statistics",
    "StillPending",
    "Symbol",
    "TimeLimitError",
    "Timer",
    "WorkerDied",
    "WrongVMError",
    "diff",
    "pending",
    "undefined",
]
