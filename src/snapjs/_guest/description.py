"""What an engine that comes from elsewhere says of itself."""

from __future__ import annotations

import ctypes

import msgspec

from . import abi
from .exports import PROTOTYPES
from .library import NativeError
from .raw import RawInstance


def check_description(raw: RawInstance, block: int) -> None:
    """Compare what an engine says of itself with what this host counts on.

    :param block: address of its control block.
    :raises NativeError: it is not an engine that this host can run.
    """
    control = abi.Control.from_address(raw.base + block)
    raw.function("snap_describe", *PROTOTYPES["snap_describe"])()
    begin, length = control.result, control.result_length
    try:
        if begin + length > raw.store.size():
            raise ValueError("it names memory that it does not have")
        description = msgspec.msgpack.decode(ctypes.string_at(raw.base + begin, length), type=_Description)
    except (ValueError, RecursionError) as error:
        raise NativeError(f"its description is not readable: {error}") from None
    fields = [(name, offset) for _, name, offset in description.control]
    known = [(name, offset) for name, offset, _ in abi.control_fields()]
    constants = abi.constants()
    agreed = all(constants.get(name) == value for name, value in description.constants.items())
    if description.abi_version != abi.ABI_VERSION or fields != known or not agreed:
        raise NativeError("it has another interface than this version of snapjs: install the one that it belongs to")


class _Description(msgspec.Struct):
    abi_version: int
    quickjs: str
    constants: dict[str, int]
    control: list[tuple[str, str, int]]
