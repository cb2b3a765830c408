"""Compiles the engine's sources: to WebAssembly for the package, to a native program for the tests."""

from __future__ import annotations

import importlib.metadata
import os
import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from build_support import BuildError, cache_folder, disk_errors_explained, run_tool, say, work_folder
from engine_sources import stage

NATIVE_FLAGS = ["-m32", "-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g", "-O1"]
# As in engine/sources.lock, but for -fwrapv: our own C is not to rely on it, and the sanitizer sees that it does not.
NATIVE_FLAGS += ["-funsigned-char", "-fno-strict-aliasing"]
NATIVE_FLAGS += ["-D_GNU_SOURCE", "-DQUICKJS_NG_BUILD", "-Iupstream-quickjs", "-Iengine"]
# export_name and import_module mean nothing to a native compiler.
NATIVE_FLAGS += ["-Wno-attributes"]
# So that a test can let an allocation fail.
NATIVE_FLAGS += ["-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free"]
# ada insists on inlining that gcc does not do with less.
NATIVE_CPLUSPLUS_FLAGS = ["-O2"]

TABLE_SECTION = 4
"""of a module of WebAssembly"""


def run_compiler(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    started = time.monotonic()
    say("compiling, which takes a minute or so")
    status, output = run_tool(command, folder, environment)
    if status != 0:
        raise BuildError(f"the compiler stopped with status {status}. It said:\n{output}")
    if output:
        say(f"the compiler said:\n{output}")
    say(f"compiled in {time.monotonic() - started:.0f} s")


def compile_wasm(lock: dict[str, Any]) -> bytes:
    compiler, build = lock["compiler"], lock["build"]
    wanted = f"{compiler['package']}=={compiler['version']}"
    try:
        installed = importlib.metadata.version(compiler["package"])
    except importlib.metadata.PackageNotFoundError:
        installed = "none"
    if installed != compiler["version"]:
        raise BuildError(
            f"the engine must be compiled with {wanted}, and {sys.executable} has {installed}. Run `uv run --group "
            f"engine python tools/build_engine.py`, or install {wanted} there."
        )
    with work_folder() as folder:
        stage(lock, folder)
        # Its global cache holds the compiled C library; the local one would keep every edit of our C.
        environment = os.environ | {
            "ZIG_GLOBAL_CACHE_DIR": str(cache_folder() / "zig"),
            "ZIG_LOCAL_CACHE_DIR": str(folder / "zig"),
        }
        zig = [sys.executable, "-m", "ziglang"]
        objects = [f"{name}.o" for name in build["cplusplus_sources"]]
        for source, compiled in zip(build["cplusplus_sources"], objects, strict=True):
            command = [*zig, "c++", *build["compile_flags"], *build["cplusplus_flags"], "-c", source, "-o", compiled]
            run_compiler(command, folder, environment)
        command = [*zig, "cc", *build["compile_flags"], *build["sources"], *objects, "-lc++", *build["link_flags"]]
        exports = [f"-Wl,--export={name}" for name in build["exports"]]
        run_compiler([*command, *exports, "-o", "engine.wasm"], folder, environment)
        return with_larger_table((folder / "engine.wasm").read_bytes(), build["table_slots"])


def with_larger_table(wasm: bytes, slots: int) -> bytes:
    """A module whose one table has so many elements more, and its size for good: the linker makes it as large as it is
    full, or one that grows, through which calls take longer."""
    at, kept = 8, wasm[:8]
    while at < len(wasm):
        size, body = read_number(wasm, at + 1)
        if wasm[at] == TABLE_SECTION:
            elements, _ = read_number(wasm, body + 3)
            limits = number_bytes(elements + slots) * 2
            content = b"\x01\x70\x01" + limits  # one table, of functions, with a maximum
            return kept + bytes([TABLE_SECTION]) + number_bytes(len(content)) + content + wasm[body + size :]
        kept += wasm[at : body + size]
        at = body + size
    raise BuildError("the linker has made a module without a table: has engine/sources.lock another compiler?")


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128, and where it ends."""
    number = shift = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def number_bytes(number: int) -> bytes:
    """An unsigned LEB128."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


@disk_errors_explained()
def compile_native(lock: dict[str, Any], main: Path, output: Path) -> None:
    """A 32-bit program, as wasm is: `main` stands in for engine/unit.c, and includes it, to reach what is static there.

    With CC and CFLAGS from the environment, as other native builds have it, which serve for C++ too.
    """
    build = lock["build"]
    with work_folder() as folder:
        stage(lock, folder)
        command = [*shlex.split(os.environ.get("CC", "cc")), *NATIVE_FLAGS, *shlex.split(os.environ.get("CFLAGS", ""))]
        if shutil.which(command[0]) is None:
            raise BuildError(f"there is no compiler {command[0]!r}. Install gcc or clang, or set CC.")
        objects = [f"{name}.o" for name in build["cplusplus_sources"]]
        for source, compiled in zip(build["cplusplus_sources"], objects, strict=True):
            run_compiler(
                [*command, *build["cplusplus_flags"], *NATIVE_CPLUSPLUS_FLAGS, "-c", source, "-o", compiled], folder
            )
        sources = [str(main.resolve()) if name == "engine/unit.c" else name for name in build["sources"]]
        command += [*sources, *objects, "-lstdc++", "-lm", "-lpthread", "-o", str(output.resolve())]
        run_compiler(command, folder)
