"""What the console prints, for the same calls as Node prints it. The expected texts are Node's own output."""

from __future__ import annotations

import pytest

from snapjs import VM

# name, script, standard output
SAME_AS_NODE = [
    (
        "strings_are_raw_at_the_top",
        "console.log('it\\'s \"raw\"', '\\n')",
        'it\'s "raw" \n\n',
    ),
    (
        "strings_are_quoted_inside",
        "console.log([\"it's\", 'say \"hi\"', 'both \\' and \"', 'tab\\t nul\\0 back\\\\'])",
        "[ \"it's\", 'say \"hi\"', `both ' and \"`, 'tab\\t nul\\x00 back\\\\' ]\n",
    ),
    (
        "numbers",
        "console.log(0, -0, 1.5, NaN, -Infinity, 1e21, 1e-7)",
        "0 -0 1.5 NaN -Infinity 1e+21 1e-7\n",
    ),
    (
        "big_integers",
        "console.log(1n, [-5n, 2n ** 100n, -(2n ** 64n)])",
        "1n [ -5n, 1267650600228229401496703205376n, -18446744073709551616n ]\n",
    ),
    (
        "primitives",
        "console.log(undefined, null, true, Symbol('a'), [Symbol()])",
        "undefined null true Symbol(a) [ Symbol() ]\n",
    ),
    (
        "arrays",
        "console.log([1, 2, 3], [], [[1, [2, [3, [4]]]]])",
        "[ 1, 2, 3 ] [] [ [ 1, [ 2, [Array] ] ] ]\n",
    ),
    (
        "holes",
        "console.log([1, , 3], [, ,], new Array(5))",
        "[ 1, <1 empty item>, 3 ] [ <2 empty items> ] [ <5 empty items> ]\n",
    ),
    (
        "extra_properties_of_an_array",
        "var a = [1]; a.foo = 'bar'; a[-1] = 0; console.log(a)",
        "[ 1, foo: 'bar', '-1': 0 ]\n",
    ),
    (
        "long_arrays",
        "console.log(Array.from({ length: 120 }, (_, i) => i))",
        "[\n"
        "   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,\n"
        "  12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,\n"
        "  24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,\n"
        "  36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,\n"
        "  48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,\n"
        "  60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71,\n"
        "  72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83,\n"
        "  84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,\n"
        "  96, 97, 98, 99,\n"
        "  ... 20 more items\n"
        "]\n",
    ),
    (
        "columns_of_text",
        "console.log(['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg'])",
        "[\n  'a',       'bb',\n  'ccc',     'dddd',\n  'eeeee',   'ffffff',\n  'ggggggg'\n]\n",
    ),
    (
        "objects",
        "console.log({ a: 1, 'b-c': 2, 3: 4, $d: 5, [Symbol('k')]: 6, ['__proto__']: 7 })",
        "{ '3': 4, a: 1, 'b-c': 2, '$d': 5, ['__proto__']: 7, [Symbol(k)]: 6 }\n",
    ),
    (
        "depth",
        "console.log({ a: { b: { c: { d: 1 }, e: [1], f: {}, g: [] } } })",
        "{ a: { b: { c: [Object], e: [Array], f: {}, g: [] } } }\n",
    ),
    (
        "long_objects",
        "console.log({ first: 'a'.repeat(30), second: 'b'.repeat(30), third: { x: 1 } })",
        "{\n"
        "  first: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n"
        "  second: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',\n"
        "  third: { x: 1 }\n"
        "}\n",
    ),
    (
        "records",
        "console.log({ users: [{ id: 1, name: 'Ann', roles: ['admin', 'editor'], address: { city: 'X', zip: "
        "[1, 2] } }], total: 1 })",
        "{\n  users: [ { id: 1, name: 'Ann', roles: [Array], address: [Object] } ],\n  total: 1\n}\n",
    ),
    (
        "instances",
        "class Foo { x = 1 } class Bar extends Foo {} console.log(new Foo(), [new Bar()], "
        "{}.constructor.create(Foo.prototype))",
        "Foo { x: 1 } [ Bar { x: 1 } ] Foo {}\n",
    ),
    (
        "null_prototypes",
        "console.log(Object.create(null), Object.assign(Object.create(null), { a: 1 }), "
        "Object.create(Object.create(null)))",
        "[Object: null prototype] {} [Object: null prototype] { a: 1 } Object <[Object: null prototype] {}> {}\n",
    ),
    (
        "accessors",
        "console.log({ get a() { throw 1 }, set b(v) {}, get c() { throw 1 }, set c(v) {} })",
        "{ a: [Getter], b: [Setter], c: [Getter/Setter] }\n",
    ),
    (
        "circles",
        "var o = { name: 'x' }; o.self = o; o.list = [o, { o }]; console.log(o)",
        "<ref *1> {\n  name: 'x',\n  self: [Circular *1],\n  list: [ [Circular *1], { o: [Circular *1] } ]\n}\n",
    ),
    (
        "two_circles",
        "var p = { a: {} }; p.a.p = p; p.a.a = p.a; console.log(p)",
        "<ref *1> { a: <ref *2> { p: [Circular *1], a: [Circular *2] } }\n",
    ),
    (
        "maps_and_sets",
        "console.log(new Map([['a', 1], [{ b: 1 }, [1, 2]]]), new Set([1, 'a', {}]), new Map(), new WeakMap())",
        "Map(2) { 'a' => 1, { b: 1 } => [ 1, 2 ] } Set(3) { 1, 'a', {} } Map(0) {} WeakMap { <items unknown> }\n",
    ),
    (
        "dates",
        "console.log(new Date(0), new Date(NaN), [new Date(8.64e15)])",
        "1970-01-01T00:00:00.000Z Invalid Date [ +275760-09-13T00:00:00.000Z ]\n",
    ),
    (
        "regular_expressions",
        "console.log(/a\\/b[/]c/gi, [new RegExp('\\n')], new RegExp(''))",
        "/a\\/b[/]c/gi [ /\\n/ ] /(?:)/\n",
    ),
    (
        "functions",
        "console.log(function f() {}, () => {}, async function g() {}, function* h() {}, async function* i() "
        "{}); console.log(Math.max)",
        "[Function: f] [Function (anonymous)] [AsyncFunction: g] [GeneratorFunction: h] [AsyncGeneratorFunction: i]\n"
        "[Function: max]\n",
    ),
    (
        "classes",
        "class A {} console.log(A, class extends A {}, class B extends A { static s = 1 })",
        "[class A] [class (anonymous) extends A] [class B extends A] { s: 1 }\n",
    ),
    (
        "functions_with_properties",
        "function f() {} f.x = 1; console.log(f, [f])",
        "[Function: f] { x: 1 } [ [Function: f] { x: 1 } ]\n",
    ),
    (
        "buffers",
        "console.log(new Uint8Array([1, 255]).buffer, new Uint8Array([1, 2])); console.log(new "
        "BigInt64Array([-1n]), new Float32Array([0.5]))",
        "ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 } Uint8Array(2) [ 1, 2 ]\n"
        "BigInt64Array(1) [ -1n ] Float32Array(1) [ 0.5 ]\n",
    ),
    (
        "data_views",
        "console.log(new DataView(new ArrayBuffer(4), 1, 2))",
        "DataView {\n"
        "  byteLength: 2,\n"
        "  byteOffset: 1,\n"
        "  buffer: ArrayBuffer { [Uint8Contents]: <00 00 00 00>, byteLength: 4 }\n"
        "}\n",
    ),
    (
        "promises",
        "var r = Promise.reject(3); r.catch(() => {}); console.log(Promise.resolve({ a: 1 }), new Promise(() "
        "=> {}), r)",
        "Promise { { a: 1 } } Promise { <pending> } Promise { <rejected> 3 }\n",
    ),
    (
        "boxed_values",
        "console.log(new Number(3), new String('abc'), new Boolean(false), Object(Symbol('q')), Object(1n))",
        "[Number: 3] [String: 'abc'] [Boolean: false] [Symbol: Symbol(q)] [BigInt: 1n]\n",
    ),
    (
        "iterators",
        "console.log((function* () {})(), [].values(), new Map([[1, 2]]).entries(), new Set([5]).values())",
        "Object [Generator] {} Object [Array Iterator] {} [Map Entries] { [ 1, 2 ] } [Set Iterator] { 5 }\n",
    ),
    (
        "arguments_objects",
        "(function () { console.log(arguments) })(1, 'a')",
        "[Arguments] { '0': 1, '1': 'a' }\n",
    ),
    (
        "tags",
        "class T { get [Symbol.for('x')]() { throw 1 } } Object.defineProperty(T.prototype, "
        "Symbol.toStringTag, { value: 'bar' }); console.log(new T(), Math)",
        "T [bar] {} Object [Math] {}\n",
    ),
    (
        "proxies",
        "console.log(new Proxy({ a: 1 }, { get() { throw 1 }, ownKeys() { throw 2 } }), [new Proxy([1], {})])",
        "{ a: 1 } [ [ 1 ] ]\n",
    ),
    (
        "errors_without_frames",
        "var e = new Error('gone'); Object.defineProperty(e, 'stack', { value: '' }); console.log(e, [e])",
        "[Error: gone] [ [Error: gone] ]\n",
    ),
    (
        "errors_with_frames",
        "var e = new TypeError('bad'); e.stack = 'TypeError: bad\\n    at foo (bar.js:1:2)'; e.code = 'E'; "
        "console.log(e); console.log({ e })",
        "TypeError: bad\n"
        "    at foo (bar.js:1:2) {\n"
        "  code: 'E'\n"
        "}\n"
        "{\n"
        "  e: TypeError: bad\n"
        "      at foo (bar.js:1:2) {\n"
        "    code: 'E'\n"
        "  }\n"
        "}\n",
    ),
    (
        "text_over_lines",
        "console.log({ text: 'line one\\nline two\\nline three and more', n: 1 })",
        "{ text: 'line one\\nline two\\nline three and more', n: 1 }\n",
    ),
    (
        "cut_strings",
        "console.log(['z'.repeat(10003)][0].length, String(['y'.repeat(20)]))",
        "10003 yyyyyyyyyyyyyyyyyyyy\n",
    ),
    (
        "format_strings",
        "console.log('%s is %d and %i, %f%%', 'Bob', 42.5, 42.9, '3.5abc', 'extra', { a: 1 })",
        "Bob is 42.5 and 42, 3.5% extra { a: 1 }\n",
    ),
    (
        "format_objects",
        "console.log('%s|%o|%O', { a: { b: 1 } }, [1], { a: { b: { c: { d: 1 } } } })",
        "{ a: [Object] }|[ 1, [length]: 1 ]|{ a: { b: { c: [Object] } } }\n",
    ),
    (
        "format_json",
        "console.log('%j %j', { a: [1, null, undefined], u: undefined, d: new Date(0) }, 'q\"'); var c = {}; "
        "c.c = c; console.log('%j', c)",
        '{"a":[1,null,null],"d":"1970-01-01T00:00:00.000Z"} "q\\""\n[Circular]\n',
    ),
    (
        "format_leftovers",
        "console.log('%c styled', 'color: red'); console.log('100%', 1); console.log('%s %s', 'a'); "
        "console.log('%x %%', 1)",
        " styled\n100% 1\na %s\n%x % 1\n",
    ),
    (
        "nothing",
        "console.log(); console.log(''); console.log('a', '', 1)",
        "\n\na  1\n",
    ),
    (
        "directory",
        "console.dir({ a: { b: { c: { d: { e: 1 } } } } }, { depth: null }); console.dir('str'); "
        "console.dir([1], { showHidden: true })",
        "{\n  a: {\n    b: { c: { d: { e: 1 } } }\n  }\n}\n'str'\n[ 1, [length]: 1 ]\n",
    ),
    (
        "tables_of_objects",
        "console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); console.table([{ a: 1, b: 2 }], ['b'])",
        "┌─────────┬───┬─────┬──────┐\n"
        "│ (index) │ a │ b   │ c    │\n"
        "├─────────┼───┼─────┼──────┤\n"
        "│ 0       │ 1 │ 'x' │      │\n"
        "│ 1       │ 2 │     │ true │\n"
        "└─────────┴───┴─────┴──────┘\n"
        "┌─────────┬───┐\n"
        "│ (index) │ b │\n"
        "├─────────┼───┤\n"
        "│ 0       │ 2 │\n"
        "└─────────┴───┘\n",
    ),
    (
        "tables_of_values",
        "console.table([[1, 2], [3, 4]]); console.table([1, 'two', { three: 3 }]); console.table(5)",
        "┌─────────┬───┬───┐\n"
        "│ (index) │ 0 │ 1 │\n"
        "├─────────┼───┼───┤\n"
        "│ 0       │ 1 │ 2 │\n"
        "│ 1       │ 3 │ 4 │\n"
        "└─────────┴───┴───┘\n"
        "┌─────────┬───────┬────────┐\n"
        "│ (index) │ three │ Values │\n"
        "├─────────┼───────┼────────┤\n"
        "│ 0       │       │ 1      │\n"
        "│ 1       │       │ 'two'  │\n"
        "│ 2       │ 3     │        │\n"
        "└─────────┴───────┴────────┘\n"
        "5\n",
    ),
    (
        "tables_of_collections",
        "console.table(new Map([['a', 1]])); console.table(new Set(['b'])); console.table({ x: { v: [1, 2, 3, "
        "4, 5] } })",
        "┌───────────────────┬─────┬────────┐\n"
        "│ (iteration index) │ Key │ Values │\n"
        "├───────────────────┼─────┼────────┤\n"
        "│ 0                 │ 'a' │ 1      │\n"
        "└───────────────────┴─────┴────────┘\n"
        "┌───────────────────┬────────┐\n"
        "│ (iteration index) │ Values │\n"
        "├───────────────────┼────────┤\n"
        "│ 0                 │ 'b'    │\n"
        "└───────────────────┴────────┘\n"
        "┌─────────┬───────────────────────────────┐\n"
        "│ (index) │ v                             │\n"
        "├─────────┼───────────────────────────────┤\n"
        "│ x       │ [ 1, 2, 3, ... 2 more items ] │\n"
        "└─────────┴───────────────────────────────┘\n",
    ),
    (
        "groups",
        "console.group('G'); console.log('in\\ntwo'); console.group(); console.log({ a: 1 }); "
        "console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out')",
        "G\n  in\n  two\n    { a: 1 }\nout\n",
    ),
    (
        "counters",
        "console.count(); console.count('a'); console.count(); console.countReset(); console.count(); "
        "console.count(null)",
        "default: 1\na: 1\ndefault: 2\ndefault: 1\nnull: 1\n",
    ),
    (
        "detached_methods",
        "const { log } = console; log('x'); [1].forEach(console.info); console.debug('d'); console.dirxml([2])",
        "x\n1 0 [ 1 ]\nd\n[ 2 ]\n",
    ),
]


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


def test_half_a_surrogate_pair_can_be_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with VM() as vm:
        vm.eval("console.log('a\\ud800b')")
    assert capfd.readouterr().out == "a?b\n"
