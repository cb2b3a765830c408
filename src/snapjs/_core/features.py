"""Which parts of the language and of the Web a global object has, in the guest's words."""

from __future__ import annotations

from .._checks import UNSET, checked_flags
from .._guest import abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from ..constants import Intrinsics

WEB: Final = {
    "console": abi.Web.CONSOLE,
    "timers": abi.Web.TIMERS,
    "queueMicrotask": abi.Web.MICROTASK,
    "performance": abi.Web.PERFORMANCE,
    "events": abi.Web.EVENTS,
    "url": abi.Web.URL,
    "encoding": abi.Web.ENCODING,
    "structuredClone": abi.Web.STRUCTURED_CLONE,
    "messaging": abi.Web.MESSAGING,
    "blob": abi.Web.BLOB,
    "streams": abi.Web.STREAMS,
    "compression": abi.Web.COMPRESSION,
    "crypto": abi.Web.CRYPTO,
    "http": abi.Web.HTTP,
    "navigator": abi.Web.NAVIGATOR,
}
_ALL_WEB: Final = sum(WEB.values())
_NEEDS: Final = {
    "performance": ("events",),
    "messaging": ("events", "structuredClone"),
    "blob": ("streams",),
    "streams": ("events", "encoding"),
    "compression": ("streams",),
    "http": ("blob", "url"),
}
"""areas that an area is made with; these have needs of their own"""
_ALL_INTRINSICS: Final = sum(abi.members(abi.Intrinsic).values())


def intrinsic_bits(intrinsics: Intrinsics) -> int:
    """The parts of the language; all of them, if left out.

    :raises TypeError: it is no combination of Intrinsics.
    """
    if intrinsics is UNSET:
        return _ALL_INTRINSICS
    from ..constants import Intrinsics

    return checked_flags("intrinsics", intrinsics, Intrinsics) & _ALL_INTRINSICS


def web_bits(web: bool | Iterable[str]) -> int:
    """The web APIs: all, none, or those that are named, with what they are made with.

    :raises ValueError: there is none of that name.
    """
    if isinstance(web, bool):
        return _ALL_WEB if web else 0
    names = set(web)
    unknown = names - set(WEB)
    if unknown:
        raise ValueError(f"web has no {', '.join(sorted(map(repr, unknown)))}: there are {', '.join(map(repr, WEB))}")
    for name in (wanted := list(names)):
        wanted += [need for need in _NEEDS.get(name, ()) if need not in wanted]
    return sum(WEB[name] for name in wanted)
