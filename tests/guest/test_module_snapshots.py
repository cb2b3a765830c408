"""Snapshots with modules: loaded, being evaluated, being loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snapjs import VM, JSError, ModuleNotFound, Snapshot, StillPending, pending

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]


@pytest.fixture
def restore(make_vm: MakeVM) -> Iterator[Callable[..., VM]]:
    """A function that restores a VM's snapshot, by way of its bytes."""
    vms: list[VM] = []

    def restored(vm: VM, **options: Any) -> VM:
        vms.append(VM.restore(Snapshot.from_bytes(vm.snapshot().to_bytes()), **options))
        return vms[-1]

    yield restored
    for vm in vms:
        vm.close()


Restore = Callable[..., VM]


async def by_hand(name: str, importer: str | None) -> str:
    """A loader that nobody asks, for no event loop runs: its imports are left pending."""
    raise AssertionError


# ---- loaded


def test_loaded_modules_need_no_loader(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(
        modules={
            "a": "import { n } from 'b'; export const next = () => n() + 1",
            "b": "let x = 0; export const n = () => ++x",
        }
    )
    assert vm.import_module("a")["next"]() == 2
    restored = restore(vm)
    assert restored.import_module("a")["next"]() == 3
    assert restored.import_module("b")["n"]() == 3
    assert vm.import_module("a")["next"]() == 3


def test_a_loaded_module_is_what_it_was_whatever_the_loader_has(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules={"m": "export default 'old'"})
    vm.import_module("m")
    restored = restore(vm, modules={"m": "export default 'new'", "n": "export { default } from 'm'"})
    assert restored.import_module("n")["default"] == "old"


def test_what_was_not_loaded_comes_from_the_new_loader(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(
        modules={
            "m": "export const load = () => import('./late.js').then(ns => ns.default)",
            "late.js": "export default 'old'",
        }
    )
    vm.import_module("m")
    restored = restore(vm, modules={"late.js": "export default 'new'"})
    assert restored.eval("import('m').then(ns => ns.load())").result == "new"


def test_without_loaders_there_are_no_more_modules(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules={"m": "export const load = () => import('./late.js')", "late.js": ""})
    vm.import_module("m")
    with pytest.raises(ModuleNotFound, match=r"There is no module 'late\.js', imported by m"):
        restore(vm).import_module("m")["load"]().result  # noqa: B018


def test_meta_and_namespaces_live_on(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(
        modules={
            "lib/m": "import * as self from './m'; export const url = () => import.meta.url; export const resolve = name => import.meta.resolve(name); export let n = 1; export const set = x => { n = x }; export { self }"
        }
    )
    vm.import_module("lib/m")
    namespace = restore(vm).import_module("lib/m")
    namespace["set"](5)
    assert (namespace["n"], namespace["url"](), namespace["resolve"]("./x")) == (5, "lib/m", "lib/x")


def test_data_and_attributes_live_on(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules={"m": "import d from 'd' with { type: 'json' }; export default d", "d": "[1]"})
    vm.import_module("m")
    restored = restore(vm, modules={"d": "[2]"})
    assert restored.eval("import('d', { with: { type: 'json' } }).then(ns => ns.default)").result == [1]
    assert restored.eval("import('d', { with: { type: 'text' } }).then(ns => ns.default)").result == "[2]"


def test_a_module_that_threw_throws_the_same(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules={"m": "throw new RangeError(`run ${globalThis.runs = (globalThis.runs ?? 0) + 1}`)"})
    with pytest.raises(JSError, match="RangeError: run 1"):
        vm.import_module("m")
    with pytest.raises(JSError, match="RangeError: run 1"):
        restore(vm, modules={"m": ""}).import_module("m")


# ---- functions that Python holds


def test_a_function_of_a_module_across_a_snapshot(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules={"m": "let n = 0; export const next = () => ++n"})
    next_ = vm.import_module("m")["next"]
    assert next_() == 1
    token = vm.export_handle(next_)
    restored = restore(vm)
    with restored.import_handle(token) as handle:
        restored.globals["next"] = handle
    assert restored.eval("next()") == 2
    assert next_() == 2
    vm.release_handle(token)


def test_a_function_that_imports_across_a_snapshot(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules={"lib/m": "export const load = name => import(name).then(ns => ns.default)"})
    token = vm.export_handle(vm.import_module("lib/m")["load"])
    restored = restore(vm, modules={"lib/d": "export default import.meta.url"})
    with restored.import_handle(token) as handle:
        restored.globals["load"] = handle
    assert restored.eval("load('./d')").result == "lib/d"
    vm.release_handle(token)


# ---- forks


def test_forks_load_different_sources_under_one_name(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "export const run = () => import('plugin').then(ns => ns.default)"})
    vm.import_module("m")
    snapshot = vm.snapshot()
    found = []
    for source in ("export default 'one'", "export default 'two'"):
        with VM.restore(snapshot, modules={"plugin": source}) as fork:
            found.append(fork.eval("import('m').then(ns => ns.run())").result)
    assert found == ["one", "two"]


def test_a_fork_imports_a_changed_source_anew_by_a_query(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.js": "export default 'old'"})
    vm.import_module("m.js")
    with VM.restore(vm.snapshot(), modules={"m.js": "export default 'new'"}) as fork:
        assert fork.import_module("m.js?v=2")["default"] == "new"
        assert fork.import_module("m.js")["default"] == "old"


def test_what_a_fork_imports_is_none_of_the_origin(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "export default globalThis"})
    vm.import_module("m")
    with VM.restore(vm.snapshot(), modules={"n": "globalThis.changed = 1"}) as fork:
        fork.import_module("n")
        assert fork.globals["changed"] == 1
    assert "changed" not in vm.globals


# ---- being evaluated

GRAPH = {
    "m": "import { b } from 'b'; import { c } from 'c'; export default [b, c, globalThis.order]",
    "b": "export const b = await ask('b'); (globalThis.order ??= []).push('b')",
    "c": "import { d } from 'd'; export const c = d + await ask('c'); (globalThis.order ??= []).push('c')",
    "d": "export const d = await ask('d'); (globalThis.order ??= []).push('d')",
}


def test_evaluation_goes_on_from_every_stage(make_vm: MakeVM) -> None:
    vm = make_vm(modules=GRAPH, functions={"ask": pending})
    with pytest.raises(StillPending):
        vm.import_module("m")
    stages = 0
    while vm.pending:
        call = vm.pending[-1]
        call.resolve(f"<{call.args[0]}>")
        stages += 1
        with VM.restore(vm.snapshot()) as fork:
            while fork.pending:
                call = fork.pending[-1]
                call.resolve(f"<{call.args[0]}>")
            assert fork.import_module("m")["default"] == ["<b>", "<d><c>", ["d", "c", "b"]]
    assert stages == 3
    assert vm.import_module("m")["default"] == ["<b>", "<d><c>", ["d", "c", "b"]]


def test_evaluation_fails_after_a_restore(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules=GRAPH, functions={"ask": pending})
    with pytest.raises(StillPending):
        vm.import_module("m")
    restored = restore(vm)
    restored.pending[0].reject(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        restored.import_module("m")
    for call in vm.pending:
        call.resolve("")
    vm.pending[0].resolve("")


# ---- being loaded

SOURCES = {
    "m": "import { b } from './b'; import { c } from './c'; export default [b, c]",
    "b": "import { d } from './d'; export const b = 'b' + d",
    "c": "import { d } from './d'; export const c = 'c' + d",
    "d": "export const d = 'd'",
}
VALUE = ["bd", "cd"]


def answer(vm: VM) -> None:
    """Answer the newest import that waits."""
    call = vm.pending[-1]
    call.resolve(SOURCES[call.args[3]])


def loading(make_vm: MakeVM, answers: int) -> VM:
    """A VM whose import of the graph has had so many answers."""
    vm = make_vm(modules=by_hand)
    vm.eval("globalThis.found = import('m').then(ns => ns.default); 0")
    for _ in range(answers):
        answer(vm)
    return vm


STAGES = pytest.mark.parametrize("answers", [0, 1, 2, 3])


@STAGES
@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_loading_goes_on_by_hand(make_vm: MakeVM, restore: Restore, answers: int) -> None:
    restored = restore(loading(make_vm, answers), modules=by_hand)
    while restored.pending:
        answer(restored)
    assert restored.eval("found").result == VALUE


@STAGES
@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_loading_goes_on_with_another_loader(make_vm: MakeVM, restore: Restore, answers: int) -> None:
    async def load(name: str, importer: str | None) -> str:
        return SOURCES[name]

    restored = restore(loading(make_vm, answers), modules=load)
    asyncio.run(restored.run_until_idle_async())
    assert restored.eval("found").result == VALUE


@STAGES
@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_loading_goes_on_with_a_mapping(make_vm: MakeVM, restore: Restore, answers: int) -> None:
    restored = restore(loading(make_vm, answers), modules=SOURCES)
    asyncio.run(restored.run_until_idle_async())
    assert restored.eval("found").result == VALUE


@STAGES
@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_loading_goes_on_with_a_mapping_without_an_event_loop(make_vm: MakeVM, restore: Restore, answers: int) -> None:
    restored = restore(loading(make_vm, answers), modules=SOURCES)
    restored.run_until_idle()
    assert restored.eval("found").result == VALUE


@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_what_a_mapping_does_not_have_fails_without_an_event_loop(make_vm: MakeVM, restore: Restore) -> None:
    restored = restore(loading(make_vm, 0), modules={})
    restored.run_until_idle()
    with pytest.raises(ModuleNotFound, match="There is no module 'm', imported by <eval>"):
        restored.eval("found").result  # noqa: B018


@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_a_mapping_loads_what_is_pending_for_others_too(make_vm: MakeVM, restore: Restore) -> None:
    restored = restore(loading(make_vm, 1), modules=SOURCES)
    assert restored.import_module("m")["default"] == VALUE


@STAGES
@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_without_loaders_the_imports_wait_for_answers(make_vm: MakeVM, restore: Restore, answers: int) -> None:
    restored = restore(loading(make_vm, answers))
    restored.run_until_idle()
    with pytest.raises(StillPending, match=r"waits on import '"):
        restored.eval("found").result  # noqa: B018


@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_what_the_restored_loader_does_not_have(make_vm: MakeVM, restore: Restore) -> None:
    restored = restore(loading(make_vm, 1), modules={"b": "export const b = 1"})
    asyncio.run(restored.run_until_idle_async())
    with pytest.raises(ModuleNotFound) as caught:
        restored.eval("found").result  # noqa: B018
    assert (caught.value.specifier, caught.value.importers) == ("c", ("<eval>", "m"))


@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_forks_of_a_pending_import_get_different_sources(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    vm.eval("globalThis.found = import('m').then(ns => ns.default); 0")
    snapshot = vm.snapshot()
    found = []
    for value in (1, 2):
        with VM.restore(snapshot) as fork:
            fork.pending[0].resolve(f"export default {value}")
            found.append(fork.eval("found").result)
    assert found == [1, 2]


@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_a_snapshot_of_a_restored_load(make_vm: MakeVM, restore: Restore) -> None:
    second = restore(loading(make_vm, 1), modules=by_hand)
    answer(second)
    third = restore(second, modules=by_hand)
    while third.pending:
        answer(third)
    assert third.eval("found").result == VALUE


@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_a_load_in_a_realm(make_vm: MakeVM, restore: Restore) -> None:
    vm = make_vm(modules=by_hand)
    vm.new_realm().eval("globalThis.found = import('m').then(ns => ns.default === globalThis); 0")
    restored = restore(vm)
    restored.pending[0].resolve("export default globalThis")
    assert restored.realms[0].eval("found").result is True


@pytest.mark.abandons("the import of the VM that was saved is not answered")
def test_a_delta_of_a_load(make_vm: MakeVM) -> None:
    vm = loading(make_vm, 1)
    base = vm.snapshot()
    answer(vm)
    delta = vm.snapshot(base=base)
    with VM.restore(delta, modules=by_hand) as fork:
        while fork.pending:
            answer(fork)
        assert fork.eval("found").result == VALUE
