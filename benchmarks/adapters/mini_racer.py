"""mini-racer: V8 in the process, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.adapter import Adapter, AsyncFunctions, Unsupported


class MiniRacer(Adapter):
    requirements = ("mini-racer==0.14.1",)
    cold_source = "import py_mini_racer\nwith py_mini_racer.MiniRacer() as racer:\n    assert racer.eval('1+2') == 3\n"

    def __init__(self) -> None:
        self._package: Any = import_module("py_mini_racer")

    def versions(self) -> dict[str, str]:
        with self._package.MiniRacer() as racer:
            return {"mini-racer": version("mini-racer"), "v8": racer.v8_version}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        if functions:
            raise Unsupported("host functions only answer with promises")
        return self._package.MiniRacer()

    def close(self, machine: Any) -> None:
        machine.close()

    def eval(self, machine: Any) -> Callable[[str], Any]:
        found: Callable[[str], Any] = machine.eval
        return found

    def drain(self, machine: Any) -> None:
        machine.eval("0")  # they run after an evaluation has answered, and before the next

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        found: Callable[..., Any] = machine.eval(code)
        return found

    # `call` copies arguments and result as JSON text; anything else would exchange live objects.

    def put(self, machine: Any, value: Any) -> None:
        machine.call("(value => { globalThis.data = value; return 0 })", value)

    def get(self, machine: Any) -> Any:
        return machine.call("(() => data)")

    def get_bytes(self, machine: Any) -> Any:
        return bytes(machine.eval("data"))

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        with self._package.mini_racer() as racer:  # on the running event loop
            async with AsyncExitStack() as stack:
                for name, function in functions.items():
                    wrapped = await stack.enter_async_context(racer.wrap_py_function(function))
                    define = await racer.eval_cancelable(f"(value => {{ globalThis.{name} = value }})")
                    await define.cancelable()(wrapped)
                start = clock()
                promise = await racer.eval_cancelable(f"({code})({argument})")
                value = await promise
                return value, clock() - start


ADAPTER = MiniRacer
