"""Content codings (RFC 9110, 8.4.1), undone piece by piece: no piece is much larger than :data:`PIECE`, and none takes
long, whatever it was compressed from. Some are empty: what takes them can do something else in between."""

from __future__ import annotations

import zlib

from .failures import FetchFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, Protocol

    class Decoder(Protocol):
        """One coding of one response."""

        def feed(self, data: bytes) -> Iterator[bytes]:
            """What these bytes are decoded to."""

        def end(self) -> None:
            """There are no more.

            :raises FetchFailure: there should be.
            """


PIECE: Final = 65536
_OVERHEAD: Final = 65536
"""bytes by which something encoded may be larger than what it encodes"""
_MOST_CODINGS: Final = 3
_BROKEN: Final = "the response is not encoded as its header Content-Encoding says"


class _Zlib:
    """gzip (RFC 1952) or deflate (RFC 1950), the latter also without its header, as many servers send it."""

    def __init__(self, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._inflate = zlib.decompressobj(31) if is_gzip else None
        self._is_fed = False
        self._is_over = False
        self._start = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._is_fed = self._is_fed or bool(data)
        if self._inflate is None:
            self._start += data
            if len(self._start) < 2:
                return
            data, self._start = self._start, b""
            has_header = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inflate = zlib.decompressobj(15 if has_header else -15)
        is_full = False
        while (data or is_full) and not self._is_over:
            if self._inflate.eof:
                if not self._is_gzip or not data.startswith(b"\x1f"):
                    self._is_over = bool(data)  # what stands behind the end is nobody's
                    return
                self._inflate = zlib.decompressobj(31)
            try:
                piece = self._inflate.decompress(data, PIECE)
            except zlib.error:
                raise FetchFailure(_BROKEN) from None
            yield piece
            is_full = len(piece) == PIECE
            data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail

    def end(self) -> None:
        if self._is_fed and (self._inflate is None or not self._inflate.eof):
            raise FetchFailure(_BROKEN)


class _Brotli:
    """br (RFC 7932), by the package ``brotli``."""

    def __init__(self) -> None:
        import brotli

        self._error = brotli.error
        self._decompressor = brotli.Decompressor()
        self._is_fed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._is_fed = self._is_fed or bool(data)
        try:
            yield (piece := self._decompressor.process(data, output_buffer_limit=PIECE))
            while piece:
                yield (piece := self._decompressor.process(b"", output_buffer_limit=PIECE))
        except self._error:
            raise FetchFailure(_BROKEN) from None

    def end(self) -> None:
        if self._is_fed and not self._decompressor.is_finished():
            raise FetchFailure(_BROKEN)


class Decoding:
    """The codings of one response, undone in the reverse order. One that is not known ends them: its bytes are left.

    :param header: the value of Content-Encoding.
    :param limit: bytes that all may be decoded to. What is between two codings is no larger, or it would be worked on
        for ever and come to nothing.
    :param too_large: what is raised beyond.
    :raises FetchFailure: it has more codings than anybody needs.
    """

    def __init__(self, header: str, limit: int, too_large: FetchFailure) -> None:
        codings = [
            coding.strip().lower() for coding in header.split(",") if coding.strip().lower() not in ("", "identity")
        ]
        if len(codings) > _MOST_CODINGS:
            raise FetchFailure(f"the response has more than {_MOST_CODINGS} content codings")
        known = supported()
        self._decoders: list[Decoder] = []
        if all(coding in known for coding in codings):
            self._decoders = [_Brotli() if coding == "br" else _Zlib("gzip" in coding) for coding in reversed(codings)]
        self._left = [limit + _OVERHEAD for _ in self._decoders] + [limit]
        self._too_large = too_large

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What these bytes are decoded to, in pieces.

        :raises FetchFailure: that is too much.
        """
        return self._through(data, 0)

    def _through(self, data: bytes, index: int) -> Iterator[bytes]:
        self._left[index] -= len(data)
        if self._left[index] < 0:
            raise self._too_large
        if index == len(self._decoders):
            yield data
            return
        for piece in self._decoders[index].feed(data):
            yield from self._through(piece, index + 1)

    def end(self) -> None:
        """There are no more bytes.

        :raises FetchFailure: there should be.
        """
        for decoder in self._decoders:
            decoder.end()


def supported() -> tuple[str, ...]:
    """The codings that can be undone."""
    from importlib.util import find_spec

    return ("gzip", "x-gzip", "deflate", *(("br",) if find_spec("brotli") else ()))


def accepted() -> str:
    """The header Accept-Encoding of each request."""
    return ", ".join(coding for coding in supported() if coding != "x-gzip")
