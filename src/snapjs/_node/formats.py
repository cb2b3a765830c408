"""Which kind of module a file is."""

from __future__ import annotations

from collections.abc import Mapping

from ..modules import Kind
from .failure import Failure
from .package import Package
from .resolve import TYPESCRIPT

_KINDS: dict[str, Kind] = {".mjs": "js", ".cjs": "cjs", ".json": "json", **dict.fromkeys(TYPESCRIPT, "ts")}
_ATTRIBUTES: dict[str, Kind] = {"json": "json", "text": "text", "bytes": "bytes"}


def extension(path: str) -> str:
    """The extension of a file with its dot, or nothing."""
    name = path.rpartition("/")[2]
    return name[name.rindex(".") :] if "." in name[1:] else ""


def kind_by_name(path: str) -> Kind | None:
    """The kind that a file's name alone decides."""
    return _KINDS.get(extension(path))


def asked_kind(path: str, attributes: Mapping[str, str]) -> Kind | None:
    """The kind that an import asks for with ``type``, where it is not the file's own."""
    asked = _ATTRIBUTES.get(attributes.get("type", ""))
    return None if asked == kind_by_name(path) else asked


def kind_by_package(path: str, package: Package | None, *, is_require: bool) -> Kind | None:
    """The kind of a script that its package decides; ``None`` where its own syntax does.

    :raises Failure: it is no script.
    """
    suffix = extension(path)
    if suffix == ".node":
        raise Failure(f"{path} is machine code, which no VM runs", "Look for a build of that package for browsers.")
    if suffix not in ("", ".js") and not is_require:
        remedy = 'Import it with { type: "text" } or { type: "bytes" }.'
        raise Failure(f"{path} has an extension that says nothing of its kind", remedy)
    if package is None or package.type is None or (package.type == "commonjs" and package.is_legacy_module):
        return None
    return "js" if package.type == "module" else "cjs"
