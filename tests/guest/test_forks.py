"""Many VMs that go on from one state: `Snapshot.fork`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

import snapjs
from snapjs import VM, JSError, Snapshot, TimeLimitError

CLOCK = 1_700_000_000.0
FILL = "globalThis.data = new Uint8Array(1 << 20).fill(1); globalThis.n = 0; 0"


def snapshot_of(code: str, **options: Any) -> Snapshot:
    with VM(**{"clock": CLOCK, "seed": 1} | options) as vm:
        vm.eval(code)
        return vm.snapshot()


@pytest.fixture
def fork() -> Iterator[Callable[..., list[VM]]]:
    """`Snapshot.fork` with a frozen clock, whose VMs are closed when the test is over."""
    with ExitStack() as stack:
        yield lambda snapshot, count=1, **options: [
            stack.enter_context(vm) for vm in snapshot.fork(count, **{"clock": CLOCK} | options)
        ]


MakeForks = Callable[..., list[VM]]


# ---- chance


def test_each_fork_has_its_own_chance(fork: MakeForks) -> None:
    numbers = [vm.eval("Math.random()") for vm in fork(snapshot_of(FILL), 20)]
    assert len(set(numbers)) == 20


def test_each_fork_of_the_next_call_has_its_own_chance(fork: MakeForks) -> None:
    snapshot = snapshot_of(FILL)
    assert fork(snapshot)[0].eval("Math.random()") != fork(snapshot)[0].eval("Math.random()")


def test_forks_differ_in_nothing_but_chance(fork: MakeForks) -> None:
    first, second = (vm.snapshot().pages() for vm in fork(snapshot_of(FILL), 2))
    assert first.keys() == second.keys()
    differing = [a != b for n in first if first[n] != second[n] for a, b in zip(first[n], second[n], strict=True)]
    assert 0 < sum(differing) <= 32  # the seed, the state of Math.random, the key of random bytes


def test_forks_of_realms_have_their_own_chance(fork: MakeForks) -> None:
    with VM(clock=CLOCK, seed=1) as vm:
        vm.new_realm()
        snapshot = vm.snapshot()
    numbers = [vm.realms[0].eval("Math.random()") for vm in fork(snapshot, 2)]
    assert numbers[0] != numbers[1]


def test_without_reseeding_all_forks_go_on_with_the_snapshots_chance(fork: MakeForks) -> None:
    with VM(clock=CLOCK, seed=1) as vm:
        snapshot = vm.snapshot()
        expected = vm.eval("Math.random()")
    assert [vm.eval("Math.random()") for vm in fork(snapshot, 3, reseed=False)] == [expected] * 3


def test_without_reseeding_equal_runs_have_equal_ids(fork: MakeForks) -> None:
    ids = set()
    for vm in fork(snapshot_of(FILL), 3, reseed=False):
        vm.eval("data[Math.floor(Math.random() * data.length)] = 5; globalThis.when = Date.now(); 0")
        ids.add(vm.snapshot().id)
    assert len(ids) == 1


def test_seed_is_that_of_all_forks(fork: MakeForks) -> None:
    with VM(clock=CLOCK, seed=7) as vm:
        expected = vm.eval("Math.random()")
    assert [vm.eval("Math.random()") for vm in fork(snapshot_of(FILL), 2, seed=7)] == [expected] * 2


# ---- what each fork is


def test_forks_do_not_see_each_other(fork: MakeForks) -> None:
    vms = fork(snapshot_of(FILL), 5)
    for number, vm in enumerate(vms):
        vm.eval(f"data.fill({number + 10}); n = {number}")
    assert [vm.eval("[n, data[0], data[data.length - 1]]") for vm in vms] == [[i, i + 10, i + 10] for i in range(5)]


def test_one_fork_is_a_list_of_one(fork: MakeForks) -> None:
    assert [vm.eval("data.length") for vm in fork(snapshot_of(FILL))] == [1 << 20]


@pytest.mark.parametrize("code", ["globalThis.n = 0; 0", FILL])
def test_delta_forks(code: str, fork: MakeForks) -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(code)
        base = vm.snapshot()
        vm.eval("n = 5")
        delta = vm.snapshot(base=base)
    assert [vm.eval("n") for vm in fork(delta, 3)] == [5, 5, 5]


def test_forks_have_the_functions_that_were_given(fork: MakeForks) -> None:
    snapshot = snapshot_of(
        "globalThis.run = () => [price('pen'), typeof other]; 0", functions={"price": len, "other": len}
    )
    vms = fork(snapshot, 2, functions={"price": lambda name: f"price of {name}"})
    assert [vm.eval("run()") for vm in vms] == [["price of pen", "function"]] * 2
    with pytest.raises(JSError, match="'other' is not registered"):
        vms[0].eval("other()")


def test_forks_have_the_options_that_were_given(fork: MakeForks) -> None:
    written: list[str] = []
    (vm,) = fork(
        snapshot_of(FILL), timeout=0.1, clock=CLOCK + 60, timezone=-60, stdout=written.append, memory_limit=1 << 22
    )
    assert vm.eval("[Date.now() / 1000, new Date().getTimezoneOffset()]") == [CLOCK + 60, -60]
    vm.eval("console.log('written')")
    assert written == ["written\n"]
    with pytest.raises(TimeLimitError):
        vm.eval("for (;;);")
    with pytest.raises(snapjs.MemoryLimitError):
        vm.eval("new Uint8Array(1 << 23)")


def test_forks_answer_the_same_pending_call_differently(fork: MakeForks) -> None:
    snapshot = snapshot_of("ask().then(answer => { globalThis.answer = answer }); 0", functions={"ask": snapjs.pending})
    vms = fork(snapshot, 3)
    for number, vm in enumerate(vms):
        vm.pending[0].resolve(number)
    assert [vm.globals["answer"] for vm in vms] == [0, 1, 2]


def test_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        snapshot_of(FILL).fork(2, colour="red")


# ---- how many


def test_no_forks() -> None:
    assert snapshot_of("0").fork(0) == []


@pytest.mark.parametrize("count", ["2", 2.0, True, b"2", None])
def test_count_that_is_no_number_is_refused(count: Any) -> None:
    with pytest.raises(TypeError, match="count is a whole number, not"):
        snapshot_of("0").fork(count)


def test_count_below_none_is_refused() -> None:
    with pytest.raises(ValueError, match="count must be at least 0, not -1"):
        snapshot_of("0").fork(-1)


class FailingAt(Mapping[str, Callable[..., Any]]):
    """Host functions that raise when they are looked at for the n-th time."""

    def __init__(self, time: int) -> None:
        self.left = time

    def __getitem__(self, name: str) -> Callable[..., Any]:
        self.left -= 1
        if not self.left:
            raise LookupError("the third time")
        return len

    def __iter__(self) -> Iterator[str]:
        return iter(["size"])

    def __len__(self) -> int:
        return 1


def test_failure_halfway_closes_the_forks_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[VM] = []
    real = VM.restore

    def restore(*arguments: Any, **options: Any) -> VM:
        made.append(real(*arguments, **options))
        return made[-1]

    snapshot = snapshot_of("0", functions={"size": len})
    monkeypatch.setattr(VM, "restore", restore)
    with pytest.raises(LookupError, match="the third time"):
        snapshot.fork(5, functions=FailingAt(3))
    assert [vm.closed for vm in made] == [True, True]
