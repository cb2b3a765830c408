"""States that are damaged, or not kept: they are made again from what the turns were made of, or the run says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import apsw
import pytest
from workflow_desk import Clock, Desk

from snapjs.errors import RunDamaged, WorkflowError
from snapjs.workflows import App, Run, Status

SOURCE = "for await (const n of hook('add')) { seen.push(n, Math.random(), Date.now()); if (n === 5) return seen }"


@pytest.fixture
def change(store: str) -> Callable[..., Any]:
    """A function that runs SQL on the file of the store."""

    def run(statement: str, *values: Any) -> Any:
        with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
            return connection.execute(statement, values).fetchall()

    return run


@pytest.fixture
def fresh(store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> Callable[[], Desk]:
    """A function that makes another worker, which has no run in memory."""
    return lambda: make_desk(App(store, clock=clock))


def after_four_turns(desk: Desk) -> Run:
    """A run that has been told 1, 2 and 3."""
    run = desk.start(SOURCE)
    desk.settle()
    for n in (1, 2, 3):
        desk.clock.advance(1)
        run.deliver("add", n)
        desk.settle()
    assert run.turn == 4
    return run


def flipped(data: bytes, place: float) -> bytes:
    """The bytes with one bit changed."""
    at = int((len(data) - 1) * place)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "first bit": lambda data: flipped(data, 0),
    "middle bit": lambda data: flipped(data, 0.5),
    "last bit": lambda data: flipped(data, 1),
    "truncated": lambda data: data[: len(data) // 2],
    "torn": lambda data: data[:512] + bytes(len(data) - 512),
    "empty": lambda data: b"",
    "longer": lambda data: data + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_goes_on_although_its_state_is_damaged(
    damage: str, desk: Desk, fresh: Any, change: Any, caplog: pytest.LogCaptureFixture
) -> None:
    run = after_four_turns(desk)
    seen = run.query("seen")
    [(data,)] = change("SELECT data FROM snapshots WHERE turn = 4")
    change("UPDATE snapshots SET data = ? WHERE turn = 4", DAMAGES[damage](data))
    assert run.query("seen") == seen
    run.deliver("add", 5)
    with caplog.at_level(logging.WARNING):
        fresh().settle()

    assert run.result(timeout=0.001)[:9] == seen
    assert run.result(timeout=0.001)[9] == 5
    assert "after turn 4 is damaged" in caplog.text
    assert "after turn 4 was lost, and is made again" in caplog.text


@pytest.mark.slow
def test_no_bit_of_a_state_can_change_unseen(desk: Desk, fresh: Any, change: Any) -> None:
    run = after_four_turns(desk)
    seen = run.query("seen")
    [(data,)] = change("SELECT data FROM snapshots WHERE turn = 4")
    for place in range(0, 101):
        change("UPDATE snapshots SET data = ? WHERE turn = 4", flipped(data, place / 100))
        assert desk.app._recovery.kept(run._record(), 4) is None
        assert run.query("seen") == seen


def test_the_state_of_an_earlier_turn_in_its_place_is_found_out(desk: Desk, fresh: Any, change: Any) -> None:
    run = after_four_turns(desk)
    seen = run.query("seen")
    change("UPDATE snapshots SET data = (SELECT data FROM snapshots WHERE turn = 2) WHERE turn = 4")

    assert run.query("seen") == seen
    run.deliver("add", 5)
    fresh().settle()
    assert run.result(timeout=0.001)[:10] == [*seen, 5]


def test_the_state_of_another_run_in_its_place_is_found_out(desk: Desk, fresh: Any, change: Any) -> None:
    run, other = after_four_turns(desk), after_four_turns(desk)
    seen = run.query("seen")
    change(
        "UPDATE snapshots SET data = (SELECT data FROM snapshots WHERE turn = 4 AND run = ?2) WHERE run = ?1",
        run.id,
        other.id,
    )

    assert run.query("seen") == seen
    run.deliver("add", 5)
    fresh().settle()
    assert run.result(timeout=0.001)[:10] == [*seen, 5]


@pytest.mark.parametrize("from_turn", [1, 3, 4])
def test_states_that_are_lost_are_made_again(from_turn: int, desk: Desk, fresh: Any, change: Any) -> None:
    run = after_four_turns(desk)
    seen = run.query("seen")
    change("DELETE FROM snapshots WHERE turn >= ?", from_turn)
    run.deliver("add", 5)
    fresh().settle()

    assert run.result(timeout=0.001)[:10] == [*seen, 5]


def test_steps_and_timers_that_are_taken_again_have_no_effect(
    store: str, clock: Clock, make_desk: Any, change: Any
) -> None:
    calls: list[int] = []

    def desk() -> Desk:
        app = App(store, clock=clock)
        app.step(lambda n: calls.append(n) or n * 2, name="work")
        return make_desk(app)  # type: ignore[no-any-return]

    first = desk()
    run = first.start("const a = await steps.work(1); await sleep(10); const b = await steps.work(2); return [a, b]")
    first.settle()
    change("DELETE FROM snapshots")
    clock.advance(10)
    desk().settle()

    assert (run.result(timeout=0.001), calls) == ([2, 4], [1, 2])


def test_a_run_whose_state_cannot_be_made_again_fails_alone(desk: Desk, fresh: Any, change: Any) -> None:
    run, other = after_four_turns(desk), after_four_turns(desk)
    change("DELETE FROM snapshots WHERE run = ? AND turn > 2", run.id)
    [(expected,)] = change("SELECT lower(hex(effects)) FROM turns WHERE run = ? AND turn = 3", run.id)
    change("UPDATE turns SET entropy = zeroblob(16) WHERE run = ? AND turn = 3", run.id)
    for one in (run, other):
        one.deliver("add", 5)
    with pytest.raises(RunDamaged, match=f"turn 3 came to {expected}, and comes to [0-9a-f]{{32}} now"):
        run.query("seen")
    fresh().settle()

    assert (run.status, other.status) == (Status.FAILED, Status.COMPLETED)
    with pytest.raises(Exception, match=f"RunDamaged: .* turn 3 came to {expected}, and comes to [0-9a-f]{{32}} now"):
        run.result(timeout=0.001)
    assert run.query("[seen[0], seen.length]", turn=2) == [1, 3]


def test_a_run_whose_turns_are_lost_fails(desk: Desk, fresh: Any, change: Any) -> None:
    run = after_four_turns(desk)
    change("DELETE FROM snapshots WHERE turn > 1")
    change("DELETE FROM turns WHERE turn = 3")
    run.deliver("add", 5)
    fresh().settle()

    with pytest.raises(Exception, match=r"turn 3 is not kept either\. Fork the run at another turn"):
        run.result(timeout=0.001)


def test_a_state_that_is_not_kept_can_be_asked(store: str, clock: Clock, make_desk: Any) -> None:
    desk = make_desk(App(store, clock=clock, keep_turns=1))
    run = after_four_turns(desk)

    assert [len(run.query("seen", turn=turn)) for turn in range(1, 5)] == [0, 3, 6, 9]
    assert run.query("seen", turn=3) == run.query("seen.slice(0, 6)")


def test_a_state_that_takes_too_long_to_make_again_is_given_up(store: str, clock: Clock, make_desk: Any) -> None:
    run = after_four_turns(make_desk(App(store, clock=clock, keep_turns=1)))

    with pytest.raises(TimeoutError, match="after turn 3 is not kept, and to make it again took too long"):
        run.query("seen", turn=3, timeout=1e-9)


def test_a_turn_that_was_not_taken_cannot_be_asked(desk: Desk) -> None:
    run = after_four_turns(desk)

    with pytest.raises(KeyError, match="has taken 4 turns, and no turn 5"):
        run.query("seen", turn=5)


def test_a_run_that_has_failed_in_a_turn_is_asked_as_it_was_before(desk: Desk, change: Any, fresh: Any) -> None:
    run = desk.start(
        "for await (const n of hook('add')) { seen.push(n); if (n === 2) for (const a = []; ; ) a.push(a) }"
    )
    desk.app._recovery._timeout = 0.05
    worker = desk.app.worker()
    for n in (1, 2):
        run.deliver("add", n)
        while worker.take_turn():
            pass
    worker.close()
    assert run.status is Status.FAILED
    change("DELETE FROM snapshots")
    desk.app._recovery._timeout = 10.0

    assert run.query("seen") == [1]


@pytest.mark.parametrize("damage", ["UPDATE artifacts SET data = zeroblob(9)", "DELETE FROM artifacts"])
def test_a_run_whose_code_is_damaged_waits_and_others_go_on(damage: str, desk: Desk, fresh: Any, change: Any) -> None:
    run, other = desk.start("return 1"), desk.start("return 2")
    code = run._record().code
    change("PRAGMA foreign_keys = off")
    [row] = change("SELECT * FROM artifacts WHERE sha256 = ?", code)
    change(f"{damage} WHERE sha256 = '{code}'")
    worker = fresh()
    with pytest.raises(WorkflowError, match=f"The code {code} of a workflow is (damaged|not in the store)"):
        worker.settle()
    worker.settle()
    assert (run.status, other.result(timeout=0.001)) == (Status.RUNNING, 2)
    change(f"INSERT OR REPLACE INTO artifacts VALUES ({', '.join('?' * len(row))})", *row)
    worker.advance(31)

    assert run.result(timeout=0.001) == 1


def test_a_query_of_a_run_whose_code_is_damaged_says_so(desk: Desk, fresh: Any, change: Any) -> None:
    run = desk.start("return 1")
    change("UPDATE artifacts SET data = x'00' WHERE sha256 = ?", run._record().code)

    with pytest.raises(WorkflowError, match="of a workflow is damaged"):
        fresh().app.run(run.id).query("seen")
