"""One request on its way, and its response: a task, which reads ahead a little and waits until JavaScript reads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from .client import explained, send
from .decoding import Decoding
from .failures import INTERRUPTED, Cancelled, FetchFailure
from .integrity import matches
from .upload import Upload

if TYPE_CHECKING:
    import httpcore2

    from ...fetch import Fetch
    from .outgoing import Outgoing

_AHEAD: Final = 65536
"""bytes of a body that are read before JavaScript asks. One that is known to be no longer comes with the head, so that
it is in the guest, and in its snapshots"""
_WITHOUT_BODY: Final = (101, 103, 204, 205, 304)
_REDIRECTS: Final = (301, 302, 303, 307, 308)


class Exchange:
    """It begins when it is made, in the running event loop.

    :param policy: which allowed it.
    :param slots: one is held while there is a connection.
    :param integrity: what the body's hash has to be.
    """

    def __init__(self, policy: Fetch, request: Outgoing, slots: asyncio.Semaphore, integrity: str) -> None:
        self._policy = policy
        self._request = request
        self._slots = slots
        self._integrity = integrity
        self._origin = request.target.origin
        self.upload = Upload(self._origin, policy.max_request_size) if request.body is True else None
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._body = bytearray()
        self._failure: FetchFailure | None = None
        self._has_ended = False
        self._changed = asyncio.Condition()
        self._task = self._loop.create_task(self._run())

    @property
    def unread(self) -> int:
        """Bytes of a response that has come to its end, and holds no slot any more."""
        return len(self._body) if self._has_ended else 0

    def give_up(self) -> None:
        """Keep nothing of what was not read."""
        self._body.clear()
        self._failure = FetchFailure(
            f"what {self._origin} sent was not read, and too many others like it came after it"
        )

    def cancel(self) -> None:
        """End it, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    # ---- what JavaScript asks

    async def head(self) -> dict[str, Any]:
        """The response without its body, or with as much of it as has arrived.

        :raises FetchFailure: there is none.
        """
        head = await asyncio.shield(self._head)
        is_whole = self._has_ended and self._failure is None
        return {**head, "body": self._taken(None if is_whole else _AHEAD), "ended": is_whole}

    async def read(self) -> bytes | None:
        """A piece of the body; ``None`` when there is no more.

        :raises FetchFailure: the rest will not come.
        """
        self._check_loop()
        async with self._changed:
            await self._changed.wait_for(lambda: self._body or self._has_ended)
            if self._body:
                self._changed.notify_all()
                return self._taken(_AHEAD)
        if self._failure is not None:
            raise self._failure
        return None

    async def write(self, piece: Any) -> bool:
        """Send a piece of the request's body, or its end; whether more are wanted.

        :raises FetchFailure: it cannot be sent.
        """
        if self.upload is None:
            return False
        self._check_loop()
        if piece is not None and not isinstance(piece, bytes):
            raise FetchFailure("the body has a piece that is not bytes")
        return await self.upload.write(piece)

    def _check_loop(self) -> None:
        """
        :raises FetchFailure: the event loop that has the connection is not the one that is running, and may never be.
        """
        if not self._has_ended and self._loop is not asyncio.get_running_loop():
            self.cancel()
            raise FetchFailure(INTERRUPTED, "AbortError")

    def _taken(self, most: int | None) -> bytes:
        piece = bytes(self._body[:most])
        del self._body[:most]
        return piece

    # ---- the task

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self._policy.timeout), self._slots:
                await self._exchange()
        except FetchFailure as error:
            self._failure = error
        except TimeoutError:
            self._failure = FetchFailure(f"{self._origin} did not answer in time", "TimeoutError")
        except asyncio.CancelledError:
            self._failure = Cancelled()
        except Exception as error:
            self._failure = explained(error, self._origin)
        finally:
            await self._end()

    async def _end(self) -> None:
        self._has_ended = True
        if not self._head.done():
            self._head.set_exception(self._failure or Cancelled())
            self._head.exception()  # whoever waits for it gets it; nobody need
        async with self._changed:
            self._changed.notify_all()
        if self.upload is not None:
            await self.upload.close()

    async def _exchange(self) -> None:
        body = self._request.body
        content = self.upload.pieces() if self.upload is not None else body if isinstance(body, bytes) else b""
        response = await send(self._policy, self._request, content)
        try:
            await self._receive(response)
        finally:
            await response.aclose()

    async def _receive(self, response: httpcore2.Response) -> None:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers]
        values: dict[str, str] = {}
        for name, value in headers:
            values[name.lower()] = f"{values[name.lower()]}, {value}" if name.lower() in values else value
        head = {
            "status": response.status,
            "reason": response.extensions.get("reason_phrase", b"").decode("latin-1"),
            "headers": [list(pair) for pair in headers],
        }
        if self._request.method == "HEAD" or response.status in _WITHOUT_BODY:
            self._head.set_result(head)
            return
        length = int(values["content-length"]) if values.get("content-length", "").isdecimal() else None
        limit = self._policy.max_response_size
        if length is not None and length > limit:
            raise self._too_large()
        is_redirect = response.status in _REDIRECTS and "location" in values
        is_checked = self._integrity != "" and not is_redirect
        comes_whole = is_checked or (length is not None and length <= _AHEAD)
        if not comes_whole:
            self._head.set_result(head)
        decoding = Decoding(values.get("content-encoding", ""), limit, self._too_large())
        await self._receive_body(response, decoding, keeps_all=comes_whole)
        if is_checked and not matches(bytes(self._body), self._integrity):
            self._body.clear()
            raise FetchFailure(f"what {self._origin} sent has another hash than the request wants")
        self._has_ended = True
        if comes_whole:
            self._head.set_result(head)

    async def _receive_body(self, response: httpcore2.Response, decoding: Decoding, keeps_all: bool) -> None:
        """:param keeps_all: nobody reads before it is complete."""
        async for encoded in response.aiter_stream():
            for piece in decoding.feed(encoded):
                await asyncio.sleep(0)  # there may be much to decode, and the loop has others to serve
                async with self._changed:
                    self._body += piece
                    self._changed.notify_all()
                    if not keeps_all:
                        await self._changed.wait_for(lambda: len(self._body) < _AHEAD)
        decoding.end()

    def _too_large(self) -> FetchFailure:
        limit = self._policy.max_response_size
        return FetchFailure(f"{self._origin} sends more than the {limit} bytes that the policy allows")
