"""The time limit: it always fires, cannot be caught, and leaves the VM usable, or dead and saying so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, GuestTrapped, StillPending, TimeLimitError, pending
from snapjs._guest import watchdog

MakeVM = Callable[..., VM]

LIMIT = 0.05

# Seconds that a run may take: the limit, the grace period before a native loop is cut off, and what a busy machine adds.
PATIENCE = 3.0

# Code that the engine leaves at its polls.
STOPPED = {
    "loop": "for (;;) {}",
    "regexp": "/(a+)+$/.exec('a'.repeat(40) + 'b')",
    "sort with a comparator": "Array.from({ length: 300000 }, (_, i) => (i * 7919) % 300007).sort((a, b) => a - b); for (;;);",
    "comparator that never returns": "[3, 1, 2].sort(() => { for (;;); })",
    "recursion": "for (;;) (function f(n) { n && f(n - 1) })(50)",
    "microtask flood": "(function f() { Promise.resolve().then(f) })()",
    "doubling microtask flood": "(function f() { Promise.resolve().then(f); Promise.resolve().then(f) })()",
    "microtask flood of native functions": "{ let r; const p = new Promise(f => { r = f }); const h = Promise.prototype.then.bind(p); r(h); p.then(h) }",
    "async loop": "(async () => { for (;;) await 0 })()",
    "async generator": "(async () => { for await (const x of (async function* () { for (;;) yield 1 })()); })()",
    "catch": "for (;;) try { for (;;); } catch {}",
    "finally": "for (;;) try { for (;;); } finally { continue }",
    "return in finally": "(() => { for (;;) (() => { try { for (;;); } finally { return 1 } })() })()",
    "finally of a generator": "for (const x of (function* () { try { yield 1 } finally { for (;;); } })()) break",
    "return of an iterator": "for (const x of { [Symbol.iterator]: () => ({ next: () => ({}), return() { for (;;); } }) }) break",
    "promise executor": "for (;;) new Promise(() => { for (;;); }).catch(() => {})",
    "thenable": "(function f() { Promise.resolve({ then() { f(); for (;;); } }).catch(f) })()",
    "Promise.try": "for (;;) Promise.try(() => { for (;;); }).catch(() => {})",
    "import": "import({ toString() { for (;;); } }).catch(() => { for (;;); })",
    "dispose": "for (;;) { using x = { [Symbol.dispose]() { for (;;); } } }",
    "proxy": "Object.keys(new Proxy({}, { ownKeys() { for (;;); } }))",
    "getter while converting": "({ get a() { for (;;); } })",
    "toString": "`${{ toString() { for (;;); } }}`",
    "toJSON": "JSON.stringify({ toJSON() { for (;;); } })",
    "indexOf in a sparse array": "for (;;) new Array(4294967295).indexOf(1)",
    "garbage": "for (;;) { const a = {}; a.a = a }",
    "Map that grows while iterated": "{ const m = new Map([[0, 0]]); for (const [k] of m) m.delete(k), m.set(k + 1, 0) }",
    "console": "for (;;) console.log('x')",
}

SETUP = "var numbers = Array.from({ length: 500000 }, (_, i) => (i * 7919) % 500009)"

# Native loops without a poll, which are cut off.
CUT_OFF = {
    "join": "new Array(1e9).join('x')",
    "sort": "numbers.sort()",
    "typed sort": "{ const a = new Float64Array(20000000); for (let i = 0; i < 1000; i++) a[i * 1000] = i; for (;;) a.sort() }",
    "repeat": "for (;;) 'x'.repeat(5e8)",
    "indexOf in a string": "{ const s = 'x'.repeat(1e8); for (;;) s.indexOf('xxxxxxxy') }",
    "replaceAll": "'x'.repeat(5e7).replaceAll('x', 'yy')",
    "fill": "for (;;) new Array(5e7).fill(0)",
    "BigInt": "3n ** 10000000n",
    "BigInt to text": "(3n ** 600000n).toString()",
    "parser": "eval('1+'.repeat(1e7) + '1')",
    "JSON.parse": "JSON.parse('[' + '[1],'.repeat(3e6) + '1]')",
    "normalize": "'é'.repeat(2e7).normalize('NFD')",
}


@pytest.fixture
def limited(make_vm: MakeVM) -> VM:
    return make_vm(timeout=LIMIT, stdout=lambda text: None, stderr=lambda text: None)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other things is not taken for a native loop."""
    monkeypatch.setattr(watchdog, "GRACE", PATIENCE)


def run_into_the_limit(vm: VM, code: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TimeLimitError) as caught:
        vm.eval(code)
    assert time.monotonic() - begun < PATIENCE
    assert caught.value.limit == LIMIT
    assert isinstance(caught.value, TimeoutError)


@pytest.mark.usefixtures("patient")
@pytest.mark.abandons("code was stopped in its middle")
@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED)
def test_code_is_stopped_and_the_vm_used_again(limited: VM, code: str) -> None:
    run_into_the_limit(limited, code)
    for _ in range(2):  # what a flood has left in the queue may take another limit to end
        try:
            limited.eval("1")
        except TimeLimitError:
            continue
    assert limited.eval("1 + 1") == 2


@pytest.mark.abandons("code was stopped in its middle")
def test_a_large_heap_takes_longer_to_free_than_a_native_loop_may_run(limited: VM) -> None:
    limited.eval(
        "var held = Array.from({ length: 4e6 }, (_, number) => ({ number })); "
        "function let_go() { const mine = held; held = null; for (;;); }",
        timeout=None,
    )
    run_into_the_limit(limited, "let_go()")
    assert limited.eval("held") is None


@pytest.mark.parametrize("code", CUT_OFF.values(), ids=CUT_OFF)
def test_native_loop_is_cut_off_and_the_vm_is_dead_and_says_so(limited: VM, code: str) -> None:
    limited.eval(SETUP, timeout=None)
    run_into_the_limit(limited, code)
    for use in (
        lambda: limited.eval("1"),
        limited.snapshot,
        limited.memory_usage,
        limited.run_jobs,
        limited.statistics,
    ):
        with pytest.raises(GuestTrapped, match="This VM is dead"):
            use()
    limited.close()
    assert limited.closed


def test_stopping_runs_neither_catch_nor_finally(limited: VM) -> None:
    run_into_the_limit(
        limited, "var log = []; try { for (;;); } catch { log.push('catch') } finally { log.push('finally') }"
    )
    assert limited.eval("log") == []


@pytest.mark.parametrize(
    "code",
    [
        "new Promise(() => { for (;;); }).catch(() => log.push('caught')); log.push('after')",
        "Promise.resolve({ then() { for (;;); } }).catch(() => log.push('caught'))",
        "(async () => { for (;;); })().catch(() => log.push('caught')); log.push('after')",
        "(async function* () { for (;;); })().next().catch(() => log.push('caught')); log.push('after')",
        "Promise.all({ [Symbol.iterator]() { for (;;); } }).catch(() => log.push('caught')); log.push('after')",
    ],
)
@pytest.mark.abandons("code was stopped in its middle")
def test_promises_do_not_turn_it_into_a_rejection(limited: VM, code: str) -> None:
    limited.eval("var log = []")
    run_into_the_limit(limited, code)
    assert limited.eval("log") == []


@pytest.mark.abandons("code was stopped in its middle")
def test_job_of_another_is_left_alone(limited: VM) -> None:
    run_into_the_limit(
        limited, "var n = 0; Promise.resolve().then(() => { for (;;); }); Promise.resolve().then(() => { n++ })"
    )
    assert limited.eval("1") == 1
    assert limited.eval("n") == 1


def test_limit_of_one_call(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        vm.eval("for (;;);", timeout=LIMIT)
    assert vm.eval("let n = 0; while (n < 1000000) n++; n") == 1000000


def test_limit_is_lifted_for_one_call(limited: VM) -> None:
    assert limited.eval("{ const end = Date.now() + 100; while (Date.now() < end); } 1", timeout=None) == 1


def test_limit_holds_in_a_vm_that_was_made_without(vm: VM) -> None:
    vm.eval("var kept = { a: [1] }")
    with pytest.raises(TimeLimitError):
        vm.eval("for (;;);", timeout=LIMIT)
    assert vm.eval("kept") == {"a": [1]}


def test_limit_of_a_function(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        vm.eval("() => { for (;;); }")(timeout=LIMIT)
    assert vm.eval("1") == 1


def test_limit_of_a_property(limited: VM) -> None:
    limited.eval(
        "Object.defineProperty(globalThis, 'bad', { get() { for (;;); }, set(v) { for (;;); }, configurable: true, enumerable: true })"
    )
    with pytest.raises(TimeLimitError):
        limited.globals["bad"]
    with pytest.raises(TimeLimitError):
        limited.globals["bad"] = 1
    assert limited.eval("1") == 1


@pytest.mark.abandons("code was stopped in its middle")
def test_limit_of_a_getter_in_an_unhandled_rejection(limited: VM) -> None:
    run_into_the_limit(
        limited, "Promise.reject(Object.assign(new Error('x'), { cause: { get a() { for (;;); } } })); 1"
    )


@pytest.mark.keeps("a module is never unloaded")
def test_limit_of_a_getter_in_what_a_module_throws(limited: VM) -> None:
    with pytest.raises(TimeLimitError):
        limited.eval_module("throw Object.assign(new Error('x'), { cause: { get a() { for (;;); } } })")


def test_limit_of_intervals_that_are_always_due(make_vm: MakeVM) -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.001
        return now

    vm = make_vm(timeout=0.2, clock=clock)
    vm.eval(
        "var ids = []; for (let i = 0; i < 3; i++)"
        " ids.push(setInterval(() => { for (let j = 0; j < 5; j++) Date.now() }, 1))"
    )
    now += 1
    with pytest.raises(TimeLimitError):
        vm.run_until_idle()
    vm.eval("ids.forEach(clearInterval)")


def test_limit_of_centuries_leaves_the_others_working(vm: VM) -> None:
    assert vm.eval("{ const end = Date.now() + 50; while (Date.now() < end); } 1", timeout=1e10) == 1
    with pytest.raises(TimeLimitError):
        vm.eval("for (;;);", timeout=LIMIT)


def test_many_short_calls_are_no_long_one(limited: VM) -> None:
    function = limited.eval("() => 1")
    end = time.monotonic() + 3 * LIMIT
    while time.monotonic() < end:
        assert function() == 1


# ---- host calls


def test_loop_of_host_calls(limited: VM) -> None:
    limited.expose("f", lambda: 1)
    run_into_the_limit(limited, "for (;;) f()")
    assert limited.eval("f()") == 1


def test_host_calls_under_a_limit(make_vm: MakeVM) -> None:
    vm = make_vm(timeout=30, functions={"f": lambda n: n + 1})
    assert vm.eval("let n = 0; for (let i = 0; i < 1000; i++) n = f(n); n") == 1000


def test_nested_call_has_a_limit_of_its_own(make_vm: MakeVM) -> None:
    vm = make_vm(timeout=30)

    def nested() -> str:
        with pytest.raises(TimeLimitError) as caught:
            vm.eval("for (;;);", timeout=LIMIT)
        return f"stopped after {caught.value.limit} s"

    vm.expose("nested", nested)
    assert vm.eval("nested()") == "stopped after 0.05 s"
    assert vm.eval("1") == 1


def test_nested_call_cannot_outlive_the_outer_limit(limited: VM) -> None:
    limited.expose("nested", lambda: limited.eval("for (;;);", timeout=30))
    begun = time.monotonic()
    with pytest.raises(TimeLimitError):
        limited.eval("nested()")
    assert time.monotonic() - begun < PATIENCE
    assert limited.eval("1") == 1


def test_outer_limit_fires_after_a_nested_call_has_ended(limited: VM) -> None:
    limited.expose("nested", lambda: limited.eval("1", timeout=30))
    run_into_the_limit(limited, "nested(); for (;;);")
    assert limited.eval("1") == 1


def test_outer_limit_fires_although_it_passed_while_a_nested_call_ended(
    limited: VM, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = limited._bridge.limits._idle_interrupt

    def late() -> int:
        if limited._bridge.is_running:
            time.sleep(LIMIT + 0.01)  # as long as it takes the watchdog to write in between
        return plain()

    limited.expose("nested", lambda: limited.eval("1"))
    monkeypatch.setattr(limited._bridge.limits, "_idle_interrupt", late)
    with pytest.raises(TimeLimitError):
        limited.eval("nested(); for (;;);")
    monkeypatch.undo()
    assert limited.eval("2") == 2


def test_closed_vm_leaves_no_deadline_armed() -> None:
    with VM(timeout=60) as vm:
        token = vm._bridge.instance.arm(60)
        assert token in watchdog._watchdog.armed
    assert token not in watchdog._watchdog.armed


# ---- what is not running has no limit to run into


def test_a_call_is_answered_though_what_it_wakes_never_ends(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"ask": pending}, timeout=LIMIT)
    vm.eval("ask().then(() => { for (;;); }); 0")
    (call,) = vm.pending
    with pytest.raises(TimeLimitError):
        call.resolve()
    assert vm.pending == []


@pytest.mark.abandons("the timer stays set")
def test_limit_of_eval_async(limited: VM) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(limited.eval_async("await new Promise(f => setTimeout(f, 1e6))"))
    limited.eval("1")


@pytest.mark.keeps("a module is never unloaded")
def test_limit_of_modules(make_vm: MakeVM) -> None:
    vm = make_vm(timeout=LIMIT, modules={"m": "export const a = await new Promise(() => {})"})
    with pytest.raises(StillPending):
        vm.import_module("m")


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_limit_is_positive(vm: VM, value: float) -> None:
    with pytest.raises(ValueError, match="timeout must be more than 0 seconds"):
        vm.eval("1", timeout=value)


@pytest.mark.parametrize("value", ["1", True, [1]])
def test_limit_is_a_number(vm: VM, value: Any) -> None:
    with pytest.raises(TypeError, match="timeout is in seconds"):
        vm.eval("1", timeout=value)
