"""Which addresses a request may be sent to: of a host's name, those that the resolver gives are checked, and one of
these very addresses is connected to. So a name that has another address a moment later leads nowhere else."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from .failures import FetchFailure, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

# https://www.iana.org/assignments/iana-ipv4-special-registry: what is not reachable from everywhere, or not one host.
_NOT_PUBLIC: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # services of a cloud's host, metadata among them, at an address that looks public
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
# Global unicast, without what leads on to an IPv4 address that could be any: Teredo, 6to4.
_PUBLIC_V6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address is one host's on the public Internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    if address in _TRANSLATED:  # RFC 6052: the last four bytes are an IPv4 address
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


class Addresses:
    """Which addresses are allowed.

    :param private: True for all, False for public ones, or the networks that are allowed beside these.
    :raises ValueError: what is no network.
    """

    def __init__(self, private: bool | Iterable[str]) -> None:
        self._all = private is True
        self._networks: tuple[Network, ...] = () if isinstance(private, bool) else tuple(map(ip_network, private))

    def allow(self, address: Address) -> bool:
        """Whether a request may be sent there."""
        return self._all or is_public(address) or any(address in network for network in self._networks)


async def resolve(host: str, port: int, addresses: Addresses) -> list[str]:
    """The addresses of a host that may be connected to, in the resolver's order.

    :param host: a name, or an address without brackets.
    :raises Refusal: it has none that is allowed.
    :raises FetchFailure: there is no such host.
    """
    found = await _look_up(host, port)
    allowed = [str(address) for address in found if addresses.allow(address)]
    if not allowed:
        raise Refusal(host, "it has no public address, and private ones are not allowed")
    return allowed


async def _look_up(host: str, port: int) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailure(f"there is no host {host}") from None
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries))
