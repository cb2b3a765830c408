"""Pools at the end of the process that made them."""

import os
from pathlib import Path

import pytest
from fresh import SECONDS, interrupt, is_there, run, started

pytestmark = pytest.mark.slow

KINDS = pytest.mark.parametrize("kind", ["workers=2", "processes=2"])


def wait_until_gone(pid: int) -> None:
    import time

    ends = time.monotonic() + SECONDS
    while is_there(pid):
        assert time.monotonic() < ends
        os.sched_yield()


@KINDS
def test_a_pool_that_is_idle_ends(tmp_path: Path, kind: str) -> None:
    assert run(tmp_path, f"pool = Pool(PROGRAM, functions=FUNCTIONS, {kind})\nprint(pool.call_sync('f', 1))") == "1\n"


@KINDS
@pytest.mark.parametrize("function", ["spin", "sleep"])
def test_a_call_of_a_daemon_thread_is_ended(tmp_path: Path, kind: str, function: str) -> None:
    program = f"""
        pool = Pool(PROGRAM, functions=FUNCTIONS, {kind})
        def call():
            try:
                pool.call_sync({function!r})
            except ClosedError:
                pass
        threading.Thread(target=call, daemon=True).start()
        while not pool.statistics().running:
            pass
    """
    assert run(tmp_path, program) in ("", f"{function}s\n")


def test_a_function_of_the_host_is_waited_for(tmp_path: Path) -> None:
    program = """
        pool = Pool(PROGRAM, functions=FUNCTIONS, workers=1)
        async def main():
            task = asyncio.create_task(pool.call("work"))
            while not pool.statistics().running:
                await asyncio.sleep(0)
            task.cancel()
        asyncio.run(main())
        del pool
        gc.collect()
    """
    assert run(tmp_path, program) in ("", "works\nhas worked\n")


def test_calls_of_other_threads_come_to_their_end(tmp_path: Path) -> None:
    program = """
        pool = Pool(PROGRAM, functions=FUNCTIONS, workers=1)
        threading.Thread(target=lambda: print(pool.call_sync("work"))).start()
    """
    assert run(tmp_path, program) == "works\nhas worked\ndone\n"


@KINDS
def test_an_exit_function_cannot_use_it(tmp_path: Path, kind: str) -> None:
    program = f"""
        import atexit
        def use():
            try:
                pool.call_sync("f", 1)
            except ClosedError:
                print("closed")
        # before those of snapjs, so after them
        pool = None
        atexit.register(use)
        atexit.unregister(_end_all)
        atexit.register(_end_all)
        pool = Pool(PROGRAM, functions=FUNCTIONS, {kind})
    """
    assert (
        run(
            tmp_path,
            "from snapjs._pool.worker import _end_all\n" + "\n".join(line[8:] for line in program.splitlines()),
        )
        == "closed\n"
    )


@KINDS
@pytest.mark.parametrize("function", ["spin", "sleep", "work"])
def test_ctrl_c_ends_a_call(tmp_path: Path, kind: str, function: str) -> None:
    program = f"""
        with Pool(PROGRAM, functions=FUNCTIONS, {kind}) as pool:
            try:
                pool.call_sync({function!r})
            except KeyboardInterrupt:
                print("interrupted")
            print(pool.call_sync("f", 1))
    """
    with started(tmp_path, program) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{function}s\n"
        interrupt(process)
        out, err = process.communicate(timeout=SECONDS)
    assert (out.replace("has worked\n", ""), err, process.returncode) == ("interrupted\n1\n", "", 0)


@KINDS
def test_ctrl_c_ends_an_event_loop(tmp_path: Path, kind: str) -> None:
    program = f"""
        async def tick():
            while True:  # a signal that comes just before a loop falls asleep does not wake it
                await asyncio.sleep(0.01)

        async def run():
            async with Pool(PROGRAM, functions=FUNCTIONS, {kind}) as pool:
                await asyncio.gather(tick(), *(pool.call("spin") for _ in range(10)))
        try:
            asyncio.run(run())
        except KeyboardInterrupt:
            print("interrupted")
    """
    with started(tmp_path, program) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "spins\n"
        interrupt(process)
        out, err = process.communicate(timeout=SECONDS)
    assert (out.replace("spins\n", ""), err, process.returncode) == ("interrupted\n", "", 0)


# ---- fork


def test_a_fork_does_not_have_the_workers(tmp_path: Path) -> None:
    program = """
        pool = Pool(PROGRAM, functions=FUNCTIONS, workers=2)
        pool.call_sync("f", 1)
        pid = os.fork()
        if pid == 0:
            try:
                pool.call_sync("f", 1)
            except PoolError as error:
                print(error)
            try:
                asyncio.run(pool.call("f", 1))
            except PoolError as error:
                print(error)
            with Pool(PROGRAM, functions=FUNCTIONS, workers=1) as other:
                print(other.call_sync("f", 2))
            sys.exit()
        print(os.waitpid(pid, 0)[1], pool.call_sync("f", 3))
    """
    text = "This pool was made before the process was forked, and its workers are not here. Make another."
    assert run(tmp_path, program) == f"{text}\n{text}\n2\n0 3\n"


@pytest.mark.parametrize("end", ["pass", "pool.close()", "pool.close(cancel=True)", "del pool; gc.collect()"])
@KINDS
def test_the_end_of_a_fork_does_not_end_the_workers(tmp_path: Path, kind: str, end: str) -> None:
    program = f"""
        pool = Pool(PROGRAM, functions=FUNCTIONS, {kind})
        pool.call_sync("f", 1, key="session")
        before = [worker.pid for worker in pool.statistics().workers]
        pid = os.fork()
        if pid == 0:
            {end}
            sys.exit()
        print(os.waitpid(pid, 0)[1], pool.call_sync("f", 2, key="session"))
        print(pool.statistics().restarts, before == [worker.pid for worker in pool.statistics().workers])
    """
    assert run(tmp_path, program) == "0 2\n0 True\n"


def test_a_fork_while_a_call_runs_ends(tmp_path: Path) -> None:
    program = """
        pool = Pool(PROGRAM, functions=FUNCTIONS, workers=1)
        thread = threading.Thread(target=lambda: pool.call_sync("work"))
        thread.start()
        while not pool.statistics().running:
            pass
        pid = os.fork()
        if pid == 0:
            pool.close()
            sys.exit()
        print(os.waitpid(pid, 0)[1])
        thread.join()
    """
    assert sorted(run(tmp_path, program).split("\n")) == ["", "0", "has worked", "works"]


# ---- the parent is killed


@pytest.mark.parametrize("call", ["None", "pool.call_sync('spin')", "pool.call_sync('sleep')"])
def test_no_worker_is_left_of_a_process_that_is_killed(tmp_path: Path, call: str) -> None:
    program = f"""
        pool = Pool(PROGRAM, functions=FUNCTIONS, processes=2)
        print(*(worker.pid for worker in pool.statistics().workers))
        {call}
        threading.Event().wait()
    """
    with started(tmp_path, program) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2
        if call != "None":
            process.stdout.readline()
        process.kill()
    for pid in pids:
        wait_until_gone(pid)


# ---- a program that cannot be imported


def test_a_program_that_makes_its_pool_when_it_is_imported(tmp_path: Path) -> None:
    import subprocess
    import sys

    file = tmp_path / "program.py"
    file.write_text("from snapjs import Pool\nPool('export const f = () => 1', processes=1)\n")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 1
    assert (
        done.stderr.rstrip()
        .splitlines()[-1]
        .startswith(
            "snapjs.errors.PoolError: A worker process ended 10 times before it was ready, the last time with exit code 1."
        )
    )
