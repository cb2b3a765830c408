"""Which Python values msgspec's encoder can send as they are, and the pieces that both encoders use."""

from __future__ import annotations

from gc import get_referents
from itertools import chain
from typing import Any, Final

import msgspec

from .._guest.abi import MAX_DEPTH

SMALL: Final = frozenset({type(None), bool, int, float, str})
SCALARS: Final = SMALL | {bytes}
STRINGS: Final = frozenset({str})
TREES: Final = frozenset({list, tuple, dict})

pack: Final = msgspec.msgpack.Encoder().encode

PACK_ERRORS: Final = (UnicodeEncodeError, OverflowError, RecursionError)
"""what `pack` raises for a plain value: of a lone surrogate, a large int, or nesting too deep for Python's stack"""


LARGE: Final = 32 * 1024
"""Bytes that are not sent in a message where they are the value or an argument: one call of the guest takes as long as
to copy so many twice."""


def is_large(value: Any) -> bool:
    """Whether it is bytes, and many."""
    return type(value) is bytes and len(value) >= LARGE


def is_tree(root: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> bool:
    """Whether `pack` does the right thing for this container: nothing in it but scalars, lists, tuples and dicts with
    str keys, of exactly these types; no container met twice; nested at most MAX_DEPTH deep.

    Goes level by level, so that C code does whatever is done for each member.
    """
    level: list[Any] = [root]
    met = {id(root)}
    count = 1
    for _ in range(MAX_DEPTH):
        members = get_referents(*level)
        if len(members) != sum(map(len, level)):
            # A dict counts its keys as referents too unless all of them are str.
            dicts = (container for container in level if type(container) is dict)
            if not STRINGS.issuperset(map(type, chain.from_iterable(dicts))):
                return False
        if SCALARS.issuperset(map(type, members)):
            return True
        level = [member for member in members if type(member) not in SCALARS]
        if not TREES.issuperset(map(type, level)):
            return False
        met.update(map(id, level))
        count += len(level)
        if len(met) != count:
            return False
    return False


def extension(code: int, payload: bytes) -> bytes:
    """A whole extension as bytes of a message."""
    return pack(msgspec.msgpack.Ext(code, payload))


def join_surrogates(text: str) -> str:
    """The text with each pair of surrogates made the one character that it is in UTF-16."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def wtf8(text: str) -> bytes:
    """The text in UTF-8, with a lone surrogate as its own three bytes."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return join_surrogates(text).encode("utf-8", "surrogatepass")
