"""A run that is saved after each turn and goes on in another process is the run that was never saved."""

from __future__ import annotations

import multiprocessing
import random
from typing import Any

import apsw
import pytest
from exactness_corpus import CORPUS
from workflow_desk import START, Clock, module

from snapjs._workflows.code import Code
from snapjs._workflows.payload import unpack
from snapjs._workflows.records import Event, Run
from snapjs._workflows.turn import Session
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


def play(store: str, id: str, *, apart: bool) -> Any:
    """What a run returns that one worker keeps in memory; or that goes on in another process after each turn."""
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
    monkeypatch.setattr("snapjs._workflows.worker.secrets.token_bytes", lambda size: bytes(size))
    results, hashes = [], []
    for apart in (False, True):
        store = f"sqlite:///{tmp_path / str(apart)}"
        id = begin(App(store, clock=Clock()), name)
        results.append(play(store, id, apart=apart))
        hashes.append(states(store))

    assert results[0] == results[1]
    assert len(hashes[0]) > 2
    assert hashes[0] == hashes[1]


def recorded(store: str, app: App, id: str) -> list[tuple[float, bytes, list[Event], str, bytes]]:
    """Of each turn of a run: clock, entropy, events, state and snapshot afterwards."""
    with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
        payloads = dict(connection.execute("SELECT id, payload FROM inbox"))
        turns = connection.execute(
            "SELECT clock, entropy, events, state, data FROM turns JOIN snapshots USING (run, turn) "
            "WHERE run = ? ORDER BY turn",
            (id,),
        )
        return [
            (
                clock,
                entropy,
                [
                    Event(number, kind, target, payloads.get(number, b"\xc0"), at)
                    for number, kind, target, at, _ in unpack(events)
                ],
                state,
                snapshot,
            )
            for clock, entropy, events, state, snapshot in turns
        ]


def take_again(code: Code, run: Run, before: bytes | None, last_call: int, turn: Any) -> Any:
    clock, entropy, events, *_ = turn
    session = Session(code, run, before, timeout=10, memory_limit=256 << 20)
    try:
        return session.take_turn(events, last_call=last_call, now=clock, entropy=entropy)
    finally:
        session.close()


@pytest.mark.parametrize("name", CORPUS)
def test_a_turn_that_is_taken_again_is_the_same_byte_for_byte(name: str, store: str) -> None:
    app = App(store, clock=Clock())
    id = begin(app, name)
    play(store, id, apart=False)
    code = app._codes.get(app.run(id)._record().code)
    before, last_call, digests = None, 0, []
    turns = recorded(store, app, id)
    for turn in turns:
        again = take_again(code, app.run(id)._record(), before, last_call, turn)
        digests.append(again.state)
        before, last_call = turn[4], again.last_call
        assert Snapshot.from_bytes(again.snapshot, base=code.snapshot).id == turn[3]

    assert digests == [state for _, _, _, state, _ in turns]


def go_again(code: Code, before: bytes | None, last_call: int, turns: list[Any]) -> list[tuple[str, int]]:
    """The state after each of some turns that one session takes again, and the latest call then."""
    session, found = Session(code, before, timeout=10, memory_limit=256 << 20), []
    for clock, entropy, events, *_ in turns:
        taken = session.take_turn(events, last_call=last_call, now=clock, entropy=entropy)
        last_call = taken.last_call
        found.append((taken.state, last_call))
    session.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
def test_the_journal_leads_from_any_turn_to_the_latest(name: str, store: str) -> None:
    app = App(store, clock=Clock())
    id = begin(app, name)
    play(store, id, apart=False)
    code, turns = app._codes.get(app.run(id)._record().code), recorded(store, app, id)
    whole = go_again(code, None, 0, turns)
    assert [state for state, _ in whole] == [state for _, _, _, state, _ in turns]
    for turn in random.Random(name).sample(range(1, len(turns)), min(3, len(turns) - 1)):
        assert go_again(code, turns[turn - 1][4], whole[turn - 1][1], turns[turn:]) == whole[turn:]


def test_the_corpus_begins_at_a_known_time(store: str) -> None:
    app = App(store, clock=Clock())
    play(store, begin(app, "chance"), apart=False)

    assert app.list()[0].result(timeout=0.001)[2::3] == [START * 1000] * 3
