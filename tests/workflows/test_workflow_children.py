"""Runs that runs start."""

from __future__ import annotations

from typing import Any

import pytest
from workflow_desk import Desk

from snapjs import JSError
from snapjs.workflows import App, Kind, Run, Status

IMPORTS = 'import { hook, run, signal, sleep, start } from "snapjs:workflow";\nimport * as steps from "app:steps";\n'
WAITS = """
    export async function child() { try { return await hook("go") } finally { await hook("undo") } }
    export default async () => await run({ workflow: child, parentClose: "%s" });"""


def begin(desk: Desk, source: str, *arguments: Any, **options: Any) -> Run:
    run = desk.app.start(IMPORTS + source, *arguments, **options)
    desk.settle()
    return run


def result(desk: Desk, source: str, *arguments: Any) -> Any:
    return begin(desk, source, *arguments).result(timeout=0.001)


def failure(run: Run) -> str:
    with pytest.raises(JSError) as caught:
        run.result(timeout=0.001)
    return str(caught.value)


def children(app: App, run: Run) -> list[Run]:
    return sorted(app.list(parent=run.id), key=lambda child: child.id)


def test_a_parent_has_what_its_child_returns(desk: Desk) -> None:
    assert result(desk, "export const twice = n => 2 * n; export default async n => await run(twice, n) + 1", 20) == 41


def test_a_parent_catches_what_its_child_throws(desk: Desk) -> None:
    source = """
        export async function child() { throw new RangeError("no") }
        export default async () => { try { await run(child) } catch (error) { return `${error.name}: ${error.message}` } }"""
    assert result(desk, source) == "RangeError: no"


def test_a_child_is_a_run_of_its_own(desk: Desk) -> None:
    run = begin(desk, "export const child = () => 1; export default async () => await run(child)", key="one")
    [child] = desk.app.list(parent=run.id)

    assert (child.id, child.parent, child.function, child.key) == (f"{run.id}.3", run.id, "child", None)
    assert (child.status, child.result(timeout=0.001)) == (Status.COMPLETED, 1)
    assert (run.parent, run.function) == (None, "default")


def test_the_default_export_may_start_itself(desk: Desk) -> None:
    source = "export default async function main(n) { return n ? await run(main, n - 1) + n : 0 }"
    assert result(desk, source, 10) == 55


def test_an_export_of_another_module_counts(desk: Desk, tmp_path: Any) -> None:
    (tmp_path / "other.js").write_text("export function ship(n) { return n + 1 }")
    (tmp_path / "main.js").write_text("""
        import { run } from "snapjs:workflow"; import { ship } from "./other.js"; export { ship as send } from "./other.js";
        export default async () => await run(ship, 1)""")
    run = desk.app.start(tmp_path / "main.js")
    desk.settle()

    assert run.result(timeout=0.001) == 2
    assert [child.function for child in desk.app.list(parent=run.id)] == ["send"]


@pytest.mark.parametrize(
    ("what", "name"),
    [("() => 1", "this function"), ("hidden", "hidden"), ("undefined", "undefined"), ("{ workflow: 7 }", "7")],
)
def test_what_is_no_export_is_refused(desk: Desk, what: str, name: str) -> None:
    run = begin(desk, f"export const number = 7; function hidden() {{}} export default async () => start({what})")
    assert failure(run) == (
        f"TypeError: a child is a function that the workflow's module exports, and {name} is not: write export before it"
    )


def test_a_handle_is_there_at_once(desk: Desk) -> None:
    source = """
        export const child = async n => { await sleep(60); return n };
        export default async () => {
            const all = [1, 2].map(n => start(child, n));
            return [all.map(one => one.id), await Promise.all(all.map(one => one.result())), await all[0].result()];
        }"""
    run = begin(desk, source)
    desk.advance(60)

    assert run.result(timeout=0.001) == [[f"{run.id}.3", f"{run.id}.4"], [1, 2], 1]


def test_a_parent_cancels_a_child(desk: Desk) -> None:
    source = """
        export const child = () => hook("go");
        export default async () => {
            const one = start(child);
            await one.cancel("changed my mind");
            return await one.result().catch(error => `${error.name}: ${error.message}`);
        }"""
    assert result(desk, source) == "AbortError: changed my mind"


def test_a_parent_learns_that_a_child_was_cancelled_by_hand(desk: Desk) -> None:
    run = begin(desk, 'export const child = () => hook("go"); export default async () => await run(child)')
    [child] = children(desk.app, run)
    child.cancel("by hand")
    desk.settle()

    assert (child.status, run.status, failure(run)) == (Status.CANCELLED, Status.FAILED, "AbortError: by hand")


def test_a_parent_learns_that_a_child_was_terminated(desk: Desk) -> None:
    run = begin(desk, 'export const child = () => hook("go"); export default async () => await run(child)')
    [child] = children(desk.app, run)
    child.terminate("by hand")
    desk.settle()

    assert (run.status, failure(run)) == (Status.FAILED, "AbortError: by hand")


def test_a_child_that_is_too_much_for_its_limits_is_a_failure_for_the_parent(store: str, clock: Any) -> None:
    desk = Desk(App(store, clock=clock, turn_timeout=0.05), clock)
    run = begin(desk, "export function child() { for (;;); } export default async () => await run(child)")
    desk.worker.close()

    assert failure(run).startswith("TimeLimitError")


def test_children_of_children(desk: Desk) -> None:
    source = "export const nest = async n => n ? await run(nest, n - 1) + 1 : 0; export default () => run(nest, 9)"
    run = begin(desk, source)

    assert run.result(timeout=0.001) == 9
    assert [one.id.count(".") for one in sorted(desk.app.list(), key=lambda one: len(one.id))] == list(range(11))


@pytest.mark.slow
def test_children_of_children_without_an_end(desk: Desk) -> None:
    run = begin(desk, "export default async function main() { return await run(main) }")

    assert failure(run).startswith("TypeError: children of children go 100 levels deep")


@pytest.mark.slow
def test_a_thousand_children(desk: Desk) -> None:
    source = """
        export const child = n => n;
        export default async () => (await Promise.all(Array.from({ length: 1000 }, (_, n) => run(child, n)))).reduce((a, b) => a + b)
    """
    assert result(desk, source) == 499_500


# ---- the parent's end


def test_what_a_parent_awaits_is_cancelled_with_it(desk: Desk) -> None:
    run = begin(desk, WAITS % "cancel")
    run.cancel("Out of stock")
    desk.settle()
    [child] = children(desk.app, run)
    assert (run.status, child.status) == (Status.CANCELLED, Status.RUNNING)
    child.deliver("undo")
    desk.settle()

    assert (child.status, failure(child)) == (Status.CANCELLED, "AbortError: Out of stock")


def test_a_parent_that_is_cancelled_may_wait_until_a_child_has_undone_what_it_did(desk: Desk) -> None:
    source = """
        export async function child() { try { await hook("go") } catch { await hook("undo"); return "undone" } }
        export default async () => {
            const one = start(child);
            try { return await one.result() } catch (error) { return [error === signal.reason, await one.result()] }
        }"""
    run = begin(desk, source)
    run.cancel()
    desk.settle()
    [child] = children(desk.app, run)
    assert run.status is Status.RUNNING
    child.deliver("undo")
    desk.settle()

    assert run.result(timeout=0.001) == [True, "undone"]


def test_a_child_that_is_to_be_terminated_with_its_parent(desk: Desk) -> None:
    run = begin(desk, WAITS % "terminate")
    run.cancel("Out of stock")
    desk.settle()
    [child] = children(desk.app, run)

    assert (run.status, child.status, failure(child)) == (
        Status.CANCELLED, Status.CANCELLED, "AbortError: Out of stock",
    )  # fmt: skip


def test_a_child_that_is_abandoned_goes_on(desk: Desk) -> None:
    run = begin(desk, WAITS % "abandon")
    run.cancel()
    desk.settle()
    [child] = children(desk.app, run)
    for name in ("go", "undo"):
        child.deliver(name, name)
    desk.settle()

    assert (run.status, child.result(timeout=0.001)) == (Status.CANCELLED, "go")


@pytest.mark.parametrize(
    ("close", "status"),
    [("cancel", Status.CANCELLED), ("terminate", Status.CANCELLED), ("abandon", Status.COMPLETED)],
)
@pytest.mark.parametrize("end", ["return 1", "throw new Error('no')"])
def test_a_parent_that_ends_first(desk: Desk, close: str, status: Status, end: str) -> None:
    source = f"""
        export async function child() {{ await sleep(60); return 1 }}
        export default async () => {{ start({{ workflow: child, parentClose: "{close}" }}); {end} }}"""
    run = begin(desk, source)
    [child] = children(desk.app, run)
    desk.advance(60)

    assert (run.status.is_final, child.status) == (True, status)
    if status is Status.CANCELLED:
        assert failure(child) == "AbortError: The run that started this one has ended"


@pytest.mark.parametrize("close", ["cancel", "terminate"])
def test_to_terminate_a_run_is_to_terminate_its_children_at_any_depth(desk: Desk, close: str) -> None:
    source = f"""
        export async function nest(n) {{
            try {{ return await (n ? run({{ workflow: nest, parentClose: "{close}" }}, n - 1) : hook("go")) }}
            finally {{ await hook("undo") }}
        }}
        export default () => run(nest, 3)"""
    run = begin(desk, source)
    turns = {one.id: one.turn for one in desk.app.list()}
    run.terminate("enough")

    assert {one.status for one in desk.app.list()} == {Status.CANCELLED}
    assert failure(run) == "AbortError: enough"
    desk.settle()
    assert {one.id: one.turn for one in desk.app.list()} == turns


def test_a_run_that_is_terminated_leaves_what_is_abandoned(desk: Desk) -> None:
    run = begin(desk, WAITS % "abandon")
    run.terminate()

    assert [child.status for child in children(desk.app, run)] == [Status.RUNNING]


def test_a_parent_that_ends_in_the_turn_in_which_it_starts_a_child(desk: Desk) -> None:
    ran: list[int] = []
    desk.app.step(lambda: ran.append(1), name="work")
    run = begin(desk, "export const child = () => steps.work(); export default async () => { start(child) }")
    [child] = children(desk.app, run)

    assert (child.status, ran) == (Status.CANCELLED, [])


# ---- keys, deadlines and what is not possible


def test_the_key_of_a_child_is_that_of_one_run(desk: Desk) -> None:
    source = """
        export const child = n => hook("go");
        export default async n => await run({ workflow: child, key: `child-${n}` }, n)"""
    first, second, third = (begin(desk, source, n) for n in (1, 1, 2))

    assert (first.status, second.status, third.status) == (Status.RUNNING, Status.FAILED, Status.RUNNING)
    assert failure(second) == "KeyTakenError: another run of the function has the key that the child was to have"
    assert [child.key for child in children(desk.app, first)] == ["child-1"]


def test_a_child_may_have_a_deadline(desk: Desk) -> None:
    source = """
        export const child = () => hook("go");
        export default async () => await run({ workflow: child, deadline: "1 hour" })"""
    run = begin(desk, source)
    desk.advance(3600)

    assert failure(run).startswith("TimeoutError: The run has not ended by its deadline")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("parentClose: 'shut'", "parentClose is 'cancel', 'terminate' or 'abandon', not 'shut'"),
        ("key: 7", "the key of a child is text, not 7"),
        ("deadline: 'soon'", "sleep takes seconds"),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, options: str, text: str) -> None:
    source = f"export const child = () => 1; export default async () => await run({{ workflow: child, {options} }})"
    assert text in failure(begin(desk, source))


def test_arguments_that_are_too_large_are_refused(desk: Desk) -> None:
    source = "export const child = () => 1; export default async () => await run(child, 'x'.repeat(9 << 20))"
    assert failure(begin(desk, source)).startswith("RangeError")


def test_a_program_cannot_end_runs_that_it_has_not_started(desk: Desk) -> None:
    other = begin(desk, 'export default () => hook("go")')
    source = f"""
        export const child = () => hook("go");
        export default async () => {{
            const one = start(child);
            one.id = "{other.id}";
            await one.cancel();
            return one.result().catch(error => error.name);
        }}"""

    assert result(desk, source) == "AbortError"
    assert other.status is Status.RUNNING


# ---- how it is stored


def test_a_turn_that_is_taken_again_starts_the_same_child(desk: Desk) -> None:
    run = desk.app.start(
        f'{IMPORTS} export const child = () => hook("go"); export default async () => await run(child)'
    )
    claim = desk.app._store.claim("somebody", 1)
    assert claim is not None
    turn, session = desk.worker._turns.take(claim, claim.events)
    assert session is not None
    session.close()
    desk.clock.advance(2)
    desk.settle()

    assert [child.id for child in turn.children] == [child.id for child in children(desk.app, run)]


def test_history_tells_of_children(desk: Desk) -> None:
    run = begin(desk, "export const child = () => 7; export default async () => await run(child)")
    first, second = run.history().turns

    assert [(one.kind, one.call, one.name, one.state) for one in first.wanted] == [(Kind.CHILD, 3, "child", "done")]
    assert [(one.kind, one.call, one.name, one.value) for one in second.told] == [("answer", 3, "child", 7)]


def test_history_tells_of_a_parent_that_has_ended(desk: Desk) -> None:
    run = begin(desk, 'export const child = () => hook("go"); export default async () => { start(child) }')
    [child] = children(desk.app, run)

    assert [(one.kind, one.value) for one in child.history().turns[0].told] == [
        ("begin", []), ("cancel", "The run that started this one has ended"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("count", "reason", "most"), [(10_001, "'enough'", "10000 things"), (65, "'x'.repeat(1 << 20)", "64 MiB")]
)
def test_a_parent_that_cancels_too_much_at_once_fails(desk: Desk, count: int, reason: str, most: str) -> None:
    source = f"""
        export async function child() {{ await hook("go") }}
        export default async () => {{
            const started = start(child), reason = {reason};
            for (let n = 0; n < {count}; n++) started.cancel(reason);
            await hook("never");
        }}"""
    assert failure(begin(desk, source)) == (
        f"WorkflowError: The run asked for more than {most} at once. Have it wait for some of them first."
    )
