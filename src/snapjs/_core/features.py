"""Which parts of the language and of the Web a global object has, in the guest's words."""

from __future__ import annotations

from .._checks import UNSET, checked_flags
from .._guest import abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Final, TypeGuard

    from ..constants import Intrinsics
    from ..fetch import Fetch

    WebOption = bool | Iterable[str] | Mapping[str, bool | Fetch]

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
_FETCH: Final = "fetch"
_ALL_WEB: Final = sum(WEB.values())
_NEEDS: Final = {
    "performance": ("events",),
    "messaging": ("events", "structuredClone"),
    "blob": ("streams",),
    "streams": ("events", "encoding"),
    "compression": ("streams",),
    "http": ("blob", "structuredClone", "url"),
    "fetch": ("http",),
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


def web_bits(web: WebOption) -> int:
    """The web APIs: all, none, or those that are named, with what they are made with. A mapping names those of which it
    says something else than True does.

    :raises ValueError: there is none of that name, or it is ``"fetch"`` without a policy.
    """
    if isinstance(web, bool):
        return _ALL_WEB if web else 0
    if isinstance(web, str) or not hasattr(web, "__iter__"):
        raise TypeError(f"web takes True, False, the names of APIs, or a mapping from these, not {web!r}")
    bits = {**WEB, _FETCH: abi.Web.FETCH}
    names = set(web)
    unknown = names - set(bits)
    if unknown:
        raise ValueError(f"web has no {', '.join(sorted(map(repr, unknown)))}: there are {', '.join(map(repr, bits))}")
    policies = policies_of(web)
    if _is_mapping(web):
        names = {name for name in WEB if web.get(name, True)} | set(policies)
    elif _FETCH in names:
        raise ValueError('web has "fetch" only with a policy: web={"fetch": snapjs.Fetch(allow=[…])}')
    for name in (wanted := list(names)):
        wanted += [need for need in _NEEDS.get(name, ()) if need not in wanted]
    return sum(bits[name] for name in wanted)


def policies_of(web: WebOption | None) -> dict[str, Fetch]:
    """The policies among the values of a mapping, by the API that they are for.

    :raises TypeError: a value is none of True, False and, for ``"fetch"``, a policy.
    """
    if not _is_mapping(web):
        return {}
    policies = {}
    for name, value in web.items():
        if name == _FETCH and _is_policy(value):
            policies[name] = value
        elif not isinstance(value, bool) or (name == _FETCH and value):
            wanted = "a snapjs.Fetch or False" if name == _FETCH else "True or False"
            raise TypeError(f"web={{{name!r}: …}} takes {wanted}, not {value!r}")
    return policies


def _is_mapping(web: WebOption | None) -> TypeGuard[Mapping[str, bool | Fetch]]:
    if web is None or isinstance(web, bool):
        return False
    from collections.abc import Mapping  # which a VM without this option need not import

    return isinstance(web, Mapping)


def _is_policy(value: object) -> TypeGuard[Fetch]:
    from ..fetch import Fetch

    return isinstance(value, Fetch)
