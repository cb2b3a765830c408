"""A module that fails is raised to whoever imports it, and told nowhere else."""

from collections.abc import Callable

import pytest

from snapjs import VM, JSError, ModuleNotFound


@pytest.mark.keeps("a module is never unloaded")
def test_an_error_of_a_module_is_not_reported_as_unhandled(make_vm: Callable[..., VM]) -> None:
    output: list[str] = []
    vm = make_vm(stderr=output.append)

    with pytest.raises(JSError, match="Error: broken"):
        vm.eval_module("throw new Error('broken')")

    assert output == []


@pytest.mark.keeps("a module is never unloaded")
def test_a_missing_module_is_not_reported_as_unhandled(make_vm: Callable[..., VM]) -> None:
    output: list[str] = []
    vm = make_vm(stderr=output.append)

    with pytest.raises(ModuleNotFound):
        vm.import_module("nowhere")

    assert output == []
