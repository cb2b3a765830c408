"""Pools of processes: what crosses to them and back."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import process_functions
import pytest

from snapjs import (
    ConversionError,
    JSError,
    MemoryLimitError,
    MissingExport,
    Pool,
    PoolError,
    QueueFull,
    StackLimitError,
    StillPending,
    TimeLimitError,
    undefined,
)
from snapjs.values import BigInt, RegExp

MakePool = Callable[..., Pool]

PROGRAM = """
    let n = 0
    export const add = (a, b) => a + b
    export const same = value => value
    export const later = async value => { await new Promise(resolve => setTimeout(resolve, 1)); return value }
    export const make = source => (0, eval)(`(${source})`)
    export const kind = value => Object.prototype.toString.call(value)
    export const count = () => ++n
    export const fail = () => {
        throw Object.assign(new RangeError("far", { cause: new Error("near") }), { code: 7, when: new Date(0) })
    }
    export const failWith = value => { throw value }
    export const spin = () => { for (;;); }
    export const nest = () => nest() + 1
    export const fill = () => { const kept = []; for (;;) kept.push(new Uint8Array(1 << 20)) }
    export const never = () => new Promise(() => {})
    export const log = text => console.log(text)
    export const double_ = x => double(x)
    export const doubleLater = async x => await double_later(x)
    export const failing = kind => raise_it(kind)
    export const failingLater = async kind => await raise_later(kind)
    export const pid_ = () => pid()
"""
FUNCTIONS = {
    name: getattr(process_functions, name) for name in ("double", "double_later", "raise_it", "raise_later", "pid")
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """A pool of one process, for tests that leave it as it is."""
    with Pool(PROGRAM, processes=1, functions=FUNCTIONS, memory_limit=64 << 20) as pool:
        yield pool


@dataclass
class Point:
    x: int
    y: float | None = None


# ---- values


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -1, 2**53 - 1, 1.5, float("inf"), "", "é😀\0", b"", b"bytes", [], [1, [2]],
        {}, {"a": {"b": [None]}}, datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC), {1, 2}, {"1": 2, "b": 3},
        "a" * 100_000, bytes(1 << 20),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
@pytest.mark.parametrize("function", ["same", "later"])
def test_a_value_goes_there_and_comes_back(pool: Pool, function: str, value: object) -> None:
    found = pool.call_sync(function, value)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("undefined", None),
        ("[undefined]", [undefined]),
        ("-0", 0),
        ("10n ** 30n", 10**30),
        ("new Date(0)", datetime(1970, 1, 1, tzinfo=UTC)),
        ("new Map([[{}, 1]]).size", 1),
        ("new Map([['a', new Set([1])]])", {"a": {1}}),
        ("new Uint8Array([1, 2])", b"\1\2"),
        ("new Uint8Array([1, 2]).buffer", b"\1\2"),
        ("[1, , 3].length", 3),
    ],
)
def test_a_result_comes_here(pool: Pool, source: str, expected: object) -> None:
    found = pool.call_sync("make", source)
    if source == "undefined":
        assert found in (None, undefined)
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("source", "format", "items"),
    [
        ("new Float64Array([1.5])", "d", [1.5]),
        ("new Int16Array([-1])", "h", [-1]),
        ("new BigInt64Array([1n])", "q", [1]),
    ],
)
def test_a_typed_array_comes_here_and_goes_back(pool: Pool, source: str, format: str, items: list[object]) -> None:
    found = pool.call_sync("make", source)
    assert (found.format, found.tolist()) == (format, items)
    assert pool.call_sync("same", found).tolist() == items


def test_a_regular_expression_comes_here(pool: Pool) -> None:
    assert pool.call_sync("make", "/a/gi") == RegExp("a", "gi")


def test_a_bigint_goes_there(pool: Pool) -> None:
    assert pool.call_sync("kind", BigInt(1)) == "[object BigInt]"


def test_a_circle_goes_there_and_comes_back(pool: Pool) -> None:
    value: dict[str, Any] = {"list": [1]}
    value["self"] = value
    value["again"] = value["list"]
    found = pool.call_sync("same", value)
    assert found["self"] is found
    assert found["again"] is found["list"]


def test_undefined_goes_there(pool: Pool) -> None:
    assert pool.call_sync("kind", undefined) == "[object Undefined]"


def test_a_result_has_a_type(pool: Pool) -> None:
    assert pool.call_sync("same", {"x": 1, "y": 2.5}, type=Point) == Point(1, 2.5)
    with pytest.raises(ConversionError) as caught:
        pool.call_sync("same", {"x": "1"}, type=Point)
    assert caught.value.path == "$.x"


@pytest.mark.parametrize("value", [object(), lambda: None, [print], Point])
def test_what_is_no_data_cannot_go_there(pool: Pool, value: object) -> None:
    with pytest.raises(ConversionError):
        pool.call_sync("same", value)


@pytest.mark.parametrize(
    ("source", "path"), [("[1, () => 1]", "$[1]"), ("({ a: Symbol('s') })", "$.a"), ("new Proxy([], {})", "$")]
)
def test_what_lives_in_the_vm_cannot_come_here(pool: Pool, source: str, path: str) -> None:
    with pytest.raises(ConversionError) as caught:
        pool.call_sync("make", source)
    assert caught.value.path == path


# ---- errors


def test_an_error_has_its_attributes(pool: Pool) -> None:
    with pytest.raises(JSError) as caught:
        pool.call_sync("fail")
    error = caught.value
    assert (error.name, error.message, error.properties) == (
        "RangeError", "far", {"code": 7, "when": datetime(1970, 1, 1, tzinfo=UTC)}
    )  # fmt: skip
    assert (error.cause.message, error.__cause__ is error.cause, error.handle) == ("near", True, None)
    assert error.stack is not None
    assert "fail" in error.stack


def test_any_value_is_thrown(pool: Pool) -> None:
    with pytest.raises(JSError) as caught:
        pool.call_sync("failWith", {"a": 1})
    assert caught.value.value == {"a": 1}


@pytest.mark.parametrize(
    ("function", "error"),
    [("nope", MissingExport), ("never", StillPending), ("nest", StackLimitError), ("fill", MemoryLimitError)],
)
def test_an_error_is_of_its_type(pool: Pool, function: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        pool.call_sync(function)
    assert pool.call_sync("add", 1, 1) == 2


def test_a_call_runs_for_so_long(pool: Pool) -> None:
    with pytest.raises(TimeLimitError) as caught:
        pool.call_sync("spin", timeout=0.02)
    assert caught.value.limit == 0.02


# ---- functions of the host


def test_functions_of_modules_are_called_there(pool: Pool) -> None:
    assert (pool.call_sync("double_", 4), pool.call_sync("doubleLater", 5)) == (8, 10)
    assert pool.call_sync("pid_") == pool.statistics().workers[0].pid != os.getpid()


@pytest.mark.parametrize("function", ["failing", "failingLater"])
@pytest.mark.parametrize(
    ("kind", "error", "arguments"),
    [
        ("kept", process_functions.Kept, ({"a": [1]},)),
        ("exit", SystemExit, (3,)),
        ("interrupt", KeyboardInterrupt, ()),
        ("base", BaseException, ("base",)),
        ("os", FileNotFoundError, (2, "No such file")),
        (
            "odd",
            PoolError,
            ("A function of the host raised what cannot leave its process: process_functions.Odd: 1 and 2",),
        ),
    ],
)
def test_an_exception_of_the_host_comes_here(
    pool: Pool, function: str, kind: str, error: type[BaseException], arguments: tuple[Any, ...]
) -> None:
    before = pool.statistics().workers[0].pid
    with pytest.raises(error) as caught:
        pool.call_sync(function, kind)
    assert (type(caught.value), caught.value.args) == (error, arguments)
    assert (pool.call_sync("add", 1, 1), pool.statistics().workers[0].pid) == (2, before)


@pytest.mark.parametrize("kind", ["unpicklable", "unspeakable"])
def test_an_exception_that_cannot_leave_is_told(pool: Pool, kind: str) -> None:
    before = pool.statistics().workers[0].pid
    with pytest.raises(PoolError, match="raised what cannot leave its process"):
        pool.call_sync("failing", kind)
    assert (pool.call_sync("add", 1, 1), pool.statistics().workers[0].pid) == (2, before)


def test_a_function_that_is_of_no_module_is_refused() -> None:
    with pytest.raises(TypeError, match="An option cannot be sent to a worker process"):
        Pool(PROGRAM, processes=1, functions={"f": lambda: 1})


def test_console_writes_to_stdout(pool: Pool, tmp_path: Path) -> None:
    from fresh import run

    assert (
        run(
            tmp_path,
            "with Pool('export const f = () => console.log(\"said\")', processes=1) as pool: pool.call_sync('f')",
        )
        == "said\n"
    )


# ---- as with threads


def test_calls_are_awaited(pool: Pool) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*(pool.call("add", n, 1) for n in range(100)))

    assert asyncio.run(main()) == list(range(1, 101))


def test_a_map_is_ordered(pool: Pool) -> None:
    assert list(pool.map("add", range(100), range(100))) == list(range(0, 200, 2))


def test_sessions_last(pool: Pool) -> None:
    key = object()
    assert [pool.call_sync("count", key=key) for _ in range(3)] == [1, 2, 3]
    pool.end_session_sync(key)
    assert pool.call_sync("count", key=key) == 1
    pool.end_session_sync(key)


def test_a_queue_is_full(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, processes=1, queue=0)

    async def main() -> None:
        call = asyncio.create_task(pool.call("spin", timeout=0.2))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            pool.call_sync("add", 1, 1, block=False)
        with pytest.raises(TimeLimitError):
            await call

    asyncio.run(main())


def test_a_vm_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, processes=1, recycle_after=2)
    assert [pool.call_sync("count") for _ in range(5)] == [1, 2, 1, 2, 1]
    assert pool.statistics().restarts == 2


def test_a_program_that_is_not_well_makes_no_pool() -> None:
    with pytest.raises(PoolError, match=r"health\(\) returned false"):
        Pool("export const health = () => false", processes=1, health="health")
