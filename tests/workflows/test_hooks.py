"""What is delivered to a run from outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workflow_desk import Desk

from snapjs import ConversionError, PayloadTooLarge, RunEnded
from snapjs.workflows import App, Run, Status


def test_a_hook_is_awaited(desk: Desk) -> None:
    run = desk.start("return await hook('approved')")
    desk.settle()
    run.deliver("approved", {"by": "ann"})
    desk.settle()

    assert run.result(timeout=0.001) == {"by": "ann"}


def test_a_delivery_before_the_first_turn_is_kept(desk: Desk) -> None:
    run = desk.start("return await hook('approved')")
    run.deliver("approved", 1)
    desk.settle()

    assert run.result(timeout=0.001) == 1


def test_a_delivery_before_it_is_awaited_is_kept(desk: Desk) -> None:
    run = desk.start("await hook('first'); await sleep(60); return await hook('second')")
    desk.settle()
    run.deliver("second", 2)
    run.deliver("first", 1)
    desk.advance(0)
    desk.advance(60)

    assert run.result(timeout=0.001) == 2


def test_a_delivery_that_nobody_waits_for_costs_no_turn(desk: Desk) -> None:
    run = desk.start("await hook('other')")
    desk.settle()
    run.deliver("approved")

    assert not desk.worker.take_turn()


def test_deliveries_are_had_in_their_order_by_iteration(desk: Desk) -> None:
    run = desk.start("for await (const value of hook('add')) { seen.push(value); if (value === 'c') return seen }")
    run.deliver("add", "a")
    desk.settle()
    run.deliver("add", "b")
    run.deliver("add", "c")
    desk.settle()

    assert run.result(timeout=0.001) == ["a", "b", "c"]


def test_more_deliveries_than_one_turn_takes(desk: Desk) -> None:
    run = desk.start("for await (const n of hook('add')) { seen.push(n); if (n === 249) return seen.length }")
    for number in range(250):
        run.deliver("add", number)
    desk.settle()

    assert run.result(timeout=0.001) == 250
    assert run.turn == 4  # with the first one, in which it comes to wait


def test_one_delivery_is_for_one_hook(desk: Desk) -> None:
    run = desk.start("return await Promise.all([hook('add'), hook('add')])")
    desk.settle()
    run.deliver("add", 1)
    desk.settle()
    assert run.status is Status.RUNNING
    run.deliver("add", 2)
    desk.settle()

    assert run.result(timeout=0.001) == [1, 2]


def test_a_hook_that_is_awaited_twice_is_one_delivery(desk: Desk) -> None:
    run = desk.start("const h = hook('add'); return [await h, await h]")
    run.deliver("add", 1)
    desk.settle()

    assert run.result(timeout=0.001) == [1, 1]


def test_a_hook_outlives_a_race_that_it_has_lost(desk: Desk) -> None:
    run = desk.start("""
        const approved = hook("approved");
        for (;;) {
            const value = await Promise.race([approved, sleep(60).then(() => "waiting")]);
            seen.push(value);
            if (value !== "waiting") return seen;
        }""")
    desk.settle()
    desk.advance(60)
    run.deliver("approved", "yes")
    desk.settle()

    assert run.result(timeout=0.001) == ["waiting", "yes"]


@pytest.mark.parametrize("name", ["5", "3", "", "begin", "cancel", "ä ' \""])
def test_a_hook_of_any_name(desk: Desk, name: str) -> None:
    desk.app.step(lambda: "done", name="work")
    run = desk.app.start(
        "import { hook } from 'snapjs:workflow'; import { work } from 'app:steps';"
        "export default async name => [await hook(name), await work()]",
        name,
    )
    desk.settle()
    run.deliver(name, 1)
    desk.settle()

    assert run.result(timeout=0.001) == [1, "done"]


def test_the_same_key_twice_is_one_delivery(desk: Desk) -> None:
    run = desk.start("for await (const value of hook('add')) { seen.push(value); if (value === 9) return seen }")
    for _ in range(3):
        run.deliver("add", 1, key="k")
        desk.settle()
    run.deliver("add", 2, key="l")
    run.deliver("add", 9)
    desk.settle()

    assert run.result(timeout=0.001) == [1, 2, 9]


def test_a_key_counts_for_one_name(desk: Desk) -> None:
    run = desk.start("return [await hook('a'), await hook('a:1')]")
    run.deliver("a", 1, key="1:2")
    run.deliver("a:1", 2, key="2")
    desk.settle()

    assert run.result(timeout=0.001) == [1, 2]


def test_a_run_that_has_ended_takes_no_delivery(desk: Desk) -> None:
    run = desk.start("return 1")
    desk.settle()

    with pytest.raises(RunEnded, match="has ended: it is completed") as caught:
        run.deliver("add")
    assert (caught.value.run, caught.value.status) == (run.id, "completed")


def test_a_run_that_there_is_not(app: App) -> None:
    with pytest.raises(KeyError, match="there is no run 'none'"):
        app.deliver("none", "add")


def test_a_delivery_that_is_no_data(desk: Desk) -> None:
    with pytest.raises(ConversionError):
        desk.start("return 1").deliver("add", object())


def test_a_delivery_that_is_too_large(desk: Desk) -> None:
    with pytest.raises(PayloadTooLarge):
        desk.start("return 1").deliver("add", "x" * (8 << 20))


RACE = {
    "sleep": "return await Promise.race([hook('approved'), sleep(60).then(() => 'late')])",
    "setTimeout": "return await Promise.race([hook('approved'), new Promise(r => setTimeout(r, 60_000, 'late'))])",
}


@pytest.mark.parametrize("timer", RACE)
@pytest.mark.parametrize(("delivered", "winner"), [(59.999, "yes"), (60.001, "late")])
@pytest.mark.parametrize("looked", ["at once", "long after"])
def test_what_came_first_wins_whenever_the_worker_looks(
    desk: Desk, timer: str, delivered: float, winner: str, looked: str
) -> None:
    run = desk.start(RACE[timer])
    desk.settle()
    desk.clock.advance(delivered)
    if looked == "at once":
        desk.settle()
    if not run.status.is_final:
        run.deliver("approved", "yes")
    desk.advance(0 if looked == "at once" else 3600)

    assert run.result(timeout=0.001) == winner


@pytest.mark.parametrize("offset", [-1e-6, 0.0, 1e-6])
def test_a_race_at_the_same_moment_has_one_winner_for_ever(
    desk: Desk, offset: float, store: str, make_desk: Callable[[App], Desk]
) -> None:
    run = desk.start(
        "const winner = await Promise.race([hook('approved').then(() => 'hook'), sleep(60).then(() => 'timer')]);"
        "seen.push(winner); await hook('go'); return [winner, seen]"
    )
    desk.settle()
    desk.clock.advance(60 + offset)
    run.deliver("approved")
    desk.settle()
    desk.advance(1)
    winners = run.query("seen")
    again = make_desk(App(store, clock=desk.clock))
    run.deliver("go")
    again.settle()

    assert len(winners) == 1
    assert Run(again.app, run.id).result(timeout=0.001) == [winners[0], winners]


def test_a_hook_that_is_answered_in_the_turn_that_awaits_it_waits_no_more(desk: Desk) -> None:
    run = desk.start("await hook('a'); await hook('a'); await hook('b')")
    for number in range(3):
        run.deliver("a", number)
    turns = 0
    while desk.worker.take_turn():
        turns += 1
        assert turns < 5

    assert [one.name for one in run.history().waiting] == ["b"]
