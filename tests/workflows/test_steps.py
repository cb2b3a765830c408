"""Functions of Python that workflows call."""

from __future__ import annotations

import asyncio
import datetime
import sys
import threading
from typing import Any

import pytest
from workflow_desk import Desk

from snapjs import JSError, WorkflowError
from snapjs.workflows import App, Status, current_step


def test_a_step_gets_arguments_and_its_result_is_awaited(desk: Desk) -> None:
    @desk.app.step
    def add(a: int, b: dict[str, int]) -> dict[str, int]:
        return {"sum": a + b["n"]}

    assert desk.result("return await steps.add(1, { n: 2 })") == {"sum": 3}


def test_an_async_step(desk: Desk) -> None:
    @desk.app.step
    async def add(a: int) -> int:
        await asyncio.sleep(0)
        return a + 1

    assert desk.result("return await steps.add(1)") == 2


def test_a_name_of_its_own(desk: Desk) -> None:
    desk.app.step(lambda: 7, name="delete")

    assert desk.result("return await steps.delete()") == 7


@pytest.mark.parametrize("name", ["a-b", "", "1a"])
def test_a_name_that_cannot_be(app: App, name: str) -> None:
    with pytest.raises(ValueError, match="a step's name is a JavaScript identifier"):
        app.step(lambda: 7, name=name or "not one")


@pytest.mark.parametrize("option", [{"max_attempts": 0}, {"initial": 0}, {"factor": -1}, {"timeout": 0}])
def test_options_that_cannot_be(app: App, option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(option))):
        app.step(lambda: 7, name="seven", **option)


def test_values_that_only_python_has_come_back_as_such(desk: Desk) -> None:
    when = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    desk.app.step(lambda: [when, b"\x01", 2**70], name="give")

    assert desk.result("const [a, b, c] = await steps.give(); return [a.getTime(), b.length, typeof c]") == [
        1767225600000,
        1,
        "bigint",
    ]


def test_steps_at_once(desk: Desk) -> None:
    desk.app.step(lambda n: n * 2, name="double")

    assert desk.result("return await Promise.all([1, 2, 3].map(n => steps.double(n)))") == [2, 4, 6]


def test_the_first_of_several_wins(desk: Desk) -> None:
    desk.app.step(lambda n: n, name="give")

    assert desk.result("return await Promise.race([steps.give(1), steps.give(2)])") == 1


def test_an_error_is_tried_again_after_a_while(desk: Desk) -> None:
    attempts: list[float] = []

    @desk.app.step(initial=10, factor=3)
    def shake() -> str:
        attempts.append(desk.clock.now)
        if len(attempts) < 3:
            raise OSError("shaken")
        return "done"

    run = desk.start("return await steps.shake()")
    desk.settle()
    assert len(attempts) == 1
    for _ in range(2):
        due = desk.app._store.next_due()
        assert due is not None
        desk.advance(due - desk.clock.now)

    assert run.result(timeout=0.001) == "done"
    first, second = attempts[1] - attempts[0], attempts[2] - attempts[1]
    assert 5 <= first <= 10
    assert 15 <= second <= 30


def test_the_wait_between_attempts_has_a_maximum(desk: Desk) -> None:
    @desk.app.step(initial=10, factor=1e300, maximum=20, max_attempts=4)
    def fail() -> None:
        raise OSError("shaken")

    run = desk.start("return await steps.fail()")
    for _ in range(4):
        desk.advance(20)

    assert run.status is Status.FAILED


def test_the_last_error_is_thrown_in_javascript(desk: Desk) -> None:
    @desk.app.step(max_attempts=1)
    def fail() -> None:
        raise OSError("no such order")

    assert desk.result("try { await steps.fail() } catch (error) { return [error.name, error.message] }") == [
        "OSError",
        "no such order",
    ]


def test_an_error_that_is_not_caught_fails_the_run(desk: Desk) -> None:
    @desk.app.step(max_attempts=1)
    def fail() -> None:
        raise OSError("no such order")

    with pytest.raises(JSError, match="OSError: no such order"):
        desk.result("await steps.fail()")


def test_an_error_that_is_not_retryable(desk: Desk) -> None:
    attempts: list[int] = []

    @desk.app.step(max_attempts=9, non_retryable=(LookupError,))
    def fail() -> None:
        attempts.append(1)
        raise KeyError("order")

    with pytest.raises(JSError, match="KeyError"):
        desk.result("await steps.fail()")
    assert attempts == [1]


def test_exceptions_that_are_not_retryable_are_a_tuple(desk: Desk) -> None:
    with pytest.raises(TypeError, match=r"non_retryable takes a tuple of exception classes, such as \(KeyError,\)"):
        desk.app.step(non_retryable=[KeyError])(print)


@pytest.mark.parametrize("ending", [SystemExit, asyncio.CancelledError])
def test_a_step_that_wants_to_end_the_worker_fails(desk: Desk, ending: type[BaseException]) -> None:
    @desk.app.step(max_attempts=1)
    def leave() -> None:
        raise ending

    with pytest.raises(JSError, match=ending.__name__):
        desk.result("await steps.leave()")


def test_ctrl_c_in_a_step_reaches_whoever_steps_the_worker(desk: Desk) -> None:
    @desk.app.step
    def leave() -> None:
        raise KeyboardInterrupt

    desk.start("await steps.leave()")
    desk.worker.take_turn()

    with pytest.raises(KeyboardInterrupt):
        desk.worker.run_step()


def test_an_error_without_a_text(desk: Desk) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    @desk.app.step(max_attempts=1)
    def fail() -> None:
        raise Mute

    with pytest.raises(JSError, match="Mute: it has no text: RuntimeError"):
        desk.result("await steps.fail()")


def test_an_async_step_that_takes_too_long(desk: Desk) -> None:
    @desk.app.step(max_attempts=1, timeout=0.01)
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(JSError, match=r"TimeoutError: the step took longer than 0\.01 s"):
        desk.result("await steps.wait()")


def test_a_step_that_takes_too_long(desk: Desk) -> None:
    released = threading.Event()

    @desk.app.step(max_attempts=1, timeout=0.01)
    def wait() -> None:
        released.wait()

    with pytest.raises(JSError, match=r"TimeoutError: the step took longer than 0\.01 s"):
        desk.result("await steps.wait()")
    released.set()


def test_a_timeout_of_the_steps_own_is_its_own(desk: Desk) -> None:
    @desk.app.step(max_attempts=1, timeout=60)
    async def fail() -> None:
        raise TimeoutError("the other side")

    with pytest.raises(JSError, match="TimeoutError: the other side"):
        desk.result("await steps.fail()")


def test_a_step_in_time_with_a_timeout(desk: Desk) -> None:
    desk.app.step(lambda: current_step().attempt, name="look", timeout=60)

    assert desk.result("return await steps.look()") == 1


def test_arguments_that_are_no_data_throw_at_the_call(desk: Desk) -> None:
    desk.app.step(lambda f: f, name="give")

    assert desk.result("try { await steps.give(() => 1) } catch (error) { return error.name }") == "TypeError"


def test_arguments_that_are_too_large_throw_at_the_call(desk: Desk) -> None:
    desk.app.step(lambda f: f, name="give")

    assert desk.result("try { await steps.give('x'.repeat(8 << 20)) } catch (e) { return e.name }") == "RangeError"


def test_a_result_that_is_no_data_is_not_tried_again(desk: Desk) -> None:
    attempts: list[int] = []

    @desk.app.step(max_attempts=5)
    def give() -> object:
        attempts.append(1)
        return sys

    with pytest.raises(JSError, match="ConversionError"):
        desk.result("await steps.give()")
    assert attempts == [1]


def test_a_result_that_is_too_large(desk: Desk) -> None:
    desk.app.step(lambda: b"x" * (8 << 20), name="give")

    with pytest.raises(JSError, match=r"PayloadTooLarge: The value takes .* bytes, of 8388608 at most"):
        desk.result("await steps.give()")


def test_the_key_of_a_step_is_the_same_in_each_attempt(desk: Desk) -> None:
    seen: list[tuple[str, str, int]] = []

    @desk.app.step(initial=1)
    def look() -> None:
        step = current_step()
        seen.append((step.run, step.key, step.attempt))
        if step.attempt < 3:
            raise OSError

    run = desk.start("await steps.look(); await steps.look()")
    for _ in range(6):
        desk.advance(60)

    assert [attempt for _, _, attempt in seen] == [1, 2, 3, 1, 2, 3]
    assert {run_id for run_id, _, _ in seen} == {run.id}
    assert [seen[0][1]] * 3 == [key for _, key, _ in seen[:3]]
    assert len({key for _, key, _ in seen}) == 2


def test_there_is_no_current_step_elsewhere(desk: Desk) -> None:
    desk.app.step(lambda: current_step().run, name="look")
    desk.result("await steps.look()")

    with pytest.raises(LookupError):
        current_step()


def test_a_step_that_the_app_has_not_is_undefined(desk: Desk) -> None:
    with pytest.raises(JSError, match="TypeError"):
        desk.result("await steps.missing()")


def test_an_import_of_a_step_that_the_app_has_not_is_refused(desk: Desk) -> None:
    desk.app.step(lambda: None, name="charge")
    with pytest.raises(WorkflowError) as caught:
        desk.app.start("import { pay } from 'app:steps'; export default () => pay()")
    assert str(caught.value) == (
        "The workflow imports pay from app:steps, but the app has no such step: it has charge. Register it with "
        "@app.step, or start the run with the app that has it, as snapjs workflow start does with --app."
    )


def test_a_step_is_left_to_a_worker_that_has_it(store: str, clock: Any, make_desk: Any) -> None:
    web, other = make_desk(App(store, clock=clock)), make_desk(App(store, clock=clock))
    web.app.step(lambda: 1, name="one")
    web.app.step(lambda: 2, name="two")
    other.app.step(lambda: 20, name="two")
    run = web.start("return [await steps.two(), await steps.one()]")
    other.settle()
    assert run.status is Status.RUNNING
    web.settle()

    assert run.result(timeout=0.001) == [20, 1]


def test_a_step_that_is_registered_later_is_run(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="one")
    assert desk.result("return await steps.one()") == 1
    desk.app.step(lambda: 2, name="two")

    assert desk.result("return await steps.two()") == 2


def test_what_is_not_awaited_when_the_run_ends_is_not_run(desk: Desk) -> None:
    ran: list[int] = []
    desk.app.step(ran.append, name="note")

    assert desk.result("steps.note(1); return 'over'") == "over"
    assert ran == []
