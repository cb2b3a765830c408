"""Pool: calls, values, and what a program may be."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import msgspec
import pytest
from pool_program import PROGRAM

from snapjs import VM, ClosedError, ConversionError, JSError, MissingExport, ModuleNotFound, Pool, PoolError

MakePool = Callable[..., Pool]


def test_it_calls_what_the_module_exports(pool: Pool) -> None:
    assert pool.call_sync("add", 2, 3) == 5


def test_a_call_is_awaited(pool: Pool) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*(pool.call("add", n, 1) for n in range(20)))

    assert asyncio.run(main()) == list(range(1, 21))


def test_a_promise_is_waited_for(pool: Pool) -> None:
    assert pool.call_sync("later", "x") == "x"


def test_a_promise_is_waited_for_where_an_event_loop_runs(pool: Pool) -> None:
    async def main() -> Any:
        return pool.call_sync("later", "x")

    assert asyncio.run(main()) == "x"


def test_an_export_that_is_no_function(make_pool: MakePool) -> None:
    words = "What the program exports as 'answer' is no function. Export one that gives it."
    with pytest.raises(MissingExport, match=re.escape(words)):
        make_pool("export const answer = 42; export const f = () => answer").call_sync("answer")


def test_a_path_leads_to_a_method(pool: Pool) -> None:
    assert pool.call_sync("default.twice", 21) == 42


@pytest.mark.parametrize("name", ["nope", "word", "add.nope", "default.factor", "", "nope.deeper"])
def test_what_is_no_function_is_missing(pool: Pool, name: str) -> None:
    with pytest.raises(MissingExport) as caught:
        pool.call_sync(name)
    assert caught.value.export == name
    assert caught.value.exports == (
        "add", "count", "default", "fail", "later", "never", "same", "sleep", "spin", "word"
    )  # fmt: skip
    assert pool.call_sync("add", 1, 1) == 2


def test_the_name_of_an_export_may_have_dots(make_pool: MakePool) -> None:
    pool = make_pool("const f = () => 'dotted'; export { f as 'a.b' }")
    assert pool.call_sync("a.b") == "dotted"


@pytest.mark.parametrize("name", [7, None, b"add"])
def test_the_name_of_a_function_is_a_str(pool: Pool, name: Any) -> None:
    with pytest.raises(TypeError, match="the name of a function"):
        pool.call_sync(name)


# ---- values


@dataclass
class Point:
    x: int
    y: float | None = None


class Named(msgspec.Struct):
    name: str


class Pair(TypedDict):
    a: int
    b: list[str]


@pytest.mark.parametrize(
    ("type", "value", "expected"),
    [
        (Point, {"x": 1, "y": 2.5}, Point(1, 2.5)),
        (Named, {"name": "é"}, Named("é")),
        (Pair, {"a": 1, "b": ["c"]}, {"a": 1, "b": ["c"]}),
        (datetime, datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        (list[int], [1, 2], [1, 2]),
        (bytes, b"abc", b"abc"),
    ],
)
@pytest.mark.parametrize("function", ["same", "later"])
def test_a_result_is_converted_to_its_type(pool: Pool, function: str, type: Any, value: Any, expected: object) -> None:
    assert pool.call_sync(function, value, type=type) == expected


def test_a_missing_member_may_be_undefined(make_pool: MakePool) -> None:
    pool = make_pool("export const f = () => ({ x: 1, y: undefined })")
    assert pool.call_sync("f", type=Point) == Point(1, None)


@pytest.mark.parametrize("function", ["same", "later"])
def test_a_result_of_another_type_is_refused(pool: Pool, function: str) -> None:
    with pytest.raises(ConversionError) as caught:
        pool.call_sync(function, {"x": "1"}, type=Point)
    assert caught.value.path == "$.x"
    assert pool.call_sync("add", 1, 1) == 2


def test_bytes_go_there_and_come_back(pool: Pool) -> None:
    data = bytes(range(256)) * 4096
    assert pool.call_sync("same", data) == data


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ("() => 1", "$"),
        ("{ a: [1, () => 1] }", "$.a[1]"),
        ("new Proxy({}, {})", "$"),
        ("new Map([[1, Symbol('local')]])", "$[1]"),
        ("Promise.resolve([class {}])", "$[0]"),
    ],
)
def test_a_result_that_lives_in_the_vm_is_refused(make_pool: MakePool, result: str, path: str) -> None:
    pool = make_pool(f"export const f = () => ({result}); export const g = () => 1")
    with pytest.raises(ConversionError) as caught:
        pool.call_sync("f")
    assert caught.value.path == path
    assert pool.call_sync("g") == 1


def test_an_error_may_be_a_result(make_pool: MakePool) -> None:
    pool = make_pool("export const f = () => [new RangeError('far', { cause: new Error('near') })]")
    [error] = pool.call_sync("f")
    assert (type(error), error.name, error.message, error.handle, error.cause.handle) == (
        JSError, "RangeError", "far", None, None
    )  # fmt: skip


# ---- programs


def test_a_file_imports_from_its_folder(make_pool: MakePool, tmp_path: Path) -> None:
    (tmp_path / "main.ts").write_text("import { n } from './n.js'; export const twice = (x: number): number => n * x")
    (tmp_path / "n.js").write_text("export const n = 2")
    assert make_pool(tmp_path / "main.ts").call_sync("twice", 4) == 8
    assert make_pool(str(tmp_path / "main.ts")).call_sync("twice", 5) == 10


def test_what_it_imports_can_be_given(make_pool: MakePool) -> None:
    pool = make_pool(
        "export { default } from 'x'; export const y = () => import('y')", modules={"x": "export default () => 'x'"}
    )
    assert pool.call_sync("default") == "x"
    with pytest.raises(ModuleNotFound, match="no module 'y'"):
        pool.call_sync("y")


def test_a_module_may_await(make_pool: MakePool) -> None:
    pool = make_pool("const n = await new Promise(r => setTimeout(r, 1, 7)); export const f = () => n")
    assert pool.call_sync("f") == 7


def test_a_snapshot_is_a_program(make_pool: MakePool) -> None:
    with VM() as vm:
        vm.eval("const shout = s => s.toUpperCase(); var tools = { n: 3, get() { return this.n } }; function f() {}; 0")
        pool = make_pool(vm.snapshot())
    assert pool.call_sync("shout", "a") == "A"
    assert pool.call_sync("tools.get") == 3
    for name in ("missing", "1", "shout()", "tools.n", "shout;shout", ""):
        with pytest.raises(MissingExport):
            pool.call_sync(name)


@pytest.mark.parametrize(
    ("module", "error"),
    [
        ("export const = 1", JSError),
        ("throw new Error('at load')", JSError),
        ("import 'nowhere'", ImportError),
        (Path("/nowhere.js"), FileNotFoundError),
        ("/nowhere.js", FileNotFoundError),
        (b"export {}", TypeError),
        (None, TypeError),
    ],
)
def test_a_module_that_fails_makes_no_pool(module: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Pool(module, workers=1)


# ---- functions of the host


def test_functions_of_the_host_are_called(make_pool: MakePool) -> None:
    async def slowly(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    pool = make_pool(
        "export const f = x => double(x); export const g = async x => await slowly(x) * 2",
        functions={"double": lambda x: 2 * x, "slowly": slowly},
    )
    assert (pool.call_sync("f", 4), pool.call_sync("g", 4)) == (8, 10)


def test_an_exception_of_the_host_is_itself(make_pool: MakePool) -> None:
    error = KeyError("mine")

    def fail() -> None:
        raise error

    pool = make_pool("export const f = () => fail()", functions={"fail": fail})
    with pytest.raises(KeyError) as caught:
        pool.call_sync("f")
    assert caught.value is error


# ---- options


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"workers": 0}, ValueError, "workers must be at least 1"),
        ({"workers": 1.5}, TypeError, "workers is a whole number"),
        ({"workers": 1, "processes": 1}, ValueError, "give one of them"),
        ({"processes": 0}, ValueError, "processes must be at least 1"),
        ({"queue": -1}, ValueError, "queue must be at least 0"),
        ({"timeout": 0}, ValueError, "timeout must be more than 0"),
        ({"queue_timeout": "1"}, TypeError, "queue_timeout is in seconds"),
        ({"recycle_after": 0}, ValueError, "recycle_after must be at least 1"),
        ({"max_growth": -1}, ValueError, "max_growth must be between"),
        ({"reset": "always"}, ValueError, 'reset is None or "call"'),
        ({"health": 7}, TypeError, "health, a function's name"),
        ({"sessions": 0}, ValueError, "sessions must be at least 1"),
        ({"retries": -1}, ValueError, "retries must be at least 0"),
        ({"memory_limit": 1}, ValueError, "memory_limit must be between"),
        ({"nonsense": 1}, TypeError, "nonsense"),
    ],
)
def test_options_are_checked(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        Pool(PROGRAM, **options)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("throw new Error('ill')", r"health\(\) failed: Error: ill"),
        ("return false", r"health\(\) returned false"),
        ("return Promise.reject(1)", r"health\(\) failed: number: 1"),
    ],
)
def test_a_program_that_is_not_well_makes_no_pool(body: str, text: str) -> None:
    with pytest.raises(PoolError, match=text):
        Pool(f"export function health() {{ {body} }}", workers=1, health="health")


def test_a_check_that_is_missing_makes_no_pool() -> None:
    with pytest.raises(PoolError, match="no function 'health'"):
        Pool(PROGRAM, workers=1, health="health")


def test_the_check_warms_up(make_pool: MakePool) -> None:
    pool = make_pool(
        "let warm = 0; export const warmUp = async () => { warm++ }; export const f = () => warm",
        health="warmUp",
        reset="call",
    )
    assert [pool.call_sync("f"), pool.call_sync("f")] == [1, 1]


def test_a_pool_is_not_pickled(pool: Pool) -> None:
    import pickle

    with pytest.raises(TypeError, match="use a ModuleFunction"):
        pickle.dumps(pool)


def test_it_is_closed(pool: Pool) -> None:
    assert repr(pool) == "<Pool of 1 threads>"
    pool.close()
    pool.close()
    assert repr(pool) == "<Pool of 1 threads, closed>"
    with pytest.raises(ClosedError, match="This pool is closed"):
        pool.call_sync("add", 1, 1)
    with pytest.raises(ClosedError, match="This pool is closed"):
        asyncio.run(pool.call("add", 1, 1))


def test_a_pool_that_nobody_has_ends() -> None:
    import gc
    import threading

    pool = Pool(PROGRAM, workers=1)
    [thread] = [thread for thread in threading.enumerate() if thread.name == "snapjs-thread-1"]
    pool.call_sync("add", 1, 1)
    del pool
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
