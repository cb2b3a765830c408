"""The limits of a VM hold in the code of its extensions, too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dylink_file import counter, empty, function, library, module, needs, weak

from snapjs import VM, Extension, ExtensionError, GuestTrapped, TimeLimitError

MakeVM = Callable[..., VM]

SPIN = function("spin", "(loop (br 0)) (i64.const 0)")
RECURSE = function(
    "recurse", "(i64.extend_i32_u (call $down))", more="(func $down (result i32) (i32.add (i32.const 1) (call $down)))"
)
TRAP = function("fail", "unreachable")
TAKE = function(
    "take",
    "(i64.extend_i32_u (i32.eqz (call $malloc (i32.const 0x4000000))))",
    uses="malloc",
)


@pytest.mark.abandons("the VM is dead")
def test_a_loop_ends_at_the_deadline(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[SPIN], timeout=0.05)

    with pytest.raises(TimeLimitError, match="the VM is dead"):
        vm.eval("spin()")
    with pytest.raises(GuestTrapped):
        vm.eval("1")


@pytest.mark.abandons("the VM is dead")
def test_a_loop_ends_at_the_deadline_of_a_call(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[SPIN])

    with pytest.raises(TimeLimitError):
        vm.eval("spin()", timeout=0.05)


def test_a_loop_in_the_initialisation_ends_at_the_deadline() -> None:
    text = module('(func (export "snapjs_init_x") (param i32) (result i32) (loop (br 0)) (i32.const 0))')

    with pytest.raises(TimeLimitError):
        VM(extensions=[Extension("x", library(text, needs()))], timeout=0.05)


@pytest.mark.parametrize("name", ["__wasm_call_ctors", "__wasm_apply_data_relocs"])
def test_a_loop_before_the_initialisation_ends_at_the_deadline(name: str) -> None:
    with pytest.raises(TimeLimitError):
        VM(extensions=[empty("x", f'(func (export "{name}") (loop (br 0)))')], timeout=0.05)


@pytest.mark.abandons("the VM is dead")
def test_endless_recursion_kills_only_the_vm(make_vm: MakeVM) -> None:
    vm, other = make_vm(extensions=[RECURSE]), make_vm(extensions=[counter()])

    with pytest.raises(GuestTrapped, match="call stack exhausted"):
        vm.eval("recurse()")
    assert other.eval("count()") == 6


@pytest.mark.abandons("the VM is dead")
def test_a_trap_kills_only_the_vm(make_vm: MakeVM) -> None:
    vm, other = make_vm(extensions=[TRAP]), make_vm(extensions=[counter()])

    with pytest.raises(GuestTrapped, match="unreachable"):
        vm.eval("fail()")
    with pytest.raises(GuestTrapped):
        vm.eval("1")
    assert other.eval("count()") == 6


@pytest.mark.abandons("the VM is dead")
@pytest.mark.parametrize("result", ["", "(result i32)", "(result i64)"])
def test_a_weak_function_that_nobody_has_is_not_called(make_vm: MakeVM, result: str) -> None:
    call = "(drop (call $absent))" if result else "(call $absent)"
    imported = f'(import "env" "absent" (func $absent {result}))'
    vm = make_vm(extensions=[function("f", f"{call} (i64.const 0)", weak(("env", "absent")), imports=imported)])

    with pytest.raises(GuestTrapped, match="unreachable"):
        vm.eval("f()")


def test_its_memory_is_bounded(make_vm: MakeVM) -> None:
    bounded, unbounded = make_vm(extensions=[TAKE], memory_limit=1 << 20), make_vm(extensions=[TAKE])

    assert (bounded.eval("take()"), unbounded.eval("take()")) == (1, 0)


def test_an_address_outside_of_memory_is_a_trap() -> None:
    text = module('(func (export "snapjs_init_x") (param i32) (result i32) (i32.load (i32.const -4)))')

    with pytest.raises(ExtensionError, match="out of bounds memory access"):
        VM(extensions=[Extension("x", library(text, needs()))])
