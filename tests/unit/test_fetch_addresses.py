"""Which addresses a fetch policy lets connect to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from snapjs._web.fetch.addresses import Addresses, is_public


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.216.34", "172.32.0.1", "192.169.0.1", "223.255.255.255", "2606:4700::1111", "64:ff9b::101:101"],
)
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:1.1.1.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


def test_networks_that_are_allowed() -> None:
    addresses = Addresses(["10.1.0.0/16", "fd00::/8"])
    allowed = ["10.1.2.3", "fd00::1", "1.1.1.1"]
    assert [text for text in [*allowed, "10.2.0.1", "fe80::1"] if addresses.allow(ip_address(text))] == allowed


def test_all_addresses() -> None:
    assert Addresses(True).allow(ip_address("169.254.169.254"))
