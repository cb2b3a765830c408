"""quickjs-bindings: Bellard's QuickJS as a native extension module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.adapter import Adapter


class QuickjsBindings(Adapter):
    requirements = ("quickjs-bindings==0.1.1",)
    cold_source = "import quickjs\nassert quickjs.Context().eval('1+2') == 3\n"

    def __init__(self) -> None:
        self._quickjs: Any = import_module("quickjs")

    def versions(self) -> dict[str, str]:
        return {"quickjs-bindings": version("quickjs-bindings"), "quickjs": self._quickjs.quickjs_version}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        context = self._quickjs.Context()
        for name, function in (functions or {}).items():
            context.set(name, function)
        return context

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

    def put(self, machine: Any, value: Any) -> None:
        machine.set("data", value)

    def get(self, machine: Any) -> Any:
        return machine.get("data").to_python()

    def put_bytes(self, machine: Any, data: Any) -> None:
        machine.set("data", data)

    def get_bytes(self, machine: Any) -> Any:
        return machine.get("data").to_bytes()


ADAPTER = QuickjsBindings
