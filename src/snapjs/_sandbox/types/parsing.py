"""The text of ``types=``, read by the TypeScript compiler in a VM of its own."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from ..._checks import checked_text
from ..._tools.results import ResultsOnDisk
from ..._tools.tools import tool
from . import nodes

_IN_MEMORY: Final = 1 << 20
"""characters of text"""
_ON_DISK: Final = 16 << 20
"""bytes"""


class ParsedParameter(msgspec.Struct, frozen=True):
    """A parameter of a function type."""

    name: str
    type: nodes.AnyType
    required: bool
    rest: bool
    """whether it stands for any number of arguments, each of its type"""


class Declaration(msgspec.Struct, frozen=True):
    """An interface or a type alias."""

    name: str
    type: nodes.AnyType
    text: str
    """as it was written, each name of a type between two null characters"""


class ParsedSignature(msgspec.Struct, frozen=True):
    """A function type with what is declared before it."""

    parameters: tuple[ParsedParameter, ...]
    returns: nodes.AnyType
    is_async: bool
    """whether it returns a promise, which is one of ``returns``"""
    text: str
    """as it was written, each name of a type between two null characters"""
    declarations: tuple[Declaration, ...]

    def size(self) -> int:
        return len(self.text) + sum(len(declaration.text) for declaration in self.declarations)


def parse_signature(text: str) -> ParsedSignature:
    """Read a TypeScript function type, before which interfaces and type aliases may stand.

    :raises ValueError: it is none, or it has types that mean nothing at run time.
    """
    checked_text(text, "types")
    if "\0" in text:
        raise ValueError("types= has a null character. Leave it out.")
    compiler = tool("typescript")
    key = hashlib.sha256(b"\0".join((compiler.key, text.encode(errors="surrogatepass")))).hexdigest()
    parsed = _signatures.get(key)
    if parsed is None:
        answer = compiler.call("signature", text)
        if "error" in answer:
            message, line, column = answer["error"]
            raise ValueError(f"types= cannot be used, at line {line}, column {column}: {message}.")
        parsed = msgspec.convert(answer, ParsedSignature)
        _signatures.put(key, parsed)
    return parsed


_signatures = ResultsOnDisk("typescript-types", ParsedSignature, _ON_DISK, _IN_MEMORY, ParsedSignature.size)
