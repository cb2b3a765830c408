"""Joins one guest instance to Python: what refers to what across the boundary, and what is done with it."""

from __future__ import annotations

import weakref

from .._checks import UNSET
from .._guest import abi
from .._guest.engine import Engine
from .._guest.instance import EVENTS, Instance
from .._guest.memory import Memory
from .._threads import get_ident
from .._tools.map_comments import map_to_keep
from ..errors import (
    GuestTrapped,
    JSError,
    MemoryLimitError,
    SnapjsError,
    WrongVMError,
)
from .answers import Answers
from .calls import Calls
from .clock import randomness_key, seed_number
from .failures import failure
from .host_tasks import HostTasks
from .lazy import lazy
from .lending import Lending
from .loop import Loop
from .options import HostOptions
from .pending_calls import PendingCalls
from .reference import Absent, OfOneVM, Reference
from .rejections import report_rejections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, TypeVar

    from .._codec.codec import Codec
    from .._codec.error_fields import ErrorFields
    from .._guest.extensions import Extensions
    from .._modules.imports import Imports
    from ..function import Function
    from ..grant import Grant
    from ..handle import Handle
    from ..promise import Promise
    from ..scope import Scope
    from .host_objects import HostObjects
    from .services import Services
    from .source_maps import SourceMaps

    _H = TypeVar("_H", bound=Handle)

_OK: Final = abi.Status.OK
_SOURCE_MAPS: Final = abi.Event.SOURCE_MAPS
_UNDELIVERED: Final = abi.Event.UNDELIVERED


class Bridge(Calls):
    """One VM's instance and everything that Python holds for it."""

    def __init__(
        self,
        options: HostOptions,
        engine: Engine,
        intrinsics: int,
        web: int,
        memory: Memory | None = None,
        extensions: Extensions | None = None,
    ) -> None:
        super().__init__(options)
        # Weak, so that a VM that nobody refers to is freed at once, and not when Python next looks for cycles: it may
        # hold megabytes that Python does not know of.
        weak: Bridge = weakref.proxy(self)
        self._weak = weak
        self.lending: Lending = Lending(weak)
        self.answers: Answers = Answers(weak, self.lending.functions)
        self.pending_calls: PendingCalls = PendingCalls(weak)
        self.loop: Loop = Loop(weak)
        self.host_tasks: HostTasks = HostTasks(weak, self.loop)
        self.references: int = 0
        """that Python was ever given, in results and arguments"""
        self.scopes: list[Scope] = []
        """those that are open, outermost first"""
        checked = options.timeout is not None or engine.foreign
        try:
            self.instance: Instance = Instance(
                self.answers,
                engine,
                intrinsics,
                web,
                memory,
                checked=checked,
                memory_limit=options.memory_limit,
                extensions=extensions,
            )
        except MemoryError:
            size = 0 if memory is None else memory.size
            raise MemoryLimitError(
                f"The snapshot has {size} bytes of linear memory, more than memory_limit= allows. "
                "Give it a larger value.",
                limit=options.memory_limit,
            ) from None
        self.has_source_maps: bool = memory is not None and self.instance.words[EVENTS] & _SOURCE_MAPS != 0
        """whether the guest has any"""
        self.apply_limits(is_new=memory is None)

    def __del__(self) -> None:
        if hasattr(self, "instance"):
            if not self.closed:
                self._close_now()
            self.instance.close()  # once more: a signal handler may have ended the first

    def _close_now(self) -> None:
        self.closed = True
        self.host_tasks.close()
        if "services" in self.__dict__:
            self.services.close()
        self.loop.wake()
        self.lending.close()
        if "host_objects" in self.__dict__:
            self.host_objects.close()
        self.instance.close()

    def _failure(self, status: int, timeout: float | None) -> BaseException:
        return failure(self, status, timeout)

    def itself(self) -> Bridge:
        """This object, from a weak proxy of it."""
        return self

    # ---- references: what the codec asks (_codec.owner.Owner)

    @lazy
    def codec(self) -> Codec:
        """The conversions. Made when they are first needed, for msgspec takes 24 ms to import."""
        from .._codec.codec import Codec

        return Codec(self)

    @lazy
    def imports(self) -> Imports:
        """Answers imports of modules."""
        from .._modules.imports import Imports

        return Imports(self._weak)

    @lazy
    def services(self) -> Services:
        """Answers the web APIs."""
        from .services import Services

        return Services(self._weak)

    @lazy
    def host_objects(self) -> HostObjects:
        """The Python objects that JavaScript holds."""
        from .host_objects import HostObjects

        return HostObjects(self._weak)

    # Kept, for an import statement takes a microsecond even when there is nothing to import.

    @lazy
    def handle_class(self) -> type[Handle]:
        from ..handle import Handle

        return Handle

    @lazy
    def function_class(self) -> type[Function]:
        from ..function import Function

        return Function

    @lazy
    def promise_class(self) -> type[Promise]:
        from ..promise import Promise

        return Promise

    def function(self, handle: int) -> Function:
        self.references += 1
        return self.function_class(self, handle)

    def promise(self, handle: int) -> Promise:
        self.references += 1
        return self.promise_class(self, handle)

    def handle(self, handle: int) -> Handle:
        self.references += 1
        return self.adopt(handle)

    def adopt(self, number: int) -> Handle:
        return self.track(self.handle_class(self, number))

    def track(self, handle: _H) -> _H:
        """Let the innermost scope that this thread has opened dispose of a handle; returns it."""
        for scope in reversed(self.scopes):
            if scope.thread == get_ident():
                scope.add(handle)
                break
        return handle

    def host_function(self, index: int) -> Any:
        function = self.lending.functions.get(index) or self.lending.unbound(index)
        if function is None:
            raise GuestTrapped("it named a host function that does not exist")
        return function

    def host_object(self, number: int) -> Grant:
        return self.host_objects.grant(number)

    def check_time(self) -> None:
        self.limits.check()

    def give_up(self, reason: str) -> None:
        self._death = self._death or reason

    def error(self, fields: ErrorFields) -> BaseException:
        """The Python exception that JavaScript passed on, or a new JSError."""
        if fields.host_reference is not None:
            error = self.lending.exception(fields.host_reference)
            if error is not None:
                self.queue_release(fields.handle)
                return error
        self.references += 1
        js_error = fields.js_error()
        js_error.handle = self.handle_class(self, fields.handle)
        return js_error

    def handle_of(self, value: Any) -> int | None:
        """The number of a reference of this VM; ``None`` for any other object.

        The JSError of another VM is such an object: a Python exception here.
        """
        if isinstance(value, JSError):
            handle = value.handle
            return None if handle is None or handle._bridge is not self else handle._live()
        if isinstance(value, OfOneVM):
            if not value.belongs_to(self):
                raise WrongVMError()
            return None
        if not isinstance(value, Reference):
            return None
        if value._bridge is not self:
            raise WrongVMError()
        return value._live()

    def receiver(self, this: Any) -> int:
        """The handle of what a function is called on."""
        number = self.handle_of(this)
        if number is None:
            raise TypeError(f"this= takes a Handle, Function or Promise, not {type(this).__name__}")
        return number

    @property
    def can_transfer(self) -> bool:
        return not self.instance.engine.foreign

    @property
    def shows_causes(self) -> bool:
        return self.options.shows_causes

    def transfer(self, data: bytes | bytearray | memoryview) -> int:
        size = len(data)
        address = self.invoke("snap_transfer_new", size)
        if not address:
            raise MemoryLimitError(limit=self.options.memory_limit)
        self.instance.view(address, size)[:] = data
        return address

    def forget_dropped(self) -> None:
        self.lending.flush()

    def note_unsent(self) -> None:
        if self._death is None and not self.closed:
            self.instance.words[EVENTS] |= _UNDELIVERED

    def lend_function(self, function: Any) -> int:
        return self.lending.lend_function(function)

    def lend_exception(self, error: BaseException) -> int:
        return self.lending.lend_exception(error)

    def members_of(self, grant: Grant) -> bytes:
        return self.host_objects.members(grant)

    def lend_object(self, grant: Grant) -> int:
        return self.host_objects.lend(grant)

    def lend_awaitable(self, awaitable: Any) -> int:
        id = self.invoke("snap_pending_new", self.instance.control.origin, message=self.codec.encode(""))
        if not id:
            raise MemoryLimitError(limit=self.options.memory_limit)
        self.host_tasks.adopt(id, awaitable)
        return id

    def duplicate(self, number: int) -> Handle:
        """One more handle of a handle's value."""
        with self.entered():
            self.invoke_checked("snap_duplicate", number)
            return self.adopt(number)

    def wrapped(self, value: Any) -> Reference:
        """A value as a handle; a reference is one already."""
        if isinstance(value, Reference):
            return value
        return self.call_handle("snap_wrap", (abi.Wrap.VALUE,), value=value)

    def invoke_checked(self, name: str, *arguments: int) -> None:
        """As :meth:`invoke`, for exports that return a status.

        :raises SnapjsError: what it stands for.
        """
        status = self.invoke(name, *arguments)
        if status != _OK:
            self.fail(status, None)

    def next_reference(self) -> int:
        """A number for something that is lent."""
        control = self.instance.control
        reference: int = control.next_host_reference
        control.next_host_reference = reference + 1
        return reference

    # ---- chance

    def seed(self, seed: int | bytes, *, renews: bool = False) -> None:
        """Have ``Math.random`` and the random bytes for cryptography follow from a seed, from here on.

        :param renews: leave those bytes to the host's entropy, where they are its own so far.
        """
        self.invoke("snap_seed", seed_number(seed, self.options.clock))
        self.seed_randomness(seed, renews=renews)

    def seed_randomness(self, seed: int | bytes, *, renews: bool = False) -> None:
        """As :meth:`seed`, for cryptography alone."""
        if not self.instance.engine.foreign or self.instance.baseline.web & abi.Web.CRYPTO:  # others may know none
            self.invoke("snap_seed_randomness", *randomness_key(seed), int(renews))

    # ---- source maps

    @lazy
    def _source_maps(self) -> SourceMaps:
        from .source_maps import SourceMaps

        return SourceMaps(self._weak)

    def note_source(self, code: str, name: str, source_map: str | None = None) -> None:
        """Code is about to run under a file name: keep its source map, and forget that of what had the name before.

        :param source_map: where it does not come with the code's last line. What is no map does not count.
        """
        self.keep_source_map(name, map_to_keep(code, source_map))

    def keep_source_map(self, name: str, kept: str | None) -> None:
        """Have the guest keep this for a file, as ``map_to_keep`` has made it. Where it cannot, the file has no map."""
        if kept is None and not self.has_source_maps:
            return
        try:
            with self.entered():
                self._source_maps.put(name, kept)
                self.has_source_maps = self.instance.words[EVENTS] & _SOURCE_MAPS != 0
        except SnapjsError:
            return  # it has no memory for it, or is an old engine; or what then runs the code says it better

    def original_stack(self, stack: str) -> str:
        return self._source_maps.original(stack) if self.has_source_maps else stack

    # ---- pieces that several features use

    def get(self, handle: int, key: Any, default: Any = UNSET) -> Any:
        """A property of an object; ``default``, or ``undefined``, when there is none."""
        try:
            return self.call("snap_get", (handle, 0), (key,))
        except Absent:
            if default is UNSET:
                from ..values import undefined

                return undefined
            return default

    def set(self, handle: int, key: Any, value: Any, realm: int = 0) -> None:
        """Set a property of an object. Setters run.

        :param realm: where a value that is converted is made.
        """
        with self.entered():
            self.perform("snap_set", (handle, realm), self.codec.encode_property(key, value))

    def promise_state(self, number: int) -> int:
        """0 pending, 1 fulfilled, 2 rejected; -1: it is no promise."""
        state = self.invoke("snap_promise_state", number)
        return state if state < 3 else -1

    def promise_result(self, number: int, type: Any, timeout: float | None = UNSET) -> Any:
        """What it was fulfilled with; raises what it was rejected with, or StillPending."""
        return self.call("snap_promise_result", (number, 0), timeout=timeout, type=type)

    def observe_promise(self, number: int) -> None:
        """Tell the guest that the host will see what becomes of a promise: a rejection is not unhandled. Does nothing
        to what is no promise."""
        self.invoke("snap_promise_observe", number)

    def _count_deliveries(self) -> None:
        self.instance.words[EVENTS] &= ~_UNDELIVERED
        if self._death is not None:
            return
        self._depth += 1  # so that the calls that this makes do not come here again
        try:
            self.lending.count_deliveries()
            if "host_objects" in self.__dict__ and len(self.host_objects):
                self.host_objects.count_deliveries()
        except MemoryLimitError:  # it has none to tell, but may have after a later call
            self.instance.words[EVENTS] |= _UNDELIVERED
        finally:
            self._depth -= 1

    def _report_rejections(self) -> None:
        if self._death is None:
            self._depth += 1  # so that the calls that this makes do not report again
            try:
                report_rejections(self, self.limits.in_force)
            finally:
                self._depth -= 1
