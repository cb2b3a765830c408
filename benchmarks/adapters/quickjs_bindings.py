"""quickjs-bindings: Bellard's QuickJS as a native extension module, whose interface began as quickjs-ng's did."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from benchmarks.adapter import Bridge, Unsupported

from .quickjs_ng import QuickjsNg


class QuickjsBindings(QuickjsNg):
    requirements = ("quickjs-bindings==0.1.1",)

    def versions(self) -> dict[str, str]:
        return {"quickjs-bindings": version("quickjs-bindings"), "quickjs": self._quickjs.quickjs_version}

    def expose(self, machine: Any, name: str, function: Callable[..., Any]) -> None:
        machine.set(name, function)

    def put(self, machine: Any, value: Any) -> None:
        machine.set("data", value)

    def get(self, machine: Any) -> Any:
        return machine.get("data").to_python()

    def put_bytes(self, machine: Any, data: Any) -> None:
        machine.set("data", data)

    def get_bytes(self, machine: Any) -> Any:
        return machine.get("data").to_bytes()

    def bridge(self, bundle: str, workers: int) -> Bridge:
        raise Unsupported("not measured as a bridge")


ADAPTER = QuickjsBindings
