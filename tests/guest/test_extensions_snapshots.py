"""Native extensions in snapshots: their state comes along, and the same extensions are needed again."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fresh_process
import msgspec
import pytest
from cli_runner import cli
from dylink_file import counter, empty, function, needs
from test_extensions import base, sharing

import snapjs
from snapjs import (
    VM,
    Extension,
    ExtensionError,
    ExtensionMismatch,
    SavedExtension,
    Snapshot,
    SnapshotError,
    SnapshotFormatError,
)
from snapjs._guest import linking

MakeVM = Callable[..., VM]

_FOUR = "(i64.extend_i32_u (i32.add (call $twice (i32.const 2)) (i32.load (global.get $answer))))"
_IMPORTS = """(import "env" "twice" (func $twice (param i32) (result i32)))
  (import "GOT.mem" "answer" (global $answer (mut i32)))"""
USER = function("user", _FOUR, imports=_IMPORTS)
SHARED = sharing("shared_symbol", "(i32.const 3)")
SEVERAL = [base(), USER, SHARED, counter()]
PROGRAM = "[count(), user(), shared_symbol()]"


def saved(*extensions: Extension, code: str = "count()") -> Snapshot:
    with VM(extensions=extensions) as vm:
        vm.eval(code)
        return vm.snapshot()


def test_state_of_an_extension_comes_along() -> None:
    with VM.restore(saved(counter()), extensions=[counter()]) as vm:
        assert vm.eval("count()") == 7


def test_it_is_not_initialised_again() -> None:
    with VM.restore(saved(counter(), code="count(); delete globalThis.count"), extensions=[counter()]) as vm:
        assert vm.eval("typeof count") == "undefined"


def test_functions_and_symbols_are_where_they_were() -> None:
    snapshot = saved(*SEVERAL, code=PROGRAM)

    with VM.restore(snapshot, extensions=SEVERAL) as vm:
        assert vm.eval(PROGRAM) == [7, 25, 3]


def test_the_order_in_which_they_are_given_again_does_not_matter() -> None:
    with VM.restore(saved(*SEVERAL), extensions=SEVERAL[::-1]) as vm:
        assert vm.eval(PROGRAM) == [7, 25, 3]
        assert [extension.name for extension in vm.snapshot().extensions] == [
            "base",
            "user",
            "shared_symbol",
            "counter",
        ]


def test_through_bytes_and_another_process(tmp_path: Path) -> None:
    saved(counter()).save(tmp_path / "snapshot")
    (tmp_path / "extension").write_bytes(counter().wasm)
    code = """
import sys
from snapjs import VM, Extension, Snapshot
folder = sys.argv[1]
extension = Extension("counter", folder + "/extension")
with VM.restore(Snapshot.load(folder + "/snapshot"), extensions=[extension]) as vm:
    print(vm.eval("count()"))
"""
    assert fresh_process.run(code, tmp_path) == "7"


def test_a_restored_vm_under_a_deadline() -> None:
    with VM.restore(saved(counter()), extensions=[counter()], timeout=10) as vm:
        assert vm.eval("count()") == 7


def test_a_restored_vm_that_gets_a_deadline() -> None:
    with VM.restore(saved(counter()), extensions=[counter()]) as vm:
        assert [vm.eval("count()"), vm.eval("count()", timeout=10), vm.eval("count()")] == [7, 8, 9]


def test_a_vm_that_is_interrupted_while_it_gets_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    link, linked = linking.Linker.link, []

    def interrupted(*arguments: Any) -> linking.Linked:
        linked.append(link(*arguments))
        if len(linked) == 2:
            raise KeyboardInterrupt
        return linked[-1]

    with VM(extensions=SEVERAL) as vm:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(linking.Linker, "link", interrupted)
            vm.eval(PROGRAM, timeout=10)
        names = [extension.name for extension in vm.snapshot().extensions]
        assert names == ["base", "user", "shared_symbol", "counter"]
        assert [vm.eval(PROGRAM), vm.eval(PROGRAM, timeout=10)] == [[6, 25, 3], [7, 25, 3]]


def test_a_large_heap() -> None:
    snapshot = saved(counter(), code="count(); globalThis.kept = Array.from({ length: 1e5 }, (_, i) => [i])")

    with VM.restore(snapshot, extensions=[counter()]) as vm:
        assert vm.eval("[count(), kept[99999][0]]") == [7, 99999]


def test_data_that_were_cleared_stay_so() -> None:
    clear = """(if (i32.eqz (local.get $count)) (then
        (memory.fill (i32.add (global.get $memory) (i32.const 16)) (i32.const 0) (i32.const 16))))
      (i64.load offset=16 (global.get $memory))"""
    extension = function("clear", clear, data=r"\01\02\03\00\00\00\00\00")

    with VM(extensions=[extension]) as vm:
        assert vm.eval("[clear(true), clear()]") == [0x030201, 0]
        snapshot = vm.snapshot()
    with VM.restore(snapshot, extensions=[extension]) as vm:
        assert vm.eval("clear(true)") == 0


def test_a_delta() -> None:
    with VM(extensions=[counter()]) as vm:
        vm.eval("count()")
        first = vm.snapshot()
        vm.eval("count()")
        delta = vm.snapshot(base=first)
    read = Snapshot.from_bytes(delta.to_bytes(), base=Snapshot.from_bytes(first.to_bytes()))

    with VM.restore(read, extensions=[counter()]) as vm:
        assert vm.eval("count()") == 8


def test_a_base_with_other_extensions() -> None:
    first = saved(counter())
    with VM(extensions=[counter(start=6)]) as vm, pytest.raises(SnapshotError, match="or other extensions"):
        vm.snapshot(base=first)


def test_forks() -> None:
    forks = saved(counter()).fork(2, extensions=[counter()])
    try:
        assert [fork.eval("count()") for fork in forks] == [7, 7]
    finally:
        for fork in forks:
            fork.close()


def test_a_difference() -> None:
    first = saved(counter(), code="var a = 1; count()")
    with VM.restore(first, extensions=[counter()]) as vm:
        vm.eval("a = 2; count()")
        second = vm.snapshot()

    assert snapjs.diff(first, second, extensions=[counter()]).changed == ["a"]
    with pytest.raises(ExtensionMismatch):
        snapjs.diff(first, second)


# ---- what a snapshot says


def test_extensions_of_a_snapshot() -> None:
    snapshot = saved(base(), counter())

    assert snapshot.extensions == [SavedExtension("base", base().sha256), SavedExtension("counter", counter().sha256)]
    assert Snapshot.from_bytes(snapshot.to_bytes()).extensions == snapshot.extensions
    assert pickle.loads(pickle.dumps(snapshot)).extensions == snapshot.extensions


def test_its_repr_names_them() -> None:
    assert ", with base, counter, waiting for nothing>" in repr(saved(base(), counter()))
    assert "<th>extensions</th><td>base, counter</td>" in saved(base(), counter())._repr_html_()


def test_the_command_names_them(tmp_path: Path) -> None:
    saved(counter()).save(tmp_path / "s")

    assert f"extensions counter (sha256 {counter().sha256[:12]}…)" in cli("inspect", tmp_path / "s").stdout
    told = json.loads(cli("inspect", "--json", tmp_path / "s").stdout)["extensions"]
    assert told == [{"name": "counter", "sha256": counter().sha256}]


def test_equal_states_with_other_extensions_have_other_ids() -> None:
    first, second = (saved(empty("x", f'(func (export "{name}"))', needs()), code="0") for name in "ab")

    assert first.id != second.id


def test_equal_histories_have_equal_ids() -> None:
    def snapshot() -> Snapshot:
        with VM(extensions=SEVERAL, seed=1, clock=1.0) as vm:
            vm.eval(PROGRAM)
            return vm.snapshot()

    assert snapshot().id == snapshot().id


# ---- refusals


def mismatch(snapshot: Snapshot, *extensions: Extension) -> ExtensionMismatch:
    with pytest.raises(ExtensionMismatch) as caught:
        VM.restore(snapshot, extensions=extensions)
    assert isinstance(caught.value, SnapshotError)
    assert isinstance(caught.value, ExtensionError)
    return caught.value


def test_one_that_is_missing() -> None:
    error = mismatch(saved(base(), counter()), base())

    assert (error.extension, error.expected, error.given) == ("counter", counter().sha256, None)
    assert str(error) == (
        f"The snapshot needs the extension 'counter' with sha256 {counter().sha256}. Give it with extensions=."
    )


def test_one_with_other_bytes() -> None:
    other = counter(start=6)
    error = mismatch(saved(counter()), other)

    assert (error.extension, error.expected, error.given) == ("counter", counter().sha256, other.sha256)


def test_one_that_the_snapshot_does_not_have() -> None:
    error = mismatch(saved(counter()), counter(), base())

    assert (error.extension, error.expected, error.given) == ("base", None, base().sha256)
    assert mismatch(saved(code="0"), counter()).extension == "counter"


def test_the_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(ExtensionMismatch("x", "a" * 64, None)))

    assert (error.extension, error.expected, error.given) == ("x", "a" * 64, None)


# ---- snapshots that somebody forged


def forged(*changes: dict[str, Any]) -> Snapshot:
    """A snapshot with the counter, whose metadata say something else of it; one entry for each change."""
    snapshot = saved(counter())
    metadata = snapshot._state.metadata
    metadata.extensions = [msgspec.structs.replace(metadata.extensions[0], **change) for change in changes]
    return snapshot


@pytest.mark.parametrize(
    "change",
    [{"memory": 0}, {"memory": 1 << 31}, {"table": 0}, {"table": 1 << 20}, {"sha256": "a"}, {"sha256": "G" * 64}],
)
def test_a_place_that_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(SnapshotFormatError, match="names extensions that cannot be"):
        Snapshot.from_bytes(forged(change).to_bytes())


def test_an_extension_that_is_named_twice() -> None:
    with pytest.raises(SnapshotFormatError, match="names an extension twice"):
        Snapshot.from_bytes(forged({}, {}).to_bytes())


def test_data_that_would_lie_outside_of_memory() -> None:
    end = saved(counter()).size - 8
    with pytest.raises(SnapshotFormatError, match="no room where the extension 'counter' must lie"):
        VM.restore(Snapshot.from_bytes(forged({"memory": end}).to_bytes()), extensions=[counter()])


def test_data_that_would_not_be_aligned() -> None:
    with pytest.raises(SnapshotFormatError, match="no room where the extension 'counter' must lie"):
        VM.restore(Snapshot.from_bytes(forged({"memory": 70_001}).to_bytes()), extensions=[counter()])


def test_functions_that_would_lie_elsewhere() -> None:
    with pytest.raises(SnapshotFormatError, match="functions of the extension 'counter' are not where"):
        VM.restore(Snapshot.from_bytes(forged({"table": 5}).to_bytes()), extensions=[counter()])


def test_data_at_another_place_are_those_of_the_snapshot() -> None:
    with VM.restore(Snapshot.from_bytes(forged({"memory": 4096}).to_bytes()), extensions=[counter()]) as vm:
        assert vm.eval("1 + 1") == 2
