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
    TypeVector,
    library,
    take_error_message,
)
from .stack import stack_limit_of_this_thread
from .threads import local

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from sys import UnraisableHookArgs
    from types import CodeType
    from typing import Any, Final, Protocol
else:
    Protocol = object

_OK: Final = abi.Status.OK
_EXCEPTION: Final = abi.Status.EXCEPTION


class Imports(Protocol):
    """Answers the guest. The methods are the imports of the same names in engine/abi.h, without their first
    parameter."""

    failure: BaseException | None
    """the first exception that left a method; whoever called the guest raises it and sets this back to None"""

    def fail(self, failure: BaseException, /) -> None:
        """Keep an exception as ``failure``, if it is the first, and answer the guest's request, if there is one."""

    def host_request(self) -> None: ...
    def host_import(self, pointer: int, length: int, /) -> int: ...
    def host_write(self, stream: int, pointer: int, length: int, /) -> None: ...
    def host_clock(self, monotonic: int, /) -> float: ...
    def host_timezone(self, seconds: float, /) -> int: ...
    def host_interrupt(self) -> int: ...


class Enterable(Protocol):
    """An instance, as the callbacks see it."""

    imports: Imports
    stack_pointer: int
    """an address on the native stack, near the latest host call; at least its low half"""
    trap_requests: int
    """not 0: what runs is to trap at its next epoch check"""


class _Thread:
    """What one thread is doing. An object of its own, for an attribute of a ``threading.local`` takes three times as
    long to read or set."""

    __slots__ = ("instance", "stack_limit")

    def __init__(self) -> None:
        self.stack_limit = stack_limit_of_this_thread()
        self.instance: Any = None  # Enterable, or None outside calls; a check for None would cost every host call


class _Running(local):
    """Python makes one in each thread, which is when the thread's stack is checked.

    :raises StackTooSmall: by any use, in a thread whose stack has no room for guest code.
    """

    def __init__(self) -> None:
        self.thread = _Thread()


running: Final = _Running()

# Parameters lie in slots of 16 bytes, a 32-bit one in the first quarter of its slot, and the result replaces the first.
# That one is what the guest takes for no answer: where Python's stack ends before a callback begins, none of ours runs.
_Words = ctypes.c_uint32 * 16
_words = _Words.from_address
_double = ctypes.c_double.from_address


def _host_request(_environment: int, caller: int) -> None:
    try:
        instance = running.thread.instance
        instance.stack_pointer = caller
        instance.imports.host_request()
    except BaseException as failure:
        _keep(failure)


def _host_import(_environment: int, _caller: int, slots: int, _count: int) -> None:
    try:
        instance = running.thread.instance
        instance.stack_pointer = slots
        words = _words(slots)
        words[0] = instance.imports.host_import(words[4], words[8])
    except BaseException as failure:
        _fail(failure, slots, _EXCEPTION)


def _host_write(_environment: int, _caller: int, slots: int, _count: int) -> None:
    try:
        instance = running.thread.instance
        instance.stack_pointer = slots
        words = _words(slots)
        instance.imports.host_write(words[4], words[8], words[12])
        words[0] = _OK
    except BaseException as failure:
        _fail(failure, slots, _EXCEPTION)


def _host_clock(_environment: int, _caller: int, slots: int, _count: int) -> None:
    try:
        instance = running.thread.instance
        instance.stack_pointer = slots
        _double(slots).value = instance.imports.host_clock(_words(slots)[4])
    except BaseException as failure:
        _fail(failure, slots, 0)


def _host_timezone(_environment: int, _caller: int, slots: int, _count: int) -> None:
    try:
        instance = running.thread.instance
        instance.stack_pointer = slots
        _words(slots)[0] = instance.imports.host_timezone(_double(slots + 16).value)
    except BaseException as failure:
        _fail(failure, slots, 0)


def _host_interrupt(_environment: int, _caller: int, slots: int, _count: int) -> None:
    try:
        instance = running.thread.instance
        instance.stack_pointer = slots
        _words(slots)[0] = instance.imports.host_interrupt()
    except BaseException as failure:
        _fail(failure, slots, 1)  # not 0: stop


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


# Name: the callback, its parameters, its results, what it answers when it fails. Of all imports but host_request.
_I32, _F64 = 0, 3
_IMPORTS: Final[dict[str, tuple[Callable[[int, int, int, int], None], tuple[int, ...], tuple[int, ...], int]]] = {
    "host_import": (_host_import, (_I32, _I32, _I32), (_I32,), _EXCEPTION),
    "host_write": (_host_write, (_I32, _I32, _I32, _I32), (_I32,), _EXCEPTION),
    "host_clock": (_host_clock, (_F64, _I32), (_F64,), 0),
    "host_timezone": (_host_timezone, (_I32, _F64), (_I32,), 0),
    "host_interrupt": (_host_interrupt, (_I32,), (_I32,), 1),
}

# When a callback raises, ctypes returns whatever lay on the stack, and wasmtime would take it for the address of a
# trap. So what wasmtime calls is ctypes' own call of a second callback, one without a result: it answers None, which is
# a null pointer, whatever happens inside. ctypes does not keep callbacks alive; these live as long as the process, for
# every linker has them.
_INNER: Final = {name: HOST_PROCEDURE(entry[0]) for name, entry in _IMPORTS.items()}
_CALLBACKS: Final = {name: HOST_FUNCTION(inner) for name, inner in _INNER.items()}
_INNER_REQUEST: Final = REQUEST_PROCEDURE(_host_request)
_REQUEST: Final = HOST_REQUEST(UNDECLARED_PROCEDURE(ctypes.cast(_INNER_REQUEST, ctypes.c_void_p).value or 0))
_INNER_DEADLINE: Final = DEADLINE_PROCEDURE(_deadline_reached)

deadline_callback: Final = DEADLINE_FUNCTION(_INNER_DEADLINE)
"""For ``wasmtime_store_epoch_deadline_callback``: traps the running instance if that was requested."""


def define_imports(linker: int) -> None:
    """Define the imports of engine/abi.h on a linker.

    :raises EngineUnusable: wasmtime refused.
    """
    for name, (_callback, parameters, results, _answer) in _IMPORTS.items():
        _define(linker, name, parameters, results, _CALLBACKS[name])
    _define(linker, "host_request", (), (), ctypes.cast(_REQUEST, HOST_FUNCTION))


def _define(linker: int, name: str, parameters: tuple[int, ...], results: tuple[int, ...], callback: Any) -> None:
    bound = library()
    module = b"snapjs"
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
_ANSWERS: Final[dict[CodeType, int]] = {entry[0].__code__: entry[3] for entry in _IMPORTS.values()}
_next_hook = sys.unraisablehook


def _rescue(unraisable: UnraisableHookArgs, /) -> None:
    """Treat an exception that was raised on entry to a callback like one that was raised inside it."""
    trace = unraisable.exc_traceback
    failure = unraisable.exc_value
    if trace is None or failure is None:
        _next_hook(unraisable)
    elif (answer := _ANSWERS.get(trace.tb_frame.f_code)) is not None:
        _fail(failure, trace.tb_frame.f_locals["slots"], answer)
    elif trace.tb_frame.f_code is _host_request.__code__:
        _keep(failure)
    elif trace.tb_frame.f_code is _deadline_reached.__code__:
        # wasmtime asks again at once, since the deadline was not moved.
        running.thread.instance.trap_requests += 1
        _keep(failure)
    else:
        _next_hook(unraisable)


sys.unraisablehook = _rescue
