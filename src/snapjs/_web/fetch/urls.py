"""URLs as the guest writes them, and the patterns that a policy allows.

The guest's parser (URL Standard) has made the text. It is not parsed anew, for two parsers may disagree: what is not in
the one form that a serialized http(s) URL has is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote

from .failures import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LONGEST_URL: Final = 65536
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_HOST: Final = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\]"
_URL: Final = re.compile(
    rf"(https?)://({_HOST})(?::([1-9][0-9]{{0,4}}))?(/[!-\"$->@-\[\]-~]*)(\?[!-\"$-~]*)?(?:#[!-~]*)?"
)
_PATTERN: Final = re.compile(
    rf"(https?)://(\*|(?:\*\.)?(?:{_HOST}))(?::([1-9][0-9]{{0,4}}|\*))?(/[!-\"$-)+->@-\[\]-~]*\*?)?"
)
_UNRESERVED: Final = re.compile(r"%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
_PARAMETERS: Final = re.compile(r"(?:;|%3b)[^/]*", re.IGNORECASE)
"""what some servers take off a segment of a path, before they look whether it is ``..``"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    :param host: in lower case; of an IPv6 address without brackets.
    :param path: beginning with a slash, as it is sent.
    :param query: beginning with a question mark, or empty.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def authority(self) -> str:
        """The host, and the port if it is not the scheme's: the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What errors call it: nothing that could be secret."""
        return f"{self.scheme}://{self.authority}"


def parse_url(text: str) -> Target:
    """The parts of a serialized URL.

    :raises Refusal: it is none of http or https, has a user's name or a password, or is not as the URL Standard
        serializes it.
    """
    shown = _shown(text)
    if len(text) > LONGEST_URL:
        raise Refusal(shown, f"the URL is longer than {LONGEST_URL} characters")
    match = _URL.fullmatch(text)
    if match is None:
        raise Refusal(shown, "only http and https URLs without a user's name and password are")
    scheme, host, port, path, query = match.groups()
    number = DEFAULT_PORTS[scheme] if port is None else int(port)
    if number > 65535 or port == str(DEFAULT_PORTS[scheme]) or not _is_canonical_host(host):
        raise Refusal(shown, "the URL is not as the URL Standard writes it")
    return Target(scheme, host.strip("[]"), number, path, query or "")


def _shown(text: str) -> str:
    """A URL for an error: without what may be secret, and not long."""
    head = re.split(r"[?#]", text, maxsplit=1)[0]
    head = re.sub(r"//[^/]*@", "//", head)
    return head if len(head) <= 200 else f"{head[:200]}…"


def _is_canonical_host(host: str) -> bool:
    last = host.rpartition(".")[2]
    try:
        if host.startswith("["):
            return f"[{IPv6Address(host[1:-1]).compressed}]" == host
        if last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):  # the URL Standard: it ends in a number
            return str(IPv4Address(host)) == host
    except AddressValueError:
        return False
    return True


class Pattern:
    """A URL pattern of a policy: ``scheme://host[:port][/path]``.

    The host is a name or an address, ``*.`` before a name for every name below it, or ``*``. Without a port it is the
    scheme's, ``*`` is any. Without a path it is any; one that ends in ``*`` stands for all that begin so. Queries are
    not looked at.

    :raises ValueError: it is not of this form.
    """

    def __init__(self, text: str) -> None:
        match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(
                f"{text!r} is no URL pattern: write it as 'https://api.example.com/*', in lower case, with *. before a "
                "host for all below it, and * at the end of a path for all that begin so"
            )
        self.text = text
        self._scheme, host, port, path = match.groups()
        if "*" not in host and not _is_canonical_host(host):
            raise ValueError(f"{text!r} is no URL pattern: {host} is not how the URL Standard writes an address")
        self._host = host.strip("[]")
        self._port = None if port == "*" else DEFAULT_PORTS[self._scheme] if port is None else int(port)
        path = "/*" if path is None else _normal(path)
        self._is_prefix = path.endswith("*")
        self._path = path.removesuffix("*")

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def allows(self, target: Target) -> bool:
        """Whether it stands for a URL, whatever a server may make of its path.

        A path in which slashes are escaped may be another one to the server, so only a pattern for all paths has it.
        """
        if not self._has_origin(target):
            return False
        if self._path == "/" and self._is_prefix:
            return True
        return not _is_ambiguous(target.path) and self._has_path(_normal(target.path))

    def denies(self, target: Target) -> bool:
        """Whether it stands for a URL as any server may understand its path, small letters and capitals alike."""
        if not self._has_origin(target):
            return False
        matches = str.startswith if self._is_prefix else str.__eq__
        return any(matches(reading.lower(), self._path.lower()) for reading in _readings(target.path))

    def _has_origin(self, target: Target) -> bool:
        if target.scheme != self._scheme or self._port not in (None, target.port):
            return False
        if self._host.startswith("*."):
            return target.host.endswith(self._host[1:])
        return self._host in ("*", target.host)

    def _has_path(self, path: str) -> bool:
        return path.startswith(self._path) if self._is_prefix else path == self._path


def _normal(path: str) -> str:
    """A path in which nothing is escaped that need not be (RFC 3986, 6.2.2.2)."""
    return _UNRESERVED.sub(lambda match: unquote(match[0]), path)


def _is_ambiguous(path: str) -> bool:
    normal = _normal(path)
    has_dots = any(segment in (".", "..") for segment in _PARAMETERS.sub("", normal).split("/"))
    return has_dots or re.search(r"%(?:2f|5c|25|00)", normal, re.IGNORECASE) is not None


def _readings(path: str) -> set[str]:
    """What a path may be to a server: as it is, unescaped once and twice, without parameters, with slashes merged and
    dots resolved."""
    once = unquote(path)
    readings = {path, _normal(path), once, unquote(once)}
    readings |= {_PARAMETERS.sub("", reading) for reading in readings}
    return readings | {_resolved(reading) for reading in readings}


def _resolved(path: str) -> str:
    segments: list[str] = []
    parts = path.replace("\\", "/").split("/")
    for segment in parts:
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    end = "/" if parts[-1] in ("", ".", "..") and segments else ""
    return f"/{'/'.join(segments)}{end}"
