"""Awaiting that is given up: cancellation, timeouts, and VMs that are closed or die."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from host_desk import Desk, nothing_happens

import snapjs
from snapjs import VM, ClosedError, TimeLimitError

MakeVM = Callable[..., VM]


# ---- cancellation


def test_cancelling_the_task_cancels_the_host_call(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        task = asyncio.create_task(
            asking.eval_async("""
                try { await ask('x') }
                catch (e) { log.push(e.name, e.message); throw e }
                finally { log.push('finally') }
            """)
        )
        await nothing_happens()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await nothing_happens()

    asking.eval("var log = []; 0")
    asyncio.run(main())
    assert desk.cancelled == ["x"]
    assert asking.eval("log") == ["CancelledError", "the host call was cancelled", "finally"]
    assert asking.pending == []


def test_cancelling_one_script_leaves_the_calls_of_another(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        one = asyncio.create_task(asking.eval_async("await ask('one')"))
        two = asyncio.create_task(asking.eval_async("await ask('two')"))
        await nothing_happens()
        one.cancel()
        await nothing_happens()
        assert list(desk.waiting) == ["two"]
        desk.waiting["two"].set_result(2)
        return await two

    assert asyncio.run(main()) == 2
    assert desk.cancelled == ["one"]


def test_calls_made_after_an_answer_belong_to_the_script(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        task = asyncio.create_task(
            asking.eval_async("await ask(1); await new Promise(r => setTimeout(r)); await ask(2)")
        )
        await nothing_happens()
        desk.waiting[1].set_result(0)
        while 2 not in desk.waiting:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == [2]


def test_a_script_that_catches_its_cancellation_may_go_on(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        task = asyncio.create_task(asking.eval_async("try { await ask('x') } catch { result = 'cleaned up' }"))
        await nothing_happens()
        task.cancel()
        await nothing_happens()
        return asking.eval("result")

    asking.eval("var result; 0")
    assert asyncio.run(main()) == "cleaned up"


def test_pending_calls_of_nobody_survive_a_cancellation(make_vm: MakeVM) -> None:
    async def main() -> None:
        task = asyncio.create_task(vm.eval_async("await approve('x')"))
        await nothing_happens()
        task.cancel()
        await nothing_happens()

    vm = make_vm(functions={"approve": snapjs.pending})
    asyncio.run(main())
    assert [call.args for call in vm.pending] == [("x",)]
    vm.pending[0].resolve()


def test_wait_for_is_a_cancellation(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asking.eval_async("await ask('x')"), 0.1)
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == ["x"]


# ---- timeouts


def test_a_timeout_covers_waiting(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        with pytest.raises(TimeLimitError) as caught:
            await asking.eval_async("await ask('x')", timeout=0.1)
        assert caught.value.limit == 0.1
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == ["x"]
    assert asking.eval("1") == 1


def test_a_timeout_covers_running(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("await null; for (;;);", timeout=0.1))
    assert vm.eval("1") == 1


def test_a_timeout_covers_timers(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("await new Promise(r => setTimeout(r, 60000))", timeout=0.1))
    vm.eval("clearTimeout(1)")


@pytest.mark.abandons("the script is stopped while a timer is set")
def test_the_timeout_of_the_vm_holds_for_the_whole(make_vm: MakeVM) -> None:
    vm = make_vm(timeout=0.1)
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("for (;;) await new Promise(r => setTimeout(r, 1))"))


def test_a_call_may_have_a_timeout(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        with pytest.raises(TimeLimitError):
            await asking.eval("() => ask('x')").call_async(timeout=0.1)
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == ["x"]


def test_a_timeout_covers_what_catches_it(asking: VM) -> None:
    with pytest.raises(TimeLimitError) as caught:
        asyncio.run(asking.eval_async("try { await ask('x') } catch { for (;;); }", timeout=0.1))
    assert caught.value.limit == 0.1


def test_a_timeout_covers_getters_of_the_result(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("({ get a() { for (;;); } })", timeout=0.1))


# ---- closing


def test_closing_while_awaiting_raises(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        task = asyncio.create_task(asking.eval_async("await ask('x')"))
        await nothing_happens()
        asking.close()
        with pytest.raises(ClosedError):
            await task
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == ["x"]


def test_closing_with_an_awaitable_that_was_never_awaited() -> None:
    async def never() -> None:
        raise AssertionError

    with VM() as vm:
        vm.globals["promise"] = never()


def test_async_with_closes() -> None:
    async def main() -> VM:
        async with VM() as vm:
            assert await vm.eval_async("await 1") == 1
        return vm

    assert asyncio.run(main()).closed


def test_a_closed_vm_cannot_be_awaited(vm: VM) -> None:
    vm.close()
    with pytest.raises(ClosedError):
        asyncio.run(vm.eval_async("1"))


def test_a_vm_that_is_cut_off_while_it_is_awaited_says_so(vm: VM) -> None:
    code = "setTimeout(() => { new Array(2e9).join('x') }, 1); await new Promise(() => {})"
    with pytest.raises(TimeLimitError, match="dead"):
        asyncio.run(vm.eval_async(code, timeout=0.1))


def test_a_call_is_made_once_though_what_it_wakes_cannot_print(make_vm: MakeVM) -> None:
    paid: list[int] = []

    async def pay(amount: int) -> int:
        paid.append(amount)
        await asyncio.sleep(0)
        return amount

    def refuse(text: str) -> None:
        raise ValueError("the log is full")

    async def main(vm: VM) -> None:
        with pytest.raises(ValueError, match="the log is full"):
            await vm.eval_async("await pay(100); console.log('paid')")
        await vm.run_until_idle_async()

    vm = make_vm(functions={"pay": pay}, stdout=refuse)
    asyncio.run(main(vm))
    assert (paid, vm.pending) == ([100], [])


def test_a_host_call_may_end_after_its_vm() -> None:
    wrong: list[object] = []

    async def slow() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: wrong.append(context))
        vm = VM(functions={"slow": slow})
        with pytest.raises(TimeLimitError):
            await vm.eval_async("slow()", timeout=0.2)
        del vm
        await nothing_happens()

    asyncio.run(main())
    assert wrong == []
