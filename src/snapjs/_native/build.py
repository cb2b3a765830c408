"""Compiles native extensions, with the C and C++ compiler of the ``ziglang`` package."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from .._cache import cache_folder
from .._files import replacing
from .._guest.binary import EXPORTS, sections
from .._guest.engine import packaged
from ..errors import ExtensionError
from ..extension import Extension

_HERE: Final = Path(__file__).parent
_HEADERS: Final = (_HERE, _HERE.parent / "_engine")
"""where snapjs.h and quickjs.h are"""

_C: Final = (".c",)
_CPP: Final = (".cpp", ".cc", ".cxx")

_COMMON: Final = (
    "-target", "wasm32-wasi", "-fPIC", "-O2", "-g0", "-fno-sanitize=undefined", "-fvisibility=hidden", "-Wall",
)  # fmt: skip
_C_FLAGS: Final = ("-std=gnu17",)
_CPP_FLAGS: Final = (
    "-std=c++23", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fvisibility-inlines-hidden",
    "-fvisibility-global-new-delete=force-hidden", "-Wno-c99-designator",
)  # fmt: skip
_LIBCXX: Final = (
    "algorithm", "charconv", "functional", "hash", "memory", "ryu/d2fixed", "ryu/d2s", "ryu/f2s", "string", "vector",
)  # fmt: skip
"""those files of libc++ that work without exceptions, streams and threads; they come with the compiler as sources"""
_LIBCXX_FLAGS: Final = ("-w", "-D_LIBCPP_BUILDING_LIBRARY", "-DLIBCXX_BUILDING_LIBCXXABI")
_LINK: Final = (
    "-shared", "--experimental-pic", "--unresolved-symbols=import-dynamic", "--no-entry", "--strip-all",
    "--gc-sections", "--export-dynamic", "--export-if-defined=__wasm_call_ctors",
)  # fmt: skip


class Built:
    """What was compiled.

    :param extension: it.
    :param needs: names of what neither the engine nor the extension itself has: some extension before it must.
    :param warnings: what compiler and linker said.
    """

    def __init__(self, extension: Extension, needs: list[str], warnings: str) -> None:
        self.extension = extension
        self.needs = needs
        self.warnings = warnings


def build_extension(folder: Path, name: str, output: Path) -> Built:
    """Compile the C and C++ files of a folder to an extension.

    The same files give the same bytes, wherever the folder is.

    :param folder: its own files count, those in folders below do not; headers may be anywhere in it.
    :param name: of the extension.
    :param output: the file to write, whole or not at all.
    :raises ExtensionError: there is no compiler, or nothing to compile, or it does not compile, or is no extension.
    """
    sources = sorted(path.name for path in folder.iterdir() if path.suffix in (*_C, *_CPP) and path.is_file())
    if not sources:
        raise ExtensionError(f"There is no C or C++ file in {folder}: nothing to compile.", extension=name)
    compiler_folder = _find_compiler(name)
    with tempfile.TemporaryDirectory(prefix="snapjs-extension-") as work:
        compiler = _Compiler(compiler_folder, Path(work), name)
        objects = [compiler.compile(folder, source) for source in sources]
        if any(Path(source).suffix in _CPP for source in sources):
            objects += compiler.runtime()
        wasm = compiler.link(objects)
    extension = Extension(name, wasm)
    with replacing(os.path.realpath(output)) as file:
        file.write(wasm)
    return Built(extension, _unknown_symbols(extension), "\n".join(compiler.said))


def _find_compiler(name: str) -> Path:
    """The folder of the package ziglang."""
    found = importlib.util.find_spec("ziglang")
    if found is None or not found.submodule_search_locations:
        raise ExtensionError(
            "There is no compiler: the package ziglang has one. Run: pip install 'snapjs[build]'", extension=name
        )
    header = _HEADERS[1] / "quickjs.h"
    if not header.is_file():
        raise ExtensionError(f"{header} is not there. Install snapjs again, or build the engine.", extension=name)
    return Path(found.submodule_search_locations[0])


class _Compiler:
    """Runs the tools.

    :param compiler: the folder of the package ziglang.
    :param work: a folder for what is made on the way.
    :param name: of the extension.
    """

    def __init__(self, compiler: Path, work: Path, name: str) -> None:
        self._compiler = compiler
        self._work = work
        self._name = name
        cache = cache_folder()
        self._cache = Path(cache, "zig") if cache else work / "cache"
        self._count = 0
        self.said: list[str] = []
        """by the tools that succeeded"""

    def compile(self, folder: Path, source: str) -> Path:
        """One file, with paths as they are in its folder: so the bytes do not say where that is."""
        is_cpp = Path(source).suffix in _CPP
        source = f"./{source}" if source.startswith("-") else source  # which the compiler would take for an option
        headers = [argument for place in (".", *_HEADERS) for argument in ("-I", str(place))]
        return self._compile(folder, source, is_cpp, headers, self._work / "local")

    def runtime(self) -> list[Path]:
        """What C++ needs; of it the linker takes what is used. Compiled once, and then taken from the compiler's
        cache."""
        library = self._compiler / "lib" / "libcxx"
        flags = [*_LIBCXX_FLAGS, "-I", "src", "-I", "libc"]
        objects = [self._compile(library, f"src/{name}.cpp", True, flags, self._cache) for name in _LIBCXX]
        objects.append(self._compile(_HERE, "support.cpp", True, [], self._cache))
        archive = self._work / "runtime.a"
        self._run("ar", ["rcsD", str(archive), *map(str, objects)], self._work, self._cache)
        return [archive]

    def link(self, objects: list[Path]) -> bytes:
        output = self._work / "extension.wasm"
        self._run("wasm-ld", [*_LINK, *map(str, objects), "-o", str(output)], self._work, self._cache)
        return output.read_bytes()

    def _compile(self, folder: Path, source: str, is_cpp: bool, flags: list[str], cache: Path) -> Path:
        self._count += 1
        output = self._work / f"{self._count}.o"
        tool, language = ("c++", _CPP_FLAGS) if is_cpp else ("cc", _C_FLAGS)
        self._run(tool, [*_COMMON, *language, *flags, "-c", source, "-o", str(output)], folder, cache)
        return output

    def _run(self, tool: str, arguments: list[str], folder: Path, cache: Path) -> None:
        environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": str(self._cache), "ZIG_LOCAL_CACHE_DIR": str(cache)}
        command = [sys.executable, "-m", "ziglang", tool, *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace")
        said = (done.stderr or done.stdout).strip()
        if done.returncode:
            raise ExtensionError(f"The extension {self._name!r} does not compile:\n{said}", extension=self._name)
        if said:
            self.said.append(said)


def _unknown_symbols(extension: Extension) -> list[str]:
    """What an extension imports by name and the engine does not export."""
    has = _exports_of_the_engine()
    library = extension._library
    wanted = {entry.name for entry in library.imports if entry.module in ("env", "GOT.func", "GOT.mem")}
    bases = {"memory", "__memory_base", "__table_base"}
    return sorted(wanted - has - bases - library.exports.keys())


def _exports_of_the_engine() -> set[str]:
    for section, reader in sections(packaged().wasm):
        if section == EXPORTS:
            entries = [(reader.name(), reader.byte(), reader.number()) for _ in range(reader.count())]
            return {name for name, _, _ in entries}
    return set()
