"""The fields ``exports`` and ``imports`` of package.json: which target a subpath has.

As Node's documentation specifies it under "Resolution algorithm specification": PACKAGE_EXPORTS_RESOLVE,
PACKAGE_IMPORTS_RESOLVE, PACKAGE_IMPORTS_EXPORTS_RESOLVE, PACKAGE_TARGET_RESOLVE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

from .failure import Failure
from .package import Package

_INVALID_SEGMENT = re.compile(
    r"(^|[\\/])((\.|%2e){1,2}|(n|%6e)(o|%6f)(d|%64)(e|%65)(_|%5f)(m|%6d)(o|%6f)(d|%64)(u|%75)(l|%6c)(e|%65)(s|%73))"
    r"([\\/]|$)",
    re.IGNORECASE,
)
_URL = re.compile(r"(?!node:)[a-zA-Z][a-zA-Z0-9+.-]*:")

# A package.json may nest as deep as the JSON reader allows; no package has a reason to.
_DEEPEST = 50

_MEND = "Mend that file, or use another version of the package."


class _InvalidTarget(Failure):
    """A target that no file may have; the next one of an array is tried."""


class _Undefined:
    """No condition matched: the search goes on, which it does not after null."""


_UNDEFINED = _Undefined()


def exported(package: Package, subpath: str, conditions: Set[str]) -> str:
    """The target of a subpath, which is ``.`` or begins with ``./``: a path from the package's folder, with ``./``.

    :raises Failure: the package does not export it.
    """
    exports = package.exports
    has_subpaths = isinstance(exports, Mapping) and any(key.startswith(".") for key in exports)
    if has_subpaths and not all(key.startswith(".") for key in exports):
        raise Failure(f'"exports" in {package.file} mixes subpaths and conditions', _MEND)
    if not has_subpaths:
        exports = {".": exports}
    target = _match(package, subpath, exports, conditions, is_imports=False)
    if target is None:
        what = "main entry" if subpath == "." else f"subpath {subpath!r}"
        conditions_text = ", ".join(sorted(conditions))
        raise Failure(
            f"The package {package.name or package.folder} does not export its {what}: "
            f'it is not in "exports" of {package.file} under the conditions {conditions_text}',
            "Import what the package exports, or give NodeModules other conditions=.",
        )
    return target


def imported(package: Package, specifier: str, conditions: Set[str]) -> str:
    """The target of a specifier that begins with ``#``: as of :func:`exported`, or a bare specifier.

    :raises Failure: the package has no such import.
    """
    target = None
    if specifier != "#" and not specifier.startswith("#/"):
        target = _match(package, specifier, package.imports, conditions, is_imports=True)
    if target is None:
        raise Failure(
            f'{specifier!r} is not in "imports" of {package.file} under the conditions {", ".join(sorted(conditions))}',
            "Add it there, or give NodeModules other conditions=.",
        )
    return target


def _match(
    package: Package, key: str, targets: Mapping[str, Any], conditions: Set[str], *, is_imports: bool
) -> str | None:
    search = _Target(package, conditions, is_imports)
    if key in targets and "*" not in key and not key.endswith("/"):
        return _defined(search.resolve(targets[key], None))
    patterns = [pattern for pattern in targets if pattern.count("*") == 1]
    # The longest part before the star first, then the longest pattern.
    for pattern in sorted(patterns, key=lambda each: (-each.index("*"), -len(each))):
        base, _, trailer = pattern.partition("*")
        if key.startswith(base) and key != base and key.endswith(trailer) and len(key) >= len(pattern):
            return _defined(search.resolve(targets[pattern], key[len(base) : len(key) - len(trailer)]))
    return None


def _defined(target: str | _Undefined | None) -> str | None:
    return None if isinstance(target, _Undefined) else target


class _Target:
    """One search in the value of a field."""

    def __init__(self, package: Package, conditions: Set[str], is_imports: bool) -> None:
        self._package = package
        self._conditions = conditions
        self._is_imports = is_imports
        self._field = "imports" if is_imports else "exports"

    def resolve(self, target: Any, match: str | None, depth: int = 0) -> str | _Undefined | None:
        if depth > _DEEPEST:
            raise Failure(f'"{self._field}" in {self._package.file} nests too deep', _MEND)
        if isinstance(target, str):
            return self._text(target, match)
        if isinstance(target, Mapping):
            return self._conditional(target, match, depth)
        if isinstance(target, list):
            return self._first(target, match, depth)
        if target is None:
            return None
        raise self._invalid(target)

    def _conditional(self, target: Mapping[str, Any], match: str | None, depth: int) -> str | _Undefined | None:
        if any(key.isdecimal() for key in target):
            raise Failure(f'"{self._field}" in {self._package.file} has a number as a key', _MEND)
        for condition, value in target.items():
            if condition == "default" or condition in self._conditions:
                found = self.resolve(value, match, depth + 1)
                if not isinstance(found, _Undefined):
                    return found
        return _UNDEFINED

    def _first(self, targets: list[Any], match: str | None, depth: int) -> str | _Undefined | None:
        last: _InvalidTarget | None = None
        result: _Undefined | None = _UNDEFINED if targets else None
        for target in targets:
            try:
                found = self.resolve(target, match, depth + 1)
            except _InvalidTarget as error:
                last = error
                continue
            if isinstance(found, str):
                return found
            if found is None:
                last, result = None, None
        if last is not None:
            raise last
        return result

    def _text(self, target: str, match: str | None) -> str:
        if target.startswith("./"):
            if _INVALID_SEGMENT.search(target[2:]):
                raise self._invalid(target)
            if match is not None and _INVALID_SEGMENT.search(match):
                raise Failure(f"{match!r} matches a pattern of {self._package.file}, but is no path", _MEND)
        elif not self._is_imports or target.startswith(("../", "/")) or _URL.match(target):
            raise self._invalid(target)
        return target if match is None else target.replace("*", match)

    def _invalid(self, target: object) -> _InvalidTarget:
        return _InvalidTarget(
            f'"{self._field}" in {self._package.file} has the target {target!r}, which is no path in the package', _MEND
        )
