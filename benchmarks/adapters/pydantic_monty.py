"""pydantic-monty: an interpreter of a subset of Python in a process of its own, one for each machine.

It is measured in what needs no JavaScript: each program below does in Python what the one in JavaScript does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from typing import Any, NamedTuple

from benchmarks import calls
from benchmarks.adapter import Adapter, AsyncFunctions, Unsupported
from benchmarks.snapshots import KEEP

_FUNCTIONS = {
    calls.NOTHING: "def called():\n    return 7\n",
    calls.ADD: "def called(a, b):\n    return a + b\n",
    calls.ADD_TEN: "def called(a, b, c, d, e, f, g, h, i, j):\n    return a + b + c + d + e + f + g + h + i + j\n",
    calls.CALL_HOST: (
        "def called(count):\n    sum = 0\n    for i in range(count):\n        sum += host(i)\n    return sum\n"
    ),
    calls.AWAIT_HOST: (
        "async def called(count):\n    sum = 0\n    for i in range(count):\n        sum += await host(i)\n"
        "    return sum\n"
    ),
    calls.AWAIT_ALL: (
        "import asyncio\n"
        "async def called(count):\n    return sum(await asyncio.gather(*[host(i) for i in range(count)]))\n"
    ),
}
_SCRIPTS = {"1+2": "1+2", KEEP: "kept = 42\n0", "kept": "kept"}
_MOST_PROCESSES = 256


class _Machine(NamedTuple):
    session: Any
    functions: Mapping[str, Callable[..., Any]] | None


class PydanticMonty(Adapter):
    requirements = ("pydantic-monty==1.4.0",)
    groups = ("machines", "calls", "snapshots")
    cold_source = (
        "from pydantic_monty import Monty\n"
        "with Monty() as pool, pool.checkout() as session:\n"
        "    assert session.feed_run('1+2') == 3\n"
    )

    def __init__(self) -> None:
        self._package: Any = import_module("pydantic_monty")

    @cached_property
    def _pool(self) -> Any:
        return self._package.Monty(max_processes=_MOST_PROCESSES).__enter__()

    def versions(self) -> dict[str, str]:
        return {"pydantic-monty": version("pydantic-monty")}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        return _Machine(self._pool.checkout().__enter__(), functions)

    def close(self, machine: Any) -> None:
        machine.session.__exit__(None, None, None)

    def eval(self, machine: Any) -> Callable[[str], Any]:
        return lambda code: machine.session.feed_run(_python(_SCRIPTS, code))

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        feed_run, functions = machine.session.feed_run, machine.functions
        feed_run(_python(_FUNCTIONS, code))

        def call(*arguments: int) -> Any:
            return feed_run(f"called({', '.join(map(str, arguments))})", external_lookup=functions)

        return call

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        async with self._package.AsyncMonty() as pool, pool.checkout() as session:
            await session.feed_run(_python(_FUNCTIONS, code))
            start = clock()
            value = await session.feed_run(f"await called({argument})", external_lookup=functions)
            return value, clock() - start

    def snapshot(self, machine: Any) -> Any:
        return machine.session.dump()

    def restore(self, snapshot: Any) -> Any:
        machine = self.create()
        machine.session.load_session(snapshot)
        return machine

    def to_bytes(self, snapshot: Any) -> Any:
        return snapshot

    def from_bytes(self, data: Any) -> Any:
        return data


def _python(programs: Mapping[str, str], code: str) -> str:
    try:
        return programs[code]
    except KeyError:
        raise Unsupported("runs Python, and this is JavaScript") from None


ADAPTER = PydanticMonty
