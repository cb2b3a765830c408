"""What a VM does with ES modules."""

from __future__ import annotations

from .._checks import UNSET, checked_seconds, checked_text
from .._guest import abi
from ..errors import ConversionError, StillPending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ..promise import Promise
    from .bridge import Bridge
    from .globals import Namespace

_RUN_MODULE: Final = abi.Run.JOBS | abi.Run.MODULE


class ModuleOperations:
    """What :class:`snapjs.VM` can do with modules."""

    _bridge: Bridge

    def import_module(self, specifier: str, *, timeout: float | None = UNSET) -> Namespace:
        """Load and evaluate an ES module; its exports as a read-only mapping.

        :raises ModuleNotFound: no loader has it, or one that it imports.
        :raises StillPending: a top-level ``await`` waits for an unanswered call.
        """
        self._answer_imports()
        return self._namespace(self._start_module(None, specifier, timeout), specifier, checked_seconds(timeout))

    async def import_module_async(self, specifier: str, *, timeout: float | None = UNSET) -> Namespace:
        """As :meth:`import_module`, waiting for what top-level ``await`` waits for."""
        return await self._module_async(None, specifier, timeout)

    def eval_module(self, source: str, name: str = "<module>", *, timeout: float | None = UNSET) -> Namespace:
        """Evaluate the source of an ES module under a name; its exports as a read-only mapping."""
        self._answer_imports()
        return self._namespace(self._start_module(checked_text(source), name, timeout), name, checked_seconds(timeout))

    async def eval_module_async(
        self, source: str, name: str = "<module>", *, timeout: float | None = UNSET
    ) -> Namespace:
        """As :meth:`eval_module`, waiting for what top-level ``await`` waits for."""
        return await self._module_async(checked_text(source), name, timeout)

    def _answer_imports(self) -> None:
        if self._bridge.options.modules is not None:
            self._bridge.imports.answer_waiting()

    def _start_module(self, source: str | None, name: str, timeout: float | None) -> Promise:
        if "\0" in checked_text(name, "the name of a module"):
            raise ValueError(f"the name of a module has no NUL character: {name!r} has one")
        # in one visit: rejections that nobody handles are reported at its end
        with self._bridge.entered():
            if source is not None:
                self._bridge.note_source(source, name)
            promise: Promise = self._bridge.call(
                "snap_eval", (_RUN_MODULE, 0), (source, name), timeout=checked_seconds(timeout)
            )
            self._bridge.observe_promise(promise._live())
        try:
            return promise
        finally:
            del promise  # the loader ran above this frame, so an exception of it holds this frame

    def _namespace(self, promise: Promise, name: str, timeout: float | None) -> Namespace:
        try:
            self._bridge.loop.answer_waiting(timeout)
            exports = self._bridge.promise_result(promise._live(), UNSET, timeout)
        except StillPending as error:
            raise self._deadlock(name, error) from None
        finally:
            del promise  # as in Loop.settled: a circle through the exception's traceback
        return self._namespace_of(exports, name)

    async def _module_async(self, source: str | None, name: str, timeout: float | None) -> Namespace:
        if source is None and self._bridge.options.modules is not None:
            self._bridge.imports.check_entry(checked_text(name, "the name of a module"))
        try:
            exports = await self._bridge.loop.settled(
                lambda: self._start_module(source, name, timeout), checked_seconds(timeout)
            )
        except StillPending as error:
            raise self._deadlock(name, error) from None
        return self._namespace_of(exports, name)

    def _namespace_of(self, exports: Any, name: str) -> Namespace:
        from ..handle import Handle
        from .globals import Namespace

        if not isinstance(exports, Handle):
            raise ConversionError(
                f"Module {name!r} exports a function 'then', so that what imports it gets what that resolves with, and "
                "not its exports. Give it another name."
            )
        return Namespace(self._bridge, exports, name)

    def _deadlock(self, name: str, error: StillPending) -> StillPending:
        """The error to raise for a module that waits: where no call is pending, it says for which modules."""
        if self._bridge.is_running and not error.calls:
            cause = (
                f"Module {name!r} was imported by a host function or a loader, and has no exports before that returns"
            )
            return StillPending(message=f"{cause}. Import it before, or have JavaScript import it.")
        with self._bridge.entered():  # a closed VM has no memory to look into
            waiting = [] if error.calls else self._bridge.ask("snap_modules_waiting", (0,))
            if not waiting or self._bridge.instance.control.timers:
                return error
        cause = f"Module {name!r} waits at a top-level await, and nothing can settle it. Modules that wait: "
        remedy = (
            "Look for modules that wait for each other with await import(), or for a promise that is never resolved."
        )
        return StillPending(message=f"{cause}{', '.join(waiting)}. {remedy}")
