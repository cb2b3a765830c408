"""URLSearchParams, alone and as the query of a URL."""

from __future__ import annotations

import pytest

from snapjs import VM, JSError


@pytest.mark.parametrize(
    ("init", "text"),
    [
        ("", ""),
        ("'?a=b&c'", "a=b&c="),
        ("'a=b+c%20d&%zz'", "a=b+c+d&%25zz="),
        ("'=&&=x'", "=&=x"),
        ("[['a', 1], new Set(['b', 2])]", "a=1&b=2"),
        ("{ a: 1, b: null }", "a=1&b=null"),
        ("new Map([['a', 'b']])", "a=b"),
        ("new URLSearchParams('a=b')", "a=b"),
        ("null", "null="),
        ("{ '\\ud835x': 1, xx: 2, '\\ud83dx': 3 }", "%EF%BF%BDx=3&xx=2"),
        ("'ä=%C3%A4%ff'", "%C3%A4=%C3%A4%EF%BF%BD"),
        ("'a=*-._~!'", "a=*-._%7E%21"),
    ],
)
def test_made_of(vm: VM, init: str, text: str) -> None:
    assert vm.eval(f"String(new URLSearchParams({init}))") == text


@pytest.mark.parametrize(
    "init",
    ["[['a']]", "[['a', 'b', 'c']]", "['ab', 'cd']", "[1]", "{ [Symbol()]: 1 }", "{ a: Symbol() }", "[[Symbol(), 1]]"],
)
def test_made_of_what_does_not_convert(vm: VM, init: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(f"new URLSearchParams({init})")
    assert caught.value.name == "TypeError"


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("get('a')", "1"),
        ("get('x')", None),
        ("getAll('a')", ["1", "2"]),
        ("getAll('x')", []),
        ("has('b')", True),
        ("has('a', 2)", True),
        ("has('a', 3)", False),
        ("has('a', undefined)", True),
        ("get('a', Symbol())", "1"),
        ("size", 3),
    ],
)
def test_asked(vm: VM, call: str, result: object) -> None:
    assert vm.eval(f"new URLSearchParams('a=1&b=3&a=2').{call}") == result


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("append('a', 4)", "a=1&b=3&a=2&a=4"),
        ("delete('a')", "b=3"),
        ("delete('a', 1)", "b=3&a=2"),
        ("set('a', 5)", "a=5&b=3"),
        ("set('c', 5)", "a=1&b=3&a=2&c=5"),
        ("sort()", "a=1&a=2&b=3"),
    ],
)
def test_changed(vm: VM, change: str, text: str) -> None:
    code = f"(url => {{ url.searchParams.{change}; return [String(url.searchParams), url.href] }})"
    assert vm.eval(f"{code}(new URL('http://x/?a=1&b=3&a=2#h'))") == [text, f"http://x/?{text}#h"]


def test_sorts_by_code_units_and_keeps_the_order_of_equals(vm: VM) -> None:
    code = """(() => {
        const params = new URLSearchParams();
        for (let i = 0; i < 300; i++) params.append(['\\uffff', '\\u{10000}', 'b', ''][i % 4], i);
        params.sort();
        const all = [...params];
        return [all[0][0], all[75][0], all[150][0], all[225][0], all.every(([, v], i) => i % 75 === 0 || +v > +all[i - 1][1])];
    })()"""
    assert vm.eval(code) == ["", "b", "\U00010000", "\uffff", True]


def test_query_that_becomes_empty_is_none(vm: VM) -> None:
    assert vm.eval("(u => { u.searchParams.delete('a'); return u.href })(new URL('http://x/?a#h'))") == "http://x/#h"


def test_one_object_follows_its_url(vm: VM) -> None:
    code = """(() => {
        const url = new URL('http://x/?a=1'), params = url.searchParams, seen = [];
        url.search = '?b=2'; seen.push(String(params));
        url.href = 'http://y/?c=3'; seen.push(String(params));
        url.hash = 'h'; seen.push(String(params));
        return [...seen, params === url.searchParams];
    })()"""
    assert vm.eval(code) == ["b=2", "c=3", "c=3", True]


def test_iterators_see_changes(vm: VM) -> None:
    code = """(() => {
        const params = new URLSearchParams('a=1&b=2&c=3'), seen = [];
        for (const [name] of params) { seen.push(name); params.delete(name); }
        return seen;
    })()"""
    assert vm.eval(code) == ["a", "c"]


def test_iterator_that_has_ended_stays_at_its_end(vm: VM) -> None:
    code = """(() => {
        const params = new URLSearchParams(), iterator = params.keys();
        const first = iterator.next().done;
        params.append('a', 1);
        return [first, iterator.next().done];
    })()"""
    assert vm.eval(code) == [True, True]


def test_iterators_are_those_of_web_idl(vm: VM) -> None:
    code = """(() => {
        const prototype = Object.getPrototypeOf(new URLSearchParams().keys());
        return [
            Object.getPrototypeOf(prototype) === Iterator.prototype,
            prototype[Symbol.toStringTag],
            Object.getOwnPropertyDescriptor(prototype, 'next').enumerable,
            URLSearchParams.prototype.entries === URLSearchParams.prototype[Symbol.iterator],
            [...new URLSearchParams('a=1&b=2').values().map(Number)],
        ];
    })()"""
    assert vm.eval(code) == [True, "URLSearchParams Iterator", True, True, [1, 2]]


def test_for_each_gets_value_name_and_the_object(vm: VM) -> None:
    code = """(() => {
        const params = new URLSearchParams('a=1'), seen = [];
        params.forEach(function (value, name, object) { seen.push(value, name, object === params, this.x); }, { x: 2 });
        return seen;
    })()"""
    assert vm.eval(code) == ["1", "a", True, 2]


def test_for_each_ends_with_what_its_function_throws(vm: VM) -> None:
    with pytest.raises(JSError, match="enough"):
        vm.eval("new URLSearchParams('a&b').forEach(() => { throw new Error('enough') })")


@pytest.mark.parametrize(
    "code",
    [
        "new URLSearchParams().append('a')",
        "new URLSearchParams().get()",
        "new URLSearchParams().forEach()",
        "URLSearchParams()",
        "URLSearchParams.prototype.get.call({}, 'a')",
        "URLSearchParams.prototype.size",
        "new URLSearchParams().keys().next.call({})",
    ],
)
def test_misuse_is_a_type_error(vm: VM, code: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(code)
    assert caught.value.name == "TypeError"


def test_program_in_a_conversion_may_change_the_object(vm: VM) -> None:
    code = """(() => {
        const params = new URLSearchParams('a=1');
        params.append('b', { toString() { params.delete('a'); return '2'; } });
        return String(params);
    })()"""
    assert vm.eval(code) == "b=2"
