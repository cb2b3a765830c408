"""Every use of a handle, and every operation on handles, when something has ended or belongs elsewhere: a typed error."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest
from test_busy import in_thread, in_thread_during_a_call

from snapjs import VM, BusyError, ClosedError, Deferred, GuestTrapped, Handle, WrongVMError
from snapjs._guest.raw import Trap

MakeVM = Callable[..., VM]

# ---- what can be done with a handle

HANDLE_USES: dict[str, Callable[[Handle], Any]] = {
    "dup": lambda handle: handle.dup(),
    "typeof": lambda handle: handle.typeof,
    "class_name": lambda handle: handle.class_name,
    "class_id": lambda handle: handle.class_id,
    "identity": lambda handle: handle.identity,
    "length": lambda handle: handle.length,
    "constructor_name": lambda handle: handle.constructor_name,
    "promise_state": lambda handle: handle.promise_state,
    "is_undefined": lambda handle: handle.is_undefined,
    "is_null": lambda handle: handle.is_null,
    "is_bool": lambda handle: handle.is_bool,
    "is_number": lambda handle: handle.is_number,
    "is_string": lambda handle: handle.is_string,
    "is_symbol": lambda handle: handle.is_symbol,
    "is_big_int": lambda handle: handle.is_big_int,
    "is_object": lambda handle: handle.is_object,
    "is_array": lambda handle: handle.is_array,
    "is_function": lambda handle: handle.is_function,
    "is_error": lambda handle: handle.is_error,
    "is_promise": lambda handle: handle.is_promise,
    "is_array_buffer": lambda handle: handle.is_array_buffer,
    "is_proxy": lambda handle: handle.is_proxy,
    "is_map": lambda handle: handle.is_map,
    "is_set": lambda handle: handle.is_set,
    "is_date": lambda handle: handle.is_date,
    "is_reg_exp": lambda handle: handle.is_reg_exp,
    "is_weak_ref": lambda handle: handle.is_weak_ref,
    "is_weak_map": lambda handle: handle.is_weak_map,
    "is_weak_set": lambda handle: handle.is_weak_set,
    "is_data_view": lambda handle: handle.is_data_view,
    "to_python": lambda handle: handle.to_python(),
    "to_number": lambda handle: handle.to_number(),
    "to_big_int": lambda handle: handle.to_big_int(),
    "to_string": lambda handle: handle.to_string(),
    "to_boolean": lambda handle: handle.to_boolean(),
    "to_array_buffer": lambda handle: handle.to_array_buffer(),
    "to_uint8_array": lambda handle: handle.to_uint8_array(),
    "get_prop": lambda handle: handle.get_prop("a"),
    "set_prop": lambda handle: handle.set_prop("a", 1),
    "define_prop": lambda handle: handle.define_prop("a", 1),
    "keys": lambda handle: handle.keys(),
    "get_own_property_names": lambda handle: handle.get_own_property_names(),
    "get_own_property_keys": lambda handle: handle.get_own_property_keys(),
    "get_own_property_descriptor": lambda handle: handle.get_own_property_descriptor("a"),
    "has_own_property": lambda handle: handle.has_own_property("a"),
    "property_is_enumerable": lambda handle: handle.property_is_enumerable("a"),
    "get_prototype_of": lambda handle: handle.get_prototype_of(),
    "get_proxy_target": lambda handle: handle.get_proxy_target(),
    "get_proxy_handler": lambda handle: handle.get_proxy_handler(),
}

# What answers at all times; consume only calls its function.
ALWAYS = {"dispose", "disposed", "is_exception", "consume"}

# ---- what a VM can do with a handle: each position in which one may stand

FUNCTION = "(value => value)"

VM_USES: dict[str, Callable[[VM, Any], Any]] = {
    "host_to_handle": lambda vm, handle: vm.host_to_handle(handle),
    "host_to_handle, inside": lambda vm, handle: vm.host_to_handle({"deep": [handle]}),
    "call_function": lambda vm, handle: vm.call_function(handle),
    "call_function, this": lambda vm, handle: vm.call_function(vm.eval_handle(FUNCTION), handle),
    "call_function, argument": lambda vm, handle: vm.call_function(vm.eval_handle(FUNCTION), None, 1, handle),
    "call_function, inside": lambda vm, handle: vm.call_function(vm.eval_handle(FUNCTION), None, [handle]),
    "construct": lambda vm, handle: vm.construct(handle),
    "construct, argument": lambda vm, handle: vm.construct(vm.eval_handle("Map"), handle),
    "unwrap_result": lambda vm, handle: vm.unwrap_result(handle),
    "VM.get_prop": lambda vm, handle: vm.get_prop(handle, "a"),
    "VM.get_prop, key": lambda vm, handle: vm.get_prop(vm.global_handle, handle),
    "VM.set_prop": lambda vm, handle: vm.set_prop(handle, "a", 1),
    "VM.set_prop, key": lambda vm, handle: vm.set_prop(vm.new_object(), handle, 1),
    "VM.set_prop, value": lambda vm, handle: vm.set_prop(vm.new_object(), "a", handle),
    "VM.define_prop": lambda vm, handle: vm.define_prop(handle, "a", 1),
    "VM.define_prop, key": lambda vm, handle: vm.define_prop(vm.new_object(), handle, 1),
    "VM.define_prop, value": lambda vm, handle: vm.define_prop(vm.new_object(), "a", handle),
    "VM.define_prop, get": lambda vm, handle: vm.define_prop(vm.new_object(), "a", get=handle),
    "VM.define_prop, set": lambda vm, handle: vm.define_prop(vm.new_object(), "a", set=handle),
    "has_own_property, key": lambda vm, handle: vm.global_handle.has_own_property(handle),
    "property_is_enumerable, key": lambda vm, handle: vm.global_handle.property_is_enumerable(handle),
    "get_own_property_descriptor, key": lambda vm, handle: vm.global_handle.get_own_property_descriptor(handle),
    "VM.typeof": lambda vm, handle: vm.typeof(handle),
    "dump": lambda vm, handle: vm.dump(handle),
    "resolve_promise": lambda vm, handle: vm.resolve_promise(handle),
    "resolve_promise_async": lambda vm, handle: begin(vm.resolve_promise_async(handle)),
    "promise_then_raw": lambda vm, handle: vm.promise_then_raw(handle),
    "promise_then_raw, fulfilled": lambda vm, handle: vm.promise_then_raw(vm.eval_handle("Promise.resolve()"), handle),
    "promise_then_raw, rejected": lambda vm, handle: vm.promise_then_raw(
        vm.eval_handle("Promise.resolve()"), None, handle
    ),
    "mark_promise_handled": lambda vm, handle: vm.mark_promise_handled(handle),
    "export_handle": lambda vm, handle: vm.export_handle(handle),
    "globals": lambda vm, handle: vm.globals.__setitem__("a", handle),
    "Function, argument": lambda vm, handle: vm.eval(FUNCTION)(handle),
    "Function, this": lambda vm, handle: vm.eval(FUNCTION)(this=handle),
    "Deferred.resolve": lambda vm, handle: vm.new_promise().resolve(handle),
    "Deferred.reject": lambda vm, handle: vm.new_promise().reject(handle),
}

# What makes handles of nothing, or asks of the VM.
VM_MAKES: dict[str, Callable[[VM], Any]] = {
    "eval_handle": lambda vm: vm.eval_handle("1"),
    "eval_code": lambda vm: vm.eval_code("1"),
    "new_string": lambda vm: vm.new_string("s"),
    "new_number": lambda vm: vm.new_number(1),
    "new_big_int": lambda vm: vm.new_big_int(1),
    "new_object": lambda vm: vm.new_object(),
    "new_array": lambda vm: vm.new_array(),
    "new_symbol_for": lambda vm: vm.new_symbol_for("s"),
    "new_array_buffer": lambda vm: vm.new_array_buffer(b"b"),
    "new_uint8_array": lambda vm: vm.new_uint8_array(b"b"),
    "new_error": lambda vm: vm.new_error("e"),
    "new_error, exception": lambda vm: vm.new_error(ValueError("e")),
    "host_to_handle": lambda vm: vm.host_to_handle(1),
    "new_function": lambda vm: vm.new_function("f", lambda this: None),
    "new_ephemeral_function": lambda vm: vm.new_ephemeral_function(lambda this: None),
    "register_host_callback": lambda vm: vm.register_host_callback("exposed", lambda: None),
    "unregister_host_callback": lambda vm: vm.unregister_host_callback("f"),
    "new_promise": lambda vm: vm.new_promise(),
    "import_handle": lambda vm: vm.import_handle("0" * 24),
    "release_handle": lambda vm: vm.release_handle("0" * 24),
    "execute_pending_jobs": lambda vm: vm.execute_pending_jobs(),
    "run_gc": lambda vm: vm.run_gc(),
    "get_memory_usage": lambda vm: vm.get_memory_usage(),
    "new_realm": lambda vm: vm.new_realm(),
    "undefined.typeof": lambda vm: vm.undefined.typeof,
    "global_handle.get_prop": lambda vm: vm.global_handle.get_prop("Math"),
    "true.to_boolean": lambda vm: vm.true.to_boolean(),
}

handle_uses = pytest.mark.parametrize("use", HANDLE_USES.values(), ids=HANDLE_USES)
vm_makes = pytest.mark.parametrize("make", VM_MAKES.values(), ids=VM_MAKES)


def begin(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine to its first await."""
    try:
        coroutine.send(None)
    finally:
        coroutine.close()


def outcomes(uses: Mapping[str, Callable[..., Any]], *arguments: Any) -> dict[str, str]:
    """What each use raises, by name."""
    raised = {}
    for name, use in uses.items():
        try:
            use(*arguments)
        except Exception as error:
            raised[name] = type(error).__name__
        else:
            raised[name] = "nothing"
    return raised


def kill(vm: VM) -> None:
    """What happens to a VM whose instance has trapped."""
    vm._bridge.died(Trap("Caused by:\n    wasm trap: unreachable", 1))


def disposed(vm: VM) -> Handle:
    """A handle that was disposed of."""
    handle = vm.new_object()
    handle.dispose()
    return handle


def test_table_of_a_handle_is_complete() -> None:
    assert set(HANDLE_USES) | ALWAYS == {name for name in dir(Handle) if not name.startswith("_")}


# ---- disposed of


@handle_uses
def test_disposed_handle(vm: VM, use: Callable[[Handle], Any]) -> None:
    with pytest.raises(ClosedError, match=r"This reference was disposed of\. Keep it, or take a dup\(\)"):
        use(disposed(vm))


def known(vm: VM) -> Handle:
    """A handle that has been asked what it is, which it remembers."""
    handle = vm.new_object()
    assert handle.typeof == "object"
    return handle


KINDS: dict[str, Callable[[VM], Handle]] = {
    "known": known,
    "ephemeral function": lambda vm: vm.new_ephemeral_function(lambda this: None),
    "exception": lambda vm: vm.eval_code("throw 1"),
    "dup": lambda vm: vm.new_object().dup(),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_disposed_handle_of_every_kind(vm: VM, make: Callable[[VM], Handle]) -> None:
    handle = make(vm)
    handle.dispose()
    assert outcomes(HANDLE_USES, handle) == dict.fromkeys(HANDLE_USES, "ClosedError")


def test_argument_after_the_call(vm: VM) -> None:
    kept: list[Handle] = []
    with vm.new_ephemeral_function(lambda this, value: kept.append(value)) as function:
        vm.call_function(function, None, {})
    assert outcomes(HANDLE_USES, kept[0]) == dict.fromkeys(HANDLE_USES, "ClosedError")


@pytest.mark.keeps("a promise may be left pending")
def test_disposed_handle_in_every_position(vm: VM) -> None:
    assert outcomes(VM_USES, vm, disposed(vm)) == dict.fromkeys(VM_USES, "ClosedError")


# ---- of another VM


@pytest.mark.keeps("a promise may be left pending")
def test_handle_of_another_vm_in_every_position(vm: VM, make_vm: MakeVM) -> None:
    assert outcomes(VM_USES, vm, make_vm().eval_handle("Symbol()")) == dict.fromkeys(VM_USES, "WrongVMError")


def test_error_of_another_vm_says_what_to_do(vm: VM, make_vm: MakeVM) -> None:
    with pytest.raises(WrongVMError, match="This object belongs to another VM"):
        vm.dump(make_vm().new_object())


@pytest.mark.parametrize("name", ["undefined", "null", "true"])
@pytest.mark.keeps("a promise may be left pending")
def test_fixed_handle_of_another_vm(vm: VM, make_vm: MakeVM, name: str) -> None:
    assert outcomes(VM_USES, vm, getattr(make_vm(), name)) == dict.fromkeys(VM_USES, "WrongVMError")


@pytest.mark.parametrize("code", ["() => 1", "Promise.resolve()"])
@pytest.mark.keeps("a promise may be left pending")
def test_function_or_promise_of_another_vm(vm: VM, make_vm: MakeVM, code: str) -> None:
    expected = {name: "TypeError" if name.endswith("key") else "WrongVMError" for name in VM_USES}
    assert outcomes(VM_USES, vm, make_vm().eval(code)) == expected


@pytest.mark.keeps("a promise may be left pending")
def test_handle_of_the_vm_that_a_snapshot_was_taken_of(vm: VM) -> None:
    handle = vm.eval_handle("Symbol()")
    with VM.restore(vm.snapshot()) as restored:
        assert outcomes(VM_USES, restored, handle) == dict.fromkeys(VM_USES, "WrongVMError")


# ---- closed


@handle_uses
def test_handle_of_a_closed_vm(use: Callable[[Handle], Any]) -> None:
    vm = VM()
    handle = vm.new_object()
    vm.close()
    with pytest.raises(ClosedError, match="This VM is closed"):
        use(handle)


@pytest.mark.parametrize("make", [*KINDS.values(), lambda vm: vm.undefined, lambda vm: vm.global_handle])
def test_every_kind_of_handle_of_a_closed_vm(make: Callable[[VM], Handle]) -> None:
    vm = VM()
    handle = make(vm)
    vm.close()
    assert outcomes(HANDLE_USES, handle) == dict.fromkeys(HANDLE_USES, "ClosedError")


@vm_makes
def test_closed_vm_makes_nothing(make: Callable[[VM], Any]) -> None:
    vm = VM()
    vm.close()
    with pytest.raises(ClosedError, match="This VM is closed"):
        make(vm)


# It looks at nothing but the handle itself.
UNASKED = {"unwrap_result"}


def test_closed_vm_does_nothing_with_a_handle() -> None:
    vm = VM()
    handle = vm.new_object()
    vm.close()
    expected = {name: "nothing" if name in UNASKED else "ClosedError" for name in VM_USES}
    assert outcomes(VM_USES, vm, handle) == expected


def deferred_uses(deferred: Deferred) -> list[Callable[[], Any]]:
    return [deferred.resolve, deferred.reject, lambda: deferred.settled]


def test_deferred_of_a_closed_vm() -> None:
    vm = VM()
    deferred = vm.new_promise()
    vm.close()
    for use in deferred_uses(deferred):
        with pytest.raises(ClosedError):
            use()
    deferred.dispose()


# ---- dead


@handle_uses
def test_handle_of_a_dead_vm(make_vm: MakeVM, use: Callable[[Handle], Any]) -> None:
    vm = make_vm()
    handle = vm.new_object()
    kill(vm)
    with pytest.raises(GuestTrapped, match="wasm trap: unreachable"):
        use(handle)
    assert handle.disposed is False
    handle.dispose()
    assert handle.disposed is True


def test_fixed_handle_of_a_dead_vm(make_vm: MakeVM) -> None:
    vm = make_vm()
    kill(vm)
    assert outcomes(HANDLE_USES, vm.undefined) == dict.fromkeys(HANDLE_USES, "GuestTrapped")


def test_dead_vm_makes_nothing(make_vm: MakeVM) -> None:
    vm = make_vm()
    kill(vm)
    assert outcomes(VM_MAKES, vm) == dict.fromkeys(VM_MAKES, "GuestTrapped")


def test_dead_vm_does_nothing_with_a_handle(make_vm: MakeVM) -> None:
    vm = make_vm()
    handle = vm.new_object()
    kill(vm)
    expected = {name: "nothing" if name in UNASKED else "GuestTrapped" for name in VM_USES}
    assert outcomes(VM_USES, vm, handle) == expected


def test_scope_of_a_dead_vm(make_vm: MakeVM) -> None:
    vm = make_vm()
    with vm.with_scope():
        handle = vm.new_object()
        kill(vm)
    assert handle.disposed
    with pytest.raises(GuestTrapped), vm.with_scope():
        pass


def test_deferred_of_a_dead_vm(make_vm: MakeVM) -> None:
    vm = make_vm()
    deferred = vm.new_promise()
    kill(vm)
    for use in deferred_uses(deferred):
        with pytest.raises(GuestTrapped):
            use()
    deferred.dispose()


# ---- another thread


def test_handle_is_busy_for_other_threads_during_a_call(vm: VM) -> None:
    # one for each use: what a handle is, it remembers
    handles = {name: vm.new_object() for name in HANDLE_USES}
    uses = {name: lambda name=name: HANDLE_USES[name](handles[name]) for name in HANDLE_USES}
    assert in_thread_during_a_call(vm, lambda: outcomes(uses)) == dict.fromkeys(HANDLE_USES, "BusyError")


def test_vm_makes_nothing_for_other_threads_during_a_call(vm: VM) -> None:
    raised = in_thread_during_a_call(vm, lambda: outcomes(VM_MAKES, vm))
    assert raised == dict.fromkeys(VM_MAKES, "BusyError")


def test_vm_does_nothing_with_a_handle_for_other_threads_during_a_call(vm: VM) -> None:
    handle = vm.new_object()
    raised = in_thread_during_a_call(vm, lambda: outcomes(VM_USES, vm, handle))
    assert raised == {name: "nothing" if name in UNASKED else "BusyError" for name in VM_USES}


def test_deferred_is_busy_for_other_threads_during_a_call(vm: VM) -> None:
    with vm.new_promise() as deferred:
        for use in deferred_uses(deferred):
            with pytest.raises(BusyError):
                in_thread_during_a_call(vm, use)


def test_handle_moves_between_threads(vm: VM) -> None:
    handle = in_thread(lambda: vm.eval_handle("({ a: 1 })"))
    assert handle.get_prop("a").to_number() == 1
    assert in_thread(lambda: handle.get_prop("a").to_number()) == 1


def test_handle_may_be_disposed_of_by_another_thread_during_a_call(vm: VM) -> None:
    handles: list[Handle] = [vm.new_object(), vm.new_ephemeral_function(lambda this: None)]
    in_thread_during_a_call(vm, lambda: [handle.dispose() for handle in handles])
    assert vm.statistics().handles == 0
