"""JSON Web Keys (RFC 7517), as the key formats of Web Cryptography use them."""

from __future__ import annotations

import binascii
import json
import re
from typing import Any, Final, NoReturn

from .failure import Failure
from .key import Key

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*\Z")
_LONGEST_TEXT: Final = 2 << 20
"""bytes; the largest secret takes two thirds of that, and JSON may become twenty times as much memory"""


def encode(data: bytes) -> str:
    """base64url without padding (RFC 7515, section 2)."""
    return binascii.b2a_base64(data, newline=False).decode().rstrip("=").translate(str.maketrans("+/", "-_"))


def decode(jwk: dict[str, Any], member: str) -> bytes:
    """The bytes of a member.

    :raises Failure: DataError: it is absent, or no base64url.
    """
    text = jwk.get(member)
    if not isinstance(text, str) or not _BASE64URL.match(text) or len(text) % 4 == 1:
        raise Failure("DataError", f"the member {member!r} of the JSON Web Key must be base64url without padding")
    padded = text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4)
    return binascii.a2b_base64(padded)


def number(jwk: dict[str, Any], member: str) -> int:
    """The positive integer of a member (RFC 7518, section 2).

    :raises Failure: DataError.
    """
    value = int.from_bytes(decode(jwk, member), "big")
    if not value:
        raise Failure("DataError", f"the member {member!r} of the JSON Web Key must be a positive integer")
    return value


def encode_number(value: int) -> str:
    """A positive integer as the fewest bytes."""
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def check(jwk: dict[str, Any], kty: str, use: str, extractable: bool, usages: list[str]) -> None:
    """What every import of a JSON Web Key looks at.

    :param use: what the member of that name must be, where it is there.
    :raises Failure: DataError.
    """
    if jwk.get("kty") != kty:
        raise Failure("DataError", f"the JSON Web Key must have 'kty': {kty!r}")
    if usages and jwk.get("use") is not None and jwk["use"] != use:
        raise Failure("DataError", f"the JSON Web Key must have 'use': {use!r}, or none")
    operations = jwk.get("key_ops")
    if operations is not None:
        is_list = isinstance(operations, list) and all(isinstance(operation, str) for operation in operations)
        if not is_list or len(set(operations)) != len(operations):
            raise Failure("DataError", "the member 'key_ops' of the JSON Web Key must list each operation once")
        if not set(usages) <= set(operations):
            raise Failure("DataError", "the member 'key_ops' of the JSON Web Key does not list all usages")
    if extractable and jwk.get("ext") is False:
        raise Failure("DataError", "the JSON Web Key has 'ext': false, so it cannot be imported as extractable")


def check_algorithm(jwk: dict[str, Any], *expected: str) -> None:
    """The member ``alg``, where it is there, must be one of these.

    :raises Failure: DataError.
    """
    if jwk.get("alg") is not None and jwk["alg"] not in expected:
        raise Failure("DataError", f"the JSON Web Key must have 'alg': {expected[0]!r}, or none")


def common(key: Key, kty: str) -> dict[str, Any]:
    """The members that every exported JSON Web Key has."""
    return {"key_ops": list(key.usages), "ext": key.extractable, "kty": kty}


def to_text(jwk: dict[str, Any]) -> bytes:
    """The bytes that are wrapped."""
    return json.dumps(jwk, separators=(",", ":")).encode()


def from_text(data: bytes) -> dict[str, Any]:
    """What was wrapped.

    :raises Failure: DataError: it is no JSON Web Key; OperationError: it is too long.
    """
    if len(data) > _LONGEST_TEXT:
        raise Failure("OperationError", f"a JSON Web Key has at most {_LONGEST_TEXT} bytes, not {len(data)}")
    try:
        jwk = json.loads(data.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        jwk = None
    if not isinstance(jwk, dict):
        raise Failure("DataError", "what was unwrapped is no JSON Web Key")
    if "ext" in jwk:  # as Web IDL converts it to a boolean
        jwk["ext"] = jwk["ext"] not in (None, False, 0, "")
    return jwk


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity, which Python would take
