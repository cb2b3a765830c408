"""The versions that snapjs needs of Python and of other packages, from its own metadata."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any, Final

_REQUIREMENT: Final = re.compile(
    r"(?P<name>[\w.-]+)\s*(?:\[.*?\])?\s*\(?(?P<versions>[^;)]*)\)?\s*(?:;(?P<marker>.*))?"
)
_EXTRA: Final = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")
_CLAUSE: Final = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)(\.\*)?")
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


@dataclass(frozen=True)
class Versions:
    """Those that are allowed.

    :param text: as metadata has them: ``<51,>=50``.
    """

    text: str = ""

    def __str__(self) -> str:
        """In ascending order: ``>=50,<51``."""
        return ",".join(sorted((clause.strip() for clause in self.text.split(",")), reverse=True))

    def allow(self, version: str) -> bool:
        """Whether a version is one of them. What follows its numbers does not count.

        :raises ValueError: the text has other comparisons than ``>= <= == != > <``.
        """
        return all(_holds(clause.strip(), version) for clause in self.text.split(",") if clause.strip())


@dataclass(frozen=True)
class Requirements:
    """What snapjs needs.

    :param python: versions of Python.
    :param packages: versions by the name of the package; those of an extra by the name of that and of the package.
    """

    python: Versions
    packages: Mapping[tuple[str | None, str], Versions]

    def of(self, package: str, extra: str | None = None) -> Versions:
        """The versions of a package that are needed."""
        return self.packages.get((extra, _canonical(package)), Versions())


def requirements() -> Requirements:
    """What the installed snapjs needs: any version where it is not installed as a package."""
    try:
        found = metadata("snapjs")
    except PackageNotFoundError:
        return Requirements(Versions(), {})
    packages = {}
    for line in found.get_all("Requires-Dist") or ():
        match = _REQUIREMENT.fullmatch(line)
        if match is not None:
            extra = _EXTRA.search(match["marker"] or "")
            packages[extra and extra[1], _canonical(match["name"])] = Versions(match["versions"].strip())
    return Requirements(Versions("".join(found.get_all("Requires-Python") or ())), packages)


def _canonical(name: str) -> str:
    """The name of a package in its one form among those that mean the same (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _holds(clause: str, version: str) -> bool:
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        raise ValueError(f"{clause!r} is no comparison of versions")
    wanted, actual = _numbers(match[2]), _numbers(version)
    length = len(wanted) if match[3] else max(len(wanted), len(actual))
    return _COMPARISONS[match[1]](_padded(actual, length), _padded(wanted, length))


def _numbers(version: str) -> list[int]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return [int(number) for number in match[0].split(".")] if match else [0]


def _padded(numbers: list[int], length: int) -> list[int]:
    return (numbers + [0] * length)[:length]
