"""What specifiers and names of modules say by themselves: which place they mean, and what kind of module is there."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ..modules import Kind

TYPESCRIPT: Final = (".ts", ".tsx", ".mts", ".cts")

_KINDS: Final[dict[str, Kind]] = {".mjs": "js", ".cjs": "cjs", ".json": "json", **dict.fromkeys(TYPESCRIPT, "ts")}


def is_relative(specifier: str) -> bool:
    """Whether the specifier means a place beside its importer."""
    return specifier.startswith(("./", "../")) or specifier in (".", "..")


def joined(specifier: str, importer: str | None) -> str:
    """The name that a specifier has without further rules: relative ones are joined to the folder of the importer, as
    paths."""
    path, mark, query = specifier.partition("?")
    if not is_relative(path):
        return specifier
    base = "" if importer is None else without_query(importer)
    parts: list[str] = []
    *inner, last = (base[: base.rfind("/") + 1] + path).split("/")
    for part in (*inner, last):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    if last in (".", ".."):
        parts.append("")
    return "/".join(parts) + mark + query


def without_query(name: str) -> str:
    """A name up to its ``?``: what follows is part of no path."""
    return name.partition("?")[0]


def extension(path: str) -> str:
    """The extension of a file with its dot, or nothing. As in Node, a dot at the beginning of its name makes none."""
    name = path.rpartition("/")[2]
    return name[name.rindex(".") :] if "." in name[1:] else ""


def kind_by_name(path: str) -> Kind | None:
    """The kind of module that a file's name alone decides."""
    return _KINDS.get(extension(path))
