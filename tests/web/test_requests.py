"""Request and Response."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from snapjs import VM, JSError


def run(vm: VM, code: str) -> Any:
    return asyncio.run(vm.eval_async(f"(async () => {{ {code} }})()"))


def test_a_request(vm: VM) -> None:
    members = (
        "method url referrer referrerPolicy mode credentials cache redirect integrity keepalive destination duplex"
    )
    vm.eval("var request = new Request('HTTPS://A.example:443/b/../c d#e')")
    assert vm.eval(f"'{members}'.split(' ').map(name => request[name])") == [
        "GET",
        "https://a.example/c%20d#e",
        "about:client",
        "",
        "cors",
        "same-origin",
        "default",
        "follow",
        "",
        False,
        "",
        "half",
    ]
    assert vm.eval("[request.body, request.signal.aborted, String(request), Request.length]") == [
        None,
        False,
        "[object Request]",
        1,
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("get", "GET"), ("Post", "POST"), ("patch", "patch"), ("custom", "custom"), ("oPtIoNs", "OPTIONS")],
)
def test_methods(vm: VM, given: str, kept: str) -> None:
    assert vm.eval(f"new Request('https://a.example', {{ method: '{given}' }}).method") == kept


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "'relative'",
        "'https://user@a.example'",
        "'https://a.example', 1",
        "'https://a.example', { method: 'connect' }",
        "'https://a.example', { method: 'a b' }",
        "'https://a.example', { body: 'a' }",
        "'https://a.example', { method: 'HEAD', body: 'a' }",
        "'https://a.example', { mode: 'navigate' }",
        "'https://a.example', { mode: 'unknown' }",
        "'https://a.example', { mode: 'no-cors', method: 'PUT' }",
        "'https://a.example', { cache: 'only-if-cached' }",
        "'https://a.example', { redirect: 'unknown' }",
        "'https://a.example', { signal: {} }",
        "'https://a.example', { window: {} }",
        "'https://a.example', { referrer: 'http://[' }",
        "'https://a.example', { method: 'POST', body: new ReadableStream() }",
        "'https://a.example', { method: 'POST', body: new ReadableStream(), duplex: 'full' }",
    ],
)
def test_what_is_no_request(vm: VM, arguments: str) -> None:
    with pytest.raises(JSError, match="TypeError: "):
        vm.eval(f"new Request({arguments})")


def test_a_request_of_a_request(vm: VM) -> None:
    code = """
        const first = new Request('https://a.example', { method: 'POST', body: 'a', headers: { b: 'c' }, referrer: '' });
        const second = new Request(first, { headers: { d: 'e' } });
        return [first.bodyUsed, second.method, [...second.headers.keys()], await second.text(), second.referrer];
    """
    assert run(vm, code) == [True, "POST", ["d"], "a", "about:client"]


def test_a_clone_of_a_request(vm: VM) -> None:
    code = """
        const controller = new AbortController();
        const first = new Request('https://a.example', { method: 'POST', body: 'a', signal: controller.signal });
        const second = first.clone();
        controller.abort();
        second.headers.set('b', 'c');
        return [await first.text(), await second.text(), first.headers.has('b'), second.signal.aborted];
    """
    assert run(vm, code) == ["a", "a", False, True]


def test_a_used_request_is_not_cloned(vm: VM) -> None:
    code = """
        const request = new Request('https://a.example', { method: 'POST', body: 'a' });
        await request.text();
        request.clone();
    """
    with pytest.raises(JSError, match=r"TypeError: Request\.clone"):
        run(vm, code)


def test_a_location_is_a_base(vm: VM) -> None:
    vm.globals["location"] = {"href": "https://a.example/b/c"}
    assert vm.eval("new Request('d').url") == "https://a.example/b/d"


# ---- responses


def test_a_response(vm: VM) -> None:
    vm.eval("var response = new Response('a', { status: 404, statusText: 'Gone', headers: { b: 'c' } })")
    assert vm.eval(
        "[response.status, response.ok, response.statusText, response.type, response.url, response.redirected]"
    ) == [
        404,
        False,
        "Gone",
        "default",
        "",
        False,
    ]
    assert vm.eval("[String(response), Response.length, response.headers.get('b')]") == ["[object Response]", 0, "c"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("new Response('', { status: 199 })", "RangeError"),
        ("new Response('', { status: 600 })", "RangeError"),
        ("new Response('', { status: 204 })", "TypeError"),
        ("new Response('', { statusText: '\\n' })", "TypeError"),
        ("new Response('', 1)", "TypeError"),
        ("Response()", "TypeError"),
        ("Response.redirect('https://a.example', 200)", "RangeError"),
        ("Response.redirect('relative')", "TypeError"),
        ("Response.json()", "TypeError"),
        ("Response.json(undefined)", "TypeError"),
        ("Response.json('', { status: 204 })", "TypeError"),
        ("Response.error().headers.set('a', 'b')", "TypeError"),
        ("Response.redirect('https://a.example').clone().headers.set('a', 'b')", "TypeError"),
    ],
)
def test_what_is_no_response(vm: VM, code: str, error: str) -> None:
    with pytest.raises(JSError, match=f"{error}: "):
        vm.eval(code)


def test_json(vm: VM) -> None:
    code = """
        const response = Response.json({ a: 'é' }, { status: 201 });
        return [response.status, response.headers.get('content-type'), await response.text()];
    """
    assert run(vm, code) == [201, "application/json", '{"a":"é"}']


def test_redirect(vm: VM) -> None:
    code = "const r = Response.redirect('https://a.example/ b', 307); [r.status, r.headers.get('location'), r.body]"
    assert vm.eval(f"(() => {{ {code.replace('; [', '; return [')} }})()") == [307, "https://a.example/%20b", None]


def test_error(vm: VM) -> None:
    assert vm.eval("(({ type, status, ok }) => [type, status, ok])(Response.error())") == ["error", 0, False]


def test_there_is_none_without_http() -> None:
    with VM(web=["url"]) as vm:
        assert vm.eval("[typeof Headers, typeof Request, typeof Response]") == ["undefined"] * 3
