"""Hostile programs: native loops, floods, and what they make the host hold."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hostile import arm

from snapjs import CapabilityError, GuestTrapped, JSError, LimitError, MemoryLimitError, Sandbox, TimeLimitError

MakeSandbox = Callable[..., Sandbox]

STOPPED = {
    "a regular expression that backtracks": "/(x+x+)+y/.test('x'.repeat(40))",
    "a regular expression that nests": "/^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(50))",
    "a replacement that backtracks": "'x'.repeat(40).replace(/(x+x+)+y/, '')",
    "a split that backtracks": "'x'.repeat(40).split(/(x+x+)+y/)",
    "an array that becomes text": "new Array(1e9) + ''",
    "an array made of a length": "Array.from({ length: 2 ** 31 })",
    "a number of many digits": "parseInt('9'.repeat(2e7))",
    "a BigInt that becomes text": "(10n ** 300000n).toString()",
    "a comparison that sorts for ever": "new Array(1e4).fill(0).sort(() => { for (;;); })",
    "indexOf over what is not there": "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
    "a proxy that is asked for ever": "Array.prototype.includes.call(new Proxy({}, { get: () => 2 ** 53 - 1 }), 5)",
    "a generator without end": "[...(function* () { for (;;) yield })()]",
    "a string that doubles": "let s = 'x'; for (;;) s = (s + s).slice(0, 1 << 20)",
    "exceptions that are caught": "for (;;) try { null.x } catch {}",
    "finally that does not end": "try { for (;;); } finally { for (;;); }",
    "a getter without end": "({ get a() { for (;;); } }).a",
    "a class with fields without end": "class A { x = new A() }; for (;;) try { new A() } catch {}",
    "JSON without end": "JSON.stringify({ toJSON() { for (;;); } })",
    "a reviver without end": "JSON.parse('[1]', () => { for (;;); })",
    "a tagged template without end": "(() => { for (;;); })`x`",
    "listeners without end": "const t = new EventTarget(); for (;;) t.addEventListener('x', () => {})",
}


@pytest.mark.parametrize("program", STOPPED.values(), ids=STOPPED.keys())
def test_time_stops(make_sandbox: MakeSandbox, program: str) -> None:
    sandbox = arm(make_sandbox(isolated=True))
    with pytest.raises(TimeLimitError):
        sandbox.eval(program, timeout=0.05)
    assert sandbox.eval("host.one()") == 1


LARGE = {
    "a string of a gigabyte": "'a'.repeat(2 ** 29).padEnd(2 ** 30)",
    "strings in an array": "const a = []; for (;;) a.push('x'.repeat(1e6))",
    "an array that is joined": "new Array(5e6).fill('a'.repeat(1000)).join('')",
    "a replacement that grows": "'x'.repeat(1e7).replace(/x/g, '$&$&$&$&$&$&$&$&')",
    "buffers": "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))",
    "a buffer that is resized": "const a = []; for (;;) { const b = new ArrayBuffer(1, { maxByteLength: 1 << 24 }); b.resize(1 << 24); a.push(b) }",
    "objects": "const a = []; for (;;) a.push({})",
    "functions": "const a = []; for (;;) a.push(() => 1)",
    "symbols": "const a = []; for (let i = 0; ; i++) a.push(Symbol.for('x' + i))",
    "properties": "const o = {}; for (let i = 0; ; i++) o['x' + i] = 1",
    "shapes": "for (let i = 0, a = []; ; i++) a.push({ ['x' + i]: 1 })",
    "a Map": "const m = new Map(); for (let i = 0; ; i++) m.set(i, i)",
    "promises": "const a = []; for (;;) a.push(new Promise(() => {}))",
    "closures of generators": "const a = []; for (;;) { const g = (function* () { yield 1 })(); g.next(); a.push(g) }",
    "BigInts": "const a = []; for (;;) a.push(2n ** 1000000n)",
    "the source of functions": "const a = []; for (;;) a.push(Function('/*' + 'x'.repeat(1e6) + '*/'))",
    "timers": "for (;;) setTimeout(() => {}, 1e6)",
    "microtasks": "for (;;) queueMicrotask(() => {})",
    "a Blob of Blobs": "let b = new Blob(['x'.repeat(1000)]); for (;;) b = new Blob([b, b])",
    "a decompression bomb": """{
        const stream = new CompressionStream("gzip")
        const writer = stream.writable.getWriter()
        for (let i = 0; i < 200; i++) writer.write(new Uint8Array(1 << 20))
    }""",
    "async calls that wait": "for (;;) host.later()",
}


@pytest.mark.parametrize("program", LARGE.values(), ids=LARGE.keys())
def test_memory_stops(make_sandbox: MakeSandbox, program: str) -> None:
    sandbox = arm(make_sandbox(isolated=True, memory_limit=8 << 20))
    with pytest.raises(MemoryLimitError):
        sandbox.eval(f"(() => {{ {program} }})()")
    assert sandbox.eval("host.one()") == 1


DEEP = {
    "parentheses": "eval('('.repeat(1e5))",
    "arrays": "eval('['.repeat(1e5))",
    "arrow functions": "eval('x=>'.repeat(1e5) + '1')",
    "templates": "eval('`${'.repeat(1e4))",
    "blocks": "eval('{'.repeat(1e5))",
    "functions": "eval('function f(){'.repeat(1e5))",
    "JSON": "JSON.parse('['.repeat(1e6))",
    "a regular expression": "new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5))",
    "proxies of proxies": "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x",
    "bound functions": "let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(); f()",
    "prototypes": "let o = {}; for (let i = 0; i < 1e5; i++) o = Object.create(o); o.x; (() => { throw new Error('deep') })()",
    "conversions": "const o = { toString() { return '' + o } }; '' + o",
    "getters": "const o = { get a() { return o.a } }; o.a",
    "constructors": "class A { constructor() { new A() } }; new A()",
    "structuredClone": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; structuredClone(a); throw new Error('deep')",
}


@pytest.mark.parametrize("program", DEEP.values(), ids=DEEP.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_depth_stops(make_sandbox: MakeSandbox, isolated: bool, program: str) -> None:
    sandbox = arm(make_sandbox(isolated=isolated))
    with pytest.raises((LimitError, JSError)):
        sandbox.eval(f"(() => {{ {program} }})()")
    assert sandbox.eval("host.one()") == 1


def test_world_that_was_cut_off_says_so(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox()
    with pytest.raises(TimeLimitError):
        sandbox.eval("new Array(1e9) + ''", timeout=0.05)
    with pytest.raises(GuestTrapped):
        sandbox.eval("1")


def test_restore_replaces_a_world_that_was_cut_off(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox()
    sandbox.eval("globalThis.x = 1")
    snapshot = sandbox.snapshot()
    with pytest.raises(TimeLimitError):
        sandbox.eval("new Array(1e9) + ''", timeout=0.05)
    sandbox.restore(snapshot)
    assert sandbox.eval("x") == 1


@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_console_that_refuses_stops_the_program(make_sandbox: MakeSandbox, isolated: bool) -> None:
    def write(text: str) -> None:
        raise OSError("enough")

    sandbox = make_sandbox(isolated=isolated, stdout=write)
    with pytest.raises(OSError, match="enough"):
        sandbox.eval("for (;;) try { console.log('x') } catch {}")
    assert sandbox.eval("1") == 1


def test_rejections_that_nobody_handles_are_told_once_and_gone(make_sandbox: MakeSandbox) -> None:
    written: list[str] = []
    sandbox = make_sandbox(isolated=True, stderr=written.append)
    sandbox.eval("for (let i = 0; i < 100; i++) Promise.reject(i); 0")
    assert len(written) == 100


def test_callbacks_that_python_drops_are_freed(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(memory_limit=2 << 20)
    sandbox.register("drop", lambda function: None)
    for _ in range(50):
        assert sandbox.eval("for (let i = 0; i < 1000; i++) host.drop(() => i); 1") == 1


def test_functions_that_javascript_drops_are_freed(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(memory_limit=2 << 20, timeout=60)
    sandbox.register("make", lambda: lambda: 1)
    assert sandbox.eval("for (let i = 0; i < 50000; i++) host.make(); 1") == 1


def test_exceptions_that_javascript_drops_are_freed(make_sandbox: MakeSandbox) -> None:
    sandbox = arm(make_sandbox(memory_limit=2 << 20))
    assert sandbox.eval("for (let i = 0; i < 5000; i++) try { host.fail() } catch {} ; 1") == 1
    assert sandbox._world is not None
    assert len(sandbox._world.vm._bridge.lending._exceptions) < 5000


def test_many_evals_leave_nothing(make_sandbox: MakeSandbox) -> None:
    sandbox = arm(make_sandbox(isolated=True))
    for number in range(300):
        assert sandbox.eval(f"host.echo({number})") == number
    assert not sandbox._worlds


def test_evals_that_wait_for_each_other_end(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True, timeout=1)
    sandbox.register("run", sandbox.eval)
    program = "(function run(depth) { return host.run(`(${run})(${depth + 1})`) })(0)"
    with pytest.raises((RecursionError, LimitError, JSError)):
        sandbox.eval(program)
    assert not sandbox._worlds


SOURCE_MAPS = {
    "no JSON": "{",
    "another type": "5",
    "a list": "[]",
    "no mappings": json.dumps({"version": 3, "sources": ["a.ts"]}),
    "mappings of another type": json.dumps({"version": 3, "sources": ["a.ts"], "mappings": 5}),
    "mappings that are none": json.dumps({"version": 3, "sources": ["a.ts"], "mappings": "////"}),
    "numbers without end": json.dumps({"version": 3, "sources": ["a.ts"], "mappings": "g" * 100_000 + "A"}),
    "a million segments": json.dumps({"version": 3, "sources": ["a.ts"], "mappings": "AAAA," * 200_000}),
    "a million lines": json.dumps({"version": 3, "sources": ["a.ts"], "mappings": ";" * 1_000_000}),
    "a source that is not there": json.dumps({"version": 3, "sources": [], "mappings": "AAAA"}),
    "sections of sections": json.dumps({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": {}}]}),
    "deep JSON": "[" * 100_000,
    "a path of the host": json.dumps({"version": 3, "sources": ["/etc/passwd"], "mappings": "AAAA"}),
}


@pytest.mark.abandons("source maps stay")
@pytest.mark.parametrize("source_map", SOURCE_MAPS.values(), ids=SOURCE_MAPS.keys())
def test_source_map_of_a_program(any_sandbox: Sandbox, source_map: str) -> None:
    encoded = base64.b64encode(source_map.encode()).decode()
    with pytest.raises(JSError) as caught:
        any_sandbox.eval(f"null.x\n//# sourceMappingURL=data:application/json;base64,{encoded}")
    assert "root:" not in "".join([caught.value.stack or "", *caught.value.__notes__])
    assert any_sandbox.eval("1") == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "/etc/passwd", "../../../etc/passwd", "https://a/b.map"])
def test_source_map_elsewhere_is_not_read(any_sandbox: Sandbox, url: str) -> None:
    with pytest.raises(JSError) as caught:
        any_sandbox.eval(f"null.x\n//# sourceMappingURL={url}")
    assert "root:" not in "".join([caught.value.stack or "", *caught.value.__notes__])


def test_async_flood_is_bounded_by_max_concurrent(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    running: list[int] = [0, 0]

    async def wait() -> None:
        running[0] += 1
        running[1] = max(running)
        await asyncio.sleep(0)
        running[0] -= 1

    sandbox.register("wait", wait, max_concurrent=5)
    code = "(await Promise.allSettled(Array.from({ length: 200 }, () => host.wait()))).length"
    assert asyncio.run(sandbox.eval_async(code)) == 200
    assert running[1] == 5


CRYPTO = {
    "PBKDF2 of a billion rounds": """crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]).then(key =>
        crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(8), iterations: 1e9 }, key, 512))""",
    "an RSA key of 16384 bits": """crypto.subtle.generateKey({ name: "RSA-PSS", modulusLength: 16384,
        publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["sign"])""",
    "random bytes without end": "crypto.getRandomValues(new Uint8Array(1 << 24))",
}


@pytest.mark.parametrize("program", CRYPTO.values(), ids=CRYPTO.keys())
def test_work_of_the_host_for_cryptography_is_bounded(any_sandbox: Sandbox, program: str) -> None:
    with pytest.raises(JSError):
        asyncio.run(any_sandbox.eval_async(f"await ({program})"))


def test_hint_of_a_type_decides_what_is_made(any_sandbox: Sandbox) -> None:
    made: list[Any] = []

    def take(number: int) -> None:
        made.append(number)

    any_sandbox.register("take", take)
    for argument in ("1.5", "'1'", "true", "[1]", "{ valueOf: () => 1 }", "null", "undefined", "NaN", "1e400"):
        with pytest.raises(JSError, match="TypeError"):
            any_sandbox.eval(f"host.take({argument})")
    assert made == []


# ---- the size of results

LARGE_RESULTS = {
    "bytes": lambda: b"x" * 100_000,
    "bytes in data": lambda: [{"data": bytearray(100_000)}],
    "a typed array": lambda: memoryview(bytearray(100_000)).cast("d"),
}


@pytest.mark.parametrize("make", LARGE_RESULTS.values(), ids=LARGE_RESULTS.keys())
def test_max_result_counts_what_goes_beside_the_message(any_sandbox: Sandbox, make: Callable[[], Any]) -> None:
    any_sandbox.register("large", make, max_result=50_000)
    with pytest.raises(CapabilityError, match="max_result allows 50000"):
        any_sandbox.eval("host.large(); 0")


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "returned"])
def test_result_that_is_measured_is_lent_no_more_often_than_it_is_sent(sandbox: Sandbox, is_refused: bool) -> None:
    def make() -> list[Any]:
        return [lambda: 1, sandbox.grant(object()), "x" * 200 * is_refused]

    sandbox.register("make", make, max_result=300)
    sandbox.eval("for (let i = 0; i < 50; i++) try { host.make() } catch {}")
    sandbox.eval("0")


def test_awaitable_that_is_measured_is_awaited_once(any_sandbox: Sandbox) -> None:
    async def work() -> int:
        return 5

    any_sandbox.register("work", lambda: work(), max_result=100)
    assert asyncio.run(any_sandbox.eval_async("await host.work()")) == 5
