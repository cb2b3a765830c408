"""JavaScript values that Python has no type for."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest

from snapjs.errors import ConversionError
from snapjs.values import BigInt, JSMap, RegExp, Symbol, Undefined, undefined


def test_undefined() -> None:
    assert repr(undefined) == "undefined"
    assert not undefined
    assert undefined is not None
    assert Undefined() is undefined
    assert pickle.loads(pickle.dumps([undefined])) == [undefined]
    assert copy.deepcopy([undefined])[0] is undefined
    assert copy.copy(undefined) is undefined


def test_a_big_int() -> None:
    value = BigInt(5)
    assert repr(value) == "BigInt(5)"
    assert f"{value} {value:>3}" == "5   5"
    assert value == 5
    assert type(value + 1) is int
    assert type(pickle.loads(pickle.dumps(value))) is BigInt


def test_a_map() -> None:
    value = JSMap({1: "a"})
    assert repr(value) == "JSMap({1: 'a'})"
    assert value == {1: "a"}
    assert type(pickle.loads(pickle.dumps(value))) is JSMap


@pytest.mark.parametrize(("value", "name"), [(Symbol("k"), "key"), (RegExp("a+", "g"), "flags")])
def test_symbols_and_regular_expressions_are_values(value: Any, name: str) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert len({value, copy.copy(value)}) == 1
    with pytest.raises(AttributeError):
        setattr(value, name, "")


TO_JAVASCRIPT = [
    (r"abc", "abc"),
    (r"a.b", r"a[^\n]b"),
    (r"^a$", r"^a(?=\n?$)"),
    (r"(?m)^a$", r"(?<=^|\n)a(?=\n|$)"),
    (r"\Aa\Z", "^a$"),
    (r"(?P<n>a)(?P=n)", r"(?<n>a)\k<n>"),
    (r"(a)\1", r"(a)(?:\1)"),
    (r"\d\w", r"[\p{Nd}][\p{L}\p{N}_]"),
    (r"[]\-x-z]", r"[\]\-x-z]"),
    (r"a{,2}b{", r"a{0,2}b\{"),
    (r"(?#comment)\N{BULLET}\x41\101", "•AA"),
    (r"a/b", r"a\/b"),
    ("a\nb", r"a\u000ab"),
    (r"a+?b{2}?", "a+?b{2}?"),
    (r"\n\a\0\07", "\\u000a\x07\x00\x07"),
    (r"[\d\b\101]", "[\\p{Nd}\x08A]"),
    (r"(a)((b)\1)", r"(a)((b)(?:\1))"),
    (r"\b", r"(?:(?<=[\p{L}\p{N}_])(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}_]))"),
    (r"\B", r"(?:(?<=[\p{L}\p{N}_])(?=[\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?![\p{L}\p{N}_]))"),
    (r"", "(?:)"),
]


@pytest.mark.parametrize(("pattern", "source"), TO_JAVASCRIPT)
def test_a_pattern_in_javascript(pattern: str, source: str) -> None:
    assert RegExp.from_python(re.compile(pattern)) == RegExp(source, "u")


def test_flags_in_javascript() -> None:
    assert RegExp.from_python(re.compile("a.", re.IGNORECASE | re.DOTALL)) == RegExp("a.", "isu")
    assert RegExp.from_python(re.compile(r"\d\b\w\s", re.ASCII)) == RegExp(r"[\d]\b[\w][\t-\r ]", "u")


ONLY_PYTHON = [
    r"a++", r"(?>a)", r"(a)?(?(1)b|c)", r"(?i:a)", r"(?x)a b", r"(?ai)a", r"[\W]", r"(a)?\1", r"(a)|\1", r"(?:(a)|b)\1",
    r"(a)*\1", r"(a){0,2}\1", r"(?!(a))\1", b"a",
]  # fmt: skip


@pytest.mark.parametrize("pattern", ONLY_PYTHON)
def test_what_only_python_can_say(pattern: Any) -> None:
    with pytest.raises(ConversionError, match="Write it without"):
        RegExp.from_python(re.compile(pattern))


TO_PYTHON = [
    (RegExp("a.b"), r"a[^\n\r\u2028\u2029]b", 0),
    (RegExp("a.", "s"), "a.", re.DOTALL),
    (RegExp("^a$", "gi"), r"\Aa\Z", re.IGNORECASE),
    (RegExp("^a$", "m"), r"(?<![^\n\r\u2028\u2029])a(?![^\n\r\u2028\u2029])", 0),
    (RegExp(r"(?<n>a)\k<n>\/"), "(?P<n>a)(?P=n)/", 0),
    (RegExp(r"\d[\w-]"), r"[0-9][A-Za-z0-9_\-]", 0),
    (RegExp(r"[][^]"), "(?!)(?s:.)", 0),
    (RegExp(r"\b\u{1F600}\ud83d\ude00\cA", "u"), "(?a:\\b)\U0001f600\U0001f600\x01", 0),
    (RegExp("a{,2}"), r"a\{,2\}", 0),
    (RegExp(r"a+?\B[\b]\n\0"), "a+?(?a:(?!\\b))[\x08]\\\n\x00", 0),
]


@pytest.mark.parametrize(("regexp", "pattern", "flags"), TO_PYTHON, ids=str)
def test_a_regular_expression_in_python(regexp: RegExp, pattern: str, flags: int) -> None:
    assert regexp.to_python() == re.compile(pattern, flags)


ONLY_JAVASCRIPT = [
    RegExp("a", "y"), RegExp("a", "v"), RegExp(r"\p{L}", "u"), RegExp("\U0001f600"), RegExp(r"\1(a)"),
    RegExp("(?<=a+)b"), RegExp(r"\07"), RegExp(r"\q"), RegExp("(?i:a)"), RegExp("(a"), RegExp("["), RegExp("(?<n"),
    RegExp("\\"), RegExp(r"\u00"),
]  # fmt: skip


@pytest.mark.parametrize("regexp", ONLY_JAVASCRIPT, ids=str)
def test_what_only_javascript_can_say(regexp: RegExp) -> None:
    with pytest.raises(ConversionError):
        regexp.to_python()
