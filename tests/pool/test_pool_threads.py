"""Pools that many threads and event loops call at once, and in odd ways."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from snapjs import JSError, Pool, SnapjsError

MakePool = Callable[..., Pool]

PROGRAM = """
    export const add = (a, b) => a + b
    export const later = async value => { await new Promise(resolve => setTimeout(resolve, 0)); return value }
    export const count = () => globalThis.n = (globalThis.n ?? 0) + 1
    export const fail = value => { throw new Error(String(value)) }
    export const look = async () => [look_(), await lookLater()]
    export const raise_ = kind => raise(kind)
    export const raiseLater_ = async kind => await raiseLater(kind)
"""


def test_threads_have_their_own_results(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=2)

    def work(thread: int) -> list[Any]:
        return [pool.call_sync("add", thread * 1000, n) for n in range(200)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(work, range(8)))
    assert found == [[thread * 1000 + n for n in range(200)] for thread in range(8)]


def test_event_loops_have_their_own_results(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=2)

    async def main(loop: int) -> list[Any]:
        return await asyncio.gather(*(pool.call("later", (loop, n)) for n in range(50)))

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda loop: asyncio.run(main(loop)), range(4)))
    assert found == [[[loop, n] for n in range(50)] for loop in range(4)]


def test_threads_and_loops_map_at_once(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=2)

    async def total() -> int:
        return sum([value async for value in pool.map("later", range(100), ordered=False)])

    jobs: list[Callable[[], int]] = [
        lambda: sum(pool.map("add", range(100), range(100))),
        lambda: asyncio.run(total()),
    ]
    with ThreadPoolExecutor(6) as threads:
        found = [future.result() for future in [threads.submit(job) for job in jobs * 3]]
    assert found == [9900, 4950] * 3


def test_exceptions_are_those_of_each_call(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=2)

    def work(number: int) -> str:
        with pytest.raises(JSError) as caught:
            pool.call_sync("fail", number)
        return caught.value.message

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(200))) == [str(number) for number in range(200)]


def test_sessions_of_threads_are_apart(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=2, sessions=2)

    def work(key: int) -> list[Any]:
        return [pool.call_sync("count", key=key) for _ in range(20)]

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(work, range(6))) == [list(range(1, 21))] * 6


# ---- what is the caller's


def test_the_event_loop_of_a_thread_stays_its_own(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        assert pool.call_sync("later", 1) == 1
        assert asyncio.get_event_loop() is loop
        pool.close()
        assert asyncio.get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


variable = contextvars.ContextVar("variable", default="unset")


@pytest.mark.parametrize("asynchronously", [False, True])
def test_functions_of_the_host_see_what_the_caller_has_set(make_pool: MakePool, asynchronously: bool) -> None:
    async def look_later() -> str:
        await asyncio.sleep(0)
        return variable.get()

    pool = make_pool(PROGRAM, functions={"look_": variable.get, "lookLater": look_later})

    def call() -> Any:
        return asyncio.run(pool.call("look")) if asynchronously else pool.call_sync("look")

    for value in ("a", "b"):
        assert contextvars.copy_context().run(lambda value: (variable.set(value), call())[1], value) == [value, value]
    assert call() == ["unset", "unset"]


def test_what_a_function_of_the_host_sets_is_gone_with_the_call(make_pool: MakePool) -> None:
    async def look_later() -> str:
        variable.set("left")
        return variable.get()

    pool = make_pool(PROGRAM, functions={"look_": variable.get, "lookLater": look_later})
    assert [pool.call_sync("look") for _ in range(2)] == [["unset", "left"], ["unset", "left"]]
    assert variable.get() == "unset"


# ---- exceptions of functions of the host


class Local(SnapjsError):
    """Holds what cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("local")
        self.lock = threading.Lock()


def local() -> SnapjsError:
    class Inner(SnapjsError):
        pass

    return Inner("inner")


@pytest.mark.parametrize("function", ["raise_", "raiseLater_"])
@pytest.mark.parametrize(
    "make",
    [SystemExit, KeyboardInterrupt, lambda: BaseException("base"), MemoryError, RecursionError, Local, local,
     lambda: ExceptionGroup("group", [ValueError()]), lambda: OSError(2, "No such file"), TimeoutError],
    ids=["exit", "interrupt", "base", "memory", "recursion", "unpicklable", "local", "group", "os", "timeout"],
)  # fmt: skip
def test_any_exception_is_raised_where_the_call_is(
    make_pool: MakePool, function: str, make: Callable[[], BaseException]
) -> None:
    error = make()

    def fail(kind: int) -> None:
        raise error

    async def fail_later(kind: int) -> None:
        await asyncio.sleep(0)
        raise error

    pool = make_pool(PROGRAM, functions={"raise": fail, "raiseLater": fail_later})
    with pytest.raises(type(error)) as caught:
        pool.call_sync(function, 1)
    assert caught.value is error or isinstance(error, SnapjsError)
    assert [pool.call_sync("later", n) for n in range(3)] == [0, 1, 2]
    found: list[BaseException] = []

    def call() -> None:
        try:
            asyncio.run(pool.call(function, 1))
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(20)
    assert [type(error) for error in found] == [type(error)]
    assert asyncio.run(pool.call("later", 1, queue_timeout=10)) == 1
