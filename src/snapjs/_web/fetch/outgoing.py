"""A request as it is sent: what JavaScript wants, as far as the policy allows it, and what the policy adds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .decoding import accepted
from .failures import Refusal
from .urls import parse_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ...fetch import Fetch
    from .urls import Target

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[^\x00\r\n]*")
_LARGEST_HEAD: Final = 65536
_LONGEST_METHOD: Final = 32

FRAMING: Final = frozenset(
    ("connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
"""what the connection is told, and nobody else sets"""
_NEVER_ASKED: Final = FRAMING | {
    "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method", "cookie",
    "cookie2", "date", "dnt", "host", "origin", "referer", "set-cookie", "via",
}  # fmt: skip
"""the Fetch Standard's forbidden request-headers, which engine/web/headers.js holds back, but not from a program that
replaces what it is written with; so that they can come only from a policy"""
_NEVER_ASKED_PREFIXES: Final = ("proxy-", "sec-")
_NEVER_USED: Final = ("CONNECT", "TRACE", "TRACK")
"""its forbidden methods; the second has a server tell the headers that a policy added"""
_OVERRIDES: Final = ("x-http-method", "x-http-method-override", "x-method-override")
"""headers that some servers take the method from"""
SAFELISTED: Final = frozenset(("accept", "accept-language", "content-language", "content-type"))
"""what ``allow_headers`` always has"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that the policy allows.

    :param body: ``None`` without one, True for one that is written piece by piece.
    """

    method: str
    target: Target
    headers: list[tuple[bytes, bytes]]
    body: bytes | bool | None


def check(policy: Fetch, method: Any, url: Any) -> Target:
    """Where a request goes.

    :raises Refusal: the policy allows no such request.
    """
    if not isinstance(url, str) or not isinstance(method, str):
        raise Refusal("the request", "it is malformed")
    target = parse_url(url)
    what = f"{method[:_LONGEST_METHOD]} {target.origin}{target.path[:200]}"
    if len(method) > _LONGEST_METHOD or not _TOKEN.fullmatch(method):
        raise Refusal(what, "this is no method")
    if method.upper() in _NEVER_USED:
        raise Refusal(what, "nobody may use this method")
    if policy.methods is not None and method not in policy.methods:
        raise Refusal(what, "the method is none of those allowed")
    if any(pattern.denies(target) for pattern in policy._deny):
        raise Refusal(what, "the URL is denied")
    if not any(pattern.allows(target) for pattern in policy._allow):
        raise Refusal(what, "the URL is none of those allowed")
    return target


def prepare(policy: Fetch, method: Any, url: Any, headers: Any, body: Any, hops: Any) -> Outgoing:
    """The request to send. The arguments are the guest's, and trusted with nothing.

    :param headers: pairs of a name and a value.
    :param body: a str, bytes, None, or True for one that is written.
    :param hops: how many redirects led here.
    :raises Refusal: the policy does not allow it.
    """
    target = check(policy, method, url)
    what = f"{method} {target.origin}{target.path[:200]}"
    if not isinstance(hops, int) or hops > policy.max_redirects:
        raise Refusal(what, f"there are more than {policy.max_redirects} redirects")
    if isinstance(body, str):
        body = body.encode("utf-8", "replace")
    if not (body is None or body is True or isinstance(body, bytes)):
        raise Refusal(what, "it is malformed")
    if isinstance(body, bytes) and len(body) > policy.max_request_size:
        raise Refusal(what, f"the body is larger than {policy.max_request_size} bytes")
    wanted = _checked_headers(policy, what, headers)
    return Outgoing(method, target, _complete(policy, method, target, wanted, body), body)


def _checked_headers(policy: Fetch, what: str, headers: Any) -> list[tuple[str, str]]:
    """The headers that JavaScript set, but for those that it has no say in."""
    wanted: list[tuple[str, str]] = []
    size = 0
    for pair in headers if isinstance(headers, list) else [None]:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise Refusal(what, "it is malformed")
        name, value = pair
        key = name.lower()
        size += len(name) + len(value)
        if not is_header(name, value) or size > _LARGEST_HEAD:
            raise Refusal(what, "its headers are malformed, or too large")
        if key in _NEVER_ASKED or key.startswith(_NEVER_ASKED_PREFIXES):
            continue
        if key in _OVERRIDES and not all(_may_use(policy, method.strip()) for method in value.split(",")):
            raise Refusal(what, f"the header {key} asks for a method that is none of those allowed")
        if key in policy.deny_headers or (
            policy.allow_headers is not None and key not in policy.allow_headers and key not in SAFELISTED
        ):
            raise Refusal(what, f"the header {key} is none of those allowed")
        wanted.append((name, value))
    return wanted


def _may_use(policy: Fetch, method: str) -> bool:
    """Whether a policy has a method, which servers write as they like."""
    method = method.upper()
    allowed = policy.methods is None or method in {other.upper() for other in policy.methods}
    return allowed and method not in _NEVER_USED


def is_header(name: object, value: object) -> bool:
    """Whether they can be sent as they are."""
    if not isinstance(name, str) or not isinstance(value, str) or not _TOKEN.fullmatch(name):
        return False
    return _VALUE.fullmatch(value) is not None and value.strip(" \t") == value and max(value, default="") <= "\xff"


def _complete(
    policy: Fetch, method: str, target: Target, wanted: list[tuple[str, str]], body: bytes | bool | None
) -> list[tuple[bytes, bytes]]:
    """All headers, in the order in which they are sent. The policy's take the place of JavaScript's."""
    given = {
        name.lower(): (name, value)
        for pattern, added in policy._headers
        if pattern.allows(target)
        for name, value in added
    }
    kept = [(name, value) for name, value in wanted if name.lower() not in given]
    names = {name.lower() for name, _ in kept} | set(given)
    # A part of what is encoded would be of no use (Fetch, "HTTP-network-or-cache fetch").
    encoding = "identity" if "range" in names else accepted()
    defaults = [("Host", target.authority), ("Accept", "*/*"), ("Accept-Language", "*"), ("User-Agent", "snapjs")]
    defaults.append(("Accept-Encoding", encoding))
    headers = [(name, value) for name, value in defaults if name.lower() not in names]
    headers += kept + list(given.values())
    if body is True:
        headers.append(("Transfer-Encoding", "chunked"))
    elif isinstance(body, bytes) or method in ("POST", "PUT"):
        headers.append(("Content-Length", str(len(body or b""))))
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
