"""What the host does for the web APIs: services. The JavaScript of these APIs asks for them by name; no program can."""

from __future__ import annotations

from ..errors import TimeLimitError
from .limits import timeout_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, Protocol

    from ..pending import PendingCall
    from .bridge import Bridge
    from .limits import Deadline
else:
    Protocol = object


class Service(Protocol):
    """One service of one VM. What it raises is thrown in JavaScript."""

    is_immediate: bool
    """whether :meth:`request` answers without an event loop"""

    def call(self, *arguments: Any) -> Any:
        """Answer ``web.call(name, ...arguments)``, for which JavaScript stops."""

    def request(self, *arguments: Any) -> Any:
        """Answer ``web.request(name, ...arguments)``, for which it gets a promise: a value, or an awaitable if an event
        loop is running. The arguments may come out of a snapshot that somebody forged.

        :raises TimeoutError: there is none yet, and no more time to wait for it.
        """

    def close(self) -> None:
        """Nobody asks any more, or waits for answers, in any thread: the VM is closed."""


def _crypto(bridge: Bridge) -> Service:
    from .._web.crypto.service import Crypto

    def forget_dropped() -> None:
        with bridge.entered():
            bridge.lending.flush()

    return Crypto(lambda: bridge.services._seconds, forget_dropped)


def _fetch(bridge: Bridge) -> Service | None:
    policy = bridge.options.policies.get("fetch")
    if policy is None:
        return None
    from .._web.fetch.service import FetchService

    return FetchService(policy)


_MAKERS: Final[dict[str, Callable[[Bridge], Service | None]]] = {"<crypto>": _crypto, "<fetch>": _fetch}
"""by name; of a weak proxy of the bridge. ``None`` where the VM has no such service, so that nobody answers"""


class Services:
    """Those of one VM.

    :param bridge: of the VM; a weak proxy.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._made: dict[str, Service] = {}
        self._seconds: float | None = None
        """that an answer may take which is waited for now; ``None``: as many as it takes"""
        self._looked_at = 0
        """the id up to which no call is for a service here: of thousands that wait, none is looked at again"""

    def get(self, name: str) -> Service | None:
        """The service of this name; made when it is first asked for."""
        service = self._made.get(name)
        if service is None and name in _MAKERS:
            service = _MAKERS[name](self._bridge)
            if service is not None:
                self._made[name] = service
        return service

    def close(self) -> None:
        """End all of them, and let go of them: the VM is closed. Whoever still holds one of its calls holds what
        answers it."""
        for service in self._made.values():
            service.close()
        self._made.clear()

    def call(self, name: str, *arguments: Any) -> Any:
        """What a service answers at once.

        :raises LookupError: there is none of that name.
        """
        service = self.get(name)
        if service is None:
            raise LookupError(f"the host has no service {name}")
        return service.call(*arguments)

    def answer_waiting(self, deadline: Deadline | None) -> int:
        """Answer the requests that need no event loop, and those that come of the answers; how many.

        :raises TimeLimitError: of the jobs, or the deadline has come.
        """
        answered = 0
        while calls := self._waiting():
            for call, service in calls:
                timeout = timeout_until(deadline)
                self._seconds = None if deadline is None else timeout
                try:
                    answer, failed = service.request(*call.args), False
                except TimeoutError:
                    answer, failed = TimeLimitError(limit=None if deadline is None else deadline.seconds), True
                except Exception as error:
                    answer, failed = error, True
                self._bridge.pending_calls.answer(call.id, answer, failed, timeout=timeout, lenient=True)
            answered += len(calls)
        return answered

    def _waiting(self) -> list[tuple[PendingCall, Service]]:
        bridge = self._bridge.itself()
        listed = bridge.pending_calls.names(self._looked_at)
        if not any(self._immediate(name) for _, name in listed):
            if listed:
                self._looked_at = listed[-1][0]
            return []
        return [
            (call, service)
            for call in bridge.pending_calls.after(self._looked_at)
            if (service := self._immediate(call.name)) and not bridge.host_tasks.is_answering(call.id)
        ]

    def _immediate(self, name: str) -> Service | None:
        service = self.get(name)
        return service if service is not None and service.is_immediate else None
