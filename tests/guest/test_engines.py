"""Snapshots of another version of snapjs, on its engine: they are found, run, and are saved again."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import variant_engine

import snapjs
from snapjs import VM, EngineMismatch, EngineStore, Handle, JSError, Sandbox, Snapshot, SnapshotError, TimeLimitError
from snapjs._core.grants import Grants
from snapjs._guest import engine
from snapjs._guest.engine import packaged


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that another version has left."""
    folder = tmp_path_factory.mktemp("another version")
    wasm = variant_engine.variant_of(packaged().wasm)
    assert variant_engine.take_snapshots(folder, wasm) == hashlib.sha256(wasm).hexdigest()
    return folder


@pytest.fixture(scope="module")
def sha256(old: Path) -> str:
    """Of its engine."""
    return hashlib.sha256((old / "engine.wasm").read_bytes()).hexdigest()


@pytest.fixture
def snapshot(old: Path) -> Snapshot:
    """What it has saved, with its engine inside."""
    return Snapshot.load(old / "embedded")


@pytest.fixture
def program(snapshot: Snapshot) -> Iterator[VM]:
    """What it has saved, going on."""
    with restored(snapshot) as vm:
        yield vm


@pytest.fixture
def none_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine is found because another test still holds it, say in the traceback of its error."""
    monkeypatch.setattr(engine, "_foreign", weakref.WeakValueDictionary())


def restored(snapshot: Snapshot, **options: Any) -> VM:
    return VM.restore(
        snapshot, functions={"add": int.__add__, "ask": snapjs.pending}, clock=variant_engine.CLOCK, **options
    )


def packages_snapshot() -> Snapshot:
    with VM() as vm:
        return vm.snapshot()


# ---- finding it


@pytest.mark.usefixtures("none_in_use")
def test_without_its_engine_it_is_refused(old: Path, sha256: str) -> None:
    with pytest.raises(EngineMismatch, match=sha256) as caught:
        Snapshot.load(old / "plain")
    assert caught.value.engine == sha256
    for words in (packaged().sha256, "engines=", "embed_engine=True"):
        assert words in str(caught.value)


def test_store_that_the_other_version_has_left_holds_its_engine(old: Path, sha256: str) -> None:
    store = EngineStore(old / "store")
    assert list(store) == [sha256]
    assert store[sha256] == (old / "engine.wasm").read_bytes()


@pytest.mark.usefixtures("none_in_use")
@pytest.mark.parametrize("kind", ["folder", "store", "mapping", "embedded"])
def test_found(kind: str, old: Path, sha256: str) -> None:
    engines: Any = {
        "folder": str(old / "store"),
        "store": EngineStore(old / "store"),
        "mapping": {sha256: (old / "engine.wasm").read_bytes()},
        "embedded": None,
    }[kind]
    loaded = Snapshot.load(old / ("embedded" if kind == "embedded" else "plain"), engines=engines)
    assert loaded.engine == sha256
    assert [call.name for call in loaded.pending] == ["ask"]
    with restored(loaded) as vm:
        assert vm.eval("counter") == 1


@pytest.mark.usefixtures("none_in_use")
def test_found_while_it_is_in_use_and_then_no_more(old: Path) -> None:
    loaded = Snapshot.load(old / "embedded")
    assert Snapshot.load(old / "plain") == loaded
    del loaded
    gc.collect()
    with pytest.raises(EngineMismatch):
        Snapshot.load(old / "plain")


def test_encrypted_with_its_engine_inside(old: Path, snapshot: Snapshot) -> None:
    assert Snapshot.load(old / "encrypted", key=bytes(32)) == snapshot


def test_vm_without_most_of_the_language(old: Path) -> None:
    with VM.restore(Snapshot.load(old / "bare")) as vm:
        assert vm.eval("[typeof JSON, typeof Map, typeof console]") == ["object", "undefined", "undefined"]


def test_the_packages_engine_is_looked_for_nowhere() -> None:
    class Untouchable(Mapping[str, bytes]):
        def __getitem__(self, key: str) -> bytes:
            raise AssertionError

        __iter__ = __len__ = __getitem__  # type: ignore[assignment]

    data = packages_snapshot().to_bytes(embed_engine=True)
    assert Snapshot.from_bytes(data, engines=Untouchable())._state.engine is packaged()


# ---- running


def test_program_goes_on(program: VM) -> None:
    assert program.eval("counter += 1; [counter, twice(21), box instanceof Box, box.content]") == [
        2, 42, True, {"key": [1, 2, 3]},
    ]  # fmt: skip


def test_pending_call_is_answered(program: VM) -> None:
    (call,) = program.pending
    assert (call.name, call.args[0]) == ("ask", {"why": [1]})
    assert call.args[1](5) == 5
    call.resolve({"deep": [1, 2]})
    assert program.eval("answer") == {"deep": [1, 2]}


def test_timer_fires(snapshot: Snapshot) -> None:
    now = variant_engine.CLOCK
    with VM.restore(snapshot, clock=lambda: now) as vm:
        vm.run_until_idle()
        assert vm.eval("ticks") == 0
        now += 1
        vm.run_until_idle()
        assert vm.eval("ticks") == 1


def test_awaiting(snapshot: Snapshot) -> None:
    async def ask(question: Any) -> str:
        await asyncio.sleep(0)
        return f"because of {question}"

    async def main() -> str:
        async with VM.restore(snapshot, functions={"ask": ask}) as vm:
            answer: str = await vm.eval_async("await ask('that')")
            return answer

    assert asyncio.run(main()) == "because of that"


def test_errors_and_limits(snapshot: Snapshot) -> None:
    with restored(snapshot, timeout=0.05) as vm:
        with pytest.raises(JSError, match="TypeError"):
            vm.eval("null.x")
        with pytest.raises(TimeLimitError):
            vm.eval("for (;;);")
        with pytest.raises(snapjs.StackLimitError):
            vm.eval("(function f() { f() })()")
        assert vm.eval("counter") == 1


def test_realms(program: VM) -> None:
    (realm,) = program.realms
    assert realm.eval("where") == "another realm"
    with program.new_realm() as other:
        assert other.eval("typeof where") == "undefined"


def test_handles(program: VM) -> None:
    with program.eval_handle("box") as box:
        assert (box.class_name, box.constructor_name) == ("Object", "Box")
        with box.get_prop("content") as content:
            assert isinstance(content, Handle)
            assert content.is_map


# ---- saving again


def test_saved_again_it_needs_the_same_engine(program: VM, old: Path, sha256: str) -> None:
    program.eval("counter = 7")
    data = program.snapshot().to_bytes()
    read = Snapshot.from_bytes(data, engines=old / "store")
    assert read.engine == sha256
    with restored(read) as later:
        assert later.eval("counter") == 7


def test_snapshot_of_an_unchanged_vm_has_the_same_id(snapshot: Snapshot) -> None:
    with VM.restore(snapshot) as vm:
        first = vm.snapshot()
    with VM.restore(Snapshot.from_bytes(first.to_bytes(embed_engine=True))) as vm:
        assert vm.snapshot().id == first.id


def test_delta_of_the_other_version(old: Path, snapshot: Snapshot) -> None:
    delta = Snapshot.load(old / "delta", base=snapshot)
    assert delta.base == snapshot.id
    with restored(delta) as vm:
        assert vm.eval("counter") == 42


def test_delta_of_our_own(program: VM, snapshot: Snapshot) -> None:
    program.eval("counter = 8")
    delta = program.snapshot(base=snapshot)
    read = Snapshot.from_bytes(delta.to_bytes(), base=snapshot)
    assert (read.id, read.base) == (delta.id, snapshot.id)
    with restored(read) as later:
        assert later.eval("counter") == 8


def test_delta_of_a_snapshot_on_another_engine_is_refused(program: VM) -> None:
    """Both engines may well have the same baseline: then nobody could read the delta."""
    with pytest.raises(SnapshotError, match="another engine"):
        program.snapshot(base=packages_snapshot())


def test_forks(snapshot: Snapshot) -> None:
    forks = snapshot.fork(3)
    try:
        assert [fork.eval(f"counter += {number}") for number, fork in enumerate(forks)] == [1, 2, 3]
    finally:
        for fork in forks:
            fork.close()


def test_pickled_it_takes_its_engine_along(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    data, id = pickle.dumps(snapshot), snapshot.id
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_foreign", weakref.WeakValueDictionary())
        assert pickle.loads(data).id == id


def test_pickled_delta_takes_its_base_along(program: VM, snapshot: Snapshot) -> None:
    program.eval("counter = 9")
    data = pickle.dumps(program.snapshot(base=snapshot))
    with restored(pickle.loads(data)) as later:
        assert later.eval("counter") == 9


@pytest.mark.usefixtures("none_in_use")
def test_pickled_by_the_other_version_it_is_refused(old: Path, sha256: str) -> None:
    with pytest.raises(EngineMismatch, match=sha256):
        pickle.loads((old / "pickled").read_bytes())


def test_pickled_by_the_other_version_it_is_read_while_its_engine_is_in_use(old: Path, snapshot: Snapshot) -> None:
    assert pickle.loads((old / "pickled").read_bytes()) == snapshot


# ---- two engines


def test_new_vm_has_the_packages_engine(program: VM, sha256: str) -> None:
    with VM() as own:
        assert own.snapshot().engine == packaged().sha256 != sha256
    assert program.snapshot().engine == sha256


def test_same_program_on_another_engine_is_another_snapshot(snapshot: Snapshot) -> None:
    assert snapshot != packages_snapshot()
    with pytest.raises(SnapshotError, match="different engines"):
        snapjs.diff(snapshot, packages_snapshot())


def test_bytecode_runs_on_its_own_engine_only(program: VM, old: Path) -> None:
    data = (old / "bytecode").read_bytes()
    assert program.eval_bytecode(data).to_python() == 100
    with VM() as own:
        with pytest.raises(ValueError, match="made by another engine"):
            own.eval_bytecode(data)
        with pytest.raises(ValueError, match="made by another engine"):
            program.eval_bytecode(own.compile("1"))


def test_one_calls_the_other(snapshot: Snapshot) -> None:
    with VM() as own:
        own.eval("const square = n => n * n")
        with VM.restore(snapshot, functions={"add": lambda a, b: own.eval(f"square({a}) + {b}")}) as vm:
            own.expose("twice", lambda n: vm.eval(f"twice({n})"))
            assert own.eval("twice(3)") == 12


def test_on_threads_at_once(snapshot: Snapshot) -> None:
    wrong: list[object] = []

    def work(make: Callable[[], VM], number: int) -> None:
        with make() as vm:
            vm.globals["number"] = number
            results = [vm.eval(f"[number, {turn}, add(number, {turn})]") for turn in range(100)]
        wrong.extend(r for turn, r in enumerate(results) if r != [number, turn, number + turn])

    def own() -> VM:
        return VM(functions={"add": int.__add__}, timeout=20)

    kinds = [own, lambda: restored(snapshot), lambda: restored(snapshot, timeout=20)]
    threads = [threading.Thread(target=work, args=(kinds[number % 3], number)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert wrong == []


@pytest.mark.usefixtures("none_in_use")
def test_engine_is_freed_when_nothing_uses_it(old: Path) -> None:
    loaded = Snapshot.load(old / "embedded")
    reference = weakref.ref(loaded._state.engine)
    with restored(loaded) as vm:
        del loaded
        again = vm.snapshot()
    del vm
    gc.collect()
    assert reference() is again._state.engine
    del again
    gc.collect()
    assert reference() is None


def test_a_grant_on_another_engine_that_has_them(program: VM) -> None:
    program._bridge.options.grants = grants = Grants()
    grant = grants.grant(Path("/somewhere"), ["name"])
    program.globals["granted"] = grant
    assert program.eval("granted.name") == "somewhere"
    assert program.eval("granted") is grant


@pytest.mark.usefixtures("none_in_use")
def test_a_session_of_a_sandbox_goes_on_on_its_engine(old: Path, sha256: str) -> None:
    with Sandbox() as sandbox:
        with pytest.raises(EngineMismatch), sandbox.session("anna", old / "sessions"):
            pass
        for visits in (2, 3):
            with sandbox.session("anna", old / "sessions", engines=old / "store") as session:
                assert session.eval("++visits") == visits
                assert session.snapshot().engine == sha256
