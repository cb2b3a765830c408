"""The pending calls of one VM: the host's view of the guest's table."""

from __future__ import annotations

from itertools import takewhile

from .._checks import UNSET
from .._guest import abi
from .._guest.instance import EVENTS
from ..errors import CapabilityError, ConversionError, JSError, WrongVMError
from ..pending import IMPORT_CALL, PendingCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from .bridge import Bridge

_OK: Final = abi.Status.OK
_INVALID: Final = abi.Status.INVALID
_RUN_JOBS: Final = abi.Run.JOBS
_PENDING: Final = abi.Event.PENDING


def cancellation() -> JSError:
    """What a call is rejected with whose coroutine was cancelled."""
    return JSError("CancelledError", "the host call was cancelled")


class PendingCalls:
    """The calls of one VM that have no answer yet."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._known: dict[int, PendingCall] = {}
        self._last = 0

    def all(self) -> list[PendingCall]:
        """All of them, oldest first."""
        self.refresh()
        return list(self._known.values())

    def after(self, id: int) -> list[PendingCall]:
        """Those that came after one, oldest first."""
        self.refresh()
        newest = takewhile(lambda known: known > id, reversed(self._known))
        return [self._known[known] for known in newest][::-1]

    def names(self, after: int = 0) -> list[tuple[int, str]]:
        """Ids and names of the calls that came after one, oldest first. Their arguments stay where they are: who takes
        those holds the handles in them, and a snapshot would tell."""
        bridge = self._bridge.itself()
        with bridge.entered():
            if not bridge.instance.control.pending:
                return []
            return [(id, name) for id, name, *_ in bridge.ask("snap_pending_list", (after, 1))]

    def refresh(self) -> None:
        """Take note of calls recorded since."""
        bridge = self._bridge.itself()
        with bridge.entered():
            words = bridge.instance.words
            if self._last and not words[EVENTS] & _PENDING:
                return
            recorded = bridge.ask("snap_pending_list", (self._last, 0))
            for id, name, message, has_references, origin, realm in recorded:
                arguments = tuple(bridge.codec.decode(message, has_references))
                call = self._known[id] = PendingCall(bridge, id, name, arguments, origin, realm)
                # kept, for JavaScript may drop a function while its answer is awaited
                call._function = bridge.lending.called(name, realm)
                self._last = id
            words[EVENTS] &= ~_PENDING  # not before: to convert arguments may take more time than there is

    def is_known(self, id: int) -> bool:
        """Whether the call is still without an answer."""
        return id in self._known

    def settle(self, id: int, value: Any, is_rejection: bool) -> None:
        """Answer a call and run the jobs."""
        call = self._known.get(id)
        if call is not None and call.name == IMPORT_CALL and not is_rejection:
            value = self._bridge.imports.given(call.args, value)
        if not self.answer(id, value, is_rejection):
            raise KeyError(f"there is no pending call {id}: it was answered before, or never made")
        self._bridge.loop.wake()

    def answer(
        self, id: int, value: Any, is_rejection: bool, *, timeout: float | None = UNSET, lenient: bool = False
    ) -> bool:
        """Answer a call and run the jobs; False when there is no such call.

        :param lenient: a value without a counterpart rejects the call, in place of raising here.
        """
        bridge = self._bridge.itself()
        with bridge.entered():
            if timeout is UNSET:
                timeout = bridge.options.timeout
            try:
                message = bridge.codec.encode(value)
            except (ConversionError, WrongVMError, CapabilityError) as error:
                if not lenient:
                    raise
                message, is_rejection = bridge.codec.encode(error), True
            bridge.send(message)
            flags = 0 if bridge.is_running else _RUN_JOBS
            settle = bridge.instance.exports["snap_pending_settle"]
            try:
                status = bridge.run(settle, (id, int(is_rejection), flags), timeout)
                if status not in (_OK, _INVALID):
                    bridge.fail(status, timeout)
            except BaseException:
                if not bridge.is_dead and not self._is_waiting(id):
                    self._known.pop(id, None)
                raise
            self._known.pop(id, None)
            return status == _OK

    def _is_waiting(self, id: int) -> bool:
        """Whether the guest has no answer yet: what failed may have been the answer, or the code that it woke."""
        return any(listed == id for listed, *_ in self._bridge.ask("snap_pending_list", (id - 1, 1)))
