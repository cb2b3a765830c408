"""Headers: lists, guards, iteration."""

from __future__ import annotations

from typing import Any

import pytest

from snapjs import VM, JSError


def test_their_shape(vm: VM) -> None:
    assert vm.eval("[Headers.name, Headers.length, Headers.prototype.append.length, String(new Headers())]") == [
        "Headers",
        0,
        2,
        "[object Headers]",
    ]
    assert vm.eval("Object.keys(Headers.prototype).sort()") == [
        "append",
        "delete",
        "entries",
        "forEach",
        "get",
        "getSetCookie",
        "has",
        "keys",
        "set",
        "values",
    ]
    assert vm.eval("Headers.prototype[Symbol.iterator] === Headers.prototype.entries") is True


@pytest.mark.parametrize(
    "init",
    [
        "{ B: '1', a: ' 2\\t' }",
        "[['B', '1'], ['a', '2']]",
        "new Map([['B', '1'], ['a', '2']])",
        "new Headers({ B: '1', a: '2' })",
    ],
)
def test_what_they_are_made_of(vm: VM, init: str) -> None:
    assert vm.eval(f"[...new Headers({init})]") == [["a", "2"], ["b", "1"]]


@pytest.mark.parametrize(
    "init",
    ["null", "1", "'a'", "[['a']]", "[['a', 'b', 'c']]", "[1]", "{ 'a b': 'c' }", "{ a: 'b\\n c' }", "{ a: 'Ā' }"],
)
def test_what_they_are_not_made_of(vm: VM, init: str) -> None:
    with pytest.raises(JSError, match="TypeError: "):
        vm.eval(f"new Headers({init})")


def test_values_are_combined(vm: VM) -> None:
    vm.eval(
        "var h = new Headers(); h.append('A', '1'); h.append('a', '2'); h.append('Set-Cookie', 'x'); h.append('set-cookie', 'y')"
    )
    assert vm.eval("[h.get('a'), h.get('none'), h.has('A'), h.get('set-cookie'), h.getSetCookie()]") == [
        "1, 2",
        None,
        True,
        "x, y",
        ["x", "y"],
    ]
    assert vm.eval("[...h]") == [["a", "1, 2"], ["set-cookie", "x"], ["set-cookie", "y"]]


def test_set_replaces_and_delete_removes(vm: VM) -> None:
    vm.eval("var h = new Headers([['a', '1'], ['b', '2'], ['A', '3']]); h.set('A', '4'); h.delete('B')")
    assert vm.eval("[[...h.keys()], [...h.values()]]") == [["a"], ["4"]]


def test_iteration_sees_changes(vm: VM) -> None:
    code = """(() => {
        const h = new Headers({ a: '1', c: '3' }), seen = [];
        for (const [name] of h) { seen.push(name); if (name === 'a') h.set('b', '2'); }
        h.forEach(function (value, name, headers) { seen.push(value + name + (headers === h) + this) }, 'this');
        return seen;
    })()"""
    assert vm.eval(code) == ["a", "b", "c", "1atruethis", "2btruethis", "3ctruethis"]


def test_the_iterator(vm: VM) -> None:
    vm.eval("var i = new Headers({ a: '1' }).keys()")
    assert vm.eval("[String(i), i[Symbol.iterator]() === i, i.next(), i.next().done]") == [
        "[object Headers Iterator]",
        True,
        {"value": "a", "done": False},
        True,
    ]


@pytest.mark.parametrize("call", ["get.call({}, 'a')", "append('a')", "forEach(1)", "get('a b')", "set('a', '\\0')"])
def test_wrong_calls(vm: VM, call: str) -> None:
    with pytest.raises(JSError, match="TypeError: "):
        vm.eval(f"Headers.prototype.{call}" if ".call" in call else f"new Headers().{call}")


def test_a_request_has_no_forbidden_headers(vm: VM) -> None:
    code = """(() => {
        const { headers } = new Request('https://a.example', {
            headers: { Host: 'b', 'Sec-X': '1', Cookie: 'c', 'X-HTTP-Method': 'TRACE', 'X-Mine': 'd' },
        });
        headers.set('Content-Length', '5');
        headers.append('proxy-a', '6');
        headers.set('x-http-method-override', 'GET, connect');
        return [...headers];
    })()"""
    assert vm.eval(code) == [["x-mine", "d"]]


def test_without_cors_few_headers_are_safe(vm: VM) -> None:
    code = """(() => {
        const { headers } = new Request('https://a.example', { mode: 'no-cors' });
        headers.set('Content-Type', 'application/json');
        headers.set('Accept', 'text/html');
        headers.set('Accept-Language', 'de<');
        headers.set('X', 'y');
        headers.append('Accept', 'x'.repeat(120));
        return [...headers];
    })()"""
    assert vm.eval(code) == [["accept", "text/html"]]


def test_a_response_takes_no_cookies(vm: VM) -> None:
    assert vm.eval("[...new Response('', { headers: { 'Set-Cookie': 'a', b: 'c' } }).headers]") == [
        ["b", "c"],
        ["content-type", "text/plain;charset=UTF-8"],
    ]


def test_they_survive_a_snapshot(vm: VM) -> None:
    vm.eval("var h = new Headers({ a: '1', b: '2' }), i = h.entries(); i.next(); 0")
    with VM.restore(vm.snapshot()) as other:
        found: Any = other.eval("[i.next().value, h.get('a'), h instanceof Headers]")
    assert found == [["b", "2"], "1", True]
