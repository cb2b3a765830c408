"""quickjs-wasi: QuickJS-NG as WebAssembly in Node. Its operations run, and are timed, in ``node/quickjs_wasi.mjs``."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.adapter import NODE_PACKAGES, Adapter

_PROGRAM = Path(__file__).parent.parent / "node" / "quickjs_wasi.mjs"


class _Kept:
    """Something that is kept in Node until this object goes."""

    def __init__(self, number: int, size: int, dropped: list[int]) -> None:
        self.number = number
        self._size = size
        self._dropped = dropped

    def __len__(self) -> int:
        return self._size

    def __del__(self) -> None:
        self._dropped.append(self.number)


class QuickjsWasi(Adapter):
    npm_requirements = ("quickjs-wasi@3.6.2",)
    groups = ("snapshots",)

    def __init__(self) -> None:
        self._dropped: list[int] = []
        self._node = subprocess.Popen(
            ["node", "--expose-gc", str(_PROGRAM), os.environ[NODE_PACKAGES]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def _run(self, operation: str, *arguments: Any, count: int = 1) -> tuple[Any, float]:
        """The value of an operation and the seconds that it took."""
        assert self._node.stdin is not None and self._node.stdout is not None
        dropped = [self._dropped.pop() for _ in range(len(self._dropped))]
        request = {"operation": operation, "arguments": arguments, "count": count, "dropped": dropped}
        print(json.dumps(request, default=lambda kept: {"kept": kept.number}), file=self._node.stdin, flush=True)
        line = self._node.stdout.readline()
        if not line:
            raise RuntimeError(f"Node ended with {self._node.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        value = _Kept(answer["kept"], answer["size"], self._dropped) if "kept" in answer else answer["value"]
        return value, answer["seconds"]

    def _value(self, operation: str, *arguments: Any) -> Any:
        return self._run(operation, *arguments)[0]

    def seconds(self, operation: str, *arguments: Any, count: int = 1) -> float:
        return self._run(operation, *arguments, count=count)[1]

    @property
    def process(self) -> int:
        return self._node.pid

    def versions(self) -> dict[str, str]:
        versions: dict[str, str] = self._value("versions")
        return versions

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        return self._value("create")

    def close(self, machine: Any) -> None:
        self._value("close", machine)

    def eval(self, machine: Any) -> Callable[[str], Any]:
        return lambda code: self._value("eval", machine, code)

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

    def collect(self) -> None:
        self._value("collect")

    def buffer(self, size: int) -> Any:
        return self._value("buffer", size)

    def copy(self, source: Any, target: Any) -> None:
        self._value("copy", source, target)

    def copy_to_new(self, source: Any) -> Any:
        return self._value("copy_to_new", source)


ADAPTER = QuickjsWasi
