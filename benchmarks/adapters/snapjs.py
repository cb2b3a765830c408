"""snapjs itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.adapter import Adapter, AsyncFunctions, Bridge
from benchmarks.durable import Durable
from benchmarks.durable_snapjs import SnapjsDurable


class Snapjs(Adapter):
    cold_source = "import snapjs\nwith snapjs.VM() as vm:\n    assert vm.eval('1+2') == 3\n"

    def __init__(self) -> None:
        self._snapjs: Any = import_module("snapjs")

    def versions(self) -> dict[str, str]:
        with self._snapjs.VM() as vm:
            return {"snapjs": _version("snapjs"), "wasmtime": _version("wasmtime"), "engine": vm.snapshot().engine[:12]}

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        return self._snapjs.VM(functions=functions)

    def close(self, machine: Any) -> None:
        machine.close()

    def eval(self, machine: Any) -> Callable[[str], Any]:
        found: Callable[[str], Any] = machine.eval
        return found

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        found: Callable[..., Any] = machine.eval(code)
        return found

    def put(self, machine: Any, value: Any) -> None:
        machine.globals["data"] = value

    def get(self, machine: Any) -> Any:
        return machine.globals["data"]

    def put_bytes(self, machine: Any, data: Any) -> None:
        machine.globals["data"] = data

    def get_bytes(self, machine: Any) -> Any:
        return machine.globals["data"]

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        async with self._snapjs.VM(functions=functions) as vm:
            start = clock()
            value = await vm.eval_async(f"({code})({argument})")
            return value, clock() - start

    def realm(self, machine: Any) -> Any:
        return machine.new_realm()

    def sandbox(self, isolated: bool) -> Callable[[str], Any]:
        sandbox = self._snapjs.Sandbox(isolated=isolated)
        sandbox.register("identity", lambda value: value)
        found: Callable[[str], Any] = sandbox.eval
        return found

    def cache_variables(self, folder: str) -> dict[str, str]:
        return {"SNAPJS_CACHE_DIR": folder}

    def snapshot(self, machine: Any) -> Any:
        return machine.snapshot()

    def memory_size(self, snapshot: Any) -> int:
        size: int = snapshot.size
        return size

    def restore(self, snapshot: Any) -> Any:
        return self._snapjs.VM.restore(snapshot)

    def fork(self, snapshot: Any, count: int) -> list[Any]:
        machines: list[Any] = snapshot.fork(count)
        return machines

    def delta(self, machine: Any, base: Any) -> Any:
        return machine.snapshot(base=base)

    def to_bytes(self, snapshot: Any) -> Any:
        return snapshot.to_bytes()

    def to_raw_bytes(self, snapshot: Any) -> Any:
        return snapshot.to_bytes(compress=False)

    def from_bytes(self, data: Any) -> Any:
        return self._snapjs.Snapshot.from_bytes(data)

    def save(self, snapshot: Any, path: str) -> None:
        snapshot.save(path)

    def load(self, path: str) -> Any:
        return self._snapjs.Snapshot.load(path)

    def workers(self, count: int) -> dict[str, Any]:
        """The options of ``Pool`` for so many workers."""
        return {"workers": count}

    def bridge(self, bundle: str, workers: int) -> Bridge:
        return _PoolBridge(self._snapjs.Pool(f"{bundle}.esm.js", **self.workers(workers)))

    def image(self, bundle: str) -> Any:
        source = Path(f"{bundle}.esm.js").read_text("utf-8")
        with self._snapjs.VM(modules={"bundle": source}) as vm:
            for name, function in vm.import_module("bundle").items():
                vm.globals[name] = function
            return vm.snapshot()

    def bridge_of(self, image: Any) -> Bridge:
        return _PoolBridge(self._snapjs.Pool(image, **self.workers(1)))

    def durable(self, path: str) -> Durable:
        return SnapjsDurable(path)


class _PoolBridge(Bridge):
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def caller(self) -> Callable[..., Any]:
        found: Callable[..., Any] = self._pool.call_sync
        return found

    def awaiting_caller(self) -> Callable[..., Awaitable[Any]]:
        found: Callable[..., Awaitable[Any]] = self._pool.call
        return found

    def close(self) -> None:
        self._pool.close()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"  # run from the sources


ADAPTER = Snapjs
