"""Subresource integrity: https://w3c.github.io/webappsec-subresource-integrity/"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import new as new_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_STRENGTHS: Final = ("sha256", "sha384", "sha512")
_TOKEN: Final = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?[!-~]*)?", re.IGNORECASE)


def matches(data: bytes, metadata: str) -> bool:
    """Whether bytes are those that a request's ``integrity`` wants: of its strongest algorithm, any hash. Metadata
    without a hash that is understood wants nothing."""
    wanted: dict[str, set[str]] = {}
    for token in metadata.split():
        match = _TOKEN.fullmatch(token)
        if match is not None:
            wanted.setdefault(match[1].lower(), set()).add(match[2].replace("-", "+").replace("_", "/").rstrip("="))
    if not wanted:
        return True
    algorithm = max(wanted, key=_STRENGTHS.index)
    digest = b64encode(new_hash(algorithm, data).digest()).decode("ascii").rstrip("=")
    return digest in wanted[algorithm]
