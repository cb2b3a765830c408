"""The handle level under limits: time, memory, and a VM that lacks parts of the language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fresh_process
import pytest

from snapjs import (
    MAX_STACK_SIZE,
    VM,
    EvalFlags,
    Handle,
    Interrupted,
    Intrinsics,
    JSError,
    JSMap,
    MemoryLimitError,
    StackLimitError,
    TimeLimitError,
)

MakeVM = Callable[..., VM]

# ---- what runs the program is stopped

RUNS_CODE: dict[str, Callable[[VM], Any]] = {
    "get_prop": lambda vm: vm.eval_handle("({ get a() { for (;;); } })").get_prop("a"),
    "set_prop": lambda vm: vm.eval_handle("({ set a(value) { for (;;); } })").set_prop("a", 1),
    "define_prop": lambda vm: vm.eval_handle("new Proxy({}, { defineProperty() { for (;;); } })").define_prop("a", 1),
    "a key": lambda vm: vm.new_object().get_prop(vm.eval_handle("({ toString() { for (;;); } })")),
    "to_number": lambda vm: vm.eval_handle("({ valueOf() { for (;;); } })").to_number(),
    "to_big_int": lambda vm: vm.eval_handle("({ valueOf() { for (;;); } })").to_big_int(),
    "to_string": lambda vm: vm.eval_handle("({ toString() { for (;;); } })").to_string(),
    "to_python": lambda vm: vm.eval_handle("({ get a() { for (;;); } })").to_python(),
    "dump": lambda vm: vm.dump(vm.eval_handle("({ get a() { for (;;); } })")),
    "call_function": lambda vm: vm.call_function(vm.eval_handle("() => { for (;;); }")),
    "construct": lambda vm: vm.construct(vm.eval_handle("(class { constructor() { for (;;); } })")),
    "eval_code": lambda vm: vm.eval_code("for (;;);"),
    "eval_bytecode": lambda vm: vm.eval_bytecode(vm.compile("for (;;);")),
    "execute_pending_jobs": lambda vm: (vm.eval_handle(JOB), vm.execute_pending_jobs()),
    "resolve_promise": lambda vm: vm.resolve_promise(vm.eval_handle(JOB)),
    "Deferred.resolve": lambda vm: resolve(vm, vm.eval_handle("({ get then() { for (;;); } })")),
}

JOB = "new Promise(resolve => resolve()).then(() => { for (;;); })"


def resolve(vm: VM, value: Handle) -> None:
    """Fulfil a promise, whose rejection is of no interest."""
    with vm.new_promise() as deferred:
        vm.mark_promise_handled(deferred.handle)
        deferred.resolve(value)


@pytest.mark.parametrize("use", RUNS_CODE.values(), ids=RUNS_CODE)
@pytest.mark.keeps("code was stopped in its middle")
def test_time_limit(make_vm: MakeVM, use: Callable[[VM], Any]) -> None:
    vm = make_vm(timeout=0.02, on_unhandled_rejection=lambda promise, reason, handled: None)
    with pytest.raises(TimeLimitError, match=r"longer than 0\.02 s"):
        use(vm)
    assert vm.eval("1 + 1") == 2


@pytest.mark.parametrize("name", ["get_prop", "to_string", "call_function", "eval_code", "resolve_promise"])
@pytest.mark.keeps("code was stopped in its middle")
def test_interrupt(make_vm: MakeVM, name: str) -> None:
    vm = make_vm(interrupt=lambda: True)
    with pytest.raises(Interrupted):
        RUNS_CODE[name](vm)


def test_time_limit_in_a_callback(make_vm: MakeVM) -> None:
    vm = make_vm(timeout=0.02)
    with vm.new_ephemeral_function(lambda this: vm.eval_handle("for (;;);")) as function, pytest.raises(TimeLimitError):
        vm.call_function(function)
    assert vm.statistics().handles == 0


def test_stack_limit(vm: VM) -> None:
    vm.eval("globalThis.deep = { get a() { return this.a } }; 0")
    with pytest.raises(StackLimitError):
        vm.eval_handle("deep").get_prop("a")
    assert vm.eval_code("(function f() { return f() })").is_exception is False


RECURSION_AT_EVERY_DEPTH = """
import sys

import snapjs

def recurse(vm, depth):
    if depth:
        return recurse(vm, depth - 1)
    try:
        vm.eval("f()")
    except (RecursionError, snapjs.ConversionError):
        return None

def with_handles(vm):
    vm.global_handle.set_prop("f", vm.new_function("f", lambda this: vm.eval_handle("f()")))

def exposed(vm):
    vm.expose("f", lambda: vm.eval("f()"))

def as_an_argument(vm):
    call = vm.eval("globalThis.call = again => again(); call")
    def again():
        call(again)
    vm.globals["f"] = again

for depth in range(61):
    with snapjs.VM() as vm:
        globals()[sys.argv[1]](vm)
        recurse(vm, depth)
        assert vm.eval("1") == 1
print("alive")
"""


@pytest.mark.slow
@pytest.mark.parametrize("give", ["with_handles", "exposed", "as_an_argument"])
def test_recursion_between_the_languages_at_every_depth(give: str) -> None:
    assert fresh_process.run(RECURSION_AT_EVERY_DEPTH, give) == "alive"


def test_stack_is_as_large_as_it_may_be(make_vm: MakeVM) -> None:
    assert MAX_STACK_SIZE == 1 << 20
    depth = "(() => { let n = 0; const f = () => { n++; f() }; try { f() } catch { return n } })()"
    reached = make_vm().eval(depth)
    assert make_vm(stack_limit=MAX_STACK_SIZE).eval(depth) == reached
    assert make_vm(stack_limit=MAX_STACK_SIZE // 2).eval(depth) == pytest.approx(reached / 2, rel=0.05)
    with pytest.raises(ValueError, match="stack_limit must be between"):
        make_vm(stack_limit=MAX_STACK_SIZE + 1)


# ---- memory


def test_values_that_fill_the_heap(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=1 << 20)
    handles: list[Handle] = []
    with pytest.raises(MemoryLimitError):
        while len(handles) < 100_000:
            handles.append(vm.new_string("x" * 200))
    handles.clear()
    assert vm.new_string("again").to_string() == "again"


def test_value_that_is_too_large(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=1 << 20)
    makers: list[Callable[[], Handle]] = [
        lambda: vm.new_string("x" * 5_000_000),
        lambda: vm.new_array_buffer(bytes(5_000_000)),
        lambda: vm.new_uint8_array(bytes(5_000_000)),
        lambda: vm.host_to_handle([0] * 1_000_000),
        lambda: vm.new_symbol_for("k" * 5_000_000),
        lambda: vm.new_error("e" * 5_000_000),
    ]
    for make in makers:
        with pytest.raises(MemoryLimitError):
            make()
        assert vm.eval("1") == 1
    assert vm.statistics().handles == 0


def test_arguments_that_fill_the_heap(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=2 << 20)
    with vm.new_function("f", lambda this, *arguments: len(arguments)) as function:
        vm.global_handle.set_prop("f", function)
    assert vm.eval("f(...new Array(50_000).fill(1))") == 50_000
    assert vm.statistics().handles == 0


# ---- parts of the language that are missing


@pytest.mark.parametrize(
    ("missing", "make", "name"),
    [
        (Intrinsics.TYPED_ARRAYS, lambda vm: vm.new_array_buffer(b"x"), "Uint8Array"),
        (Intrinsics.TYPED_ARRAYS, lambda vm: vm.new_uint8_array(b"x"), "Uint8Array"),
        (Intrinsics.MAP_SET, lambda vm: vm.host_to_handle(JSMap()), "Map"),
        (Intrinsics.MAP_SET, lambda vm: vm.host_to_handle({1}), "Set"),
    ],
)
def test_value_that_the_vm_lacks(missing: Intrinsics, make: Callable[[VM], Handle], name: str) -> None:
    text = f"{name} is not available here: this VM was made without it"
    with VM(intrinsics=Intrinsics.ALL & ~missing) as vm, pytest.raises(JSError, match=text):
        make(vm)


PROMISELESS = Intrinsics.ALL & ~Intrinsics.PROMISE
NO_PROMISES = "TypeError: this realm was made without the PROMISE intrinsic"


def test_new_promise_without_promises() -> None:
    with VM(intrinsics=PROMISELESS, web=False) as vm, pytest.raises(JSError, match=NO_PROMISES):
        vm.new_promise()


def test_module_without_promises() -> None:
    with VM(intrinsics=PROMISELESS, web=False) as vm, pytest.raises(JSError, match=NO_PROMISES):
        vm.eval_module("export const x = 1")


def test_async_host_function_without_promises() -> None:
    async def answer() -> int:
        return 1

    with VM(intrinsics=PROMISELESS, web=False, functions={"answer": answer}) as vm:
        with pytest.raises(JSError, match=NO_PROMISES):
            vm.eval("answer()")
        assert vm.pending == []


def test_promise_in_a_realm_without_promises(vm: VM) -> None:
    with vm.new_realm(intrinsics=PROMISELESS) as realm:
        with pytest.raises(JSError, match=NO_PROMISES):
            realm.eval_handle("1", flags=EvalFlags.TYPE_MODULE)
        with vm.new_promise() as deferred:
            deferred.resolve(1)
            assert deferred.settled


def test_handles_without_eval() -> None:
    with VM(intrinsics=Intrinsics.ALL & ~Intrinsics.EVAL) as vm:
        object = vm.new_object()
        object.define_prop("kept", [1, 2], enumerable=True)
        assert object.to_python() == {"kept": [1, 2]}
        with vm.new_ephemeral_function(lambda this, n: n.to_number() * 2) as double:
            assert vm.call_function(double, None, 21).to_number() == 42
        with pytest.raises(JSError):
            vm.eval_handle("1")
