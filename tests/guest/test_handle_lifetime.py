"""How long a handle keeps its value: dup, dispose, consume, collection by Python, and values that are always there."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from snapjs import VM, ClosedError, Function, Handle, JSError, Promise

MakeVM = Callable[..., VM]

# Says whether the object that `watch` was given has been collected. The reference is looked at by a script of its own:
# one that has read it keeps the object until its jobs have run.
WATCH = "var watch = object => { globalThis.watched = new WeakRef(object); return object }"
IS_GONE = "watched.deref() === undefined"


def is_gone(vm: VM) -> bool:
    """Whether the watched object has been collected, once cycles are."""
    vm.gc()
    gone = vm.eval(IS_GONE)
    assert isinstance(gone, bool)
    return gone


# ---- dispose


def test_handle_keeps_its_value(vm: VM) -> None:
    vm.eval(WATCH)
    with vm.eval_handle("watch({ a: 1 })") as handle:
        assert not is_gone(vm)
        assert handle.get_prop("a").to_number() == 1
    assert is_gone(vm)


def test_dispose_gives_the_reference_back(vm: VM) -> None:
    handle = vm.new_object()
    assert (handle.disposed, vm.statistics().handles) == (False, 1)
    handle.dispose()
    assert (handle.disposed, vm.statistics().handles) == (True, 0)


def test_second_dispose_does_not_take_the_reference_of_another(vm: VM) -> None:
    first = vm.new_string("first")
    first.dispose()
    second = vm.new_string("second")
    first.dispose()
    vm.run_jobs()
    assert second.to_string() == "second"


def test_stale_number_does_not_find_what_lies_in_its_slot_now(vm: VM) -> None:
    stale = vm.new_string("old")
    number = stale._live()
    stale.dispose()
    fresh = vm.new_string("new")
    forged = Handle(vm._bridge, number)
    with pytest.raises(ClosedError, match="not in its VM any more"):
        forged.to_string()
    assert fresh.to_string() == "new"


def test_with_block_disposes(vm: VM) -> None:
    with vm.new_number(1) as handle:
        assert handle.to_number() == 1
    assert handle.disposed


def test_with_block_disposes_after_an_exception(vm: VM) -> None:
    with pytest.raises(KeyError), vm.new_object() as handle:
        raise KeyError
    assert handle.disposed


def test_handle_may_be_disposed_of_in_its_with_block(vm: VM) -> None:
    with vm.new_object() as handle:
        handle.dispose()
    assert handle.disposed


def test_dispose_after_close_does_nothing() -> None:
    vm = VM()
    handle, dup = vm.new_object(), vm.new_object()
    handle.dispose()
    vm.close()
    dup.dispose()
    assert handle.disposed and dup.disposed


def test_closed_vm_disposes_of_its_handles() -> None:
    vm = VM()
    handle, fixed = vm.new_object(), vm.undefined
    vm.close()
    assert handle.disposed and fixed.disposed


# ---- dup


def test_dup_has_a_life_of_its_own(vm: VM) -> None:
    handle = vm.eval_handle("({ a: 1 })")
    dup = handle.dup()
    assert vm.statistics().handles == 2
    handle.dispose()
    assert dup.get_prop("a").to_number() == 1
    dup.dispose()
    assert vm.statistics().handles == 0


def test_dup_is_the_same_object(vm: VM) -> None:
    handle = vm.new_object()
    dup = handle.dup()
    dup.set_prop("seen", True)
    assert handle.get_prop("seen").to_boolean() is True
    assert handle.identity == dup.identity


def test_many_dups_in_any_order(vm: VM) -> None:
    handles = [vm.eval_handle("({ n: 7 })")]
    for index in range(100):
        handles.append(handles[index].dup())
    for handle in handles[::2]:
        handle.dispose()
    assert [handle.get_prop("n").to_number() for handle in handles[1::2]] == [7] * 50


# ---- consume


def test_consume_returns_what_the_function_returns(vm: VM) -> None:
    handle = vm.eval_handle("6 * 7")
    assert handle.consume(Handle.to_number) == 42
    assert handle.disposed


def test_consume_disposes_after_an_exception(vm: VM) -> None:
    handle = vm.eval_handle("Symbol()")
    with pytest.raises(JSError, match="TypeError"):
        handle.consume(Handle.to_number)
    assert handle.disposed


def test_consume_gives_the_handle_itself(vm: VM) -> None:
    handle = vm.new_object()
    assert handle.consume(lambda same: same is handle)


@pytest.mark.parametrize("use", [lambda handle: handle.consume(lambda same: 1), Handle.__enter__])
def test_disposed_handle_is_not_consumed(vm: VM, use: Callable[[Handle], object]) -> None:
    handle = vm.new_object()
    handle.dispose()
    with pytest.raises(ClosedError):
        use(handle)


# ---- collected by Python


def test_handle_that_python_drops_is_given_back(vm: VM) -> None:
    vm.eval(WATCH)
    vm.eval_handle("watch({})")
    assert is_gone(vm)
    assert vm.statistics().handles == 0


def test_handle_in_a_python_cycle_is_given_back(vm: VM) -> None:
    box: list[object] = [vm.new_object()]
    box.append(box)
    del box
    gc.collect()
    assert vm.statistics().handles == 0


def test_handle_keeps_its_vm() -> None:
    handle = VM().eval_handle("({ a: 1 })")
    assert handle.get_prop("a").to_number() == 1
    bridge = weakref.ref(handle._bridge)
    del handle
    assert bridge() is None


def test_collecting_in_the_middle_of_a_call_gives_back(vm: VM) -> None:
    held = [vm.new_object() for _ in range(10)]

    def drop(this: Handle) -> None:
        held.clear()
        gc.collect()

    vm.global_handle.set_prop("drop", vm.new_function("drop", drop))
    vm.eval("drop()")
    assert vm.statistics().handles == 0


def test_ten_thousand_handles_leave_nothing(vm: VM) -> None:
    before = vm.memory_usage()["obj_count"]
    for number in range(10_000):
        with vm.new_object() as handle:
            handle.set_prop("n", number)
    vm.gc()
    assert vm.statistics().handles == 0
    assert vm.memory_usage()["obj_count"] == before


def test_ten_thousand_handles_at_once(vm: VM) -> None:
    handles = [vm.new_number(number) for number in range(10_000)]
    assert vm.statistics().handles == 10_000
    assert [handles[index].to_number() for index in (0, 63, 64, 4095, 4096, 9_999)] == [0, 63, 64, 4095, 4096, 9_999]
    handles.clear()
    assert vm.statistics().handles == 0


# ---- Function, Promise and JSError


def test_function_and_promise_have_handles_of_their_own(vm: VM) -> None:
    function, promise = vm.eval("n => n + 1"), vm.eval("Promise.resolve(5)")
    assert (type(function), type(promise)) == (Function, Promise)
    handles = function.handle, promise.handle
    function.dispose()
    promise.dispose()
    assert vm.call_function(handles[0], None, 1).to_number() == 2
    assert handles[1].promise_state == 1


def test_error_keeps_what_was_thrown(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval_handle("throw Object.assign(new RangeError('far'), { code: 7 })")
    thrown = caught.value.handle
    assert thrown is not None
    assert (thrown.is_error, thrown.get_prop("code").to_number()) == (True, 7)
    thrown.dispose()
    assert str(caught.value) == "RangeError: far"


# ---- values that are always there


FIXED: dict[str, tuple[str, object]] = {
    "undefined": ("undefined", "undefined"),
    "null": ("object", "null"),
    "true": ("boolean", "true"),
    "false": ("boolean", "false"),
    "global_handle": ("object", "[object global]"),
}


@pytest.mark.parametrize("name", FIXED)
def test_fixed_handle(vm: VM, name: str) -> None:
    handle = getattr(vm, name)
    assert (handle.typeof, handle.to_string()) == FIXED[name]


@pytest.mark.parametrize("name", FIXED)
def test_dispose_of_a_fixed_handle_does_nothing(vm: VM, name: str) -> None:
    handle = getattr(vm, name)
    with handle:
        handle.dispose()
    assert not handle.disposed
    assert (handle.typeof, handle.to_string()) == FIXED[name]


@pytest.mark.parametrize("name", FIXED)
def test_fixed_handles_are_not_counted(vm: VM, name: str) -> None:
    handle = getattr(vm, name)
    dup = handle.dup()
    dup.dispose()
    assert dup.to_string() == FIXED[name][1]
    assert vm.statistics().handles == 0


@pytest.mark.parametrize("name", FIXED)
def test_fixed_handles_are_consumed_again_and_again(vm: VM, name: str) -> None:
    handle = getattr(vm, name)
    assert [handle.consume(Handle.to_string) for _ in range(3)] == [FIXED[name][1]] * 3


def test_global_handle_is_the_global_object(vm: VM) -> None:
    vm.global_handle.set_prop("x", 5)
    assert vm.eval("x") == 5
    assert vm.global_handle.identity == vm.eval_handle("globalThis").identity


def test_handle_of_a_fixed_value_elsewhere_is_an_ordinary_one(vm: VM) -> None:
    handle = vm.eval_handle("undefined")
    handle.dispose()
    assert handle.disposed
    assert vm.undefined.is_undefined


# ---- the same value again


@pytest.mark.parametrize(
    "code", ["({})", "() => 1", "Promise.resolve()", "Symbol('s')", "new Map()", "new Proxy({}, {})"]
)
def test_handle_given_back_is_the_same_value(vm: VM, code: str) -> None:
    handle = vm.eval_handle(code)
    vm.eval("value => { globalThis.kept = value }")(handle)
    assert vm.eval("value => value === kept")(handle) is True


def test_host_to_handle_of_a_handle_is_another_one(vm: VM) -> None:
    handle = vm.new_object()
    other = vm.host_to_handle(handle)
    assert other.identity == handle.identity
    handle.dispose()
    assert other.class_name == "Object"
