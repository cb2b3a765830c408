"""What the engine still has of a realm when the host has closed it: queued jobs, registries, failed beginnings."""

from __future__ import annotations

import pytest

import snapjs
from snapjs import VM, MemoryLimitError, ModuleNotFound

SMALL = ("console", "timers", "queueMicrotask")
SPRAY = "globalThis.spray = []; for (let i = 0; i < 2000; i++) spray.push(new Uint32Array(64).fill(0x41414141))"


def with_a_queued_job(vm: VM) -> None:
    """A realm that was closed after it had queued a job."""
    vm.eval("globalThis.out = []; globalThis.p = new Promise(r => globalThis.res = r); p.then(v => out.push(v)); 0")
    with vm.new_realm() as realm:
        realm.globals["res"] = vm.eval_handle("res")
        realm.eval_handle("res(42)").dispose()


def test_a_job_that_a_closed_realm_has_queued_runs(vm: VM) -> None:
    with_a_queued_job(vm)
    vm.gc()
    vm.eval_handle(SPRAY).dispose()
    assert vm.execute_pending_jobs() == 1
    assert vm.eval("out") == [42]


def test_a_job_that_a_closed_realm_has_queued_runs_after_a_restore() -> None:
    with VM() as vm:
        with_a_queued_job(vm)
        snapshot = vm.snapshot()
    with VM.restore(snapshot) as restored:
        restored.gc()
        assert restored.run_jobs() == 1
        assert restored.eval("out") == [42]


def test_a_registry_of_a_closed_realm_goes_on(vm: VM) -> None:
    with vm.new_realm() as realm:
        vm.globals["Registry"] = realm.eval_handle("FinalizationRegistry")
        vm.eval(
            "globalThis.out = [];"
            "globalThis.registry = Reflect.construct(Registry, [held => out.push(held)], FinalizationRegistry); 0"
        )
        del vm.globals["Registry"]
    vm.gc()
    vm.eval(SPRAY)
    vm.eval("registry.register({}, 'gone'); 0")
    vm.gc()
    vm.run_jobs()
    assert vm.eval("out") == ["gone"]


def test_closed_realms_are_freed_with_the_next_collection(vm: VM) -> None:
    vm.gc()
    before = vm.memory_usage()["obj_count"]
    for _ in range(3):
        vm.new_realm().close()
    assert vm.memory_usage()["obj_count"] > before + 100
    vm.gc()
    assert vm.memory_usage()["obj_count"] == before


def test_closed_realms_do_not_pile_up_without_a_collection(vm: VM) -> None:
    vm.gc()
    before = vm.memory_usage()["heap_size"]
    for _ in range(64):
        vm.new_realm().close()
    assert vm.memory_usage()["heap_size"] < before + 17 * 60_000


def fill(vm: VM, limit: int, left: int) -> None:
    """Fill the heap until about this many bytes are left of its limit."""
    vm.eval("globalThis.kept = []; 0")
    for _ in range(200):
        room = limit - left - vm.memory_usage()["heap_size"]
        if room < 600:
            return
        vm.eval(f"kept.push(new ArrayBuffer({min(room - 300, 20_000)})); 0")


def test_a_realm_for_which_there_is_no_memory_leaves_a_heap_that_works() -> None:
    limit, refused = 1 << 20, 0
    for left in (0, 500, 1_000, 5_000, 20_000, 35_000, 60_000):
        with VM(memory_limit=limit, timeout=20.0) as vm:
            try:
                fill(vm, limit, left)
                vm.new_realm(web=SMALL).close()
            except MemoryLimitError:
                refused += 1
            vm.eval("kept = null")
            vm.gc()
            with vm.new_realm(web=SMALL) as realm:
                assert realm.eval("[1 + 1, typeof Map]") == [2, "function"]
    assert 3 <= refused <= 6


def test_an_import_that_failed_in_a_cycle_is_tried_again() -> None:
    sources = {"a.js": "import './m.js'; export let x = 1", "m.js": "import './a.js'; import './missing.js'"}
    with VM(modules=sources) as vm:
        promise = vm.eval(f"import('m.js').catch(() => {{ {SPRAY}; return import('a.js') }}).catch(e => e.message)")
        assert promise.result.startswith("There is no module 'missing.js', imported by")
        for name in ("m.js", "a.js"):
            with pytest.raises(ModuleNotFound, match=r"missing\.js"):
                vm.import_module(name)
        sources["missing.js"] = ""
        assert vm.import_module("a.js")["x"] == 1


def test_bytecode_runs_without_typed_arrays() -> None:
    kept = snapjs.Intrinsics.ALL & ~(snapjs.Intrinsics.EVAL | snapjs.Intrinsics.TYPED_ARRAYS)
    with VM() as vm, VM(intrinsics=kept) as small:
        assert small.eval_bytecode(vm.compile("6 * 7")).to_number() == 42
