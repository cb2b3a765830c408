"""What the ``modules=`` option of a VM takes: where the sources of modules come from."""

from __future__ import annotations

from ._modules.specifiers import joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final, Literal, TypeAlias

Kind: TypeAlias = 'Literal["js", "json", "text", "bytes", "ts", "cjs"]'

__all__ = ["ImportMap", "Module"]

_KINDS: Final = ("js", "json", "text", "bytes", "ts", "cjs")


class Module:
    """A source, and what it is.

    :param source: of kind ``"bytes"`` the bytes, else text; bytes in place of text are UTF-8.
    :param kind: ``"js"`` an ES module; ``"ts"`` one in TypeScript; ``"cjs"`` a CommonJS module; ``"json"``, ``"text"``,
        ``"bytes"`` data, which is the module's default export.
    :param url: what ``import.meta.url`` is; ``None`` for the module's name.
    :param exports: of a CommonJS module, the names that ES modules can import besides ``default``; without any, those
        that its text shows.
    :param map: its source map, JSON, where the source does not end with it.
    """

    __slots__ = ("exports", "kind", "map", "source", "url")

    def __init__(
        self,
        source: str | bytes,
        kind: Kind = "js",
        *,
        url: str | None = None,
        exports: tuple[str, ...] = (),
        map: str | None = None,
    ) -> None:
        if not isinstance(source, (str, bytes)):
            raise TypeError(f"the source of a module is str or bytes, not {type(source).__name__}")
        if kind not in _KINDS:
            raise ValueError(f"{kind!r} is no kind of module: the kinds are {', '.join(_KINDS)}")
        if url is not None and not isinstance(url, str):
            raise TypeError(f"the url of a module is a str, not {type(url).__name__}")
        if isinstance(exports, str) or not all(isinstance(name, str) for name in exports):
            raise TypeError(f"the exports of a module are a tuple of str, not {exports!r}")
        self.source: str | bytes = source
        self.kind = kind
        self.url: str | None = url
        self.exports: tuple[str, ...] = tuple(exports)
        if map is not None and not isinstance(map, str):
            raise TypeError(f"the source map of a module is JSON as str, not {type(map).__name__}")
        self.map: str | None = map

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Module):
            return NotImplemented
        return self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def _facts(self) -> tuple[object, ...]:
        return self.source, self.kind, self.url, self.exports, self.map

    def __repr__(self) -> str:
        return f"Module({len(self.source)} {'characters' if isinstance(self.source, str) else 'bytes'}, {self.kind!r})"


class ImportMap:
    """Other names for the loaders after it in the list: an import map, as browsers have it (HTML standard, "Import
    maps").

    :param imports: specifier → name. A specifier that ends in ``/`` is a prefix, and so is its name then; what follows
        the prefix cannot leave it by ``..``. The longest specifier that fits counts. ``None`` as a name: there is no
        such module.
    :param scopes: an importer's name, or a prefix that ends in ``/`` → such a mapping, which goes before ``imports``
        there; the longest scope first.
    :raises ValueError: a prefix is mapped to what is none, or a specifier is empty.

    ``./`` and ``../`` are relative to where names begin, for specifiers, names and scopes alike.
    """

    def __init__(
        self,
        imports: Mapping[str, str | None],
        scopes: Mapping[str, Mapping[str, str | None]] | None = None,
    ) -> None:
        self._imports = _sorted(imports)
        listed = ((joined(scope, None), _sorted(names)) for scope, names in (scopes or {}).items())
        self._scopes = sorted(listed, reverse=True)

    def rewrite(self, specifier: str, importer: str | None) -> str | None:
        """The name that a specifier stands for; the specifier itself, where it is not in the map.

        :param specifier: joined to the importer, if it was relative.
        :return: ``None``: the map says that there is no such module.
        """
        for scope, names in self._scopes:
            if importer is not None and (importer == scope or (_is_prefix(scope) and importer.startswith(scope))):
                found, name = _look_up(names, specifier)
                if found:
                    return name
        found, name = _look_up(self._imports, specifier)
        return name if found else specifier


def _is_prefix(scope: str) -> bool:
    return scope == "" or scope.endswith("/")  # "./" is empty when it is joined


def _sorted(names: Mapping[str, str | None]) -> list[tuple[str, str | None]]:
    for key, name in names.items():
        if not isinstance(key, str) or not (name is None or isinstance(name, str)):
            raise TypeError(f"an import map is from str to str or None: {key!r} to {name!r} is not")
        if joined(key, None) == "":
            raise ValueError(f"{key!r} in an import map stands for no module")
        if key.endswith("/") and name is not None and not name.endswith("/"):
            raise ValueError(
                f"the import map's prefix {key!r} stands for a prefix, which ends in '/', not for {name!r}"
            )
    resolved = ((joined(key, None), None if name is None else joined(name, None)) for key, name in names.items())
    return sorted(resolved, key=lambda item: item[0], reverse=True)  # the longest prefix first


def _look_up(names: list[tuple[str, str | None]], specifier: str) -> tuple[bool, str | None]:
    for key, name in names:
        if key == specifier:
            return True, name
        if key.endswith("/") and specifier.startswith(key):
            rest = joined("./" + specifier[len(key) :], None)
            return True, None if name is None or rest.startswith("../") else name + rest
    return False, None
