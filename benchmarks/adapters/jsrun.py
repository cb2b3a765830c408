"""jsrun: V8 in the process, by deno_core. A machine belongs to the thread that has made it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.adapter import Adapter, AsyncFunctions

_MOST_BYTES = 1 << 30
"""that may cross at once; 10 MB unless told otherwise"""


class _Machine:
    def __init__(self, runtime: Any) -> None:
        self.runtime = runtime

    @cached_property
    def take_text(self) -> Any:
        return self.runtime.eval("text => { globalThis.data = JSON.parse(text); return 0 }")

    @cached_property
    def take_bytes(self) -> Any:
        return self.runtime.eval("bytes => { globalThis.data = bytes; return 0 }")


class Jsrun(Adapter):
    package = "jsrun"
    requirements = ("jsrun==0.3.0",)
    cold_source = "import jsrun\nwith jsrun.Runtime() as runtime:\n    assert runtime.eval('1+2') == 3\n"

    def __init__(self) -> None:
        self._package: Any = import_module(self.package)

    def versions(self) -> dict[str, str]:
        return {self.package: version(self.package)}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        runtime = self._package.Runtime(self._package.RuntimeConfig(max_serialization_bytes=_MOST_BYTES))
        for name, function in (functions or {}).items():
            runtime.bind_function(name, function)
        return _Machine(runtime)

    def close(self, machine: Any) -> None:
        machine.runtime.close()

    def eval(self, machine: Any) -> Callable[[str], Any]:
        found: Callable[[str], Any] = machine.runtime.eval
        return found

    def drain(self, machine: Any) -> None:
        machine.runtime.eval("0")  # they run after an evaluation has answered, and before the next

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        if "host(" not in code:
            found: Callable[..., Any] = machine.runtime.eval(code)
            return found
        # A function that calls the host, called by its handle, waits for itself.
        machine.runtime.eval(f"globalThis.called = {code}; 0")

        def call(*arguments: int) -> Any:
            return machine.runtime.eval(f"called({', '.join(map(str, arguments))})")

        return call

    # By JSON text nested data takes a quarter of the time that its own conversions do.

    def put(self, machine: Any, value: Any) -> None:
        machine.take_text(json.dumps(value))

    def get(self, machine: Any) -> Any:
        return json.loads(machine.runtime.eval("JSON.stringify(data)"))

    def put_bytes(self, machine: Any, data: Any) -> None:
        machine.take_bytes(data)

    def get_bytes(self, machine: Any) -> Any:
        return machine.runtime.eval("data")

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        with self.create(functions).runtime as runtime:
            start = clock()
            value = await runtime.eval_async(f"({code})({argument})")
            return value, clock() - start


ADAPTER = Jsrun
