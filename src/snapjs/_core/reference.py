"""What every Python object that stands for a JavaScript value is."""

from __future__ import annotations

from ..errors import ClosedError, SnapjsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .bridge import Bridge


class Absent(SnapjsError):
    """There is no such property: not to be confused with a KeyError of a Python function behind a getter."""


class OfOneVM:
    """What Python has of one VM, and no other VM may have."""

    __slots__ = ()

    def belongs_to(self, bridge: Bridge) -> bool:
        """Whether it is this VM's."""
        raise NotImplementedError


class Reference:
    """One reference to one JavaScript value. It keeps the value alive until it is disposed of or collected."""

    __slots__ = ("__weakref__", "_bridge", "_number")

    _shown_name = "Reference"

    def __init__(self, bridge: Bridge, number: int) -> None:
        self._bridge = bridge
        self._number = number

    def dispose(self) -> None:
        """Give the reference back. Idempotent; a reference that is not needed any more is also given back when Python
        collects it."""
        number, self._number = self._number, 0
        if number:
            self._bridge.queue_release(number)

    @property
    def disposed(self) -> bool:
        """Whether the reference cannot be used any more: disposed of, or its VM is closed."""
        return not self._number or self._bridge.closed

    def __del__(self) -> None:
        self.dispose()

    def _live(self) -> int:
        """The handle's number.

        :raises ClosedError: disposed of.
        """
        if not self._number:
            raise ClosedError("This reference was disposed of. Keep it, or take a dup() before dispose().")
        return self._number

    def _describe(self) -> tuple[str, str | None, int, int, int]:
        """``typeof``, class name, class id, brand and identity, without running guest code."""
        facts: tuple[str, str | None, int, int, int] = self._bridge.ask("snap_describe_handle", (self._live(),))
        return facts

    def __repr__(self) -> str:
        name = self._shown_name
        if self.disposed:
            return f"<{name}, disposed>"
        try:
            kind, class_name, class_id, *_ = self._describe()
        except Exception:  # a repr must work while the VM is busy or dead
            return f"<{name}>"
        is_null = kind == "object" and not class_id
        return f"<{name} of {'null' if is_null else class_name or kind}>"

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a {self._shown_name} lives in its VM and cannot be pickled: "
            "take a snapshot of the VM, or convert the value"
        )
