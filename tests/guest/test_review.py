"""Ways around limits, and states that outlive what they belong to."""

import asyncio
import time

import pytest

import snapjs
from snapjs import VM, ClosedError, TimeLimitError
from snapjs._guest import watchdog

ENDLESS_GETTER = "{get a() { for (;;); }}"


def test_a_getter_in_an_unhandled_rejection_is_under_the_limit_of_the_call() -> None:
    with VM() as vm, pytest.raises(TimeLimitError):
        vm.eval(f"Promise.reject(Object.assign(new Error('x'), {{cause: {ENDLESS_GETTER}}})); 1", timeout=0.1)


def test_a_getter_in_the_result_of_eval_async_is_under_its_limit() -> None:
    with VM() as vm, pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async(f"({ENDLESS_GETTER})", timeout=0.1))


def test_a_getter_in_what_a_module_throws_is_under_the_limit() -> None:
    with VM() as vm, pytest.raises(TimeLimitError):
        vm.eval_module(f"throw Object.assign(new Error('x'), {{cause: {ENDLESS_GETTER}}})", timeout=0.1)


def test_code_that_catches_its_own_time_limit_is_limited_too() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    with VM(functions={"never": never}) as vm, pytest.raises(TimeLimitError) as caught:
        asyncio.run(vm.eval_async("try { await never() } catch { for (;;); }", timeout=0.1))
    assert caught.value.limit == 0.1


def test_intervals_that_are_always_due_do_not_outrun_the_limit() -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.001
        return now

    with VM(timeout=0.2, clock=clock) as vm:
        vm.eval("for (let i = 0; i < 3; i++) setInterval(() => { for (let j = 0; j < 5; j++) Date.now() }, 1)")
        now += 1
        with pytest.raises(TimeLimitError):
            vm.run_until_idle()


def test_a_very_long_time_limit_leaves_the_others_working() -> None:
    with VM() as vm:
        assert vm.eval("const end = Date.now() + 50; while (Date.now() < end); 1", timeout=1e10) == 1
        with pytest.raises(TimeLimitError):
            vm.eval("for (;;);", timeout=0.1)


def test_a_host_function_that_outlasts_the_limit_does_not_kill_the_vm() -> None:
    with VM(timeout=0.05, functions={"slow": lambda: time.sleep(watchdog.GRACE + 0.1)}) as vm:
        with pytest.raises(TimeLimitError):
            vm.eval("slow()")
        assert vm.eval("1 + 1") == 2


def test_a_timeout_after_a_restore_leaves_the_calls_of_the_snapshot_alone() -> None:
    async def tool() -> None:
        await asyncio.Event().wait()

    async def suspended() -> snapjs.Snapshot:
        with VM(functions={"tool": tool}) as vm:
            task = asyncio.create_task(
                vm.eval_async("globalThis.state = 'waiting'; tool().catch(() => state = 'lost')")
            )
            while not vm.pending:
                await asyncio.sleep(0)
            snapshot = vm.snapshot()
            task.cancel()
            return snapshot

    async def resumed(snapshot: snapjs.Snapshot) -> str:
        with VM.restore(snapshot, functions={"tool": tool}) as vm:
            with pytest.raises(TimeLimitError):
                await vm.eval_async("await tool()", timeout=0.05)
            return str(vm.eval("state"))

    assert asyncio.run(resumed(asyncio.run(suspended()))) == "waiting"


def test_a_key_error_behind_a_getter_is_not_an_absent_property() -> None:
    def fail() -> None:
        raise KeyError("from the host")

    with (
        VM(functions={"fail": fail}) as vm,
        vm.eval_handle("({get x() { return fail() }})") as handle,
        pytest.raises(KeyError, match="from the host"),
    ):
        handle.get_prop("x")


def test_close_in_the_report_of_a_rejection_takes_effect_when_the_call_ends() -> None:
    vm = VM(on_unhandled_rejection=lambda *_: vm.close())
    vm.eval("Promise.reject(1); 0")
    with pytest.raises(ClosedError):
        vm.eval("1")


def test_a_trap_while_awaiting_is_a_time_limit() -> None:
    with VM() as vm, pytest.raises(TimeLimitError, match="dead"):
        asyncio.run(
            vm.eval_async(
                "setTimeout(() => { new Array(2e9).join('x') }, 1); await new Promise(() => {})",
                timeout=0.1,
            )
        )


def test_half_a_surrogate_pair_can_be_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with VM() as vm:
        vm.eval("console.log('a\\ud800b')")
    assert capfd.readouterr().out == "a?b\n"


def test_a_deadline_that_lapses_while_a_nested_call_ends_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with VM(timeout=0.05) as vm:
        plain = vm._bridge.limits._idle_interrupt

        def late() -> int:
            if vm._bridge.is_running:
                time.sleep(0.06)  # as long as it takes the watchdog to write in between
            return plain()

        vm.expose("nested", lambda: vm.eval("1"))
        monkeypatch.setattr(vm._bridge.limits, "_idle_interrupt", late)
        with pytest.raises(TimeLimitError):
            vm.eval("nested(); for (;;);")
        monkeypatch.undo()
        assert vm.eval("2") == 2


def test_a_closed_vm_leaves_no_deadline_armed() -> None:
    with VM(timeout=60) as vm:
        token = vm._bridge.instance.arm(60)
    assert token not in watchdog._watchdog.armed


def test_an_answer_without_room_in_the_guest_rejects_its_call() -> None:
    async def large() -> list[float]:
        return [1.5] * 3_000_000

    with VM(memory_limit=4 << 20, functions={"large": large}) as vm:
        code = "try { await large() } catch (error) { error.name }"
        assert asyncio.run(vm.eval_async(code)) == "MemoryLimitError"
        assert vm.statistics().pending == 0


def test_a_name_that_looks_like_a_temporary_function_may_stay_unbound() -> None:
    with VM(functions={"#x": snapjs.pending}) as vm:
        vm.eval("globalThis['#x'](); 0")
        snapshot = vm.snapshot()
    with VM.restore(snapshot) as vm:
        assert asyncio.run(vm.eval_async("1")) == 1
