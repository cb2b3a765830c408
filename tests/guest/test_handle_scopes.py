"""Scopes: what is made in one is disposed of at its end, and what escapes is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from test_busy import in_thread_during_a_call

from snapjs import VM, BusyError, ClosedError, Handle, JSError, Scope

MakeVM = Callable[..., VM]


# ---- as a with block and as a call


def test_scope_disposes_of_what_was_made_in_it(vm: VM) -> None:
    before = vm.new_object()
    with vm.with_scope():
        first, second = vm.new_string("a"), vm.new_object()
    assert [handle.disposed for handle in (before, first, second)] == [False, True, True]
    assert vm.statistics().handles == 1


def test_function_gets_the_scope_and_its_result_is_returned(vm: VM) -> None:
    made: list[Handle] = []

    def inside(scope: Scope) -> tuple[str, int]:
        made.append(vm.eval_handle("({ n: 5 })"))
        return type(scope).__name__, int(made[0].get_prop("n").to_number())

    assert vm.with_scope(inside) == ("Scope", 5)
    assert made[0].disposed


def test_with_block_gives_the_scope(vm: VM) -> None:
    with vm.with_scope() as scope:
        assert type(scope) is Scope


MAKERS: dict[str, Callable[[VM, Handle], Any]] = {
    "eval_handle": lambda vm, object: vm.eval_handle("1"),
    "eval_code": lambda vm, object: vm.eval_code("1"),
    "eval_code that throws": lambda vm, object: vm.eval_code("throw 1"),
    "eval_bytecode": lambda vm, object: vm.eval_bytecode(vm.compile("1")),
    "new_string": lambda vm, object: vm.new_string("s"),
    "new_number": lambda vm, object: vm.new_number(1),
    "new_big_int": lambda vm, object: vm.new_big_int(1),
    "new_object": lambda vm, object: vm.new_object(),
    "new_array": lambda vm, object: vm.new_array(),
    "new_symbol_for": lambda vm, object: vm.new_symbol_for("s"),
    "new_array_buffer": lambda vm, object: vm.new_array_buffer(b"b"),
    "new_uint8_array": lambda vm, object: vm.new_uint8_array(b"b"),
    "new_error": lambda vm, object: vm.new_error("e"),
    "new_function": lambda vm, object: vm.new_function("f", lambda this: None),
    "new_ephemeral_function": lambda vm, object: vm.new_ephemeral_function(lambda this: None),
    "host_to_handle": lambda vm, object: vm.host_to_handle({"a": 1}),
    "call_function": lambda vm, object: vm.call_function(object.get_prop("method"), object),
    "construct": lambda vm, object: vm.construct(vm.eval_handle("Map")),
    "get_prop": lambda vm, object: object.get_prop("data"),
    "get_prop of a function": lambda vm, object: object.get_prop("method"),
    "VM.get_prop": lambda vm, object: vm.get_prop(object, "data"),
    "get_prototype_of": lambda vm, object: object.get_prototype_of(),
    "get_proxy_target": lambda vm, object: object.get_prop("proxy").get_proxy_target(),
    "get_proxy_handler": lambda vm, object: object.get_prop("proxy").get_proxy_handler(),
    "dup": lambda vm, object: object.dup(),
    "a descriptor's value": lambda vm, object: object.get_own_property_descriptor("data").value,
    "a symbol among the keys": lambda vm, object: object.get_own_property_keys()[-1],
    "import_handle": lambda vm, object: imported(vm, object),
    "promise_then_raw": lambda vm, object: vm.promise_then_raw(object.get_prop("promise")),
    "resolve_promise": lambda vm, object: vm.resolve_promise(object.get_prop("promise")).value,
    "a conversion without a counterpart": lambda vm, object: vm.eval("new (class A {})()"),
}

# What goes through a Function or Promise first.
INDIRECT: dict[str, Callable[[VM, Handle], Any]] = {
    "new_promise": lambda vm, object: vm.new_promise().handle,
    "a descriptor's function": lambda vm, object: object.get_own_property_descriptor("method").value,
    "a descriptor's promise": lambda vm, object: object.get_own_property_descriptor("promise").value,
    "a descriptor's getter": lambda vm, object: object.get_own_property_descriptor("getter").get,
    "Function.handle": lambda vm, object: vm.eval("() => 1").handle,
    "Promise.handle": lambda vm, object: vm.eval("Promise.resolve()").handle,
}

OBJECT = """({
    data: {}, method() { return {} }, get getter() { return {} }, proxy: new Proxy({}, {}), promise: Promise.resolve({}),
    [Symbol("key")]: 1,
})"""


def imported(vm: VM, handle: Handle) -> Handle:
    token = vm.export_handle(handle)
    try:
        return vm.import_handle(token)
    finally:
        vm.release_handle(token)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_way_to_make_a_handle_is_in_the_scope(vm: VM, make: Callable[[VM, Handle], Any]) -> None:
    object = vm.eval_handle(OBJECT)
    with vm.with_scope():
        made = make(vm, object)
        assert (isinstance(made, Handle), made.disposed) == (True, False)
    assert (made.disposed, object.disposed) == (True, False)
    if vm.unregister_host_callback("f"):
        assert vm.statistics().lent_functions == 0


@pytest.mark.parametrize("make", INDIRECT.values(), ids=INDIRECT)
def test_handles_of_functions_and_promises_are_in_the_scope(vm: VM, make: Callable[[VM, Handle], Any]) -> None:
    object = vm.eval_handle(OBJECT)
    with vm.with_scope():
        made = make(vm, object)
    assert made.disposed


def test_handles_that_python_dropped_before_the_end(vm: VM) -> None:
    with vm.with_scope():
        for _ in range(1000):
            vm.new_object()
        assert vm.statistics().handles == 0


def test_fixed_handles_outlive_every_scope(vm: VM) -> None:
    with vm.with_scope() as scope:
        fixed = vm.undefined
        scope.escape(fixed)
    assert (fixed.disposed, fixed.is_undefined) == (False, True)


def test_functions_and_promises_are_not_touched(vm: VM) -> None:
    with vm.with_scope():
        function, promise = vm.eval("() => 7"), vm.eval("Promise.resolve(8)")
    assert (function(), promise.result) == (7, 8)


def test_handle_of_an_error_outlives_the_scope_it_was_raised_in(vm: VM) -> None:
    with vm.with_scope(), pytest.raises(JSError) as caught:
        vm.eval("throw { code: 5 }")
    assert caught.value.handle is not None
    assert caught.value.handle.get_prop("code").to_number() == 5


# ---- escape


def test_escape_gives_the_handle_to_the_caller(vm: VM) -> None:
    kept = vm.with_scope(lambda scope: scope.escape(vm.eval_handle("({ deep: { name: 'x' } })").get_prop("deep")))
    assert kept.get_prop("name").to_string() == "x"
    assert vm.statistics().handles == 1


def test_escape_returns_the_handle_itself(vm: VM) -> None:
    with vm.with_scope() as scope:
        handle = vm.new_object()
        assert scope.escape(handle) is handle


def test_escape_gives_the_handle_to_the_scope_around(vm: VM) -> None:
    with vm.with_scope():
        with vm.with_scope() as inner:
            handle = inner.escape(vm.new_object())
        assert not handle.disposed
    assert handle.disposed


def test_escape_through_two_scopes(vm: VM) -> None:
    with vm.with_scope() as outer:
        with vm.with_scope() as inner:
            handle = inner.escape(vm.new_object())
        outer.escape(handle)
    assert not handle.disposed


def test_escape_keeps_an_ephemeral_function(vm: VM) -> None:
    with vm.with_scope() as scope:
        function = scope.escape(vm.new_ephemeral_function(lambda this: 5))
    assert vm.call_function(function).to_number() == 5


def test_escape_after_the_end_changes_nothing(vm: VM) -> None:
    with vm.with_scope() as scope:
        handle = vm.new_object()
    assert scope.escape(handle).disposed


def test_escape_of_a_handle_that_was_disposed_of(vm: VM) -> None:
    with vm.with_scope(), vm.with_scope() as inner:
        handle = vm.new_object()
        handle.dispose()
        assert inner.escape(handle).disposed


def test_escape_of_a_handle_from_outside_changes_nothing(vm: VM) -> None:
    before = vm.new_object()
    with vm.with_scope(), vm.with_scope() as inner:
        inner.escape(before)
    assert not before.disposed


def test_function_and_promise_outlive_a_scope_without_escaping(vm: VM) -> None:
    with vm.with_scope() as scope:
        for value in vm.eval("[() => 7, Promise.resolve(7)]"):
            with pytest.raises(TypeError, match=f"a Handle escapes, not {type(value).__name__}"):
                scope.escape(value)
        function, promise = vm.eval("[() => 7, Promise.resolve(7)]")
    assert (function(), promise.result) == (7, 7)


def test_escape_of_a_handle_of_another_vm_changes_nothing(vm: VM, make_vm: MakeVM) -> None:
    foreign = make_vm().new_object()
    with vm.with_scope(), vm.with_scope() as inner:
        assert inner.escape(foreign) is foreign
    assert not foreign.disposed


@pytest.mark.parametrize("value", [None, 5, "handle"])
def test_escape_takes_a_handle(vm: VM, value: Any) -> None:
    with vm.with_scope() as scope, pytest.raises(TypeError, match="a Handle escapes, not"):
        scope.escape(value)


# ---- nesting and exceptions


def test_handles_belong_to_the_innermost_scope(vm: VM) -> None:
    with vm.with_scope():
        outer = vm.new_object()
        with vm.with_scope():
            inner = vm.new_object()
        after = vm.new_object()
        assert [handle.disposed for handle in (outer, inner, after)] == [False, True, False]
    assert outer.disposed and after.disposed


def test_hundred_nested_scopes(vm: VM) -> None:
    handles: list[Handle] = []
    with ExitStack() as scopes:
        for _ in range(100):
            scopes.enter_context(vm.with_scope())
            handles.append(vm.new_object())
    assert all(handle.disposed for handle in handles)


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_exception_disposes_too(vm: VM, error: type[BaseException]) -> None:
    made: list[Handle] = []

    def inside(scope: Scope) -> None:
        made.append(vm.new_object())
        raise error

    with pytest.raises(error):
        vm.with_scope(inside)
    assert made[0].disposed
    assert not vm.new_object().disposed


def test_exception_leaves_no_scope_open(vm: VM) -> None:
    with suppress(KeyError), vm.with_scope(), vm.with_scope():
        raise KeyError
    handle = vm.new_object()
    with vm.with_scope():
        pass
    assert not handle.disposed


def test_scopes_left_in_the_wrong_order(vm: VM) -> None:
    first, second = vm.with_scope(), vm.with_scope()
    first.__enter__()
    in_first = vm.new_object()
    second.__enter__()
    in_second = vm.new_object()
    first.__exit__()
    assert (in_first.disposed, in_second.disposed) == (True, False)
    later = vm.new_object()
    second.__exit__()
    assert (in_second.disposed, later.disposed) == (True, True)
    assert not vm.new_object().disposed


def test_escape_when_the_scope_around_was_left_first(vm: VM) -> None:
    first, second = vm.with_scope(), vm.with_scope()
    first.__enter__()
    second.__enter__()
    handle = vm.new_object()
    first.__exit__()
    second.escape(handle)
    second.__exit__()
    assert not handle.disposed


def test_scope_may_be_entered_again(vm: VM) -> None:
    scope = vm.with_scope()
    for _ in range(2):
        with scope:
            handle = vm.new_object()
        assert handle.disposed


def test_scope_that_is_not_entered_has_nothing(vm: VM) -> None:
    scope = vm.with_scope()
    handle = vm.new_object()
    scope.__exit__()
    assert not handle.disposed


# ---- several VMs, and closed ones


def test_scope_is_of_one_vm(vm: VM, make_vm: MakeVM) -> None:
    other = make_vm()
    with vm.with_scope():
        here, there = vm.new_object(), other.new_object()
    assert (here.disposed, there.disposed) == (True, False)


def test_scope_of_a_closed_vm_is_not_entered() -> None:
    vm = VM()
    vm.close()
    called: list[Scope] = []
    with pytest.raises(ClosedError, match="This VM is closed"):
        vm.with_scope(called.append)
    assert called == []


def test_vm_may_be_closed_inside_a_scope() -> None:
    vm = VM()
    with vm.with_scope():
        handle = vm.new_object()
        vm.close()
    assert handle.disposed


@pytest.mark.parametrize("value", [5, "name", b""])
def test_with_scope_takes_a_callable(vm: VM, value: Any) -> None:
    with pytest.raises(TypeError, match="is not callable"):
        vm.with_scope(value)
    handle = vm.new_object()
    assert not handle.disposed


def test_scope_is_not_entered_while_another_thread_is_in_the_vm(vm: VM) -> None:
    with pytest.raises(BusyError):
        in_thread_during_a_call(vm, lambda: vm.with_scope(lambda scope: None))
