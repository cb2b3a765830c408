"""The pages of the reference that are made of docstrings: which names stand on which, and in which order."""

import dataclasses
from importlib import import_module
from typing import Any, NamedTuple


class Page(NamedTuple):
    """A page of the reference."""

    title: str
    module: str
    names: str
    """in their order, with a space between them"""
    guide: str = "api"
    """the document that has examples"""


PAGES = {
    "vm": Page("VM", "snapjs", "VM Statistics Intrinsics EvalFlags CompileFlags MAX_STACK_SIZE"),
    "realm": Page("Realm", "snapjs", "Realm"),
    "references": Page("Functions and promises", "snapjs", "Function Promise Deferred PromiseResult"),
    "handles": Page("Handles", "snapjs", "Handle PropertyDescriptor Scope"),
    "pending": Page("Pending calls", "snapjs", "pending PendingCall"),
    "snapshots": Page("Snapshots", "snapjs", "Snapshot SavedCall SavedExtension Timer diff Difference EngineStore"),
    "values": Page("Values", "snapjs", "undefined BigInt JSMap Symbol RegExp"),
    "modules": Page("Modules", "snapjs", "Module ImportMap NodeModules ModuleFunction", "modules"),
    "typescript": Page("TypeScript", "snapjs.typescript", "transpile Transpiled", "typescript"),
    "fetch": Page("Fetch", "snapjs", "Fetch", "web"),
    "extensions": Page("Extensions", "snapjs", "Extension", "extensions"),
    "sandbox": Page("Sandbox", "snapjs", "Sandbox Grant CapabilityCall SessionStore", "sandbox"),
    "pool": Page("Pool", "snapjs", "Pool Results PoolStatistics WorkerStatistics Latency", "pool"),
    "clusters": Page("Dask", "snapjs.integrations.dask", "share share_async", "clusters"),
    "reactor": Page("Reactor", "snapjs", "Reactor FileSystem FileStatus Folder", "reactor"),
    "workflows": Page(
        "Workflows",
        "snapjs.workflows",
        "App Run Status Schedule Stream StepContext current_step History PastTurn Told Wanted Kind Attempt",
        "workflows",
    ),
    "testing": Page("Testing workflows", "snapjs.testing", "workflows InProcessApp every_crash Place", "workflows"),
    "errors": Page(
        "Errors, by class",
        "snapjs",
        "SnapjsError JSError LimitError Interrupted TimeLimitError MemoryLimitError StackLimitError GuestTrapped "
        "ClosedError BusyError WrongVMError ConversionError ModuleNotFound StillPending CapabilityError PoolError "
        "MissingExport QueueFull WorkerDied WorkflowError RunEnded PayloadTooLarge RunDamaged StoreError KeyRefused "
        "UnknownSecret SecretExposed ExtensionError SnapshotError SnapshotFormatError EngineMismatch "
        "ExtensionMismatch NotQuiescent",
        "errors",
    ),
}
"""the pages, by the names of their files"""

FLAGS = {"Intrinsics", "EvalFlags", "CompileFlags", "Kind", "Status"}
"""whose members of their own are all that matters: they inherit those of int and str"""

MADE_BY_OTHERS = {
    "Deferred", "Function", "Grant", "Handle", "PendingCall", "Promise", "Realm", "Results", "Run", "Schedule", "Scope",
    "Snapshot", "StepContext", "Stream",
}  # fmt: skip
"""whose constructors are not for users"""

PUBLIC_BASES = "App, int, dict, Mapping, Protocol"
"""what these have is not repeated in what inherits from them"""


def text(page: Page) -> str:
    """A page, in reStructuredText."""
    home = import_module(page.module)
    directives = "\n".join(_directive(name, getattr(home, name)) for name in page.names.split())
    return (
        f"{page.title}\n{'=' * len(page.title)}\n\n"
        f"With examples: :doc:`/docs/{page.guide}`.\n\n"
        f".. currentmodule:: {page.module}\n\n{directives}"
    )


def _directive(name: str, value: Any) -> str:
    if not isinstance(value, type):
        is_function = callable(value) and value.__doc__
        return f".. auto{'function' if is_function else 'data'}:: {name}\n"
    if issubclass(value, BaseException):
        return f".. autoexception:: {name}\n   :members:\n   :show-inheritance:\n"
    inherited = "" if name in FLAGS else f"   :inherited-members: {PUBLIC_BASES}\n"
    # Fields that their names and types explain have no text.
    fields = "   :undoc-members:\n" if name in FLAGS or dataclasses.is_dataclass(value) else ""
    return f".. autoclass:: {name}\n   :members:\n{inherited}{fields}"
