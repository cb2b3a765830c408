"""quickjs-ng: QuickJS-NG as a native extension module."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from benchmarks.adapter import Adapter, Bridge


class QuickjsNg(Adapter):
    requirements = ("quickjs-ng==0.17.0.2",)
    cold_source = "import quickjs\nassert quickjs.Context().eval('1+2') == 3\n"

    def __init__(self) -> None:
        self._quickjs: Any = import_module("quickjs")

    def versions(self) -> dict[str, str]:
        return {"quickjs-ng": version("quickjs-ng")}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        context = self._quickjs.Context()
        for name, function in (functions or {}).items():
            self.expose(context, name, function)
        return context

    def expose(self, machine: Any, name: str, function: Callable[..., Any]) -> None:
        """Make a Python function global."""
        machine.add_callable(name, function)

    def close(self, machine: Any) -> None:
        pass  # freed with the last reference

    def eval(self, machine: Any) -> Callable[[str], Any]:
        found: Callable[[str], Any] = machine.eval
        return found

    def drain(self, machine: Any) -> None:
        while machine.execute_pending_job():
            pass

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        found: Callable[..., Any] = machine.eval(code)
        return found

    # Objects only cross as JSON text.

    def put(self, machine: Any, value: Any) -> None:
        machine.set("data", machine.parse_json(json.dumps(value)))

    def get(self, machine: Any) -> Any:
        return json.loads(machine.get("data").json())

    def bridge(self, bundle: str, workers: int) -> Bridge:
        code = _CONSOLE + Path(f"{bundle}.iife.js").read_text("utf-8") + _CALL
        return _Functions([self._quickjs.Function("call", code, own_executor=True) for _ in range(workers)])


_CONSOLE = "globalThis.console = { log() {}, warn() {}, error() {} };"
"""which libraries expect"""
_CALL = "; function call(name, ...given) { return bundle[name](...given) }"


class _Functions(Bridge):
    """Functions, each with a thread, in a queue of which each call takes one."""

    def __init__(self, functions: list[Any]) -> None:
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for function in functions:
            self._idle.put(function)

    def caller(self) -> Callable[..., Any]:
        return self._call

    def _call(self, *arguments: Any) -> Any:
        function = self._idle.get()
        try:
            return function(*arguments, run_gc=False)  # the engine collects when it is time to
        finally:
            self._idle.put(function)

    def close(self) -> None:
        pass  # freed with the last reference


ADAPTER = QuickjsNg
