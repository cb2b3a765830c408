"""Each program of the corpus comes to the same end, and by the same states, wherever on its way it is saved.

The programs are in `corpus/`, and `suspension.py` runs them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fresh_process
import pytest
import suspension
from suspension import Point, Program, Run

# What QuickJS-NG does otherwise than the language says. What these programs come to instead is restored like the others.
DEFECTS_OF_QUICKJS = {
    "async_generator_requests_after_the_end": "of the requests that wait when an async generator ends, one is answered",
    "async_iterator_closing_on_throw": "for await does not wait for return() when its body throws",
    "closures_of_continued_turns": "after continue, the next turn of a for loop has the same variables",
    "finalization_registry_own_token": "a FinalizationRegistry holds the token for unregistering strongly",
    "immutable_buffer_slices": "the methods that make slices of an immutable buffer refuse to",
    "nested_new_expressions": "the inner one of two constructors behind `new new` gets both lists of arguments",
    "sorting_frozen_arrays": "sort does not write what is in its place already, so a frozen array seems to be sorted",
}

PROGRAMS = suspension.names()
# Those of one process are enough for who waits for the tests; the others are run with the slow ones.
MOST_SLOW = [pytest.param(name, marks=() if i < 16 else pytest.mark.slow) for i, name in enumerate(PROGRAMS)]
PROCESS_OF = {name: PROGRAMS[i : i + 16] for i in range(0, len(PROGRAMS), 16) for name in PROGRAMS[i : i + 16]}
"""programs that share a process, by each of them"""


def marked(name: str) -> Any:
    """A program, expected to fail if the engine runs it wrongly."""
    reason = DEFECTS_OF_QUICKJS.get(name)
    return pytest.param(name, marks=pytest.mark.xfail(reason=f"QuickJS-NG: {reason}") if reason else ())


@cache
def uninterrupted(name: str) -> tuple[Any, list[str]]:
    """What comes of a program that is never saved, and what it prints."""
    with Run(suspension.program(name)) as run:
        for _ in run.steps():
            pass
        end = run.end()
        run.check_for_leaks()
    return end.result, end.printed


@cache
def points(name: str) -> list[Point]:
    """A program's states, one wherever it waits, and the last."""
    with Run(suspension.program(name)) as run:
        return [run.point() for _ in run.steps()]


@cache
def ids(name: str) -> list[str]:
    """Hashes of these states."""
    return [point.id for point in points(name)]


@pytest.fixture(scope="module", autouse=True)
def forget() -> Iterator[None]:
    """Drop the snapshots when all are done: they take some 40 MB."""
    yield
    for known in (uninterrupted, points, ids):
        known.cache_clear()


# ---- the programs themselves


def test_there_are_many() -> None:
    assert len(PROGRAMS) > 100


@pytest.mark.parametrize("name", [marked(name) for name in PROGRAMS])
def test_ends_as_it_says(name: str) -> None:
    program = suspension.program(name)
    assert uninterrupted(name) == (program.expected, program.printed)


@pytest.mark.parametrize("name", PROGRAMS)
def test_waits_often(name: str) -> None:
    assert len(points(name)) > 4


# ---- in other processes

FINISH = """
import json, sys
sys.path.insert(0, sys.argv[1])
import suspension
suspension.finish_all(sys.argv[2], json.loads(sys.argv[3]))
"""


def finished_elsewhere(names: list[str], folder: Path, **options: Any) -> dict[str, list[Any]]:
    """What a process that has not run the programs makes of each of their points."""
    path = folder / "points"
    suspension.save(path, {name: points(name) for name in names})
    ends: dict[str, list[Any]] = json.loads(fresh_process.run(FINISH, Path(__file__).parent, path, json.dumps(options)))
    return ends


@pytest.fixture(scope="module")
def shared_process(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Any]]:
    """As `finished_elsewhere`, of one program. Several share a process, for it takes a while to start one."""
    known: dict[str, list[Any]] = {}

    def ends(name: str) -> list[Any]:
        if name not in known:
            known.update(finished_elsewhere(PROCESS_OF[name], tmp_path_factory.mktemp("corpus")))
        return known[name]

    return ends


def differences(name: str, ends: list[Any]) -> dict[str, Any]:
    """What came of the points from which a program came to another end, or by other states."""
    result, printed = uninterrupted(name)
    return {
        f"point {number} of {len(ends) - 1}": end
        for number, end in enumerate(ends)
        if end != {"result": result, "printed": printed, "ids": ids(name)[number:]}
    }


@pytest.mark.parametrize("name", MOST_SLOW)
def test_goes_on_from_each_point_in_another_process(name: str, shared_process: Callable[[str], list[Any]]) -> None:
    ends = shared_process(name)
    assert len(ends) == len(points(name))
    assert differences(name, ends) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_goes_on_from_each_point_in_a_process_of_its_own_under_a_time_limit(name: str, tmp_path: Path) -> None:
    ends = finished_elsewhere([name], tmp_path, timeout=60)[name]
    assert len(ends) == len(points(name))
    assert differences(name, ends) == {}


# ---- in this process


def restored_at_each_point(program: Program) -> tuple[Any, list[str], list[str]]:
    """What comes of a program of which every state is run by a VM of its own: result, what was printed, ids."""
    run = Run(program)
    found = []
    while True:
        with run:
            point = run.point()
        found.append(point.id)
        run = Run(program, point)
        if not run.step():
            break
    with run:
        end = run.end()
        run.check_for_leaks()
    return end.result, end.printed, found


@pytest.mark.parametrize("name", MOST_SLOW)
def test_goes_on_when_it_is_restored_at_each_point_in_turn(name: str) -> None:
    assert restored_at_each_point(suspension.program(name)) == (*uninterrupted(name), ids(name))
