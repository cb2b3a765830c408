"""Realms in snapshots: which are open, what is in them, and which function is bound to which name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import fresh_process
import pytest
from moving import moved

import snapjs
from snapjs import VM, ClosedError, Intrinsics, JSError, NotQuiescent, Snapshot


def test_realms_are_found_again() -> None:
    with VM() as vm:
        one, two, three = vm.new_realm(), vm.new_realm(), vm.new_realm()
        one.eval("var name = 'one'")
        three.eval("var name = 'three'")
        two.close()
        with moved(vm) as restored:
            assert [(realm.id, realm.eval("name")) for realm in restored.realms] == [(1, "one"), (3, "three")]
            assert restored.new_realm().id == 4


def test_the_same_realm_each_time_it_is_asked_for() -> None:
    with VM() as vm:
        vm.new_realm()
        with moved(vm) as restored:
            assert restored.realms[0] is restored.realms[0]
            restored.realms[0].close()
            assert restored.realms == []


def test_what_is_in_a_realm() -> None:
    with VM() as vm:
        realm = vm.new_realm()
        realm.eval("""
            class Point { #x = 1; get x() { return this.#x } }
            let lexical = new Point
            var list = [1, { a: list }], counter = (function* () { for (let i = 0; ; i++) yield i })()
            counter.next()
            Array.prototype.last = function () { return this[this.length - 1] }
        """)
        with moved(vm) as restored:
            (realm,) = restored.realms
            assert realm.eval("[lexical.x, new Point instanceof Point, counter.next().value, [7].last()]") == [
                1, True, 1, 7,
            ]  # fmt: skip
            assert realm.eval("list instanceof Array") is True
            assert restored.eval("[typeof Point, typeof list, [].last]") == ["undefined", "undefined", snapjs.undefined]


def test_intrinsics_and_web_apis_of_a_realm_are_in_the_snapshot() -> None:
    with VM() as vm:
        vm.new_realm(intrinsics=Intrinsics.ALL & ~Intrinsics.PROXY, web={"console"})
        vm.new_realm(intrinsics=Intrinsics.ALL & ~Intrinsics.EVAL)
        with moved(vm) as restored:
            less, silent = restored.realms
            assert less.eval("[typeof Proxy, typeof console, typeof setTimeout]") == [
                "undefined",
                "object",
                "undefined",
            ]
            with pytest.raises(JSError, match="eval is not supported"):
                silent.eval("1")
            assert restored.eval("typeof Proxy") == "function"


def test_another_process(tmp_path: Path) -> None:
    code = """
import sys
from snapjs import VM, Snapshot
with VM.restore(Snapshot.load(sys.argv[1])) as vm:
    vm.realms[0].expose("f", lambda: "new")
    print([(realm.id, realm.eval("[n, f(), [] instanceof Array].join()")) for realm in vm.realms])
"""
    with VM() as vm:
        realm = vm.new_realm()
        realm.eval("var n = 42")
        realm.expose("f", lambda: "old")
        snapshot = vm.snapshot()
    snapshot.save(tmp_path / "state")
    assert fresh_process.run(code, tmp_path / "state") == "[(1, '42,new,true')]"


def test_closed_realms_stay_closed() -> None:
    with VM() as vm:
        with vm.new_realm() as realm:
            vm.globals["escaped"] = realm.eval_handle("() => [typeof Array, [] instanceof Array]")
        with moved(vm) as restored:
            assert restored.realms == []
            restored.gc()
            assert restored.eval("escaped()") == ["function", True]


def test_the_vm_that_was_saved_goes_on() -> None:
    with VM() as vm:
        realm = vm.new_realm()
        realm.eval("var n = 1")
        with VM.restore(vm.snapshot()) as restored:
            realm.eval("n = 2")
            assert (realm.eval("n"), restored.realms[0].eval("n")) == (2, 1)
            realm.close()
            assert restored.realms[0].eval("n") == 1
            with pytest.raises(ClosedError):
                realm.eval("n")


def test_a_snapshot_while_a_realm_runs(vm: VM) -> None:
    with vm.new_realm() as realm:
        realm.expose("save", vm.snapshot)
        with pytest.raises(NotQuiescent):
            realm.eval("save()")


# ---- functions of the host


def saved_with_functions() -> Snapshot:
    """A VM and two realms that all know the name `who`."""
    with VM(functions={"who": lambda: "main"}) as vm:
        for word in ("one", "two"):
            vm.new_realm().expose("who", lambda word=word: word)
        vm.realms[0].expose("deep.who", lambda: "deep")
        return vm.snapshot()


def test_a_name_is_bound_by_the_restore_in_the_vms_own_realm_only() -> None:
    """Or a realm would be given what its `who` never stood for."""
    with VM.restore(saved_with_functions(), functions={"who": lambda: "new", "deep.who": lambda: "deep"}) as vm:
        assert vm.eval("who()") == "new"
        for code in ("who()", "deep.who()"):
            with pytest.raises(JSError, match="is not registered: nothing is bound to this name"):
                vm.realms[0].eval(code)


def test_functions_of_realms_are_bound_by_exposing_them_again() -> None:
    with VM.restore(saved_with_functions(), functions={"who": lambda: "new"}) as vm:
        one, two = vm.realms
        one.expose("who", lambda: "one again")
        one.expose("deep.who", lambda: "deep again")
        two.expose("who", lambda: "two again")
        assert [world.eval("who()") for world in (vm, one, two)] == ["new", "one again", "two again"]
        assert one.eval("deep.who()") == "deep again"


def test_functions_that_are_not_bound() -> None:
    with VM.restore(saved_with_functions()) as vm:
        for world in (vm, *vm.realms):
            with pytest.raises(JSError, match="host function 'who' is not registered"):
                world.eval("who()")


def test_a_function_object_stays_itself() -> None:
    with VM() as vm:
        realm = vm.new_realm()
        realm.expose("f", lambda: 1)
        realm.eval("var same = f; f.mark = 'kept'")
        with moved(vm) as restored:
            (realm,) = restored.realms
            realm.expose("f", lambda: 2)
            assert realm.eval("[f === same, f.mark, f(), f.constructor === Function]") == [True, "kept", 2, True]


def test_async_functions_of_one_name() -> None:
    def saying(word: str) -> Any:
        async def who() -> str:
            return word

        return who

    async def go(snapshot: Snapshot) -> list[str]:
        with VM.restore(snapshot, functions={"who": saying("main")}) as vm:
            one, two = vm.realms
            one.expose("who", saying("one"))
            two.expose("who", saying("two"))
            return await asyncio.gather(*(world.eval_async("await who()") for world in (two, vm, one)))

    assert asyncio.run(go(saved_with_functions())) == ["two", "main", "one"]


def test_functions_of_a_closed_realm_are_forgotten_after_the_restore() -> None:
    with VM.restore(saved_with_functions(), functions={"who": lambda: 1}) as vm:
        for realm in vm.realms:
            realm.expose("who", lambda: 2)
        assert vm.statistics().lent_functions == 3
        for realm in vm.realms:
            realm.close()
        vm.gc()
        vm.expose("who", lambda: 1)
        assert vm.statistics().lent_functions == 1


# ---- what waits


def saved_with_calls() -> Snapshot:
    """Two realms that each wait for `ask`, and their timers."""
    with VM() as vm:
        for name in ("one", "two"):
            realm = vm.new_realm()
            realm.expose("ask", snapjs.pending)
            realm.eval(f"ask('{name}').then(v => {{ globalThis.got = v + name }}); var name = '{name}'; 0")
            realm.eval("setTimeout(() => { globalThis.fired = [] instanceof Array }, 0); 0")
        return vm.snapshot()


def test_pending_calls_are_resolved_after_the_restore() -> None:
    with VM.restore(saved_with_calls()) as vm:
        assert [(call.name, call.args) for call in vm.pending] == [("ask", ("one",)), ("ask", ("two",))]
        for call in vm.pending:
            call.resolve("answer to ")
        assert [realm.eval("got") for realm in vm.realms] == ["answer to one", "answer to two"]


def test_pending_calls_are_answered_by_the_functions_of_their_realm() -> None:
    async def go() -> list[str]:
        with VM.restore(saved_with_calls()) as vm:
            for realm, word in zip(vm.realms, ("first ", "second "), strict=True):

                async def ask(name: str, word: str = word) -> str:
                    return f"{word}{name} "

                realm.expose("ask", ask)
            await vm.run_until_idle_async()
            return [realm.eval("got") for realm in vm.realms]

    assert asyncio.run(go()) == ["first one one", "second two two"]


def test_pending_calls_of_a_realm_that_is_closed_after_the_restore() -> None:
    with VM.restore(saved_with_calls()) as vm:
        one, _ = vm.realms
        with one.eval_handle("() => got") as got:
            one.close()
            vm.gc()
            vm.pending[0].resolve("late ")
            assert vm.call_function(got).to_python() == "late one"


def test_timers_fire_after_the_restore() -> None:
    with VM.restore(saved_with_calls()) as vm:
        vm.run_until_idle()
        assert [realm.eval("fired") for realm in vm.realms] == [True, True]


def test_exported_handles() -> None:
    with VM() as vm:
        realm = vm.new_realm()
        token = vm.export_handle(realm.eval_handle("({ list: [] })"))
        with moved(vm) as restored:
            (realm,) = restored.realms
            realm.globals["imported"] = restored.import_handle(token)
            assert realm.eval("[imported instanceof Object, imported.list instanceof Array]") == [True, True]
            realm.close()
            restored.gc()
            assert restored.import_handle(token).get_prop("list").is_array


def test_jobs_that_wait() -> None:
    with VM() as vm:
        vm.new_realm().eval_handle("Promise.resolve(1).then(v => { globalThis.job = [v] }); 0")
        with moved(vm) as restored:
            assert restored.execute_pending_jobs() == 1
            assert restored.realms[0].eval("[job[0], job instanceof Array]") == [1, True]


# ---- the same state, the same bytes


PROGRAM = "f({ a: [1] }); var list = [Math.random(), Date.now()]; setTimeout(() => 0, 5); class A {}; var a = new A; 0"


def state(*, seed: int = 1, closes: bool = True) -> str:
    """The id of a VM with realms that ran a program."""
    with VM(seed=seed, clock=5) as vm:
        for _ in range(3):
            realm = vm.new_realm()
            realm.expose("f", lambda value: value)
            realm.eval(PROGRAM)
        if closes:
            vm.realms[1].close()
        return vm.snapshot().id


def test_equal_states_have_equal_ids() -> None:
    assert state() == state()
    assert len({state(), state(seed=2), state(closes=False)}) == 3


def test_random_numbers_go_on_and_can_be_reseeded() -> None:
    with VM(seed=1) as vm:
        realm = vm.new_realm()
        realm.eval("Math.random()")
        snapshot = vm.snapshot()
        expected = realm.eval("Math.random()")
    numbers = []
    for options in ({}, {"seed": 2}, {"seed": 2}):
        with VM.restore(snapshot, **options) as vm:
            numbers.append(vm.realms[0].eval("Math.random()"))
    assert numbers[0] == expected
    assert numbers[1] == numbers[2] != expected


def test_snapshots_of_snapshots_do_not_grow() -> None:
    with VM() as vm:
        vm.new_realm().expose("f", lambda: 1)
        snapshot = vm.snapshot()
    sizes = set()
    for _ in range(10):
        with VM.restore(snapshot) as vm:
            vm.realms[0].expose("f", lambda: 1)
            vm.realms[0].eval("f()")
            vm.gc()
            sizes.add(vm.memory_usage()["memory_used_size"])
            snapshot = vm.snapshot()
    assert len(sizes) == 1
