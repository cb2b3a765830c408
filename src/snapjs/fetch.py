"""What JavaScript may fetch: the policy that makes ``fetch`` a capability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ._checks import checked_count, checked_seconds
from ._web.fetch.addresses import Addresses
from ._web.fetch.outgoing import FRAMING, is_header
from ._web.fetch.urls import Pattern

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from ._web.fetch.client import Clients

_MEBIBYTE = 1 << 20


class Fetch:
    """A policy for ``web={"fetch": Fetch(…)}``: which requests JavaScript's ``fetch`` may send. What it does not allow
    is a TypeError there, which says why.

    A pattern is ``scheme://host[:port][/path]``: ``"https://api.example.com/v1/*"``. The scheme is http or https. The
    host is a name or an address; ``*.example.com`` stands for every name below, not for ``example.com``; ``*`` for any.
    Without a port it is the scheme's own; ``:*`` is any. A path that ends in ``*`` stands for all that begin so;
    without a path, or with ``/*``, it is any. Queries are not looked at. Patterns are held against the URL as the URL
    Standard writes it, for each request that a redirect leads to as well. URLs with a user's name or a password are
    refused.

    Names are resolved here, and connections made to the very address that was checked. There are no cookies, no cache,
    and no proxy, whatever the environment says.

    :param allow: patterns of the URLs that may be fetched.
    :param deny: patterns of those that may not, although ``allow`` has them; their paths as any server may read them,
        in small letters or capitals.
    :param methods: the methods that may be used, also by headers such as X-HTTP-Method-Override; ``None`` for all but
        CONNECT, TRACE and TRACK.
    :param headers: what is added to requests, by pattern, in the place of what JavaScript sets:
        ``{"https://api.example.com/*": {"Authorization": "Bearer …"}}``. JavaScript never sees it, and a snapshot has
        none of it; a server that sends it back does.
    :param allow_headers: the headers that JavaScript may set, beside Accept, Accept-Language, Content-Language and
        Content-Type; ``None`` for all that the Fetch Standard lets it set.
    :param deny_headers: headers that it may not set.
    :param private: whether addresses may be connected to that are not public: loopback, link-local, private and the
        like, the metadata services of clouds among them. Or the networks that may be: ``["10.1.0.0/16"]``.
    :param max_response_size: bytes of a response's body, after decoding.
    :param max_request_size: bytes of a request's body.
    :param connect_timeout: seconds for finding and connecting to a host, TLS included; ``None`` for any time.
    :param read_timeout: seconds in which nothing is sent or received.
    :param timeout: seconds for a whole exchange, which ends when its body was read.
    :param max_redirects: how many are followed, at most 20.
    :param max_concurrent: how many exchanges of one VM go on at the same time; more wait.
    :param on_restore: what becomes of a request that was on its way when the VM was saved. ``"retry"`` sends it again
        if its method is GET, HEAD or OPTIONS, and rejects others, which may have been carried out; ``"reject"`` rejects
        all.
    :param ssl_context: how servers are verified; by default as the system does it.
    :raises ImportError: the client is not installed: ``pip install snapjs[fetch]``.
    :raises ValueError, TypeError: an option is not as described.
    """

    def __init__(
        self,
        allow: Iterable[str],
        *,
        deny: Iterable[str] = (),
        methods: Iterable[str] | None = None,
        headers: Mapping[str, Mapping[str, str]] | None = None,
        allow_headers: Iterable[str] | None = None,
        deny_headers: Iterable[str] = (),
        private: bool | Iterable[str] = False,
        max_response_size: int = 64 * _MEBIBYTE,
        max_request_size: int = 16 * _MEBIBYTE,
        connect_timeout: float | None = 10.0,
        read_timeout: float | None = 30.0,
        timeout: float | None = 120.0,
        max_redirects: int = 20,
        max_concurrent: int = 10,
        on_restore: Literal["retry", "reject"] = "retry",
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        _check_installed()
        self.allow: tuple[str, ...] = _texts("allow", allow)
        self.deny: tuple[str, ...] = _texts("deny", deny)
        self.methods: frozenset[str] | None = None if methods is None else frozenset(_texts("methods", methods))
        self.allow_headers: frozenset[str] | None = (
            None if allow_headers is None else _names("allow_headers", allow_headers)
        )
        self.deny_headers: frozenset[str] = _names("deny_headers", deny_headers)
        self.max_response_size: int = checked_count("max_response_size", max_response_size, 0)
        self.max_request_size: int = checked_count("max_request_size", max_request_size, 0)
        self.connect_timeout: float | None = checked_seconds(connect_timeout, "connect_timeout")
        self.read_timeout: float | None = checked_seconds(read_timeout, "read_timeout")
        self.timeout: float | None = checked_seconds(timeout)
        self.max_redirects: int = checked_count("max_redirects", max_redirects, 0, 20)
        self.max_concurrent: int = checked_count("max_concurrent", max_concurrent)
        if on_restore not in ("retry", "reject"):
            raise ValueError(f"on_restore is 'retry' or 'reject', not {on_restore!r}")
        self.on_restore = on_restore
        self.ssl_context = ssl_context
        self._allow = tuple(map(Pattern, self.allow))
        self._deny = tuple(map(Pattern, self.deny))
        self._headers = tuple((Pattern(text), _added(added)) for text, added in (headers or {}).items())
        self._addresses = Addresses(private if isinstance(private, bool) else _texts("private", private))
        self._clients = _new_clients()

    def __repr__(self) -> str:
        return f"Fetch(allow={list(self.allow)!r})"

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_clients"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _clients=_new_clients())


def _check_installed() -> None:
    from importlib.util import find_spec

    if find_spec("httpcore2") is None or find_spec("anyio") is None:
        raise ImportError("Fetch needs the package httpcore2: pip install snapjs[fetch]", name="httpcore2")


def _new_clients() -> Clients:
    from ._web.fetch.client import Clients

    return Clients()


def _texts(name: str, values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{name} takes a list of str, not {values!r}")
    texts = tuple(values)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name} takes a list of str, not of {type(text).__name__}")
    return texts


def _names(name: str, values: Iterable[str]) -> frozenset[str]:
    return frozenset(text.lower() for text in _texts(name, values))


def _added(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name, value in headers.items():
        if not is_header(name, value) or name.lower() in FRAMING:
            raise ValueError(f"{name!r} is no header that can be added, or has no value that can be sent")
    return tuple(headers.items())
