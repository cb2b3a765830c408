"""What a workload is, and the groups that workloads are registered in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from .adapter import SUBJECT, Adapter
from .adapter import Measure as Measure

Prepare = Callable[[Adapter], Iterator[Measure]]


@dataclass(frozen=True)
class Workload:
    """One thing to measure."""

    name: str
    title: str
    group: str
    prepare: Callable[[Adapter], AbstractContextManager[Measure]]
    """checks that the package gives the right result and yields the measure; raises Unsupported"""
    unit: str = "s"
    """of one operation: ``"s"``, ``"B"``, ``"1/s"``, or ``"times"`` for one duration by another"""
    target: float | None = None
    """what snapjs wants to stay under, in the unit"""
    at_least: bool = False
    """it wants to stay over the target instead"""
    samples: int = 1
    """how often a size is taken in each round; times and ratios are taken as often as fits"""
    full_only: bool = False
    """left out by ``--quick``"""
    once: bool = False
    """measured in the first round only: it takes long, or gives the same figure each time"""


@dataclass(frozen=True)
class Ratio:
    """What snapjs wants to stay under, as its median in one workload by a package's in another."""

    title: str
    of: str
    by: str
    target: float
    package: str = SUBJECT
    less: float = 0
    """what is taken off snapjs's median before, in the unit"""


@dataclass(frozen=True)
class Mean:
    """What snapjs wants to stay under, as the geometric mean of its ratios to a package over a group of workloads."""

    title: str
    group: str
    target: float
    package: str


class Group:
    """Workloads that stand in one table."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.workloads: list[Workload] = []
        self.ratios: list[Ratio] = []
        self.means: list[Mean] = []

    def workload(self, name: str, title: str, **facts: Any) -> Callable[[Prepare], Prepare]:
        """Register a function that prepares an adapter and yields the measure.

        :param facts: the other fields of :class:`Workload`.
        """

        def register(prepare: Prepare) -> Prepare:
            self.workloads.append(Workload(name, title, self.name, contextmanager(prepare), **facts))
            return prepare

        return register

    def stays_under(self, limit: float, workload: str, title: str, packages: Iterable[str], by: str = "") -> None:
        """Register the wish to take at most so much of the time, or bytes, of each of some packages.

        :param title: of the workload, in the targets.
        :param by: the packages' workload, if it is another.
        """
        for package in packages:
            self.ratios.append(Ratio(f"{title} by {package}", workload, by or workload, limit, package))


@contextmanager
def machine_of(adapter: Adapter, **options: Any) -> Iterator[Any]:
    """A machine, closed at the end."""
    machine = adapter.create(**options)
    try:
        yield machine
    finally:
        adapter.close(machine)


def expect(value: Any, expected: Any) -> None:
    """Stop the workload with an error unless a package's result is right."""
    if value != expected:
        raise AssertionError(f"wrong result: {str(value)[:60]}")
