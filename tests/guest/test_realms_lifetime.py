"""How long a realm lives: until it is closed, and what escaped from it longer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import snapjs
from snapjs import VM, BusyError, ClosedError, Handle, Realm, TimeLimitError

MakeVM = Callable[..., VM]

USES: dict[str, Callable[[Realm], Any]] = {
    "eval": lambda realm: realm.eval("1"),
    "eval_async": lambda realm: asyncio.run(realm.eval_async("1")),
    "eval_handle": lambda realm: realm.eval_handle("1"),
    "expose nested": lambda realm: realm.expose("a.f", lambda: 1),
    "globals[]": lambda realm: realm.globals["a"],
    "globals[] =": lambda realm: realm.globals.update(a=1),
    "del globals[]": lambda realm: realm.globals.pop("a"),
    "in globals": lambda realm: "a" in realm.globals,
    "list(globals)": lambda realm: list(realm.globals),
    "global_handle.typeof": lambda realm: realm.global_handle.typeof,
    "global_handle.keys": lambda realm: realm.global_handle.keys(),
    "global_handle.get_prop": lambda realm: realm.global_handle.get_prop("a"),
}


def test_close_can_be_repeated(vm: VM) -> None:
    realm = vm.new_realm()
    assert realm.closed is False
    realm.close()
    realm.close()
    assert (realm.closed, repr(realm), vm.realms) == (True, "<Realm 1, closed>", [])


def test_a_context_manager_closes(vm: VM) -> None:
    with vm.new_realm() as realm:
        assert realm.eval("1") == 1
    assert realm.closed


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_use_after_close(vm: VM, use: Callable[[Realm], Any]) -> None:
    realm = vm.new_realm()
    realm.eval("var a = 1")
    realm.close()
    with pytest.raises(ClosedError, match="its realm closed"):
        use(realm)
    assert vm.eval("1 + 1") == 2


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_use_after_the_vm_was_closed(use: Callable[[Realm], Any]) -> None:
    with VM() as vm:
        realm = vm.new_realm()
    assert realm.closed
    with pytest.raises(ClosedError, match="This VM is closed"):
        use(realm)
    realm.close()
    assert vm.realms == []


def test_exposing_in_a_closed_realm_lends_nothing(vm: VM) -> None:
    realm = vm.new_realm()
    realm.close()
    with pytest.raises(ClosedError):
        realm.expose("f", lambda: 1)
    vm.gc()
    assert vm.statistics().lent_functions == 0


def test_the_number_of_a_closed_realm_is_not_used_again(vm: VM) -> None:
    vm.new_realm().close()
    with vm.new_realm() as realm:
        assert realm.id == 2


def test_a_global_object_that_was_taken_before_does_not_become_anothers(vm: VM) -> None:
    realm = vm.new_realm()
    taken = realm.global_handle
    realm.close()
    with vm.new_realm() as other:
        other.eval("var a = 1")
        with pytest.raises(ClosedError):
            taken.get_prop("a")


def test_a_realm_that_python_forgot_stays_open(vm: VM) -> None:
    vm.new_realm().eval("var kept = 1")
    vm.gc()
    (realm,) = vm.realms
    assert realm.eval("kept") == 1
    realm.close()


# ---- what escaped


def test_functions_that_escaped_go_on(vm: VM) -> None:
    with vm.new_realm() as realm:
        realm.expose("double", lambda x: 2 * x)
        realm.eval("var n = 20; class Local {}")
        code = "() => [double(++n), [] instanceof Array, typeof new Local, eval('n'), new Function('return n')()]"
        vm.globals["escaped"] = realm.eval_handle(code)
    vm.gc()
    assert vm.eval("escaped()") == [42, True, "object", 21, 21]
    assert vm.eval("escaped()[0]") == 44


def test_handles_that_escaped_go_on(vm: VM) -> None:
    with vm.new_realm() as realm:
        handle = realm.eval_handle("globalThis")
        realm.eval("var n = 1")
    vm.gc()
    with handle:
        assert handle.get_prop("n").to_python() == 1
        handle.set_prop("list", [1])
        assert handle.get_prop("list").is_array


def test_timers_of_a_closed_realm_fire(vm: VM) -> None:
    fired: list[Any] = []
    with vm.new_realm() as realm:
        realm.expose("fire", fired.append)
        realm.eval("setTimeout(() => fire([] instanceof Array), 0); 0")
    vm.gc()
    assert vm.statistics().timers == 1
    vm.run_until_idle()
    assert (fired, vm.statistics().timers) == ([True], 0)


def test_jobs_of_a_closed_realm_run(vm: VM) -> None:
    done: list[Any] = []
    with vm.new_realm() as realm:
        realm.expose("done", done.append)
        realm.eval_handle("Promise.resolve(7).then(done), 0").dispose()
    vm.gc()
    assert done == []
    vm.execute_pending_jobs()
    assert done == [7]


def test_pending_calls_of_a_closed_realm_are_answered(vm: VM) -> None:
    with vm.new_realm() as realm:
        realm.expose("ask", snapjs.pending)
        promise = realm.eval_handle("ask(1)")
    vm.gc()
    vm.pending[0].resolve(42)
    with promise:
        assert promise.to_python().result == 42


def test_async_functions_of_a_closed_realm_answer(vm: VM) -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    async def go() -> Any:
        with vm.new_realm() as realm:
            realm.expose("answer", answer)
            promise = realm.eval("answer()")
        vm.gc()
        return await promise

    assert asyncio.run(go()) == 42


def test_async_functions_that_were_dropped_answer(vm: VM) -> None:
    async def answer() -> int:
        return 42

    with vm.new_realm() as realm:
        realm.expose("answer", answer)
        realm.eval("answer().then(v => { globalThis.got = v }); delete globalThis.answer; 0")
        realm.expose("other", lambda: 1)
        asyncio.run(vm.run_until_idle_async())
        assert (vm.pending, realm.globals.get("got")) == ([], 42)


# ---- closing while its code runs


@pytest.mark.parametrize("with_gc", [False, True], ids=["", "with gc"])
def test_a_realm_closes_itself(vm: VM, with_gc: bool) -> None:
    realm = vm.new_realm()

    def close() -> None:
        realm.close()
        if with_gc:
            vm.gc()

    realm.expose("close", close)
    code = "var n = 5; close(); [n, [].concat([1]), typeof Array, eval('n'), (() => { try { null.x } catch (e) { return e instanceof TypeError } })()]"
    assert realm.eval(code) == [5, [1], "function", 5, True]
    assert realm.closed
    with pytest.raises(ClosedError):
        realm.eval("1")


def test_a_realm_is_closed_by_what_it_calls_in_another(vm: VM) -> None:
    inner, outer = vm.new_realm(), vm.new_realm()

    def close() -> None:
        inner.close()
        outer.close()
        vm.gc()

    vm.expose("close", close)
    inner.globals["close"] = vm.eval_handle("() => { close(); return [1] }")
    outer.globals["run"] = inner.eval_handle("() => { const list = close(); return [list.length, typeof Map] }")
    assert outer.eval("run().concat([3])") == [1, "function", 3]
    assert vm.realms == []


def test_a_realm_is_closed_in_a_getter_while_its_global_is_read(vm: VM) -> None:
    realm = vm.new_realm()
    realm.expose("close", lambda: (realm.close(), vm.gc()))
    realm.eval(
        "Object.defineProperty(globalThis, 'last', { get() { close(); return [Array.name] }, configurable: true })"
    )
    assert realm.globals["last"] == ["Array"]


def test_a_realm_is_closed_in_a_setter(vm: VM) -> None:
    realm = vm.new_realm()
    seen: list[Any] = []
    realm.expose("close", lambda value: (realm.close(), vm.gc(), seen.append(value)))
    realm.eval(
        "Object.defineProperty(globalThis, 'last', { set(v) { close(v); v.push(Array.name) }, configurable: true })"
    )
    realm.globals["last"] = [1]
    assert seen == [[1]]


def test_a_new_realm_is_made_and_closed_in_a_host_function(vm: VM) -> None:
    def run(code: str) -> Any:
        with vm.new_realm() as realm:
            return realm.eval(code)

    vm.expose("run", run)
    assert vm.eval("run('[1, 2].map(x => x * 2)').concat(run('3'))") == [2, 4, 3]


# ---- memory, death, threads


def test_a_hundred_realms_leave_nothing(vm: VM) -> None:
    def churn() -> None:
        with vm.new_realm(web={"timers"}) as realm:
            realm.expose("f", lambda: 1)
            realm.expose("deep.f", lambda: 1)
            realm.globals["data"] = {"list": [1, 2]}
            realm.eval("f(); class A { a = this }; var a = new A; (async () => 1)(); setTimeout")
            realm.global_handle.get_prop("Map")

    for _ in range(20):  # the guest's tables reach their sizes
        churn()
    vm.gc()
    before, statistics = vm.memory_usage(), vm.statistics()
    for _ in range(100):
        churn()
    vm.gc()
    after = vm.memory_usage()
    counters = ["obj_count", "str_count", "shape_count", "js_func_count", "atom_count", "memory_used_size"]
    assert {name: after[name] - before[name] for name in counters} == dict.fromkeys(counters, 0)
    assert vm.statistics() == statistics


def test_closed_realms_return_their_functions(vm: VM) -> None:
    with vm.new_realm() as realm:
        realm.expose("f", lambda: 1)
        realm.globals["g"] = lambda: 2
        assert vm.statistics().lent_functions == 2
    vm.gc()
    vm.expose("main", lambda: 3)
    assert vm.statistics().lent_functions == 1


def test_a_function_that_the_realm_dropped_can_be_exposed_again(vm: VM) -> None:
    with vm.new_realm() as realm:
        realm.expose("f", lambda: 1)
        realm.eval("delete globalThis.f")
        realm.expose("f", lambda: 2)
        assert realm.eval("f()") == 2


def test_a_realm_of_a_dead_vm_closes() -> None:
    with VM() as vm, pytest.raises(TimeLimitError, match="dead"), vm.new_realm() as realm:
        realm.eval("new Array(1e9).join('x')", timeout=0.02)


def test_another_thread_while_the_realm_runs(vm: VM) -> None:
    errors: list[type[BaseException]] = []
    with vm.new_realm() as realm:

        def intrude() -> None:
            for use in (lambda: realm.eval("1"), realm.close, lambda: realm.globals["a"], vm.new_realm):
                try:
                    use()
                except BusyError as error:
                    errors.append(type(error))

        def run() -> None:
            thread = threading.Thread(target=intrude)
            thread.start()
            thread.join()

        realm.expose("run", run)
        realm.eval("run()")
        assert errors == [BusyError] * 4
        assert (realm.closed, realm.eval("1 + 1")) == (False, 2)


def test_a_realm_moves_between_threads(vm: VM) -> None:
    results: list[Any] = []
    with vm.new_realm() as realm:
        thread = threading.Thread(target=lambda: results.append(realm.eval("40 + 2")))
        thread.start()
        thread.join()
    assert results == [42]


def test_handles_of_realms_of_two_vms_do_not_mix(make_vm: MakeVM) -> None:
    with make_vm().new_realm() as one, make_vm().new_realm() as two:
        handle: Handle = one.eval_handle("({})")
        with pytest.raises(snapjs.WrongVMError):
            two.globals["x"] = handle
