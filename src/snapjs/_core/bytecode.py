"""Bytecode outside the engine: what was compiled, sealed with the engine it was compiled by.

The engine trusts bytecode as it trusts its own: bytes that another engine or nobody compiled can do anything inside the
sandbox's memory. A hash tells damage and mistakes; it does not tell who compiled it.
"""

from __future__ import annotations

import hashlib
from typing import Final

_MAGIC: Final = b"snapjs\r\x01"
_MAGIC_WITH_MAP: Final = b"snapjs\r\x02"
"""before the bytecode then lie two texts, file name and source map, each behind its length in four bytes"""
_HASH: Final = 32


def seal(body: bytes, sha256: str, source_map: tuple[str, str] | None = None) -> bytes:
    """An engine's bytecode with what :func:`unseal` checks.

    :param sha256: of the engine, in hexadecimal.
    :param source_map: a file's name and its map.
    """
    magic = _MAGIC
    if source_map is not None:
        magic = _MAGIC_WITH_MAP
        texts = [text.encode(errors="surrogatepass") for text in source_map]
        body = b"".join(len(text).to_bytes(4, "little") + text for text in texts) + body
    return magic + bytes.fromhex(sha256) + hashlib.sha256(body).digest() + body


def unseal(data: bytes, sha256: str) -> tuple[bytes, tuple[str, str] | None]:
    """The engine's bytecode, and the source map that it was sealed with.

    :param sha256: of the engine that is to run it, in hexadecimal.
    :raises TypeError: it is not bytes.
    :raises ValueError: it is not bytecode, is damaged, or was compiled by another engine.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"bytecode is bytes, not {type(data).__name__}")
    data = bytes(data)
    head = len(_MAGIC)
    if len(data) < head + 2 * _HASH or data[:head] not in (_MAGIC, _MAGIC_WITH_MAP):
        raise ValueError("this is not bytecode of snapjs: pass what VM.compile returned")
    engine, checksum = data[head : head + _HASH], data[head + _HASH : head + 2 * _HASH]
    if engine.hex() != sha256:
        raise ValueError("this bytecode was made by another engine: compile the source again")
    body = data[head + 2 * _HASH :]
    if hashlib.sha256(body).digest() != checksum:
        raise ValueError("this bytecode is corrupt: compile the source again")
    if data.startswith(_MAGIC):
        return body, None
    name, body = _text_before(body)
    text, body = _text_before(body)
    return body, (name, text)


def _text_before(data: bytes) -> tuple[str, bytes]:
    end = 4 + int.from_bytes(data[:4], "little")
    return data[4:end].decode(errors="surrogatepass"), data[end:]
