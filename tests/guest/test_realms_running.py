"""What runs in a realm: its intrinsics and web APIs, timers and jobs, errors, limits, modules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snapjs import (
    VM,
    EvalFlags,
    Interrupted,
    Intrinsics,
    JSError,
    MemoryLimitError,
    ModuleNotFound,
    Realm,
    StackLimitError,
    StillPending,
    TimeLimitError,
)

MakeVM = Callable[..., VM]


@pytest.fixture
def realm(vm: VM) -> Iterator[Realm]:
    """A realm of `vm`, closed before the VM is checked for leaks."""
    with vm.new_realm() as realm:
        yield realm


# ---- intrinsics and web APIs


def test_a_realm_has_what_the_vm_has(make_vm: MakeVM) -> None:
    vm = make_vm(web={"console"}, intrinsics=Intrinsics.ALL & ~Intrinsics.PROXY)
    with vm.new_realm() as realm:
        assert realm.eval("[typeof console, typeof setTimeout, typeof Proxy, typeof Map]") == [
            "object", "undefined", "undefined", "function",
        ]  # fmt: skip


def test_a_realm_may_have_less(vm: VM) -> None:
    with vm.new_realm(intrinsics=Intrinsics.EVAL | Intrinsics.JSON, web=False) as realm:
        assert realm.eval("[typeof JSON, typeof Map, typeof Promise, typeof console, typeof setTimeout]") == [
            "object", "undefined", "undefined", "undefined", "undefined",
        ]  # fmt: skip
        assert vm.eval("typeof Map") == "function"


@pytest.mark.keeps("the leak check looks at more than such a VM has")
def test_a_realm_may_have_more(make_vm: MakeVM) -> None:
    vm = make_vm(web=False, intrinsics=Intrinsics.EVAL)
    with vm.new_realm(intrinsics=Intrinsics.ALL, web=True) as realm:
        assert realm.eval("[typeof Map, typeof console, typeof performance.now()]") == ["function", "object", "number"]


def test_a_realm_without_eval(vm: VM) -> None:
    with vm.new_realm(intrinsics=Intrinsics.ALL & ~Intrinsics.EVAL) as realm:
        with pytest.raises(JSError, match="eval is not supported"):
            realm.eval("1")
        with pytest.raises(JSError, match="eval is not supported"):
            realm.eval_handle("1", flags=EvalFlags.TYPE_MODULE)
        for name in ("eval", "Function"):
            with realm.global_handle.get_prop(name) as function, pytest.raises(JSError, match="eval is not supported"):
                vm.call_function(function, None, "1")
        assert vm.eval("eval('1 + 1')") == 2
        # bytecode runs in the VM's own realm only
        assert vm.eval_bytecode(vm.compile("1 + 2")).to_python() == 3


def test_a_web_api_that_does_not_exist(vm: VM) -> None:
    with pytest.raises(ValueError, match="web has no 'nope'"):
        vm.new_realm(web={"nope"})


def test_the_console_of_a_realm(make_vm: MakeVM) -> None:
    lines: list[str] = []
    vm = make_vm(stdout=lines.append)
    with vm.new_realm() as realm:
        realm.eval("console.log('a %s', [1]); console.count('x')")
        vm.eval("console.count('x')")
    assert "".join(lines).splitlines()[0] == "a [ 1 ]"


def test_a_realm_clears_no_timer_of_another(vm: VM, realm: Realm) -> None:
    vm.eval("var out = [], id = setTimeout(() => out.push(1), 0)")
    realm.eval("for (let id = 0; id < 100; id++) clearTimeout(id)")
    vm.run_until_idle()
    assert vm.eval("out") == [1]


def test_timers_of_a_realm(vm: VM, realm: Realm) -> None:
    realm.eval("setTimeout((a, b) => { globalThis.fired = [a + b, [] instanceof Array] }, 0, 1, 2); 0")
    vm.run_until_idle()
    assert realm.eval("fired") == [3, True]


def test_microtasks_of_a_realm(vm: VM, realm: Realm) -> None:
    realm.eval("globalThis.log = []; queueMicrotask(() => log.push('micro')); log.push('script')")
    assert realm.eval("log") == ["script", "micro"]
    realm.eval_handle("Promise.resolve().then(() => log.push('job'))").dispose()
    assert (realm.eval_handle("log.length").to_python(), vm.execute_pending_jobs()) == (2, 1)


def test_performance_of_a_realm_starts_with_it(make_vm: MakeVM) -> None:
    now = 1000.0
    vm = make_vm(clock=lambda: now)
    now = 1005.0
    with vm.new_realm() as realm:
        assert (vm.eval("performance.timeOrigin"), realm.eval("performance.timeOrigin")) == (1000000, 1005000)
        assert (vm.eval("performance.now()"), realm.eval("performance.now()")) == (5000, 0)


def test_clock_and_zone_are_the_vms(make_vm: MakeVM) -> None:
    vm = make_vm(clock=1_700_000_000, timezone="Asia/Tokyo")
    with vm.new_realm() as realm:
        assert realm.eval("[Date.now(), new Date(0).getTimezoneOffset()]") == [1_700_000_000_000, -540]


def test_random_numbers_differ_between_realms_and_repeat_with_the_seed(make_vm: MakeVM) -> None:
    def numbers(seed: int) -> list[float]:
        vm = make_vm(seed=seed)
        with vm.new_realm() as one, vm.new_realm() as two:
            return [world.eval("Math.random()") for world in (vm, one, two)]

    assert numbers(1) == numbers(1)
    assert len({*numbers(1), *numbers(2)}) == 6


# ---- errors, limits, rejections, modules


def test_a_script_that_throws(realm: Realm) -> None:
    with pytest.raises(JSError, match="TypeError: no"):
        realm.eval("throw new TypeError('no')")
    with pytest.raises(JSError, match="SyntaxError"):
        realm.eval("}")


def test_a_python_exception_passes_through(realm: Realm) -> None:
    def fail() -> None:
        raise LookupError("mine")

    realm.expose("fail", fail)
    with pytest.raises(LookupError, match="mine"):
        realm.eval("fail()")


def test_the_stack_limit(vm: VM, realm: Realm) -> None:
    with pytest.raises(StackLimitError):
        realm.eval("(function f() { f() })()")
    assert realm.eval("try { (function f() { f() })() } catch (error) { error instanceof RangeError }") is True
    vm.globals["deep"] = realm.eval_handle("() => { (function f() { f() })() }")
    with pytest.raises(StackLimitError):
        vm.eval("deep()")


def test_the_memory_limit(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=4 << 20)
    with vm.new_realm() as realm:
        with pytest.raises(MemoryLimitError):
            realm.eval("{ const all = []; for (;;) all.push('x'.repeat(1000) + all.length) }")
        assert realm.eval("1 + 1") == 2


def test_a_realm_that_does_not_fit(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=4 << 20)
    realms = []
    with pytest.raises(MemoryLimitError):
        for _ in range(100):
            realms.append(vm.new_realm())
    assert vm.realms == realms
    for realm in realms:
        realm.close()
    vm.gc()
    with vm.new_realm() as realm:
        assert realm.eval("1 + 1") == 2


def test_the_time_limit(vm: VM, realm: Realm) -> None:
    with pytest.raises(TimeLimitError):
        realm.eval("for (;;);", timeout=0.02)
    with pytest.raises(TimeLimitError):
        asyncio.run(realm.eval_async("for (;;) await 0", timeout=0.02))
    vm.globals["spin"] = realm.eval_handle("() => { for (;;); }")
    with pytest.raises(TimeLimitError):
        vm.eval("spin()", timeout=0.02)
    assert realm.eval("1 + 1") == 2


def test_the_interrupt_callable(make_vm: MakeVM) -> None:
    vm = make_vm(interrupt=lambda: True)
    with vm.new_realm() as realm, pytest.raises(Interrupted):
        realm.eval("for (;;);")


def test_a_promise_that_nobody_settles(realm: Realm) -> None:
    with pytest.raises(StillPending):
        asyncio.run(realm.eval_async("await new Promise(() => {})"))


def test_unhandled_rejections(make_vm: MakeVM) -> None:
    reports: list[Any] = []
    vm = make_vm(on_unhandled_rejection=lambda promise, reason, handled: reports.append((reason.to_python(), handled)))
    with vm.new_realm() as realm:
        realm.eval("globalThis.p = Promise.reject('x'); 0")
        realm.eval("p.catch(() => {}); 0")
    assert reports == [("x", False), ("x", True)]


@pytest.mark.keeps("a module is never unloaded")
def test_each_realm_has_modules_of_its_own(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.js": "export const list = [], A = Array"})
    code = "import('m.js').then(m => [m.A === Array, m.list.push(1)])"
    with vm.new_realm() as realm:
        assert asyncio.run(realm.eval_async(code)) == [True, 1]
        assert asyncio.run(vm.eval_async(code)) == [True, 1]
        assert asyncio.run(realm.eval_async(code)) == [True, 2]
        with pytest.raises(ModuleNotFound):
            asyncio.run(realm.eval_async("await import('nope')"))


@pytest.mark.keeps("a module is never unloaded")
def test_a_module_is_evaluated_in_the_realm(vm: VM, realm: Realm) -> None:
    with realm.eval_handle(
        "export const own = [] instanceof Array; globalThis.ran = Array", flags=EvalFlags.TYPE_MODULE
    ) as promise:
        namespace = vm.resolve_promise(promise).value
        assert namespace is not None
        assert namespace.get_prop("own").to_python() is True
    assert realm.eval("ran === Array") is True
    assert "ran" not in vm.globals
