"""Host calls begin at once, as tasks do under asyncio's eager task factory."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from host_desk import Desk, nothing_happens

from snapjs import VM, ClosedError, JSError, StillPending, TimeLimitError
from snapjs._core.limits import Deadline

MakeVM = Callable[..., VM]


async def echo(value: Any) -> Any:
    return value


def test_calls_that_never_wait_are_answered_without_a_turn_of_asyncio(make_vm: MakeVM) -> None:
    async def main() -> Any:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counter = asyncio.create_task(count())
        await asyncio.sleep(0)
        before = turns
        value = await vm.eval_async("let sum = 0; for (let i = 0; i < 20; i++) sum += await echo(i); sum")
        counter.cancel()
        return value, turns - before

    vm = make_vm(functions={"echo": echo})
    assert asyncio.run(main()) == (190, 0)


def test_calls_that_never_wait_let_other_coroutines_run(make_vm: MakeVM) -> None:
    async def main() -> None:
        await vm.eval_async("for (;;) await echo(1)")

    vm = make_vm(functions={"echo": echo})
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(main(), 0.05))


def test_calls_that_never_wait_have_the_time_limit_of_the_whole(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"echo": echo})
    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("for (;;) await echo(1)", timeout=0.05))


@pytest.mark.abandons("the call goes on waiting")
def test_an_answer_that_comes_too_late_leaves_the_call_waiting(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"echo": echo})
    vm.eval("var promise = echo(1); 0")
    (call,) = vm.pending
    tasks = vm._bridge.host_tasks
    tasks.finished.append((call.id, 1, False))
    with pytest.raises(TimeLimitError):
        tasks.settle_finished(Deadline(vm._bridge.limits, 0.0))
    assert list(tasks.finished) == [(call.id, 1, False)]
    assert [waiting.id for waiting in vm.pending] == [call.id]
    tasks.finished.clear()


@pytest.mark.abandons("the other script")
def test_a_settled_script_returns_while_another_goes_on_for_ever(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"echo": echo})
    assert asyncio.run(vm.eval_async("(async () => { for (;;) await echo(1) })(); 42", timeout=5)) == 42


def test_timers_run_between_calls_that_never_wait(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"echo": echo})
    code = "{ let rang = false; setTimeout(() => { rang = true }, 0); while (!rang) await echo(1); rang }"
    assert asyncio.run(vm.eval_async(code, timeout=5)) is True


def test_functions_begin_before_the_first_answer_is_seen(make_vm: MakeVM) -> None:
    order: list[str] = []

    async def note(name: str) -> None:
        order.append(name)

    vm = make_vm(functions={"note": note, "log": order.append})
    asyncio.run(
        vm.eval_async("await Promise.all(['a', 'b'].map(name => note(name).then(() => log('answer ' + name))))")
    )
    assert order == ["a", "b", "answer a", "answer b"]


def test_each_call_is_a_task_of_its_own_from_its_first_step_on(make_vm: MakeVM) -> None:
    seen: list[asyncio.Task[Any] | None] = []

    async def look(waits: bool) -> None:
        seen.append(asyncio.current_task())
        if waits:
            await asyncio.sleep(0)
            seen.append(asyncio.current_task())

    async def main() -> asyncio.Task[Any] | None:
        await vm.eval_async("await look(false); await look(true)")
        return asyncio.current_task()

    vm = make_vm(functions={"look": look})
    awaiting = asyncio.run(main())
    assert None not in seen
    assert seen[1] is seen[2]
    assert len({seen[0], seen[1], awaiting}) == 3


def test_a_timeout_inside_a_call_ends_the_call_alone(make_vm: MakeVM) -> None:
    async def slow() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return "too slow"
        return "never"

    vm = make_vm(functions={"slow": slow})
    assert asyncio.run(vm.eval_async("await slow()")) == "too slow"


def test_context_variables_that_a_call_sets_are_its_own(make_vm: MakeVM) -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")

    async def become(name: str, waits: bool) -> str:
        before = user.get()
        user.set(name)
        if waits:
            await asyncio.sleep(0)
        return f"{before}, {user.get()}"

    async def main() -> Any:
        return await vm.eval_async("[await become('a', false), await become('b', true)]"), user.get()

    vm = make_vm(functions={"become": become})
    assert asyncio.run(main()) == (["nobody, a", "nobody, b"], "nobody")


def test_an_exception_of_a_call_that_never_waits_has_the_traceback_of_the_function(make_vm: MakeVM) -> None:
    async def fail() -> None:
        raise LookupError("no")

    vm = make_vm(functions={"fail": fail})
    with pytest.raises(LookupError) as caught:
        asyncio.run(vm.eval_async("await fail()"))
    assert "begin" not in [entry.name for entry in caught.traceback]
    assert caught.traceback[-1].name == "fail"


def test_ctrl_c_in_the_first_step_leaves_through_the_await(make_vm: MakeVM) -> None:
    async def stop() -> None:
        raise KeyboardInterrupt

    async def main() -> None:
        with pytest.raises(KeyboardInterrupt):
            await vm.eval_async("await stop()")
        await vm.run_until_idle_async()
        assert vm.pending == []

    vm = make_vm(functions={"stop": stop})
    asyncio.run(main())


def test_a_call_that_is_cancelled_before_it_went_on_cancels_what_it_awaits(make_vm: MakeVM) -> None:
    ended: list[str] = []

    async def child() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("child")

    async def parent() -> None:
        try:
            await asyncio.gather(child())
        finally:
            ended.append("parent")

    async def cancel_itself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await parent()

    vm = make_vm(functions={"cancelItself": cancel_itself})
    with pytest.raises(JSError, match="CancelledError"):
        asyncio.run(vm.eval_async("await cancelItself()"))
    assert ended == ["parent"]  # the child had not begun


def test_closing_the_vm_in_the_first_step_cancels_the_call(make_vm: MakeVM) -> None:
    cancelled: list[bool] = []

    async def close() -> None:
        vm.close()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def main() -> None:
        with pytest.raises(ClosedError):
            await vm.eval_async("await close()")
        await nothing_happens()

    vm = make_vm(functions={"close": close})
    asyncio.run(main())
    assert cancelled == [True]


def test_a_thread_may_use_the_vm_during_the_first_step(make_vm: MakeVM) -> None:
    async def ask_a_thread() -> Any:
        import threading

        values: list[Any] = []
        thread = threading.Thread(target=lambda: values.append(vm.eval("6 * 7")))
        thread.start()
        thread.join()
        return values[0]

    vm = make_vm(functions={"ask": ask_a_thread})
    assert asyncio.run(vm.eval_async("await ask()")) == 42


def test_a_call_that_the_first_step_of_another_answers_is_not_begun(make_vm: MakeVM) -> None:
    begun: list[str] = []

    async def first() -> str:
        next(call for call in vm.pending if call.name == "second").resolve("answered")
        return "first"

    async def second() -> str:
        begun.append("second")
        return "begun"

    vm = make_vm(functions={"first": first, "second": second})
    assert asyncio.run(vm.eval_async("await Promise.all([first(), second()])")) == ["first", "answered"]
    assert begun == []


@pytest.mark.slow
def test_calls_that_call_each_other_through_javascript_may_nest_deep(make_vm: MakeVM) -> None:
    async def down(depth: int) -> int:
        return 1 + await vm.eval_async(f"await down({depth - 1})") if depth else 0

    vm = make_vm(functions={"down": down})
    assert asyncio.run(vm.eval_async("await down(200)")) == 200


def test_an_answer_that_is_not_given_yet_is_pending_in_a_snapshot(make_vm: MakeVM, desk: Desk) -> None:
    async def main() -> Any:
        task = asyncio.create_task(vm.eval_async("await echo(await ask('a'))"))
        await nothing_happens()
        saved = vm.snapshot()
        desk.waiting["a"].set_result("answer")
        return await task, saved

    vm = make_vm(functions={"ask": desk.ask, "echo": echo})
    value, saved = asyncio.run(main())
    assert value == "answer"
    with VM.restore(saved) as restored:
        assert [(call.name, call.args) for call in restored.pending] == [("ask", ("a",))]


def test_nothing_is_left_when_the_last_call_never_waited(make_vm: MakeVM) -> None:
    async def main() -> Any:
        value = await vm.eval_async("await echo(1)")
        await nothing_happens()
        return value, len(asyncio.all_tasks())

    vm = make_vm(functions={"echo": echo})
    assert asyncio.run(main()) == (1, 1)


def test_a_promise_that_nothing_settles_after_calls_that_never_waited(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"echo": echo})
    with pytest.raises(StillPending):
        asyncio.run(vm.eval_async("await echo(1); await new Promise(() => {})"))


def test_a_first_step_may_leave_microtasks_to_the_loop(make_vm: MakeVM) -> None:
    async def settle() -> None:
        vm.eval_handle("Promise.resolve().then(resolve); 0").dispose()
        await asyncio.sleep(0)

    vm = make_vm(functions={"settle": settle})
    assert (
        asyncio.run(vm.eval_async("await new Promise(r => { globalThis.resolve = () => r('settled'); settle() })"))
        == "settled"
    )
    vm.eval("delete globalThis.resolve; 0")
    asyncio.run(vm.run_until_idle_async())


def test_vm_whose_function_failed_at_once_is_freed_at_once() -> None:
    async def fail() -> None:
        raise ValueError("no")

    async def use() -> weakref.ref[Any]:
        with VM(functions={"fail": fail}) as vm:
            assert await vm.eval_async("try { await fail() } catch (error) { error.message }") == "no"
            return weakref.ref(vm._bridge)

    gc.disable()
    try:
        assert asyncio.run(use())() is None
    finally:
        gc.enable()
