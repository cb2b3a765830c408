"""Promises that Python makes and settles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from moving import moved

from snapjs import VM, ClosedError, ConversionError, Deferred, Handle


def test_new_promise(vm: VM) -> None:
    with vm.new_promise() as deferred:
        assert (type(deferred), type(deferred.handle)) == (Deferred, Handle)
        assert (deferred.handle.is_promise, deferred.handle.promise_state, deferred.settled) == (True, 0, False)


RESOLVED: dict[str, tuple[Callable[[VM], Any], Any]] = {
    "a value": (lambda vm: {"a": [1]}, {"a": [1]}),
    "None": (lambda vm: None, None),
    "a handle": (lambda vm: vm.eval_handle("({ b: 2 })"), {"b": 2}),
    "a fixed handle": (lambda vm: vm.true, True),
    "an exception": (lambda vm: ValueError("as a value").args[0], "as a value"),
}


@pytest.mark.parametrize(("make", "expected"), RESOLVED.values(), ids=RESOLVED)
def test_resolve(vm: VM, make: Callable[[VM], Any], expected: Any) -> None:
    with vm.new_promise() as deferred:
        deferred.resolve(make(vm))
        assert (deferred.settled, deferred.handle.promise_state) == (True, 1)
        result = vm.resolve_promise(deferred.handle)
        assert result.value is not None
        assert (result.value.to_python(), result.error) == (expected, None)


@pytest.mark.parametrize(("make", "expected"), RESOLVED.values(), ids=RESOLVED)
def test_reject(vm: VM, make: Callable[[VM], Any], expected: Any) -> None:
    with vm.new_promise() as deferred:
        vm.mark_promise_handled(deferred.handle)
        deferred.reject(make(vm))
        assert (deferred.settled, deferred.handle.promise_state) == (True, 2)
        result = vm.resolve_promise(deferred.handle)
        assert result.error is not None
        assert (result.value, result.error.to_python()) == (None, expected)


def test_resolve_and_reject_without_a_value(vm: VM) -> None:
    for settle in (Deferred.resolve, Deferred.reject):
        with vm.new_promise() as deferred:
            vm.mark_promise_handled(deferred.handle)
            settle(deferred)
            result = vm.resolve_promise(deferred.handle)
            outcome = result.value or result.error
            assert outcome is not None
            assert outcome.is_undefined


def test_reject_with_a_python_exception(vm: VM) -> None:
    error = LookupError("mine")
    with vm.new_promise() as deferred:
        vm.eval("p => { p.catch(e => { globalThis.name = e.name }) }")(deferred.handle)
        deferred.reject(error)
        vm.execute_pending_jobs()
    assert vm.eval("name") == "LookupError"


def test_settling_runs_no_microtasks(vm: VM) -> None:
    with vm.new_promise() as deferred:
        vm.eval("p => { p.then(value => { globalThis.seen = value }) }")(deferred.handle)
        deferred.resolve(5)
        assert "seen" not in vm.globals
        assert vm.execute_pending_jobs() == 1
        assert vm.eval("seen") == 5


def test_first_settling_counts(vm: VM) -> None:
    with vm.new_promise() as deferred:
        deferred.resolve(1)
        deferred.resolve(2)
        deferred.reject(3)
        value = vm.resolve_promise(deferred.handle).value
        assert value is not None
        assert value.to_number() == 1


def test_resolving_with_a_promise_follows_it(vm: VM) -> None:
    with vm.new_promise() as outer, vm.new_promise() as inner:
        outer.resolve(inner.handle)
        vm.execute_pending_jobs()
        assert outer.settled is False
        outer.resolve("too late")
        inner.resolve("inner")
        value = vm.resolve_promise(outer.handle).value
        assert value is not None
        assert value.to_string() == "inner"


def test_resolving_with_a_thenable_follows_it(vm: VM) -> None:
    with vm.new_promise() as deferred:
        deferred.resolve(vm.eval_handle("({ then(resolve) { resolve('from then') } })"))
        assert deferred.settled is False
        vm.execute_pending_jobs()
        value = vm.resolve_promise(deferred.handle).value
        assert value is not None
        assert value.to_string() == "from then"


def test_resolving_with_itself_is_rejected(vm: VM) -> None:
    with vm.new_promise() as deferred:
        vm.mark_promise_handled(deferred.handle)
        deferred.resolve(deferred.handle)
        assert deferred.handle.promise_state == 2


def test_value_without_a_counterpart_does_not_settle(vm: VM) -> None:
    with vm.new_promise() as deferred:
        for settle in (deferred.resolve, deferred.reject):
            with pytest.raises(ConversionError):
                settle(object())
        assert deferred.settled is False
        deferred.resolve(1)


def test_deferred_after_dispose(vm: VM) -> None:
    deferred = vm.new_promise()
    deferred.dispose()
    deferred.dispose()
    uses: list[Callable[[], Any]] = [deferred.resolve, deferred.reject, lambda: deferred.settled]
    for use in uses:
        with pytest.raises(ClosedError):
            use()
    assert vm.statistics().handles == 0


def test_promise_lives_on_after_its_deferred(vm: VM) -> None:
    with vm.new_promise() as deferred:
        vm.global_handle.set_prop("p", deferred.handle)
        deferred.resolve(5)
    assert vm.eval("p").result == 5


def test_host_function_returns_a_promise(vm: VM) -> None:
    deferred: list[Deferred] = []

    def ask(this: Handle, question: Handle) -> Handle:
        deferred.append(vm.new_promise())
        return deferred[0].handle

    with vm.new_function("ask", ask) as function:
        vm.global_handle.set_prop("ask", function)
    promise = vm.eval("(async () => 'answer: ' + await ask('question'))()")
    deferred[0].resolve("yes")
    vm.execute_pending_jobs()
    assert promise.result == "answer: yes"
    deferred.clear()  # the function, which lives as long as the VM, refers to the list


def test_deferred_across_a_snapshot() -> None:
    vm = VM()
    with vm.new_promise() as deferred:
        tokens = [vm.export_handle(handle) for handle in (deferred.handle, deferred._resolve)]
        vm.eval("p => { p.then(value => { globalThis.seen = value }) }")(deferred.handle)
    with moved(vm) as restored:
        promise, resolve = (restored.import_handle(token) for token in tokens)
        assert promise.promise_state == 0
        restored.call_function(resolve, None, 5)
        restored.execute_pending_jobs()
        assert restored.eval("seen") == 5
