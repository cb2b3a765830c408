"""Regular expressions between Python's ``re`` and JavaScript.

Each construct is written so that it matches the same: ``.`` and ``$`` mean something else in each language, as do
``\\d``, ``\\w``, ``\\s`` and ``\\b``. What the other side cannot say is refused. Three differences are accepted: which
rare letters (such as the Kelvin sign) upper and lower case relate, what a group in a loop holds after its last turn,
and ``\\B`` in an empty text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from ..errors import ConversionError
from .regexp_scan import Scanner, Token, check_references, refuse

_ASCII: Final = {
    "d": "0-9",
    "D": "\\0-/:-{last}",
    "w": "A-Za-z0-9_",
    "W": "\\0-/:-@\\[-\\^`{{-{last}",
}
_TO_PYTHON: Final = {letter: text.format(last="\U0010ffff") for letter, text in _ASCII.items()} | {
    "s": "\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
    "S": "\\0-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e"
    "\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff",
}
_TO_JAVASCRIPT_ASCII: Final = {
    "d": r"\d",
    "D": r"\D",
    "w": r"\w",
    "W": r"\W",
    "s": r"\t-\r ",
    "S": r"\0-\x08\x0e-\x1f!-\u{10ffff}",
}
_TO_JAVASCRIPT: Final = {
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "w": r"\p{L}\p{N}_",
    "s": r"\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    "S": r"\0-\x08\x0e-\x1b!-\x84\x86-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e"
    r"\u2060-\u2fff\u3001-\u{10ffff}",
}
_WORD: Final = r"[\p{L}\p{N}_]"
_JS_LINE: Final = r"[^\n\r\u2028\u2029]"


@lru_cache(maxsize=256)
def to_javascript(pattern: re.Pattern[Any]) -> tuple[str, str]:
    """Source and flags of the JavaScript regular expression that matches the same.

    :raises ConversionError: there is none.
    """
    source, flags = pattern.pattern, pattern.flags
    if not isinstance(source, str):
        refuse("bytes")
    if flags & re.VERBOSE:
        refuse("the flag re.VERBOSE")
    if flags & re.ASCII and flags & re.IGNORECASE:
        refuse("the flags re.ASCII and re.IGNORECASE together")
    tokens = Scanner(source, is_python=True, is_unicode=False).tokens()
    check_references(tokens)
    text = "".join(_javascript(token, flags) for token in tokens)
    return text or "(?:)", ("i" if flags & re.IGNORECASE else "") + ("s" if flags & re.DOTALL else "") + "u"


@lru_cache(maxsize=256)
def to_python(source: str, flags: str) -> re.Pattern[str]:
    """The Python pattern that matches the same.

    :raises ConversionError: there is none.
    """
    for flag in flags:
        if flag not in "gdimsu":
            refuse(f"the flag {flag}")
    tokens = Scanner(source, is_python=False, is_unicode="u" in flags).tokens()
    check_references(tokens)
    text = "".join(_python(token, flags) for token in tokens)
    try:
        return re.compile(text, (re.IGNORECASE if "i" in flags else 0) | (re.DOTALL if "s" in flags else 0))
    except (re.error, OverflowError, RecursionError) as error:
        raise ConversionError(f"Python's re cannot say /{source:.80}/{flags}: {error}. Write it otherwise.") from None


def _javascript(token: Token, flags: int) -> str:
    value = token.value
    sets = _TO_JAVASCRIPT_ASCII if flags & re.ASCII else _TO_JAVASCRIPT
    match token.kind:
        case "char":
            return _escaped(value, r"^$\.*+?()[]{}|/")
        case "set":
            return f"[^{sets['w']}]" if value == "W" else f"[{sets[value]}]"
        case "class":
            return _javascript_class(value, sets)
        case "any":
            return "." if flags & re.DOTALL else r"[^\n]"
        case "assertion":
            return _javascript_assertion(value, flags)
        case "open":
            return f"(?<{token.name}>" if token.name else str(value)
        case "back":
            return rf"\k<{value}>" if isinstance(value, str) else rf"(?:\{value})"
    return {"close": ")", "or": "|"}.get(token.kind) or str(value)


def _javascript_class(value: Any, sets: dict[str, str]) -> str:
    is_negated, items = value
    parts = []
    for kind, *values in items:
        if kind == "set":
            if values[0] not in sets:
                refuse(r"\W within a class")
            parts.append(sets[values[0]])
        else:
            parts.append("-".join(_escaped(value, r"\]^-[") for value in values))
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"


def _javascript_assertion(value: str, flags: int) -> str:
    is_multiline = flags & re.MULTILINE
    match value:
        case "^":
            return r"(?<=^|\n)" if is_multiline else "^"
        case "$":
            return r"(?=\n|$)" if is_multiline else r"(?=\n?$)"
        case "A":
            return "^"
        case "Z":
            return "$"
    if flags & re.ASCII:
        return f"\\{value}"
    after, before = ("!", "=") if value == "b" else ("=", "!")
    return f"(?:(?<={_WORD})(?{after}{_WORD})|(?<!{_WORD})(?{before}{_WORD}))"


def _python(token: Token, flags: str) -> str:
    value = token.value
    match token.kind:
        case "char":
            return re.escape(str(value))
        case "set":
            return f"[{_TO_PYTHON[value]}]"
        case "class":
            return _python_class(*value)
        case "any":
            return "." if "s" in flags else _JS_LINE
        case "assertion":
            return _python_assertion(value, "m" in flags)
        case "open":
            return f"(?P<{token.name}>" if token.name else str(value)
        case "back":
            return f"(?P={value})" if isinstance(value, str) else rf"(?:\{value})"
    return {"close": ")", "or": "|"}.get(token.kind) or str(value)


def _python_class(is_negated: bool, items: list[tuple[str, ...]]) -> str:
    if not items:
        return "(?s:.)" if is_negated else "(?!)"
    parts = [_TO_PYTHON[values[0]] if kind == "set" else "-".join(map(re.escape, values)) for kind, *values in items]
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"


def _python_assertion(value: str, is_multiline: bool) -> str:
    match value:
        case "^":
            return f"(?<!{_JS_LINE})" if is_multiline else r"\A"
        case "$":
            return f"(?!{_JS_LINE})" if is_multiline else r"\Z"
        case "b":
            return r"(?a:\b)"
    return r"(?a:(?!\b))"


def _escaped(c: str, special: str) -> str:
    """The character for a JavaScript source: escaped where it is special, or would end a line."""
    if c in special:
        return f"\\{c}"
    if c in "\n\r\u2028\u2029":
        return f"\\u{ord(c):04x}"
    return c
