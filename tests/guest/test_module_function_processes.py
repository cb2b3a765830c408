"""A ModuleFunction on its way between processes: what is pickled, and what a process keeps."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import snapjs
from snapjs import JSError, ModuleFunction, SnapshotError, TimeLimitError
from snapjs._functions.offers import offers
from snapjs.module_function import shared

METHODS = [
    pytest.param(name, marks=() if name == "fork" else pytest.mark.slow)
    for name in multiprocessing.get_all_start_methods()
]
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
COUNTER = "let n = 0; export default () => ++n; export const add = (a, b) => a + b"


def small(function: ModuleFunction) -> bytes:
    """What is sent to a process that runs already."""
    return bytes(ForkingPickler.dumps(function))


def process_and_result(function: Callable[[], Any]) -> tuple[int, Any]:
    return os.getpid(), function()


def result_in_another_thread(function: Callable[[], Any]) -> Any:
    results: list[Any] = []
    thread = Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


# ---- what a process keeps


def test_a_second_copy_in_a_process_is_the_first() -> None:
    data = pickle.dumps(ModuleFunction(COUNTER))
    assert pickle.loads(data) is pickle.loads(data)


def test_a_copy_goes_on_where_the_last_task_left_it() -> None:
    data = pickle.dumps(ModuleFunction(COUNTER))
    assert [pickle.loads(data)(), pickle.loads(data)()] == [1, 2]


def test_a_copy_is_not_the_function_itself() -> None:
    count = ModuleFunction(COUNTER)
    assert pickle.loads(pickle.dumps(count)) is not count


def test_each_thread_of_a_process_has_a_vm_of_its_own() -> None:
    copy = pickle.loads(pickle.dumps(ModuleFunction(COUNTER)))
    assert [copy(), copy(), result_in_another_thread(copy)] == [1, 2, 1]


@pytest.mark.parametrize("draw", ["Math.random()", "crypto.randomUUID()"])
def test_chance_repeats_in_no_thread_and_no_copy(draw: str) -> None:
    function = ModuleFunction(f"export default () => {draw}")
    copy = pickle.loads(pickle.dumps(function))
    drawn = [function(), result_in_another_thread(function), copy(), result_in_another_thread(copy)]
    assert len(set(drawn)) == 4


def test_one_that_goes_without_its_state_is_not_the_copy_that_has_it() -> None:
    count = ModuleFunction(COUNTER)
    assert pickle.loads(pickle.dumps(shared(count))) is not pickle.loads(pickle.dumps(count))


def test_options_come_along() -> None:
    spin = pickle.loads(pickle.dumps(ModuleFunction("export default () => { for (;;); }", timeout=0.05)))
    with pytest.raises(TimeLimitError):
        spin()


def test_a_copy_is_pickled_without_having_been_called() -> None:
    data = pickle.dumps(ModuleFunction(COUNTER))
    assert pickle.dumps(pickle.loads(data)) == data


# ---- what is pickled


def test_what_goes_anywhere_has_the_state() -> None:
    add = ModuleFunction(COUNTER, "add")
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer)(2, 3))"
    assert run(program, pickle.dumps(add)).stdout == b"5\n"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickle(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(ModuleFunction(COUNTER, "add"), protocol))(2, 3) == 5


def test_the_state_goes_beside_the_pickle_where_that_can_be() -> None:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(ModuleFunction(COUNTER, "add"), 5, buffer_callback=buffers.append)
    assert len(data) < 500
    assert pickle.loads(data, buffers=buffers)(2, 3) == 5


def test_to_a_process_on_this_machine_goes_the_name_of_a_file() -> None:
    assert len(small(ModuleFunction(COUNTER))) < 500


def test_one_that_every_process_has_goes_without_its_state() -> None:
    add = shared(ModuleFunction(COUNTER, "add"))
    assert len(pickle.dumps(add)) < 400
    assert pickle.loads(pickle.dumps(add))(2, 3) == 5


def test_it_is_written_to_a_file_once() -> None:
    add = ModuleFunction(COUNTER, "add")
    first = pickle.loads(small(add))._source.offer()
    before = os.stat(first).st_mtime_ns
    assert pickle.loads(small(add))._source.offer() == first
    assert os.stat(first).st_mtime_ns == before


@forks
@pytest.mark.parametrize("method", METHODS)
def test_workers_that_run_already_get_what_was_made_later(method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as processes:
        worker = processes.submit(os.getpid).result(60)
        count = ModuleFunction(COUNTER)
        calls = [processes.submit(process_and_result, count) for _ in range(3)]
        assert [call.result(60) for call in calls] == [(worker, 1), (worker, 2), (worker, 3)]


@forks
@pytest.mark.parametrize("method", METHODS)
def test_a_process_that_is_started_with_it(method: str) -> None:
    context = multiprocessing.get_context(method)
    mine, theirs = context.Pipe()
    process = context.Process(target=send_result, args=(ModuleFunction(COUNTER, "add"), theirs))
    process.start()
    theirs.close()
    assert mine.poll(60)
    assert mine.recv() == 5
    process.join(60)


def send_result(function: Callable[[int, int], Any], answer: Any) -> None:
    answer.send(function(2, 3))


@forks
def test_a_forked_process_begins_where_the_module_was_loaded() -> None:
    copy = pickle.loads(pickle.dumps(ModuleFunction(COUNTER)))
    assert copy() == 1
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as processes:
        assert processes.submit(copy).result(60) == 1


@forks
def test_what_it_throws_in_a_process_has_its_attributes() -> None:
    throw = ModuleFunction("export default () => { throw Object.assign(new RangeError('no'), { code: 7 }) }")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as processes:
        error = processes.submit(throw).exception(60)
    assert isinstance(error, JSError)
    assert (error.name, error.message, error.properties) == ("RangeError", "no", {"code": 7})


@forks
def test_a_limit_in_a_process_has_its_attributes_and_the_next_call_a_new_vm() -> None:
    spin = ModuleFunction("let n = 0; export default x => { n++; while (x); return n }", timeout=0.05)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as processes:
        error = processes.submit(spin, True).exception(60)
        assert processes.submit(spin, False).result(60) == 1
    assert isinstance(error, TimeLimitError)
    assert error.limit == 0.05


# ---- what can be gone


def test_a_process_that_was_not_given_the_state_says_so() -> None:
    data = pickle.dumps(shared(ModuleFunction(COUNTER)))
    with pytest.raises(SnapshotError, match=r"was not given to this process\. Call snapjs\.integrations\.dask\.share"):
        pickle.loads(data)()


SEND = """
import sys
from multiprocessing.reduction import ForkingPickler
from snapjs import ModuleFunction
if __name__ == "__main__":
    function = ModuleFunction("export default () => 'sent'")
    sys.stdout.buffer.write(ForkingPickler.dumps(function))
"""


def run(program: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(snapjs.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", program], input=given, env=environment, capture_output=True, check=True
    )


@pytest.fixture(scope="module")
def orphan() -> bytes:
    """A function from a process that has ended."""
    return run(SEND).stdout


def test_it_can_be_unpickled_when_its_sender_is_gone_so_that_no_worker_ends(orphan: bytes) -> None:
    assert repr(pickle.loads(orphan)).startswith("ModuleFunction('default', snapshot ")


@pytest.mark.parametrize("use", [lambda function: function(), pickle.dumps, ForkingPickler.dumps])
def test_what_needs_the_state_of_a_sender_that_is_gone_says_so(orphan: bytes, use: Callable[[Any], Any]) -> None:
    with pytest.raises(SnapshotError, match=r"of this function is not to be had: .* has ended, or .* pickle\.dumps"):
        use(pickle.loads(orphan))


def test_a_process_that_has_read_it_needs_its_sender_no_more() -> None:
    add = ModuleFunction(COUNTER, "add")
    data = small(add)
    kept = pickle.loads(pickle.dumps(add))
    assert kept(2, 3) == 5
    os.unlink(offers.add(kept._source.id, lambda path: None))
    del add
    assert pickle.loads(data)(2, 3) == 5
