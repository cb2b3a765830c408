"""URLs and memory: what is parsed counts against the limit, and running out is an error that a program can catch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, MemoryLimitError

MakeVM = Callable[..., VM]

MIB = 1 << 20
LIMIT = 8 * MIB


@pytest.fixture
def limited(make_vm: MakeVM) -> VM:
    vm = make_vm(memory_limit=LIMIT)
    vm.eval("var kept = []")
    return vm


FLOODS = {
    "URLs": "for (let i = 0; ; i++) kept.push(new URL('http://example.com/' + i))",
    "long URLs": "for (let i = 0; ; i++) kept.push(new URL('http://example.com/' + 'x'.repeat(1e5) + i))",
    "pairs": "kept = new URLSearchParams(); for (let i = 0; ; i++) kept.append(i, i)",
    "iterators": "kept = [new URLSearchParams()]; for (;;) kept.push(kept[0].keys())",
    "one URL": "var url = new URL('http://a/'); for (;;) url.search += url.search + 'x'",
    "one query": "var url = new URL('http://a/'); for (let i = 0; ; i++) url.searchParams.append('x'.repeat(1e4), i)",
    "input": "new URL('http://a/' + 'x'.repeat(3e6))",
    "base": "new URL('x', 'http://a/' + 'é'.repeat(5e5))",
    "form": "new URLSearchParams('a=%20' + '%zz'.repeat(2e6))",
}


@pytest.mark.keeps("what was kept")
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_flood_ends_in_a_memory_limit_error(limited: VM, flood: str) -> None:
    with pytest.raises(MemoryLimitError) as caught:
        limited.eval(flood)
    assert caught.value.limit == LIMIT
    limited.eval("kept = []; var url = null")
    assert limited.eval("new URL('//ä/?a', 'http://b').href") == "http://xn--4ca/?a"


def test_program_catches_the_error(limited: VM) -> None:
    code = "try { new URL('http://a/' + 'x'.repeat(3e6)) } catch (e) { String(e) }"
    assert limited.eval(code) == "InternalError: out of memory"


@pytest.mark.keeps("Error.prepareStackTrace")
def test_program_that_parses_while_the_error_is_made(limited: VM) -> None:
    code = """
        Error.prepareStackTrace = () => new URL('http://inner/' + 'y'.repeat(5000)).host;
        var stacks = [];
        for (let n = 1e5; n < 6e6; n *= 1.3) try { new URL('http://a/' + 'x'.repeat(n)) } catch (e) { stacks.push(e.stack) }
        stacks.length > 0 && stacks.every(stack => stack === 'inner')
    """
    assert limited.eval(code) is True


HOSTILE = {
    "long domain": "'http://' + 'ä'.repeat(2e4)",
    "longest domain": "'http://' + '\\ufdfa'.repeat(5461)",
    "percent-encoded domain": "'http://' + '%EF%B7%BA'.repeat(5461)",
    "decomposed domain": "'http://' + '\\u0390\\u0301'.repeat(4000)",
    "labels": "'http://' + 'ä.'.repeat(4000)",
    "ASCII domain": "'http://' + 'xn--a.'.repeat(1e4)",
    "at signs": "'http://' + '@'.repeat(2e4) + 'a/'",
    "colons": "'http://' + ':'.repeat(2e4) + '@a/'",
    "segments": "'http://a' + '/..'.repeat(3e4)",
    "encoded segments": "'http://a' + '/%2e%2E/é'.repeat(1e4)",
    "tabs": "'http://a/' + '\\t'.repeat(1e5)",
    "fragment": "'http://a/#' + '\\u{1f4a9}'.repeat(1e4)",
    "opaque path": "'x:' + ' '.repeat(1e5) + '?'",
    "data": "'data:text/plain,' + '%'.repeat(1e5)",
    "brackets": "'http://[' + ':'.repeat(2e4) + ']'",
    "digits": "'http://' + '1'.repeat(2e4)",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_parsed_or_refused(vm: VM, text: str) -> None:
    code = f"""(text => {{
        for (const [input, base] of [[text], ['x/../é', text], [text, 'file:///C:/'], [text.slice(7), 'https://b/c?d#e']]) {{
            const url = URL.parse(input, base);
            if (url && new URL(url.href).href !== url.href) return input.slice(0, 20);
        }}
        const url = new URL('https://u:p@example.com:1/a?b#c');
        for (const member of ['username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'protocol'])
            url[member] = text;
        return new URL(url.href).href === url.href;
    }})({text})"""
    assert vm.eval(code) is True


@pytest.mark.slow
def test_input_of_many_megabytes(vm: VM) -> None:
    assert vm.eval("new URL('data:,' + 'x'.repeat(3e7)).href.length") == 30_000_006


def test_pairs_by_the_hundred_thousand_are_removed_at_once(vm: VM) -> None:
    code = """(params => {
        params.delete('a');
        params.set('b', 1);
        return String(params);
    })(new URLSearchParams('a&b&'.repeat(100000)))"""
    assert vm.eval(code) == "b=1"


def test_record_of_many_members(vm: VM) -> None:
    code = "new URLSearchParams(Object.fromEntries(Array.from({ length: 20000 }, (_, i) => ['k' + i, i]))).size"
    assert vm.eval(code) == 20000
