"""A server for HTTP/1.1 on loopback, in a thread, which does what a route says and no more: also what no server should."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Writer = asyncio.StreamWriter


@dataclass
class Received:
    """A request that has come in."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    """names in lower case"""
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for other, value in self.headers if other == name), None)


Handler = Callable[[Received, Writer], Awaitable[None]]


def response(body: bytes | str = b"", *, status: int = 200, **headers: str) -> bytes:
    """A whole response. Underscores in the names of headers stand for hyphens."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class HttpServer:
    """A server with routes; a context manager.

    :param routes: by path. Bytes are sent as they are; a coroutine writes what it likes. What has no route is 404.
    :param tls: how it identifies itself; without it, it speaks plain HTTP.
    """

    def __init__(self, routes: Mapping[str, bytes | Handler] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.routes = dict(routes or {})
        self.early: dict[str, Handler] = {}
        """by path: what answers before the body was read, and ends the connection"""
        self.received: list[Received] = []
        self.connections = 0
        self.ended = threading.Event()
        """a connection has ended"""
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._released = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._started = threading.Event()
        self.port = 0

    def __enter__(self) -> HttpServer:
        self._thread.start()
        self._started.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def release(self) -> None:
        """Let every route go on that waits in :meth:`released`."""
        self._loop.call_soon_threadsafe(self._released.set)

    async def released(self) -> None:
        await self._released.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        for listening in server.sockets:  # one that was accepted before the server is closed may be lost (gh-109564)
            self._loop.remove_reader(listening)
        # Again and again: the task that accepts a connection makes the one that serves it.
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.sleep(0)  # a task that is cancelled before it begins does not close the socket it was given
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
        await asyncio.sleep(0)  # the transports' last callbacks

    async def _connection(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.connections += 1
        try:
            while (request := await _receive_head(reader)) is not None:
                early = self.early.get(request.target)
                if early is not None:
                    await early(request, writer)
                    await writer.drain()
                    break
                request.body = await _receive_body(reader, dict(request.headers))
                self.received.append(request)
                route = self.routes.get(request.target.partition("?")[0], response(status=404))
                if callable(route):
                    await route(request, writer)
                else:
                    writer.write(route)
                await writer.drain()
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.ended.set()
            writer.transport.abort()


async def _receive_head(reader: asyncio.StreamReader) -> Received | None:
    first = await reader.readline()
    if not first:
        return None
    method, target, _ = first.decode("latin-1").split()
    headers = []
    while (line := (await reader.readline()).strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.lower(), value.strip()))
    return Received(method, target, headers, b"")


async def _receive_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    body = b""
    while headers.get("transfer-encoding") == "chunked":
        size = int(await reader.readline(), 16)
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            break
    return body
