"""A source that is too large for the memory limit: the compiler must say so, and not find a syntax error."""

import pytest

from snapjs import VM, MemoryLimitError

FUNCTION = (
    "var f{0} = function (a, b) {{ if (a) return [a, b, 's{0}']; for (let i = 0; i < 3; i++) b += i;"
    " class C {{ #x = 1; m() {{ return this.#x }} }} return b }}\n"
)
SOURCE = "".join(FUNCTION.format(number) for number in range(700)) + "'done'"


@pytest.mark.parametrize("limit", range(1_100_000, 2_500_000, 100_003))
def test_a_source_without_room_is_a_memory_limit_error(limit: int) -> None:
    with VM(memory_limit=limit) as vm:
        with pytest.raises(MemoryLimitError):
            vm.eval(SOURCE)
        assert vm.eval("1 + 2") == 3


def test_a_source_without_room_for_eval_is_a_memory_limit_error() -> None:
    with VM(memory_limit=2_000_000) as vm:
        vm.globals["source"] = SOURCE
        assert vm.eval("try { eval(source) } catch (error) { error.message }") == "out of memory"


def test_direct_eval_sees_the_variables_around_it(vm: VM) -> None:
    assert vm.eval("(function (a) { let b = 2; return eval('var c = 3; a + b + c') + c })(1)") == 9
