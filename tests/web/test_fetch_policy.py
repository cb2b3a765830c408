"""What a policy allows."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fetching import answer, loopback
from http_server import CHUNKED, HttpServer, chunk, response

from snapjs import VM, Fetch, undefined

pytest.importorskip("httpcore2")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer({"/": response("ok")}) as server:
        yield server


@pytest.fixture
def fetching(make_vm: Callable[..., VM], server: HttpServer) -> Callable[..., VM]:
    def make(*allow: str, **options: Any) -> VM:
        vm = make_vm(web={"fetch": loopback(*(pattern.replace("SERVER", server.url) for pattern in allow), **options)})
        vm.eval(f"var url = '{server.url}'; 0")
        return vm

    return make


def refusal(vm: VM, code: str) -> str:
    text, cause = answer(vm, code)
    assert cause is undefined
    return str(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1/a",
        "http://api.example.com/v2/a",
        "http://other.example.com/v1/a",
        "http://api.example.com:81/v1/a",
        "http://api.example.com/v1/../v2/a",
        "http://api.example.com/v1/%2e%2e/v2/a",
        "http://api.example.com/v1/..%2fv2/a",
        "http://api.example.com/v1/..%5cv2/a",
        "http://api.example.com/v1/%252e%252e/a",
        "http://api.example.com.evil.example/v1/a",
        "http://api.example.com./v1/a",
    ],
)
def test_a_url_that_no_pattern_has(fetching: Callable[..., VM], url: str) -> None:
    vm = fetching("http://api.example.com/v1/*")
    assert "is not allowed by the policy: " in refusal(vm, f"await fetch('{url}')")


def test_what_the_error_says(fetching: Callable[..., VM]) -> None:
    vm = fetching("https://api.example.com/*")
    assert refusal(vm, "await fetch('https://other.example/a?secret')") == (
        "TypeError: fetch: GET https://other.example/a is not allowed by the policy: the URL is none of those allowed"
    )


@pytest.mark.parametrize(
    "url", ["http://user@127.0.0.1/", "http://user:secret@127.0.0.1/", "http://:secret@127.0.0.1/"]
)
def test_a_user_in_a_url(fetching: Callable[..., VM], url: str) -> None:
    assert refusal(fetching(), f"await fetch('{url}')") == (
        "TypeError: Request constructor: the URL has a user's name or password"
    )


def test_other_schemes(fetching: Callable[..., VM]) -> None:
    assert refusal(fetching(), "await fetch('ftp://127.0.0.1/')") == (
        "TypeError: fetch: ftp://127.0.0.1/ is not allowed by the policy: only http and https URLs without a user's name and "
        "password are"
    )


def test_a_url_that_is_denied(fetching: Callable[..., VM]) -> None:
    vm = fetching("SERVER/*", deny=["http://127.0.0.1:*/admin/*"])
    assert refusal(vm, "await fetch(`${url}/x/..//admin/a`)").endswith("the policy: the URL is denied")
    assert answer(vm, "return (await fetch(url)).text()") == "ok"


def test_methods(fetching: Callable[..., VM], server: HttpServer) -> None:
    vm = fetching(methods=["GET"])
    assert refusal(vm, "await fetch(url, { method: 'DELETE' })").endswith("the method is none of those allowed")
    assert answer(vm, "return (await fetch(url)).text()") == "ok"


@pytest.mark.parametrize("value", ["DELETE", "post, delete"])
def test_a_header_that_asks_for_another_method(fetching: Callable[..., VM], value: str) -> None:
    vm = fetching(methods=["POST"])
    assert refusal(
        vm, f"await fetch(url, {{ method: 'POST', headers: {{ 'X-HTTP-Method-Override': '{value}' }} }})"
    ).endswith("the policy: the header x-http-method-override asks for a method that is none of those allowed")


def test_a_header_that_asks_for_a_method_that_is_allowed(fetching: Callable[..., VM], server: HttpServer) -> None:
    vm = fetching(methods=["POST", "PUT"])
    answer(vm, "await fetch(url, { method: 'POST', headers: { 'X-HTTP-Method-Override': 'put' } })")
    assert server.received[0].header("x-http-method-override") == "put"


def test_headers_that_are_allowed(fetching: Callable[..., VM], server: HttpServer) -> None:
    vm = fetching(allow_headers=["X-Mine"])
    assert answer(vm, "return (await fetch(url, { headers: { 'x-mine': '1', accept: 'a/b' } })).text()") == "ok"
    assert refusal(vm, "await fetch(url, { headers: { other: '1' } })").endswith(
        "the policy: the header other is none of those allowed"
    )


def test_headers_that_are_denied(fetching: Callable[..., VM]) -> None:
    vm = fetching(deny_headers=["Authorization"])
    assert refusal(vm, "await fetch(url, { headers: { authorization: '1' } })").endswith(
        "the policy: the header authorization is none of those allowed"
    )


@pytest.mark.parametrize(
    "name", ["Host", "Cookie", "Content-Length", "Transfer-Encoding", "Connection", "Proxy-X", "Via"]
)
def test_headers_that_nobody_sets(fetching: Callable[..., VM], server: HttpServer, name: str) -> None:
    answer(fetching(), f"await fetch(url, {{ headers: {{ '{name}': 'evil' }} }})")
    assert "evil" not in [value for _, value in server.received[0].headers]


def test_headers_that_the_host_adds(fetching: Callable[..., VM], server: HttpServer) -> None:
    secret = {"Authorization": "Bearer s3cret", "Cookie": "a=b"}
    vm = fetching(headers={f"{server.url}/v1/*": secret})
    server.routes["/v1/a"] = response()
    code = """
        const request = new Request(`${url}/v1/a`, { headers: { authorization: 'mine' } });
        const response = await fetch(request);
        await fetch(url);
        return [[...request.headers], [...response.headers]];
    """
    assert answer(vm, code) == [[["authorization", "mine"]], [["content-length", "0"]]]
    seen = [(received.header("authorization"), received.header("cookie")) for received in server.received]
    assert seen == [("Bearer s3cret", "a=b"), (None, None)]
    snapshot = vm.snapshot()
    assert b"s3cret" not in snapshot.to_bytes(compress=False)


def test_a_request_that_is_too_large(fetching: Callable[..., VM]) -> None:
    vm = fetching(max_request_size=10)
    assert refusal(vm, "await fetch(url, { method: 'POST', body: 'x'.repeat(11) })").endswith(
        "the policy: the body is larger than 10 bytes"
    )


def test_a_stream_that_is_too_large(fetching: Callable[..., VM]) -> None:
    code = """
        const body = new ReadableStream({ pull: controller => controller.enqueue(new Uint8Array(6)) });
        await fetch(url, { method: 'POST', body, duplex: 'half' });
    """
    vm = fetching(max_request_size=10)
    assert refusal(vm, code).endswith("the policy: the body is too large")
    asyncio.run(vm.run_until_idle_async())


@pytest.mark.parametrize(
    "raw",
    [
        response(bytes(11)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        CHUNKED + chunk(bytes(11)) + chunk(b""),
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(11),
    ],
)
def test_a_response_that_is_too_large(fetching: Callable[..., VM], server: HttpServer, raw: bytes) -> None:
    server.routes["/big"] = raw
    vm = fetching(max_response_size=10)
    text, cause = answer(vm, "return (await fetch(`${url}/big`)).text()")
    assert text == f"TypeError: fetch: {server.url} sends more than the 10 bytes that the policy allows"
    assert str(cause).startswith("NetworkError: ")


def test_bad_options() -> None:
    for options in (
        {"allow": "https://x.example"},
        {"allow": [1]},
        {"allow": [], "max_redirects": True},
        {"allow": [], "timeout": "1"},
    ):
        with pytest.raises(TypeError):
            Fetch(**options)
    for options in (
        {"allow": ["x.example"]},
        {"allow": ["https://x.example/*/a"]},
        {"allow": ["https://*x.example"]},
        {"allow": ["https://u@x.example"]},
        {"allow": ["https://X.example"]},
        {"allow": ["https://x.example/?a"]},
        {"allow": ["https://010.0.0.1"]},
        {"allow": [], "timeout": 0},
        {"allow": [], "max_concurrent": 0},
        {"allow": [], "max_redirects": 21},
        {"allow": [], "on_restore": "again"},
        {"allow": [], "private": ["10.0.0.1/8"]},
        {"allow": [], "headers": {"https://x.example": {"a b": "c"}}},
        {"allow": [], "headers": {"https://x.example": {"a": "b\r\nc: d"}}},
        {"allow": [], "headers": {"https://x.example": {"Transfer-Encoding": "chunked"}}},
    ):
        with pytest.raises(ValueError):
            Fetch(**options)


def test_a_policy_says_nothing_of_its_secrets() -> None:
    policy = Fetch(["https://x.example/*"], headers={"https://x.example/*": {"Authorization": "s3cret"}})
    assert repr(policy) == "Fetch(allow=['https://x.example/*'])"


def test_a_policy_is_pickled(make_vm: Callable[..., VM], server: HttpServer) -> None:
    policy = pickle.loads(pickle.dumps(loopback(headers={"http://127.0.0.1:*": {"X-Key": "k"}})))
    vm = make_vm(web={"fetch": policy})
    assert answer(vm, f"return (await fetch('{server.url}')).text()") == "ok"
    assert server.received[0].header("x-key") == "k"


@pytest.mark.parametrize("web", [{"fetch": True}, {"fetch": object()}, {"timers": Fetch([])}, {"timers": 1}])
def test_policies_that_are_none(web: Any) -> None:
    with pytest.raises(TypeError, match="takes "):
        VM(web=web)


def test_fetch_by_name_alone() -> None:
    with pytest.raises(ValueError, match="only with a policy"):
        VM(web=["fetch"])


def test_a_mapping_takes_away(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(web={"timers": False, "fetch": False})
    assert vm.eval("[typeof setTimeout, typeof fetch, typeof Headers]") == ["undefined", "undefined", "function"]


def test_one_policy_at_a_time(fetching: Callable[..., VM], server: HttpServer) -> None:
    """At most so many exchanges; the rest wait."""
    most = now = 0

    async def route(_: Any, writer: Any) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await writer.drain()
        now -= 1
        writer.write(response("ok"))

    server.routes["/"] = route
    vm = fetching(max_concurrent=2)
    code = "return Promise.all(Array.from({ length: 8 }, async () => (await fetch(url)).text()))"
    assert answer(vm, code) == ["ok"] * 8
    assert most <= 2
