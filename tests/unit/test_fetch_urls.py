"""URLs and patterns of a fetch policy."""

from __future__ import annotations

import pytest

from snapjs._web.fetch.failures import Refusal
from snapjs._web.fetch.urls import Pattern, Target, parse_url


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a.example/", Target("http", "a.example", 80, "/", "")),
        ("https://a.example:8443/b/c?d=e?f#g", Target("https", "a.example", 8443, "/b/c", "?d=e?f")),
        ("http://[::1]:81/%20", Target("http", "::1", 81, "/%20", "")),
        ("http://127.0.0.1/", Target("http", "127.0.0.1", 80, "/", "")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/", "")),
    ],
)
def test_parts(url: str, target: Target) -> None:
    assert parse_url(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "HTTP://a.example/",
        "http://A.example/",
        "http://a.example:80/",
        "http://a.example:0/",
        "http://a.example:65536/",
        "http://a.example:081/",
        "http://u@a.example/",
        "http://a.example\\@b.example/",
        "http://a.example/ b",
        "http://a.example/b/..\\c",
        "http://a.example/\r\nHost: b",
        "http://a.example/é",
        "http://a.example./",
        "http://a..example/",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[fe80::1%25eth0]/",
        "file:///etc/passwd",
        "http:///",
        "http://a.example/" + "a" * 65536,
    ],
)
def test_what_no_serializer_writes(url: str) -> None:
    with pytest.raises(Refusal):
        parse_url(url)


@pytest.mark.parametrize(
    ("pattern", "url", "is_allowed"),
    [
        ("https://a.example", "https://a.example/", True),
        ("https://a.example", "https://a.example/b/c?d", True),
        ("https://a.example", "http://a.example/", False),
        ("https://a.example", "https://a.example:8443/", False),
        ("https://a.example:8443", "https://a.example:8443/", True),
        ("https://a.example:*", "https://a.example:8443/", True),
        ("https://a.example/", "https://a.example/", True),
        ("https://a.example/", "https://a.example/b", False),
        ("https://a.example/b", "https://a.example/b?c", True),
        ("https://a.example/b/*", "https://a.example/b/", True),
        ("https://a.example/b/*", "https://a.example/b", False),
        ("https://a.example/b*", "https://a.example/bc/d", True),
        ("https://a.example/b/*", "https://a.example/%62/c", True),
        ("https://a.example/b/*", "https://a.example/b/..%2Fc", False),
        ("https://a.example/*", "https://a.example/b/..%2Fc", True),
        ("https://a.example/b/*", "https://a.example/b/..;/c", False),
        ("https://a.example/b/*", "https://a.example/b/%2e%2e;d/c", False),
        ("https://a.example/b/*", "https://a.example/b/..%3bd/c", False),
        ("https://a.example/b/*", "https://a.example/b/c;d=e", True),
        ("https://*.a.example", "https://b.a.example/", True),
        ("https://*.a.example", "https://c.b.a.example/", True),
        ("https://*.a.example", "https://a.example/", False),
        ("https://*.a.example", "https://ba.example/", False),
        ("https://*", "https://a.example/", True),
        ("http://[::1]", "http://[::1]/", True),
        ("http://10.0.0.1:*", "http://10.0.0.1:99/", True),
    ],
)
def test_what_a_pattern_allows(pattern: str, url: str, is_allowed: bool) -> None:
    assert Pattern(pattern).allows(parse_url(url)) is is_allowed


@pytest.mark.parametrize(
    "path",
    [
        "/admin/a",
        "/%61dmin/a",
        "/%2561dmin/a",
        "//admin/a",
        "/x%2f..%2fadmin/a",
        "/x/..%2fadmin/a",
        "/x/..%5cadmin/a",
        "/admin%2fa",
        "/x/..;/admin/a",
        "/admin;x=y/a",
        "/Admin/a",
        "/%41dmin/a",
    ],
)
def test_what_a_pattern_denies(path: str) -> None:
    assert Pattern("https://a.example/admin/*").denies(parse_url(f"https://a.example{path}"))


def test_what_it_does_not_deny() -> None:
    assert not Pattern("https://a.example/admin/*").denies(parse_url("https://a.example/administrators"))
