"""Several coroutines in one VM, cancellation, timeouts, and when waiting ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from host_desk import Desk, nothing_happens

import snapjs
from snapjs import VM, BusyError, ClosedError, JSError, StillPending, TimeLimitError

MakeVM = Callable[..., VM]


# ---- several at once


def test_several_scripts_share_one_vm(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        tasks = [asyncio.create_task(asking.eval_async(f"await ask({n}) + {n}")) for n in range(20)]
        await nothing_happens()
        assert sorted(desk.waiting) == list(range(20))
        for n in reversed(range(20)):
            desk.waiting[n].set_result(100)
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == [100 + n for n in range(20)]


def test_one_script_may_settle_what_another_awaits(vm: VM) -> None:
    async def main() -> Any:
        waiting = asyncio.create_task(
            vm.eval_async(
                "await Promise.race([new Promise(r => { resolveIt = r }), new Promise(r => setTimeout(r, 60000))])"
            )
        )
        await nothing_happens()
        await vm.eval_async("resolveIt('settled')")
        value = await asyncio.wait_for(waiting, 5)
        vm.eval("clearTimeout(1)")
        return value

    vm.eval("var resolveIt; 0")
    assert asyncio.run(main()) == "settled"


@pytest.mark.parametrize("use", ["eval", "function", "loop", "thread"])
def test_any_use_of_the_vm_may_settle_what_a_task_awaits(asking: VM, desk: Desk, use: str) -> None:
    async def main() -> Any:
        asking.eval("var go; ask('never'); 0")
        waiting = asyncio.create_task(asking.eval_async("await new Promise(resolve => { go = resolve })"))
        await nothing_happens()
        if use == "eval":
            asking.eval("go('settled'); 0")
        elif use == "function":
            asking.eval("go")("settled")
        elif use == "loop":
            asking.eval_handle("Promise.resolve().then(() => go('settled'))").dispose()
            asking.run_jobs()
        else:
            await asyncio.to_thread(asking.eval, "go('settled'); 0")
        value = await asyncio.wait_for(waiting, 5)
        desk.waiting["never"].set_result(0)
        await asking.run_until_idle_async()
        return value

    assert asyncio.run(main()) == "settled"


def test_eval_may_make_a_call_while_a_task_waits(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        waiting = asyncio.create_task(asking.eval_async("await ask('first')"))
        await nothing_happens()
        asking.eval("ask('second').then(() => log.push('second')); 0")
        await nothing_happens()
        assert sorted(desk.waiting) == ["first", "second"]
        desk.waiting["second"].set_result(0)
        await nothing_happens()
        assert asking.eval("log") == ["second"]
        desk.waiting["first"].set_result("done")
        return await waiting

    asking.eval("var log = []; 0")
    assert asyncio.run(main()) == "done"


def test_waiting_tasks_do_not_wake_each_other_for_ever(asking: VM, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    loop = asking._bridge.loop
    run_ready = loop.run_ready

    def counted(deadline: float | None = None) -> int:
        nonlocal turns
        turns += 1
        return run_ready(deadline)

    async def main() -> None:
        tasks = [asyncio.create_task(asking.eval_async(f"await ask({n})")) for n in range(10)]
        await nothing_happens(100)
        before = turns
        await nothing_happens(100)
        assert turns == before
        for n in range(10):
            desk.waiting[n].set_result(0)
        await asyncio.gather(*tasks)

    monkeypatch.setattr(loop, "run_ready", counted)
    asyncio.run(main())
    assert turns < 300


def test_a_failure_of_one_script_does_not_touch_the_other(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        good = asyncio.create_task(asking.eval_async("await ask('good')"))
        bad = asyncio.create_task(asking.eval_async("await ask('bad')"))
        await nothing_happens()
        desk.waiting["bad"].set_exception(ValueError("bad"))
        with pytest.raises(ValueError, match="bad"):
            await bad
        desk.waiting["good"].set_result("fine")
        return await good

    assert asyncio.run(main()) == "fine"


def test_two_event_loops_at_once_are_refused(asking: VM, desk: Desk) -> None:
    errors: list[Exception] = []

    def other_loop() -> None:
        try:
            asyncio.run(asking.eval_async("await 1"))
        except BusyError as error:
            errors.append(error)

    async def main() -> Any:
        task = asyncio.create_task(asking.eval_async("await ask('x')"))
        await nothing_happens()
        thread = threading.Thread(target=other_loop)
        thread.start()
        thread.join()
        desk.waiting["x"].set_result(1)
        return await task

    assert asyncio.run(main()) == 1
    assert [str(error) for error in errors] == [
        "Another event loop is awaiting this VM. Await it on that loop, or give each loop a VM of its own."
    ]


def test_one_event_loop_after_another_is_fine(asking: VM, desk: Desk) -> None:
    async def main() -> Any:
        task = asyncio.create_task(asking.eval_async("await ask('x')"))
        await nothing_happens()
        desk.waiting["x"].set_result(1)
        return await task

    assert [asyncio.run(main()) for _ in range(3)] == [1, 1, 1]


def test_a_call_that_outlives_its_loop_can_be_answered_by_the_next(make_vm: MakeVM) -> None:
    calls = 0

    async def slow() -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        return "second"

    async def first() -> None:
        promise = vm.eval("p = slow()")
        task = asyncio.ensure_future(vm.run_until_idle_async())
        await nothing_happens()
        task.cancel()
        promise.dispose()

    vm = make_vm(functions={"slow": slow})
    vm.eval("var p; 0")
    asyncio.run(first())
    with pytest.raises(JSError, match="CancelledError"):
        asyncio.run(vm.eval_async("await p"))
    assert asyncio.run(vm.eval_async("await slow()")) == "second"


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
            await asyncio.wait_for(asking.eval_async("await ask('x')"), 0.01)
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == ["x"]


# ---- timeouts


def test_a_timeout_covers_waiting(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        with pytest.raises(TimeLimitError) as caught:
            await asking.eval_async("await ask('x')", timeout=0.2)
        assert caught.value.limit == 0.2
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == ["x"]
    assert asking.eval("1") == 1


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


def test_a_timeout_covers_running(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("await null; for (;;);", timeout=0.02))
    assert vm.eval("1") == 1


def test_a_timeout_covers_timers(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("await new Promise(r => setTimeout(r, 60000))", timeout=0.02))
    vm.eval("clearTimeout(1)")


@pytest.mark.abandons("the script is stopped while a timer is set")
def test_the_timeout_of_the_vm_holds_for_the_whole(make_vm: MakeVM) -> None:
    vm = make_vm(timeout=0.02)
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("for (;;) await new Promise(r => setTimeout(r, 1))"))


def test_a_call_may_have_a_timeout(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        with pytest.raises(TimeLimitError):
            await asking.eval("() => ask('x')").call_async(timeout=0.02)
        await nothing_happens()

    asyncio.run(main())
    assert desk.cancelled == ["x"]


# ---- what cannot settle


def test_a_promise_that_nothing_can_settle(vm: VM) -> None:
    with pytest.raises(StillPending, match="nothing in this VM can settle"):
        asyncio.run(vm.eval_async("await new Promise(() => 0)"))


def test_a_pending_call_is_waited_for(make_vm: MakeVM) -> None:
    async def main() -> Any:
        task = asyncio.create_task(vm.eval_async("await approve('plan')"))
        await nothing_happens()
        (call,) = vm.pending
        assert (call.name, call.args) == ("approve", ("plan",))
        call.resolve("approved")
        return await task

    vm = make_vm(functions={"approve": snapjs.pending})
    assert asyncio.run(main()) == "approved"


def test_a_pending_call_may_be_answered_from_another_thread(make_vm: MakeVM) -> None:
    async def main() -> Any:
        task = asyncio.create_task(vm.eval_async("await approve('plan')"))
        await nothing_happens()
        (call,) = vm.pending
        await asyncio.to_thread(call.resolve, "from a thread")
        return await task

    vm = make_vm(functions={"approve": snapjs.pending})
    assert asyncio.run(main()) == "from a thread"


def test_a_thread_may_use_the_vm_while_a_task_waits(make_vm: MakeVM) -> None:
    async def main() -> Any:
        entered, leave = threading.Event(), threading.Event()

        def hold() -> None:
            entered.set()
            assert leave.wait(5)

        vm.expose("hold", hold)
        waiting = asyncio.create_task(
            vm.eval_async("await Promise.all([new Promise(r => setTimeout(r, 1)), approve()])")
        )
        await nothing_happens()
        using = asyncio.create_task(asyncio.to_thread(vm.eval, "hold(); 'used'"))
        assert await asyncio.to_thread(entered.wait, 5)
        await asyncio.sleep(0.01)  # the timer is due, and the VM is not to be had
        assert not waiting.done()
        leave.set()
        used = await using
        vm.pending[0].resolve("approved")
        return used, (await waiting)[1]

    vm = make_vm(functions={"approve": snapjs.pending})
    assert asyncio.run(main()) == ("used", "approved")


def test_a_zero_interval_lets_other_coroutines_run(vm: VM) -> None:
    async def main() -> int:
        turning = asyncio.create_task(
            vm.eval_async("await new Promise(r => { (function again() { setTimeout(again) })() })")
        )
        await nothing_happens(50)
        turning.cancel()
        return 1

    assert asyncio.run(main()) == 1
    vm.eval("for (let id = 0; id < 1000; id++) clearTimeout(id)")


def test_a_rejected_call_raises(make_vm: MakeVM) -> None:
    async def main() -> Any:
        task = asyncio.create_task(vm.eval_async("await approve('plan')"))
        await nothing_happens()
        vm.pending[0].reject(PermissionError("not allowed"))
        return await task

    vm = make_vm(functions={"approve": snapjs.pending})
    with pytest.raises(PermissionError, match="not allowed"):
        asyncio.run(main())


# ---- idle


def test_run_until_idle_waits_for_timers_and_calls(asking: VM, desk: Desk) -> None:
    async def main() -> None:
        asking.eval("ask('x').then(v => setTimeout(() => log.push(v), 5)); 0")
        task = asyncio.create_task(asking.run_until_idle_async())
        await nothing_happens()
        desk.waiting["x"].set_result("done")
        await task

    asking.eval("var log = []; 0")
    asyncio.run(main())
    assert asking.eval("log") == ["done"]


def test_run_until_idle_leaves_pending_calls(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"approve": snapjs.pending})
    vm.eval("approve(); 0")
    asyncio.run(vm.run_until_idle_async())
    assert len(vm.pending) == 1
    vm.pending[0].resolve()


def test_run_until_idle_of_an_idle_vm(vm: VM) -> None:
    asyncio.run(vm.run_until_idle_async())


def test_run_until_idle_raises_what_a_timer_threw(vm: VM) -> None:
    vm.eval("setTimeout(() => { throw new Error('in the timer') }); 0")
    with pytest.raises(JSError, match="in the timer"):
        asyncio.run(vm.run_until_idle_async())


def test_waiting_is_not_busy(asking: VM, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    loop = asking._bridge.loop
    run_ready = loop.run_ready

    def counted(deadline: float | None = None) -> int:
        nonlocal turns
        turns += 1
        return run_ready(deadline)

    async def main() -> None:
        task = asyncio.create_task(
            asking.eval_async("await ask('x'); await new Promise(r => setTimeout(r, 30)); await ask('y')")
        )
        await asyncio.sleep(0.03)
        desk.waiting["x"].set_result(1)
        while "y" not in desk.waiting:
            await asyncio.sleep(0.001)
        desk.waiting["y"].set_result(1)
        await task

    monkeypatch.setattr(loop, "run_ready", counted)
    asyncio.run(main())
    assert turns <= 8


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


def test_a_vm_that_dies_while_awaited_says_so(make_vm: MakeVM) -> None:
    async def main() -> None:
        await vm.eval_async("await null; 'x'.repeat(1 << 28).split('').sort().join()", timeout=0.05)

    vm = make_vm()
    with pytest.raises((TimeLimitError, snapjs.MemoryLimitError)):
        asyncio.run(main())


# ---- with snapshots


def test_a_snapshot_while_a_host_coroutine_runs(asking: VM, desk: Desk) -> None:
    async def main() -> tuple[Any, Any]:
        task = asyncio.create_task(asking.eval_async("await ask('x') + ' here'"))
        await nothing_happens()
        snapshot = asking.snapshot()
        desk.waiting["x"].set_result("answered")
        return snapshot, await task

    snapshot, value = asyncio.run(main())
    assert value == "answered here"
    assert [(call.name, call.args) for call in snapshot.pending] == [("ask", ("x",))]


def test_a_restored_vm_makes_the_call_again(asking: VM, desk: Desk) -> None:
    async def first() -> Any:
        asking.eval("var out; ask('x').then(v => { out = v }); 0")
        task = asyncio.create_task(asking.run_until_idle_async())
        await nothing_happens()
        snapshot = asking.snapshot()
        desk.waiting["x"].set_result("old")
        await task
        return snapshot

    async def again(key: str) -> str:
        return f"again {key}"

    snapshot = asyncio.run(first())
    with VM.restore(snapshot, functions={"ask": again}) as restored:
        asyncio.run(restored.run_until_idle_async())
        assert restored.eval("out") == "again x"


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
