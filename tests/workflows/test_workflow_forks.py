"""Runs that begin where another one was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw
import pytest
from tests.workflows.audit import faults
from workflow_desk import START, Clock, Desk

from snapjs.errors import JSError, PayloadTooLarge
from snapjs.workflows import App, Run, Status

ALL = """
    const all = Promise.all([steps.double(1), sleep(60), hook("go")]);
    seen.push(await steps.double(5), Math.random());
    return [...(await all), ...seen]
"""


@pytest.fixture
def desk(store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> Desk:
    app = App(store, clock=clock)
    app.step(lambda n: n * 2, name="double")
    return make_desk(app)


def rows(desk: Desk, run: Run) -> list[Any]:
    """All that is stored of a run."""
    with apsw.Connection(desk.app.store) as connection:
        found: list[Any] = []
        for table, column in (("runs", "id"), ("inbox", "run"), ("turns", "run"), ("commands", "run")):
            found += connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", (run.id,)).fetchall()
        return found


def test_a_fork_goes_on_where_the_run_was(desk: Desk) -> None:
    run = desk.start("seen.push('first'); const second = await hook('go'); return [...seen, second]")
    desk.settle()
    fork = run.fork()
    run.deliver("go", "run")
    fork.deliver("go", "fork")
    desk.settle()

    assert run.result(timeout=0.001) == ["first", "run"]
    assert fork.result(timeout=0.001) == ["first", "fork"]


def test_a_fork_says_where_it_comes_from(desk: Desk) -> None:
    run = desk.start("await hook('go')")
    desk.settle()
    fork = run.fork()

    assert (fork.forked_from, fork.forked_turn, fork.turn) == (run.id, 1, 1)
    assert (run.forked_from, run.forked_turn) == (None, None)
    assert (fork.workflow, fork.key, fork.status) == (run.workflow, None, Status.RUNNING)


@pytest.mark.parametrize("turn", range(5))
def test_a_fork_of_any_turn_comes_to_the_same(turn: int, desk: Desk, store: str) -> None:
    run = desk.start(ALL)
    desk.settle()
    desk.advance(60)
    run.deliver("go", "there")
    desk.settle()
    result = run.result(timeout=0.001)
    before = rows(desk, run)
    assert (run.turn, result[:4]) == (5, [2, None, "there", 10])

    fork = run.fork(turn)
    desk.settle()
    if turn < 2:  # the hook was told in the last turn, and so was the timer not after the first ones
        desk.advance(60)
    fork.deliver("go", "again")
    desk.settle()

    again = fork.result(timeout=0.001)
    assert again[:4] == [2, None, "again", 10]
    assert (again[4] == result[4]) is (turn >= 3)
    assert rows(desk, run) == before
    assert faults(store) == []


def test_two_forks_draw_different_randomness(desk: Desk) -> None:
    run = desk.start("await hook('go'); return [Math.random(), crypto.randomUUID()]")
    desk.settle()
    forks = [run.fork(), run.fork()]
    for one in (run, *forks):
        one.deliver("go")
    desk.settle()
    results = [one.result(timeout=0.001) for one in (run, *forks)]

    assert len({number for number, _ in results}) == 3
    assert len({text for _, text in results}) == 3


def test_a_delivery_is_of_one_run(desk: Desk) -> None:
    run = desk.start("return await hook('go')")
    desk.settle()
    run.pause()
    run.deliver("go", 1)
    fork = run.fork()
    desk.settle()

    assert (fork.status, fork.history().untold) == (Status.RUNNING, [])


def test_a_timer_is_due_at_the_same_moment(desk: Desk) -> None:
    run = desk.start("await sleep(60); return Date.now()")
    desk.settle()
    desk.clock.advance(20)
    fork = run.fork()
    desk.settle()
    desk.advance(40)

    assert fork.result(timeout=0.001) == (START + 60) * 1000


def test_timers_of_the_program_are_due_at_the_same_moment(desk: Desk) -> None:
    run = desk.start("await new Promise(done => setTimeout(done, 60_000)); return Date.now()")
    desk.settle()
    desk.clock.advance(20)
    fork = run.fork()
    desk.settle()
    assert fork.turn == 1
    desk.advance(40.001)

    assert fork.result(timeout=0.001) == (START + 60.001) * 1000


def ran(desk: Desk) -> tuple[Run, list[Any]]:
    """A run that has called a step whose result is the number of its call, and the calls."""
    calls: list[Any] = []
    desk.app.step(lambda: calls.append(1) or len(calls), name="count")
    run = desk.start("const n = await steps.count(); await hook('go'); return n")
    desk.settle()
    assert (run.turn, calls) == (2, [1])
    return run, calls


def test_the_result_that_a_step_has_had_since_is_told(desk: Desk) -> None:
    run, calls = ran(desk)
    fork = run.fork(1)
    fork.deliver("go")
    desk.settle()

    assert (fork.result(timeout=0.001), calls) == (1, [1])


def test_a_step_is_run_again_if_that_is_wanted(desk: Desk) -> None:
    run, calls = ran(desk)
    [step] = run.history().turns[0].wanted
    fork = run.fork(1, rerun=[step.call])
    fork.deliver("go")
    desk.settle()

    assert (fork.result(timeout=0.001), calls) == (2, [1, 1])


def test_a_step_without_an_outcome_is_run_for_the_fork_too(desk: Desk) -> None:
    keys: list[str] = []

    @desk.app.step
    def slow() -> str:
        from snapjs.workflows import current_step

        keys.append(current_step().key)
        return "done"

    run = desk.start("return await steps.slow()")
    desk.worker.take_turn()
    fork = run.fork()
    desk.settle()

    assert (run.result(timeout=0.001), fork.result(timeout=0.001)) == ("done", "done")
    assert len(set(keys)) == 2


def test_an_answer_is_given_in_place_of_what_came(desk: Desk) -> None:
    run, calls = ran(desk)
    [step] = run.history().turns[0].wanted
    fork = run.fork(1, answers={step.call: 42})
    fork.deliver("go")
    desk.settle()

    assert (fork.result(timeout=0.001), calls) == (42, [1])
    assert run.history().turns[1].told[0].value == 1


def test_an_exception_is_given_in_place_of_what_came(desk: Desk) -> None:
    run, _ = ran(desk)
    [step] = run.history().turns[0].wanted
    fork = run.fork(1, answers={step.call: ConnectionError("no bank")})
    desk.settle()

    with pytest.raises(JSError, match="ConnectionError: no bank"):
        fork.result(timeout=0.001)


@pytest.mark.parametrize("wait", ["sleep(1e6)", "hook('go')"])
def test_a_timer_or_hook_is_answered(wait: str, desk: Desk, store: str) -> None:
    run = desk.start(f"return await {wait}")
    desk.settle()
    fork = run.fork(answers={run.history().waiting[0].call: "now"})
    desk.settle()

    assert fork.result(timeout=0.001) == "now"
    assert faults(store) == []


def test_what_the_run_did_not_wait_for_is_not_answered(desk: Desk) -> None:
    run, _ = ran(desk)
    hook = run.history().waiting[0].call

    with pytest.raises(ValueError, match=rf"did not wait for 99: it did for {hook} \(hook go\)"):
        run.fork(answers={99: 1})
    with pytest.raises(ValueError, match="did not wait for 98"):
        run.fork(rerun=[98])
    with pytest.raises(ValueError, match="cannot be run again: it is no step or child"):
        run.fork(rerun=[hook])
    with pytest.raises(PayloadTooLarge):
        run.fork(answers={hook: "x" * (9 << 20)})
    assert len(desk.app.list()) == 1


def test_a_run_that_has_failed_is_forked_before_the_turn_that_failed_it(desk: Desk) -> None:
    run = desk.start("const n = await hook('n'); if (n < 0) throw new RangeError('below 0'); return n")
    desk.settle()
    run.deliver("n", -1)
    desk.settle()
    assert run.status is Status.FAILED
    fork = run.fork()
    fork.deliver("n", 1)
    desk.settle()

    assert (fork.forked_turn, fork.result(timeout=0.001)) == (1, 1)


def test_a_run_that_was_poisoned_is_forked_before_the_poison(store: str, clock: Clock, make_desk: Any) -> None:
    desk = make_desk(App(store, clock=clock, turn_timeout=0.2))
    run = desk.start("const n = await hook('n'); while (n < 0); return n")
    desk.settle()
    run.deliver("n", -1)
    desk.settle()
    assert (run.status, run.turn) == (Status.FAILED, 2)
    fork = run.fork()
    fork.deliver("n", 1)
    desk.settle()

    assert (fork.forked_turn, fork.result(timeout=0.001)) == (1, 1)


def test_the_turn_in_which_a_run_ended_is_not_forked(desk: Desk) -> None:
    run = desk.start("return await hook('n')")
    desk.settle()
    run.deliver("n")
    desk.settle()

    with pytest.raises(ValueError, match="ended in turn 2: fork it at an earlier one"):
        run.fork(2)
    with pytest.raises(KeyError, match="has taken 2 turns, and no turn 3"):
        run.fork(3)


def test_a_run_that_was_terminated_is_forked_where_it_was(desk: Desk) -> None:
    run = desk.start("return await steps.double(await hook('n'))")
    desk.settle()
    run.terminate()
    fork = run.fork()
    fork.deliver("n", 4)
    desk.settle()

    assert fork.result(timeout=0.001) == 8


def test_with_a_key_there_is_one_fork(desk: Desk) -> None:
    run = desk.start("return await hook('n')", key="a")
    desk.settle()

    assert run.fork(key="b").id == run.fork(key="b").id
    assert run.fork(key="a").id == run.id


def test_a_fork_of_a_fork(desk: Desk) -> None:
    run = desk.start("for (;;) seen.push(await hook('n'))")
    desk.settle()
    for n in (1, 2):
        run.deliver("n", n)
        desk.settle()
    first = run.fork(2)
    first.deliver("n", 3)
    desk.settle()
    second = first.fork()
    second.deliver("n", 4)
    desk.settle()

    assert (second.query("seen"), second.forked_from, second.turn) == ([1, 3, 4], first.id, 4)
    assert [second.query("seen", turn=turn) for turn in range(5)] == [[], [], [1], [1, 3], [1, 3, 4]]


def test_a_fork_whose_states_are_lost_is_made_again_from_its_parent(desk: Desk, store: str) -> None:
    run = desk.start("for (;;) seen.push(await hook('n'), Math.random())")
    desk.settle()
    run.deliver("n", 1)
    desk.settle()
    fork = run.fork()
    fork.deliver("n", 2)
    desk.settle()
    seen = fork.query("seen")
    with apsw.Connection(desk.app.store) as connection:
        connection.execute("DELETE FROM snapshots")

    assert fork.query("seen") == seen
    assert faults(store) == []


def test_the_history_of_a_fork_is_its_own(desk: Desk) -> None:
    run = desk.start("await hook('a'); await hook('b')")
    desk.settle()
    fork = run.fork()
    fork.deliver("a")
    desk.settle()
    history = fork.history()

    assert [turn.turn for turn in history.turns] == [2]
    assert [one.name for one in history.waiting] == ["b"]


def test_attributes_are_the_forks_too(desk: Desk) -> None:
    run = desk.app.start("export default () => new Promise(() => 0)", attributes={"customer": "ann"})

    assert run.fork(0).attributes == {"customer": "ann"}


def test_a_fork_of_a_run_of_a_schedule_leaves_the_schedule_alone(desk: Desk) -> None:
    schedule = desk.app.schedule("often", "* * * * *", "import 'snapjs:workflow'; export default () => 1")
    run = schedule.trigger()
    desk.settle()
    run.fork(0).pause()
    desk.advance(60)

    assert len(desk.app.list(status="completed")) == 2


CHILDREN = """
import { hook, run } from "snapjs:workflow";
export async function child(n) { return [n, await hook("tell")] }
export default async () => { const all = [run(child, 1), run(child, 2)]; await hook("go"); return await Promise.all(all) }
"""


def test_a_child_that_goes_on_begins_again_for_the_fork(desk: Desk, store: str) -> None:
    run = desk.app.start(CHILDREN)
    desk.settle()
    first, second = sorted(desk.app.list(parent=run.id), key=lambda child: child.id)
    first.deliver("tell", "ended")
    desk.settle()
    fork = run.fork(1)
    desk.settle()
    [again] = desk.app.list(parent=fork.id)
    assert again.id != second.id
    again.deliver("tell", "again")
    fork.deliver("go")
    desk.settle()

    assert fork.result(timeout=0.001) == [[1, "ended"], [2, "again"]]
    assert (run.status, second.status) == (Status.RUNNING, Status.RUNNING)
    assert faults(store) == []


def test_a_child_begins_again_if_that_is_wanted(desk: Desk, store: str) -> None:
    run = desk.app.start(CHILDREN)
    desk.settle()
    calls = [one.call for one in run.history().waiting if one.kind == "child"]
    for child in desk.app.list(parent=run.id):
        child.deliver("tell", "ended")
    desk.settle()
    fork = run.fork(1, rerun=calls[:1], answers={calls[1]: "given"})
    desk.settle()
    [again] = desk.app.list(parent=fork.id)
    again.deliver("tell", "again")
    fork.deliver("go")
    desk.settle()

    assert fork.result(timeout=0.001) == [[1, "again"], "given"]
    assert faults(store) == []


def test_the_parent_is_not_told_of_the_fork_of_a_child(desk: Desk) -> None:
    run = desk.app.start(CHILDREN)
    desk.settle()
    fork = desk.app.list(parent=run.id)[0].fork()
    fork.deliver("tell", "fork")
    desk.settle()

    assert (fork.status, fork.parent, run.turn) == (Status.COMPLETED, None, 1)
