"""Texts as a message, without msgspec, which a process that does nothing but run a script need not import."""

from __future__ import annotations


def pack_texts(*texts: str) -> bytes:
    """A message that is an array of at most 15 texts.

    :raises UnicodeEncodeError: half a surrogate pair, which needs an extension.
    """
    parts = [bytes((0x90 | len(texts),))]
    for text in texts:
        content = text.encode()
        parts += b"\xdb" + len(content).to_bytes(4, "big"), content
    return b"".join(parts)
