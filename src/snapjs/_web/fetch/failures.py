"""Why there is no response, as JavaScript is told."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class FetchFailure(Exception):
    """A request that was not sent, or came to no end. In JavaScript it is a TypeError.

    :param message: which request, and what is the matter with it; nothing of the host's inside.
    :param kind: the name of the DOMException that is the TypeError's cause, or empty for what the policy refuses.
    """

    def __init__(self, message: str, kind: str = "NetworkError") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind

    @property
    def answer(self) -> dict[str, str]:
        """What engine/web/fetch.js makes the TypeError of."""
        return {"error": self.message, "kind": self.kind}


class Refusal(FetchFailure):
    """What the policy does not allow.

    :param what: the request.
    :param why: which rule is against it.
    """

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} is not allowed by the policy: {why}", "")


class Cancelled(FetchFailure):
    """What nobody wants any more. Each is its own object: one that is raised holds what it was raised through."""

    def __init__(self) -> None:
        super().__init__("the request was cancelled", "AbortError")


INTERRUPTED: Final = "the rest of the response did not come before the VM was saved, or its event loop ended"
"""what a body fails with whose connection is not here"""
