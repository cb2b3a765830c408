"""What wasm calls: the imports of engine/abi.h and the epoch deadline.

The imports are defined once, on the linker that all instances share. Which instance is calling is never read from the
guest, which could lie: it is the one that this thread has entered last, ``running.thread.instance``, set and restored
around every call.

No exception may leave a callback, because ctypes would print and drop it. The first one is kept where the caller of
the guest finds and raises it, and the guest is told that the call failed.
"""

from __future__ import annotations

import ctypes
import sys

from .._threads import local
from . import abi
from .exports import EngineUnusable
from .library import (
    DEADLINE_FUNCTION,
    DEADLINE_PROCEDURE,
    DEADLINE_YIELD,
    HOST_FUNCTION,
    HOST_PROCEDURE,
    HOST_REQUEST,
    REQUEST_PROCEDURE,
    UNDECLARED_PROCEDURE,
    ByteVector,
    TypeVector,
    library,
    take_error_message,
)
from .stack import stack_limit_of_this_thread
from .watchdog import postpone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from sys import UnraisableHookArgs
    from types import FrameType
    from typing import Any, Final, Protocol
else:
    Protocol = object


class Imports(Protocol):
    """Answers the guest. The methods are the imports of the same names in engine/abi.h, without their first
    parameter."""

    failure: BaseException | None
    """the first exception that left a method; whoever called the guest raises it and sets this back to None"""

    def fail(self, failure: BaseException, /) -> None:
        """Keep an exception as ``failure``, if it is the first, and answer the guest's request, if there is one."""

    def host_request(self) -> None: ...
    def host_import(self, pointer: int, length: int, /) -> int: ...
    def host_write(self, stream: int, pointer: int, length: int, /) -> int: ...
    def host_clock(self, monotonic: int, /) -> float: ...
    def host_timezone(self, seconds: float, /) -> int: ...
    def host_interrupt(self) -> int: ...


class _Thread:
    """What one thread is doing. An object of its own, for an attribute of a ``threading.local`` takes three times as
    long to read or set."""

    __slots__ = ("instance", "stack_limit")

    def __init__(self) -> None:
        self.stack_limit = stack_limit_of_this_thread()
        self.instance: Any = None  # RawInstance, or None outside calls; a check for None would cost every host call


class _Running(local):
    """Python makes one in each thread, which is when the thread's stack is checked.

    :raises StackLimitError: by any use, in a thread whose stack has no room for guest code.
    """

    def __init__(self) -> None:
        self.thread = _Thread()


running: Final = _Running()


def _host_request(_environment: int, caller: int) -> None:
    try:
        instance = running.thread.instance
        instance.stack_pointer = caller
        instance.imports.host_request()
        if instance.trap_requests:
            postpone(instance)
    except BaseException as failure:
        _keep(failure)


# Parameters lie in slots of 16 bytes, a 32-bit one in the first word of its slot, and the result replaces the first.
# That one is what the guest takes for no answer: where Python's stack ends before a callback begins, none of ours runs.
_I32, _F64 = 0, 3  # wasm_valkind_t
_words = (ctypes.c_uint32 * 16).from_address
_result_at: Final[dict[int, Any]] = {_I32: ctypes.c_uint32.from_address, _F64: ctypes.c_double.from_address}

if TYPE_CHECKING:
    _Ask = Callable[[Imports, Any], float]


def _callback(ask: _Ask, _parameters: object, result: int, failed: int) -> Callable[..., None]:
    """What wasm calls, of an entry of ``_IMPORTS``."""
    result_at = _result_at[result]

    def callback(_environment: int, _caller: int, slots: int, _count: int) -> None:
        try:
            instance = running.thread.instance
            instance.stack_pointer = slots
            result_at(slots).value = ask(instance.imports, _words(slots))
            if instance.trap_requests:
                postpone(instance)
        except BaseException as failure:
            _fail(failure, slots, failed)

    return callback


def _deadline_reached(_context: int, _data: int, ticks: int, kind: int) -> None:
    # Runs in every store that reaches an epoch check after the engine's epoch was moved on, whomever that was meant
    # for.
    try:
        if running.thread.instance.trap_requests:
            ctypes.c_uint8.from_address(kind).value = DEADLINE_YIELD
        else:
            ctypes.c_uint64.from_address(ticks).value = 1
    except BaseException as failure:
        ctypes.c_uint8.from_address(kind).value = DEADLINE_YIELD
        _keep(failure)


def _keep(failure: BaseException) -> None:
    running.thread.instance.imports.fail(failure)


def _fail(failure: BaseException, slots: int, answer: int) -> None:
    _keep(failure)
    ctypes.c_uint64.from_address(slots).value = answer  # 64 bits: the answer may be a double


# Of all imports but host_request: how to ask, the parameters, the result, and what is answered where that fails.
_IMPORTS: Final[dict[str, tuple[_Ask, tuple[int, ...], int, int]]] = {
    "host_import": (
        lambda imports, words: imports.host_import(words[4], words[8]),
        (_I32, _I32, _I32), _I32, abi.Status.EXCEPTION,
    ),
    "host_write": (
        lambda imports, words: imports.host_write(words[4], words[8], words[12]),
        (_I32, _I32, _I32, _I32), _I32, abi.Status.EXCEPTION,
    ),
    "host_clock": (lambda imports, words: imports.host_clock(words[4]), (_F64, _I32), _F64, 0),
    "host_timezone": (
        lambda imports, words: imports.host_timezone(ctypes.c_double.from_buffer(words, 16).value),
        (_I32, _F64), _I32, 0,
    ),
    "host_interrupt": (lambda imports, words: imports.host_interrupt(), (_I32,), _I32, 1),  # not 0: stop
}  # fmt: skip
_FUNCTIONS: Final = {name: _callback(*entry) for name, entry in _IMPORTS.items()}

# When a callback raises, ctypes returns whatever lay on the stack, and wasmtime would take it for the address of a
# trap. So what wasmtime calls is ctypes' own call of a second callback, one without a result: it answers None, which is
# a null pointer, whatever happens inside. ctypes does not keep callbacks alive; these live as long as the process, for
# every linker has them.
_INNER: Final = {name: HOST_PROCEDURE(function) for name, function in _FUNCTIONS.items()}
_CALLBACKS: Final = {name: HOST_FUNCTION(inner) for name, inner in _INNER.items()}
_INNER_REQUEST: Final = REQUEST_PROCEDURE(_host_request)
_REQUEST: Final = HOST_REQUEST(UNDECLARED_PROCEDURE(ctypes.cast(_INNER_REQUEST, ctypes.c_void_p).value or 0))
_INNER_DEADLINE: Final = DEADLINE_PROCEDURE(_deadline_reached)

deadline_callback: Final = DEADLINE_FUNCTION(_INNER_DEADLINE)
"""For ``wasmtime_store_epoch_deadline_callback``: traps the running instance if that was requested."""


_MODULE: Final = "snapjs"
_WASI: Final = "wasi_snapshot_preview1"
"""from which an engine imports what it needs of other hosts: nothing that is called here comes to it"""


def define_imports(linker: int, module: int | None) -> None:
    """Define on a linker what an engine imports: what engine/abi.h says, and traps for WASI.

    :param module: the engine, a ``wasmtime_module_t``.
    :raises EngineUnusable: it imports something else, or wasmtime refused.
    """
    for name, (_, parameters, result, _) in _IMPORTS.items():
        _define(linker, name, parameters, (result,), _CALLBACKS[name])
    _define(linker, "host_request", (), (), ctypes.cast(_REQUEST, HOST_FUNCTION))
    known = {(_MODULE, name) for name in (*_IMPORTS, "host_request")}
    for origin, name in _imports(module):
        if origin != _WASI and (origin, name) not in known:
            raise EngineUnusable(f"unknown import: `{origin}::{name}`")
    error = library().wasmtime_linker_define_unknown_imports_as_traps(linker, module)
    if error is not None:
        raise EngineUnusable(take_error_message(error))


def _imports(module: int | None) -> list[tuple[str, str]]:
    """What a module imports: from which, and the name."""
    bound = library()
    vector = TypeVector()
    bound.wasmtime_module_imports(module, ctypes.byref(vector))
    try:
        kinds = [vector.data[i] for i in range(vector.size)]
        return [(_text(bound.wasm_importtype_module(kind)), _text(bound.wasm_importtype_name(kind))) for kind in kinds]
    finally:
        bound.wasm_importtype_vec_delete(ctypes.byref(vector))


def _text(name: int) -> str:
    """Of a ``wasm_name_t``."""
    bytes_of = ByteVector.from_address(name)
    return ctypes.string_at(bytes_of.data, bytes_of.size).decode(errors="replace")


def _define(linker: int, name: str, parameters: tuple[int, ...], results: tuple[int, ...], callback: Any) -> None:
    bound = library()
    module = _MODULE.encode()
    function_type = bound.wasm_functype_new(ctypes.byref(_types(parameters)), ctypes.byref(_types(results)))
    error = bound.wasmtime_linker_define_func_unchecked(
        linker, module, len(module), name.encode(), len(name), function_type, callback, None, None
    )
    bound.wasm_functype_delete(function_type)
    if error is not None:
        raise EngineUnusable(take_error_message(error))


def _types(kinds: tuple[int, ...]) -> TypeVector:
    bound = library()
    vector = TypeVector()
    types = (ctypes.c_void_p * len(kinds))(*(bound.wasm_valtype_new(kind) for kind in kinds))
    bound.wasm_valtype_vec_new(ctypes.byref(vector), len(kinds), types)
    return vector


# Python runs a pending signal handler at the first instruction of a function, ahead of any ``try`` in it. While wasm
# runs no Python does, so the handler of Ctrl-C usually runs on entry to a callback, and what it raises leaves the
# callback. ctypes then reports it to the hook for exceptions that nobody can catch, and goes on as if the callback
# had answered what its slots hold.
_CODES: Final = {function.__code__ for function in _FUNCTIONS.values()}


class _Rescue:
    """The hook: an exception that was raised on entry to a callback is treated like one that was raised inside it.

    :param following: the hook for all others.
    """

    __slots__ = ("_following",)

    def __init__(self, following: Callable[[UnraisableHookArgs], Any]) -> None:
        self._following = following

    def __call__(self, unraisable: UnraisableHookArgs, /) -> None:
        trace = unraisable.exc_traceback
        failure = unraisable.exc_value
        if trace is None or failure is None:
            self._following(unraisable)
        elif trace.tb_frame.f_code in _CODES:
            found = trace.tb_frame.f_locals
            _fail(failure, found["slots"], found["failed"])
        elif trace.tb_frame.f_code is _host_request.__code__:
            _keep(failure)
        elif trace.tb_frame.f_code is _deadline_reached.__code__:
            # wasmtime asks again at once, since the deadline was not moved.
            running.thread.instance.trap_requests += 1
            _keep(failure)
        elif _has_not_begun(unraisable, sys._getframe(1)):
            pass  # the guest has no answer, of which its caller makes an error
        else:
            self._following(unraisable)


def _has_not_begun(unraisable: UnraisableHookArgs, current: FrameType) -> bool:
    """Whether a guest of this thread has called a callback for which Python's stack had no room. It has no frame then:
    the traceback is of the one that has called the guest. That of a callback which has begun starts with its own.

    :param current: the frame that runs.
    """
    return (
        isinstance(unraisable.exc_value, RecursionError)
        and running.thread.instance is not None
        and "calling ctypes callback" in (unraisable.err_msg or "")
        and unraisable.exc_traceback is not None
        and unraisable.exc_traceback.tb_frame is current
    )


def rescue_unraisable() -> None:
    """Have what is raised on entry to a callback raised by the call of the guest.

    Others set the hook too: a program that imports this module before pytest sets its own would not be stopped by
    Ctrl-C any more. So each store asks for it. A hook that is put back finds the one before it as it was.
    """
    if not isinstance(sys.unraisablehook, _Rescue):
        sys.unraisablehook = _Rescue(sys.unraisablehook)
