"""The private binding agrees with the one that wasmtime ships."""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

import pytest
import wasmtime._bindings as reference

from snapjs._guest import library


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (library.ByteVector, reference.wasm_byte_vec_t),
        (library.TypeVector, reference.wasm_valtype_vec_t),
        (library.FunctionId, reference.wasmtime_func_t),
        (library.MemoryId, reference.wasmtime_memory_t),
        (library.InstanceId, reference.wasmtime_instance_t),
        (library.ExternUnion, reference.wasmtime_extern_union_t),
        (library.Extern, reference.wasmtime_extern_t),
    ],
)
def test_struct_has_the_size_of_wasmtimes_own(ours: type[ctypes.Structure], theirs: type[ctypes.Structure]) -> None:
    assert (ctypes.sizeof(ours), ctypes.alignment(ours)) == (ctypes.sizeof(theirs), ctypes.alignment(theirs))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (library.ByteVector, reference.wasm_byte_vec_t),
        (library.TypeVector, reference.wasm_valtype_vec_t),
        (library.FunctionId, reference.wasmtime_func_t),
        (library.MemoryId, reference.wasmtime_memory_t),
        (library.InstanceId, reference.wasmtime_instance_t),
        (library.Extern, reference.wasmtime_extern_t),
    ],
)
def test_struct_has_the_fields_of_wasmtimes_own(ours: type[ctypes.Structure], theirs: type[ctypes.Structure]) -> None:
    def layout(structure: type[ctypes.Structure]) -> list[tuple[int, int]]:
        fields = [getattr(structure, field[0]) for field in structure._fields_]
        return [(field.offset, field.size) for field in fields]

    assert layout(ours) == layout(theirs)


def test_slot_of_a_value_has_16_bytes() -> None:
    assert ctypes.sizeof(reference.wasmtime_val_raw_t) == 16


@pytest.mark.parametrize("name", sorted(set(library._PROTOTYPES) - {"wasmtime_func_call_unchecked"}))
def test_function_has_the_prototype_of_wasmtimes_own(name: str) -> None:
    """Pointers to anything are the same to the caller; numbers must agree in kind and size."""

    def shape(kind: object) -> object:
        is_number = isinstance(kind, type) and issubclass(kind, ctypes._SimpleCData)
        return kind if kind is None or (is_number and kind not in (ctypes.c_void_p, ctypes.c_char_p)) else "pointer"

    theirs = getattr(reference, f"_{name}")
    result, parameters = library._PROTOTYPES[name]
    assert shape(result) == shape(theirs.restype)
    assert [shape(kind) for kind in parameters] == [shape(kind) for kind in theirs.argtypes]


def test_constants_are_wasmtimes() -> None:
    codes = reference.wasmtime_trap_code_enum
    assert codes.WASMTIME_TRAP_CODE_STACK_OVERFLOW.value == library.TRAP_STACK_OVERFLOW
    assert codes.WASMTIME_TRAP_CODE_INTERRUPT.value == library.TRAP_INTERRUPT


def test_version_is_that_of_the_installed_package() -> None:
    assert library.version() == installed_version("wasmtime")


@pytest.mark.parametrize("version", ["47.0.1", "51.0.0", "5.0.0", "500.0.0", "dev"])
def test_unknown_version_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(library, "_version", version)
    words = re.escape(f"wasmtime {version} is installed, which snapjs does not know: pip install 'wasmtime>=48,<51'")
    with pytest.raises(library.LibraryError, match=words):
        library._load()


def test_versions_that_the_package_asks_for_are_those_that_it_knows() -> None:
    oldest, newest = library.SUPPORTED_MAJORS
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"wasmtime>={oldest},<{newest + 1}" in project["dependencies"]


def test_missing_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "machine", lambda: "riscv64")
    with pytest.raises(library.LibraryError, match=r"no library for .* on riscv64"):
        library._load()


def test_broken_library_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / f"{sys.platform}-{library.machine()}"
    folder.mkdir()
    (folder / library._file_name()).write_bytes(b"not a library")
    monkeypatch.setattr(library, "_package_folder", lambda: str(tmp_path))
    with pytest.raises(library.LibraryError, match="does not load"):
        library._load()


def test_missing_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(library.LibraryError, match=r"wasmtime is not installed: pip install 'wasmtime>=48,<51'"):
        library._package_folder()


def test_package_without_metadata_folder_is_asked_for(tmp_path: Path) -> None:
    """Two metadata folders, or none, leave the version to importlib.metadata."""
    assert library._find_version(str(tmp_path / "wasmtime")) == installed_version("wasmtime")


def test_loading_does_not_import_the_python_package() -> None:
    code = "import sys; from snapjs._guest.library import library; library(); sys.exit('wasmtime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_package_of_an_unknown_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    with pytest.raises(
        library.LibraryError, match="the installed wasmtime has no metadata, so that its version is unknown"
    ):
        library._find_version(str(tmp_path / "wasmtime"))
