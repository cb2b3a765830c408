"""A program that is saved in the middle goes on elsewhere: what survives, and what the new host decides."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import fresh_process
import pytest
from moving import moved
from virtual_time import Time

import snapjs
from snapjs import VM, ConversionError, JSError, NotQuiescent, Snapshot

CLOCK = 1_700_000_000.0


# ---- the main job

PROGRAM = """
var log = [];
async function* steps() {
    try {
        yield await ask("first");
        await new Promise(resolve => setTimeout(resolve, 1000));
        yield "after the timer";
    } finally {
        log.push("generator closed " + await ask("closing"));
    }
}
async function main() {
    try {
        const all = await Promise.all([ask("a"), ask("b"), ask("c")]);
        log.push(all.join());
        for await (const step of steps()) log.push(step);
        throw new Error(await ask("error"));
    } catch (error) {
        log.push("caught " + error.message);
    } finally {
        log.push("finally " + await ask("cleanup"));
    }
    return log;
}
var result;
main().then(value => { result = JSON.stringify(value) });
0
"""

EXPECTED = [
    "answer a,answer b,answer c",
    "answer first",
    "after the timer",
    "generator closed answer closing",
    "caught answer error",
    "finally answer cleanup",
]

IN_ANOTHER_PROCESS = """
import sys, snapjs
_, path, order = sys.argv
now = 1_700_000_000.0
vm = snapjs.VM.restore(snapjs.Snapshot.load(path), clock=lambda: now, functions={"ask": snapjs.pending})
while "result" not in vm.globals or vm.eval("result === undefined"):
    calls = vm.pending
    calls.sort(key=lambda call: order.find(call.args[0]))
    for call in calls:
        call.resolve("answer " + call.args[0])
    now += 1
    vm.run_until_idle()
print(vm.eval("result"))
vm.close()
"""


@pytest.mark.parametrize("order", ["abc", "cab", "bca"])
def test_a_suspended_program_ends_in_another_process(tmp_path: Path, order: str) -> None:
    path = tmp_path / "program.snap"
    with VM(clock=CLOCK, functions={"ask": snapjs.pending}) as vm:
        vm.eval(PROGRAM)
        vm.snapshot().save(path)
    assert json.loads(fresh_process.run(IN_ANOTHER_PROCESS, path, order)) == EXPECTED


def suspension_points() -> list[Snapshot]:
    """The program's snapshots, one wherever it waits."""
    time = Time()
    snapshots = []
    with VM(clock=time, functions={"ask": snapjs.pending}) as vm:
        vm.eval(PROGRAM)
        while True:
            snapshots.append(vm.snapshot())
            if vm.pending:
                call = vm.pending[-1]
                call.resolve("answer " + call.args[0])
            elif vm.statistics().timers:
                time.now += 1
                vm.run_until_idle()
            else:
                return snapshots


@pytest.mark.slow
def test_a_program_saved_at_each_suspension_point_ends_in_another_process(tmp_path: Path) -> None:
    snapshots = suspension_points()
    assert [[call.args[0] for call in snapshot.pending] or len(snapshot.timers) for snapshot in snapshots] == [
        ["a", "b", "c"], ["a", "b"], ["a"], ["first"], 1, ["closing"], ["error"], ["cleanup"], 0,
    ]  # fmt: skip
    results = []
    for number, snapshot in enumerate(snapshots):
        path = tmp_path / f"{number}.snap"
        snapshot.save(path)
        results.append(json.loads(fresh_process.run(IN_ANOTHER_PROCESS, path, "abc")))
    assert results == [EXPECTED] * 9


def test_a_program_saved_and_restored_at_each_suspension_point_in_turn() -> None:
    time = Time()
    vm = VM(clock=time, functions={"ask": snapjs.pending})
    vm.eval(PROGRAM)
    generations = 0
    while True:
        generations += 1
        vm = moved(vm, clock=time, functions={"ask": snapjs.pending})
        if vm.pending:
            call = vm.pending[0]
            call.resolve("answer " + call.args[0])
        elif vm.statistics().timers:
            time.now += 1
            vm.run_until_idle()
        else:
            break
    assert json.loads(vm.eval("result")) == EXPECTED
    assert generations == 9
    vm.close()


def test_a_saved_call_may_be_rejected_elsewhere() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval(
            "var caught; ask(1).catch(error => { caught = [error.name, error.message, error instanceof Error] }); 0"
        )
        with moved(vm, functions={"ask": snapjs.pending}) as restored:
            restored.pending[0].reject(ValueError("no"))
            assert restored.eval("caught") == ["ValueError", "no", True]


def test_a_call_is_answered_once() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval("ask(1); 0")
        with moved(vm, functions={"ask": snapjs.pending}) as restored:
            call = restored.pending[0]
            call.resolve(1)
            with pytest.raises(KeyError, match="answered before"):
                call.resolve(2)


def test_an_answer_that_cannot_be_converted_leaves_the_call_waiting() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        promise = vm.eval("ask('?')")
        with pytest.raises(ConversionError, match="A Python object has no counterpart in JavaScript"):
            vm.pending[0].resolve(object())
        vm.pending[0].resolve(1)
        assert promise.result == 1


def test_ids_of_calls_go_on() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval("ask(1); ask(2); 0")
        vm.pending[0].resolve()
        with moved(vm, functions={"ask": snapjs.pending}) as restored:
            restored.eval("ask(3); 0")
            assert [(call.id, call.args) for call in restored.pending] == [(2, (2,)), (3, (3,))]


# ---- host functions


def test_functions_are_bound_by_name() -> None:
    with VM(functions={"add": lambda a, b: a + b, "tools.deep.name": lambda: "old"}) as vm:
        vm.eval("var f = add, g = tools.deep.name; 0")
        with moved(vm, functions={"add": lambda a, b: a * b, "tools.deep.name": lambda: "new"}) as restored:
            assert restored.eval("[f(3, 4), add(3, 4), g()]") == [12, 12, "new"]


def test_a_missing_function_raises_only_when_called() -> None:
    with VM(functions={"tools.send": lambda: 1}) as vm:
        vm.eval("var send = tools.send; 0")
        with moved(vm) as restored:
            assert restored.eval("typeof tools.send") == "function"
            with pytest.raises(JSError, match=r"host function 'tools\.send' is not registered"):
                restored.eval("send()")


def test_a_missing_function_can_be_exposed_later() -> None:
    with VM(functions={"send": lambda: 1}) as vm:
        vm.eval("var send_ = send; 0")
        with moved(vm) as restored:
            restored.expose("send", lambda: 2)
            assert restored.eval("[send(), send_()]") == [2, 2]


def test_a_function_may_become_pending_and_a_pending_one_a_function() -> None:
    vm = VM(functions={"a": lambda: 1, "b": snapjs.pending})
    with moved(vm, functions={"a": snapjs.pending, "b": lambda: 2}) as restored:
        assert restored.eval("[a() instanceof Promise, b()]") == [True, 2]


def test_a_name_that_the_program_does_not_know_waits_for_expose() -> None:
    with VM() as vm, moved(vm, functions={"late": lambda: 1}) as restored:
        assert restored.eval("typeof late") == "undefined"
        restored.expose("late", lambda: 2)
        assert restored.eval("late()") == 2


def test_a_lambda_that_was_passed_in_is_gone_after_the_restore() -> None:
    with VM() as vm:
        vm.globals["double"] = lambda x: 2 * x
        assert vm.eval("double(4)") == 8
        with moved(vm) as restored:
            with pytest.raises(JSError, match="is not registered"):
                restored.eval("double(4)")
            restored.globals["double"] = lambda x: 3 * x
            assert restored.eval("double(4)") == 12


def test_a_name_that_looks_like_a_lambdas_number_may_stay_unbound() -> None:
    with VM(functions={"#x": snapjs.pending}) as vm:
        vm.eval("globalThis['#x'](); 0")
        snapshot = vm.snapshot()
    with VM.restore(snapshot) as vm:
        assert asyncio.run(vm.eval_async("1")) == 1


def test_numbers_of_lent_things_do_not_collide_after_the_restore() -> None:
    with VM() as vm:
        vm.globals["old"] = [lambda: "old", ValueError("old")]
        with moved(vm) as restored:
            restored.globals["new"] = [lambda: "new", ValueError("new")]
            assert restored.eval("new_ = globalThis.new; new_[0]()") == "new"
            assert restored.eval("old[1].message + new_[1].message") == "oldnew"


def test_an_exception_of_the_old_process_becomes_a_js_error() -> None:
    def fail() -> None:
        raise LookupError("lost")

    with VM(functions={"fail": fail}) as vm:
        vm.eval("var e; try { fail() } catch (x) { e = x }")
        with moved(vm) as restored:
            with pytest.raises(JSError, match="LookupError: lost") as caught:
                restored.eval("throw e")
            assert caught.value.name == "LookupError"


def test_an_awaitable_of_the_old_process_can_be_answered_by_hand() -> None:
    async def never() -> None:
        raise AssertionError

    with VM() as vm:
        coroutine = never()
        vm.globals["promise"] = coroutine
        vm.eval("var got; promise.then(x => { got = x }); 0")
        with moved(vm) as restored:
            (call,) = restored.pending
            assert (call.name, call.args) == ("", ())
            call.resolve("by hand")
            assert restored.eval("got") == "by hand"


# ---- limits and errors of the new host


def test_a_tighter_memory_limit_holds() -> None:
    with VM() as vm:
        vm.eval("var kept = 'x'.repeat(1000)")
        with moved(vm, memory_limit=2 << 20) as restored:
            with pytest.raises(snapjs.MemoryLimitError):
                restored.eval("new Uint8Array(4 << 20)")
            assert restored.eval("kept.length") == 1000


def test_a_memory_limit_below_what_is_in_use_is_an_error_at_the_first_need() -> None:
    with VM() as vm:
        vm.eval("var kept = new Uint8Array(8 << 20)")
        with moved(vm, memory_limit=1 << 20) as restored, pytest.raises(snapjs.MemoryLimitError):
            restored.eval("new Uint8Array(1 << 10); 1")


def test_without_a_limit_a_restored_vm_has_none() -> None:
    with VM(memory_limit=2 << 20) as vm, moved(vm) as restored:
        assert restored.eval("new Uint8Array(8 << 20).length") == 8 << 20


def test_a_tighter_stack_limit_holds() -> None:
    depth = "var depth = 0; (function f() { depth++; f() })()"
    depths = []
    with VM() as vm:
        snapshot = vm.snapshot()
    for limit in (None, 64 << 10):
        with VM.restore(snapshot, stack_limit=limit) as restored:
            with pytest.raises(snapjs.StackLimitError):
                restored.eval(depth)
            depths.append(restored.eval("depth"))
    assert depths[0] > 4 * depths[1]


def test_a_timeout_holds_after_the_restore() -> None:
    with VM() as vm, moved(vm, timeout=0.05) as restored:
        with pytest.raises(snapjs.TimeLimitError):
            restored.eval("for (;;);")
        assert restored.eval("1") == 1


def test_a_vm_with_a_timeout_moves_to_one_without() -> None:
    with VM(timeout=5) as vm:
        vm.eval("var x = 1")
        with moved(vm) as restored:
            assert restored.eval("x") == 1


def test_an_unhandled_rejection_is_not_reported_again() -> None:
    reports: list[bool] = []
    with VM(on_unhandled_rejection=lambda promise, reason, handled: reports.append(handled)) as vm:
        vm.eval("var p = Promise.reject(1); 0")
        assert reports == [False]
        with moved(vm, on_unhandled_rejection=lambda promise, reason, handled: reports.append(handled)) as restored:
            restored.eval("0")
            assert reports == [False]
            restored.eval("p.catch(() => 0); 0")
    assert reports == [False, True]


# ---- what the snapshot is of


def test_two_restores_are_independent() -> None:
    with VM() as vm:
        vm.eval("var n = 1, list = [1]")
        snapshot = vm.snapshot()
    with VM.restore(snapshot) as one, VM.restore(snapshot) as two:
        one.eval("n = 100; list.push(2)")
        assert two.eval("[n, list]") == [1, [1]]
        assert one.eval("[n, list]") == [100, [1, 2]]


def test_the_vm_goes_on_after_its_snapshot() -> None:
    with VM() as vm:
        vm.eval("var n = 1")
        snapshot = vm.snapshot()
        assert vm.eval("++n") == 2
        with VM.restore(snapshot) as restored:
            assert restored.eval("n") == 1


def test_a_restored_vm_in_which_nothing_happened_has_the_same_id() -> None:
    options: dict[str, Any] = {"clock": CLOCK, "functions": {"ask": snapjs.pending, "f": lambda: 1}}
    with VM(**options) as vm:
        vm.eval(PROGRAM)
        snapshot = vm.snapshot()
        assert vm.snapshot().id == snapshot.id
    with VM.restore(snapshot, **options) as restored:
        assert restored.snapshot().id == snapshot.id
        assert [call.args for call in restored.pending] == [("a",), ("b",), ("c",)]
        assert restored.snapshot().id == snapshot.id


def test_handles_that_python_holds_do_not_change_the_program() -> None:
    with VM() as vm:
        function = vm.eval("var n = 0; () => ++n")
        with VM.restore(vm.snapshot()) as restored:
            with pytest.raises(snapjs.WrongVMError):
                restored.globals["f"] = function
            assert function() == 1
            assert restored.eval("n") == 0


def test_a_snapshot_inside_a_host_function_is_refused() -> None:
    caught: list[Exception] = []

    def save() -> None:
        try:
            vm.snapshot()
        except NotQuiescent as error:
            caught.append(error)

    with VM(functions={"save": save}) as vm:
        vm.eval("save()")
        assert len(caught) == 1
        assert "JavaScript is running" in str(caught[0])
        vm.snapshot()


def test_a_snapshot_of_a_closed_vm_is_refused() -> None:
    vm = VM()
    vm.close()
    with pytest.raises(snapjs.ClosedError):
        vm.snapshot()


def test_restoring_something_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"read one with Snapshot\.load or from_bytes"):
        VM.restore(b"snapjs")  # type: ignore[arg-type]


def test_intrinsics_and_web_are_in_the_snapshot() -> None:
    intrinsics = snapjs.Intrinsics.ALL & ~snapjs.Intrinsics.PROXY
    with VM(intrinsics=intrinsics, web={"timers"}) as vm, moved(vm) as restored:
        assert restored.eval("[typeof Proxy, typeof console, typeof setTimeout]") == [
            "undefined",
            "undefined",
            "function",
        ]


def test_fifty_generations_do_not_grow() -> None:
    vm = VM(clock=CLOCK, functions={"ask": snapjs.pending})
    vm.eval("var n = 0; (async () => { for (;;) n += await ask(n) })(); 0")
    sizes = []
    for _ in range(50):
        vm.pending[0].resolve(1)
        snapshot = vm.snapshot()
        sizes.append((snapshot.size, len(snapshot.pages())))
        vm.close()
        vm = VM.restore(Snapshot.from_bytes(snapshot.to_bytes()), clock=CLOCK, functions={"ask": snapjs.pending})
    assert vm.eval("n") == 50
    assert sizes[49] == sizes[4]
    vm.close()


def test_a_pending_call_may_carry_a_function_that_is_gone() -> None:
    with VM(functions={"later": snapjs.pending}) as vm:
        vm.globals["double"] = lambda x: 2 * x
        vm.eval("later(double); 0")
        with moved(vm, functions={"later": snapjs.pending}) as restored:
            (call,) = restored.pending
            with pytest.raises(TypeError, match="is not registered"):
                call.args[0](4)
