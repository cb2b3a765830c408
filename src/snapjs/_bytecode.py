"""Bytecode outside the engine: what was compiled, sealed with the engine it was compiled by.

The engine trusts bytecode as it trusts its own: bytes that another engine or nobody compiled can do anything inside the
sandbox's memory. A hash tells damage and mistakes; it does not tell who compiled it.
"""

from __future__ import annotations

import hashlib
from typing import Final

from ._checks import checked_flags
from ._guest import abi
from ._guest.compiled import engine_sha256
from .constants import CompileFlags, EvalFlags

_MAGIC: Final = b"snapjs\r\x01"
_HASH: Final = 32

_RUN: Final = {
    EvalFlags.TYPE_MODULE: int(abi.Run.MODULE),
    EvalFlags.STRICT: int(abi.Run.STRICT),
    EvalFlags.COMPILE_ONLY: int(abi.Run.COMPILE_ONLY),
    EvalFlags.BACKTRACE_BARRIER: int(abi.Run.BARRIER),
    EvalFlags.ASYNC: int(abi.Run.ASYNC | abi.Run.WRAPPED),
}
_STRIP: Final = {
    CompileFlags.STRIP_SOURCE: int(abi.Run.STRIP_SOURCE),
    CompileFlags.STRIP_DEBUG: int(abi.Run.STRIP_DEBUG),
}


def run_flags(flags: EvalFlags, compile_flags: CompileFlags = CompileFlags.NONE) -> int:
    """What the guest calls these flags.

    :raises TypeError: they are no flags.
    :raises ValueError: there is none of that number.
    """
    run = _translate("flags", flags, _RUN) | _translate("compile_flags", compile_flags, _STRIP)
    if flags & EvalFlags.TYPE_MODULE:  # where await is always allowed
        run &= ~int(abi.Run.ASYNC | abi.Run.WRAPPED)
    return run


def _translate(name: str, flags: int, table: dict[EvalFlags, int] | dict[CompileFlags, int]) -> int:
    unknown = checked_flags(name, flags, type(next(iter(table)))) & ~sum(int(flag) for flag in table)
    if unknown:
        known = ", ".join(str(flag.name) for flag in table)
        raise ValueError(f"{name} has bits that mean nothing: {unknown:#x}. Combine {known}.")
    return sum(run for flag, run in table.items() if flags & flag)


def seal(body: bytes) -> bytes:
    """The engine's bytecode with what :func:`unseal` checks."""
    return _MAGIC + bytes.fromhex(engine_sha256()) + hashlib.sha256(body).digest() + body


def unseal(data: bytes) -> bytes:
    """The engine's bytecode.

    :raises TypeError: it is not bytes.
    :raises ValueError: it is not bytecode, is damaged, or was compiled by another engine.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"bytecode is bytes, not {type(data).__name__}")
    data = bytes(data)
    head = len(_MAGIC)
    if len(data) < head + 2 * _HASH or not data.startswith(_MAGIC):
        raise ValueError("this is not bytecode of snapjs: pass what VM.compile returned")
    engine, checksum = data[head : head + _HASH], data[head + _HASH : head + 2 * _HASH]
    if engine.hex() != engine_sha256():
        raise ValueError("this bytecode was made by another engine: compile the source again")
    body = data[head + 2 * _HASH :]
    if hashlib.sha256(body).digest() != checksum:
        raise ValueError("this bytecode is corrupt: compile the source again")
    return body
