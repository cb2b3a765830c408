"""fetch, against a real server."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable, Iterator

import pytest
from fetching import answer, loopback
from http_server import CHUNKED, HttpServer, Received, Writer, chunk, response

from snapjs import VM, StillPending, undefined

pytest.importorskip("httpcore2")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as server:
        yield server


@pytest.fixture
def fetching(make_vm: Callable[..., VM], server: HttpServer) -> VM:
    vm = make_vm(web={"fetch": loopback()})
    vm.eval(f"var url = '{server.url}'; 0")
    return vm


def test_there_is_no_fetch_without_a_policy(vm: VM) -> None:
    assert vm.eval("[typeof fetch, 'fetch' in globalThis]") == ["undefined", False]


def test_its_shape(fetching: VM) -> None:
    assert fetching.eval("[fetch.name, fetch.length, Object.keys(globalThis).includes('fetch')]") == ["fetch", 1, True]


def test_a_response(fetching: VM, server: HttpServer) -> None:
    server.routes["/a"] = response("hello", status=201, X_Answer="42", Content_Type="text/plain")
    code = """
        const response = await fetch(`${url}/a?q#part`);
        const { status, ok, statusText, type, redirected } = response;
        return [status, ok, statusText, type, redirected, response.url === `${url}/a?q`,
                response.headers.get('x-answer'), await response.text(), response.bodyUsed];
    """
    assert answer(fetching, code) == [201, True, "Reason", "basic", False, True, "42", "hello", True]


def test_what_is_sent(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response()
    answer(fetching, "await fetch(url, { method: 'put', headers: { 'X-Mine': 'é' }, body: 'ü' })")
    (received,) = server.received
    assert received == Received(
        "PUT",
        "/",
        [
            ("host", f"127.0.0.1:{server.port}"),
            ("accept", "*/*"),
            ("accept-language", "*"),
            ("user-agent", "snapjs"),
            ("accept-encoding", "gzip, deflate, br"),
            ("x-mine", "é"),
            ("content-type", "text/plain;charset=UTF-8"),
            ("content-length", "2"),
        ],
        "ü".encode(),
    )


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("new Uint8Array([1, 2])", b"\1\2"),
        ("new Blob(['a', 'b'])", b"ab"),
        ("new URLSearchParams({ a: 'b c' })", b"a=b+c"),
        ("new Uint8Array(100000).fill(65)", b"A" * 100000),
    ],
)
def test_bodies_that_are_sent(fetching: VM, server: HttpServer, body: str, sent: bytes) -> None:
    server.routes["/"] = response()
    answer(fetching, f"await fetch(url, {{ method: 'POST', body: {body} }})")
    assert server.received[0].body == sent


def test_a_large_response(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response(bytes(range(256)) * 4096)
    code = "const bytes = await (await fetch(url)).bytes(); return [bytes.length, bytes[255], bytes.at(-1)]"
    assert answer(fetching, code) == [1 << 20, 255, 255]


def test_json(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response('{"a": [1, 2]}')
    assert answer(fetching, "return (await fetch(url)).json()") == {"a": [1, 2]}


def test_headers_of_a_response_cannot_be_changed(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response()
    assert answer(fetching, "(await fetch(url)).headers.set('a', 'b')") == [
        "TypeError: Headers: these cannot be changed",
        undefined,
    ]


def test_several_cookies_are_told_apart(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    assert answer(fetching, "return (await fetch(url)).headers.getSetCookie()") == ["a=1", "b=2"]


def test_cookies_are_not_kept(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response(Set_Cookie="a=1")
    answer(fetching, "await fetch(url); await fetch(url, { credentials: 'include' })")
    assert [received.header("cookie") for received in server.received] == [None, None]


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_responses_without_a_body(fetching: VM, server: HttpServer, method: str, status: int) -> None:
    server.routes["/"] = f"HTTP/1.1 {status} OK\r\nX: y\r\n".encode() + (
        b"Content-Length: 5\r\n\r\n" if method == "HEAD" else b"\r\n"
    )
    code = f"const r = await fetch(url, {{ method: '{method}' }}); return [r.status, r.body, await r.text()]"
    assert answer(fetching, code) == [status, None, ""]


def test_a_connection_is_used_again(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response("a")
    assert answer(fetching, "return [await (await fetch(url)).text(), await (await fetch(url)).text()]") == ["a", "a"]
    assert server.connections == 1


def test_requests_at_the_same_time(fetching: VM, server: HttpServer) -> None:
    server.routes.update({f"/{i}": response(str(i)) for i in range(20)})
    code = "return Promise.all(Array.from({ length: 20 }, async (_, i) => (await fetch(`${url}/${i}`)).text()))"
    assert answer(fetching, code) == [str(i) for i in range(20)]


def test_a_request_is_fetched(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response()
    code = """
        const request = new Request(url, { method: 'POST', body: 'a' });
        await fetch(request, { headers: { b: 'c' } });
        return request.bodyUsed;
    """
    assert answer(fetching, code) is True
    assert (server.received[0].body, server.received[0].header("b")) == (b"a", "c")


# ---- content codings


@pytest.mark.parametrize(
    ("coding", "encoded"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("x-gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")[2:-4]),
        ("br", bytes.fromhex("0b028068656c6c6f03")),
        ("deflate, gzip", gzip.compress(zlib.compress(b"hello"), mtime=0)),
        ("identity", b"hello"),
        ("unknown", b"hello"),
        ("gzip", b""),
    ],
)
def test_content_codings(fetching: VM, server: HttpServer, coding: str, encoded: bytes) -> None:
    server.routes["/"] = response(encoded, Content_Encoding=coding)
    code = "const r = await fetch(url); return [await r.text(), r.headers.get('content-encoding')]"
    assert answer(fetching, code) == ["hello" if encoded else "", coding]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("encoded", [b"hello", gzip.compress(b"hello" * 9, mtime=0)[:-9]])
def test_a_content_that_is_not_so_coded(fetching: VM, server: HttpServer, coding: str, encoded: bytes) -> None:
    server.routes["/"] = response(encoded, Content_Encoding=coding)
    text = "the response is not encoded as its header Content-Encoding says"
    assert answer(fetching, "return (await fetch(url)).text()") == [
        f"TypeError: fetch: {text}",
        f"NetworkError: {text}",
    ]


def test_a_range_is_not_compressed(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response()
    answer(fetching, "await fetch(url, { headers: { Range: 'bytes=0-1' } })")
    assert server.received[0].header("accept-encoding") == "identity"


# ---- streams


def test_a_body_comes_as_it_is_sent(fetching: VM, server: HttpServer) -> None:
    async def route(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"first"))
        await writer.drain()
        await server.released()
        writer.write(chunk(b"second") + chunk(b""))

    server.routes["/"] = route
    fetching.expose("release", server.release)
    code = """
        const reader = (await fetch(url)).body.getReader();
        const text = async () => new TextDecoder().decode((await reader.read()).value);
        const first = await text();
        release();
        return [first, await text(), (await reader.read()).done];
    """
    assert answer(fetching, code) == ["first", "second", True]


def test_a_body_is_a_byte_stream(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = CHUNKED + chunk(b"abc") + chunk(b"")
    code = """
        const reader = (await fetch(url)).body.getReader({ mode: 'byob' });
        const first = await reader.read(new Uint8Array(2));
        const second = await reader.read(new Uint8Array(2));
        const end = await reader.read(new Uint8Array(2));
        return [[...first.value], [...second.value], end.done];
    """
    assert answer(fetching, code) == [[97, 98], [99], True]


def test_a_server_waits_for_a_slow_reader(fetching: VM, server: HttpServer) -> None:
    sent = 0

    async def route(_: Received, writer: Writer) -> None:
        nonlocal sent
        writer.write(CHUNKED)
        while sent < 64 << 20:
            writer.write(chunk(bytes(1 << 16)))
            await writer.drain()
            sent += 1 << 16

    server.routes["/"] = route
    fetching.expose("sent", lambda: sent)
    code = """
        const reader = (await fetch(url)).body.getReader();
        await reader.read();
        await new Promise(resolve => setTimeout(resolve, 100));
        const before = sent();
        await reader.cancel();
        return before;
    """
    assert answer(fetching, code) < 32 << 20


def test_a_cancelled_body_closes_the_connection(fetching: VM, server: HttpServer) -> None:
    async def route(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"first"))
        await writer.drain()
        await server.released()

    server.routes["/"] = route

    async def main() -> None:
        await fetching.eval_async("fetch(url).then(response => response.body.cancel())")
        assert await asyncio.to_thread(server.ended.wait, 5)

    # The server's side sees the end when it reads the next request.
    server.release()
    asyncio.run(main())


def test_a_stream_is_sent_as_it_comes(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response("ok")
    code = """
        const parts = ['a', 'bc', '', 'd'];
        const body = new ReadableStream({
            pull(controller) {
                if (parts.length === 0) controller.close();
                else controller.enqueue(new TextEncoder().encode(parts.shift()));
            },
        });
        return (await fetch(url, { method: 'POST', body, duplex: 'half' })).text();
    """
    assert answer(fetching, code) == "ok"
    (received,) = server.received
    assert (received.body, received.header("transfer-encoding")) == (b"abcd", "chunked")


def test_a_stream_of_something_else_than_bytes(fetching: VM, server: HttpServer) -> None:
    code = """
        const body = new ReadableStream({ start(controller) { controller.enqueue('text') } });
        return fetch(url, { method: 'POST', body, duplex: 'half' });
    """
    assert answer(fetching, code) == [
        "TypeError: fetch: the body's stream has a chunk that is no Uint8Array",
        undefined,
    ]


def test_a_stream_that_fails(fetching: VM, server: HttpServer) -> None:
    code = """
        const body = new ReadableStream({ pull() { throw new RangeError('mine') } });
        return fetch(url, { method: 'POST', body, duplex: 'half' });
    """
    assert answer(fetching, code) == ["RangeError: mine", undefined]


def test_a_stream_that_the_server_does_not_take(fetching: VM, server: HttpServer) -> None:
    async def broken_off(_: Received, writer: Writer) -> None: ...

    server.early["/"] = broken_off
    code = """
        let cancelled;
        const end = new Promise(resolve => (cancelled = resolve));
        const body = new ReadableStream({
            pull: controller => controller.enqueue(new Uint8Array(65536)),
            cancel() { cancelled('cancelled') },
        });
        return [await fetch(url, { method: 'POST', body, duplex: 'half' }).catch(error => error.name), await end];
    """
    assert answer(fetching, code) == ["TypeError", "cancelled"]


# ---- without an event loop


def test_a_fetch_stays_pending_without_an_event_loop(fetching: VM) -> None:
    fetching.eval("var response = fetch(url, { method: 'POST', headers: { a: 'b' }, body: 'c' }); 0")
    with pytest.raises(StillPending, match="<fetch>"):
        fetching.resolve_promise(fetching.eval_handle("response"))
    (call,) = fetching.pending
    assert (call.name, call.args[0], *call.args[2:]) == (
        "<fetch>",
        "start",
        "POST",
        fetching.eval("new URL(url).href"),
        [["a", "b"], ["Content-Type", "text/plain;charset=UTF-8"]],
        "c",
        0,
        "",
    )
    call.reject(ValueError("nobody"))
