"""Runs that begin again."""

from __future__ import annotations

from typing import Any

import pytest
from workflow_desk import Desk

from snapjs import JSError
from snapjs.workflows import App, Run, Status, current_step

IMPORTS = 'import { continueWith, hook, run, signal, sleep, start, stream } from "snapjs:workflow"; import * as steps from "app:steps";'


def begin(desk: Desk, source: str, *arguments: Any, **options: Any) -> Run:
    run = desk.app.start(IMPORTS + source, *arguments, **options)
    desk.settle()
    return run


def test_a_run_begins_again_with_other_arguments_and_nothing_in_memory(desk: Desk) -> None:
    source = """
        const seen = [];
        export default async (n, ...rest) => { seen.push(n); return n < 3 ? continueWith(n + 1, "rest") : [seen, rest] }"""
    run = begin(desk, source, 1, key="one")

    assert run.result(timeout=0.001) == [[3], ["rest"]]
    assert (run.key, run.turn, [one.id for one in desk.app.list()]) == ("one", 3, [run.id])


def test_its_steps_have_other_keys(desk: Desk) -> None:
    keys: list[str] = []
    desk.app.step(lambda: keys.append(current_step().key), name="work")
    run = begin(desk, "export default async n => { await steps.work(); if (n) return continueWith(n - 1) }", 2)

    assert run.status is Status.COMPLETED
    assert len(keys) == len(set(keys)) == 3


def test_what_it_wanted_is_not_wanted_any_more(desk: Desk) -> None:
    ran: list[int] = []
    desk.app.step(lambda: ran.append(1), name="work")
    source = """
        export default async again => {
            if (again) return await hook("go");
            sleep(60); steps.work(); setTimeout(() => {}, 1000);
            return continueWith(true);
        }"""
    run = begin(desk, source, False)
    desk.advance(3600)

    assert (ran, run.turn, [one.name for one in run.history().waiting]) == ([], 2, ["go"])


def test_a_step_that_ends_later_is_not_told(desk: Desk, caplog: Any) -> None:
    runs: list[Run] = []

    @desk.app.step
    def work() -> str:
        runs[0].deliver("again")
        desk.worker.take_turn()
        return "late"

    source = """
        export default async again => {
            if (again) return await hook("go");
            steps.work();
            await hook("again");
            return continueWith(true);
        }"""
    runs.append(desk.app.start(IMPORTS + source, False))
    desk.settle()
    runs[0].deliver("go", "on time")
    desk.settle()

    assert runs[0].result(timeout=0.001) == "on time"
    assert "ends too late" in caplog.text


def test_what_was_delivered_and_not_taken_is_kept(desk: Desk) -> None:
    source = 'export default async n => n < 3 ? [n, await hook("go"), await continueWith(n + 1)] : await hook("go")'
    run = begin(desk, source, 1)
    for value in "abc":
        run.deliver("go", value)
    desk.settle()

    assert run.result(timeout=0.001) == "c"


@pytest.mark.parametrize(
    ("close", "status"), [("cancel", "cancelled"), ("terminate", "cancelled"), ("abandon", "running")]
)
def test_its_children_go_the_way_of_children_whose_parent_has_ended(desk: Desk, close: str, status: str) -> None:
    source = f"""
        export const child = () => hook("go");
        export default async again => {{
            if (again) return await hook("never");
            start({{ workflow: child, parentClose: "{close}" }});
            return continueWith(true);
        }}"""
    run = begin(desk, source)
    [child] = desk.app.list(parent=run.id)
    if status == "running":
        child.deliver("go")
        desk.settle()
        status = "completed"

    assert (child.status.value, run.status.value, [one.name for one in run.history().untold]) == (status, "running", [])


def test_children_of_each_time_have_ids_of_their_own(desk: Desk) -> None:
    source = "export const child = n => n; export default async n => { await run(child, n); if (n) return continueWith(n - 1) }"
    run = begin(desk, source, 2)

    assert (run.status, len(desk.app.list(parent=run.id))) == (Status.COMPLETED, 3)


def test_the_first_that_is_said_of_an_end_counts(desk: Desk) -> None:
    source = "export default async n => { if (n) return n; continueWith(1); return 'ignored' }"

    assert begin(desk, source, 0).result(timeout=0.001) == 1


def test_a_run_that_begins_again_can_be_cancelled(desk: Desk) -> None:
    run = begin(desk, 'export default async again => again ? await hook("go") : continueWith(true)')
    run.cancel("enough")
    desk.settle()

    assert run.status is Status.CANCELLED


def test_a_cancellation_that_comes_between_is_told(desk: Desk) -> None:
    run = desk.app.start(IMPORTS + 'export default async again => again ? await hook("go") : continueWith(true)')
    desk.worker.take_turn()
    run.cancel("enough")
    desk.settle()

    assert run.status is Status.CANCELLED


def test_a_run_that_was_cancelled_does_not_begin_again(desk: Desk) -> None:
    run = begin(desk, 'export default async () => { try { await hook("go") } finally { await continueWith() } }')
    run.cancel("enough")
    desk.settle()

    assert run.status is Status.CANCELLED


def test_arguments_that_cannot_be_stored_are_refused(desk: Desk) -> None:
    source = "export default async () => { try { await continueWith(() => 1) } catch (error) { return error.name } }"

    assert begin(desk, source).result(timeout=0.001) == "TypeError"


def test_a_stream_goes_on(desk: Desk) -> None:
    source = 'export default async n => { stream("out").write(n); if (n < 3) return continueWith(n + 1) }'

    assert list(begin(desk, source, 1).stream("out")) == [1, 2, 3]


def test_its_state_is_that_of_the_code(desk: Desk) -> None:
    source = 'export let all = "x".repeat(100_000); export default async n => { all += n; if (n < 50) return continueWith(n + 1); await hook("go") }'
    run = desk.app.start(IMPORTS + source, 0)
    desk.worker.take_turn()

    assert run.query("all.length") == 100_000
    assert len(desk.app._store.snapshot(run.id, 1) or b"") < 1_000


def test_another_worker_goes_on_with_it(desk: Desk, store: str, clock: Any) -> None:
    run = desk.app.start(IMPORTS + "export default async n => n < 5 ? continueWith(n + 1) : n", 0)
    for _ in range(6):
        other = App(store, clock=clock).worker()
        assert other.take_turn()
        other.close()

    assert run.result(timeout=0.001) == 5


def test_a_run_that_begins_again_for_ever_lets_others_go_on(desk: Desk) -> None:
    desk.app.start(IMPORTS + "export default async () => continueWith()")
    other = desk.app.start("export default () => 1")
    for _ in range(10):
        desk.worker.take_turn()

    assert other.status is Status.COMPLETED


def test_an_error_before_is_an_error(desk: Desk) -> None:
    run = begin(desk, "export default async () => { throw new Error('no'); continueWith() }")

    with pytest.raises(JSError, match="Error: no"):
        run.result(timeout=0.001)
