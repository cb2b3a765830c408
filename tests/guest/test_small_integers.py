"""Integers below 2²⁴ cross in the status, without a message; nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, ConversionError

MakeVM = Callable[..., VM]

NUMBERS = [0, 1, 127, 128, 16777215, 16777216, -1, -16777216, 2147483647, -0.5, 1e300]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_comes_out_of_a_script(vm: VM, number: float) -> None:
    value = vm.eval(str(number))
    assert (value, type(value)) == (number, type(number))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_goes_through_a_function_and_a_host_function(make_vm: MakeVM, number: float) -> None:
    vm = make_vm(functions={"same": lambda value: value})
    assert vm.eval("x => same(x)")(number) == number
    assert vm.eval(f"same({number}) === {number}") is True


def test_a_negative_zero_stays_one(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"same": lambda value: value})
    assert str(vm.eval("-0")) == "-0.0"
    assert vm.eval("Object.is(same(-0), -0)") is True


@pytest.mark.parametrize(("value", "shown"), [(True, "true"), (False, "false"), (None, "null"), ("5", '"5"'), (5, "5")])
def test_only_integers_are_integers(make_vm: MakeVM, value: Any, shown: str) -> None:
    vm = make_vm(functions={"give": lambda: value})
    assert vm.eval("JSON.stringify(give())") == shown
    assert vm.eval("give()") is value


def test_an_integer_is_converted_to_the_type_that_is_asked_for(vm: VM) -> None:
    value = vm.eval("3", type=float)
    assert (value, type(value)) == (3.0, float)


def test_an_integer_is_validated(vm: VM) -> None:
    with pytest.raises(ConversionError, match="Expected `str`, got `int`"):
        vm.eval("3", type=str)


def test_an_integer_comes_after_the_jobs(vm: VM) -> None:
    vm.eval("var log = []; 0")
    assert vm.eval("Promise.resolve().then(() => log.push('job')); 7") == 7
    assert vm.eval("log") == ["job"]


def test_calls_that_nest_keep_their_answers_apart(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"down": lambda n: 0 if n == 0 else vm.eval(f"down({n - 1}) + {n}"), "text": str})
    assert vm.eval("[down(4), text(down(3)), down(2)]") == [10, "6", 3]
