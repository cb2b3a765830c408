"""The operations of a VM on handles, one by one and unconverted."""

from __future__ import annotations

from .._checks import UNSET, checked_seconds, checked_text
from .._guest import abi
from ..errors import ClosedError, ConversionError, JSError, WrongVMError
from .realm_operations import RealmOperations
from .reference import Reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, TypeVar, overload

    from ..constants import EvalFlags
    from ..function import Function
    from ..handle import Handle, Key
    from ..promise import Deferred, Promise, PromiseResult
    from ..scope import Scope

    _T = TypeVar("_T")

_OK: Final = abi.Status.OK
_AS_HANDLE: Final = abi.Run.AS_HANDLE
_CONSTRUCT: Final = abi.Run.AS_HANDLE | abi.Run.CONSTRUCT
_TOKEN_DIGITS: Final = 24


class HandleOperations(RealmOperations):
    """What :class:`snapjs.VM` can do with handles.

    Where a method takes a value, it takes a handle or anything that converts. Microtasks wait until
    :meth:`execute_pending_jobs`.
    """

    # ---- values that are always there

    @property
    def undefined(self) -> Handle:
        """``undefined`` as a handle, whose dispose does nothing."""
        return self._fixed(abi.Fixed.UNDEFINED)

    @property
    def null(self) -> Handle:
        """``null`` as a handle, whose dispose does nothing."""
        return self._fixed(abi.Fixed.NULL)

    @property
    def true(self) -> Handle:
        """``true`` as a handle, whose dispose does nothing."""
        return self._fixed(abi.Fixed.TRUE)

    @property
    def false(self) -> Handle:
        """``false`` as a handle, whose dispose does nothing."""
        return self._fixed(abi.Fixed.FALSE)

    # ---- making values

    def host_to_handle(self, value: Any) -> Handle:
        """A value converted, as a handle; of a handle, another one.

        :raises ConversionError: it has no counterpart.
        """
        return self._wrap(value)

    def _wrap(self, value: Any, kind: int = abi.Wrap.VALUE) -> Handle:
        return self._bridge.call_handle("snap_wrap", (kind,), value=value)

    def new_string(self, text: str) -> Handle:
        """A string. Lone surrogates and NULs are kept."""
        return self._wrap(checked_text(text, "a string"))

    def new_number(self, number: int | float) -> Handle:
        """A number: an int beyond 2⁵³ becomes the nearest one.

        :raises OverflowError: an int beyond 1.8e308.
        """
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise TypeError(f"a number is int or float, not {type(number).__name__}")
        return self._wrap(float(number))

    def new_big_int(self, number: int) -> Handle:
        """A BigInt of any size."""
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"a BigInt is made of an int, not of {type(number).__name__}")
        from ..values import BigInt

        return self._wrap(BigInt(number))

    def new_object(self) -> Handle:
        """An empty object."""
        return self._wrap({})

    def new_array(self) -> Handle:
        """An empty array."""
        return self._wrap([])

    def new_symbol_for(self, key: str) -> Handle:
        """The registered symbol ``Symbol.for(key)``."""
        from ..values import Symbol

        return self._wrap(Symbol(checked_text(key, "the key of a symbol")))

    def new_array_buffer(self, data: bytes | bytearray | memoryview) -> Handle:
        """An ArrayBuffer with a copy of these bytes."""
        return self._wrap(_bytes(data), abi.Wrap.ARRAY_BUFFER)

    def new_uint8_array(self, data: bytes | bytearray | memoryview) -> Handle:
        """A Uint8Array with a copy of these bytes."""
        return self._wrap(_bytes(data))

    def new_error(self, error: str | BaseException) -> Handle:
        """An Error with this message, or one that stands for a Python exception: when it is thrown and nobody catches
        it, that exception is raised."""
        if isinstance(error, BaseException):
            return self._wrap(error)
        return self._wrap(checked_text(error, "the message of an error"), abi.Wrap.ERROR)

    # ---- functions of the host

    def new_function(self, name: str, function: Callable[..., Any]) -> Handle:
        """A JavaScript function that calls a Python one with handles: ``function(this, *arguments)``.

        It returns a handle, ``None`` for ``undefined``, or a value to convert. The handles that it gets are borrowed:
        they are valid until it returns, and ``dup()`` keeps one. The name is what binds it again after a restore, by
        :meth:`register_host_callback` or ``VM.restore(functions=…)``; calling it unbound throws.

        :raises ValueError: the name is registered already.
        :raises TypeError: it is not a plain callable.
        """
        checked_text(name, "the name of a host function")
        with self._bridge.entered():
            index = self._bridge.lending.register(name, function)
            return self._bridge.adopt(self._bridge.lending.number_of(index))

    def new_ephemeral_function(self, function: Callable[..., Any]) -> Handle:
        """As :meth:`new_function`, without a name, for as long as the handle is kept: after that, calling it throws.

        It does not live through a snapshot.
        """
        from .handle_kinds import EphemeralHandle

        with self._bridge.entered():
            index = self._bridge.lending.lend_ephemeral(function)
            try:
                number = self._bridge.lending.number_of(index)
            except BaseException:
                self._bridge.lending.withdraw(index)
                raise
            return self._bridge.track(EphemeralHandle(self._bridge, number, index))

    def register_host_callback(self, name: str, function: Callable[..., Any]) -> None:
        """Bind the function of this name to another Python function, as after a restore.

        :raises ValueError: no such function was made.
        """
        checked_text(name, "the name of a host function")
        with self._bridge.entered():
            self._bridge.lending.bind_again(name, function)

    def unregister_host_callback(self, name: str) -> bool:
        """Unbind the function of this name: calling it throws until it is bound again.

        :return: whether it was bound.
        """
        checked_text(name, "the name of a host function")
        with self._bridge.entered():
            return self._bridge.lending.unregister(name)

    # ---- running

    def call_function(self, function: Handle | Function, this: Any = None, *arguments: Any) -> Handle:
        """Call a function.

        :param this: a handle or a value; ``None`` for ``undefined``.
        :raises JSError: it threw, or is no function.
        """
        with self._bridge.entered():
            receiver = None if this is None else self._bridge.wrapped(this)
            number = 0 if receiver is None else self._number(receiver)
            return self._bridge.call_handle("snap_call", (self._number(function), number, _AS_HANDLE), arguments)

    def construct(self, constructor: Handle | Function, *arguments: Any) -> Handle:
        """Call a constructor, as ``new`` does.

        :raises JSError: it threw, or is no constructor.
        """
        return self._bridge.call_handle("snap_call", (self._number(constructor), 0, _CONSTRUCT), arguments)

    def _number(self, reference: Reference) -> int:
        """The number of a handle of this VM.

        :raises WrongVMError: it is another VM's.
        """
        if not isinstance(reference, Reference):
            raise TypeError(f"a Handle, Function or Promise is wanted here, not {type(reference).__name__}")
        if reference._bridge is not self._bridge:
            raise WrongVMError()
        return reference._live()

    def _handle(self, reference: Handle | Function | Promise) -> Handle:
        """The reference itself, or a handle of the same value.

        :raises WrongVMError: it is another VM's.
        """
        from ..handle import Handle

        self._number(reference)
        return reference if isinstance(reference, Handle) else reference.handle

    def eval_code(self, code: str, filename: str = "<eval>", flags: EvalFlags = UNSET) -> Handle:
        """As :meth:`eval_handle`, but what the script throws is returned: a handle with ``is_exception``, which
        :meth:`unwrap_result` raises.

        :raises LimitError: a limit stopped it.
        """
        try:
            return self.eval_handle(code, filename=filename, flags=flags)
        except JSError as error:
            if error.handle is None:
                raise
            return self._exception(error.handle, error)
        except Exception as error:
            if not self._bridge.lending.has_lent(error):
                raise
            with self._wrap(error) as thrown:
                return self._exception(thrown, error)

    def _exception(self, thrown: Handle, error: BaseException) -> Handle:
        from .handle_kinds import ExceptionHandle

        with self._bridge.entered():
            number = thrown._live()
            self._bridge.invoke_checked("snap_duplicate", number)
            return self._bridge.track(ExceptionHandle(self._bridge, number, error))

    def unwrap_result(self, result: Handle) -> Handle:
        """The handle that :meth:`eval_code` returned.

        :raises JSError: the script threw this; a Python exception that passed through JavaScript is raised as itself.
        """
        from .handle_kinds import ExceptionHandle

        self._number(result)
        if isinstance(result, ExceptionHandle):
            raise result.error
        return result

    def execute_pending_jobs(self) -> int:
        """Drain the microtasks; how many ran."""
        return self._bridge.loop.run_jobs()

    # ---- properties and values, as methods of Handle

    def get_prop(self, object: Handle, key: Key) -> Handle:
        """As :meth:`Handle.get_prop`."""
        return self._handle(object).get_prop(key)

    def set_prop(self, object: Handle, key: Key, value: Any) -> None:
        """As :meth:`Handle.set_prop`."""
        self._handle(object).set_prop(key, value)

    def define_prop(self, object: Handle, key: Key, value: Any = UNSET, **descriptor: Any) -> None:
        """As :meth:`Handle.define_prop`."""
        self._handle(object).define_prop(key, value, **descriptor)

    def typeof(self, handle: Handle) -> str:
        """As :attr:`Handle.typeof`."""
        return self._handle(handle).typeof

    def dump(self, handle: Handle) -> Any:
        """The value converted, as :meth:`Handle.to_python`."""
        return self._handle(handle).to_python()

    # ---- promises

    def new_promise(self) -> Deferred:
        """A promise that Python settles."""
        from ..promise import Deferred

        with self._bridge.entered():
            promise, resolve, reject = self._bridge.ask("snap_promise_new")
            return Deferred(self._bridge, promise, resolve, reject)

    def resolve_promise(self, promise: Handle | Promise) -> PromiseResult:
        """Run microtasks and look what a promise was settled with. No ``then`` is called, so none that a program
        patched. A value that is no promise is what it was fulfilled with.

        :raises StillPending: it is not settled, and which calls are unanswered.
        """
        number = self._number(promise)
        with self._bridge.entered():
            self._bridge.observe_promise(number)
            self._bridge.loop.run_answerable()
            return self._settled(number)

    async def resolve_promise_async(self, promise: Handle | Promise, *, timeout: float | None = UNSET) -> PromiseResult:
        """As :meth:`resolve_promise`, answering host calls and timers on the running event loop until it is settled.

        :param timeout: seconds for the whole, waiting included.
        :raises StillPending: nothing is left that could settle it.
        """
        number = self._number(promise)
        with self._bridge.entered():
            self._bridge.observe_promise(number)
        await self._bridge.loop.until_settled(number, checked_seconds(timeout))
        return self._settled(number)

    def _settled(self, number: int) -> PromiseResult:
        from ..promise import PromiseResult

        with self._bridge.entered():
            state = self._bridge.promise_state(number)
            if state < 0:
                return PromiseResult(self._bridge.duplicate(number), None)
            handle = self._bridge.call_handle("snap_promise_result", (number, _AS_HANDLE))
            return PromiseResult(handle, None) if state == 1 else PromiseResult(None, handle)

    def promise_then_raw(
        self,
        promise: Handle | Promise,
        on_fulfilled: Handle | Function | None = None,
        on_rejected: Handle | Function | None = None,
    ) -> Handle:
        """As ``promise.then(…)``, the engine's own: no method of the promise is looked up, nor its species.

        :return: the promise of what the handler returns.
        :raises JSError: it is no promise.
        """
        handlers = (0 if handler is None else self._number(handler) for handler in (on_fulfilled, on_rejected))
        return self._bridge.call_handle("snap_promise_then", (self._number(promise), *handlers))

    def mark_promise_handled(self, promise: Handle | Promise) -> None:
        """A rejection of this promise is not to be reported as unhandled. Does nothing to what is no promise."""
        self._bridge.observe_promise(self._number(promise))

    # ---- lives of handles

    if TYPE_CHECKING:

        @overload
        def with_scope(self, function: Callable[[Scope], _T], /) -> _T: ...
        @overload
        def with_scope(self, function: None = None, /) -> Scope: ...

    def with_scope(self, function: Callable[[Scope], Any] | None = None, /) -> Any:
        """A context manager at whose end every handle is disposed of that was made in it and did not ``escape``. Scopes
        nest.

        :param function: called with the scope, in place of a ``with`` block; its result is returned.
        """
        from ..scope import Scope

        scope = Scope(self._bridge)
        if function is None:
            return scope
        with scope:
            return function(scope)

    def export_handle(self, handle: Handle | Function | Promise) -> str:
        """A token for a value, with which :meth:`import_handle` finds it again in this VM and in every VM restored from
        its snapshots. The value is kept until :meth:`release_handle`, whatever becomes of the handle.

        The token means nothing to JavaScript. It is made of the VM's seed and the handle's number: VMs of one seed, or
        restored from one snapshot, may give the same token to different values.
        """
        number = self._number(handle)
        with self._bridge.entered():
            self._bridge.invoke_checked("snap_export_handle", number)
            return self._token(number)

    def _token(self, number: int) -> str:
        """The token of the handle with this number, if it is exported."""
        return f"{self._bridge.instance.control.token_key:08x}{number:016x}"

    def import_handle(self, token: str) -> Handle:
        """A new handle of an exported value. A token may be imported any number of times.

        :raises ValueError: it is no token.
        :raises WrongVMError: it is of a VM with another seed.
        :raises ClosedError: nothing is exported under it: it was released, or is younger than the snapshot.
        """
        with self._bridge.entered():
            number = self._exported("snap_import_handle", token)
            return self._bridge.adopt(number)

    def release_handle(self, token: str) -> None:
        """Forget an exported value; its token means nothing any more.

        :raises ValueError, WrongVMError, ClosedError: as for :meth:`import_handle`.
        """
        with self._bridge.entered():
            self._exported("snap_release_export", token)

    def _exported(self, export: str, token: str) -> int:
        """Run an export on the value that was exported under a token; the number of its handle."""
        if len(checked_text(token, "a token")) != _TOKEN_DIGITS or not set(token) <= set("0123456789abcdef"):
            raise ValueError(f"{token!r} is no token: pass what export_handle returned")
        key, number = int(token[:8], 16), int(token[8:], 16)
        if key != self._bridge.instance.control.token_key:
            raise WrongVMError(
                "This token is of a VM with another seed. Import it where it was exported, or in a restored VM."
            )
        if self._bridge.invoke(export, number) != _OK:
            raise ClosedError("This token was released, or is younger than the snapshot. Export the handle again.")
        return number


def _bytes(data: object) -> bytes:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ConversionError(f"binary data is bytes, bytearray or memoryview, not {type(data).__name__}")
    return bytes(data)
