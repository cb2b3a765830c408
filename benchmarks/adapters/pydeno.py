"""pydeno's ``Pydeno``: V8 without its compiler in a sandboxed process, one for each machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.adapter import Adapter, AsyncFunctions, Unsupported

_LIMITS = {"max_suspensions": 10**9, "max_feed_duration_secs": 3600.0}


class Pydeno(Adapter):
    requirements = ("pydeno==0.13.2",)
    cold_source = (
        "from pydeno import Pydeno\n"
        "with Pydeno() as pool, pool.checkout() as session:\n"
        "    assert session.feed_run('1+2') == 3\n"
    )

    def __init__(self) -> None:
        self._package: Any = import_module("pydeno")

    @cached_property
    def _pool(self) -> Any:
        return self._package.Pydeno(limits=_LIMITS)

    def versions(self) -> dict[str, str]:
        return {"pydeno": version("pydeno")}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        if functions:
            raise Unsupported("host functions only answer with promises")
        return self._pool.checkout().__enter__()

    def close(self, machine: Any) -> None:
        machine.close()

    def eval(self, machine: Any) -> Callable[[str], Any]:
        found: Callable[[str], Any] = machine.feed_run
        return found

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        machine.feed_run(f"globalThis.called = {code}; 0")  # a function is no value that it converts

        def call(*arguments: int) -> Any:
            return machine.feed_run(f"called({', '.join(map(str, arguments))})")

        return call

    def put(self, machine: Any, value: Any) -> None:
        machine.feed_run("globalThis.data = JSON.parse(text); 0", inputs={"text": json.dumps(value)})

    def get(self, machine: Any) -> Any:
        return machine.feed_run("data")  # as JSON text it is longer than a result may be

    def put_bytes(self, machine: Any, data: Any) -> None:
        machine.feed_run("globalThis.data = await take(); 0", external_lookup={"take": lambda: data})

    def get_bytes(self, machine: Any) -> Any:
        try:
            return machine.feed_run("data")
        except self._package.PydenoRuntimeError as error:
            raise Unsupported("no result of more than 1 MB of JSON text") from error

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        async with self._package.AsyncPydeno(limits=_LIMITS) as pool, pool.checkout() as session:
            start = clock()
            value = await session.feed_run(f"await ({code})({argument})", external_lookup=functions)
            return value, clock() - start


ADAPTER = Pydeno
