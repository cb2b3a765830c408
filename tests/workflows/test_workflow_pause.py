"""A run that is paused, and goes on."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from workflow_desk import START, Desk

from snapjs.errors import RunEnded
from snapjs.workflows import App, Status


def test_a_run_that_is_paused_takes_no_turns(desk: Desk) -> None:
    run = desk.start("return 1")
    run.pause()
    desk.advance(3600)

    assert run.status is Status.PAUSED
    assert not run.status.is_final
    assert run.turn == 0


def test_a_run_goes_on_when_it_is_resumed(desk: Desk) -> None:
    run = desk.start("return 1")
    run.pause()
    desk.settle()
    run.resume()
    desk.settle()

    assert run.result(timeout=0.001) == 1


def test_what_is_delivered_meanwhile_is_told_afterwards(desk: Desk) -> None:
    run = desk.start("return [await hook('a'), await hook('b')]")
    desk.settle()
    run.pause()
    run.deliver("b", 2)
    run.deliver("a", 1)
    desk.settle()
    assert run.turn == 1
    run.resume()
    desk.settle()

    assert run.result(timeout=0.001) == [1, 2]


def test_timers_fire_afterwards(desk: Desk) -> None:
    run = desk.start("await sleep(60); return Date.now()")
    desk.settle()
    run.pause()
    desk.advance(100)
    assert run.turn == 1
    run.resume()
    desk.settle()

    assert run.result(timeout=0.001) == (START + 100) * 1000


def test_timers_of_the_program_fire_afterwards_when_they_are_due(desk: Desk) -> None:
    run = desk.start("await new Promise(done => setTimeout(done, 60_000)); return Date.now()")
    desk.settle()
    run.pause()
    desk.advance(10)
    run.resume()
    desk.settle()
    assert run.turn == 1
    desk.advance(50.001)

    assert run.result(timeout=0.001) == (START + 60.001) * 1000


def test_a_step_that_waits_is_not_begun(desk: Desk) -> None:
    calls: list[int] = []
    desk.app.step(lambda: calls.append(1), name="work")
    run = desk.start("return await steps.work()")
    desk.worker.take_turn()
    run.pause()
    assert desk.app._store.next_due() is None
    desk.advance(60)
    assert (calls, run.history().waiting[0].state) == ([], "held")
    run.resume()
    desk.settle()

    assert calls == [1]


def test_a_step_that_runs_may_finish(desk: Desk) -> None:
    desk.app.step(lambda: run.pause() or "done", name="work")
    run = desk.start("return await steps.work()")
    desk.settle()
    assert (run.status, run.turn, run.history().untold[0].value) == (Status.PAUSED, 1, "done")
    run.resume()
    desk.settle()

    assert run.result(timeout=0.001) == "done"


def test_a_step_that_is_followed_may_finish(desk: Desk) -> None:
    desk.app.step(lambda: run.pause() or "done", name="work")
    run = desk.start("return await steps.work()")
    while desk.worker.work():
        pass
    assert (run.status, run.turn, run.history().untold[0].value) == (Status.PAUSED, 1, "done")


def test_a_step_that_fails_is_not_tried_again_until_then(desk: Desk) -> None:
    attempts: list[int] = []

    @desk.app.step(initial=1)
    def work() -> int:
        attempts.append(1)
        if len(attempts) < 2:
            run.pause()
            raise OSError
        return 5

    run = desk.start("return await steps.work()")
    desk.settle()
    desk.advance(3600)
    assert attempts == [1]
    run.resume()
    desk.settle()

    assert run.result(timeout=0.001) == 5


def test_a_step_whose_worker_has_died_is_not_begun_until_then(desk: Desk) -> None:
    calls: list[int] = []
    desk.app.step(lambda: calls.append(1), name="work")
    run = desk.start("await steps.work()")
    desk.worker.take_turn()
    assert desk.app._store.claim_step("dead", 30, ["work"]) is not None
    run.pause()
    desk.advance(60)
    assert (calls, run.history().waiting[0].state) == ([], "held")
    run.resume()
    desk.settle()

    assert (calls, run.history().turns[0].wanted[0].attempts) == ([1], 2)


def test_the_turn_that_a_worker_takes_meanwhile_is_not_stored(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = desk.start("return 1")
    monkeypatch.setattr(
        "snapjs._workflows.worker.crash_point", lambda name, *_: run.pause() if name == "computed" else None
    )
    desk.settle()
    assert (run.status, run.turn) == (Status.PAUSED, 0)
    run.resume()
    monkeypatch.undo()
    desk.settle()

    assert run.result(timeout=0.001) == 1


def test_a_run_that_is_paused_can_be_asked_cancelled_and_ended(desk: Desk) -> None:
    run, other = desk.start("seen.push(1); await hook('no')"), desk.start("await hook('no')")
    desk.settle()
    run.pause()
    other.pause()
    assert run.query("seen") == [1]
    run.cancel()
    desk.settle()
    assert run.status is Status.PAUSED
    run.resume()
    desk.settle()
    other.terminate()

    assert (run.status, other.status) == (Status.CANCELLED, Status.CANCELLED)


def test_to_pause_or_resume_twice_is_to_do_it_once(desk: Desk) -> None:
    run = desk.start("return 1")
    run.resume()
    run.pause()
    run.pause()
    assert desk.app.list(status="paused")[0].id == run.id
    run.resume()
    run.resume()
    desk.settle()

    assert run.result(timeout=0.001) == 1


def test_a_run_that_has_ended_is_neither_paused_nor_resumed(desk: Desk) -> None:
    run = desk.start("return 1")
    desk.settle()

    with pytest.raises(RunEnded, match="it is completed"):
        run.pause()
    with pytest.raises(RunEnded, match="it is completed"):
        run.resume()
    with pytest.raises(KeyError, match="there is no run 'no'"):
        desk.app.pause("no")


def test_who_waits_for_a_run_that_is_paused_is_told_so(desk: Desk) -> None:
    run = desk.start("return 1")
    run.pause()

    with pytest.raises(TimeoutError, match="It is paused: resume it"):
        run.result(timeout=0)


def test_a_moment_of_a_schedule_is_left_out_while_its_run_is_paused(desk: Desk) -> None:
    schedule = desk.app.schedule("often", "* * * * *", "export default () => 0")
    schedule.trigger().pause()
    desk.advance(60)

    assert len(desk.app.list()) == 1
    assert schedule.skipped_at is not None


@pytest.mark.slow
def test_a_run_that_is_paused_again_and_again_loses_nothing(app: App, store: str) -> None:
    app.step(lambda n: n + 1, name="add")
    source = 'import { add } from "app:steps"; export default async () => { let n = 0; while (n < 100) n = await add(n); return n }'
    run = app.start(source)
    worker = App(store)
    worker.step(lambda n: n + 1, name="add")
    thread = threading.Thread(target=worker.run_worker, kwargs={"threads": 2, "until": lambda: run.status.is_final})
    thread.start()
    # Not until it ends: who writes without a gap hardly lets another connection write.
    with suppress(RunEnded):
        for _ in range(200):
            run.pause()
            run.resume()
    thread.join()

    assert run.result(timeout=0.001) == 100
