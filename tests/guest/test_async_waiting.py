"""Several coroutines in one VM, and when waiting ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from host_desk import Desk, nothing_happens

import snapjs
from snapjs import VM, BusyError, JSError, StillPending

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
