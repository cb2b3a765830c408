"""With clock, seed and time zone given, the same inputs lead to the same bytes."""

from __future__ import annotations

import asyncio
from typing import Any

import fresh_process
import pytest
from decided_program import program_id, run_program
from virtual_time import Time

from snapjs import VM, Snapshot


def test_the_same_inputs_give_the_same_id() -> None:
    assert len({program_id() for _ in range(5)}) == 1


def test_the_same_inputs_give_the_same_pages() -> None:
    with run_program() as one, run_program() as two:
        pages = [{n: bytes(page) for n, page in vm.snapshot().pages().items()} for vm in (one, two)]
    assert [n for n in pages[0] | pages[1] if pages[0].get(n) != pages[1].get(n)] == []


IN_ANOTHER_PROCESS = """
import sys
sys.path.insert(0, sys.argv[1])
from decided_program import program_id
print(program_id())
"""


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_another_process_gets_the_same_id(request: pytest.FixtureRequest, hash_seed: str) -> None:
    assert fresh_process.run(IN_ANOTHER_PROCESS, request.path.parent, hash_seed=hash_seed) == program_id()


def test_a_vm_that_ran_before_makes_no_difference() -> None:
    before = program_id()
    with VM() as vm:
        vm.eval("var junk = []; for (let i = 0; i < 1e5; i++) junk.push({i}); Math.random()")
    assert program_id() == before


def test_a_time_limit_makes_no_difference() -> None:
    ids = set()
    for timeout in (None, 60):
        with VM(clock=1, seed=1, timeout=timeout) as vm:
            vm.eval("var x = []; for (let i = 0; i < 1e5; i++) x.push(i); x.sort()")
            ids.add(vm.snapshot().id)
    assert len(ids) == 1


def test_looking_makes_no_difference() -> None:
    with run_program() as vm:
        before = vm.snapshot().id
        vm.memory_usage(), vm.statistics(), vm.pending, vm.run_jobs(), vm.gc()
        assert vm.snapshot().id == before


def test_restored_and_never_saved_come_to_the_same_id() -> None:
    options: dict[str, Any] = {"clock": 1, "seed": 1}
    with VM(**options) as vm:
        vm.eval("var n = [1]")
        snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())
        vm.eval("n.push(Math.random()); 0")
        straight = vm.snapshot().id
    with VM.restore(snapshot, clock=1) as restored:
        restored.eval("n.push(Math.random()); 0")
        assert restored.snapshot().id == straight


@pytest.mark.parametrize(
    "change",
    ["x.a = 2", "x.b = 1", "Math.random()", "setTimeout(() => 0, 5)", "Promise.resolve(x).then(() => 0); var y"],
)
def test_a_change_of_state_changes_the_id(change: str) -> None:
    with VM(clock=1, seed=1) as vm:
        vm.eval("var x = {a: 1}")
        before = vm.snapshot().id
        vm.eval(f"{change}; 0")
        assert vm.snapshot().id != before


@pytest.mark.parametrize("option", [{"clock": 2}, {"seed": 2}, {"timezone": "Asia/Tokyo"}])
def test_another_clock_or_seed_or_zone_is_another_state(option: dict[str, Any]) -> None:
    code = "var x = [Date.now(), Math.random(), new Date(0).getHours()]"
    ids = []
    for options in ({}, option):
        with VM(**{"clock": 1, "seed": 1, "timezone": "UTC", **options}) as vm:
            vm.eval(code)
            ids.append(vm.snapshot().id)
    assert ids[0] != ids[1]


def test_timers_and_host_calls_in_virtual_time() -> None:
    async def answer(n: int) -> int:
        await asyncio.sleep(0)
        return n * n

    async def go() -> str:
        time = Time()
        with VM(clock=time, seed=1, functions={"answer": answer}) as vm:
            await vm.eval_async("var out = []; for (let i = 0; i < 10; i++) out.push(await answer(i)); 0")
            vm.eval("setInterval(() => out.push(Math.random()), 125); 0")
            for _ in range(10):
                time.now += 0.125
                vm.run_until_idle()
            assert vm.eval("[out.length, ...out.slice(0, 10)]") == [20, 0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
            return vm.snapshot().id

    assert asyncio.run(go()) == asyncio.run(go())


# ---- chance


def random_numbers(**options: Any) -> list[float]:
    with VM(**options) as vm:
        numbers: list[float] = vm.eval("[Math.random(), Math.random(), Math.random()]")
        return numbers


@pytest.mark.parametrize("seed", [0, 1, -1, 2**64, 2**200, b"", b"seed", bytes(1000)])
def test_a_seed_repeats(seed: int | bytes) -> None:
    assert random_numbers(seed=seed) == random_numbers(seed=seed)


def test_seeds_differ() -> None:
    seeds: list[int | bytes] = [0, 1, -1, 2, 255, 256, 2**64, b"", b"seed"]
    assert len({tuple(random_numbers(seed=seed)) for seed in seeds}) == len(seeds)


def test_the_numbers_of_a_seed_are_fixed() -> None:
    assert random_numbers(seed=1) == [0.1807237229094507, 0.07647803264907993, 0.6364489963298112]


def test_without_seed_and_clock_chance_is_the_hosts() -> None:
    assert random_numbers() != random_numbers()


def test_without_seed_it_comes_from_the_clock() -> None:
    assert random_numbers(clock=5) == random_numbers(clock=5)
    assert random_numbers(clock=5) == random_numbers(clock=lambda: 5.0)
    assert random_numbers(clock=5) != random_numbers(clock=6)


@pytest.mark.parametrize("seed", ["1", 1.5, [1]])
def test_what_is_no_seed(seed: Any) -> None:
    with pytest.raises(TypeError, match="seed takes None, an int or bytes"):
        VM(seed=seed)
