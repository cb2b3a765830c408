"""quickjs-wasi: QuickJS-NG as WebAssembly in Node, with snapshots that are copies of the memory."""

from __future__ import annotations

from typing import Any

from benchmarks.remote import NodeAdapter


class QuickjsWasi(NodeAdapter):
    npm_requirements = ("quickjs-wasi@3.6.2",)
    cold_module = """
        import { readFileSync } from "node:fs";
        const { QuickJS } = await import(resolve("quickjs-wasi"));
        const machine = await QuickJS.create({ wasm: readFileSync(resolve("quickjs-wasi/quickjs.wasm")) });
        if (machine.evalCode("1+2").toNumber() !== 3) throw new Error("wrong result");
    """

    def create_web(self) -> Any:
        return self._value("create_web")

    def snapshot(self, machine: Any) -> Any:
        return self._value("snapshot", machine)

    def memory_size(self, snapshot: Any) -> int:
        return len(snapshot)

    def restore(self, snapshot: Any) -> Any:
        return self._value("restore", snapshot)

    def visit(self, snapshot: Any, code: str) -> Any:
        return self._value("visit", snapshot, code)

    def to_bytes(self, snapshot: Any) -> Any:
        return self._value("to_bytes", snapshot)

    def from_bytes(self, data: Any) -> Any:
        return self._value("from_bytes", data)

    def write(self, machine: Any) -> Any:
        return self._value("write", machine)

    def read(self, data: Any, code: str) -> Any:
        return self._value("read", data, code)

    def save(self, snapshot: Any, path: str) -> None:
        self._value("save", snapshot, path)

    def load(self, path: str) -> Any:
        return self._value("load", path)


ADAPTER = QuickjsWasi
