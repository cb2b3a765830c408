"""Navigator, which is the same everywhere."""

from __future__ import annotations

from snapjs import VM


def test_navigator(vm: VM) -> None:
    vm.eval("var { userAgent, hardwareConcurrency, language, languages } = navigator; 0")
    assert vm.eval("[userAgent, hardwareConcurrency, language, languages]") == ["snapjs", 1, "en-US", ["en-US"]]


def test_navigator_is_an_instance_that_nobody_can_make(vm: VM) -> None:
    assert vm.eval("[navigator instanceof Navigator, String(navigator)]") == [True, "[object Navigator]"]
    vm.eval("var found; try { new Navigator() } catch (error) { found = error.message }")
    assert vm.eval("found") == "Illegal constructor"
