"""Tokens of exported handles: found again in the same VM, in its snapshots, in other processes; and refused elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fresh_process
import pytest
from moving import moved

from snapjs import VM, ClosedError, Snapshot, WrongVMError

MakeVM = Callable[..., VM]


# ---- in one VM


def test_import_gives_the_same_value(vm: VM) -> None:
    handle = vm.eval_handle("globalThis.o = { a: 1 }")
    token = vm.export_handle(handle)
    with vm.import_handle(token) as imported:
        assert (imported.identity, imported is handle) == (handle.identity, False)
    vm.release_handle(token)


def test_export_keeps_the_value_without_its_handle(vm: VM) -> None:
    with vm.eval_handle("({ a: 1 })") as handle:
        token = vm.export_handle(handle)
    vm.gc()
    with vm.import_handle(token) as imported:
        assert imported.get_prop("a").to_number() == 1
    vm.release_handle(token)


def test_token_is_imported_again_and_again(vm: VM) -> None:
    token = vm.export_handle(vm.eval_handle("({ n: 0 })"))
    for number in range(5):
        with vm.import_handle(token) as imported:
            assert imported.get_prop("n").to_number() == number
            imported.set_prop("n", number + 1)
    vm.release_handle(token)


def test_imported_handle_has_a_life_of_its_own(vm: VM) -> None:
    token = vm.export_handle(vm.new_object())
    first, second = vm.import_handle(token), vm.import_handle(token)
    first.dispose()
    assert second.class_name == "Object"
    vm.release_handle(token)
    assert second.class_name == "Object"


def test_release_lets_go_of_the_value(vm: VM) -> None:
    token = vm.export_handle(vm.eval_handle("{ const object = {}; globalThis.watched = new WeakRef(object); object }"))
    vm.gc()
    assert vm.eval("watched.deref() === undefined") is False
    vm.release_handle(token)
    vm.gc()
    assert vm.eval("watched.deref() === undefined") is True
    assert vm.statistics().handles == 0


def test_released_token_is_not_imported(vm: VM) -> None:
    handle = vm.new_object()
    token = vm.export_handle(handle)
    vm.release_handle(token)
    for use in (vm.import_handle, vm.release_handle):
        with pytest.raises(ClosedError):
            use(token)
    assert handle.class_name == "Object"


def test_released_token_does_not_find_what_lies_in_its_slot_now(vm: VM) -> None:
    token = vm.export_handle(vm.new_string("old"))
    vm.release_handle(token)
    others = [vm.export_handle(vm.new_string("new")) for _ in range(3)]
    with pytest.raises(ClosedError):
        vm.import_handle(token)
    assert token not in others
    for other in others:
        vm.release_handle(other)


def test_one_handle_has_one_token(vm: VM) -> None:
    handle = vm.new_object()
    token = vm.export_handle(handle)
    assert vm.export_handle(handle) == token
    vm.release_handle(token)
    with pytest.raises(ClosedError):
        vm.import_handle(token)


def test_token_is_opaque_text(vm: VM) -> None:
    token = vm.export_handle(vm.new_object())
    assert type(token) is str
    assert vm.eval("token => typeof globalThis[token]")(token) == "undefined"
    vm.release_handle(token)


def test_released_handle_may_be_exported_again(vm: VM) -> None:
    handle = vm.new_object()
    vm.release_handle(vm.export_handle(handle))
    token = vm.export_handle(handle)
    assert vm.import_handle(token).identity == handle.identity
    vm.release_handle(token)


def test_exports_are_counted_as_handles(vm: VM) -> None:
    tokens = [vm.export_handle(vm.new_object()) for _ in range(100)]
    assert vm.statistics().handles == 100
    for token in tokens:
        vm.release_handle(token)
    assert vm.statistics().handles == 0


VALUES: dict[str, str] = {
    "undefined": "undefined",
    "null": "null",
    "a number": "1.5",
    "a string": "'te\\0xt'",
    "a BigInt": "2n ** 100n",
    "an object": "o",
    "a function": "f",
    "a registered symbol": "Symbol.for('s')",
    "a local symbol": "s",
    "a promise": "p",
    "a proxy": "x",
    "the global object": "globalThis",
    "an intrinsic": "Object.prototype",
}

SETUP = """
var o = { a: 1 }, f = () => o, s = Symbol("local"), p = new Promise(() => {}), x = new Proxy(o, {})
"""


@pytest.mark.parametrize("code", VALUES.values(), ids=VALUES)
def test_every_kind_of_value_after_a_restore(code: str) -> None:
    vm = VM()
    vm.eval(SETUP)
    token = vm.export_handle(vm.eval_handle(code))
    with moved(vm) as restored, restored.import_handle(token) as imported:
        assert restored.eval(f"value => value === ({code})")(imported) is True


@pytest.mark.parametrize("name", ["undefined", "null", "true", "false", "global_handle"])
def test_fixed_handles(vm: VM, name: str) -> None:
    fixed = getattr(vm, name)
    token = vm.export_handle(fixed)
    with vm.import_handle(token) as imported:
        assert imported.to_string() == fixed.to_string()
    vm.release_handle(token)
    assert vm.import_handle(token).to_string() == fixed.to_string()
    assert vm.statistics().handles == 0


@pytest.mark.parametrize("code", ["() => 5", "Promise.resolve(5)"])
def test_functions_and_promises_are_exported(vm: VM, code: str) -> None:
    reference = vm.eval(code)
    token = vm.export_handle(reference)
    with vm.import_handle(token) as imported:
        assert imported.identity == reference.handle.identity
    vm.release_handle(token)


def test_borrowed_argument_is_exported(vm: VM) -> None:
    tokens: list[str] = []
    with vm.new_ephemeral_function(lambda this, value: tokens.append(vm.export_handle(value))) as function:
        vm.call_function(function, None, vm.eval_handle("({ a: 1 })"))
    vm.gc()
    assert vm.import_handle(tokens[0]).get_prop("a").to_number() == 1
    vm.release_handle(tokens[0])


def test_export_in_a_scope_outlives_it(vm: VM) -> None:
    with vm.with_scope():
        token = vm.export_handle(vm.eval_handle("({ a: 1 })"))
    with vm.import_handle(token) as imported:
        assert imported.get_prop("a").to_number() == 1
    vm.release_handle(token)


# ---- in a restored VM


def test_token_in_a_restored_vm() -> None:
    vm = VM()
    token = vm.export_handle(vm.eval_handle("({ n: 5 })"))
    with moved(vm) as restored, restored.import_handle(token) as imported:
        assert imported.get_prop("n").to_number() == 5


def test_handle_that_was_not_exported_is_gone() -> None:
    vm = VM()
    exported, other = vm.new_object(), vm.new_object()
    token = vm.export_handle(exported)
    with moved(vm) as restored:
        assert restored.statistics().handles == 1
        assert other.disposed
        restored.release_handle(token)
        assert restored.statistics().handles == 0


def test_token_through_several_snapshots() -> None:
    vm = VM()
    token = vm.export_handle(vm.eval_handle("({ n: 0 })"))
    for number in range(4):
        vm = moved(vm)
        with vm.import_handle(token) as imported:
            assert imported.get_prop("n").to_number() == number
            imported.set_prop("n", number + 1)
    vm.close()


def test_each_fork_has_its_own_value() -> None:
    with VM() as vm:
        token = vm.export_handle(vm.eval_handle("({ n: 0 })"))
        snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())
    with VM.restore(snapshot) as first, VM.restore(snapshot) as second:
        first.import_handle(token).set_prop("n", 1)
        assert second.import_handle(token).get_prop("n").to_number() == 0
        first.release_handle(token)
        assert second.import_handle(token).get_prop("n").to_number() == 0


def test_token_that_is_younger_than_the_snapshot() -> None:
    with VM() as vm:
        snapshot = vm.snapshot()
        token = vm.export_handle(vm.new_object())
        with VM.restore(snapshot) as restored, pytest.raises(ClosedError):
            restored.import_handle(token)


def test_token_that_was_released_before_the_snapshot() -> None:
    vm = VM()
    token = vm.export_handle(vm.new_object())
    vm.release_handle(token)
    with moved(vm) as restored, pytest.raises(ClosedError):
        restored.import_handle(token)


def test_token_that_was_released_after_the_snapshot() -> None:
    with VM() as vm:
        token = vm.export_handle(vm.eval_handle("({ n: 5 })"))
        snapshot = vm.snapshot()
        vm.release_handle(token)
        with VM.restore(snapshot) as restored, restored.import_handle(token) as imported:
            assert imported.get_prop("n").to_number() == 5


def test_imported_handle_of_the_former_vm_is_not_used(vm: VM) -> None:
    token = vm.export_handle(vm.eval_handle("({})"))
    with VM.restore(vm.snapshot()) as restored, vm.import_handle(token) as here:
        with pytest.raises(WrongVMError):
            restored.dump(here)
        assert restored.import_handle(token).class_name == "Object"
    vm.release_handle(token)


CAPTURED_BEFORE_USER_CODE = """
Array.prototype.map = () => "patched"; globalThis.Map = null; Object.keys = () => ["patched"];
"""


def test_intrinsics_captured_before_a_program_patches_them() -> None:
    with VM() as vm:
        tokens = [vm.export_handle(vm.eval_handle(code)) for code in ("Array.prototype.map", "Map", "Object.keys")]
        snapshot = vm.snapshot()
    with VM.restore(snapshot) as restored:
        restored.eval(CAPTURED_BEFORE_USER_CODE)
        map, constructor, keys = (restored.import_handle(token) for token in tokens)
        doubled = restored.call_function(map, [1, 2], restored.eval("n => n * 2"))
        assert doubled.to_python() == [2, 4]
        assert restored.construct(constructor, [["a", 1]]).to_python() == {"a": 1}
        assert restored.call_function(keys, None, {"b": 1}).to_python() == ["b"]


IN_ANOTHER_PROCESS = """
import sys, snapjs
_, path, token, released = sys.argv
with snapjs.VM.restore(snapjs.Snapshot.load(path)) as vm:
    with vm.import_handle(token) as handle:
        print(handle.typeof, vm.call_function(handle, None, 20).to_number())
    try:
        vm.import_handle(released)
    except snapjs.ClosedError:
        print("released")
    vm.release_handle(token)
    print(vm.statistics().handles)
"""


def test_token_in_another_process(tmp_path: Path) -> None:
    with VM() as vm:
        token = vm.export_handle(vm.eval_handle("{ let calls = 1; n => n + ++calls }"))
        released = vm.export_handle(vm.new_object())
        vm.release_handle(released)
        vm.snapshot().save(tmp_path / "vm.snap")
    assert fresh_process.run(IN_ANOTHER_PROCESS, tmp_path / "vm.snap", token, released) == "function 22\nreleased\n0"
