"""Runs that want steps by earlier names, or with earlier arguments, and steps that no worker has."""

from __future__ import annotations

from typing import Any

import pytest
from workflow_desk import Clock, Desk

from snapjs import JSError
from snapjs.workflows import App


@pytest.fixture
def later(desk: Desk, clock: Clock, make_desk: Any) -> Desk:
    """A later version of the app, whose runs in flight want `charge` with an order."""
    desk.app.step(lambda order: order, name="charge")
    desk.start("return await steps.charge({ id: 7, sum: 3 })")
    desk.worker.take_turn()
    return make_desk(App(f"sqlite:///{desk.app.store}", clock=clock))  # type: ignore[no-any-return]


def result(desk: Desk) -> Any:
    desk.settle()
    return desk.app.list()[0].result(timeout=0.001)


def test_a_step_that_was_renamed(later: Desk) -> None:
    @later.app.step(formerly="charge")
    def pay(order: dict[str, int]) -> int:
        return order["sum"]

    assert result(later) == 3


def test_a_step_that_was_renamed_and_takes_others(later: Desk) -> None:
    @later.app.step(formerly={"charge": lambda order: [order["id"], order["sum"]]})
    def pay(id: int, sum: int) -> list[int]:
        return [id, sum]

    assert result(later) == [7, 3]


def test_a_step_that_takes_others(later: Desk) -> None:
    @later.app.step(formerly={"charge": lambda order: [order["id"], order["sum"]]})
    def charge(id: int, sum: int) -> list[int]:
        return [id, sum]

    assert result(later) == [7, 3]
    assert later.result("return await steps.charge(1, 2)") == [1, 2]


def test_a_function_that_returns_no_list(later: Desk) -> None:
    later.app.step(lambda id: id, name="pay", formerly={"charge": lambda order: order["id"]}, max_attempts=1)

    with pytest.raises(JSError, match="returns the arguments of today as a list, not 7"):
        result(later)


def test_arguments_that_fit_neither(later: Desk) -> None:
    @later.app.step(formerly={"charge": lambda order: [order]})
    def charge(id: int) -> int:
        return id

    with pytest.raises(JSError, match="TypeError: charge"):
        result(later)


def test_steps_that_nobody_has_are_known(later: Desk) -> None:
    assert later.app.missing_steps() == {"charge": 1}
    later.app.step(lambda order: order, name="charge")

    assert later.app.missing_steps() == {}


def test_a_step_with_an_earlier_name_is_not_missing(later: Desk) -> None:
    later.app.step(lambda order: order, name="pay", formerly="charge")

    assert later.app.missing_steps() == {}


def test_a_step_that_waits_for_long_is_in_the_log_once(later: Desk, caplog: pytest.LogCaptureFixture) -> None:
    later.clock.advance(61)
    later.worker._missing.look(later.worker._runner.names)
    later.worker._missing.look(later.worker._runner.names)

    assert caplog.messages == [
        "1 step 'charge' has waited for more than 60 s, and this worker has none of that name. Start a worker that has "
        "it, or give the step that took its place formerly='charge'."
    ]


def test_a_step_that_has_just_begun_to_wait_is_not_in_the_log(later: Desk, caplog: pytest.LogCaptureFixture) -> None:
    later.clock.advance(59)
    later.worker._missing.look(later.worker._runner.names)

    assert caplog.messages == []


@pytest.mark.parametrize("first", ["formerly", "name"])
def test_a_name_is_of_one_step(app: App, first: str) -> None:
    steps: list[dict[str, Any]] = [{"name": "pay", "formerly": "charge"}, {"name": "charge"}]
    one, other = steps if first == "formerly" else reversed(steps)
    app.step(lambda: 1, **one)

    with pytest.raises(ValueError, match="another step has the name 'charge'"):
        app.step(lambda: 1, **other)
