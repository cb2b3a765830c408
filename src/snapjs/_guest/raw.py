"""One wasm instance in a store of its own: its memory, and its exports as fast Python callables.

Nothing here knows what the exports mean. Linear memory is at a fixed address for the instance's life: the engine
reserves the whole 4 GiB that a 32-bit address can reach, so that growing never moves it, and ctypes objects may be
laid over it.
"""

from __future__ import annotations

import ctypes
from faulthandler import is_enabled

from .callbacks import Imports, deadline_callback, rescue_unraisable, running
from .compiled import Compiled
from .exports import EngineUnusable
from .faults import handlers
from .library import (
    EXTERN_FUNCTION,
    EXTERN_MEMORY,
    TRAP_INTERRUPT,
    Extern,
    FunctionId,
    InstanceId,
    library,
    take_error_message,
    take_trap,
)
from .stack import check_nesting, check_room
from .watchdog import postpone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from .linking import Linker

_Slots = ctypes.c_uint64 * 6
"""Three parameters; wasmtime_val_raw_t has 16 bytes. The result takes the place of the first."""

_WASM_PAGE: Final = 65536
_TABLE_MAXIMUM: Final = 1 << 16
"""elements, of the one table that a module may have; the engine's has some two thousand"""


class Trap(Exception):
    """Guest code was stopped where it stood. The instance is dead: its memory may be in the middle of anything.

    :param message: wasmtime's words, or the host's.
    :param code: one of ``library.TRAP_*`` or another code of wasmtime, None when it was not wasm that trapped.
    """

    def __init__(self, message: str, code: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    @property
    def cause(self) -> str:
        """The message without wasmtime's list of frames, which help nobody who uses the engine."""
        return self.message.rpartition("Caused by:\n")[2].strip()

    @property
    def is_deadline(self) -> bool:
        """Whether the watchdog asked for it."""
        return self.code == TRAP_INTERRUPT

    def __reduce__(self) -> tuple[type[Trap], tuple[str, int | None]]:
        return Trap, (self.message, self.code)


def _nested(depth: int) -> tuple[Any, ...]:
    return (_nested(depth - 1),) if depth else (str,)


# Asking whether something is an instance of this takes eight levels of Python's stack: it raises RecursionError where
# fewer are left. A callback that begins there cannot even fail: ctypes then answers wasmtime with whatever lay on the
# native stack, and wasmtime takes that for the address of a trap.
_ROOM: Final = _nested(8)


class Store:
    """A wasm instance in a store of its own, with its memory. Whoever has it closes it.

    It is not freed with the object. Python's collector of cycles calls finalizers in any order, and some of them run
    programs that use their VM once more: so it is for the VM's own finalizer, after which nobody gets at the memory.

    :param compiled: the module; one object serves any number of stores.
    :param memory_maximum: bytes that its memory may grow to; None for the 4 GiB that 32 bits can address.
    :param instances: how many wasm instances there may be in the store.
    :raises EngineUnusable: wasmtime refused, say because the module's smallest memory is beyond the maximum.
    :raises RecursionError: Python's stack has no room for it.
    """

    def __init__(self, compiled: Compiled, memory_maximum: int | None, instances: int = 1) -> None:
        isinstance(None, _ROOM)  # or ctypes says that an argument is wrong, and the store is never freed
        rescue_unraisable()
        bound = library()
        self.compiled = compiled
        self.linker: Linker | None = None
        """of its extensions, once it has one"""
        self._store: int | None = bound.wasmtime_store_new(compiled.engine, None, None)
        self.context: int = bound.wasmtime_store_context(self._store)
        maximum = -1 if memory_maximum is None else memory_maximum
        bound.wasmtime_store_limiter(self._store, maximum, _TABLE_MAXIMUM, instances, 1, 1)
        if compiled.checked:
            bound.wasmtime_store_epoch_deadline_callback(self._store, deadline_callback, None, None)
            bound.wasmtime_context_set_epoch_deadline(self.context, 1)
        try:
            self._instantiate()
            self.memory: Any = self.export("memory", EXTERN_MEMORY).of.memory
        except BaseException:
            self.close()
            raise
        self.base: int = bound.wasmtime_memory_data(self.context, ctypes.byref(self.memory))

    def _instantiate(self) -> None:
        self.instance: InstanceId = InstanceId()
        """the module's"""
        trap = ctypes.c_void_p()
        # No module has a start function, so that nothing runs here that could call an import.
        error = library().wasmtime_instance_pre_instantiate(
            self.compiled.instance_template, self.context, ctypes.byref(self.instance), ctypes.byref(trap)
        )
        if error is not None:
            raise EngineUnusable(take_error_message(error))
        if trap.value is not None:
            raise EngineUnusable(f"it cannot be instantiated: {Trap(*take_trap(trap.value)).cause}")

    def close(self) -> None:
        """Free the memory. Idempotent."""
        store, self._store = self._store, None
        if store is not None:
            library().wasmtime_store_delete(store)

    def size(self) -> int:
        """Return the bytes of linear memory.

        :raises RecursionError: Python's stack has no room for the question.
        """
        isinstance(None, _ROOM)  # as in __init__
        size: int = library().wasmtime_memory_data_size(self.context, ctypes.byref(self.memory))
        return size

    def grow_to(self, size: int) -> None:
        """Make the linear memory at least this large; what is added is zero.

        :raises MemoryError: beyond the maximum, or the system has none.
        """
        pages = (size - self.size() + _WASM_PAGE - 1) // _WASM_PAGE
        if pages > 0:
            previous = ctypes.c_uint64()
            error = library().wasmtime_memory_grow(
                self.context, ctypes.byref(self.memory), pages, ctypes.byref(previous)
            )
            if error is not None:
                raise MemoryError(take_error_message(error))

    def export(self, name: str, kind: int) -> Extern:
        """Look up an export.

        :param kind: one of ``library.EXTERN_*``.
        :raises EngineUnusable: there is none of this kind.
        """
        export = self.export_of(self.instance, name)
        if export is None or export.kind != kind:
            raise EngineUnusable(f"the module has no export {name!r} of the right kind")
        return export

    def export_of(self, instance: InstanceId, name: str) -> Extern | None:
        """Look up an export of any instance in this store; None if there is none of that name."""
        export = Extern()
        encoded = name.encode()
        found = library().wasmtime_instance_export_get(
            self.context, ctypes.byref(instance), encoded, len(encoded), ctypes.byref(export)
        )
        return export if found else None


class RawInstance:
    """A store as its owner uses it: memory, exports, traps.

    Not for two threads at once, and not to be closed while its code runs; whoever owns it sees to both.

    :param store: of nobody else until this object is closed.
    :param imports: answers what the guest asks.
    """

    def __init__(self, store: Store, imports: Imports) -> None:
        handlers.put_back()
        self.dead: bool = False
        """no call is possible any more: closed or trapped"""
        self.imports = imports
        self.stack_pointer = 0
        """an address on the native stack, near the latest host call; at least its low half"""
        self._level = 0
        """how many of its calls are under way, one within the other"""
        self._outermost_pointer = 0
        """the stack pointer of the host call in which the first of these was made that is not the outermost"""
        self.trap_requests: int = 0
        """not 0: what runs is to trap at its next epoch check"""
        self.base: int = store.base
        """address of the linear memory; the same for the instance's life"""
        self._store: Store | None = store
        self._compiled = store.compiled
        self._trap = ctypes.c_void_p()
        """where wasmtime puts the trap of a call"""

    @property
    def store(self) -> Store:
        """What it owns, until it is closed."""
        assert self._store is not None
        return self._store

    def close(self) -> None:
        """Free the store. Idempotent."""
        if self._store is not None:
            self.give_up().close()

    def give_up(self) -> Store:
        """Return the store, for another owner. This object is closed: nothing that it has returned can be called any
        more."""
        self.dead = True
        store, self._store = self.store, None
        return store

    def function(self, name: str, parameters: int, returns: bool) -> Callable[..., int]:
        """Return an export as a callable of integers. Looking it up costs several calls: keep what is returned.

        :param name: the export; its signature must be as the other arguments say, which is not checked.
        :param parameters: how many parameters it has, 32-bit or 64-bit integers, at most 3.
        :param returns: whether it returns a 32-bit integer, which the callable returns as unsigned; else that returns
            0.
        :raises EngineUnusable: there is no such function.

        The callable raises what the imports left in ``failure``, or else :class:`Trap`.
        """
        return self.bound(self.store.export(name, EXTERN_FUNCTION).of.function, parameters, returns)

    def bound(self, function: FunctionId, parameters: int, returns: bool) -> Callable[..., int]:
        """Return a function of the store as :meth:`function` does an export."""
        slots = _Slots()
        arguments = (
            ctypes.c_void_p(self.store.context),
            ctypes.byref(function),
            slots,
            ctypes.c_size_t(max(parameters, 1)),
            ctypes.byref(self._trap),
        )
        return self._prepared(arguments, slots, returns)

    def trap(self, message: str) -> Trap:
        """Declare the instance dead because of what the host found in it; returns the exception to raise."""
        self.dead = True
        return Trap(message, None)

    def request_trap(self) -> None:
        """Have the code that runs trap at its next epoch check, from any thread. Needs a checked compilation.

        Every other store of the engine is asked too, and goes on.
        """
        self.trap_requests += 1
        self._compiled.increment_epoch()

    def withdraw_trap(self) -> None:
        """Undo one ``request_trap`` that the code has not met."""
        self.trap_requests -= 1

    def _prepared(self, arguments: tuple[Any, ...], slots: Any, returns: bool) -> Callable[..., int]:
        # This is the hot path: about 0.5 µs on top of the call.
        invoke = library().wasmtime_func_call_unchecked
        trap = self._trap
        state = running
        imports = self.imports
        result = ctypes.c_uint32.from_buffer(slots)

        def call(first: int = 0, second: int = 0, third: int = 0) -> int:
            if self.dead or isinstance(None, _ROOM):
                raise Trap("the instance is closed or has trapped before", None)
            thread = state.thread
            previous = thread.instance
            pointer = self.stack_pointer
            level = self._level
            if previous is not None:
                if level:
                    if level == 1:
                        self._outermost_pointer = pointer
                    check_nesting(self._outermost_pointer, previous.stack_pointer)
                if previous is not self:
                    check_room(previous.stack_pointer, thread.stack_limit)
            elif is_enabled() is not handlers.faulthandler_was_enabled:
                handlers.put_back()
            # A call reads its parameters before anything else runs and writes its result last, so calls of the same
            # export may nest and share the slots.
            slots[0] = first
            slots[2] = second
            slots[4] = third
            if self.trap_requests:
                postpone(self, is_beginning=True)
            try:
                self._level = level + 1
                thread.instance = self
                error = invoke(*arguments)
            except BaseException:
                # A signal handler raised after the call; the trap of that call must not be taken for the next one's.
                self._clear_trap()
                raise
            finally:
                thread.instance = previous
                self._level = level
                self.stack_pointer = pointer
            if error is not None or trap:
                self._raise(error)
            if imports.failure is not None:
                self._raise_failure(None)
            return result.value if returns else 0

        return call

    def _clear_trap(self) -> None:
        if self._trap.value is not None:
            take_trap(self._trap.value)
            self._trap.value = None
            self.dead = True

    def _raise(self, error: int | None) -> None:
        self.dead = True
        code: int | None
        if self._trap.value is not None:
            message, code = take_trap(self._trap.value)
            self._trap.value = None
        else:
            assert error is not None
            message, code = take_error_message(error), None
        if self.trap_requests:
            # The callback of the epoch can only fail the call, which then has no code.
            code = TRAP_INTERRUPT
        trap = Trap(message, code)
        if self.imports.failure is not None:
            self._raise_failure(trap)
        raise trap

    def _raise_failure(self, trap: Trap | None) -> None:
        failure, self.imports.failure = self.imports.failure, None
        assert failure is not None
        try:
            raise failure from (trap or failure.__cause__)
        finally:
            # The traceback refers to this frame; without this the frame would refer back.
            del failure
