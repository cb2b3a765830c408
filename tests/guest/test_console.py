"""What the console prints and where; that it runs no code of the program, and needs neither stack nor memory."""

from __future__ import annotations

import io

import pytest
from console_of_node import SAME_AS_NODE

from snapjs import VM


def run(script: str, **options: object) -> tuple[str, str]:
    """What a script writes to standard output and to standard error."""
    out: list[str] = []
    err: list[str] = []
    with VM(stdout=out.append, stderr=err.append, **options) as vm:  # type: ignore[arg-type]
        vm.eval(script + "\n;undefined")
    return "".join(out), "".join(err)


NAMES = [name for name, _, _ in SAME_AS_NODE]


@pytest.mark.parametrize(("_", "script", "expected"), SAME_AS_NODE, ids=NAMES)
def test_prints_what_node_prints(_: str, script: str, expected: str) -> None:
    assert run(script) == (expected, "")


@pytest.mark.parametrize("method", ["log", "info", "debug", "dirxml", "dir", "table", "group", "groupCollapsed"])
def test_methods_that_write_to_standard_output(method: str) -> None:
    assert run(f"console.{method}(5)") == ("5\n", "")


@pytest.mark.parametrize("method", ["warn", "error"])
def test_methods_that_write_to_standard_error(method: str) -> None:
    assert run(f"console.{method}('careful', [1])") == ("", "careful [ 1 ]\n")


def test_each_message_is_one_write() -> None:
    out: list[str] = []
    with VM(stdout=out.append) as vm:
        vm.eval("console.group('a'); console.log('b\\nc'); console.table([1]); undefined")
    assert len(out) == 3
    assert out[1] == "  b\n  c\n"


def test_assert_writes_only_when_it_fails() -> None:
    assert run("console.assert(1, 'no'); console.assert(0)") == ("", "Assertion failed\n")
    assert run("console.assert(false, 'why %s', 'x', { a: 1 })") == ("", "Assertion failed: why x { a: 1 }\n")
    assert run("console.assert('', { b: 2 })") == ("", "Assertion failed: { b: 2 }\n")


def test_trace_shows_the_frames_of_the_caller() -> None:
    out, err = run("function inner() { console.trace('at %d', 5) }\nfunction outer() { inner() }\nouter()")
    lines = err.splitlines()
    assert out == ""
    assert lines[0] == "Trace: at 5"
    assert lines[1].startswith("    at inner (") and ":1:" in lines[1]
    assert lines[2].startswith("    at outer (") and ":2:" in lines[2]


def test_trace_does_not_call_prepare_stack_trace() -> None:
    out, err = run("Error.prepareStackTrace = () => { console.log('called') }; console.trace()")
    assert out == ""
    assert err.startswith("Trace\n    at ")


def test_timers_show_what_has_passed() -> None:
    now = [1000.0]
    out: list[str] = []
    err: list[str] = []
    with VM(stdout=out.append, stderr=err.append, clock=lambda: now[0]) as vm:
        vm.eval("console.time(); console.time('x'); undefined")
        for seconds in (0.0625, 1.1875, 62.5, 3600.0):
            now[0] += seconds
            vm.eval("console.timeLog('x', 'a', { b: 1 }); undefined")
        vm.eval("console.timeEnd(); console.timeEnd(); console.time('x'); undefined")
    assert out == [
        "x: 62.5ms a { b: 1 }\n",
        "x: 1.250s a { b: 1 }\n",
        "x: 1:03.750 (m:ss.mmm) a { b: 1 }\n",
        "x: 1:01:03.750 (h:mm:ss.mmm) a { b: 1 }\n",
        "default: 1:01:03.750 (h:mm:ss.mmm)\n",
    ]
    assert err == [
        "Warning: No such label 'default' for console.timeEnd()\n",
        "Warning: Label 'x' already exists for console.time()\n",
    ]


def test_counting_what_was_never_counted_warns() -> None:
    assert run("console.countReset('q')") == ("", "Warning: Count for 'q' does not exist\n")


def test_labels_that_are_objects_are_not_converted() -> None:
    script = "[{ toString() { throw 1 } }, [], Symbol('s'), {}].forEach(label => console.count(label))"
    assert run(script)[0] == "[object Object]: 1\n[object Array]: 1\nSymbol(s): 1\n[object Object]: 2\n"


def test_errors_show_their_frames_and_their_cause() -> None:
    out, _ = run("console.log(new RangeError('outer', { cause: new Error('inner') }))")
    lines = out.splitlines()
    assert lines[0] == "RangeError: outer"
    assert lines[1].startswith("    at ")
    assert "  [cause]: Error: inner" in lines
    assert lines[-1] == "}"


def test_errors_in_containers_are_indented() -> None:
    lines = run("class OddError extends Error {} console.log({ e: new OddError('x') })")[0].splitlines()
    assert lines[1] == "  e: OddError: x"
    assert lines[2].startswith("      at ")


def test_the_console_is_a_plain_object_with_enumerable_methods() -> None:
    with VM() as vm:
        assert vm.eval("Object.keys(console).join()") == (
            "log,warn,dir,time,timeEnd,timeLog,trace,assert,clear,count,countReset,group,groupEnd,table,debug,info,dirxml,"
            "error,groupCollapsed"
        )
        assert vm.eval("console[Symbol.toStringTag]") == "console"
        assert vm.eval("Object.keys(globalThis).includes('console')") is False
        assert vm.eval("console.log() === undefined && console.clear() === undefined") is True


# Everything that formatting or converting could call
HOSTILE = """
let ran = 0;
const run = () => { ran++; return run };
const handler = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map(name => [name, run]));
class Evil {
  get [Symbol.toStringTag]() { run() } static get name() { run() } static [Symbol.hasInstance]() { run() }
  toString() { run() } toJSON() { run() } valueOf() { run() } [Symbol.toPrimitive]() { run() } get x() { run() }
  [Symbol.for('nodejs.util.inspect.custom')]() { run() } inspect() { run() } *[Symbol.iterator]() { run() }
}
class EvilError extends Error {
  get name() { run() } get message() { run() } get stack() { run() } get cause() { run() }
}
const own = {};
for (const key of ['constructor', 'name', 'message', 'stack', 'length', Symbol.toStringTag, 'depth'])
  Object.defineProperty(own, key, { get: run, enumerable: true });
const values = [new Proxy({}, handler), new Proxy(function () {}, handler), new Evil(), Evil, new EvilError('m'), own,
  Object.create(new Proxy({}, handler)), Object.setPrototypeOf([1], new Proxy([], handler)), Object.create(own)];
const map = new Map([[1, 2]]), set = new Set([1]), date = new Date(0), pattern = /x/g;
Error.prepareStackTrace = run;
for (const type of [Map, Set, Date, RegExp, Promise, Error, Symbol])
  for (const key of Reflect.ownKeys(type.prototype)) {
    const found = Object.getOwnPropertyDescriptor(type.prototype, key);
    if (found.configurable && key !== 'constructor') Object.defineProperty(type.prototype, key, { get: run });
  }
values.push(map, set, date, pattern, new Error('late'));
ran = 0;   // an error that is made calls prepareStackTrace
"""


@pytest.mark.parametrize(
    "call",
    [
        "console.log(value, [value], { value })",
        "console.log('%s %d %i %f %j %o %O %c', value, value, value, value, value, value, value, value)",
        "console.error(value)",
        "console.dir(value, value)",
        "console.table(value)",
        "console.table([value, { a: value }], [value, 'a'])",
        "console.count(value), console.countReset(value), console.time(value), console.timeEnd(value)",
        "console.assert(false, value)",
        "console.trace(value)",
        "console.group(value), console.groupEnd(value)",
    ],
)
def test_no_code_of_the_program_runs(call: str) -> None:
    with VM(stdout=lambda text: None, stderr=lambda text: None) as vm:
        assert vm.eval(HOSTILE + f"for (const value of values) {{ {call} }}\nran") == 0


def test_output_is_bounded() -> None:
    out, _ = run("const wide = {}; for (let i = 0; i < 2e5; i++) wide['key' + i] = i; console.log([wide, wide])")
    assert len(out) < 1_100_000
    assert out.endswith("…\n")


def test_long_strings_at_the_top_are_whole() -> None:
    assert run("console.log('x'.repeat(2000000))")[0] == "x" * 2_000_000 + "\n"


def test_long_strings_inside_are_cut() -> None:
    assert run("console.log(['z'.repeat(10002)])")[0].endswith("z'... 2 more characters\n]\n")


def test_deep_values_do_not_overflow_the_stack() -> None:
    script = "let deep = {}; for (let i = 0; i < 1e5; i++) deep = { deep }; console.dir(deep, { depth: Infinity })"
    assert "[Object" in run(script)[0]


def test_showing_works_where_the_stack_ends() -> None:
    script = (
        "function down() { try { down() } catch (error) { console.log({ e: { message: error.message } }) } }"
        "down(); console.log('after')"
    )
    assert run(script)[0].endswith("after\n")


def test_a_program_without_memory_can_still_log() -> None:
    script = (
        "const all = []; try { for (;;) all.push(new Array(1000).fill(1)) } catch { console.log(all.slice, 'full') }"
    )
    assert run(script, memory_limit=4 << 20)[0] == "[Function: slice] full\n"


def test_lone_surrogates_come_through() -> None:
    assert run("console.log(['\\ud800'])")[0] == "[ '\\ud800' ]\n"
    assert run("console.log('a\\ud83d\\ude00b')")[0] == "a\U0001f600b\n"


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_what_goes_to_a_stream_that_the_process_lacks_is_dropped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys." + name, None)
    with VM() as vm:
        assert vm.eval("console.log(1); console.error(2); 'after'") == "after"


def test_output_may_go_to_a_file() -> None:
    out, err = io.StringIO(), io.StringIO()
    with VM(stdout=out, stderr=err) as vm:
        vm.eval("console.log('a'); console.error('b')")
    assert (out.getvalue(), err.getvalue()) == ("a\n", "b\n")


def test_what_the_encoding_of_the_process_lacks_is_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(content, encoding="ascii", write_through=True))
    with VM() as vm:
        vm.eval("console.log('a\\ud800é')")
    assert content.getvalue() == b"a??\n"
