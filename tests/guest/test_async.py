"""JavaScript that waits, on a running asyncio loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from host_desk import Desk, nothing_happens

import snapjs
from snapjs import VM, ConversionError, JSError, StillPending

MakeVM = Callable[..., VM]


# ---- values


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1 + 1", 2),
        ("await 3", 3),
        ("await Promise.resolve([1, {a: 2}])", [1, {"a": 2}]),
        ("Promise.resolve(4)", 4),
        ("(async () => 5)()", 5),
        ("await new Promise(resolve => setTimeout(resolve, 1, 'late'))", "late"),
        ("({then(resolve) { resolve(6) }})", 6),
        ("", snapjs.undefined),
        ("var x = await 7; x", 7),
        ("for (let i = 0; i < 3; i++) await i; 'loop'", "loop"),
    ],
)
def test_the_value_is_awaited(vm: VM, code: str, value: Any) -> None:
    assert asyncio.run(vm.eval_async(code)) == value


def test_the_type_of_the_value(vm: VM) -> None:
    assert asyncio.run(vm.eval_async("await [1, 2]", type=tuple[int, int])) == (1, 2)
    with pytest.raises(ConversionError):
        asyncio.run(vm.eval_async("await 'x'", type=int))


def test_a_rejection_is_raised(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError: no"):
        asyncio.run(vm.eval_async("await Promise.reject(new RangeError('no'))"))


def test_an_exception_before_the_first_await_is_raised(vm: VM) -> None:
    with pytest.raises(JSError, match="TypeError: early"):
        asyncio.run(vm.eval_async("throw new TypeError('early')"))


def test_a_syntax_error_is_raised(vm: VM) -> None:
    with pytest.raises(JSError, match="SyntaxError"):
        asyncio.run(vm.eval_async("await ("))


def test_await_outside_of_eval_async_is_a_syntax_error(vm: VM) -> None:
    with pytest.raises(JSError, match="SyntaxError"):
        vm.eval("await 1")


# ---- host calls


def test_a_host_call_is_awaited(make_vm: MakeVM) -> None:
    async def double(x: int) -> int:
        await asyncio.sleep(0)
        return 2 * x

    vm = make_vm(functions={"double": double})
    assert asyncio.run(vm.eval_async("await double(await double(10))")) == 40


def test_a_hundred_host_calls_overlap(make_vm: MakeVM) -> None:
    async def main() -> Any:
        barrier = asyncio.Barrier(100)

        async def meet(n: int) -> int:
            await barrier.wait()
            return n

        vm.expose("meet", meet)
        return await vm.eval_async("await Promise.all(Array.from({length: 100}, (_, n) => meet(n)))")

    vm = make_vm()
    assert asyncio.run(main()) == list(range(100))


def test_calls_are_answered_in_any_order(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        task = asyncio.create_task(
            asking.eval_async(
                "{ const out = []; await Promise.all(['a', 'b', 'c'].map(async k => out.push(await ask(k)))); out }"
            )
        )
        await nothing_happens()
        for key in ("c", "a", "b"):
            desk.waiting[key].set_result(key.upper())
            await nothing_happens()
        return await task

    assert asyncio.run(main()) == ["C", "A", "B"]


def test_an_exception_keeps_its_identity_through_javascript(make_vm: MakeVM) -> None:
    error = LookupError("the very same")

    async def fail() -> None:
        raise error

    vm = make_vm(functions={"fail": fail})
    with pytest.raises(LookupError) as caught:
        asyncio.run(vm.eval_async("await fail()"))
    assert caught.value is error


def test_an_exception_can_be_caught_in_javascript(make_vm: MakeVM) -> None:
    async def fail() -> None:
        raise KeyError("k")

    vm = make_vm(functions={"fail": fail})
    assert asyncio.run(vm.eval_async("try { await fail() } catch (e) { e.name + e.message }")) == "KeyError'k'"


def test_an_answer_without_a_counterpart_rejects(make_vm: MakeVM) -> None:
    async def strange() -> object:
        return object()

    vm = make_vm(functions={"strange": strange})
    with pytest.raises(ConversionError):
        asyncio.run(vm.eval_async("await strange()"))
    assert asyncio.run(vm.eval_async("try { await strange() } catch (e) { e.name }")) == "ConversionError"


def test_a_coroutine_that_cancels_itself_rejects(make_vm: MakeVM) -> None:
    async def give_up() -> None:
        raise asyncio.CancelledError

    vm = make_vm(functions={"giveUp": give_up})
    with pytest.raises(JSError, match="CancelledError"):
        asyncio.run(vm.eval_async("await giveUp()"))


def test_an_async_function_may_use_its_vm(make_vm: MakeVM) -> None:
    async def nested(x: int) -> Any:
        return await vm.eval_async(f"await {x} + 1")

    vm = make_vm(functions={"nested": nested})
    assert asyncio.run(vm.eval_async("await nested(await nested(1))")) == 3


def test_a_callable_object_may_be_async(make_vm: MakeVM) -> None:
    class Service:
        async def __call__(self, x: int) -> int:
            return x + 1

    vm = make_vm(functions={"service": Service()})
    assert asyncio.run(vm.eval_async("await service(1)")) == 2


def test_an_awaitable_may_go_into_javascript(make_vm: MakeVM) -> None:
    async def value(x: int) -> int:
        await asyncio.sleep(0)
        return x

    async def main() -> Any:
        vm.globals["one"] = value(1)
        vm.globals["two"] = asyncio.ensure_future(value(2))
        return await vm.eval_async("await one + await two")

    vm = make_vm()
    assert asyncio.run(main()) == 3


def test_a_sync_function_may_return_an_awaitable(make_vm: MakeVM) -> None:
    async def later() -> str:
        return "later"

    vm = make_vm(functions={"start": lambda: later()})
    assert asyncio.run(vm.eval_async("await start()")) == "later"


def test_a_lambda_passed_as_an_argument_may_be_async(make_vm: MakeVM) -> None:
    async def add(a: int, b: int) -> int:
        return a + b

    async def main() -> Any:
        function = vm.eval("f => f(1, 2)")
        return await function.call_async(add)

    vm = make_vm()
    assert asyncio.run(main()) == 3


def test_context_variables_are_those_of_whoever_awaits(make_vm: MakeVM) -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user")

    async def who() -> str:
        return user.get()

    async def main() -> Any:
        user.set("ada")
        return await vm.eval_async("await who()")

    vm = make_vm(functions={"who": who})
    assert asyncio.run(main()) == "ada"


def test_host_functions_start_in_the_order_of_their_calls(make_vm: MakeVM) -> None:
    order: list[int] = []

    def recorder(n: int) -> Callable[[], Coroutine[Any, Any, None]]:
        async def record() -> None:
            order.append(n)

        return record

    vm = make_vm(functions={f"f{n}": recorder(n) for n in range(5)})
    asyncio.run(vm.eval_async("await Promise.all([f3(), f1(), f4(), f0(), f2()]); 0"))
    assert order == [3, 1, 4, 0, 2]


def test_what_is_awaited_twice_is_run_once(vm: VM) -> None:
    runs = 0

    async def once() -> str:
        nonlocal runs
        runs += 1
        return "value"

    async def main() -> Any:
        awaitable: Awaitable[str] = once()
        vm.globals["promise"] = awaitable
        return await vm.eval_async("[await promise, await promise]")

    assert asyncio.run(main()) == ["value", "value"]
    assert runs == 1


# ---- promises and functions


def test_a_promise_is_awaitable(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        promise = asking.eval("ask('x').then(v => v + 1)")
        assert promise.state == "pending"
        task = asyncio.ensure_future(promise)
        await nothing_happens()
        desk.waiting["x"].set_result(1)
        value = await task
        assert promise.state == "fulfilled"
        assert await promise == value
        return value

    assert asyncio.run(main()) == 2


def test_a_pending_promise_has_no_result(asking: VM, desk: Desk) -> None:
    promise = asking.eval("ask('x')")
    with pytest.raises(StillPending, match=r"waits on ask \(call 1\)") as caught:
        _ = promise.result
    assert caught.value.calls == [(1, "ask")]
    asking.pending[0].resolve(1)
    assert promise.result == 1


def test_call_async_awaits_the_result(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        function = asking.eval("async x => await ask(x) * 2")
        task = asyncio.create_task(function.call_async("k"))
        await nothing_happens()
        desk.waiting["k"].set_result(21)
        return await task

    assert asyncio.run(main()) == 42


def test_call_async_of_a_plain_function(vm: VM) -> None:
    assert asyncio.run(vm.eval("(a, b) => a + b").call_async(1, 2)) == 3


def test_call_async_of_one_that_throws(vm: VM) -> None:
    with pytest.raises(JSError, match="at once"):
        asyncio.run(vm.eval("() => { throw new Error('at once') }").call_async())


@pytest.mark.keeps("a module is never unloaded")
def test_a_module_with_a_top_level_await(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        task = asyncio.create_task(asking.eval_module_async("export const x = await ask('m')", "m.js"))
        await nothing_happens()
        desk.waiting["m"].set_result("loaded")
        return (await task)["x"]

    assert asyncio.run(main()) == "loaded"
