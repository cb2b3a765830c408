"""The names of the types that several capabilities share."""

from __future__ import annotations

from .types.names import BUILT_IN, free_name
from .types.typescript_text import renamed


class SharedTypes:
    """Declarations from several capabilities under names of their own: where two mean different types by one name, the
    second is numbered."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    @property
    def texts(self) -> list[str]:
        """The declarations, with the names that they have now."""
        return list(self._taken.values())

    def add(self, declarations: dict[str, str]) -> dict[str, str]:
        """Add what one capability declares. The result is the name that each has now."""
        names = {name: name for name in declarations}
        while clashes := [name for name in names if self._clashes(names, name, declarations)]:
            for name in clashes:
                names[name] = free_name(name, {*BUILT_IN, *self._taken, *names.values()})
        for name, text in declarations.items():
            self._taken[names[name]] = renamed(text, names)
        return names

    def _clashes(self, names: dict[str, str], name: str, declarations: dict[str, str]) -> bool:
        if names[name] in BUILT_IN:
            return True
        known = self._taken.get(names[name])
        return known is not None and known != renamed(declarations[name], names)
