"""URL. What it parses is tested by web-platform-tests, in tests/conformance; here is what they leave open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, Intrinsics, JSError

MakeVM = Callable[..., VM]

EVERYTHING = "https://user:pass@example.com:8080/a/b?q=1#top"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("href", EVERYTHING),
        ("origin", "https://example.com:8080"),
        ("protocol", "https:"),
        ("username", "user"),
        ("password", "pass"),
        ("host", "example.com:8080"),
        ("hostname", "example.com"),
        ("port", "8080"),
        ("pathname", "/a/b"),
        ("search", "?q=1"),
        ("hash", "#top"),
    ],
)
def test_member(vm: VM, member: str, value: str) -> None:
    assert vm.eval(f"new URL('{EVERYTHING}').{member}") == value


@pytest.mark.parametrize("member", ["username", "password", "port", "search", "hash"])
def test_member_that_is_not_there_is_empty(vm: VM, member: str) -> None:
    assert vm.eval(f"new URL('https://example.com/').{member}") == ""


def test_relative_to_a_base(vm: VM) -> None:
    assert vm.eval("new URL('../c?x', 'https://example.com/a/b/').href") == "https://example.com/a/c?x"


def test_host_that_is_not_ascii_is_punycode(vm: VM) -> None:
    assert vm.eval("new URL('https://Bücher.example/ä').href") == "https://xn--bcher-kva.example/%C3%A4"


def test_ascii_host_is_lowercased_even_where_it_is_no_punycode(vm: VM) -> None:
    assert vm.eval("new URL('https://XN--A/').host") == "xn--a"


# `ä.` becomes `xn--4ca.`, which is four times as long.
@pytest.mark.parametrize(("label", "most"), [("a", 16384), ("A", 16384), ("ä.", 2048)])
def test_longest_domain_has_16384_bytes(vm: VM, label: str, most: int) -> None:
    code = f"[{most}, {most} + 1].map(count => URL.canParse('http://' + '{label}'.repeat(count)))"
    assert vm.eval(code) == [True, False]


def test_path_that_begins_with_two_slashes_is_not_a_host(vm: VM) -> None:
    assert vm.eval("(u => [u.href, u.host, u.pathname])(new URL('x:/..//a'))") == ["x:/.//a", "", "//a"]


def test_what_is_no_url_is_a_type_error(vm: VM) -> None:
    with pytest.raises(JSError, match="Invalid URL") as caught:
        vm.eval("new URL('/relative')")
    assert caught.value.name == "TypeError"


def test_lone_surrogates_are_replaced(vm: VM) -> None:
    assert vm.eval("new URL('https://a/\\ud800').pathname") == "/%EF%BF%BD"


def test_string_that_was_put_together_is_read(vm: VM) -> None:
    assert vm.eval("new URL('https://example.com/' + 'a'.repeat(9000) + 'b'.repeat(9000)).pathname.length") == 18001


def test_setters_change_the_one_url(vm: VM) -> None:
    code = """(() => {
        const url = new URL('http://a/b');
        Object.assign(url, { protocol: 'https', username: 'u', password: 'p', host: 'c:81', pathname: 'd e', search: 'f', hash: 'g' });
        return url.href;
    })()"""
    assert vm.eval(code) == "https://u:p@c:81/d%20e?f#g"


def test_setter_that_is_refused_changes_nothing(vm: VM) -> None:
    assert vm.eval("(u => { u.port = 'x'; u.host = ' '; return u.href })(new URL('http://a:1/'))") == "http://a:1/"


def test_href_that_is_refused_throws_and_changes_nothing(vm: VM) -> None:
    code = "(u => { try { u.href = '/' } catch (e) { return [e.name, u.href] } })(new URL('http://a/'))"
    assert vm.eval(code) == ["TypeError", "http://a/"]


def test_setter_whose_value_sets_the_same_url(vm: VM) -> None:
    code = """(() => {
        const url = new URL('http://a/');
        url.hash = { toString() { url.href = 'http://b/?q'; return 'h'; } };
        return url.href;
    })()"""
    assert vm.eval(code) == "http://b/?q#h"


def test_subclass_has_its_own_prototype(vm: VM) -> None:
    code = (
        "(() => { class Mine extends URL { get short() { return this.host } } return new Mine('http://a/').short })()"
    )
    assert vm.eval(code) == "a"


def test_parse_answers_null(vm: VM) -> None:
    assert vm.eval("[URL.parse('x'), URL.parse('x', 'http://a/').href]") == [None, "http://a/x"]


def test_can_parse(vm: VM) -> None:
    assert vm.eval("[URL.canParse('x'), URL.canParse('x', 'http://a/')]") == [False, True]


@pytest.mark.parametrize("code", ["new URL()", "URL.canParse()", "URL.parse()", "URL('http://a/')"])
def test_call_without_what_it_needs_is_a_type_error(vm: VM, code: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(code)
    assert caught.value.name == "TypeError"


def test_members_are_for_urls_only(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("Object.getOwnPropertyDescriptor(URL.prototype, 'href').get.call({})")
    assert caught.value.name == "TypeError"


def test_json_is_the_href(vm: VM) -> None:
    assert vm.eval("JSON.stringify([new URL('http://a')])") == '["http://a/"]'


@pytest.mark.keeps("a handle")
def test_python_gets_a_handle(vm: VM) -> None:
    with vm.eval_handle("new URL('http://a/')") as url:
        assert url.class_name == "URL"
        assert str(url.get_prop("host").to_string()) == "a"


def test_vm_without_web_has_none(make_vm: MakeVM) -> None:
    assert make_vm(web=False).eval("typeof URL + typeof URLSearchParams") == "undefinedundefined"


@pytest.mark.abandons("the leak check needs more than such a VM has")
def test_vm_with_few_intrinsics_has_it(make_vm: MakeVM) -> None:
    assert make_vm(web={"url"}, intrinsics=Intrinsics.EVAL).eval("new URL('http://a').href") == "http://a/"
