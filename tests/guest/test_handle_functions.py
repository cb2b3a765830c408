"""Host functions that take handles: made by name, bound again, and unbound."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import snapjs
from snapjs import VM, Function, Handle, JSError

MakeVM = Callable[..., VM]


def give(vm: VM, name: str, function: Callable[..., Any]) -> None:
    """Make a global of a host function that takes handles."""
    with vm.new_function(name, function) as handle:
        vm.global_handle.set_prop(name, handle)


def add(this: Handle, a: Handle, b: Handle) -> float:
    return a.to_number() + b.to_number()


# ---- by name


def test_new_function(vm: VM) -> None:
    give(vm, "add", add)
    assert vm.eval("[add(2, 3), add.name, typeof add]") == [5, "add", "function"]


def test_new_function_is_not_global(vm: VM) -> None:
    with vm.new_function("hidden", lambda this: 1):
        assert "hidden" not in vm.globals


def test_function_lives_on_without_its_handle(vm: VM) -> None:
    with vm.new_object() as object:
        object.set_prop("f", vm.new_function("f", lambda this: 5))
        gc.collect()
        vm.gc()
        assert vm.call_function(object.get_prop("f")).to_number() == 5


def test_name_is_registered_once(vm: VM) -> None:
    vm.new_function("f", add)
    with pytest.raises(ValueError, match="host function 'f' is already registered"):
        vm.new_function("f", add)
    assert vm.call_function(vm.eval_handle("f => f(1, 2)"), None, vm.new_ephemeral_function(add)).to_number() == 3


@pytest.mark.parametrize("function", [5, None, "f"])
def test_what_is_not_callable(vm: VM, function: Any) -> None:
    for make in (lambda: vm.new_function("f", function), lambda: vm.new_ephemeral_function(function)):
        with pytest.raises(TypeError, match=r"a host function is a callable or snapjs\.pending, not"):
            make()
    assert vm.statistics().lent_functions == 0


async def coroutine(this: Handle) -> None: ...


@pytest.mark.parametrize("function", [coroutine, snapjs.pending])
def test_what_does_not_answer_at_once(vm: VM, function: Any) -> None:
    for make in (lambda: vm.new_function("f", function), lambda: vm.new_ephemeral_function(function)):
        with pytest.raises(TypeError, match="that takes handles is a plain callable: give an async def"):
            make()
    assert vm.statistics().lent_functions == 0


def test_name_that_was_refused_is_free(vm: VM) -> None:
    with pytest.raises(TypeError):
        vm.new_function("f", 5)  # type: ignore[arg-type]
    assert vm.call_function(vm.new_function("f", lambda this: 1)).to_number() == 1


def test_names_of_expose_and_new_function_clash(vm: VM) -> None:
    vm.expose("exposed", lambda: 1)
    with pytest.raises(ValueError, match="'exposed' is already registered"):
        vm.new_function("exposed", lambda this: 2)
    give(vm, "made", lambda this: 3)
    with pytest.raises(ValueError, match="'made' is already registered by new_function"):
        vm.expose("made", lambda: 4)
    assert vm.eval("[exposed(), made()]") == [1, 3]


def test_option_functions_and_new_function_clash(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"f": lambda: 1})
    with pytest.raises(ValueError, match="'f' is already registered"):
        vm.new_function("f", lambda this: 2)


def test_one_callable_by_name_and_as_a_value(vm: VM) -> None:
    seen: list[Any] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments)

    vm.new_function("note", note)
    vm.eval("f => { f(1, [2]) }")(note)
    assert seen == [(1, [2])]


def test_function_comes_back_as_a_javascript_function(vm: VM) -> None:
    give(vm, "add", add)
    function = vm.eval("add")
    assert type(function) is Function
    assert function(20, 22) == 42


def test_unbound_function_comes_back_as_a_javascript_function(vm: VM) -> None:
    vm.expose("f", lambda: 1)
    vm.unregister_host_callback("f")
    assert type(vm.eval("f")) is Function


# ---- bound again


def test_register_host_callback_replaces(vm: VM) -> None:
    give(vm, "f", lambda this: "first")
    vm.eval("var kept = f")
    vm.register_host_callback("f", lambda this: "second")
    assert vm.eval("[f(), kept()]") == ["second", "second"]


def test_register_host_callback_of_an_exposed_function_converts(vm: VM) -> None:
    vm.expose("f", lambda items: items)
    vm.register_host_callback("f", lambda items: [type(items).__name__, items])
    assert vm.eval("f([1])") == ["list", [1]]


def test_register_host_callback_may_make_an_exposed_function_pending(vm: VM) -> None:
    vm.expose("f", lambda: 1)
    vm.register_host_callback("f", snapjs.pending)
    promise = vm.eval("f()")
    vm.pending[0].resolve(5)
    assert promise.result == 5


def test_register_host_callback_of_an_unknown_name(vm: VM) -> None:
    with pytest.raises(ValueError, match="no host function 'f' to bind: make it with new_function or expose"):
        vm.register_host_callback("f", lambda this: 1)


@pytest.mark.parametrize("function", [5, None, coroutine, snapjs.pending])
def test_register_host_callback_that_is_refused_changes_nothing(vm: VM, function: Any) -> None:
    give(vm, "f", lambda this: "first")
    with pytest.raises(TypeError):
        vm.register_host_callback("f", function)
    assert vm.eval("f()") == "first"


def test_register_host_callback_that_is_refused_leaves_the_exposed_function(vm: VM) -> None:
    vm.expose("f", lambda: "first")
    with pytest.raises(TypeError):
        vm.register_host_callback("f", 5)  # type: ignore[arg-type]
    assert vm.eval("f()") == "first"


def test_unregister_host_callback(vm: VM) -> None:
    give(vm, "f", lambda this: 1)
    assert (vm.unregister_host_callback("f"), vm.unregister_host_callback("f")) == (True, False)
    with pytest.raises(JSError, match="TypeError: host function 'f' is not registered: nothing is bound to this name"):
        vm.eval("f()")
    assert vm.statistics().lent_functions == 0


def test_unregister_host_callback_lets_go_of_the_callable(vm: VM) -> None:
    function = lambda this: 1  # noqa: E731
    alive = weakref.ref(function)
    give(vm, "f", function)
    del function
    vm.unregister_host_callback("f")
    assert alive() is None


def test_unregister_host_callback_of_an_unknown_name(vm: VM) -> None:
    assert vm.unregister_host_callback("nothing") is False


def test_unregister_host_callback_of_an_exposed_function(vm: VM) -> None:
    vm.expose("f", lambda: 1)
    assert vm.unregister_host_callback("f") is True
    with pytest.raises(JSError, match="'f' is not registered"):
        vm.eval("f()")
    vm.expose("f", lambda: 2)
    assert vm.eval("f()") == 2


def test_unregistered_name_may_be_used_again(vm: VM) -> None:
    give(vm, "f", lambda this: 1)
    vm.eval("var kept = f")
    vm.unregister_host_callback("f")
    with vm.new_function("f", lambda this: 2) as function:
        assert vm.call_function(function).to_number() == 2
    assert vm.eval("kept()") == 2


def test_unregistered_name_may_be_bound_again(vm: VM) -> None:
    give(vm, "f", lambda this: 1)
    vm.unregister_host_callback("f")
    vm.register_host_callback("f", lambda this: 2)
    assert vm.eval("f()") == 2


def test_other_functions_are_not_unregistered(vm: VM) -> None:
    give(vm, "a", lambda this: 1)
    give(vm, "b", lambda this: 2)
    vm.unregister_host_callback("a")
    assert vm.eval("b()") == 2


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("(function named() {})", "named"),
        ("() => 1", ""),
        ("Object.setPrototypeOf(Object.defineProperty(() => 1, 'name', { value: 5 }), null)", ""),
        ("(f => (delete f.name, Object.setPrototypeOf(f, null)))(() => 1)", ""),
    ],
    ids=["named", "nameless", "no text", "none"],
)
def test_function_has_the_name_that_it_shows(vm: VM, code: str, name: str) -> None:
    assert vm.eval(code).__name__ == name
