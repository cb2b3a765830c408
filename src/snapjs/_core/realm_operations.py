"""What a VM and each of its realms have: code that runs in a global object."""

from __future__ import annotations

from .._checks import UNSET, checked_seconds, checked_text
from .._codec.texts import pack_texts
from .._guest import abi
from .bridge import Bridge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, TypeVar, overload

    from ..constants import EvalFlags
    from ..handle import Handle
    from .globals import Globals
    from .lending import HostFunction

    _F = TypeVar("_F", bound=Callable[..., Any])

_RUN: Final = abi.Run.JOBS
_RUN_ASYNC: Final = abi.Run.JOBS | abi.Run.ASYNC
_COMPILE_ONLY: Final = abi.Run.COMPILE_ONLY
_AS_HANDLE: Final = abi.Run.AS_HANDLE
_WITHOUT_MAP: Final = 40
"""characters in which no source map fits: to look for one takes a twentieth of the time of the shortest scripts"""
_FIRST_GLOBAL: Final = abi.Fixed.GLOBAL


class RealmOperations:
    """A global object and what runs in it."""

    _bridge: Bridge
    _realm: int = 0
    """number of the realm; 0 for the VM's own"""

    def eval(self, code: str, *, filename: str = "<eval>", timeout: float | None = UNSET, type: Any = UNSET) -> Any:
        """Run a script and the microtasks it leaves, and return its value converted.

        :param filename: shown in stack traces.
        :param timeout: seconds, in place of the VM's.
        :param type: what the value must be; msgspec converts and validates.
        :raises JSError: the script threw. A Python exception that passed through comes out as itself.
        :raises LimitError: a limit stopped it.
        :raises ConversionError: the value does not fit ``type``.
        """
        message = self._script(checked_text(code), checked_text(filename, "filename"))
        if len(code) > _WITHOUT_MAP or self._bridge.has_source_maps:
            self._bridge.note_source(code, filename)
        return self._bridge.call(
            "snap_eval",
            (_RUN, self._realm),
            message=message,
            timeout=checked_seconds(timeout),
            type=type,
        )

    def _script(self, code: str, filename: str) -> bytes:
        try:
            return pack_texts(code, filename)
        except UnicodeEncodeError:
            return self._bridge.codec.encode_arguments((code, filename))

    async def eval_async(
        self, code: str, *, filename: str = "<eval>", timeout: float | None = UNSET, type: Any = UNSET
    ) -> Any:
        """Run a script with top-level ``await``, answering host calls and timers on the running event loop until its
        value is settled.

        Cancelling the task that awaits this cancels the host calls that the script waits for, and rejects them in
        JavaScript.

        :param timeout: seconds for the whole, waiting included.
        :raises StillPending: nothing is left that could settle the value.
        """
        seconds = checked_seconds(timeout)
        return await self._bridge.loop.settled(lambda: self._begin_async(code, filename, seconds), seconds, type)

    def _begin_async(self, code: str, filename: str, timeout: float | None) -> Any:
        """Run a script to where its top-level ``await`` first waits; a promise of its value, or the value itself.

        :param timeout: seconds, as :func:`checked_seconds` returns them.
        """
        values = (checked_text(code), checked_text(filename, "filename"))
        self._bridge.note_source(code, filename)
        return self._bridge.call("snap_eval", (_RUN_ASYNC, self._realm), values, timeout=timeout)

    def eval_handle(
        self,
        code: str,
        *,
        filename: str = "<eval>",
        flags: EvalFlags = UNSET,
        timeout: float | None = UNSET,
    ) -> Handle:
        """Run a script or module and return its value as a handle, unconverted. Microtasks wait.

        :param flags: how, if not as a script in sloppy mode.
        :raises JSError: it threw.
        """
        run = 0
        if flags is not UNSET:
            from .flags import run_flags

            run = run_flags(flags)
        values = (checked_text(code), checked_text(filename, "filename"))
        if run & _COMPILE_ONLY:
            self._bridge.call("snap_eval", (run, self._realm), values, timeout=checked_seconds(timeout))
            return self._fixed(abi.Fixed.UNDEFINED)
        self._bridge.note_source(code, filename)
        return self._bridge.call_handle(
            "snap_eval", (run | _AS_HANDLE, self._realm), values, timeout=checked_seconds(timeout)
        )

    def eval_bytecode(self, data: bytes, *, timeout: float | None = UNSET) -> Handle:
        """Run what ``VM.compile`` made, with the flags it was compiled with; its value as a handle. Microtasks wait.

        Bytecode is as trusted as the program that made it, and running what nobody compiled is not safe for the memory
        of the VM: only give it what your own ``VM.compile`` returned. A hash tells damage, not who compiled it.

        :raises ValueError: it is not bytecode, is corrupt, or was made by another engine.
        """
        from .._codec.plain import pack
        from .bytecode import unseal

        body, source_map = unseal(data, self._bridge.instance.engine.sha256)
        if source_map is not None:
            self._bridge.keep_source_map(*source_map)
        return self._bridge.call_handle(
            "snap_eval_bytecode", (_AS_HANDLE, self._realm), message=pack(body), timeout=checked_seconds(timeout)
        )

    @property
    def globals(self) -> Globals:
        """The global object as a mutable mapping."""
        from .globals import Globals

        return Globals(self._bridge, self._realm)

    @property
    def global_handle(self) -> Handle:
        """The global object as a handle, whose dispose does nothing."""
        return self._fixed(_FIRST_GLOBAL + self._realm)

    def _fixed(self, number: int) -> Handle:
        from .handle_kinds import FixedHandle

        return FixedHandle(self._bridge, number)

    def expose(self, name: str, function: HostFunction) -> None:
        """Give a Python function to JavaScript.

        :param name: global name; dots make nested objects.
        :param function: a function; an ``async def``, whose calls return promises; or :data:`snapjs.pending`.
        """
        from .globals import define_function

        checked_text(name, "the name of a host function")
        if not all(name.split(".")):
            raise ValueError(f"{name!r} is not a name: a dotted name has something between its dots")
        with self._bridge.entered():
            define_function(
                self._bridge, name, self._realm, lambda: self._bridge.lending.expose(name, function, self._realm)
            )

    def _named_function(self, name: str, function: HostFunction) -> Handle:
        """A JavaScript function that calls a Python one, as :meth:`expose` makes it, and that no program has yet."""
        with self._bridge.entered():
            return self._bridge.adopt(self._bridge.lending.number_of(self._bridge.lending.expose(name, function)))

    if TYPE_CHECKING:

        @overload
        def function(self, function: _F, /) -> _F: ...
        @overload
        def function(self, function: None = None, /, *, name: str | None = None) -> Callable[[_F], _F]: ...

    def function(self, function: Any = None, /, *, name: str | None = None) -> Any:
        """Decorator: expose a Python function under its own name, or under ``name``."""

        def decorate(function: _F) -> _F:
            self.expose(name or function.__name__, function)
            return function

        return decorate if function is None else decorate(function)
