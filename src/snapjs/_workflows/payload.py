"""Values and errors as bytes for the store."""

from __future__ import annotations

from typing import Any, Final

from .._codec.codec import Codec
from .._codec.no_vm import NoVM
from ..errors import JSError, KeyRefused, PayloadTooLarge

LARGEST_PAYLOAD: Final = 8 << 20
"""bytes of a value: of what a run is started with, told, or ends with, and of a step's arguments and result"""
SEAL: Final = b"\xc1\x01"
"""what is encrypted begins with it: a byte that no value and no snapshot begins with, and the version"""
SEALED: Final = "<sealed>"
"""in the place of what is encrypted, where its key is not there"""
_LONGEST_TEXT: Final = 64 << 10
"""characters of an error's message and stack, each"""

_no_vm: Final = NoVM()
_codec: Final = Codec(_no_vm)


def pack(value: Any) -> bytes:
    """A value as bytes.

    :raises ConversionError: it is not data.
    :raises PayloadTooLarge: it has more than :data:`LARGEST_PAYLOAD`.
    """
    data = _codec.encode(value)
    if len(data) > LARGEST_PAYLOAD:
        raise PayloadTooLarge(len(data), LARGEST_PAYLOAD)
    return data


def shown(data: bytes) -> Any:
    """The value that :func:`pack` has packed, or what stands in its place where it is encrypted."""
    return SEALED if is_sealed(data) else unpack(data)


def unpack(data: bytes) -> Any:
    """The value that :func:`pack` has packed.

    :raises KeyRefused: it is encrypted.
    """
    if is_sealed(data):
        raise KeyRefused("none")
    return _codec.decode(data, True)


def is_text(value: object) -> bool:
    """Whether it is text that any database takes: without NUL, and without halves of surrogate pairs."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_sealed(data: bytes) -> bool:
    """Whether it is encrypted, as far as can be seen."""
    return data.startswith(SEAL)


def pack_error(error: BaseException) -> bytes:
    """What is kept of an exception: name, text and, of JavaScript's, the stack."""
    if isinstance(error, JSError):
        stack = None if error.stack is None else error.stack[:_LONGEST_TEXT]
        return pack([error.name[:_LONGEST_TEXT], error.message[:_LONGEST_TEXT], stack])
    return pack([type(error).__name__, _text(error)[:_LONGEST_TEXT], None])


def unpack_error(data: bytes) -> JSError:
    """The exception, as JavaScript sees it. Nothing: a child could not begin."""
    if not data:
        return JSError("KeyTakenError", "another run of the function has the key that the child was to have")
    name, message, stack = unpack(data)
    return JSError(name, message, stack=stack)


def _text(error: BaseException) -> str:
    """What it says; an exception of a program's own may fail even at that."""
    try:
        text = str(error)
        text.encode()
    except Exception as failure:
        return f"it has no text: {type(failure).__name__}"
    return text
