"""Pool.map: results in their order or as they come, over any number of items."""

import asyncio
import gc
import itertools
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gate import Gate

from snapjs import ClosedError, ConversionError, JSError, MissingExport, Pool

MakePool = Callable[..., Pool]

PROGRAM = """
    export const twice = x => 2 * x
    export const later = async x => { await null; return 2 * x }
    export const add = (a, b) => a + b
    export const odd = x => { if (x % 2) throw new RangeError(`odd: ${x}`); return x }
    export const point = x => ({ x })
    export const holdFirst = x => x === 0 ? gate(x) : x
    export const length = value => value.length
"""


@pytest.fixture
def pool(make_pool: MakePool) -> Pool:
    return make_pool(PROGRAM, workers=2)


# ---- in a thread


@pytest.mark.parametrize("function", ["twice", "later"])
def test_results_are_in_the_order_of_the_items(pool: Pool, function: str) -> None:
    assert list(pool.map(function, range(1000))) == list(range(0, 2000, 2))


def test_results_come_as_they_are_there(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate}, workers=2)
    results = pool.map("holdFirst", range(20), ordered=False)
    assert sorted(next(results) for _ in range(19)) == list(range(1, 20))
    gate.open()
    assert list(results) == [0]


def test_an_ordered_result_waits_for_those_before_it(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate}, workers=2)
    results = pool.map("holdFirst", range(20))

    async def main() -> None:
        first = asyncio.create_task(asyncio.to_thread(next, results))
        await gate.wait_async()
        assert not first.done()
        gate.open()
        assert await first == 0

    asyncio.run(main())
    assert list(results) == list(range(1, 20))


def test_several_iterables_end_with_the_shortest(pool: Pool) -> None:
    assert list(pool.map("add", [1, 2, 3], itertools.count(10))) == [11, 13, 15]


def test_there_may_be_no_items(pool: Pool) -> None:
    assert list(pool.map("twice", [])) == []


def test_it_takes_items(pool: Pool) -> None:
    with pytest.raises(TypeError, match="the items to call the function for"):
        pool.map("twice")
    with pytest.raises(TypeError, match="int"):
        pool.map("twice", 7)  # type: ignore[arg-type]


@dataclass
class Point:
    x: int


def test_results_have_a_type(pool: Pool) -> None:
    assert list(pool.map("point", [1, 2], type=Point)) == [Point(1), Point(2)]


def test_items_are_taken_as_results_are(pool: Pool) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    results = pool.map("twice", items())
    assert taken == 0
    assert [next(results) for _ in range(100)] == list(range(2, 202, 2))
    assert taken <= 100 + 4
    results.close()


@pytest.mark.parametrize("ordered", [True, False])
def test_nothing_is_kept_of_results_that_were_taken(pool: Pool, ordered: bool) -> None:
    results = pool.map("twice", itertools.count(), ordered=ordered)
    for _ in range(1000):
        next(results)
    assert len(results._under_way) <= 4
    assert results._arrivals._noted.qsize() <= 8
    results.close()


# ---- on an event loop


@pytest.mark.parametrize("ordered", [True, False])
def test_results_are_awaited(pool: Pool, ordered: bool) -> None:
    async def main() -> list[Any]:
        return [value async for value in pool.map("later", range(500), ordered=ordered)]

    assert sorted(asyncio.run(main())) == list(range(0, 1000, 2))


def test_two_maps_are_awaited_at_once(pool: Pool) -> None:
    async def total(results: Any) -> int:
        return sum([value async for value in results])

    async def main() -> list[int]:
        return await asyncio.gather(*(total(pool.map("twice", range(100))) for _ in range(5)))

    assert asyncio.run(main()) == [9900] * 5


def test_a_wait_for_results_is_cancelled(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate})

    async def main() -> None:
        results = pool.map("holdFirst", range(10))
        waits = asyncio.ensure_future(anext(aiter(results)))
        await gate.wait_async()
        waits.cancel()
        await asyncio.wait([waits])
        gate.open()
        assert [value async for value in results] == list(range(10))

    asyncio.run(main())


# ---- what goes wrong


def outcomes(results: Iterator[Any]) -> list[Any]:
    """Values, and the types of exceptions."""
    found: list[Any] = []
    while True:
        try:
            found.append(next(results))
        except StopIteration:
            return found
        except Exception as error:
            found.append(type(error))


@pytest.mark.parametrize("ordered", [True, False])
def test_an_exception_is_raised_in_its_place_and_the_next_result_can_be_taken(pool: Pool, ordered: bool) -> None:
    found = outcomes(pool.map("odd", range(6), ordered=ordered))
    assert sorted(found, key=str) == sorted([0, JSError, 2, JSError, 4, JSError], key=str)
    if ordered:
        assert found == [0, JSError, 2, JSError, 4, JSError]


@pytest.mark.parametrize("kind", [{"workers": 2}, {"processes": 2}], ids=["threads", "processes"])
def test_an_item_that_cannot_be_converted_is_an_exception_in_its_place(
    make_pool: MakePool, kind: dict[str, int]
) -> None:
    pool = make_pool(PROGRAM, **kind)
    assert outcomes(pool.map("twice", [1, 2, object(), 3])) == [2, 4, ConversionError, 6]


def test_an_exception_of_the_items_is_raised_after_the_results_before_it(pool: Pool) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("mine")

    results = pool.map("twice", items())
    assert next(results) == 2
    with pytest.raises(KeyError, match="mine"):
        next(results)
    assert list(results) == []


def test_a_function_that_is_missing_is_the_exception_of_each_call(pool: Pool) -> None:
    assert outcomes(pool.map("nope", [1, 2])) == [MissingExport, MissingExport]


def test_a_pool_that_is_closed_takes_no_more_items(pool: Pool) -> None:
    results = pool.map("twice", itertools.count())
    assert next(results) == 0
    pool.close()
    with pytest.raises(ClosedError):
        next(results)
    results.close()


def test_timeouts_are_those_of_each_call(make_pool: MakePool) -> None:
    pool = make_pool("export const f = x => { if (x === 1) for (;;); return x }")
    found = outcomes(pool.map("f", range(3), timeout=0.05))
    assert [value if isinstance(value, int) else value.__name__ for value in found] == [0, "TimeLimitError", 2]


# ---- the end


def test_it_is_closed(pool: Pool) -> None:
    results = pool.map("twice", itertools.count())
    assert next(results) == 0
    results.close()
    results.close()
    assert list(results) == []
    assert pool.call_sync("twice", 1) == 2


def test_calls_under_way_end_with_it(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM + "export const spin = x => { for (;;); }", workers=2)
    results = pool.map("spin", itertools.count())
    results._fill()
    results.close()
    assert pool.call_sync("twice", 1, queue_timeout=10) == 2


def test_one_that_nobody_has_ends(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM + "export const spin = x => x && (() => { for (;;); })()", workers=2)
    for _ in pool.map("spin", itertools.count()):
        break
    gc.collect()
    assert pool.call_sync("twice", 1, queue_timeout=10) == 2


# ---- progress


PROGRESS = """
import sys
from snapjs import Pool
with Pool("export const twice = x => 2 * x", workers=1) as pool:
    items = {items}
    assert list(pool.map("twice", items, progress=True)) == [0, 2, 4]
"""


def run_on_terminal(items: str) -> str:
    """What a program with a map writes to a terminal."""
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRESS.format(items=items)], stderr=child, env=environment
    ) as process:
        os.close(child)
        text = b""
        while data := read(parent):
            text += data
        assert process.wait(20) == 0
    os.close(parent)
    return text.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # what a terminal says that nobody has any more
        return b""


@pytest.mark.slow
def test_a_bar_is_shown_on_a_terminal() -> None:
    text = run_on_terminal("range(3)")
    assert "100%" in text
    assert text.count("\n") == 1


@pytest.mark.slow
def test_a_bar_is_shown_where_nobody_knows_how_many_items_there_are() -> None:
    assert run_on_terminal("iter(range(3))").count("\n") == 1


@pytest.mark.slow
def test_nothing_is_shown_on_a_pipe(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRESS.format(items="range(3)")], capture_output=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_one_result_is_awaited_by_itself(pool: Pool) -> None:
    async def main() -> Any:
        return await anext(pool.map("twice", [1]))

    assert asyncio.run(main()) == 2


def test_the_rest_of_results_that_were_awaited_is_taken_in_a_thread(pool: Pool) -> None:
    results = pool.map("twice", [1, 2, 3])

    async def main() -> Any:
        return await anext(results)

    assert [asyncio.run(main()), *results] == [2, 4, 6]
