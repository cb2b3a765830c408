"""States that are not stored, since they are soon made again: those of a run that one worker goes on with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import apsw
import pytest
from exactness_corpus import CORPUS
from test_exactness import begin, play
from workflow_desk import Clock, module

from snapjs._workflows.crash import Death, watched
from snapjs._workflows.worker import Worker
from snapjs.errors import RunDamaged
from snapjs.workflows import App, Run, Status

CHAIN = "for (let n = 1; n <= input; n++) seen.push(await steps.double(n), Math.random()); return seen.length"


@pytest.fixture(autouse=True)
def _always_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a worker goes on with a run that it has begun."""
    monkeypatch.setattr("snapjs._workflows.worker._FOLLOWED", 3600.0)
    monkeypatch.setattr("snapjs._workflows.turn._MOST_SECONDS", 3600.0)


@pytest.fixture
def doubled() -> list[int]:
    """What the steps were called with."""
    return []


@pytest.fixture
def make_app(store: str, clock: Clock, doubled: list[int]) -> Callable[..., App]:
    def make(**options: int) -> App:
        app = App(store, clock=clock, **options)
        app.step(lambda n: doubled.append(n) or 2 * n, name="double")
        return app

    return make


def go_on(app: App) -> None:
    """Do what is due, as a worker of its own does, which follows a run from turn to turn."""
    worker: Worker = app.worker()
    try:
        while worker.work():
            pass
    finally:
        worker.close()


def waiting_chain(app: App, steps: int) -> Run:
    """A run that has awaited so many steps, and waits for a hook. Its turns are one more."""
    run = app.start(module(f"{CHAIN.replace('return', 'await hook(`go`); return')}"), steps)
    go_on(app)
    assert run.turn == steps + 1
    return run


def kept(app: App, run: Run) -> list[int]:
    return app._store.kept_states(run.id, run.turn)


def test_of_a_run_that_moves_fast_one_state_in_twenty_is_stored(make_app: Callable[..., App]) -> None:
    app = make_app()
    run = app.start(module(CHAIN), 45)
    go_on(app)

    assert (run.result(timeout=0.001), run.turn) == (90, 46)
    assert kept(app, run) == [40, 20]


def test_a_run_that_waits_has_its_state_stored(make_app: Callable[..., App]) -> None:
    app = make_app()
    run = waiting_chain(app, 5)
    assert kept(app, run) == [6]


def test_a_turn_that_took_long_has_its_state_stored(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapjs._workflows.turn._MOST_SECONDS", 0.0)
    app = make_app()
    run = app.start(module(CHAIN), 3)
    go_on(app)
    assert kept(app, run) == [4, 3, 2, 1]


def test_a_run_that_has_failed_has_its_state_stored(make_app: Callable[..., App]) -> None:
    app = make_app()
    run = app.start(module(CHAIN.replace("return", "throw new Error('why'); return")), 3)
    go_on(app)
    assert (run.status, kept(app, run)) == (Status.FAILED, [4])


@pytest.mark.parametrize("place", ["computed", "committing", "committed", "step_run", "computed_with_outcome"])
@pytest.mark.parametrize("time", [1, 2, 19, 20, 21, 33])
def test_a_worker_dies_on_the_way(
    place: str, time: int, make_app: Callable[..., App], clock: Clock, doubled: list[int]
) -> None:
    seen = 0

    def die(name: str, step: str) -> None:
        nonlocal seen
        seen += name == place
        if name == place and seen == time:
            raise Death

    app = make_app()
    run = app.start(module(CHAIN.replace("seen.length", "seen")), 40)
    with watched(die), suppress(Death):
        go_on(app)
    before = run.query("seen")
    clock.advance(60)
    go_on(make_app())
    result = run.result(timeout=0.001)

    assert result[: len(before)] == before
    assert result[::2] == list(range(2, 82, 2))
    assert sorted(set(doubled)) == list(range(1, 41))
    assert len(doubled) <= 41


def test_each_turn_can_be_asked(make_app: Callable[..., App]) -> None:
    run = waiting_chain(make_app(), 25)
    assert [run.query("seen.length", turn=turn) for turn in range(1, 27)] == list(range(0, 52, 2))


def test_a_fork_begins_at_a_turn_whose_state_was_not_stored(make_app: Callable[..., App], doubled: list[int]) -> None:
    app = make_app()
    run = waiting_chain(app, 25)
    before = run.query("seen", turn=8)
    doubled.clear()
    fork = run.fork(8, rerun=[])
    go_on(app)
    fork.deliver("go", None)
    go_on(app)

    assert fork.result(timeout=0.001) == 50
    assert fork.query("seen.slice(0, 14)", turn=9) == before
    assert doubled == list(range(9, 26))


def test_what_a_turn_without_a_state_has_come_to_is_compared(make_app: Callable[..., App], store: str) -> None:
    run = waiting_chain(make_app(), 5)
    with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE turns SET entropy = zeroblob(16) WHERE turn = 3")
        [(expected,)] = connection.execute("SELECT lower(hex(effects)) FROM turns WHERE turn = 3")

    with pytest.raises(RunDamaged, match=f"turn 3 came to {expected}, and comes to [0-9a-f]{{32}} now"):
        run.query("seen", turn=3)


def test_what_a_run_was_told_since_its_latest_state_is_compared_with_the_next(
    make_app: Callable[..., App], store: str
) -> None:
    run = waiting_chain(make_app(), 5)
    with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE inbox SET payload = x'07' WHERE turn = 3")
        connection.execute("DELETE FROM snapshots")

    with pytest.raises(RunDamaged, match=r"turn 6 came to [0-9a-f]{64}, and comes to [0-9a-f]{64} now"):
        run.query("seen")


def test_as_many_turns_are_kept_as_the_latest_states_are_made_from(make_app: Callable[..., App]) -> None:
    app = make_app(keep_turns=5)
    run = waiting_chain(app, 44)
    assert kept(app, run) == [45, 40]
    assert [run.query("seen.length", turn=turn) for turn in range(41, 46)] == [80, 82, 84, 86, 88]


def test_a_run_that_keeps_little_goes_on_from_its_latest_state(make_app: Callable[..., App], clock: Clock) -> None:
    app = make_app(keep_turns=1, keep_history=1)
    seen = 0

    def die(name: str, step: str) -> None:
        nonlocal seen
        seen += name == "committed"
        if seen == 70:
            raise Death

    run = app.start(module(CHAIN), 100)
    with watched(die), suppress(Death):
        go_on(app)
    assert (run.turn, kept(app, run)) == (70, [60])
    clock.advance(60)
    go_on(make_app(keep_turns=1, keep_history=1))

    assert run.result(timeout=0.001) == 200


def dies_after(turns: int) -> Callable[[str, str], None]:
    """Has a worker die when it has stored so many."""
    seen = 0

    def die(name: str, step: str) -> None:
        nonlocal seen
        seen += name == "committed"
        if seen == turns:
            raise Death

    return die


def test_workers_that_die_soon_do_not_leave_more_and_more_to_take_again(
    make_app: Callable[..., App], clock: Clock
) -> None:
    app = make_app(keep_history=1)
    run = app.start(module(CHAIN), 60)
    behind = []
    for _ in range(4):
        with watched(dies_after(12)), suppress(Death):
            go_on(make_app(keep_history=1))
        clock.advance(60)
        behind.append(run.turn - max(kept(app, run), default=0))

    assert behind == [12, 11, 11, 11]


def test_a_run_that_goes_on_while_its_latest_state_is_made_again(
    make_app: Callable[..., App], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(keep_turns=1, keep_history=1)
    run = app.start(module(CHAIN), 300)

    def go_on_for(turns: int) -> None:
        with watched(dies_after(turns)), suppress(Death):
            go_on(make_app(keep_turns=1, keep_history=1))
        clock.advance(60)

    def kept_before(*arguments: object) -> list[int]:
        monkeypatch.undo()
        monkeypatch.setattr("snapjs._workflows.worker._FOLLOWED", 3600.0)
        found = app._store.kept_states(*arguments)  # type: ignore[arg-type]
        go_on_for(60)
        return found

    go_on_for(110)
    monkeypatch.setattr(app._store, "kept_states", kept_before)
    assert run.query("seen.length") == 2 * (run.turn - 1)


@pytest.mark.parametrize("name", CORPUS)
def test_a_state_that_is_made_again_is_the_one_that_was_not_stored(
    name: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapjs._workflows.turns.secrets.token_bytes", lambda size: bytes(range(size)))
    runs = []
    for is_followed in (False, True):
        store = f"sqlite:///{tmp_path}/{is_followed}"
        app = App(store, clock=Clock())
        id = begin(app, name)
        result = play(store, id, apart=False, is_followed=is_followed)
        runs.append((app, app.run(id)._record(), result))
    (slow, stored, expected), (fast, made, result) = runs

    assert (result, made.turn) == (expected, stored.turn)
    assert [fast._recovery.state(made, turn).snapshot.id for turn in range(made.turn + 1)] == [
        slow._recovery.state(stored, turn).snapshot.id for turn in range(stored.turn + 1)
    ]
