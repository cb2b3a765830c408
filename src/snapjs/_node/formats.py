"""Which kind of module a file is."""

from __future__ import annotations

from .._modules.specifiers import extension, kind_by_name
from ..modules import Kind
from .failure import Failure
from .resolve import Resolver


def kind_of(place: Resolver, path: str, *, is_require: bool) -> Kind | None:
    """The kind of a file, or ``None`` where its text decides.

    :raises Failure: it is no module.
    """
    if kind := kind_by_name(path):
        return kind
    package = place.packages.around(path)
    if package is not None and place.is_module_entry(package, path):
        return "js"
    suffix = extension(path)
    if suffix == ".node":
        raise Failure(f"{path} is machine code, which no VM runs", "Look for a build of that package for browsers.")
    if suffix not in ("", ".js") and not is_require:
        remedy = 'Import it with { type: "text" } or { type: "bytes" }.'
        raise Failure(f"{path} has an extension that says nothing of its kind", remedy)
    if package is None or package.type is None or (package.type == "commonjs" and package.is_legacy_module):
        return None
    return "js" if package.type == "module" else "cjs"
