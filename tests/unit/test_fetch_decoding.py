"""Content codings of responses, and what is no response but an attack."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from snapjs._web.fetch.decoding import Decoding
from snapjs._web.fetch.failures import FetchFailure, Refusal

TOO_LARGE = Refusal("it", "it is too large")


def gzipped(data: bytes) -> bytes:
    """The same each time: gzip's header has room for the time."""
    return gzip.compress(data, mtime=0)


EMPTY_MEMBER = gzipped(b"")


def decoded(header: str, *pieces: bytes, limit: int = 1 << 20) -> bytes:
    decoding = Decoding(header, limit, TOO_LARGE)
    data = b"".join(part for piece in pieces for part in decoding.feed(piece))
    decoding.end()
    return data


@pytest.mark.parametrize(
    ("header", "encoded"),
    [
        ("", b"abc"),
        ("identity", b"abc"),
        ("unknown", b"abc"),
        ("gzip", gzipped(b"abc")),
        ("x-gzip", gzipped(b"abc")),
        ("gzip", gzipped(b"a") + gzipped(b"bc")),
        ("gzip", gzipped(b"abc") + b"what nobody reads"),
        ("deflate", zlib.compress(b"abc")),
        ("deflate", zlib.compress(b"abc")[2:-4]),
        ("gzip, deflate", zlib.compress(gzipped(b"abc"))),
    ],
)
def test_codings(header: str, encoded: bytes) -> None:
    assert decoded(header, encoded) == b"abc"
    assert decoded(header, *(bytes([byte]) for byte in encoded)) == b"abc"


def test_a_coding_of_the_largest_size() -> None:
    """What is encoded may be larger than the limit, which is for what comes of it."""
    assert decoded("gzip, gzip", gzipped(gzipped(b"abc")), limit=3) == b"abc"


def test_more_than_the_limit() -> None:
    with pytest.raises(Refusal, match="too large"):
        decoded("gzip", gzipped(b"abcd"), limit=3)


@pytest.mark.parametrize(
    ("header", "encoded"),
    [
        ("gzip, gzip", gzipped(EMPTY_MEMBER * 100_000)),
        ("deflate, gzip", gzipped(b"\x00\x00\x00\xff\xff" * 1_000_000)),
        ("deflate, br", b"\x00\x00\x00\xff\xff" * 1_000_000),
    ],
)
def test_much_of_which_nothing_comes(header: str, encoded: bytes) -> None:
    """Each coding is held to the limit, not only the last."""
    if header.endswith("br"):
        encoded = pytest.importorskip("brotli").compress(encoded)
    assert len(encoded) < 100_000
    with pytest.raises(Refusal, match="too large"):
        decoded(header, encoded)


def test_what_stands_behind_the_end_is_not_kept() -> None:
    decoding = Decoding("gzip", 1 << 30, TOO_LARGE)
    garbage = bytes(1 << 16)
    assert b"".join(decoding.feed(gzipped(b"abc"))) == b"abc"
    tracemalloc.start()
    try:
        for _ in range(64):
            assert b"".join(decoding.feed(garbage)) == b""
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_what_stands_behind_the_end_has_a_limit() -> None:
    decoding = Decoding("gzip", 1000, TOO_LARGE)
    assert b"".join(decoding.feed(gzipped(b"abc"))) == b"abc"
    with pytest.raises(Refusal, match="too large"):
        for _ in range(3):
            list(decoding.feed(bytes(1 << 16)))


def test_steps_are_short() -> None:
    """Whoever takes the pieces can do something else after each, though they are empty."""
    encoded = EMPTY_MEMBER * 1000
    assert [*Decoding("gzip", 1 << 20, TOO_LARGE).feed(encoded)] == [b""] * 1000


@pytest.mark.parametrize("header", ["gzip", "deflate"])
def test_what_is_not_encoded(header: str) -> None:
    with pytest.raises(FetchFailure, match="is not encoded as its header"):
        decoded(header, b"\xff" * 10)


def test_what_breaks_off() -> None:
    with pytest.raises(FetchFailure, match="is not encoded as its header"):
        decoded("gzip", gzipped(b"abc")[:-1])
