"""Pools of processes that end."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import process_functions
import pytest

from snapjs import Pool, PoolError, WorkerDied

MakePool = Callable[..., Pool]

PROGRAM = """
    let n = 0
    export const f = x => x
    export const count = () => ++n
    export const die_ = code => die(code)
    export const kill_ = () => kill()
    export const dieOnce = marker => die_once(marker)
    export const spin = marker => { touch(marker); for (;;); }
"""
FUNCTIONS = {name: getattr(process_functions, name) for name in ("die", "kill", "die_once", "touch")}


def pids(pool: Pool) -> list[int]:
    return [worker.pid for worker in pool.statistics().workers if worker.pid is not None]


def end(pid: int) -> None:
    """Kill a process of a pool, and wait until it is gone, without asking for its exit code."""
    descriptor = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    import select

    select.select([descriptor], [], [], 20)
    os.close(descriptor)


@pytest.fixture
def pool(make_pool: MakePool) -> Pool:
    return make_pool(PROGRAM, processes=1, functions=FUNCTIONS, retries=0)


def test_one_that_was_killed_while_idle_is_replaced(pool: Pool) -> None:
    [before] = pids(pool)
    end(before)
    assert pool.call_sync("f", 1) == 1
    [after] = pids(pool)
    assert before != after
    found = pool.statistics()
    assert (found.restarts, found.retried, found.failed) == (1, 0, 0)


@pytest.mark.parametrize(("function", "arguments", "code"), [("die_", (7,), 7), ("kill_", (), -9)])
def test_the_end_of_one_that_runs_a_call_is_its_error(
    pool: Pool, function: str, arguments: tuple[int, ...], code: int
) -> None:
    with pytest.raises(WorkerDied, match=f"The worker ended with exit code {code} before it answered") as caught:
        pool.call_sync(function, *arguments)
    assert caught.value.exit_code == code
    assert pool.call_sync("f", 1) == 1


def test_one_that_is_killed_from_outside_is_replaced(pool: Pool, tmp_path: Path) -> None:
    marker = tmp_path / "marker"

    async def main() -> None:
        call = asyncio.create_task(pool.call("spin", str(marker)))
        while not marker.exists():
            await asyncio.sleep(0)
        os.kill(pids(pool)[0], signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await call
        assert await pool.call("f", 1) == 1

    asyncio.run(main())


def test_a_call_is_made_again(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool(PROGRAM, processes=1, functions=FUNCTIONS, retries=1)
    assert pool.call_sync("dieOnce", str(tmp_path / "marker")) == "done"
    found = pool.statistics()
    assert (found.calls, found.failed, found.retried, found.restarts) == (1, 0, 1, 1)


@pytest.mark.slow
def test_a_call_is_made_again_so_often(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, processes=1, functions=FUNCTIONS, retries=2)
    with pytest.raises(WorkerDied):
        pool.call_sync("die_", 1)
    found = pool.statistics()
    assert (found.calls, found.failed, found.retried, found.restarts) == (1, 1, 2, 3)


def test_calls_that_wait_are_not_lost(pool: Pool) -> None:
    async def main() -> None:
        calls = [pool.call("kill_"), *(pool.call("f", n) for n in range(20))]
        first, *others = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(first, WorkerDied)
        assert others == list(range(20))

    asyncio.run(main())


# ---- sessions


def test_the_call_of_a_session_is_not_made_again(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool(PROGRAM, processes=1, functions=FUNCTIONS, retries=5)
    with pytest.raises(WorkerDied):
        pool.call_sync("dieOnce", str(tmp_path / "marker"), key="a")
    assert pool.call_sync("dieOnce", str(tmp_path / "marker"), key="a") == "done"


def test_each_session_that_is_lost_is_told_once(pool: Pool) -> None:
    for key in ("a", "b", "c"):
        assert pool.call_sync("count", key=key) == 1
    with pytest.raises(WorkerDied, match="exit code 3"):
        pool.call_sync("die_", 3, key="a")
    assert pool.call_sync("count", key="a") == 1
    with pytest.raises(WorkerDied, match="The process that had the session 'b' ended, and the session with it"):
        pool.call_sync("count", key="b")
    assert pool.call_sync("count", key="b") == 1
    pool.end_session_sync("c")
    assert [pool.call_sync("count", key=key) for key in "abc"] == [2, 2, 1]


def test_a_session_that_is_lost_while_idle_is_told(pool: Pool) -> None:
    assert pool.call_sync("count", key="a") == 1
    end(pids(pool)[0])
    with pytest.raises(WorkerDied, match="the session with it"):
        pool.call_sync("count", key="a")
    assert pool.call_sync("count", key="a") == 1


# ---- starting


@pytest.mark.slow
def test_one_that_is_killed_while_it_starts_is_started_again(
    make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snapjs._pool.process import ProcessMachine

    left = 3
    wait = ProcessMachine.wait_until_ready

    def kill_some(machine: ProcessMachine) -> None:
        nonlocal left
        if left:
            left -= 1
            assert machine.pid is not None
            os.kill(machine.pid, signal.SIGKILL)
        wait(machine)

    monkeypatch.setattr(ProcessMachine, "wait_until_ready", kill_some)
    pool = make_pool(PROGRAM, processes=1, functions=FUNCTIONS)
    assert (pool.call_sync("f", 1), pool.statistics().restarts) == (1, 3)


@pytest.mark.slow
def test_one_that_never_starts_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from snapjs._pool.process import ProcessMachine

    wait = ProcessMachine.wait_until_ready

    def kill(machine: ProcessMachine) -> None:
        assert machine.pid is not None
        os.kill(machine.pid, signal.SIGKILL)
        wait(machine)

    monkeypatch.setattr(ProcessMachine, "wait_until_ready", kill)
    with pytest.raises(PoolError, match="ended 10 times before it was ready, the last time with exit code -9"):
        Pool(PROGRAM, processes=1, functions=FUNCTIONS)


# ---- memory


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says what memory is shared")
def test_the_memory_of_the_program_is_shared(make_pool: MakePool) -> None:
    size = 48 << 20
    pool = make_pool(
        f"const kept = new Uint8Array({size}).fill(7); export const f = () => kept[{size} - 1]", processes=2
    )
    assert [pool.call_sync("f", key=n) for n in range(4)] == [7] * 4
    private = [memory(pid)["Private_Dirty"] for pid in pids(pool)]
    shared = [memory(pid)["Rss"] for pid in pids(pool)]
    assert max(private) < size, (private, shared)


def memory(pid: int) -> dict[str, int]:
    """Bytes by name, of `smaps_rollup`."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines}
