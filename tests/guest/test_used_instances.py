"""The wasm instance of a VM that was closed is used again, and nothing tells it from a new one."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from snapjs import VM, ClosedError, GuestTrapped, Intrinsics, MemoryLimitError, StackLimitError, TimeLimitError
from snapjs._guest import memory
from snapjs._guest.engine import packaged
from snapjs._guest.pages import memory_view, written
from snapjs._guest.raw import Trap
from snapjs._guest.used import UsedInstances

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which pages were written")

PROGRAM = """
    globalThis.text = 'dead text'.repeat(50); globalThis.list = Array.from({ length: 20 }, (_, i) => ({ i }))
    Array.prototype.includes = () => 'patched'; Object.freeze(Math); setTimeout(() => {}, 1e6); Symbol.for('kept'); 1
"""
FRESH = """
    [typeof text, typeof list, [1].includes(1), Object.isFrozen(Math), Object.keys(globalThis).length,
     Reflect.ownKeys(Array.prototype).length, new Error('x').stack.length]
"""


@pytest.fixture(autouse=True)
def none_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No instance of an earlier test is used, and none of these later."""
    gc.collect()
    used = UsedInstances()
    monkeypatch.setattr(packaged(), "used", used)
    yield
    used.close()


def base_of(vm: VM) -> int:
    return vm._bridge.instance.base


def content_of(vm: VM) -> bytes:
    return bytes(memory_view(base_of(vm), vm.statistics().linear_memory))


def kept() -> int:
    return len(packaged().used._kept)


def test_the_next_vm_has_the_same_memory_and_finds_a_fresh_state() -> None:
    with VM(seed=1, clock=0) as vm:
        place, fresh, state = base_of(vm), vm.eval(FRESH), content_of(vm)
        vm.eval(PROGRAM)
    assert kept() == 1
    with VM(seed=1, clock=0) as vm:
        assert base_of(vm) == place
        assert vm.eval(FRESH) == fresh
        assert content_of(vm) == state
        assert kept() == 0


def test_nothing_of_the_program_stays_in_the_memory() -> None:
    vm = VM()
    vm.eval(PROGRAM)
    instance = vm._bridge.instance
    base, size, baseline = instance.base, instance.size(), instance.baseline.memory
    assert b"dead text" in bytes(memory_view(base, size))
    vm.close()
    assert kept() == 1  # or the memory would not be there any more
    assert baseline.pages_unlike(base, size) == []
    assert b"dead text" not in bytes(memory_view(base, size))


def test_what_belonged_to_the_closed_vm_cannot_reach_the_new_one() -> None:
    first = gone = VM()
    function, handle, instance = first.eval("() => 1"), first.eval_handle("({})"), first._bridge.instance
    look = instance.exports["snap_has_jobs"]
    first.close()
    with VM() as second:
        assert base_of(second) == instance.base
        for use in (function, handle.to_python, lambda: gone.eval("1"), lambda: gone.globals["x"]):
            with pytest.raises(ClosedError):
                use()
        with pytest.raises(Trap):
            look()
        first.close()
        assert second.eval("1 + 1") == 2


def test_a_vm_that_nobody_closed_is_put_back_too() -> None:
    VM().eval(PROGRAM)
    gc.collect()
    assert kept() == 1


def test_large_bytes_from_a_thread_with_a_small_stack_are_not_called_deep() -> None:
    outcomes: list[BaseException] = []

    def call() -> None:
        try:
            take(bytes(300_000))
        except Exception as error:
            outcomes.append(error)

    with VM() as vm:
        take = vm.eval("bytes => bytes.length")
        previous = threading.stack_size(1 << 20)
        try:
            thread = threading.Thread(target=call)
            thread.start()
            thread.join()
        finally:
            threading.stack_size(previous)
    assert [type(error) for error in outcomes] == [StackLimitError]


def test_a_thread_with_a_small_stack_gets_none() -> None:
    VM().close()
    outcome: list[object] = []

    def make() -> None:
        try:
            VM().close()
        except StackLimitError as error:
            outcome.append(str(error))

    previous = threading.stack_size(1 << 20)
    try:
        thread = threading.Thread(target=make)
        thread.start()
    finally:
        threading.stack_size(previous)
    thread.join(10)
    assert "has 1048576 bytes, and guest code needs" in str(outcome)


@pytest.mark.parametrize(
    "options",
    [{"memory_limit": 1 << 23}, {"timeout": 5}, {"intrinsics": Intrinsics.ALL & ~Intrinsics.PROXY}, {"web": False}],
    ids=repr,
)
def test_vms_of_another_kind_do_not_get_it(options: dict[str, object]) -> None:
    VM().close()
    with VM(**options) as vm:  # type: ignore[arg-type]
        assert kept() == 1
        assert vm.eval("typeof text") == "undefined"
    assert kept() == 2


def test_a_limit_of_memory_holds_in_a_used_instance() -> None:
    for _ in range(2):
        with VM(memory_limit=4 << 20) as vm, pytest.raises(MemoryLimitError):
            vm.eval("const kept = []; for (;;) kept.push(new Array(1000).fill(0))")
    with VM(memory_limit=4 << 20) as vm:
        vm.eval("1")
    with VM(memory_limit=4 << 20) as vm, pytest.raises(MemoryLimitError):
        vm.eval("new Uint8Array(5e6)")


def test_a_time_limit_holds_in_a_used_instance() -> None:
    for _ in range(2):
        with VM(timeout=0.05) as vm:
            with pytest.raises(TimeLimitError):
                vm.eval("for (;;);")
            assert vm.eval("1 + 1", timeout=None) == 2
    assert kept() == 1


def test_a_memory_that_has_grown_is_freed() -> None:
    with VM() as vm:
        vm.eval("globalThis.big = new Uint8Array(4e6).fill(1); 0")
    assert kept() == 0


def test_a_memory_of_which_much_was_written_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    with VM() as vm:
        vm.eval("1")
        pages = len(written(base_of(vm), vm.statistics().linear_memory // 4096) or ())
    assert 5 < pages < 30
    assert kept() == 1
    monkeypatch.setattr(memory, "MOST_PUT_BACK", pages - 1)
    with VM() as vm:
        vm.eval("1")
    assert kept() == 0


def test_vms_of_a_small_snapshot_use_an_instance_again() -> None:
    with VM() as vm:
        vm.eval("var x = 1")
        snapshot = vm.snapshot()
    bases = set()
    for _ in range(5):
        with VM.restore(snapshot) as vm:
            assert vm.eval("x += 1; var y; [x, typeof y, y = 1]") == [2, "undefined", 1]
            bases.add(base_of(vm))
            assert kept() == 1  # that of the VM of before, which began with the baseline
    assert len(bases) == 1


def test_a_vm_of_a_large_snapshot_is_freed() -> None:
    with VM() as vm:
        vm.eval("var x = new Uint8Array(1 << 20).fill(1)")
        snapshot = vm.snapshot()
    before = kept()
    with VM.restore(snapshot) as vm:
        assert vm.eval("x.length") == 1 << 20
    assert kept() == before


def test_those_that_were_kept_first_go() -> None:
    snapshots = []
    for number in range(6):
        with VM() as vm:
            vm.eval(f"var x = {number}")
            snapshots.append(vm.snapshot())
    for number, snapshot in enumerate(snapshots):
        with VM.restore(snapshot) as vm:
            assert vm.eval("x") == number
    assert kept() == 4
    kinds = [memory for (memory, _, _), _ in packaged().used._kept]
    assert kinds == [snapshot._state.memory for snapshot in snapshots[2:]]


def test_a_dead_vm_is_freed() -> None:
    with VM() as vm:
        vm._bridge.died(vm._bridge.instance.raw.trap("for this test"))
        with pytest.raises(GuestTrapped):
            vm.eval("1")
    assert kept() == 0


def test_no_more_than_a_few_are_kept() -> None:
    vms = [VM() for _ in range(8)]
    for vm in vms:
        vm.eval("1")
        vm.close()
    assert kept() == 4


def test_threads_never_share_one() -> None:
    found: list[bool] = []

    def work() -> None:
        for number in range(60):
            with VM() as vm:
                vm.eval(f"globalThis.mine = {number}")
                found.append(vm.eval("mine") == number and vm.eval("Object.keys(globalThis).includes('mine')"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 240


def test_after_a_call_that_did_not_leave_it_is_freed() -> None:
    with VM() as vm:
        vm.eval("1")
        vm._bridge.instance.control.depth = 1  # as when a signal handler raises where the call was cut off
    assert kept() == 0


@pytest.mark.parametrize("answer", [None, []], ids=["no answer", "an answer that cannot be"])
def test_without_word_of_what_was_written_it_is_freed(
    monkeypatch: pytest.MonkeyPatch, answer: list[int] | None
) -> None:
    monkeypatch.setattr(memory, "written", lambda address, count: answer)
    with VM() as vm:
        vm.eval("1")
    assert kept() == 0


def test_a_forked_child_does_not_use_those_of_its_parent() -> None:
    VM().close()
    stores = [store for _, store in packaged().used._kept]
    child = os.fork()
    if not child:
        code = 1
        try:
            with VM() as vm:
                # The child may have closed a VM that a test before has left: it may use that instance.
                own = vm._bridge.instance.raw.store, *(store for _, store in packaged().used._kept)
                code = 0 if not set(own) & set(stores) and vm.eval("1 + 1") == 2 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert kept() == 1


def test_a_vm_that_is_closed_once_more_leaves_deadlines_to_who_has_its_memory_now(
    make_vm: Callable[..., VM],
) -> None:
    former = make_vm(timeout=10)
    instance, address = former._bridge.instance, former._bridge.instance.base
    former.close()
    vm = make_vm(timeout=10, functions={"again": instance.close})
    assert vm._bridge.instance.base == address

    with pytest.raises(TimeLimitError):
        vm.eval("again(); for (const end = Date.now() + 2000; Date.now() < end;);", timeout=0.05)
