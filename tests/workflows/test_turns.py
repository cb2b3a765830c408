"""What a run is started with, does, and ends with."""

from __future__ import annotations

import datetime
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from workflow_desk import START, Desk, module

from snapjs import ConversionError, JSError, PayloadTooLarge, WorkflowError, undefined
from snapjs.workflows import App, Status


def test_a_run_returns_what_its_function_returns(desk: Desk) -> None:
    assert desk.result("return { sum: input.a + input.b }", {"a": 1, "b": 2}) == {"sum": 3}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("undefined", undefined),
        ("null", None),
        ("2n ** 70n", 2**70),
        ("new Date(1000)", datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)),
        ("new Uint8Array([1, 2]).buffer", b"\x01\x02"),
        ("new Map([[1, new Set([2])]])", {1: {2}}),
        ("[Infinity, -0.5, 'ä', true]", [float("inf"), -0.5, "ä", True]),
    ],
)
def test_a_result_is_any_data(desk: Desk, expression: str, expected: Any) -> None:
    assert desk.result(f"return {expression}") == expected


def test_several_arguments_are_given(desk: Desk) -> None:
    run = desk.app.start("export default async (a, b, ...rest) => [a, b, rest]", 1, "two", 3, 4)
    desk.settle()

    assert run.result(timeout=0.001) == [1, "two", [3, 4]]


def test_a_plain_function_is_a_workflow(desk: Desk) -> None:
    run = desk.app.start("export default n => n + 1", 1)
    desk.settle()

    assert run.result(timeout=0.001) == 2


def test_what_it_throws_is_raised_with_its_name(desk: Desk) -> None:
    with pytest.raises(JSError, match="RangeError: too far") as caught:
        desk.result("throw new RangeError('too far')")

    assert caught.value.name == "RangeError"
    assert "at main (<workflow>:" in (caught.value.stack or "")


@pytest.mark.parametrize(
    ("thrown", "text"),
    [
        ("'a text'", "Error: it threw 'a text'"),
        ("undefined", "Error: it threw undefined"),
        ("(() => 1)", "Error: it threw <Function"),
        ("Object.assign(new Error('m'), { name: 'Mine' })", "Mine: m"),
    ],
)
def test_anything_can_be_thrown(desk: Desk, thrown: str, text: str) -> None:
    with pytest.raises(JSError) as caught:
        desk.result(f"throw {thrown}")

    assert str(caught.value).startswith(text)


def test_a_result_that_is_no_data_fails_the_run(desk: Desk) -> None:
    with pytest.raises(JSError, match="TypeError"):
        desk.result("return { f: () => 1 }")


def test_a_result_that_is_too_large_fails_the_run(desk: Desk) -> None:
    with pytest.raises(JSError, match=r"RangeError: The value takes 8388613 bytes, of 8388608 at most"):
        desk.result("return 'x'.repeat(8 << 20)")


def test_arguments_that_are_too_large_are_refused(desk: Desk) -> None:
    with pytest.raises(PayloadTooLarge, match="of 8388608 at most"):
        desk.start("return 1", "x" * (8 << 20))


def test_arguments_that_are_no_data_are_refused(desk: Desk) -> None:
    with pytest.raises(ConversionError):
        desk.start("return 1", object())


def test_a_run_is_running_before_its_first_turn(desk: Desk) -> None:
    run = desk.start("return 1")

    assert (run.status, run.turn, run.created_at.timestamp()) == (Status.RUNNING, 0, START)


def test_a_key_names_one_run(desk: Desk) -> None:
    first = desk.start("return input", 1, key="k")
    second = desk.start("return input", 2, key="k")
    desk.settle()

    assert first.id == second.id
    assert second.result(timeout=0.001) == 1


def test_the_same_key_of_another_workflow_is_another_run(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other.js").write_text("export default () => 1", encoding="utf-8")

    assert desk.start("return 1", key="k").id != desk.app.start(tmp_path / "other.js", key="k").id


def test_chance_and_time_are_allowed(desk: Desk) -> None:
    result = desk.result("return [Math.random(), Date.now(), crypto.randomUUID()]")

    assert 0 <= result[0] < 1
    assert result[1] == START * 1000
    assert len(result[2]) == 36


def test_two_runs_draw_different_numbers(desk: Desk) -> None:
    source = "return [Math.random(), crypto.randomUUID()]"

    assert desk.result(source) != desk.result(source)


def test_typescript_from_a_folder_with_what_it_imports(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "twice").mkdir(parents=True)
    (tmp_path / "node_modules" / "twice" / "package.json").write_text('{"main": "main.cjs"}', encoding="utf-8")
    (tmp_path / "node_modules" / "twice" / "main.cjs").write_text("module.exports = n => 2 * n", encoding="utf-8")
    (tmp_path / "one.ts").write_text("export const one: number = 1;", encoding="utf-8")
    (tmp_path / "sum.ts").write_text(
        'import twice from "twice"; import { one } from "./one.ts"; interface Input { n: number }\n'
        "export default async function main(input: Input): Promise<number> { return twice(input.n) + one }",
        encoding="utf-8",
    )
    run = desk.app.start(tmp_path / "sum.ts", {"n": 4})
    desk.settle()

    assert run.workflow == "sum.ts"
    assert run.result(timeout=0.001) == 9


def test_a_run_keeps_the_code_that_it_was_started_with(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "flow.js"
    file.write_text("import { hook } from 'snapjs:workflow'; export default async () => { await hook('go'); return 1 }")
    first = desk.app.start(file)
    file.write_text("export default () => 2")
    second = desk.app.start(file)
    desk.settle()
    first.deliver("go")
    desk.settle()

    assert (first.result(timeout=0.001), second.result(timeout=0.001)) == (1, 2)


def test_a_module_that_it_imports_is_read_again_when_it_has_changed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "flow.js").write_text("import { n } from './n.js'; export default () => n")
    (tmp_path / "n.js").write_text("export const n = 1")
    first = desk.app.start(tmp_path / "flow.js")
    (tmp_path / "n.js").write_text("export const n = 2")
    second = desk.app.start(tmp_path / "flow.js")
    desk.settle()

    assert (first.result(timeout=0.001), second.result(timeout=0.001)) == (1, 2)


def test_a_file_that_is_not_there_is_refused(app: App, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        app.start(tmp_path / "none.js")


def test_a_module_that_fails_is_refused(app: App) -> None:
    with pytest.raises(JSError, match="not a function"):
        app.start("null(); export default () => 1")


def test_a_module_without_a_function_is_refused(app: App) -> None:
    with pytest.raises(JSError, match="the default export of a workflow is a function"):
        app.start("export default 1")


@pytest.mark.parametrize("wait", ["await sleep(1)", "sleep(1)"])
def test_a_module_that_waits_while_it_is_evaluated_is_refused(app: App, wait: str) -> None:
    with pytest.raises(WorkflowError, match="Do that in the function that it exports"):
        app.start(f"import {{ sleep }} from 'snapjs:workflow'; {wait}; export default () => 1")


def test_an_uncaught_error_of_a_callback_is_logged_and_ends_nothing(desk: Desk) -> None:
    source = "setTimeout(() => { throw new Error('a') }, 0); queueMicrotask(() => { throw new Error('b') }); await sleep(1); return 1"
    run = desk.start(source)
    desk.settle()
    desk.advance(1)

    assert run.result(timeout=0.001) == 1


def test_a_query_sees_the_run_and_changes_nothing(desk: Desk) -> None:
    run = desk.start("seen.push(1); await hook('go'); seen.push(2); return seen")
    desk.settle()

    assert run.query("seen.push(3), seen") == [1, 3]
    assert run.query("seen") == [1]


def test_a_query_of_an_earlier_turn(desk: Desk) -> None:
    run = desk.start("for await (const value of hook('add')) seen.push(value)")
    desk.settle()
    for value in "ab":
        run.deliver("add", value)
        desk.settle()

    assert [run.query("seen", turn=turn) for turn in range(4)] == [[], [], ["a"], ["a", "b"]]


def test_a_query_that_throws(desk: Desk) -> None:
    run = desk.start("return 1")

    with pytest.raises(JSError, match="ReferenceError: missing is not defined"):
        run.query("missing")


def test_the_list_is_newest_first_and_can_be_narrowed(desk: Desk) -> None:
    first = desk.start("return 1")
    desk.clock.advance(1)
    second = desk.start("throw 1")
    desk.settle()

    assert [run.id for run in desk.app.list()] == [second.id, first.id]
    assert [run.id for run in desk.app.list(status="failed")] == [second.id]
    assert [run.id for run in desk.app.list(limit=1)] == [second.id]
    assert desk.app.list(workflow="other.js") == []


def test_a_result_is_waited_for_only_so_long(desk: Desk) -> None:
    run = desk.start("await hook('go')")

    with pytest.raises(TimeoutError, match=r"has not ended within 0\.01 s\. Is there a worker\?"):
        run.result(timeout=0.01)


def test_a_run_that_there_is_not(app: App) -> None:
    with pytest.raises(KeyError, match="there is no run 'none'"):
        app.run("none")


def test_a_workflow_may_import_what_the_types_declare(desk: Desk) -> None:
    run = desk.app.start('import * as all from "snapjs:workflow"; export default () => Object.keys(all)')
    desk.settle()

    types = files("snapjs._workflows").joinpath("workflow.d.ts").read_text(encoding="utf-8")
    declared = re.findall(r"export (?:function|const) (\w+)", types)
    assert run.result(timeout=0.001) == sorted(declared)


def test_what_is_no_request_of_a_workflow_is_refused_in_javascript(desk: Desk) -> None:
    source = 'import { wait } from "<host>";\n' + module("""
        for (const what of [[], ["step"], ["step", 1, []], ["hook", {}], ["other", 1], [{}]])
            await wait(...what).catch(error => seen.push(error.name));
        return seen""")
    run = desk.app.start(source)
    desk.settle()

    assert run.result(timeout=0.001) == ["TypeError"] * 6


def test_a_run_that_asks_for_too_much_at_once_fails(desk: Desk) -> None:
    with pytest.raises(JSError, match="asked for more than 10000 things at once"):
        desk.result("for (let n = 0; n < 10001; n++) hook('n' + n).then(() => 1); await hook('go')")


@pytest.mark.parametrize("url", ["shop.db", "sqlite:///", "sqlite:///:memory:", "postgresql://host/shop"])
def test_a_store_is_a_file(url: str) -> None:
    with pytest.raises(ValueError, match="a store is sqlite:/// and the path of a file"):
        App(url)


@pytest.mark.slow
def test_a_run_of_many_turns_takes_little_room(store: str, make_desk: Any) -> None:
    desk = make_desk(App(store, keep_turns=2))
    run = desk.start("let n = 0; for await (const _ of hook('add')) n++")
    desk.settle()
    sizes = []
    for _ in range(2):
        for _ in range(200):
            run.deliver("add")
            desk.settle()
        connection = desk.app._store._database._connection()
        sizes.append(connection.pragma("page_count") * connection.pragma("page_size"))

    assert run.turn == 401
    assert sizes[1] - sizes[0] < 200 * 1000
