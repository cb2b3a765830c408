"""What is checked of an engine that comes from elsewhere: of its module, and of what it says of itself.

wasmtime validates a module and keeps it in its sandbox. But our calls do not look at the types of functions, a start
function would run before there is a deadline, and compiling takes time in proportion to numbers that a few bytes can
hold. So the module is read before it is compiled. Binary format: WebAssembly Core Specification 2.0, chapter 5.
"""

from __future__ import annotations

import ctypes
from typing import Final

import msgspec

from . import abi
from .binary import (
    CODE,
    EXPORTS,
    FUNCTION,
    FUNCTION_TYPE,
    FUNCTIONS,
    IMPORTS,
    MAGIC,
    MOST_LOCALS,
    MOST_PARAMETERS,
    START,
    TYPES,
    Damaged,
    Reader,
    TooManyParts,
    count_locals,
    sections,
)
from .exports import PROTOTYPES, EngineUnusable
from .raw import RawInstance

_INTEGERS: Final = b"\x7f\x7e"
"""i32 and i64"""
_NUMBERS: Final = _INTEGERS + b"\x7d\x7c"
"""and f32 and f64"""


def check_module(wasm: bytes) -> None:
    """Check a module that is to be used as an engine. What it lacks is found out when it is called.

    :raises EngineUnusable: it is no engine.
    """
    if not wasm.startswith(MAGIC):
        raise EngineUnusable("it is not a WebAssembly module")
    try:
        _check(wasm)
    except (Damaged, IndexError):
        raise EngineUnusable("the WebAssembly module is damaged") from None
    except TooManyParts:
        raise EngineUnusable("the module has more parts than an engine") from None


def _check(wasm: bytes) -> None:
    types: list[tuple[bytes, bytes]] = []
    functions: list[int] = []
    for section, reader in sections(wasm):
        if section == TYPES:
            types = [_read_type(reader) for _ in range(reader.count())]
        elif section == IMPORTS:
            functions += [_read_import(reader) for _ in range(reader.count())]
        elif section == FUNCTIONS:
            functions += [reader.number() for _ in range(reader.count())]
        elif section == EXPORTS:
            for _ in range(reader.count()):
                _check_export(reader, types, functions)
        elif section == START:
            raise EngineUnusable("the module has a start function, which no engine has")
        elif section == CODE and count_locals(reader) > MOST_LOCALS:
            raise EngineUnusable("the module's functions have more variables than an engine's")


def _read_type(reader: Reader) -> tuple[bytes, bytes]:
    if reader.byte() != FUNCTION_TYPE:
        raise EngineUnusable("the module has types that no engine has")
    parameters, results = reader.run(), reader.run()
    if (parameters + results).strip(_NUMBERS) or len(parameters) > MOST_PARAMETERS or len(results) > 1:
        raise EngineUnusable("the module has types that no engine has")
    return parameters, results


def _read_import(reader: Reader) -> int:
    reader.run()
    reader.run()
    if reader.byte() != FUNCTION:
        raise EngineUnusable("the module imports something else than functions")
    return reader.number()


def _check_export(reader: Reader, types: list[tuple[bytes, bytes]], functions: list[int]) -> None:
    name, kind, index = reader.run().decode(errors="replace"), reader.byte(), reader.number()
    expected = PROTOTYPES.get(name)
    if expected is None:
        return
    if kind != FUNCTION:
        raise EngineUnusable(f"the module's {name} is not a function")
    parameters, results = types[functions[index]]
    if (len(parameters), len(results)) != (expected[0], int(expected[1])) or (parameters + results).strip(_INTEGERS):
        raise EngineUnusable(f"the module's function {name} has another type than an engine's")


def check_description(raw: RawInstance, block: int) -> None:
    """Compare what an engine says of itself with what this host counts on.

    :param block: address of its control block.
    :raises EngineUnusable: it is not an engine that this host can run.
    """
    control = abi.Control.from_address(raw.base + block)
    raw.function("snap_describe", *PROTOTYPES["snap_describe"])()
    begin, length = control.result, control.result_length
    try:
        if begin + length > raw.store.size():
            raise ValueError("it names memory that it does not have")
        description = msgspec.msgpack.decode(ctypes.string_at(raw.base + begin, length), type=_Description)
    except (ValueError, RecursionError) as error:
        raise EngineUnusable(f"its description is not readable: {error}") from None
    fields = [(name, offset) for _, name, offset in description.control]
    known = [(name, offset) for name, offset, _ in abi.control_fields()]
    constants = abi.constants()
    agreed = all(constants.get(name) == value for name, value in description.constants.items())
    if description.abi_version != abi.ABI_VERSION or fields != known or not agreed:
        raise EngineUnusable("it has another interface than this version of snapjs: install the one that it belongs to")


class _Description(msgspec.Struct):
    abi_version: int
    quickjs: str
    constants: dict[str, int]
    control: list[tuple[str, str, int]]
