"""URLPattern. What it matches is tested by web-platform-tests, in tests/conformance; here is what they leave open."""

from __future__ import annotations

import pytest
from moving import moved

from snapjs import VM, JSError


def test_groups_of_what_matches(vm: VM) -> None:
    code = "new URLPattern({ pathname: '/books/:id(\\\\d+)/*' }).exec('https://example.com/books/12/a/b').pathname"
    assert vm.eval(code) == {"input": "/books/12/a/b", "groups": {"id": "12", "0": "a/b"}}


def test_what_does_not_match(vm: VM) -> None:
    code = "(p => [p.test('https://example.com/x'), p.exec('https://example.com/x'), p.test('nothing')])"
    assert vm.eval(f"{code}(new URLPattern('https://example.com/a'))") == [False, None, False]


@pytest.mark.parametrize(
    ("arguments", "members"),
    [
        (
            "'https://*.example.com/:file.(png|gif)\\\\?q#h'",
            ["https", "*.example.com", "", "/:file.(png|gif)", "q", "h"],
        ),
        ("'../c', 'https://example.com/a/b/'", ["https", "example.com", "", "/a/c", "*", "*"]),
        ("{ protocol: 'http{s}?', port: '80' }", ["http{s}?", "*", "80", "*", "*", "*"]),
        ("'https://example.com:443/'", ["https", "example.com", "", "/", "*", "*"]),
        ("{ hostname: 'bücher.example', pathname: 'ä' }", ["*", "xn--bcher-kva.example", "*", "%C3%A4", "*", "*"]),
        ("", ["*", "*", "*", "*", "*", "*"]),
    ],
)
def test_members_are_canonical(vm: VM, arguments: str, members: list[str]) -> None:
    code = "(p => [p.protocol, p.hostname, p.port, p.pathname, p.search, p.hash])"
    assert vm.eval(f"{code}(new URLPattern({arguments}))") == members


@pytest.mark.parametrize(
    "code",
    [
        "new URLPattern('/relative')",
        "new URLPattern({ pathname: '/:a/:a' })",
        "new URLPattern({ pathname: '/(' })",
        "new URLPattern({ pathname: '/([)' })",
        "new URLPattern({ hostname: 'a b' })",
        "new URLPattern({ protocol: '1' })",
        "new URLPattern({ port: 'x' })",
        "new URLPattern({}, 'https://example.com')",
        "new URLPattern({ baseURL: 'nothing' })",
        "new URLPattern().test({}, 'https://example.com')",
        "URLPattern({})",
        "URLPattern.prototype.test.call({}, '')",
    ],
)
def test_refused(vm: VM, code: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(code)
    assert caught.value.name == "TypeError"


def test_case_is_ignored_if_asked(vm: VM) -> None:
    code = "new URLPattern('https://example.com/abc', { ignoreCase: IGNORE }).test('https://example.com/ABC')"
    assert vm.eval(f"[{code.replace('IGNORE', 'true')}, {code.replace('IGNORE', 'false')}]") == [True, False]


def test_regular_expressions_of_its_own(vm: VM) -> None:
    code = "['/:a', '/(\\\\d+)', '*'].map(pathname => new URLPattern({ pathname }).hasRegExpGroups)"
    assert vm.eval(code) == [False, True, False]


def test_group_may_have_any_name(vm: VM) -> None:
    code = "new URLPattern({ pathname: '/:__proto__' }).exec({ pathname: '/x' }).pathname.groups"
    assert vm.eval(f"JSON.stringify({code})") == '{"__proto__":"x"}'


def test_program_that_patches_the_language_does_not_disturb_it(vm: VM) -> None:
    code = """(() => {
        const { exec, test } = RegExp.prototype;
        RegExp.prototype.exec = RegExp.prototype.test = () => { throw new Error('patched'); };
        try {
            return new URLPattern({ pathname: '/:a' }).exec({ pathname: '/x' }).pathname.groups.a;
        } finally {
            Object.assign(RegExp.prototype, { exec, test });
        }
    })()"""
    assert vm.eval(code) == "x"


@pytest.mark.keeps("a global")
def test_pattern_goes_on_after_a_restore(vm: VM) -> None:
    vm.eval("var pattern = new URLPattern('https://ä.example/:a/*')")
    with moved(vm) as other:
        assert other.eval("pattern.exec('https://ä.example/b/c').pathname.groups") == {"a": "b", "0": "c"}
