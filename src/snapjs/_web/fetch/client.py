"""HTTP, by the package httpcore2: connections of one event loop, each to an address that was checked."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import httpcore2

from .addresses import resolve
from .failures import FetchFailure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable

    from ...fetch import Fetch
    from .addresses import Addresses
    from .outgoing import Outgoing

_KEEP_ALIVE = 5.0  # seconds


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that are allowed. What the connection is for is not told: TLS goes by the host's name.

    :param addresses: which are.
    """

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                return await self._connect(host, port, timeout)
        except TimeoutError:
            raise httpcore2.ConnectTimeout from None

    async def _connect(self, host: str, port: int, timeout: float | None) -> httpcore2.AsyncNetworkStream:
        left = await resolve(host, port, self._addresses)
        while True:
            address = left.pop(0)
            # One that does not answer leaves time for the others.
            share = timeout if timeout is None or not left else timeout / (len(left) + 1)
            try:
                return await self._network.connect_tcp(address, port, timeout=share)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if not left:
                    raise


async def _hold(policy: Fetch) -> AsyncGenerator[httpcore2.AsyncConnectionPool, None]:
    """Connections, which are closed with the loop: asyncio ends asynchronous generators that are left then."""
    pool = httpcore2.AsyncConnectionPool(
        ssl_context=policy.ssl_context,
        max_connections=None,
        max_keepalive_connections=10,
        keepalive_expiry=_KEEP_ALIVE,
        network_backend=CheckedBackend(policy._addresses),
    )
    try:
        yield pool
    finally:
        await pool.aclose()


class Clients:
    """The connections of one policy, by the event loop."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[
            asyncio.AbstractEventLoop,
            tuple[httpcore2.AsyncConnectionPool, AsyncGenerator[httpcore2.AsyncConnectionPool, None]],
        ] = WeakKeyDictionary()

    async def pool(self, policy: Fetch) -> httpcore2.AsyncConnectionPool:
        """Those of the running loop."""
        loop = asyncio.get_running_loop()
        held = self._held.get(loop)
        if held is None:
            for other in [other for other in self._held if other.is_closed()]:
                del self._held[other]
            generator = _hold(policy)
            held = self._held[loop] = (await anext(generator), generator)
        return held[0]


async def send(policy: Fetch, request: Outgoing, content: bytes | AsyncIterator[bytes]) -> httpcore2.Response:
    """Send a request; the response, whose body has not been read.

    :raises FetchFailure: there is none.
    """
    target = request.target
    timeouts = {"connect": policy.connect_timeout, "read": policy.read_timeout, "write": policy.read_timeout}
    url = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=f"{target.path}{target.query}")
    pool = await policy._clients.pool(policy)
    try:
        return await pool.handle_async_request(
            httpcore2.Request(
                request.method, url, headers=request.headers, content=content, extensions={"timeout": timeouts}
            )
        )
    except Exception as error:
        raise explained(error, target.origin) from None


def explained(error: Exception, origin: str) -> FetchFailure:
    """An exception of the client in words that tell nothing of the host's inside.

    :param origin: who was spoken to.
    """
    if isinstance(error, FetchFailure):
        return error
    if isinstance(error, httpcore2.ConnectTimeout):
        return FetchFailure(f"{origin} did not answer in time: connecting took too long", "TimeoutError")
    if isinstance(error, httpcore2.TimeoutException):
        return FetchFailure(f"{origin} did not answer in time", "TimeoutError")
    untrusted = _certificate_error(error)
    if untrusted is not None:
        return FetchFailure(f"{origin} has no certificate that can be trusted: {untrusted.verify_message}")
    if isinstance(error, httpcore2.ConnectError):
        return FetchFailure(f"{origin} cannot be connected to")
    if isinstance(error, httpcore2.RemoteProtocolError):
        return FetchFailure(f"{origin} broke the connection off, or does not speak HTTP")
    if isinstance(error, httpcore2.LocalProtocolError):
        return FetchFailure(f"the request to {origin} is not valid HTTP")
    return FetchFailure(f"the connection to {origin} failed")


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The one that led to an exception."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error
