"""Every exception that snapjs raises.

```
SnapjsError
├── JSError                  an exception thrown by JavaScript
├── LimitError               a limit stopped the code
│   ├── Interrupted          the interrupt callable said so
│   ├── TimeLimitError       (TimeoutError)
│   ├── MemoryLimitError     (MemoryError)
│   └── StackLimitError      (RecursionError)
├── GuestTrapped             the instance is dead
├── ClosedError              you closed it
├── BusyError                another thread is in the VM
├── WrongVMError             the object belongs to another VM
├── ConversionError          (TypeError) a value has no counterpart on the other side
├── ModuleNotFound           (ImportError) no loader has the module
├── StillPending             a result waits on unanswered calls
├── CapabilityError          (PermissionError) the sandbox does not allow it
├── PoolError
│   ├── MissingExport        the program has no function of that name
│   ├── QueueFull
│   └── WorkerDied
├── WorkflowError
│   ├── RunEnded             a run that has ended was told something
│   ├── PayloadTooLarge      (ValueError) a value is larger than a store takes
│   ├── RunDamaged           the state of a run is lost
│   ├── StoreError           the file in which runs are kept cannot be used
│   ├── KeyRefused           what is encrypted there cannot be read
│   ├── UnknownSecret        (LookupError) a workflow refers to a secret that there is not
│   └── SecretExposed        (ValueError) the value of a secret would be stored
├── ExtensionError           a native extension cannot be used
└── SnapshotError
    ├── SnapshotFormatError  (ValueError) truncated, corrupt, not a snapshot, newer format
    ├── EngineMismatch       the engine that it needs is not to be found
    ├── ExtensionMismatch    (ExtensionError) the extensions are not those that it needs
    └── NotQuiescent         JavaScript is on the stack
```

The facts are in attributes; the message says the cause, then the remedy. All are picklable with their attributes and
their ``__cause__``; what cannot be pickled (a function of the VM in ``JSError.value``, say) becomes its ``repr`` on the
way.
"""

from __future__ import annotations

from ._threads import local

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar

    _E = TypeVar("_E", bound="SnapjsError")

__all__ = [
    "BusyError",
    "CapabilityError",
    "ClosedError",
    "ConversionError",
    "EngineMismatch",
    "ExtensionError",
    "ExtensionMismatch",
    "GuestTrapped",
    "Interrupted",
    "JSError",
    "KeyRefused",
    "LimitError",
    "MemoryLimitError",
    "MissingExport",
    "ModuleNotFound",
    "NotQuiescent",
    "PayloadTooLarge",
    "PoolError",
    "QueueFull",
    "RunDamaged",
    "RunEnded",
    "SecretExposed",
    "SnapjsError",
    "SnapshotError",
    "SnapshotFormatError",
    "StackLimitError",
    "StillPending",
    "StoreError",
    "TimeLimitError",
    "UnknownSecret",
    "WorkerDied",
    "WorkflowError",
    "WrongVMError",
]

_checking = local()


def _rebuild(kind: type[_E], arguments: tuple[Any, ...]) -> _E:
    """An exception of this class without running its ``__init__``; its attributes follow as the pickle's state."""
    new = OSError.__new__ if issubclass(kind, OSError) else BaseException.__new__
    error: _E = new(kind)
    BaseException.__init__(error, *arguments)
    return error


def _portable(owner: SnapjsError, value: Any, *, members: bool = True) -> Any:
    """The value, or its ``repr`` where it cannot be pickled; of a dict, that of the members that cannot."""
    if value is None or isinstance(value, str | int | float | bytes | SnapjsError):
        return value
    owners: set[int] = _checking.__dict__.setdefault("owners", set())
    if id(owner) in owners:  # an error inside its own properties: the trial that is under way decides
        return value
    import pickle

    owners.add(id(owner))
    try:
        pickle.dumps(value)
    except Exception:
        pass
    else:
        return value
    finally:
        owners.discard(id(owner))
    if members and type(value) is dict:
        return {key: _portable(owner, member, members=False) for key, member in value.items()}
    return repr(value)


def add_stack(error: BaseException, stack: str | None) -> None:
    """Have tracebacks of the exception show a JavaScript stack, once."""
    if stack and not stack.isspace():
        note = "JavaScript stack:\n" + stack.rstrip("\n")
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


class SnapjsError(Exception):
    """The base of every exception of snapjs.

    :param message: the cause, then the remedy.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)

    def _state(self) -> dict[str, Any]:
        state = {name: _portable(self, value) for name, value in self.__dict__.items()}
        cause = self.__cause__
        if cause is not None and (isinstance(cause, SnapjsError) or _portable(self, cause) is cause):
            state["__cause__"] = cause
        state["__suppress_context__"] = self.__suppress_context__
        return state

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args), self._state()


class JSError(SnapjsError):
    """An exception thrown by JavaScript. ``str()`` is ``Name: message``.

    :param name: of the Error; for anything else its class, or ``typeof`` of a primitive.
    :param stack: the JavaScript stack as text; a traceback shows it as a note.
    :param cause: the Error's ``cause``, converted; an exception becomes ``__cause__`` too.
    :param value: what was thrown, converted, when it was not an Error.
    :param properties: the Error's own data properties, converted.
    :param errors: those of an AggregateError.
    """

    name: str
    message: str
    stack: str | None
    value: Any
    properties: dict[str, Any]
    errors: list[Any]

    def __init__(
        self,
        name: str,
        message: str = "",
        *,
        stack: str | None = None,
        cause: Any = None,
        value: Any = None,
        properties: dict[str, Any] | None = None,
        errors: Sequence[Any] = (),
    ) -> None:
        super().__init__(f"{name}: {message}" if message else name)
        self.name = name
        self.message = message
        self.stack = stack
        self.value = value
        self.properties = {} if properties is None else properties
        self.errors = list(errors)
        self._handle: Any = None
        self.cause = cause
        add_stack(self, stack)

    @property
    def cause(self) -> Any:
        """The JavaScript ``cause``, converted; ``None`` without one."""
        return self._cause

    @cause.setter
    def cause(self, cause: Any) -> None:
        self._cause = cause
        if isinstance(cause, BaseException):
            self.__cause__: BaseException | None = cause

    @property
    def handle(self) -> Any:
        """A handle of the thrown value while its VM lives, else ``None``."""
        handle = self._handle
        return None if handle is None or handle.disposed else handle

    @handle.setter
    def handle(self, handle: Any) -> None:
        self._handle = handle

    def _state(self) -> dict[str, Any]:
        state = super()._state()
        state["_handle"] = None
        return state


class LimitError(SnapjsError):
    """A limit stopped the code.

    :param limit: its value, in seconds or bytes.
    :param stack: the JavaScript stack as text, where there was one; a traceback shows it as a note.
    """

    limit: float | None
    stack: str | None

    def __init__(self, message: str = "", *, limit: float | None = None, stack: str | None = None) -> None:
        super().__init__(message or self._text(limit))
        self.limit = limit
        self.stack = stack
        add_stack(self, stack)

    def _text(self, limit: float | None) -> str:
        return "A limit stopped the JavaScript code."


class Interrupted(LimitError):
    """The interrupt callable returned True."""

    def _text(self, limit: float | None) -> str:
        return "The interrupt callable stopped the JavaScript code. The VM can be used again."


class TimeLimitError(LimitError, TimeoutError):
    """The code ran longer than its timeout. ``limit`` is in seconds."""

    def _text(self, limit: float | None) -> str:
        after = "its timeout" if limit is None else f"{limit:g} s"
        return f"The JavaScript code ran longer than {after}. Give timeout= a larger value if it needs more."


class MemoryLimitError(LimitError, MemoryError):
    """The JavaScript heap is full. ``limit`` is in bytes."""

    def _text(self, limit: float | None) -> str:
        size = "all memory that it may have" if not limit else f"its {limit:.0f} bytes of memory"
        return f"JavaScript used up {size}. Give memory_limit= a larger value if it needs more."


class StackLimitError(LimitError, RecursionError):
    """JavaScript calls nest too deep. ``limit`` is in bytes."""

    def _text(self, limit: float | None) -> str:
        size = "" if not limit else f" of {limit:.0f} bytes"
        return f"JavaScript calls nest too deep for the stack{size}. Look for endless recursion, or raise stack_limit=."


class GuestTrapped(SnapjsError):
    """The WebAssembly instance failed in a way that JavaScript cannot; it is dead.

    :param reason: what happened.
    """

    reason: str

    def __init__(self, reason: str) -> None:
        super().__init__(f"The engine failed: {reason}. This VM is dead. Restore a snapshot, or make another.")
        self.reason = reason


class ClosedError(SnapjsError):
    """Something was used after its ``close()``."""

    def __init__(self, message: str = "This VM is closed. Use it before close(), or make another.") -> None:
        super().__init__(message)


class BusyError(SnapjsError):
    """Another thread is running code in the VM."""

    def __init__(
        self, message: str = "Another thread is in this VM. Let it finish first, or give each thread a VM of its own."
    ) -> None:
        super().__init__(message)


class WrongVMError(SnapjsError):
    """A handle, function or promise was given to a VM that it does not come from."""

    def __init__(
        self, message: str = "This object belongs to another VM. Convert it to a Python value and pass that."
    ) -> None:
        super().__init__(message)


class ConversionError(SnapjsError, TypeError):
    """A value has no counterpart on the other side.

    :param path: where in the value it is, as ``$.items[3].when``; ``None`` where that is not known.
    """

    path: str | None

    def __init__(self, message: str = "", *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


_NO_MODULE_REMEDY = "Give it to the VM with modules=."


class ModuleNotFound(SnapjsError, ImportError):
    """No loader has the module.

    :param specifier: as it was asked for.
    :param importers: the modules that led there, the entry first.
    """

    specifier: str
    importers: tuple[str, ...]
    _reason: str
    """the message, without what a Python program can do about it"""

    def __init__(self, specifier: str, importers: Sequence[str] = (), message: str = "") -> None:
        self._reason = message or _no_module(specifier, importers)
        super().__init__(message or f"{self._reason} {_NO_MODULE_REMEDY}")
        self.specifier = specifier
        self.importers = tuple(importers)
        self.name: str | None = specifier

    def _lead(self, importers: Sequence[str]) -> None:
        """Say which modules led there, of an error that was made by somebody who does not know."""
        if self._reason == _no_module(self.specifier, ()):
            self._reason = _no_module(self.specifier, importers)
            message = f"{self._reason} {_NO_MODULE_REMEDY}"
        else:
            message = self._reason = f"{self.msg} It is imported by {' → '.join(importers)}."
        self.msg: str = message
        self.args: tuple[Any, ...] = (message,)
        self.importers = tuple(importers)

    def _state(self) -> dict[str, Any]:
        # ImportError keeps these outside __dict__
        return {**super()._state(), "msg": self.msg, "name": self.name, "path": self.path}


def _no_module(specifier: str, importers: Sequence[str]) -> str:
    chain = f", imported by {' → '.join(importers)}" if importers else ""
    return f"There is no module {specifier!r}{chain}."


class StillPending(SnapjsError):
    """A result waits on calls that nobody has answered.

    :param calls: the id and name of each.
    """

    calls: list[tuple[int, str]]

    def __init__(self, calls: Sequence[tuple[int, str]] = (), message: str = "") -> None:
        if calls:
            names = ", ".join(f"{name} (call {number})" for number, name in calls)
            text = f"The result waits on {names}. Answer vm.pending, or use the _async twin, which waits."
        else:
            text = (
                "The result waits, and no pending call will settle it. Use the _async twin, which waits for timers, or "
                "look for a promise that is never resolved."
            )
        super().__init__(message or text)
        self.calls = list(calls)


class CapabilityError(SnapjsError, PermissionError):
    """The sandbox does not allow what the guest asked for.

    :param capability: its name.
    """

    capability: str | None

    def __init__(self, message: str = "", *, capability: str | None = None) -> None:
        super().__init__(message)
        self.capability = capability


class PoolError(SnapjsError):
    """A pool could not do a call."""


class MissingExport(PoolError):
    """The program that a pool runs has no function of that name.

    :param export: the name.
    :param exports: what a module exports; empty where the program is no module.
    """

    export: str
    exports: tuple[str, ...]

    def __init__(self, export: str, exports: Sequence[str] = (), message: str = "") -> None:
        there_is = f"It exports {', '.join(exports)}." if exports else "Call one that there is."
        text = f"The program has no function {export!r}. {there_is}"
        if export in exports:
            text = f"What the program exports as {export!r} is no function. Export one that gives it."
        super().__init__(message or text)
        self.export = export
        self.exports = tuple(exports)


class QueueFull(PoolError):
    """Too many calls wait already.

    :param limit: how many may.
    """

    limit: int | None

    def __init__(self, message: str = "", *, limit: int | None = None) -> None:
        waiting = "" if limit is None else f": {limit} calls wait"
        super().__init__(message or f"The pool's queue is full{waiting}. Try again later, or raise queue=.")
        self.limit = limit


class WorkerDied(PoolError):
    """The worker that ran a call ended before it answered.

    :param exit_code: of its process, where it had one.
    """

    exit_code: int | None

    def __init__(self, message: str = "", *, exit_code: int | None = None) -> None:
        code = "" if exit_code is None else f" with exit code {exit_code}"
        super().__init__(message or f"The worker ended{code} before it answered. Make the call again if that is safe.")
        self.exit_code = exit_code


class WorkflowError(SnapjsError):
    """A workflow, or where its runs are kept, cannot be used as it was asked."""


class RunEnded(WorkflowError):
    """A run that has ended was told something.

    :param run: its id.
    :param status: how it has ended.
    """

    run: str
    status: str

    def __init__(self, run: str, status: str, message: str = "") -> None:
        super().__init__(message or f"The run {run} has ended: it is {status}. Start another one.")
        self.run = run
        self.status = status


class RunDamaged(WorkflowError):
    """The state of a run is lost: it is not kept, or damaged, and cannot be made again.

    :param run: its id.
    :param turn: the first one that cannot be taken again.
    :param expected: hash of the state that it came to; empty where that is not kept.
    :param found: hash of the state that it comes to now; empty where it cannot be taken.
    """

    run: str
    turn: int
    expected: str
    found: str

    def __init__(self, run: str, turn: int, expected: str = "", found: str = "") -> None:
        super().__init__(
            f"The state of the run {run} is damaged, and cannot be made again: turn {turn} came to {expected}, "
            f"and comes to {found} now. Fork the run at an earlier turn."
            if found
            else f"The state of the run {run} is not kept, and cannot be made again: turn {turn} is not kept either. "
            "Fork the run at another turn. App(keep_turns=…) and App(keep_history=…) say how much is kept."
        )
        self.run = run
        self.turn = turn
        self.expected = expected
        self.found = found


class PayloadTooLarge(WorkflowError, ValueError):
    """A value is larger than a store takes: what a run is started with, told, or ends with, or what a step takes or
    returns.

    :param size: bytes that it has.
    :param limit: bytes that it may have.
    """

    size: int
    limit: int

    def __init__(self, size: int, limit: int, message: str = "") -> None:
        super().__init__(
            message
            or f"The value takes {size} bytes, of {limit} at most. Keep it elsewhere, and pass what finds it there."
        )
        self.size = size
        self.limit = limit


class StoreError(WorkflowError):
    """The file in which runs are kept cannot be used. What was stored in it before is as it was.

    :param file: its path.
    :param reason: ``busy``, ``full``, ``read-only``, ``missing`` (it cannot be opened or made), ``foreign`` (it is
        something else), ``newer`` (a later version of snapjs made it), ``damaged`` or ``broken`` (the disk fails).
    """

    file: str
    reason: str

    def __init__(self, file: str, reason: str, message: str = "") -> None:
        super().__init__(message or f"The file {file} cannot be used: {reason}.")
        self.file = file
        self.reason = reason


_KEY_REASONS = {
    "none": "What is stored is encrypted, and its key was not given. Give it: App(keys=…), or snapjs workflow "
    "--key-file.",
    "other": "What is stored is encrypted with another key. Give that one, too, after the current one: "
    "App(keys=[current, older]).",
    "plain": "The store has runs that are not encrypted. Leave out keys=, or begin a new store with it.",
    "shredded": "The key of the run was deleted. Nobody can read any more what was stored of it.",
    "changed": "What is in the store of workflows is not what was encrypted there: it was changed, or moved from "
    "elsewhere. Put back a copy of the store.",
}


class KeyRefused(WorkflowError):
    """What is encrypted in a store of workflows cannot be read, or what is not encrypted was not to be there.

    :param reason: ``none`` (no key was given), ``other`` (it is another key's), ``plain`` (it is not encrypted),
        ``shredded`` (its key was deleted) or ``changed`` (it is not what was encrypted).
    """

    reason: str

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or _KEY_REASONS.get(reason, reason))
        self.reason = reason


class UnknownSecret(WorkflowError, LookupError):
    """A workflow refers to a secret that the app does not have.

    :param name: of the secret.
    """

    name: str

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(message or f"The app has no secret {name!r}. Give it: App(secrets=…).")
        self.name = name


class SecretExposed(WorkflowError, ValueError):
    """The value of a secret is where it would be stored.

    :param name: of the secret.
    """

    name: str

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(
            message or f"The value of the secret {name!r} would be stored. Let the workflow pass secrets.ref({name!r})."
        )
        self.name = name


class ExtensionError(SnapjsError):
    """A native extension cannot be used: it is malformed, needs what there is not, or fails when it is initialised.

    :param extension: its name.
    """

    extension: str | None

    def __init__(self, message: str = "", *, extension: str | None = None) -> None:
        super().__init__(message)
        self.extension = extension


class SnapshotError(SnapjsError):
    """A snapshot cannot be taken or used."""


class SnapshotFormatError(SnapshotError, ValueError):
    """The bytes are no snapshot that this version reads: truncated, corrupt, something else, or of a newer format."""


class EngineMismatch(SnapshotError):
    """The engine that made the snapshot is not to be found, or not usable.

    :param engine: the sha256 of the engine that it needs.
    """

    engine: str

    def __init__(self, engine: str, message: str = "") -> None:
        super().__init__(
            message
            or f"The snapshot needs the engine with sha256 {engine}. Install the snapjs release that has it, "
            "or save the snapshot with embed_engine=True."
        )
        self.engine = engine


class ExtensionMismatch(SnapshotError, ExtensionError):
    """The native extensions that are given are not those of the snapshot.

    :param extension: the name of one that is not.
    :param expected: the sha256 of the one that the snapshot needs; ``None``: it has none of that name.
    :param given: the sha256 of the one that is given; ``None``: there is none of that name.
    """

    expected: str | None
    given: str | None

    def __init__(
        self, extension: str, expected: str | None = None, given: str | None = None, message: str = ""
    ) -> None:
        ExtensionError.__init__(self, message or _mismatch(extension, expected, given), extension=extension)
        self.expected = expected
        self.given = given


def _mismatch(extension: str, expected: str | None, given: str | None) -> str:
    if expected is None:
        return f"The snapshot has no extension {extension!r}, and it is too late for one. Leave it out of extensions=."
    needed = f"The snapshot needs the extension {extension!r} with sha256 {expected}"
    if given is None:
        return f"{needed}. Give it with extensions=."
    return f"{needed}, and the one that is given has {given}. Give the one that the VM had."


class NotQuiescent(SnapshotError):
    """JavaScript is on the stack, so there is no state to save, and no time for jobs."""

    def __init__(
        self,
        message: str = "JavaScript is running in this VM. Take snapshots, and run jobs, after its outermost call.",
    ) -> None:
        super().__init__(message)
