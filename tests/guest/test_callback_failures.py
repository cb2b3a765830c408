"""An exception that leaves a callback which has no answer to give: console output, say, or Ctrl-C in the middle of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM

# 0 to 5e6: far more steps than the engine makes between two looks at its interrupt flag.
COUNT_AFTER_WRITING = "globalThis.n = 0; console.log('x'); for (; n < 5e6; n++);"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_a_failing_stdout_stops_the_code_that_wrote(make_vm: Callable[..., VM], failure: type[BaseException]) -> None:
    def write(text: str) -> None:
        raise failure("no more")

    vm = make_vm(stdout=write)
    with pytest.raises(failure, match="no more"):
        vm.eval(COUNT_AFTER_WRITING)
    assert vm.globals["n"] < 5_000_000


def test_the_vm_can_be_used_after_its_stdout_failed(make_vm: Callable[..., VM]) -> None:
    def write(text: str) -> None:
        raise OSError("no more")

    vm = make_vm(stdout=write)
    with pytest.raises(OSError, match="no more"):
        vm.eval("console.log('x')")
    assert vm.eval("let sum = 0; for (let i = 0; i < 1e6; i++) sum += i; sum") == 499_999_500_000


def test_a_failing_stdout_in_a_nested_call_is_an_error_that_the_outer_code_may_catch(
    make_vm: Callable[..., VM],
) -> None:
    def write(text: str) -> None:
        raise OSError("no more")

    vm = make_vm(stdout=write)
    vm.expose("nested", lambda: vm.eval("console.log('x')"))
    code = "try { nested() } catch (error) { var caught = error.message } for (let i = 0; i < 1e6; i++); caught"
    assert vm.eval(code) == "no more"
