"""quickjs-rs: QuickJS-NG as WebAssembly on wasmtime, as snapjs is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import version
from typing import Any, NamedTuple

from benchmarks.adapter import Adapter, AsyncFunctions, Unsupported

_SECONDS = 3600.0
"""the deadline of an evaluation, which cannot be left out; this one never passes"""


class _Machine(NamedTuple):
    runtime: Any
    context: Any


class QuickjsRs(Adapter):
    requirements = ("quickjs-rs==0.2.6", "wasmtime==50.0.1")
    cold_source = (
        "import quickjs_rs\n"
        "with quickjs_rs.Runtime() as runtime, runtime.new_context() as context:\n"
        "    assert context.eval('1+2') == 3\n"
    )

    def __init__(self) -> None:
        self._package: Any = import_module("quickjs_rs")

    def versions(self) -> dict[str, str]:
        return {"quickjs-rs": version("quickjs-rs"), "wasmtime": version("wasmtime")}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        runtime = self._package.Runtime(memory_limit=None)
        context = runtime.new_context(timeout=_SECONDS)
        for name, function in (functions or {}).items():
            context.register(name, function)
        return _Machine(runtime, context)

    def close(self, machine: Any) -> None:
        machine.runtime.close()  # and its context

    def eval(self, machine: Any) -> Callable[[str], Any]:
        found: Callable[[str], Any] = machine.context.eval
        return found

    def drain(self, machine: Any) -> None:
        asyncio.run(machine.context.eval_async("0"))  # nothing else runs them

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        function = machine.context.eval_handle(code)
        return lambda *arguments: function.call(*arguments).to_python()

    # Its own conversions take twice as long in, and a minute out.

    def put(self, machine: Any, value: Any) -> None:
        machine.context.globals["text"] = json.dumps(value)
        machine.context.eval("globalThis.data = JSON.parse(text); 0")

    def get(self, machine: Any) -> Any:
        return json.loads(machine.context.eval("JSON.stringify(data)"))

    def put_bytes(self, machine: Any, data: Any) -> None:
        machine.context.globals["data"] = data

    def get_bytes(self, machine: Any) -> Any:
        return machine.context.eval("data")

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        with ExitStack() as stack:
            machine = self.create(functions)
            stack.callback(self.close, machine)
            start = clock()
            value = await machine.context.eval_async(f"await ({code})({argument})")  # it converts no promise
            return value, clock() - start

    def snapshot(self, machine: Any) -> Any:
        return machine.context.create_snapshot()

    def memory_size(self, snapshot: Any) -> int:
        return len(snapshot.to_bytes())

    def restore(self, snapshot: Any) -> Any:
        machine = self.create()
        machine.runtime.restore_snapshot(snapshot, machine.context)
        return machine

    def to_bytes(self, snapshot: Any) -> Any:
        return snapshot.to_bytes()

    def from_bytes(self, data: Any) -> Any:
        return self._package.Snapshot.from_bytes(data)

    def seconds(self, operation: str, *arguments: Any, count: int = 1) -> float:
        if operation in ("to_bytes", "to_raw_bytes", "from_bytes"):
            raise Unsupported("its snapshots are bytes already")
        return super().seconds(operation, *arguments, count=count)


ADAPTER = QuickjsRs
