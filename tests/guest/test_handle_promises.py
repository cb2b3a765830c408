"""Promises through handles: looked at, waited for, and followed past what a program has patched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import snapjs
from snapjs import VM, JSError, Promise, PromiseResult, StillPending

MakeVM = Callable[..., VM]

# ---- resolve_promise


def test_resolve_promise_runs_the_jobs_that_it_needs(vm: VM) -> None:
    result = vm.resolve_promise(vm.eval_handle("(async () => { await null; await null; return { deep: 1 } })()"))
    assert type(result) is PromiseResult
    assert result.value is not None and result.value.get_prop("deep").to_number() == 1


def test_resolve_promise_of_a_rejection(vm: VM) -> None:
    result = vm.resolve_promise(vm.eval_handle("(async () => { throw new RangeError('far') })()"))
    assert result.value is None
    assert result.error is not None and result.error.get_prop("message").to_string() == "far"


def test_resolve_promise_of_a_promise_object(vm: VM) -> None:
    value = vm.resolve_promise(vm.eval("Promise.resolve(5)")).value
    assert value is not None
    assert value.to_number() == 5


@pytest.mark.parametrize("code", ["5", "({ a: 1 })", "undefined", "() => 1", "({ then(resolve) { resolve(1) } })"])
def test_resolve_promise_of_what_is_no_promise(vm: VM, code: str) -> None:
    handle = vm.eval_handle(code)
    result = vm.resolve_promise(handle)
    assert (result.value is not None, result.value is handle, result.error) == (True, False, None)
    assert result.value is not None and result.value.identity == handle.identity


def test_resolve_promise_that_waits(vm: VM) -> None:
    vm.expose("ask", snapjs.pending)
    promise = vm.eval_handle("ask('question')")
    with pytest.raises(StillPending, match=r"waits on ask \(call 1\)") as caught:
        vm.resolve_promise(promise)
    assert caught.value.calls == [(1, "ask")]
    vm.pending[0].resolve("answer")
    value = vm.resolve_promise(promise).value
    assert value is not None
    assert value.to_string() == "answer"


def test_resolve_promise_that_nothing_settles(vm: VM) -> None:
    with pytest.raises(
        StillPending, match=r"no pending call will settle it\. Use the _async twin, which waits for timers, or look"
    ):
        vm.resolve_promise(vm.eval_handle("new Promise(() => {})"))


PATCHES = {
    "then": "Promise.prototype.then = function () { ran++; throw new Error('patched') }",
    "own then": "promise.then = () => { ran++ }",
    "getter": "Object.defineProperty(promise, 'then', { get() { ran++; throw new Error('patched') } })",
    "catch and finally": "Promise.prototype.catch = Promise.prototype.finally = () => { ran++ }",
    "resolve": "Promise.resolve = () => { ran++ }",
    "constructor": "Object.defineProperty(promise, 'constructor', { get() { ran++; throw new Error('patched') } })",
    "prototype": "Object.setPrototypeOf(promise, null)",
    "species": "Object.defineProperty(Promise, Symbol.species, { get() { ran++; throw new Error('patched') } })",
    "global": "globalThis.Promise = class { constructor() { ran++ } }",
}

MAKE_PROMISE = "globalThis.ran = 0; globalThis.promise = new Promise(resolve => { globalThis.settle = resolve });"


@pytest.fixture
def patched(make_vm: MakeVM, request: pytest.FixtureRequest) -> VM:
    """A VM with a pending promise, and a patch of what promises are made of."""
    vm = make_vm()
    vm.eval(MAKE_PROMISE)
    vm.eval(PATCHES[request.param])
    return vm


all_patches = pytest.mark.parametrize("patched", PATCHES, indirect=True)
patches_stay = pytest.mark.keeps("what is patched stays so")


@patches_stay
@all_patches
def test_resolve_promise_past_a_patch(patched: VM) -> None:
    promise = patched.eval_handle("promise")
    patched.eval("settle(5)")
    value = patched.resolve_promise(promise).value
    assert value is not None
    assert (value.to_number(), patched.eval("ran")) == (5, 0)


@patches_stay
@all_patches
def test_promise_then_raw_past_a_patch(patched: VM) -> None:
    promise = patched.eval_handle("promise")
    chained = patched.promise_then_raw(promise, patched.eval("value => value + 1"))
    patched.eval("settle(5)")
    value = patched.resolve_promise(chained).value
    assert value is not None
    assert (value.to_number(), patched.eval("ran")) == (6, 0)


@patches_stay
@all_patches
def test_deferred_past_a_patch(patched: VM) -> None:
    with patched.new_promise() as deferred:
        deferred.resolve(5)
        value = patched.resolve_promise(deferred.handle).value
        assert value is not None
        assert (value.to_number(), patched.eval("ran")) == (5, 0)


# ---- resolve_promise_async


def test_resolve_promise_async_answers_host_calls(vm: VM) -> None:
    async def ask(question: str) -> str:
        await asyncio.sleep(0)
        return f"answer to {question}"

    vm.expose("ask", ask)
    result = asyncio.run(vm.resolve_promise_async(vm.eval_handle("(async () => [await ask('a'), await ask('b')])()")))
    assert result.value is not None
    assert result.value.to_python() == ["answer to a", "answer to b"]


def test_resolve_promise_async_of_a_rejection(vm: VM) -> None:
    result = asyncio.run(vm.resolve_promise_async(vm.eval_handle("Promise.reject(new RangeError('far'))")))
    assert result.error is not None
    assert result.error.class_name == "Error"


def test_resolve_promise_async_waits_for_timers(vm: VM) -> None:
    result = asyncio.run(vm.resolve_promise_async(vm.eval_handle("new Promise(r => setTimeout(r, 1, 'late'))")))
    assert result.value is not None
    assert result.value.to_string() == "late"


def test_resolve_promise_async_that_nothing_settles(vm: VM) -> None:
    with pytest.raises(StillPending):
        asyncio.run(vm.resolve_promise_async(vm.eval_handle("new Promise(() => {})")))


def test_resolve_promise_async_has_a_timeout(vm: VM) -> None:
    promise = vm.eval_handle("new Promise(r => { globalThis.timer = setTimeout(r, 60_000) })")
    with pytest.raises(snapjs.TimeLimitError, match=r"longer than 0\.02 s"):
        asyncio.run(vm.resolve_promise_async(promise, timeout=0.02))
    vm.eval("clearTimeout(timer)")


def test_resolve_promise_async_of_what_is_no_promise(vm: VM) -> None:
    result = asyncio.run(vm.resolve_promise_async(vm.eval_handle("({ a: 1 })")))
    assert result.value is not None
    assert result.value.to_python() == {"a": 1}


@pytest.mark.parametrize(("timeout", "error"), [("1", TypeError), (True, TypeError), (0, ValueError), (-1, ValueError)])
def test_resolve_promise_async_takes_seconds(vm: VM, timeout: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="timeout"):
        asyncio.run(vm.resolve_promise_async(vm.eval_handle("Promise.resolve()"), timeout=timeout))


# ---- promise_then_raw


def test_promise_then_raw_calls_the_handler_that_fits(vm: VM) -> None:
    handlers = vm.eval("value => ['fulfilled', value]"), vm.eval("reason => ['rejected', reason]")
    for code, expected in (("Promise.resolve(1)", ["fulfilled", 1]), ("Promise.reject(2)", ["rejected", 2])):
        value = vm.resolve_promise(vm.promise_then_raw(vm.eval_handle(code), *handlers)).value
        assert value is not None
        assert value.to_python() == expected


def test_promise_then_raw_with_host_functions(vm: VM) -> None:
    with vm.new_ephemeral_function(lambda this, value: value.to_number() + 1) as handler:
        chained = vm.promise_then_raw(vm.eval_handle("Promise.resolve(41)"), handler)
        value = vm.resolve_promise(chained).value
        assert value is not None
        assert value.to_number() == 42


@pytest.mark.parametrize("handler", ["undefined", "null", "5", "({})"])
def test_what_is_no_function_lets_the_outcome_through(vm: VM, handler: str) -> None:
    chained = vm.promise_then_raw(vm.eval_handle("Promise.reject(5)"), vm.eval_handle(handler), vm.eval_handle(handler))
    error = vm.resolve_promise(chained).error
    assert error is not None
    assert error.to_number() == 5


def test_promise_then_raw_without_handlers(vm: VM) -> None:
    value = vm.resolve_promise(vm.promise_then_raw(vm.eval_handle("Promise.resolve(5)"))).value
    assert value is not None
    assert value.to_number() == 5


def test_promise_then_raw_of_a_handler_that_throws(vm: VM) -> None:
    chained = vm.promise_then_raw(vm.eval_handle("Promise.resolve()"), vm.eval("() => { throw new RangeError('far') }"))
    error = vm.resolve_promise(chained).error
    assert error is not None
    assert error.constructor_name == "RangeError"


@pytest.mark.parametrize("code", ["5", "({ then() {} })", "new Proxy(Promise.resolve(), {})"])
def test_promise_then_raw_of_what_is_no_promise(vm: VM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.promise_then_raw(vm.eval_handle(code), vm.eval("() => 1"))


@pytest.mark.parametrize("handler", [5, "f", lambda value: value])
def test_promise_then_raw_takes_references(vm: VM, handler: Any) -> None:
    with pytest.raises(TypeError, match="a Handle, Function or Promise is wanted here, not"):
        vm.promise_then_raw(vm.eval_handle("Promise.resolve()"), handler)


def test_promise_then_raw_of_a_subclass(vm: VM) -> None:
    promise = vm.eval_handle("(class Mine extends Promise {}).resolve(1)")
    chained = vm.promise_then_raw(promise)
    assert (promise.constructor_name, chained.constructor_name) == ("Mine", "Promise")


def test_promise_object_of_a_handle(vm: VM) -> None:
    with vm.new_promise() as deferred:
        promise = deferred.handle.to_python()
        assert (type(promise), promise.state) == (Promise, "pending")
        deferred.resolve(5)
        assert (promise.state, promise.result) == ("fulfilled", 5)


def test_a_handle_of_a_promise_is_a_reference_of_its_own(vm: VM) -> None:
    promises = vm.eval("[Promise.resolve(1), Promise.resolve(2)]")
    with promises[0].handle as handle:
        promises[0].dispose()
        vm.gc()
        assert handle.class_name == "Promise"
        assert promises[1].result == 2
