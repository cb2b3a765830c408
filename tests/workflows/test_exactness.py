"""A run that is saved after each turn and goes on in another process is the run that was never saved."""

from __future__ import annotations

import multiprocessing
import random
from typing import Any

import apsw
import pytest
from exactness_corpus import CORPUS
from workflow_desk import START, Clock, module

from snapjs._workflows.records import Run
from snapjs._workflows.recovery import take_again
from snapjs._workflows.stored import RecordedTurn
from snapjs._workflows.turn import LiveRun
from snapjs.snapshot import Snapshot
from snapjs.workflows import App


def begin(app: App, name: str) -> str:
    app.step(lambda: 5, name="next")
    source = module(CORPUS[name]).replace("import * as steps", "import { next }")
    return app.start(source, key=name).id


def forward(store: str, now: float) -> None:
    """What one process does: a turn or a step, and no more."""
    worker = App(store, clock=lambda: now)
    worker.step(lambda: 5, name="next")
    one = worker.worker()
    assert one.take_turn() or one.run_step()
    one.close()


def play(store: str, id: str, *, apart: bool, is_followed: bool = False) -> Any:
    """What a run returns that one worker keeps in memory; or that goes on in another process after each turn.

    :param is_followed: whether the worker goes on with it as long as it can.
    """
    clock = Clock()
    app = App(store, clock=clock)
    app.step(lambda: 5, name="next")
    run, worker = app.run(id), app.worker()
    context = multiprocessing.get_context("fork")
    while not run.status.is_final:
        due = app._store.next_due()
        assert due is not None
        clock.now = max(clock.now, due)
        if apart:
            process = context.Process(target=forward, args=(store, clock.now))
            process.start()
            process.join()
            assert process.exitcode == 0
        elif is_followed:
            assert worker.work()
        else:
            assert worker.take_turn() or worker.run_step()
    worker.close()
    return run.result(timeout=0.001)


def states(store: str) -> list[str]:
    with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM turns ORDER BY turn")]


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
def test_a_process_for_each_turn_makes_no_difference(name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snapjs._workflows.turns.secrets.token_bytes", lambda size: bytes(size))
    results, hashes = [], []
    for apart in (False, True):
        store = f"sqlite:///{tmp_path / str(apart)}"
        id = begin(App(store, clock=Clock()), name)
        results.append(play(store, id, apart=apart))
        hashes.append(states(store))

    assert results[0] == results[1]
    assert len(hashes[0]) > 2
    assert hashes[0] == hashes[1]


def kept_after(app: App, run: Run, turn: int) -> Snapshot:
    state = app._recovery.kept(run, turn)
    assert state is not None
    return state.snapshot


@pytest.mark.parametrize("name", CORPUS)
def test_a_turn_that_is_taken_again_is_the_same_byte_for_byte(name: str, store: str) -> None:
    app = App(store, clock=Clock())
    id = begin(app, name)
    play(store, id, apart=False)
    run, turns = app.run(id)._record(), app._store.journal(id, 0, 1000)
    last_call, digests = 0, []
    for turn in turns:
        [(digest, last_call)] = go_again(app, run, last_call, [turn])
        digests.append(digest)
        assert last_call == turn.last_call

    assert digests == [turn.state for turn in turns]


def go_again(app: App, run: Run, last_call: int, turns: list[RecordedTurn]) -> list[tuple[str, int]]:
    """The state after each of some turns that one run in memory takes again, and the latest call then."""
    before = kept_after(app, run, turns[0].turn - 1)
    live = LiveRun(app._codes.get(run.code), run, before, timeout=10, memory_limit=256 << 20)
    found = [(again.state, again.last_call) for _, again in take_again(live, turns, last_call)]
    live.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
def test_the_journal_leads_from_any_turn_to_the_latest(name: str, store: str) -> None:
    app = App(store, clock=Clock())
    id = begin(app, name)
    play(store, id, apart=False)
    run, turns = app.run(id)._record(), app._store.journal(id, 0, 1000)
    whole = go_again(app, run, 0, turns)
    assert [state for state, _ in whole] == [turn.state for turn in turns]
    for turn in random.Random(name).sample(range(1, len(turns)), min(3, len(turns) - 1)):
        assert go_again(app, run, whole[turn - 1][1], turns[turn:]) == whole[turn:]


def test_the_corpus_begins_at_a_known_time(store: str) -> None:
    app = App(store, clock=Clock())
    play(store, begin(app, "chance"), apart=False)

    assert app.list()[0].result(timeout=0.001)[2::3] == [START * 1000] * 3
