"""JavaScript that is evaluated in a run that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw
import pytest
from workflow_desk import Clock, Desk

from snapjs.errors import JSError, PayloadTooLarge, RunEnded
from snapjs.workflows import App, Run, Status

SOURCE = """
import { hook } from "snapjs:workflow";
import { pay } from "app:steps";
export const prices = { apple: 1 };
export const tools = { price(name) { if (!(name in prices)) throw new RangeError(`no ${name}`); return prices[name] } };
export let state = "new";
export default async function main() {
  state = "waits";
  for (;;) {
    const name = await hook("buy");
    if (name === "stop") return [tools.price("apple"), Math.random()];
    await pay(tools.price(name));
  }
}
"""


@pytest.fixture
def paid() -> list[int]:
    return []


@pytest.fixture
def desk(store: str, clock: Clock, make_desk: Callable[[App], Desk], paid: list[int]) -> Desk:
    app = App(store, clock=clock, turn_timeout=0.5)
    app.step(lambda n: paid.append(n), name="pay")
    return make_desk(app)


@pytest.fixture
def run(desk: Desk) -> Run:
    run = desk.app.start(SOURCE)
    desk.settle()
    return run


def test_a_patch_changes_a_run(desk: Desk, run: Run, paid: list[int]) -> None:
    run.patch("prices.pear = 7; const more = 1; prices.apple += more;")
    run.deliver("buy", "pear")
    desk.settle()

    assert paid == [7]
    assert run.query("prices") == {"apple": 2, "pear": 7}


def test_a_patch_is_a_turn_of_its_own_where_nothing_else_is_there(desk: Desk, run: Run) -> None:
    run.patch("prices.pear = 7")
    desk.settle()
    [told] = run.history().turns[1].told

    assert (run.turn, told.kind, told.value) == (2, "patch", "prices.pear = 7")


def test_a_patch_comes_before_what_was_told_earlier(desk: Desk, run: Run, paid: list[int]) -> None:
    run.pause()
    run.deliver("buy", "pear")
    desk.clock.advance(1)
    run.patch("prices.pear = 7")
    run.resume()
    desk.settle()

    assert paid == [7]


def test_a_patch_comes_before_the_run_begins(desk: Desk) -> None:
    run = desk.app.start(SOURCE)
    run.patch("if (state !== 'new') throw state; prices.pear = 7")
    desk.settle()

    assert [told.kind for told in run.history().turns[0].told] == ["patch", "begin"]


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        ("prices.pear = 7; throw new Error('no')", "Error: no"),
        ("prices.pear = 7; null.x", "TypeError: "),
        ("prices.pear = 7; state = 'x'", "TypeError: "),
        ("prices.pear = 7; undeclared = 1", "ReferenceError: "),
        ("prices.pear = ", "SyntaxError: "),
        ("prices.pear = 7; for (;;);", "ran longer than 0.5 s"),
        ("prices.pear = 7; (function f() { f() })()", "RangeError: |InternalError: |nest too deep"),
        ("prices.pear = 7; throw undefined", ""),
    ],
)
def test_of_a_patch_that_throws_nothing_is_left(patch: str, why: str, desk: Desk, run: Run, paid: list[int]) -> None:
    run.patch(patch)
    desk.settle()
    turn = run.history().turns[1]
    assert [(told.kind, told.value) for told in turn.told] == [("undone", patch)]
    assert turn.log.startswith("The patch was undone: ")
    assert any(part in turn.log for part in why.split("|"))
    assert run.query("prices") == {"apple": 1}
    run.deliver("buy", "apple")
    desk.settle()

    assert (run.status, paid) == (Status.RUNNING, [1])


def test_of_two_patches_the_good_one_counts(desk: Desk, run: Run) -> None:
    run.patch("prices.pear = 7")
    run.patch("prices.plum = 8; throw 1")
    run.patch("prices.fig = 9")
    desk.settle()

    assert run.query("prices") == {"apple": 1, "pear": 7, "fig": 9}
    assert [told.kind for told in run.history().turns[1].told] == ["patch", "undone", "patch"]


def test_a_patch_may_call_what_the_module_does(desk: Desk, paid: list[int]) -> None:
    source = SOURCE.replace("export let", "export const more = () => pay(3);\nexport let")
    run = desk.app.start(source)
    desk.settle()
    run.patch("more()")
    desk.settle()

    assert paid == [3]


@pytest.mark.parametrize("patch", ["prices.pear = Math.random()", "prices.pear = 1; throw 1"])
def test_a_patch_is_taken_again_as_it_was(patch: str, desk: Desk, run: Run) -> None:
    run.patch(patch)
    run.deliver("buy", "apple")
    desk.settle()
    prices = run.query("prices")
    with apsw.Connection(desk.app.store) as connection:
        connection.execute("DELETE FROM snapshots")

    assert run.query("prices") == prices


@pytest.mark.parametrize("patch", ["prices.pear = Math.random()", "prices.pear = 1; throw 1"])
def test_a_run_that_was_patched_goes_on_in_another_process(
    patch: str, store: str, clock: Clock, desk: Desk, run: Run, make_desk: Any
) -> None:
    run.patch(patch)
    desk.settle()
    run.deliver("buy", "stop")
    make_desk(App(store, clock=clock)).settle()

    assert run.result(timeout=0.001)[0] == 1


def test_a_run_that_has_failed_is_forked_with_a_patch(desk: Desk, run: Run, paid: list[int]) -> None:
    run.deliver("buy", "pear")
    desk.settle()
    with pytest.raises(JSError, match="RangeError: no pear"):
        run.result(timeout=0.001)
    fork = run.fork(patch="prices.pear = 7")
    fork.deliver("buy", "pear")
    desk.settle()

    assert (fork.status, paid) == (Status.RUNNING, [7])
    assert fork.history().turns[0].told[0].kind == "patch"


def test_the_patch_of_a_fork_comes_before_results_that_are_reused(desk: Desk, paid: list[int]) -> None:
    run = desk.app.start(SOURCE.replace("await pay(tools.price(name))", "await pay(1); tools.price(name)"))
    desk.settle()
    run.deliver("buy", "pear")
    desk.settle()
    assert run.status is Status.FAILED
    fork = run.fork(patch="prices.pear = 7")
    desk.settle()

    assert (fork.status, fork.query("prices.pear"), paid) == (Status.RUNNING, 7, [1])


def test_a_run_that_has_ended_is_not_patched(desk: Desk, run: Run) -> None:
    run.deliver("buy", "stop")
    desk.settle()

    with pytest.raises(RunEnded):
        run.patch("0")
    with pytest.raises(KeyError, match="there is no run 'no'"):
        desk.app.patch("no", "0")


def test_a_patch_that_is_no_code_is_refused(desk: Desk, run: Run) -> None:
    with pytest.raises(TypeError):
        run.patch(7)  # type: ignore[arg-type]
    with pytest.raises(PayloadTooLarge):
        run.patch("x" * (9 << 20))
    with pytest.raises(TypeError):
        run.fork(patch=7)  # type: ignore[arg-type]
