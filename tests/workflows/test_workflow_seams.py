"""What falls between the parts: forks of runs that could not go on, children that began again, reads while turns are
stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workflow_desk import Clock, Desk

from snapjs._workflows.records import Run as Record
from snapjs._workflows.recovery import Recovery, State
from snapjs.workflows import App, Run, Status

HEAD = 'import { continueWith, hook, sleep, start } from "snapjs:workflow";\nexport const kept = { running: true };\n'
BEGINS_AGAIN = (
    HEAD
    + "export async function child(n) { await sleep(1); if (n < 2) return continueWith(n + 1); await hook('go') }\n"
    "export default function main() { return start(child, 0).result() }"
)
COUNTS = HEAD + "export let n = 0;\nexport default async function main() { for (;;) { await sleep(1); n++ } }"


def failing(after: str) -> str:
    """A workflow that never ends, after some statements, unless it is mended."""
    return f"{HEAD}export default async function main(n) {{ {after}; while (kept.running); return n }}"


@pytest.fixture
def forgetful(store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> Desk:
    """A desk whose worker keeps as little as it may."""
    return make_desk(App(store, clock=clock, turn_timeout=0.01, keep_turns=1, keep_history=1))


def run_for(desk: Desk, seconds: int) -> None:
    desk.settle()
    for _ in range(seconds):
        desk.advance(1.001)


def mended(desk: Desk, run: Run) -> Run:
    fork = run.fork(patch="kept.running = false")
    desk.settle()
    return fork


def begun(run: Run) -> list[object]:
    """The arguments with which it began, and began again."""
    return [told.value for turn in run.history().turns for told in turn.told if told.kind == "begin"]


def test_a_run_that_has_failed_in_its_first_turn_is_mended(forgetful: Desk) -> None:
    run = forgetful.app.start(failing(""), 7)
    forgetful.settle()

    assert run.status is Status.FAILED
    assert mended(forgetful, run).result(timeout=0.001) == 7


def test_a_run_that_has_failed_when_it_began_again_is_mended(forgetful: Desk) -> None:
    run = forgetful.app.start(failing("if (!n) return continueWith(7)"), 0)
    forgetful.settle()

    assert (run.status, run.turn) == (Status.FAILED, 2)
    assert mended(forgetful, run).result(timeout=0.001) == 7


@pytest.mark.slow
def test_a_run_that_has_failed_late_is_mended_though_little_of_it_is_kept(forgetful: Desk) -> None:
    run = forgetful.app.start(failing("for (let n = 0; n < 63; n++) await sleep(1)"), 7)
    run_for(forgetful, 63)

    assert (run.status, run.turn) == (Status.FAILED, 64)
    assert mended(forgetful, run).result(timeout=0.001) == 7


def test_a_child_of_a_fork_begins_once_though_it_had_begun_again(desk: Desk) -> None:
    run = desk.app.start(BEGINS_AGAIN)
    run_for(desk, 3)
    [child] = desk.app.list(parent=run.id)
    assert begun(child) == [[0], [1], [2]]
    fork = run.fork()
    desk.settle()
    [child] = desk.app.list(parent=fork.id)

    assert begun(child) == [[0]]


def during(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None]) -> None:
    """Have something happen once, when a state is about to be read."""
    waiting, kept = [happen], Recovery.kept

    def kept_later(recovery: Recovery, run: Record, turn: int) -> State | None:
        while waiting:
            waiting.pop()()
        return kept(recovery, run, turn)

    monkeypatch.setattr(Recovery, "kept", kept_later)


@pytest.mark.slow
def test_a_run_is_asked_while_a_turn_of_it_is_stored(forgetful: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = forgetful.app.start(COUNTS)
    run_for(forgetful, 64)
    during(monkeypatch, lambda: forgetful.advance(1.001))

    assert run.query("n") == 65


@pytest.mark.slow
def test_a_run_is_forked_while_a_turn_of_it_is_stored(forgetful: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = forgetful.app.start(COUNTS)
    run_for(forgetful, 64)
    during(monkeypatch, lambda: forgetful.advance(1.001))
    fork = run.fork()

    assert fork.query("n") == 65
