"""Taking a snapshot changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from virtual_time import Time

import snapjs
from snapjs import VM, NotQuiescent, Snapshot

CLOCK = 1_700_000_000.0
MakeVM = Callable[..., VM]


class Program:
    """A VM that does the same as every other one, step by step."""

    def __init__(self, after_each: Callable[[VM], object] = lambda vm: None) -> None:
        self.time = Time()
        self.out: list[Any] = []
        self.vm = vm = VM(
            clock=self.time,
            seed=1,
            functions={"ask": snapjs.pending, "twice": lambda x: 2 * x},
            modules={"m": "export let n = 1; export const more = () => ++n; await null;"},
            stdout=self.out.append,
            on_unhandled_rejection=lambda promise, reason, handled: self.out.append(
                vm.dump(reason.get_prop("message"))
            ),
        )
        self.answers: list[Any] = []
        for step in (
            lambda: vm.eval("globalThis.list = []; globalThis.map = new Map(); list.length"),
            lambda: vm.eval("for (let i = 0; i < 100; i++) list.push({i, text: 'x'.repeat(i)}); list.length"),
            lambda: vm.eval("list.splice(10, 50); map.set('a', list[3]).set(list[4], 'b'); map.size"),
            lambda: vm.eval("globalThis.text = 'ab'.repeat(5000); text = text.slice(100) + twice(21); text.length"),
            lambda: vm.eval("try { null.x } catch (error) { map.set('error', error) } map.size"),
            lambda: vm.eval("globalThis.run = (async () => { for (;;) list.push(await ask(list.length)) })(); 0"),
            lambda: vm.pending[0].resolve("first"),
            lambda: vm.eval("setInterval(() => list.push(performance.now()), 1000); setTimeout(() => 0, 1e7); 0"),
            self.wait,
            lambda: vm.eval("Promise.reject(new Error('nobody')); console.log('here', list.length); console.count()"),
            lambda: vm.eval("globalThis.walk = (function* () { let i = 0; while (true) yield i++ })(); walk.next(); 0"),
            lambda: vm.import_module("m")["more"](),
            lambda: vm.globals.update(token=vm.export_handle(vm.eval_handle("list[7]"))),
            lambda: vm.new_realm().eval("globalThis.own = [1, 2, 3]; own.map(x => x * 2)"),
            lambda: vm.eval("globalThis.big = new Uint8Array(1 << 20).fill(3); /a(b+)c/.exec('xabbbc')[1]"),
            lambda: vm.eval("big = null; walk.next().value + Math.random()"),
            lambda: [*vm.eval("[1, 2n ** 70n, new Date(5), {a: [true]}]")[:2]],
            lambda: vm.dump(vm.import_handle(vm.globals["token"])),
            self.wait,
        ):
            self.answers.append(step())
            after_each(vm)

    def wait(self) -> Any:
        self.time.now += 2.5
        self.vm.run_until_idle()
        return self.vm.eval("list.slice(-2)")

    def close(self) -> None:
        self.vm.close()


def collect(vm: VM) -> None:
    vm.gc()


def take_whole(vm: VM) -> None:
    vm.snapshot()


class TakeDeltas:
    """After each step a delta of the snapshot after the first one."""

    base: Snapshot | None = None

    def __call__(self, vm: VM) -> None:
        self.base = self.base or vm.snapshot()
        vm.snapshot(base=self.base)


AFTER_EACH: dict[str, Callable[[], Callable[[VM], object]]] = {"whole": lambda: take_whole, "delta": TakeDeltas}
kinds = pytest.mark.parametrize("kind", AFTER_EACH)


def finished(after_each: Callable[[VM], object]) -> tuple[list[Any], list[Any], dict[str, int], object, str]:
    program = Program(after_each)
    vm = program.vm
    vm.gc()
    found = program.answers, program.out, vm.memory_usage(), vm.statistics(), vm.snapshot().id
    program.close()
    return found


@kinds
def test_program_does_the_same_whether_snapshots_are_taken_or_not(kind: str) -> None:
    answers, out, *_ = finished(AFTER_EACH[kind]())
    assert (answers, out) == finished(lambda vm: None)[:2]
    assert answers[6:9] == [None, 0, ["first", 2500]]
    assert out == ["here 52\n", "default: 1\n", "nobody"]


@kinds
def test_memory_usage_and_statistics_are_the_same_whether_snapshots_are_taken_or_not(kind: str) -> None:
    _, _, usage, statistics, _ = finished(AFTER_EACH[kind]())
    _, _, expected_usage, expected_statistics, _ = finished(collect)
    assert (usage, statistics) == (expected_usage, expected_statistics)


def test_whole_snapshots_and_deltas_leave_the_same_state() -> None:
    assert finished(take_whole)[4] == finished(TakeDeltas())[4]


@kinds
def test_state_is_the_same_whether_snapshots_are_taken_or_not(kind: str) -> None:
    """Where no snapshot is taken garbage is collected, for a snapshot does, and what comes later lies elsewhere."""
    assert finished(AFTER_EACH[kind]())[4] == finished(collect)[4]


def test_state_is_the_same_when_all_is_done_again() -> None:
    assert finished(take_whole)[4] == finished(take_whole)[4]


def test_snapshots_of_a_vm_that_has_done_nothing_in_between_are_equal() -> None:
    program = Program()
    first, delta, second = program.vm.snapshot(), None, program.vm.snapshot()
    delta = program.vm.snapshot(base=first)
    assert first.id == delta.id == second.id
    assert first.pages() == second.pages()
    assert delta.pages() == {}
    program.close()


def test_memory_usage_is_the_same_before_and_after() -> None:
    program = Program()
    program.vm.gc()
    before = program.vm.memory_usage(), program.vm.statistics(), program.vm.gc_threshold
    snapshot = program.vm.snapshot()
    program.vm.snapshot(base=snapshot)
    assert (program.vm.memory_usage(), program.vm.statistics(), program.vm.gc_threshold) == before
    program.close()


def test_taking_one_asks_the_host_nothing(make_vm: MakeVM) -> None:
    asked: list[str] = []

    def clock() -> float:
        asked.append("clock")
        return CLOCK

    def interrupt() -> bool:
        asked.append("interrupt")
        return False

    vm = make_vm(clock=clock, stdout=asked.append, interrupt=interrupt, timezone=lambda seconds: 0)
    vm.eval("setTimeout(() => 0, 1000); globalThis.data = new Uint8Array(1 << 20).fill(1); 0")
    asked.clear()
    snapshot = vm.snapshot()
    vm.snapshot(base=snapshot).to_bytes()
    assert asked == []
    vm.eval("clearTimeout(1)")


def test_taking_one_runs_no_microtasks(vm: VM) -> None:
    promise = vm.eval_handle("Promise.resolve().then(() => { globalThis.ran = true })")
    snapshot = vm.snapshot()
    assert "ran" not in vm.globals
    assert vm.execute_pending_jobs() == 1
    assert vm.globals["ran"] is True
    with VM.restore(snapshot) as restored:
        assert "ran" not in restored.globals
        assert restored.execute_pending_jobs() == 1
        assert restored.globals["ran"] is True
    promise.dispose()


def test_handles_stay_what_they_are(vm: VM) -> None:
    handle = vm.eval_handle("({a: 1})")
    function = vm.eval("x => x + 1")
    snapshot = vm.snapshot()
    vm.snapshot(base=snapshot)
    assert vm.dump(handle) == {"a": 1}
    assert function(2) == 3
    assert vm.statistics().handles == 2
    handle.dispose()


def test_garbage_is_collected_as_by_gc(vm: VM) -> None:
    vm.eval("(() => { const a = {}; a.a = a; globalThis.weak = new WeakRef(a) })(); 0")
    vm.execute_pending_jobs()
    assert vm.eval("typeof weak.deref()") == "object"
    vm.snapshot()
    assert vm.eval("typeof weak.deref()") == "undefined"


def test_refused_snapshot_changes_nothing() -> None:
    refused: list[str] = []

    def save() -> None:
        with pytest.raises(NotQuiescent):
            vm.snapshot()
        refused.append("refused")

    ids = []
    for function in (save, lambda: None):
        with VM(clock=CLOCK, seed=1, functions={"save": function}) as vm:
            vm.eval("globalThis.list = [1, 2]; save(); list.push(3)")
            ids.append(vm.snapshot().id)
    assert refused == ["refused"]
    assert ids[0] == ids[1]
