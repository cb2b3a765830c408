"""Typed arrays: the payload of the codec's TYPED, and the memoryview that Python has for it."""

from __future__ import annotations

import array
import struct
import sys
from typing import Any, Final

from .._guest.abi import Typed

_KINDS: Final = {
    **dict.fromkeys("bhilqn", "signed"),
    **dict.fromkeys("BHILQN", "unsigned"),
    **dict.fromkeys("efd", "float"),
}
_TO_JAVASCRIPT: Final = {
    ("signed", 1): Typed.INT8,
    ("signed", 2): Typed.INT16,
    ("signed", 4): Typed.INT32,
    ("signed", 8): Typed.BIG_INT64,
    ("unsigned", 1): Typed.UINT8,
    ("unsigned", 2): Typed.UINT16,
    ("unsigned", 4): Typed.UINT32,
    ("unsigned", 8): Typed.BIG_UINT64,
    ("float", 2): Typed.FLOAT16,
    ("float", 4): Typed.FLOAT32,
    ("float", 8): Typed.FLOAT64,
}
_TO_PYTHON: Final[dict[int, tuple[Any, int]]] = {
    Typed.UINT8_CLAMPED: ("B", 1),
    Typed.INT8: ("b", 1),
    Typed.UINT8: ("B", 1),
    Typed.INT16: ("h", 2),
    Typed.UINT16: ("H", 2),
    Typed.INT32: ("i", 4),
    Typed.UINT32: ("I", 4),
    Typed.BIG_INT64: ("q", 8),
    Typed.BIG_UINT64: ("Q", 8),
    Typed.FLOAT16: ("e", 2),
    Typed.FLOAT32: ("f", 4),
    Typed.FLOAT64: ("d", 8),
}


def kind_of(view: memoryview) -> int | None:
    """The kind of typed array with elements like these; None where there is none."""
    if view.format == "c":
        return Typed.UINT8
    if view.format[:-1] not in ("", "@", "=", "<", ">", "!"):
        return None
    return _TO_JAVASCRIPT.get((_KINDS.get(view.format[-1:], ""), view.itemsize))


def elements(view: memoryview) -> bytes:
    """The elements of a view of one dimension, little-endian."""
    data = view.tobytes()
    order = view.format[:-1]
    is_big = order in (">", "!") or (order != "<" and sys.byteorder == "big")
    return _swap(data, view.itemsize) if is_big else data


def contiguous(view: memoryview) -> memoryview | bytes:
    """As :func:`elements`, without a copy where the memory has them so."""
    if view.c_contiguous and view.format[:-1] in ("", "@") and sys.byteorder == "little":
        return view.cast("B")
    return elements(view)


def view_of(payload: bytes | memoryview) -> memoryview[Any] | None:
    """What Python has for a TYPED payload: a read-only memoryview that owns its bytes; None when the payload is
    malformed.

    No memoryview can hold 16-bit floats, so they are widened to 32 bits, which changes no value.
    """
    if not payload:
        return None
    kind, data = payload[0], bytes(payload[1:])
    form, size = _TO_PYTHON.get(kind, ("", 0))
    if not size or len(data) % size:
        return None
    if form == "e":
        return memoryview(array.array("f", struct.unpack(f"<{len(data) // 2}e", data)).tobytes()).cast("f")
    return memoryview(_swap(data, size) if sys.byteorder == "big" else data).cast(form)


def _swap(data: bytes, size: int) -> bytes:
    """The elements with the bytes of each in the opposite order."""
    swapped = bytearray(len(data))
    for index in range(size):
        swapped[index::size] = data[size - 1 - index :: size]
    return bytes(swapped)
