"""Packages for Node: what is measured runs, and is timed, in a Node process that a worker has."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from .adapter import NODE_PACKAGES, Adapter, AsyncFunctions, Measure, Unsupported

_PROGRAMS = Path(__file__).parent / "node"


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


class _Operation:
    """An operation of the Node program with its first arguments."""

    def __init__(self, adapter: NodeAdapter, name: str, *arguments: Any) -> None:
        self._adapter = adapter
        self._name = name
        self._arguments = arguments

    def __call__(self, *arguments: Any) -> Any:
        return self._adapter.run(self._name, *self._arguments, *arguments)[0]

    def timed(self, *arguments: Any) -> Measure:
        return lambda count: self._adapter.run(self._name, *self._arguments, *arguments, count=count)[1]


class NodeAdapter(Adapter):
    """An adapter whose methods run in the module ``node/NAME.mjs``, in operations of the same names.

    Host functions cannot come from Python: the module has its own for those of :mod:`benchmarks.calls`.
    """

    has_threads = False
    bare_source = ""
    cold_module: ClassVar[str]
    """``cold_source``, with a function ``resolve`` that finds the files of packages"""

    program: ClassVar[str] = ""
    """the module, if it is called otherwise"""

    def __init__(self) -> None:
        self._dropped: list[int] = []
        module = _PROGRAMS / (self.program or f"{self.name.replace('-', '_')}.mjs")
        packages = os.environ.get(NODE_PACKAGES, os.getcwd())
        self._node = subprocess.Popen(
            ["node", "--expose-gc", str(_PROGRAMS / "worker.mjs"), str(module), packages],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    @property
    def cold_source(self) -> str:  # type: ignore[override]
        folder = json.dumps(str(Path(os.environ[NODE_PACKAGES], "requirer.js")))
        start = f'import {{ createRequire }} from "node:module";\nconst {{ resolve }} = createRequire({folder});\n'
        return start + self.cold_module

    def command(self, source: str) -> list[str]:
        return ["node", "--input-type=module", "--eval", source]

    def run(self, operation: str, *arguments: Any, count: int = 1) -> tuple[Any, float]:
        """The value of an operation and the seconds that it took, done so many times."""
        assert self._node.stdin is not None and self._node.stdout is not None
        dropped = [self._dropped.pop() for _ in range(len(self._dropped))]
        request = {"operation": operation, "arguments": arguments, "count": count, "dropped": dropped}
        print(json.dumps(request, default=lambda kept: {"kept": kept.number}), file=self._node.stdin, flush=True)
        line = self._node.stdout.readline()
        if not line:
            raise RuntimeError(f"Node ended with {self._node.wait()}")
        answer = json.loads(line)
        if "unsupported" in answer:
            raise Unsupported(answer["unsupported"])
        if "error" in answer:
            raise RuntimeError(answer["error"])
        value = _Kept(answer["kept"], answer["size"], self._dropped) if "kept" in answer else answer["value"]
        return value, answer["seconds"]

    def _value(self, operation: str, *arguments: Any) -> Any:
        return self.run(operation, *arguments)[0]

    def seconds(self, operation: str, *arguments: Any, count: int = 1) -> float:
        return self.run(operation, *arguments, count=count)[1]

    def timed(self, operation: Callable[..., Any], *arguments: Any) -> Measure:
        if isinstance(operation, _Operation):
            return operation.timed(*arguments)
        if getattr(operation, "__self__", None) is self:
            return _Operation(self, operation.__name__).timed(*arguments)
        return super().timed(operation, *arguments)

    @property
    def process(self) -> int:
        return self._node.pid

    def versions(self) -> dict[str, str]:
        versions: dict[str, str] = self._value("versions")
        return versions

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        return self._value("create", _named(functions or {}))

    def close(self, machine: Any) -> None:
        self._value("close", machine)

    def once(self, code: str) -> Any:
        return self._value("once", code)

    def eval(self, machine: Any) -> Callable[[str], Any]:
        return _Operation(self, "eval", machine)

    def drain(self, machine: Any) -> None:
        self._value("drain", machine)

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        return _Operation(self, "call", self._value("function", machine, code))

    def put(self, machine: Any, value: Any) -> None:
        self._value("put", machine, value)

    def get(self, machine: Any) -> Any:
        return self._value("get", machine)

    def put_bytes(self, machine: Any, data: Any) -> None:
        self._value("put_bytes", machine, data)

    def get_bytes(self, machine: Any) -> Any:
        return self._value("get_bytes", machine)

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        value, seconds = self._value("awaited", code, argument, _named(functions))
        return value, seconds

    def here(self, value: Any) -> Any:
        return self._value("keep", value)

    def plain(self, value: Any) -> Any:
        return self._value("show", value)

    def collect(self) -> None:
        self._value("collect")

    def octets(self, size: int) -> Any:
        return self._value("buffer", size)

    def buffer(self, size: int) -> Any:
        return self._value("buffer", size)

    def copy(self, source: Any, target: Any) -> None:
        self._value("copy", source, target)

    def copy_to_new(self, source: Any) -> Any:
        return self._value("copy_to_new", source)


def _named(functions: Mapping[str, Callable[..., Any]]) -> dict[str, str]:
    return {name: function.__name__ for name, function in functions.items()}
