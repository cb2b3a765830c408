"""pydantic-monty, which runs Python: only what Python has as well is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.adapter import AsyncFunctions
from benchmarks.adapters.pydantic_monty import PydanticMonty
from benchmarks.features import calls, limits, snapshots
from benchmarks.features.subject import Evaluate, NotAsked, Subject

_PROGRAMS = {
    "1+2": "1+2",
    snapshots.CLOSURE: (
        "def counter():\n    kept = 41\n    def count():\n        nonlocal kept\n        kept += 1\n"
        "        return kept\n    return count\ncount = counter()\n0"
    ),
    snapshots.COUNT: "count()",
    limits.OBJECTS: (
        "held = []\nfor i in range(4000000):\n    held.append({'a': i, 'b': [i], 'c': 'x' + str(i)})\nlen(held)"
    ),
    "for (;;) count()": "while True:\n    count()",
    limits.LOOP: "while True:\n    pass",
    "held = null; 0": "held = None\n0",
    "host(41)": "host(41)",
    "globalThis.kept = 41; 0": "kept = 41\n0",
    "kept + 1": "kept + 1",
}
_ALL = (
    "import asyncio\nasync def called(count):\n"
    "    return len(await asyncio.gather(*[host(i) for i in range(count)]))\nawait called({count})"
)


def _python(code: str) -> str:
    if code not in _PROGRAMS:
        raise NotAsked("it runs Python")
    return _PROGRAMS[code]


class PydanticMontySubject(PydanticMonty, Subject):
    def eval(self, machine: Any) -> Callable[[str], Any]:
        return lambda code: machine.session.feed_run(_python(code), external_lookup=machine.functions)

    def create_web(self) -> Any:
        raise NotAsked("it runs Python")

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        if code != calls.ALL:
            raise NotAsked("it runs Python")
        async with self._package.AsyncMonty() as pool, pool.checkout() as session:
            await session.feed_run("1+2")
            start = clock()
            value = await session.feed_run(_ALL.format(count=argument), external_lookup=functions)
            return value, clock() - start

    def suspend(self, path: str) -> None:
        paused = self.create().session.feed_start("40 + ask(40)")
        Path(path).write_bytes(paused.dump())

    def resume(self, path: str) -> Any:
        paused = self.create().session.load_snapshot(Path(path).read_bytes())
        return paused.resume({"return_value": 2}).output

    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        options = {"max_memory": memory, "max_feed_duration_secs": seconds}
        limits = {name: value for name, value in options.items() if value is not None}
        session = self._pool.checkout(limits=limits).__enter__()
        return lambda code: session.feed_run(_python(code))

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        session = self._pool.checkout(limits={"max_feed_duration_secs": seconds}).__enter__()
        return lambda code: session.feed_run(_python(code), external_lookup={name: function})

    def kinds(self, codes: Mapping[str, str]) -> dict[str, str]:
        raise NotAsked("it runs Python")

    def taken(self, values: Mapping[str, Any], tests: Mapping[str, str]) -> dict[str, bool]:
        raise NotAsked("it runs Python")

    def with_modules(self, files: Mapping[str, str], entry: str) -> Any:
        raise NotAsked("it runs Python")

    def catches(self) -> str:
        def fail() -> None:
            raise ValueError("secret")

        code = "seen = 'nothing'\ntry:\n    fail()\nexcept ValueError as error:\n    seen = str(error)\nseen"
        found: str = self.create().session.feed_run(code, external_lookup={"fail": fail})
        return found


SUBJECT = PydanticMontySubject
