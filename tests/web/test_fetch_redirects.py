"""Redirects, each of which is a request for the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fetching import answer, loopback
from http_server import HttpServer, response

from snapjs import VM, undefined

pytest.importorskip("httpcore2")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer({"/end": response("end")}) as server:
        yield server


@pytest.fixture
def fetching(make_vm: Callable[..., VM], server: HttpServer) -> VM:
    vm = make_vm(web={"fetch": loopback()})
    vm.eval(f"var url = '{server.url}'; 0")
    return vm


def test_a_redirect_is_followed(fetching: VM, server: HttpServer) -> None:
    server.routes["/a/b"] = response("moved", status=302, Location="../c?d")
    server.routes["/c"] = response(status=301, Location=f"{server.url}/end")
    code = "const r = await fetch(`${url}/a/b#part`); return [r.redirected, r.url === `${url}/end`, r.status, await r.text()]"
    assert answer(fetching, code) == [True, True, 200, "end"]
    assert [received.target for received in server.received] == ["/a/b", "/c?d", "/end"]


@pytest.mark.parametrize(
    ("status", "method", "method_after", "body_after"),
    [
        (301, "POST", "GET", b""),
        (302, "POST", "GET", b""),
        (303, "POST", "GET", b""),
        (303, "PUT", "GET", b""),
        (301, "PUT", "PUT", b"body"),
        (307, "POST", "POST", b"body"),
        (308, "PUT", "PUT", b"body"),
    ],
)
def test_what_is_sent_after_a_redirect(
    fetching: VM, server: HttpServer, status: int, method: str, method_after: str, body_after: bytes
) -> None:
    server.routes["/"] = response(status=status, Location="/end")
    answer(fetching, f"await fetch(url, {{ method: '{method}', body: 'body' }})")
    last = server.received[-1]
    assert (last.method, last.body, last.header("content-type") is not None) == (
        method_after,
        body_after,
        method_after != "GET",
    )


def test_head_stays_head(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response(status=303, Location="/end")
    answer(fetching, "await fetch(url, { method: 'HEAD' })")
    assert [received.method for received in server.received] == ["HEAD", "HEAD"]


def test_a_stream_is_not_sent_again(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response(status=307, Location="/end")
    code = """
        const body = new Blob(['a']).stream();
        await fetch(url, { method: 'POST', body, duplex: 'half' });
    """
    text, _ = answer(fetching, code)
    assert text.endswith("redirects, and the body, a stream, cannot be sent again")
    assert len(server.received) == 1


def test_a_redirect_that_is_not_wanted(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response(status=302, Location="/end")
    text, _ = answer(fetching, "await fetch(url, { redirect: 'error' })")
    assert text == f"TypeError: fetch: {server.url}/ redirects, which the request does not want"


def test_a_redirect_that_the_program_follows_itself(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response("body", status=302, Location="/end")
    code = """
        const r = await fetch(url, { redirect: 'manual' });
        return [r.status, r.headers.get('location'), await r.text(), r.redirected];
    """
    assert answer(fetching, code) == [302, "/end", "body", False]


def test_a_redirect_without_a_location(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response("body", status=302)
    assert answer(fetching, "const r = await fetch(url); return [r.status, await r.text()]") == [302, "body"]


@pytest.mark.parametrize("location", ["http://[", "ftp://127.0.0.1/", "data:,a", "file:///etc/passwd"])
def test_redirects_that_lead_nowhere(fetching: VM, server: HttpServer, location: str) -> None:
    server.routes["/"] = response(status=302, Location=location)
    text, _ = answer(fetching, "await fetch(url)")
    assert text.startswith(f"TypeError: fetch: {server.url}/ redirects to ")


def test_a_loop(fetching: VM, server: HttpServer) -> None:
    server.routes["/"] = response(status=302, Location="/")
    assert answer(fetching, "await fetch(url)") == [
        f"TypeError: fetch: {server.url}/ leads to more than 20 redirects",
        undefined,
    ]
    assert len(server.received) == 21


def test_fewer_redirects(make_vm: Callable[..., VM], server: HttpServer) -> None:
    server.routes["/"] = response(status=302, Location="/")
    text, _ = answer(make_vm(web={"fetch": loopback(max_redirects=1)}), f"await fetch('{server.url}')")
    assert text.endswith("is not allowed by the policy: there are more than 1 redirects")
    assert len(server.received) == 2


@pytest.mark.parametrize(
    "location", ["https://evil.example/", "/private", "http://user:secret@127.0.0.1/public/", "http://[::1]/"]
)
def test_a_redirect_to_what_is_not_allowed(make_vm: Callable[..., VM], server: HttpServer, location: str) -> None:
    server.routes["/public/a"] = response(status=302, Location=location)
    vm = make_vm(web={"fetch": loopback(f"{server.url}/public/*")})
    text, _ = answer(vm, f"await fetch('{server.url}/public/a')")
    assert "is not allowed by the policy: " in text
    assert len(server.received) == 1


def test_what_another_origin_does_not_get(make_vm: Callable[..., VM], server: HttpServer) -> None:
    with HttpServer({"/": response()}) as other:
        server.routes["/"] = response(status=302, Location=other.url)
        policy: dict[str, Any] = {"headers": {f"{server.url}/*": {"X-Key": "secret"}}}
        vm = make_vm(web={"fetch": loopback(**policy)})
        answer(vm, f"await fetch('{server.url}', {{ headers: {{ authorization: 'mine', x: 'y' }} }})")
        first, second = server.received[0], other.received[0]
    assert [first.header(name) for name in ("authorization", "x", "x-key")] == ["mine", "y", "secret"]
    assert [second.header(name) for name in ("authorization", "x", "x-key")] == [None, "y", None]
