"""v8-python: V8 in the process, by rusty_v8. A machine belongs to the thread that has made it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.adapter import Adapter, AsyncFunctions


class V8Python(Adapter):
    requirements = ("v8-python==0.1.0",)
    cold_source = (
        "import v8\ncontext = v8.Isolate().create_context_builder().build()\nassert context.eval('1+2') == 3\n"
    )

    def __init__(self) -> None:
        self._v8: Any = import_module("v8")

    def versions(self) -> dict[str, str]:
        return {"v8-python": version("v8-python")}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        builder = self._v8.Isolate().create_context_builder()
        for name, function in (functions or {}).items():
            builder.host_function(name=name)(function)
        return builder.build()

    def close(self, machine: Any) -> None:
        pass  # freed with the last reference

    def eval(self, machine: Any) -> Callable[[str], Any]:
        found: Callable[[str], Any] = machine.eval
        return found

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        call = machine.eval(code).as_v8_function().call
        return lambda *arguments: call(arguments)

    # By JSON text nested data takes half the time that its own conversions do.

    def put(self, machine: Any, value: Any) -> None:
        machine.set_global("data", machine.parse_json(json.dumps(value)))

    def get(self, machine: Any) -> Any:
        return json.loads(machine.get_global("data").to_json())

    def put_bytes(self, machine: Any, data: Any) -> None:
        machine.set_global("data", data)

    def get_bytes(self, machine: Any) -> Any:
        return machine.get_global("data").as_v8_typed_array().to_bytes()

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        machine = self.create(functions)
        start = clock()
        value = await machine.eval(f"({code})({argument})")
        return value, clock() - start


ADAPTER = V8Python
