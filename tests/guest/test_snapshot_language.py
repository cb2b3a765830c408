"""What of the language lives through a snapshot."""

from __future__ import annotations

import pytest
from moving import after_restore, moved
from virtual_time import Time

import snapjs
from snapjs import VM

CLOCK = 1_700_000_000.0


# ---- the language

LIVES_ON = {
    "closure": ("var f = (() => { let n = 40; return () => ++n })(); f()", "f()", 42),
    "class with private fields": (
        "class A { #x = 1; static s = 5; get x() { return this.#x } inc() { this.#x++; return this } }"
        " var a = new A().inc()",
        "[a.inc().x, A.s, a instanceof A, new A().x]",
        [3, 5, True, 1],
    ),
    "subclass of a built-in": (
        "class L extends Array { last() { return this.at(-1) } } var l = L.of(1, 2)",
        "l.last()",
        2,
    ),
    "generator in mid-iteration": (
        "function* g() { yield 1; const x = yield 2; yield x } var i = g(); i.next(); i.next()",
        "i.next(7).value",
        7,
    ),
    "generator inside try": (
        "function* g() { try { yield 1 } finally { yield 'f' } } var i = g(); i.next()",
        "[i.return(9).value, i.next().value]",
        ["f", 9],
    ),
    "iterator of an array": ("var i = [1, 2, 3].values(); i.next()", "[...i]", [2, 3]),
    "iterator helper": ("var i = [1, 2, 3, 4].values().map(x => x * 2).filter(x => x > 2); i.next()", "[...i]", [6, 8]),
    "iterator of a map that changes": (
        "var m = new Map([[1, 1], [2, 2]]); var i = m.keys(); i.next(); m.delete(1); m.set(3, 3)",
        "[...i]",
        [2, 3],
    ),
    "map with object keys": (
        "var k = {}; var m = new Map([[k, 'x'], [NaN, 'n'], [-0, 'z']])",
        "[m.get(k), m.get(NaN), m.get(0)]",
        ["x", "n", "z"],
    ),
    "set": ("var s = new Set([3, 1, 2]); s.delete(1)", "[...s]", [3, 2]),
    "weak map": ("var k = {}; var w = new WeakMap([[k, 5]])", "w.get(k)", 5),
    "weak set": ("var k = {}; var w = new WeakSet([k])", "[w.has(k), w.has({})]", [True, False]),
    "weak reference to the living": ("var o = {a: 1}; var w = new WeakRef(o)", "w.deref() === o", True),
    "typed array and its buffer": (
        "var b = new ArrayBuffer(8); var f = new Float32Array(b, 4); f[0] = 1.5; var u = new Uint8Array(b)",
        "[f[0], f.buffer === u.buffer, u[7]]",
        [1.5, True, 63],
    ),
    "resizable buffer": (
        "var b = new ArrayBuffer(4, {maxByteLength: 64}); var u = new Uint8Array(b); u[3] = 9; b.resize(8)",
        "b.resize(16); u[15] = 1; [u.length, u[3], b.maxByteLength]",
        [16, 9, 64],
    ),
    "detached buffer": ("var b = new ArrayBuffer(4); var c = b.transfer(8)", "[b.detached, c.byteLength]", [True, 8]),
    "data view": (
        "var v = new DataView(new ArrayBuffer(8)); v.setFloat64(0, Math.PI)",
        "v.getFloat64(0)",
        3.141592653589793,
    ),
    "large buffer": (
        "var u = new Uint8Array(3e6); u[2999999] = 7",
        "[u.length, u[2999999], u[1500000]]",
        [3000000, 7, 0],
    ),
    "regular expression in the middle": (
        "var r = /a(.)/g; r.exec('abacad')",
        "[r.lastIndex, r.exec('abacad')[1]]",
        [2, "c"],
    ),
    "named groups": ("var m = /(?<y>\\d{4})/.exec('in 2024')", "[m.groups.y, m.index]", ["2024", 3]),
    "big integer": ("var b = 2n ** 200n", "b === 2n ** 200n && b + 1n > b", True),
    "unique symbol": (
        "var s = Symbol('s'); var o = {[s]: 1}",
        "[o[s], s.description, Object.getOwnPropertySymbols(o)[0] === s]",
        [1, "s", True],
    ),
    "registered symbol": ("var s = Symbol.for('k')", "s === Symbol.for('k')", True),
    "proxy": (
        "var seen = []; var p = new Proxy({}, {get(t, k) { seen.push(k); return k.length }})",
        "[p.abc, seen]",
        [3, ["abc"]],
    ),
    "revoked proxy": (
        "var {proxy, revoke} = Proxy.revocable({}, {}); revoke()",
        "try { proxy.x } catch (e) { e.name }",
        "TypeError",
    ),
    "getters and frozen objects": (
        "var o = Object.freeze({get a() { return 1 }, b: [1]})",
        "o.b.push(2); [o.a, o.b, Object.isFrozen(o)]",
        [1, [1, 2], True],
    ),
    "cycles": ("var o = {}; o.self = o; o.list = [o, o]", "o.list[0].self === o.list[1]", True),
    "date": ("var d = new Date(86400000)", "d.toISOString()", "1970-01-02T00:00:00.000Z"),
    "error with its stack and cause": (
        "function thrower() { throw new RangeError('r', {cause: 'c'}) } var e; try { thrower() } catch (x) { e = x }",
        "[e.name, e.message, e.cause, e.stack.includes('thrower')]",
        ["RangeError", "r", "c", True],
    ),
    "lone surrogates and wide strings": (
        "var s = '\\ud800x€\\0'",
        "[s.length, s.charCodeAt(0), s.charCodeAt(3)]",
        [4, 0xD800, 0],
    ),
    "rope": ("var s = ''; for (let i = 0; i < 3000; i++) s += 'ab'", "s.length + s.slice(-2)", "6000ab"),
    "tagged template identity": ("var t = x => x; var f = () => t`a`; var first = f()", "f() === first", True),
    "built-in that was replaced": (
        "Array.prototype.sum = function () { return this.reduce((a, b) => a + b) }",
        "[1, 2, 3].sum()",
        6,
    ),
    "global function and var and let": (
        "let l = 1; const c = 2; var v = 3; function f() { return l + c + v }",
        "l += 10; f()",
        16,
    ),
    "const stays const": ("const c = 2", "try { c = 3 } catch (e) { e.name }", "TypeError"),
    "arguments object": ("var a = (function () { return arguments })(1, 2)", "[a.length, a[1]]", [2, 2]),
    "bound function": ("var f = function (x) { return this.y + x }.bind({y: 1}, 2)", "[f(), f.name]", [3, "bound "]),
    "function source": ("function f(a) { /* why */ return a }", "f.toString()", "function f(a) { /* why */ return a }"),
    "compiled eval in scope": ("var f = (() => { let secret = 5; return code => eval(code) })()", "f('secret + 1')", 6),
    "sparse and huge arrays": ("var a = []; a[1000000] = 1", "[a.length, 5 in a, a[1000000]]", [1000001, False, 1]),
    "shared buffer": (
        "var s = new Int32Array(new SharedArrayBuffer(8)); s[1] = 5",
        "[s[1], s.buffer.byteLength]",
        [5, 8],
    ),
}


@pytest.mark.parametrize("what", LIVES_ON)
def test_lives_on(what: str) -> None:
    before, after, expected = LIVES_ON[what]
    assert after_restore(before + "; 0", after) == expected


def test_a_finalization_registry_calls_back_after_the_restore() -> None:
    with VM() as vm:
        vm.eval(
            "var gone = [], o = {}, registry = new FinalizationRegistry(x => gone.push(x)); registry.register(o, 1); 0"
        )
        with moved(vm) as restored:
            restored.eval("o = null")
            restored.gc()
            restored.run_jobs()
            assert restored.eval("gone") == [1]


def test_an_awaiting_async_function_keeps_its_locals() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval("var out; (async () => { let local = {n: 1}; local.n += await ask(); out = local.n })(); 0")
        with moved(vm, functions={"ask": snapjs.pending}) as restored:
            restored.pending[0].resolve(41)
            assert restored.eval("out") == 42


def test_a_pending_for_await_goes_on() -> None:
    code = """
        var out = [];
        (async () => { for await (const x of [ask(1), ask(2), ask(3)]) out.push(x); out.push("end") })();
        0
    """
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval(code)
        vm.pending[0].resolve("one")
        with moved(vm, functions={"ask": snapjs.pending}) as restored:
            for call in reversed(restored.pending):
                call.resolve(call.args[0])
            assert restored.eval("out") == ["one", 2, 3, "end"]


def test_jobs_that_have_not_run_are_saved() -> None:
    with VM() as vm:
        vm.eval_handle("var out = 1; Promise.resolve().then(() => { out = 2 })").dispose()
        with moved(vm) as restored:
            assert restored.eval_handle("out").to_python() == 1
            assert restored.run_jobs() == 1
            assert restored.eval("out") == 2


def test_modules_stay_loaded() -> None:
    modules = {"counter.js": "let n = 0; export const next = () => ++n", "other.js": "export const x = 'other'"}
    with VM(modules=modules) as vm:
        assert vm.import_module("counter.js")["next"]() == 1
        with moved(vm) as restored:
            assert restored.import_module("counter.js")["next"]() == 2
            with pytest.raises(snapjs.ModuleNotFound):
                restored.import_module("other.js")


def test_a_restored_program_loads_modules_of_its_new_host() -> None:
    with VM() as vm:
        vm.eval("var load = name => import(name).then(m => { got = m.x }); var got; 0")
        with moved(vm, modules={"late.js": "export const x = 'late'"}) as restored:
            restored.eval("load('late.js'); 0")
            assert restored.eval("got") == "late"


def test_a_module_in_the_middle_of_a_top_level_await_goes_on() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        with pytest.raises(snapjs.StillPending):
            vm.eval_module("export const x = await ask('x'); globalThis.done = x", "waits.js")
        with moved(vm, functions={"ask": snapjs.pending}) as restored:
            restored.pending[0].resolve(5)
            assert restored.eval("done") == 5


def test_console_counts_and_groups_go_on() -> None:
    lines: list[str] = []
    with VM(stdout=lines.append) as vm:
        vm.eval("console.count('c'); console.group('G'); console.log('in')")
        with moved(vm, stdout=lines.append) as restored:
            restored.eval("console.count('c'); console.groupEnd(); console.log('out')")
    assert lines == ["c: 1\n", "G\n", "  in\n", "  c: 2\n", "out\n"]


def test_console_timers_go_on() -> None:
    time, lines = Time(), []
    with VM(stdout=lines.append, clock=time) as vm:
        vm.eval("console.time('t')")
        time.now += 2
        with moved(vm, stdout=lines.append, clock=time) as restored:
            restored.eval("console.timeEnd('t')")
    assert lines == ["t: 2.000s\n"]
