"""What a test says about itself in its front matter, and the ways in which it is to be run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

# libyaml's is ten times as fast; a build of PyYAML may lack it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FRONT_MATTER = re.compile(r"/\*---(.*?)---\*/", re.DOTALL)

_FLAGS = frozenset(
    {
        "onlyStrict", "noStrict", "module", "raw", "async", "generated",
        "CanBlockIsFalse", "CanBlockIsTrue", "non-deterministic",
    }
)  # fmt: skip

_PHASES = frozenset({"parse", "resolution", "runtime"})


class BadFrontMatter(Exception):
    """The front matter is missing, or says what this runner does not know."""


@dataclass(frozen=True)
class Negative:
    """The error that a test must end with."""

    phase: str
    """`parse`, `resolution` or `runtime`"""
    type: str
    """the name of the error's constructor"""


@dataclass(frozen=True)
class Test:
    """One file of the suite."""

    __test__ = False  # for pytest: no class of tests

    name: str
    source: str
    includes: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    features: tuple[str, ...] = ()
    negative: Negative | None = None

    @property
    def modes(self) -> tuple[str, ...]:
        """How it is to be run, each time in a realm of its own: `sloppy`, `strict`, `module`, `raw`."""
        if "module" in self.flags:
            return ("module",)
        if "raw" in self.flags:
            return ("raw",)
        if "onlyStrict" in self.flags:
            return ("strict",)
        return ("sloppy",) if "noStrict" in self.flags else ("sloppy", "strict")


def parse_test(name: str, source: str) -> Test:
    """Read the front matter of a test.

    :raises BadFrontMatter: there is none, or it says what this runner does not know.
    """
    found = _FRONT_MATTER.search(source)
    if found is None:
        raise BadFrontMatter(f"{name} has no front matter")
    try:
        # YAML takes no carriage return alone for a line's end in all places
        matter = yaml.load(found[1].replace("\r\n", "\n").replace("\r", "\n"), _Loader) or {}
    except yaml.YAMLError as error:
        raise BadFrontMatter(f"the front matter of {name} is not YAML: {error}") from None
    flags = frozenset(matter.get("flags") or ())
    if flags - _FLAGS:
        raise BadFrontMatter(f"{name} has flags that this runner does not know: {', '.join(sorted(flags - _FLAGS))}")
    return Test(
        name=name,
        source=source,
        includes=tuple(matter.get("includes") or ()),
        flags=flags,
        features=tuple(matter.get("features") or ()),
        negative=_negative(name, matter.get("negative")),
    )


def _negative(name: str, matter: Any) -> Negative | None:
    if matter is None:
        return None
    if not isinstance(matter, dict) or matter.get("phase") not in _PHASES or not isinstance(matter.get("type"), str):
        raise BadFrontMatter(f"{name} is negative, without a phase and a type that this runner knows")
    return Negative(matter["phase"], matter["type"])
