"""mini-racer: V8 in the process, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from benchmarks.adapter import Adapter, AsyncFunctions, Bridge, Unsupported


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

    def bridge(self, bundle: str, workers: int) -> Bridge:
        return _Racers([self._package.MiniRacer() for _ in range(workers)], f"{bundle}.iife.js")


class _Racers(Bridge):
    """Machines in a queue, of which each call takes one."""

    def __init__(self, racers: list[Any], file: str) -> None:
        self._racers = racers
        self._idle: SimpleQueue[Any] = SimpleQueue()
        source = Path(file).read_text("utf-8")
        for racer in racers:
            racer.eval(f"{source}; 0")
            self._idle.put(racer)

    def caller(self) -> Callable[..., Any]:
        return self._call

    def _call(self, name: str, *arguments: Any) -> Any:
        racer = self._idle.get()
        try:
            return racer.call(f"bundle.{name}", *arguments)
        finally:
            self._idle.put(racer)

    def close(self) -> None:
        for racer in self._racers:
            racer.close()


ADAPTER = MiniRacer
