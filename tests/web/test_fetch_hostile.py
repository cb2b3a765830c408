"""What a guest that a program has taken over, or a forged snapshot, may ask the service of fetch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fetching import answer, loopback
from http_server import HttpServer, response

from snapjs import VM, Fetch

pytest.importorskip("httpcore2")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer({"/": response("ok")}) as server:
        yield server


def asked(policy: Fetch, *arguments: Any) -> Any:
    """What the service answers to a request of the guest."""
    from snapjs._web.fetch.service import FetchService

    return asyncio.run(FetchService(policy).request(*arguments))


@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "hops"),
    [
        ("GET", "http://evil.example/", [], None, 0),
        ("GET", 5, [], None, 0),
        (None, "http://127.0.0.1/", [], None, 0),
        ("GET /x HTTP/1.1\r\nHost: evil\r\n\r\n", "http://127.0.0.1/", [], None, 0),
        ("G" * 33, "http://127.0.0.1/", [], None, 0),
        ("CONNECT", "http://127.0.0.1/", [], None, 0),
        ("trace", "http://127.0.0.1/", [], None, 0),
        ("Track", "http://127.0.0.1/", [], None, 0),
        ("GET", "http://127.0.0.1/a/..\\b", [], None, 0),
        ("GET", "http://127.0.0.1/\r\nHost: evil", [], None, 0),
        ("GET", "http://127.0.0.1:0/", [], None, 0),
        ("GET", "http://127.0.0.1/", [["a", "b\r\nc: d"]], None, 0),
        ("GET", "http://127.0.0.1/", [["a b", "c"]], None, 0),
        ("GET", "http://127.0.0.1/", [["a", "Ā"]], None, 0),
        ("GET", "http://127.0.0.1/", [["a"]], None, 0),
        ("POST", "http://127.0.0.1/", [["x-http-method", "POST, trace"]], None, 0),
        ("GET", "http://127.0.0.1/", "a", None, 0),
        ("GET", "http://127.0.0.1/", [["a", "b" * 70_000]], None, 0),
        ("GET", "http://127.0.0.1/", [], 5, 0),
        ("GET", "http://127.0.0.1/", [], None, 21),
        ("GET", "http://127.0.0.1/", [], None, "0"),
    ],
)
def test_requests_that_fetch_never_sends(method: Any, url: Any, headers: Any, body: Any, hops: Any) -> None:
    found = asked(loopback("http://127.0.0.1:*"), "start", "id", method, url, headers, body, hops, "")
    assert found["kind"] == ""
    assert " is not allowed by the policy: " in found["error"]


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "Content-Length",
        "transfer-encoding",
        "Cookie",
        "Proxy-Authorization",
        "Expect",
        "Origin",
        "Referer",
        "Sec-Fetch-Site",
        "Date",
        "Access-Control-Request-Method",
    ],
)
def test_headers_that_fetch_never_sends(server: HttpServer, name: str) -> None:
    asked(loopback(), "start", "id", "GET", f"{server.url}/", [[name, "666"]], None, 0, "")
    assert "666" not in [value for _, value in server.received[0].headers]


def test_questions_about_what_there_is_not() -> None:
    policy = loopback()
    assert asked(policy, "read", "none")["kind"] == "AbortError"
    assert asked(policy, "write", "none", b"a") is False


def test_a_cancellation_of_what_there_is_not() -> None:
    from snapjs._web.fetch.service import FetchService

    service = FetchService(loopback())
    assert service.call("cancel", "none") is None
    assert service.call("begin", "x" * 41, "GET", "http://127.0.0.1/")["kind"] == ""
    assert service.call("begin", 5, "GET", "http://127.0.0.1/")["kind"] == ""
    assert service.call("cancel", ["none"])["kind"] == ""
    assert asked(loopback(), "start", "x" * 41, "GET", "http://127.0.0.1/", [], None, 0, "")["kind"] == ""


def test_what_a_program_replaces(server: HttpServer) -> None:
    code = """
        const seen = [];
        const spy = (object, name) => {
            const original = object[name];
            object[name] = function (...parts) { seen.push(name); return Reflect.apply(original, this, parts); };
        };
        spy(Promise.prototype, 'then');
        spy(ReadableStream.prototype, 'getReader');
        spy(ReadableStreamDefaultReader.prototype, 'read');
        spy(ReadableByteStreamController.prototype, 'enqueue');
        globalThis.Request = globalThis.Response = globalThis.URL = undefined;
        const response = await fetch(url);
        return [await response.text(), seen];
    """
    with VM(web={"fetch": loopback()}) as vm:
        vm.globals["url"] = server.url
        text, seen = answer(vm, code)
    assert (text, set(seen) - {"then"}) == ("ok", set())


def test_what_a_program_asks_for_with_other_built_ins(server: HttpServer) -> None:
    """What holds a request back in JavaScript may be undone there; the host does it again."""
    code = """
        String.prototype.toLowerCase = () => 'get';
        const traced = await fetch(url, { method: 'TRACE' }).catch(error => error.message);
        Array.prototype.map = () => [['Origin', 'http://other.example'], ['X-Mine', '1']];
        await fetch(url);
        return traced;
    """
    with VM(web={"fetch": loopback()}) as vm:
        vm.globals["url"] = server.url
        assert answer(vm, code).endswith(" is not allowed by the policy: nobody may use this method")
    assert [(request.header("origin"), request.header("x-mine")) for request in server.received] == [(None, "1")]


def test_nothing_of_the_host_is_in_reach(server: HttpServer) -> None:
    """Neither what scripts share, nor what they ask the host with."""
    code = """
        const found = new Set();
        const visit = (value) => {
            if ((typeof value !== 'object' && typeof value !== 'function') || value === null || found.has(value)) return;
            found.add(value);
            for (const key of Reflect.ownKeys(value)) {
                const { value: inner, get, set } = Reflect.getOwnPropertyDescriptor(value, key);
                [inner, get, set].forEach(visit);
            }
            visit(Reflect.getPrototypeOf(value));
        };
        const response = await fetch(url);
        visit(globalThis), visit(response), visit(response.body), visit(fetch);
        Error.prepareStackTrace = (error, sites) => sites.forEach((site) => visit(site.getFunction()));
        await Promise.all([fetch('http://evil.example').catch(visit), fetch('no URL').catch(visit)]);
        try { new Request('no URL') } catch (error) { visit(error) }
        return [...found].filter((value) => typeof value === 'function')
            .map(({ name }) => name)
            .filter((name) => ['request', 'define', 'operations', 'send', 'checked', 'parseRequestUrl'].includes(name));
    """
    with VM(web={"fetch": loopback()}) as vm:
        vm.globals["url"] = server.url
        assert answer(vm, code) == []


def test_who_asks_the_host_is_not_on_the_stack() -> None:
    """Without a policy it is the native function itself that throws."""
    code = """
        let functions;
        Error.prepareStackTrace = (error, sites) => { functions = sites.map((site) => site.getFunction()) };
        await fetch('http://a.example').catch(() => {});
        return functions.filter((found) => found !== undefined).length;
    """
    with VM(web={"fetch": loopback()}) as vm, VM.restore(vm.snapshot()) as restored:
        assert answer(restored, code) == 0


def test_an_error_shows_nothing_of_the_host() -> None:
    with VM(web={"fetch": loopback(connect_timeout=1.0)}) as vm:
        code = "return fetch('http://127.0.0.1:1/').catch(({ stack, cause }) => [stack, String(cause.stack)].join())"
        text = answer(vm, code)
    for word in ("snapjs/", ".py", "httpcore", "Errno", "Connect call"):
        assert word not in text


def test_the_client_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import util

    monkeypatch.setattr(util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install snapjs\[fetch\]"):
        Fetch([])
