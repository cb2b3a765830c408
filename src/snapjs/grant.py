"""References to Python objects that guest code can hold, pass on and use, and cannot forge."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

_REVOKED: Final = "was revoked"
_UNBOUND: Final = "is not from this session: it came with a snapshot, which takes no Python objects along"


class Grant:
    """A Python object that JavaScript may use, as far as it is allowed to. ``Sandbox.grant`` makes it.

    Passed to JavaScript, as an argument, a result or inside data, it is an object with the allowed methods and
    attributes: the same Grant is the same object, and that object given back is the same Grant. No program can make
    such an object itself.
    """

    __slots__ = ("__weakref__", "_members", "_name", "_object", "_owner", "_payload", "_refusal")

    def __init__(self, owner: object, object: Any, members: Mapping[str, int]) -> None:
        self._owner: object = owner
        self._object = object
        self._members = members
        """what each name is: a number of ``abi.Member``"""
        self._name = type(object).__name__
        self._payload = b""
        """the members as they stand in a message, once that was asked for"""
        self._refusal = ""
        """why it cannot be used any more"""

    @property
    def revoked(self) -> bool:
        """Whether it cannot be used any more: it was revoked, or came with a snapshot."""
        return bool(self._refusal)

    def _end(self, why: str = _REVOKED) -> None:
        """Let go of the object; nobody can use it from here on."""
        # In this order, for another thread may be about to use it: see Grants.use.
        self._refusal = self._refusal or why
        self._object = None

    @classmethod
    def _unbound(cls) -> Grant:
        """Stands for a JavaScript object whose Python object is in another process, or was there in another VM."""
        grant = cls(None, None, {})
        grant._name = "an object"
        grant._end(_UNBOUND)
        return grant

    def _refusal_text(self, member: str = "") -> str:
        """Why it cannot be used, and what to do about it.

        :param member: which was to be used, if any.
        """
        used = f"{member}: " if member else ""
        return f"{used}this grant of {self._name} {self._refusal}. Grant the object again."

    def __repr__(self) -> str:
        if self._refusal:
            return f"<Grant of {self._name}, {self._refusal.partition(':')[0]}>"
        return f"<Grant of {self._name}: {', '.join(self._members) or 'nothing is allowed'}>"

    def __reduce__(self) -> Any:
        raise TypeError("a Grant is of one session and cannot be pickled: pickle the object, and grant that again")


__all__ = ["Grant"]
