"""Async steps: many at once in one event loop, and cancelled when nobody waits for them."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from contextvars import copy_context

import pytest
from workflow_desk import Desk, module

from snapjs import JSError
from snapjs._workflows.step_loop import StepLoop
from snapjs.workflows import App, Status, current_step


def test_async_steps_share_an_event_loop(desk: Desk) -> None:
    loops: set[asyncio.AbstractEventLoop] = set()

    @desk.app.step
    async def look() -> None:
        loops.add(asyncio.get_running_loop())

    desk.result("await steps.look(); await steps.look()")
    assert len(loops) == 1


def test_more_async_steps_wait_than_there_are_threads(store: str) -> None:
    app = App(store)
    present = 0
    everybody: list[asyncio.Event] = []

    @app.step
    async def meet() -> int:
        nonlocal present
        if not everybody:
            everybody.append(asyncio.Event())
        present += 1
        if present == 20:
            everybody[0].set()
        await asyncio.wait_for(everybody[0].wait(), 20)
        return 1

    run = app.start(module("return (await Promise.all([...Array(20)].map(() => steps.meet()))).length"))
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    assert run.result(timeout=0.001) == 20


def test_there_are_no_more_async_steps_at_once_than_it_was_said(store: str) -> None:
    app = App(store)
    running, most = 0, 0

    @app.step
    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    run = app.start(module("await Promise.all([...Array(20)].map(() => steps.work()))"))
    app.run_worker(threads=4, async_steps=2, until=lambda: run.status.is_final)

    assert run.status is Status.COMPLETED
    assert most == 2


def test_steps_that_follow_their_turns_keep_to_the_number(store: str) -> None:
    app = App(store)
    running, most = 0, 0

    @app.step
    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    runs = [app.start(module("await steps.work(); await steps.work()")) for _ in range(8)]
    app.run_worker(threads=4, async_steps=1, until=lambda: all(run.status.is_final for run in runs))

    assert [run.status for run in runs] == [Status.COMPLETED] * 8
    assert most == 1


def test_sync_steps_run_while_there_is_no_room_for_async_ones(store: str) -> None:
    app = App(store)
    came = threading.Event()

    @app.step
    async def wait() -> None:
        while not came.is_set():
            await asyncio.sleep(0.001)

    app.step(came.set, name="come")
    run = app.start(module("await Promise.all([steps.wait(), steps.wait(), steps.come()])"))
    app.run_worker(threads=1, async_steps=1, until=lambda: run.status.is_final)

    assert run.status is Status.COMPLETED


@pytest.mark.slow
@pytest.mark.parametrize("end", ["cancel", "terminate"])
def test_a_step_of_a_run_that_is_ended_is_cancelled(store: str, end: str) -> None:
    app = App(store)
    began, cancelled = threading.Event(), threading.Event()

    @app.step
    async def wait() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    run = app.start(module("await steps.wait()"))
    ending = threading.Thread(target=lambda: began.wait(20) and getattr(run, end)())
    ending.start()
    app.run_worker(threads=1, until=cancelled.is_set)
    ending.join()

    assert run.status is Status.CANCELLED


def test_a_sync_step_can_ask_whether_it_is_still_wanted(desk: Desk) -> None:
    seen: list[bool] = []

    @desk.app.step
    def work() -> None:
        seen.append(current_step().cancelled)
        desk.app.terminate(current_step().run)
        seen.append(current_step().cancelled)

    run = desk.start("await steps.work()")
    desk.settle()

    assert seen == [False, True]
    assert run.status is Status.CANCELLED


def test_what_an_async_step_has_of_its_context_is_its_own(store: str) -> None:
    app = App(store)

    @app.step
    async def look() -> str:
        await asyncio.sleep(0)
        return current_step().key

    run = app.start(module("return await Promise.all([1, 2, 3].map(() => steps.look()))"))
    app.run_worker(threads=2, until=lambda: run.status.is_final)

    assert len(set(run.result(timeout=0.001))) == 3


def test_an_async_step_is_tried_again_by_a_worker_with_threads(store: str) -> None:
    app = App(store)

    @app.step(initial=0.01)
    async def shake() -> int:
        if current_step().attempt < 3:
            raise OSError("shaken")
        return current_step().attempt

    run = app.start(module("return await steps.shake()"))
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    assert run.result(timeout=0.001) == 3


@pytest.mark.parametrize("ending", [SystemExit, asyncio.CancelledError, KeyboardInterrupt])
def test_an_async_step_that_wants_to_end_the_loop_fails_alone(store: str, ending: type[BaseException]) -> None:
    app = App(store)

    @app.step(max_attempts=1)
    async def leave() -> None:
        raise ending

    @app.step
    async def stay() -> str:
        return "stayed"

    run = app.start(module("try { await steps.leave() } catch (e) { return [e.name, await steps.stay()] }"))
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    assert run.result(timeout=0.001) == [ending.__name__, "stayed"]


def test_async_steps_that_have_begun_end_before_the_worker_does(store: str) -> None:
    app = App(store)
    began = threading.Event()

    @app.step
    async def work() -> str:
        began.set()
        await asyncio.sleep(0.1)
        return "done"

    run = app.start(module("return await steps.work()"))
    app.run_worker(threads=1, until=began.is_set)

    assert run.result(timeout=0.001) == "done"


def test_arguments_that_do_not_fit_an_async_step(store: str) -> None:
    app = App(store)

    @app.step
    async def take(number: int) -> int:
        return number

    run = app.start(module("return await steps.take('one')"))
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    with pytest.raises(JSError, match="TypeError"):
        run.result(timeout=0.001)


def test_async_steps_are_run_when_there_is_a_thread_for_their_loop_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> int:
        return 7

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with closing(StepLoop()) as loop:
        with monkeypatch.context() as patch, pytest.raises(RuntimeError):
            patch.setattr(threading.Thread, "start", refuse)
            loop.submit(work, copy_context())

        assert loop.submit(work, copy_context()).result(timeout=60) == 7
