"""What a host function that takes handles is given: borrowed handles of `this` and the arguments."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, ClosedError, ConversionError, Handle, JSError, WrongVMError

MakeVM = Callable[..., VM]


def give(vm: VM, function: Callable[..., Any], name: str = "f") -> None:
    """Make a global of a host function that takes handles."""
    with vm.new_function(name, function) as handle:
        vm.global_handle.set_prop(name, handle)


# ---- what it is given


def test_arguments_are_handles(vm: VM) -> None:
    seen: list[Any] = []
    give(vm, lambda this, *arguments: seen.extend((isinstance(a, Handle), a.typeof, a.to_python()) for a in arguments))
    vm.eval("f(1, 'two', null, undefined, true, 4n)")
    assert [row[:2] for row in seen] == [
        (True, "number"), (True, "string"), (True, "object"), (True, "undefined"), (True, "boolean"), (True, "bigint"),
    ]  # fmt: skip
    assert [row[2] for row in seen[:3]] == [1, "two", None]


def test_arguments_are_not_converted(vm: VM) -> None:
    seen: list[Any] = []
    give(vm, lambda this, value: seen.append((value.class_name, value.keys())))
    vm.eval("globalThis.ran = 0; f({ get a() { ran++; return 1 }, toJSON() { ran++ } })")
    assert seen == [("Object", ["a", "toJSON"])]
    assert vm.eval("ran") == 0


def test_identity_of_arguments(vm: VM) -> None:
    seen: list[bool] = []
    give(vm, lambda this, a, b, c: seen.extend([a.identity == b.identity, a.identity == c.identity]))
    vm.eval("{ const o = {}; f(o, o, {}) }")
    assert seen == [True, False]


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 9, 1000, 20_000])
def test_any_number_of_arguments(vm: VM, count: int) -> None:
    give(vm, lambda this, *arguments: [len(arguments), sum(int(argument.to_number()) for argument in arguments)])
    assert vm.eval(f"f(...Array.from({{ length: {count} }}, (_, i) => i))") == [count, count * (count - 1) // 2]


def test_wrong_number_of_arguments_is_a_type_error_in_javascript(vm: VM) -> None:
    give(vm, lambda this, only: None)
    assert vm.eval("try { f() } catch (e) { e.name }") == "TypeError"


THIS: dict[str, tuple[str, str, str]] = {
    "none": ("f()", "undefined", "undefined"),
    "undefined": ("f.call(undefined)", "undefined", "undefined"),
    "null": ("f.call(null)", "object", "null"),
    "a number": ("f.call(5)", "number", "5"),
    "a string": ("f.call('text')", "string", "text"),
    "a boolean": ("f.call(false)", "boolean", "false"),
    "a symbol": ("f.call(Symbol.for('s'))", "symbol", ""),
    "a BigInt": ("f.call(9n)", "bigint", "9"),
    "an object": ("({ f, toString: () => 'me' }).f()", "object", "me"),
    "an array": ("f.call([1, 2])", "object", "1,2"),
    "a function": ("f.call(Object.assign(() => 1, { toString: () => 'fn' }))", "function", "fn"),
    "bound": ("f.bind('bound')()", "string", "bound"),
    "of a prototype": ("Object.create({ f, toString: () => 'heir' }).f()", "object", "heir"),
}


@pytest.mark.parametrize(("code", "typeof", "text"), THIS.values(), ids=THIS)
def test_this_is_what_javascript_gave(vm: VM, code: str, typeof: str, text: str) -> None:
    seen: list[tuple[str, str]] = []
    give(vm, lambda this: seen.append((this.typeof, "" if this.is_symbol else this.to_string())))
    vm.eval(code)
    assert seen == [(typeof, text)]


def test_method_of_an_object_that_python_made(vm: VM) -> None:
    counter = vm.host_to_handle({"n": 1})

    def increment(this: Handle, by: Handle) -> Handle:
        this.set_prop("n", this.get_prop("n").to_number() + by.to_number())
        return this

    counter.set_prop("add", vm.new_function("add", increment))
    vm.global_handle.set_prop("counter", counter)
    assert vm.eval("counter.add(2).add(3).n") == 6


def test_getter_and_setter(vm: VM) -> None:
    object = vm.host_to_handle({"hidden": 5})
    object.define_prop(
        "shown",
        get=vm.new_function("get", lambda this: this.get_prop("hidden")),
        set=vm.new_function("set", lambda this, value: this.set_prop("hidden", value)),
    )
    vm.global_handle.set_prop("object", object)
    assert vm.eval("object.shown += 2; object.hidden") == 7


def test_host_function_is_no_constructor(vm: VM) -> None:
    give(vm, lambda this: None)
    with pytest.raises(JSError, match="TypeError"):
        vm.eval("new f()")


# ---- what it returns


RESULTS: dict[str, tuple[Callable[[VM, Handle], Any], str]] = {
    "None": (lambda vm, a: None, "undefined"),
    "a value": (lambda vm, a: {"a": [1]}, '{"a":[1]}'),
    "a handle that is always there": (lambda vm, a: vm.null, "null"),
    "a new handle": (lambda vm, a: vm.host_to_handle([1, 2]), "[1,2]"),
    "the borrowed handle": (lambda vm, a: a, '{"is":"argument"}'),
    "a dup": (lambda vm, a: a.dup(), '{"is":"argument"}'),
    "the borrowed handle in a list": (lambda vm, a: [a, a], '[{"is":"argument"},{"is":"argument"}]'),
    "a property of it": (lambda vm, a: a.get_prop("is"), '"argument"'),
    "a function": (lambda vm, a: vm.eval("() => 1"), "undefined"),
}


@pytest.mark.parametrize(("make", "shown"), RESULTS.values(), ids=RESULTS)
def test_result(vm: VM, make: Callable[[VM, Handle], Any], shown: str) -> None:
    give(vm, lambda this, argument: make(vm, argument))
    assert vm.eval("String(JSON.stringify(f({ is: 'argument' })))") == shown


@pytest.mark.parametrize("keep", [lambda handle: handle, Handle.dup])
def test_returned_argument_is_the_same_object(vm: VM, keep: Callable[[Handle], Handle]) -> None:
    give(vm, lambda this, argument: keep(argument))
    assert vm.eval("{ const o = {}; f(o) === o }") is True


def test_returned_dup_leaves_nothing(vm: VM) -> None:
    give(vm, lambda this, argument: argument.dup())
    vm.eval("for (let i = 0; i < 1000; i++) f({})")
    assert vm.statistics().handles == 0


def test_result_without_a_counterpart(vm: VM) -> None:
    give(vm, lambda this: object())
    assert vm.eval("try { f() } catch (e) { e.name }") == "ConversionError"
    with pytest.raises(ConversionError):
        vm.eval("f()")


def test_result_that_was_disposed_of(vm: VM) -> None:
    def f(this: Handle) -> Handle:
        handle = vm.new_object()
        handle.dispose()
        return handle

    give(vm, f)
    with pytest.raises(ClosedError, match="was disposed of"):
        vm.eval("f()")


def test_result_of_another_vm(vm: VM, make_vm: MakeVM) -> None:
    foreign = [make_vm().new_object()]
    give(vm, lambda this: foreign.pop())
    with pytest.raises(WrongVMError):
        vm.eval("f()")


# ---- how long the arguments live


def test_dispose_of_an_argument_does_nothing(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> list[Any]:
        argument.dispose()
        this.dispose()
        with argument:
            pass
        return [argument.disposed, argument.get_prop("a"), argument.consume(lambda same: same.typeof)]

    give(vm, f)
    assert vm.eval("f({ a: 1 })") == [False, 1, "object"]


def test_argument_is_not_used_after_the_return(vm: VM) -> None:
    kept: list[Handle] = []
    give(vm, lambda this, argument: kept.extend([this, argument]))
    vm.eval("f({ a: 1 })")
    for handle in kept:
        assert handle.disposed
        with pytest.raises(ClosedError, match=r"valid until its host function returned\. Take a dup\(\) in there"):
            handle.get_prop("a")
        assert repr(handle) == "<Handle, disposed>"


def test_argument_is_not_used_after_an_exception(vm: VM) -> None:
    kept: list[Handle] = []

    def f(this: Handle, argument: Handle) -> None:
        kept.append(argument)
        raise KeyError("no")

    give(vm, f)
    assert vm.eval("try { f({}) } catch (e) { e.name }") == "KeyError"
    with pytest.raises(ClosedError):
        kept[0].keys()


def test_expired_argument_as_an_argument(vm: VM) -> None:
    kept: list[Handle] = []
    give(vm, lambda this, argument: kept.append(argument))
    vm.eval("f({})")
    with pytest.raises(ClosedError):
        vm.new_array().set_prop(0, kept[0])


def test_dup_outlives_the_call(vm: VM) -> None:
    kept: list[Handle] = []
    give(vm, lambda this, argument: kept.extend([this.dup(), argument.dup()]))
    vm.eval("f.call({ who: 'this' }, { who: 'argument' })")
    vm.gc()
    assert [handle.get_prop("who").to_string() for handle in kept] == ["this", "argument"]
    kept.clear()  # the function, which lives as long as the VM, refers to the list


def test_arguments_leave_nothing(vm: VM) -> None:
    give(vm, lambda this, *arguments: None)
    vm.eval("for (let i = 0; i < 1000; i++) f({}, [], () => i, 'text')")
    assert vm.statistics().handles == 0


def test_argument_kept_in_a_python_cycle_leaves_nothing(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> None:
        circle: list[Any] = [argument]
        circle.append(circle)

    give(vm, f)
    vm.eval("f({})")
    gc.collect()
    assert vm.statistics().handles == 0


# ---- exceptions


def test_exception_comes_out_as_itself(vm: VM) -> None:
    error = LookupError("gone")

    def f(this: Handle, argument: Handle) -> None:
        raise error

    give(vm, f)
    with pytest.raises(LookupError) as caught:
        vm.eval("f({})")
    assert caught.value is error


def test_javascript_exception_through_a_host_function_is_the_same_object(vm: VM) -> None:
    give(vm, lambda this, callback: vm.call_function(callback))
    assert vm.eval("{ const e = new RangeError('x'); let r; try { f(() => { throw e }) } catch (c) { r = c === e } r }")


def test_exit_is_not_caught_by_javascript(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> None:
        raise SystemExit

    give(vm, f)
    with pytest.raises(SystemExit):
        vm.eval("try { f({}) } catch { globalThis.caught = 1 }")
    assert "caught" not in vm.globals
