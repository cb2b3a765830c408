"""A host of the engine that is not snapjs: wasmtime's own WASI, and the entry points of QuickJS-NG's reactor."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import wasmtime


@cache
def compiled() -> tuple[wasmtime.Engine, wasmtime.Module]:
    engine = wasmtime.Engine()
    return engine, wasmtime.Module(engine, files("snapjs").joinpath("_engine", "engine.wasm").read_bytes())


class WasiHost:
    """One program.

    :param folder: its `/`; standard streams are files beside it.
    """

    def __init__(self, folder: Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> None:
        engine, module = compiled()
        self.outputs = [folder.with_name(f"{folder.name}.{name}") for name in ("stdout", "stderr")]
        given = folder.with_name(f"{folder.name}.stdin")
        given.write_bytes(stdin)
        wasi = wasmtime.WasiConfig()
        wasi.stdin_file = str(given)
        wasi.stdout_file, wasi.stderr_file = map(str, self.outputs)
        wasi.env = list((env or {}).items())
        wasi.preopen_dir(str(folder), "/")
        self._store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
        self._store.set_wasi(wasi)
        linker.define_wasi()
        linker.define_unknown_imports_as_traps(module)  # those of snapjs, which nothing may call
        self._exports = linker.instantiate(self._store, module).exports(self._store)
        self.call("_initialize")

    def call(self, name: str, *arguments: int) -> int:
        result: int = self._exports[name](self._store, *arguments)
        return result

    def put(self, data: bytes) -> int:
        address = self.call("malloc", len(data) + 1)
        self._exports["memory"].write(self._store, data + b"\0", address)
        return address

    def init_argv(self, *words: str) -> int:
        addresses = [self.put(word.encode()) for word in ("qjs", *words)]
        argv = self.put(b"".join(address.to_bytes(4, "little") for address in addresses))
        return self.call("qjs_init_argv", len(addresses), argv)

    def eval(self, code: str, *, filename: str | None = None, module: bool = False) -> int:
        source = code.encode()
        name = 0 if filename is None else self.put(filename.encode())
        return self.call("qjs_eval", self.put(source), len(source), name, module)

    def loop_once(self) -> int:
        return self.call("qjs_loop_once")

    def poll_io(self, milliseconds: int) -> int:
        return self.call("qjs_poll_io", milliseconds)

    def run(self) -> int:
        """Until it is idle, or something was thrown: -1 or -2."""
        while (wait := self.loop_once()) >= 0:
            if (polled := self.poll_io(wait)) != 0:
                return polled
        return wait

    @property
    def out(self) -> str:
        return self.outputs[0].read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self.outputs[1].read_text(encoding="utf-8")
