"""engine/abi.h, the module compiled from it, and Python agree."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from tests import abi_header
from wasm_file import WasmFile

from snapjs import VM
from snapjs._guest import abi, engine, exports

HEADER = abi_header.HEADER

SIZES = {"double": 8, "uint32_t": 4, "int32_t": 4}


@cache
def module() -> WasmFile:
    return WasmFile(engine.packaged().wasm)


def declared(kind: str) -> dict[str, tuple[int, bool]]:
    """Functions that the header declares as SNAP_EXPORT or SNAP_IMPORT: how many parameters, whether they return."""
    found = re.findall(rf"^(\w+)\s+SNAP_{kind}\((\w+)\)\((.*?)\);", HEADER.read_text(), re.MULTILINE)
    return {
        name: (0 if parameters == "void" else parameters.count(",") + 1, returned != "void")
        for returned, name, parameters in found
    }


def test_constants_are_those_of_the_guest(vm: VM) -> None:
    assert vm._bridge.call("snap_describe")["constants"] == abi.constants()


def test_abi_version_is_that_of_the_guest(vm: VM) -> None:
    assert vm._bridge.call("snap_describe")["abi_version"] == abi.ABI_VERSION


def test_control_block_is_laid_out_as_in_the_guest(vm: VM) -> None:
    described = [(name, offset, SIZES[kind]) for kind, name, offset in vm._bridge.call("snap_describe")["control"]]
    assert abi.control_fields() == described


def test_guest_names_the_engine_version(vm: VM) -> None:
    assert vm._bridge.call("snap_describe")["quickjs"] == "0.17.0"


@pytest.mark.parametrize("name", sorted(exports.PROTOTYPES))
def test_export_has_the_signature_that_python_uses(name: str) -> None:
    assert module().exports[name] == exports.PROTOTYPES[name]


def test_every_export_of_the_header_is_known_to_python() -> None:
    known = dict(exports.PROTOTYPES)
    del known["_initialize"]
    assert declared("EXPORT") == known


def test_the_header_says_of_every_export_what_it_takes_and_gives() -> None:
    assert abi_header.statements().keys() == abi_header.exports()


def test_statuses_of_the_header_are_known_to_python() -> None:
    statuses = (statement.statuses or () for statement in abi_header.statements().values())
    assert {name for names in statuses for name in names} <= abi.members(abi.Status).keys()


def test_an_export_with_a_result_has_a_status() -> None:
    without = {name for name, said in abi_header.statements().items() if said.statuses is None}
    assert {abi_header.statements()[name].result for name in without} == {"nothing"}


def interface_of_quickjs() -> set[str]:
    """The functions that the header for extensions declares."""
    text = Path(engine.PACKAGED_FILE).with_name("quickjs.h").read_text()
    attribute = r"(?:[^(;]*JS_PRINTF_FORMAT_ATTR\([^)]*\))?"
    return set(re.findall(rf"^JS_EXTERN {attribute}[^(;]*?\b(\w+)\(", text, re.MULTILINE))


def test_module_exports_the_interface_of_quickjs() -> None:
    assert len(interface_of_quickjs()) > 250
    assert interface_of_quickjs() <= module().exports.keys()


def test_module_exports_what_the_lock_lists() -> None:
    listed = tomllib.loads((HEADER.parent / "sources.lock").read_text())["build"]["exports"]
    assert set(listed) <= module().exports.keys() | module().others


def test_module_exports_nothing_else() -> None:
    listed = tomllib.loads((HEADER.parent / "sources.lock").read_text())["build"]["exports"]
    known = exports.PROTOTYPES.keys() | interface_of_quickjs() | set(listed)
    of_other_hosts = re.findall(r"SNAP_EXPORT\((\w+)\)", HEADER.with_name("wasi_reactor.h").read_text())
    memory_of_cpp = {name for name in module().exports if re.fullmatch(r"_Z(nw|na|dl|da)\w+", name)}  # new and delete
    assert {name for name in module().exports if name not in known} - memory_of_cpp - set(of_other_hosts) == {
        "wasi_snapshot_preview1.clock_res_get",
        "wasi_snapshot_preview1.clock_time_get",
        "wasi_snapshot_preview1.random_get",
    }
    assert module().others - set(listed) == {"memory", "__indirect_function_table", "__stack_pointer"}


def test_the_table_has_room_for_extensions_and_does_not_grow() -> None:
    assert module().table is not None
    smallest, largest = module().table
    assert smallest == largest > abi.EXTENSION_SLOTS


def test_module_imports_six_functions_of_ours_and_those_of_wasi_for_other_hosts() -> None:
    of_wasi = {name for origin, name in module().imports if origin == "wasi_snapshot_preview1"}
    assert of_wasi == {
        "clock_time_get", "environ_get", "environ_sizes_get", "fd_close", "fd_fdstat_get", "fd_pread", "fd_prestat_dir_name",
        "fd_prestat_get", "fd_pwrite", "fd_read", "fd_readdir", "fd_write", "path_create_directory", "path_filestat_get",
        "path_filestat_set_times", "path_open", "path_readlink", "path_remove_directory", "path_rename", "path_symlink",
        "path_unlink_file", "poll_oneoff", "proc_exit", "random_get",
    }  # fmt: skip
    assert {name: kind for name, kind in module().imports.items() if name[0] != "wasi_snapshot_preview1"} == {
        ("snapjs", "host_request"): (0, False),
        ("snapjs", "host_import"): (3, True),
        ("snapjs", "host_write"): (4, True),
        ("snapjs", "host_clock"): (2, True),
        ("snapjs", "host_timezone"): (2, True),
        ("snapjs", "host_interrupt"): (1, True),
    }


def test_header_declares_the_imports() -> None:
    ours = {name: signature for (origin, name), signature in module().imports.items() if origin == "snapjs"}
    assert declared("IMPORT") == ours


def test_codec_document_has_the_extension_numbers() -> None:
    document = (HEADER.parents[1] / "docs" / "codec.md").read_text()
    rows = re.findall(r"^\| (\d+) \| `([A-Z_]+)` \|", document, re.MULTILINE)
    assert {name: int(number) for number, name in rows} == abi.members(abi.Ext)
