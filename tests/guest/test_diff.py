"""What `snapjs.diff` says of two snapshots."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapjs import VM, CompileFlags, Difference, Snapshot, SnapshotError, diff

CLOCK = 1_700_000_000.0


def names(before: str, after: str) -> tuple[list[str], list[str], list[str]]:
    """Globals added, removed and changed by code that runs after other code."""
    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval(f"{before}; 0")
        first = vm.snapshot()
        vm.eval(f"{after}; 0")
        found = diff(first, vm.snapshot())
    return found.added, found.removed, found.changed


UNCHANGED: tuple[list[str], list[str], list[str]] = ([], [], [])


def test_a_snapshot_does_not_differ_from_itself(vm: VM) -> None:
    snapshot = vm.snapshot()
    assert diff(snapshot, snapshot) == Difference([], 0)
    assert not diff(snapshot, Snapshot.from_bytes(snapshot.to_bytes()))


def test_names_that_came_and_went() -> None:
    assert names("var a = 1; globalThis.b = 2", "delete globalThis.b; globalThis.c = 3; let d = 4") == (
        ["c", "d"],
        ["b"],
        [],
    )


CHANGES = {
    "number": ("let x = 1", "x = 2"),
    "number of another kind": ("let x = 0", "x = -0"),
    "text": ("let x = 'a'", "x = 'b'"),
    "text put together": ("let x = 'a'.repeat(9000)", "x += 'b'.repeat(9000)"),
    "surrogate": ("let x = '\\ud800'", "x = '\\ud801'"),
    "big integer": ("let x = 10n ** 40n", "x += 1n"),
    "small big integer": ("let x = 1n", "x = 2n"),
    "property": ("let x = {a: 1}", "x.a = 2"),
    "property, deep": ("let x = {a: {b: [{c: 1}]}}", "x.a.b[0].c = 2"),
    "order of properties": ("let x = {a: 1, b: 1}", "delete x.a; x.a = 1"),
    "attribute": ("let x = {a: 1}", "Object.defineProperty(x, 'a', {enumerable: false})"),
    "extensible": ("let x = {a: 1}", "Object.preventExtensions(x)"),
    "symbol's property": ("let s = Symbol('s'), x = {[s]: 1}", "x[s] = 2"),
    "getter": ("let x = {get a() { return 1 }}", "Object.defineProperty(x, 'a', {get() { return 2 }})"),
    "element": ("let x = [1, 2, 3]", "x[2] = 4"),
    "element of a slow array": ("let x = []; x[1000] = 1", "x[1000] = 2"),
    "length": ("let x = [1, 2, 3]", "x.length = 4"),
    "Map's value": ("let x = new Map([[1, 2]])", "x.set(1, 3)"),
    "Map's order": ("let x = new Map([[1, 1], [2, 2]])", "x.delete(1); x.set(1, 1)"),
    "Set": ("let x = new Set([1])", "x.add(2)"),
    "typed array": ("let x = new Float32Array(4)", "x[3] = 1.5"),
    "buffer": ("let x = new ArrayBuffer(8)", "new Uint8Array(x)[7] = 1"),
    "buffer resized": ("let x = new ArrayBuffer(8, {maxByteLength: 16})", "x.resize(9)"),
    "DataView": ("let x = new DataView(new ArrayBuffer(8))", "x.setUint8(0, 1)"),
    "Date": ("let x = new Date(0)", "x.setTime(1)"),
    "regular expression": ("let x = /a/g", "x = /a/y"),
    "lastIndex": ("let x = /a/g", "x.exec('a')"),
    "function's source": ("var x = () => 1", "x = () => 2"),
    "captured variable": ("let x = (n => () => ++n)(0)", "x()"),
    "bound argument": ("function f() {}; let x = f.bind(null, 1)", "x = f.bind(null, 2)"),
    "private field": ("class C { #n = 1; inc() { this.#n++ } }; let x = new C()", "x.inc()"),
    "promise settled": ("let r, x = new Promise(resolve => { r = resolve })", "r(1)"),
    "generator moved": ("let x = (function* () { yield 1; yield 2 })()", "x.next()"),
    "generator's variable": ("let x = (function* () { let n = 0; for (;;) n += yield })(); x.next()", "x.next(5)"),
    "array iterator": ("let x = [1, 2, 3].values()", "x.next()"),
    "async generator moved": ("let x = (async function* () { yield 1; yield 2 })(); x.next()", "x.next()"),
    "Map's iterator": ("let x = new Map([[1, 2], [3, 4]]).entries()", "x.next()"),
    "kind of an iterator": ("let x = [1].keys()", "x = [1].values()"),
    "string's iterator": ("let x = 'ab'[Symbol.iterator]()", "x.next()"),
    "matches": ("let x = 'ab'.matchAll(/./g)", "x = 'cd'.matchAll(/./g)"),
    "iterator helper": ("let x = [1, 2].values().take(2)", "x = [1, 2].values().take(1)"),
    "bound receiver": ("function f() {}; let x = f.bind(1)", "x = f.bind(2)"),
    "Proxy revoked": ("let r = Proxy.revocable({}, {}), x = r.proxy", "r.revoke()"),
    "buffer's largest size": (
        "let x = new ArrayBuffer(8, {maxByteLength: 16})", "x = new ArrayBuffer(8, {maxByteLength: 32})"
    ),
    "Proxy's target": ("let t = {a: 1}, x = new Proxy(t, {})", "t.a = 2"),
    "boxed": ("let x = Object(1)", "x = Object(2)"),
    "arguments": ("let x = (function () { return arguments })(1, 2)", "x[1] = 3"),
    "Error": ("let x = new Error('a')", "x.message = 'b'"),
    "DOMException": ("let x = new DOMException('a')", "x = new DOMException('b')"),
    "TextDecoder": ("let x = new TextDecoder()", "x.decode(Uint8Array.of(0xe2), {stream: true})"),
    "TextDecoder's options": ("let x = new TextDecoder()", "x = new TextDecoder('utf-8', {fatal: true})"),
    "URL": ("let x = new URL('http://a/')", "x.href = 'http://b/'"),
    "property of a URL's searchParams": ("let x = new URL('http://a/')", "x.searchParams.own = 1"),
    "URLSearchParams": ("let x = new URLSearchParams('a=1')", "x.set('a', '2')"),
    "iterator of URLSearchParams": ("let x = new URLSearchParams('a=1&b=2').keys()", "x.next()"),
    "compressed data": (
        "var write = (byte) => { x.writable.getWriter().write(Uint8Array.of(byte)); x.readable.getReader().read() },"
        "x = new CompressionStream('deflate'); write(1)",
        "x = new CompressionStream('deflate'); write(2)",
    ),
    "message on its way": (
        "let {port1: x, port2} = new MessageChannel(); port2.postMessage(['a'])", "port2.postMessage(['b'])"
    ),
    "cycle": ("let x = {}; x.self = x", "x.self = {self: x}"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen(name: str) -> None:
    added, removed, changed = names(*CHANGES[name])
    assert (added, removed) == ([], [])
    assert "x" in changed


SAME = {
    "nothing": ("let x = 1", ""),
    "the same number": ("let x = 1", "x = 1"),
    "a new object like the old": ("let x = {a: [1, {b: 2}], m: new Map([[1, {}]])}", "x = {a: [1, {b: 2}], m: new Map([[1, {}]])}"),
    "text put together otherwise": ("let x = 'ab'", "x = 'a' + 'b'"),
    "a built-in used for the first time": ("let x = 1", "Intl = globalThis.Intl; [3, 1].toSorted(); JSON.parse('1'); delete globalThis.Intl"),
    "a number the engine keeps otherwise": ("let x = [1]", "x = [0.5 + 0.5]"),
    "long text put together otherwise": ("let x = 'a'.repeat(9000)", "x = (y => y + y)('a'.repeat(4500))"),
    "a decoder that is done": (
        "let x = new TextDecoder()", "x.decode(Uint8Array.of(0xe2), {stream: true}); x.decode(Uint8Array.of(0x82, 0xac))"
    ),
    "a URL's searchParams asked for": ("let x = new URL('http://a/?b')", "x.searchParams.get('b')"),
    "garbage": ("let x = 1", "for (let i = 0; i < 1000; i++) ({i})"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_holds_the_same_has_not_changed(name: str) -> None:
    assert names(*SAME[name]) == UNCHANGED


def test_only_what_has_changed_is_named() -> None:
    before = "let shared = {n: 1}, a = {shared}, b = {other: 1}, c = () => shared, d = 5"
    assert names(before, "shared.n = 2") == ([], [], ["a", "shared"])


def test_a_patched_prototype_shows_at_its_constructor() -> None:
    added, removed, changed = names("let list = []", "Array.prototype.last = function () { return this.at(-1) }")
    assert (added, removed) == ([], [])
    assert changed == ["Array"]


def test_symbols_of_the_global_object_have_names_too() -> None:
    assert names("", "globalThis[Symbol('mark')] = 1") == (["Symbol(mark)"], [], [])


def test_no_javascript_runs() -> None:
    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval(
            "let ran = 0;"
            "globalThis.hostile = new Proxy({}, {get() { ran++ }, ownKeys() { ran++; return [] }});"
            "Object.defineProperty(globalThis, 'trap', {get() { ran++; throw 1 }, enumerable: true}); 0"
        )
        first = vm.snapshot()
        vm.eval("globalThis.later = 1; 0")
        assert diff(first, vm.snapshot()).changed == []


@pytest.mark.parametrize(("body", "changed"), [("n + 1", []), ("n + 2", ["f"]), ("n.a", ["f"])])
def test_code_without_its_source_is_compared_by_its_instructions(body: str, changed: list[str]) -> None:
    def stripped(code: str) -> bytes:
        with VM() as compiler:
            return compiler.compile(f"var f = n => (() => {code})", compile_flags=CompileFlags.STRIP_SOURCE)

    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval_bytecode(stripped("n + 1")).dispose()
        first = vm.snapshot()
        vm.eval("globalThis.unrelated = 1; delete globalThis.unrelated")
        vm.eval_bytecode(stripped(body)).dispose()
        assert diff(first, vm.snapshot()).changed == changed


def test_a_deep_structure_is_no_recursion() -> None:
    assert names("let x = null; for (let i = 0; i < 100000; i++) x = {x}", "let y = 1") == (["y"], [], [])


def test_pages_and_bytes_are_counted() -> None:
    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval("const data = new Uint8Array(1 << 20).fill(1); 0")
        first = vm.snapshot()
        vm.eval("data.fill(2, 4096 * 8, 4096 * 16); 0")
        found = diff(first, vm.snapshot())
        assert found.changed == ["data"]
        assert 8 <= len(found.pages) <= 16
        assert 4096 * 8 <= found.bytes < 4096 * 10


def test_a_delta_is_compared_by_what_it_stands_for() -> None:
    with VM(clock=CLOCK, seed=1) as vm:
        first = vm.snapshot()
        vm.eval("let x = 1; 0")
        assert diff(vm.snapshot(), vm.snapshot(base=first)) == Difference([], 0)
        assert diff(first, vm.snapshot(base=first)).added == ["x"]


def test_only_snapshots_are_compared(vm: VM) -> None:
    with pytest.raises(TypeError, match="two Snapshots, not VM"):
        diff(vm.snapshot(), vm)  # type: ignore[arg-type]


def test_snapshots_of_other_engines_are_refused(vm: VM) -> None:
    first, second = vm.snapshot(), vm.snapshot()

    class Other:
        sha256 = "0" * 64

    second._state = replace(second._state, engine=Other())  # type: ignore[arg-type]
    with pytest.raises(SnapshotError, match="different engines"):
        diff(first, second)
