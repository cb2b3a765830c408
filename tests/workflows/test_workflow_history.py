"""`Run.history`: what has happened in a run, what it waits for, what it was not told yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from snapjs import testing, workflows
from snapjs.errors import JSError
from snapjs.testing import InProcessApp

PROGRAM = """
    import { pay } from "app:steps";
    import { hook, log, sleep } from "snapjs:workflow";
    export default async function (order) {
        log("paid", await pay(order));
        await sleep("30 days");
        return await hook("approved");
    }
"""


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessApp]:
    """An app whose step fails twice, and then says what it was given."""
    shop = workflows.App(f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}")
    failures = ["the server is busy", "the line is dead"]

    @shop.step(max_attempts=3)
    def pay(order: int) -> str:
        if failures:
            raise ConnectionError(failures.pop(0))
        return f"paid {order}"

    @shop.step(max_attempts=1)
    def fail() -> None:
        raise ValueError("no such order")

    with testing.workflows(shop) as app:
        yield app


def test_before_the_first_turn(app: InProcessApp) -> None:
    history = app.start(PROGRAM, 7).history()
    [begin] = history.untold
    assert (history.turns, history.waiting) == ([], [])
    assert (begin.kind, begin.call, begin.name, begin.value, begin.at) == ("begin", None, "", [7], app.now)


def test_a_turn_says_what_it_was_told_and_what_it_wants(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    first, second, third = run.history().turns
    assert [(one.kind, one.name, one.value) for one in first.told] == [("begin", "", [7])]
    assert [(one.kind, one.name, one.arguments) for one in first.wanted] == [("step", "pay", [7])]
    assert [(one.kind, one.name, one.value) for one in second.told] == [("answer", "pay", "paid 7")]
    assert [(one.kind, one.name) for one in second.wanted] == [("timer", "")]
    assert [(one.kind, one.name, one.value) for one in third.told] == [("timer", "", None)]
    assert [(one.kind, one.name) for one in third.wanted] == [("hook", "approved")]
    assert [turn.turn for turn in (first, second, third)] == [1, 2, 3]


def test_an_answer_names_the_call_that_it_is_for(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    first, second, third = run.history().turns
    assert second.told[0].call == first.wanted[0].call
    assert third.told[0].call == second.wanted[0].call


def test_times_are_those_of_the_store(app: InProcessApp) -> None:
    began = app.now
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    first, second, third = run.history().turns
    assert (first.at, second.wanted[0].due_at) == (began, second.at + timedelta(days=30))
    assert third.at == third.told[0].at == app.now


def test_the_log_is_that_of_the_turn(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    assert [turn.log for turn in run.history().turns] == ["", "paid paid 7\n", ""]


def test_a_step_that_fails_says_so_while_it_is_tried(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.advance()
    [pay] = run.history().waiting
    assert (pay.name, pay.state, pay.attempts, str(pay.error)) == (
        "pay",
        "waiting",
        1,
        "ConnectionError: the server is busy",
    )
    assert pay.due_at is not None
    assert timedelta(seconds=0.5) <= pay.due_at - app.now <= timedelta(seconds=1)


def test_attempts_are_counted(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    pay = run.history().turns[0].wanted[0]
    assert (pay.state, pay.attempts, str(pay.error)) == ("done", 3, "ConnectionError: the line is dead")


def test_a_failure_is_told_as_an_error(app: InProcessApp) -> None:
    run = app.start("export { fail as default } from 'app:steps'")
    app.run_until_idle()
    [told] = run.history().turns[1].told
    assert (told.kind, told.name, str(told.value)) == ("failure", "fail", "ValueError: no such order")
    assert isinstance(told.value, JSError)


def test_what_it_waits_for_is_what_has_no_answer(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    assert [(one.kind, one.name, one.state) for one in run.history().waiting] == [("hook", "approved", "waiting")]


def test_a_hook_that_was_delivered_is_not_waited_for(app: InProcessApp) -> None:
    run = app.start(
        "import { hook } from 'snapjs:workflow'; export default async () => [await hook('a'), await hook('b')]"
    )
    run.deliver("a", 1)
    app.run_until_idle()
    assert [one.name for one in run.history().waiting] == ["b"]


def test_a_hook_whose_name_is_a_number_answers_no_step(app: InProcessApp) -> None:
    run = app.start(
        "import { hook } from 'snapjs:workflow'; export default () => Promise.all([hook('3'), hook('4'), hook('5')])"
    )
    run.deliver("4", None)
    app.run_until_idle()
    assert [one.name for one in run.history().waiting] == ["3", "5"]


def test_a_delivery_that_nobody_awaits_is_not_told(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    run.deliver("aproved", {"by": "ann"})
    app.run_until_idle()
    [untold] = run.history().untold
    assert (untold.kind, untold.name, untold.value) == ("hook", "aproved", {"by": "ann"})


def test_a_cancellation_is_told_with_its_reason(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    run.cancel("out of stock")
    app.run_until_idle()
    [told] = run.history().turns[-1].told
    assert (told.kind, told.value) == ("cancel", "out of stock")


def test_history_after_a_turn_begins_there(app: InProcessApp) -> None:
    run = app.start(PROGRAM, 7)
    app.run_until_idle()
    assert [turn.turn for turn in run.history(after=2).turns] == [3]


def test_a_date_that_python_does_not_have_is_its_last(app: InProcessApp) -> None:
    run = app.start("import { sleep } from 'snapjs:workflow'; export default () => sleep(9000 * 366 * 86400)")
    app.advance()
    [timer] = run.history().waiting
    assert timer.due_at is not None
    assert timer.due_at.year == 9999
