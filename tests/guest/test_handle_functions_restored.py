"""Host functions that take handles after a restore: unbound, until the new host binds them by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fresh_process
import pytest
from moving import moved

import snapjs
from snapjs import VM, Handle, JSError, Snapshot


def add(this: Handle, a: Handle, b: Handle) -> float:
    return a.to_number() + b.to_number()


async def coroutine(this: Handle) -> None: ...


def with_functions() -> VM:
    vm = VM()
    vm.global_handle.set_prop("add", vm.new_function("add", add))
    vm.expose("double", lambda n: n * 2)
    vm.eval("var closure = () => add(1, 2)")
    return vm


def test_restored_function_is_unbound() -> None:
    with moved(with_functions()) as vm, pytest.raises(JSError, match="host function 'add' is not registered"):
        vm.eval("closure()")


def test_restored_function_is_bound_by_register_host_callback() -> None:
    with moved(with_functions()) as vm:
        vm.register_host_callback("add", add)
        assert vm.eval("[add(20, 22), closure()]") == [42, 3]


def test_restored_function_is_bound_by_the_option() -> None:
    with moved(with_functions(), functions={"add": add, "double": lambda n: n * 2}) as vm:
        assert vm.eval("[add(20, 22), closure(), double(4)]") == [42, 3, 8]


def test_restored_function_is_bound_by_new_function() -> None:
    with moved(with_functions()) as vm, vm.new_function("add", add) as function:
        assert vm.call_function(function, None, 1, 2).to_number() == 3
        assert vm.eval("closure()") == 3
        with pytest.raises(ValueError, match="already registered"):
            vm.new_function("add", add)


def test_restored_function_that_is_bound_is_not_new() -> None:
    with moved(with_functions(), functions={"add": add}) as vm, pytest.raises(ValueError, match="already registered"):
        vm.new_function("add", add)


def test_restored_name_of_new_function_is_not_exposed() -> None:
    with moved(with_functions()) as vm, pytest.raises(ValueError, match="registered by new_function"):
        vm.expose("add", lambda: 1)


@pytest.mark.parametrize("function", [coroutine, snapjs.pending, 5])
def test_restored_function_takes_a_plain_callable(function: Any) -> None:
    with with_functions() as vm:
        snapshot = vm.snapshot()
    with pytest.raises(TypeError):
        VM.restore(snapshot, functions={"add": function})


def test_restored_function_that_was_unregistered() -> None:
    vm = with_functions()
    vm.unregister_host_callback("add")
    with moved(vm, functions={"add": add}) as restored:
        assert restored.eval("closure()") == 3


def test_each_fork_binds_its_own() -> None:
    with with_functions() as vm:
        snapshot = vm.snapshot()
    for number in range(3):
        with VM.restore(snapshot, functions={"add": lambda this, a, b, number=number: number}) as fork:
            assert fork.eval("closure()") == number


BIND_IN_ANOTHER_PROCESS = """
import sys, snapjs
with snapjs.VM.restore(snapjs.Snapshot.load(sys.argv[1])) as vm:
    vm.register_host_callback("add", lambda this, a, b: a.to_number() * b.to_number())
    print(vm.eval("add(6, 7)"), vm.eval("closure()"))
"""


def test_function_is_bound_in_another_process(tmp_path: Path) -> None:
    with with_functions() as vm:
        vm.snapshot().save(tmp_path / "vm.snap")
    assert Snapshot.load(tmp_path / "vm.snap").functions == ["add", "double"]
    assert fresh_process.run(BIND_IN_ANOTHER_PROCESS, tmp_path / "vm.snap") == "42 2"
