"""Reads a regular expression of Python or JavaScript into tokens that say what it means."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from ..errors import ConversionError

_QUANTIFIER: Final = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
_GROUPS: Final = ("(?:", "(?=", "(?!", "(?<=", "(?<!")
_CONTROLS: Final = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HEX: Final = {"x": 2, "u": 4, "U": 8}


@dataclass(slots=True)
class Token:
    """One construct.

    ========== ======================================================================================
    kind       value
    ========== ======================================================================================
    char       the character
    set        the letter of ``\\d \\D \\s \\S \\w \\W``
    class      (is negated, items: ("char", c), ("range", first, last) or ("set", letter))
    any        of ``.``
    assertion  the character of ``^``, ``$``, ``\\b``, ``\\B``, ``\\A``, ``\\Z``
    open       how the group opens, ``(`` for one with a number
    close, or
    repeat     the quantifier
    back       number or name of the group referred to
    ========== ======================================================================================
    """

    kind: str
    value: Any = None
    name: str | None = None
    """of a named group"""


def refuse(what: str) -> NoReturn:
    """
    :raises ConversionError: always.
    """
    raise ConversionError(f"This regular expression has {what}, which the other language cannot say. Write it without.")


class Scanner:
    """
    :param is_python: whether the source is Python's, else JavaScript's.
    :param is_unicode: of JavaScript, whether it has the ``u`` flag.
    """

    def __init__(self, source: str, is_python: bool, is_unicode: bool) -> None:
        self._source = source
        self._at = 0
        self._is_python = is_python
        self._is_unicode = is_unicode

    def tokens(self) -> list[Token]:
        """The constructs of the source in order.

        :raises ConversionError: for what only one of the languages has.
        """
        found: list[Token] = []
        while self._at < len(self._source):
            token = self._token()
            if token is not None:
                found.append(token)
        return found

    def _token(self) -> Token | None:
        quantifier = _QUANTIFIER.match(self._source, self._at)
        if quantifier and (token := self._repeat(quantifier)):
            return token
        c = self._next()
        match c:
            case "\\":
                return self._escape()
            case "[":
                return self._class()
            case "(":
                return self._open()
            case ")":
                return Token("close")
            case "|":
                return Token("or")
            case ".":
                return Token("any")
            case "^" | "$":
                return Token("assertion", c)
        return self._char(c)

    def _next(self) -> str:
        if self._at >= len(self._source):
            refuse("no end")
        self._at += 1
        return self._source[self._at - 1]

    def _take(self, text: str) -> bool:
        if not self._source.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _until(self, end: str) -> str:
        stop = self._source.find(end, self._at)
        if stop < 0:
            refuse("no end")
        text, self._at = self._source[self._at : stop], stop + len(end)
        return text

    def _char(self, c: str) -> Token:
        if c > "\uffff" and not self._is_python and not self._is_unicode:
            refuse("a character outside the Basic Multilingual Plane without the u flag")
        return Token("char", c)

    def _repeat(self, match: re.Match[str]) -> Token | None:
        text = match[0]
        if text[0] == "{":
            least, comma, most = match.groups()
            if not least and not (comma and self._is_python):
                return None  # literal braces
            text = f"{{{least or 0}{comma}{most}}}"
        self._at = match.end()
        if self._take("?"):
            text += "?"
        elif self._is_python and self._take("+"):
            refuse("a possessive quantifier")
        return Token("repeat", text)

    def _open(self) -> Token | None:
        start = self._at - 1
        if not self._source.startswith("(?", start):
            return Token("open", "(")
        for group in _GROUPS:
            if self._source.startswith(group, start):
                self._at = start + len(group)
                return Token("open", group)
        if self._take("?P<" if self._is_python else "?<"):
            return Token("open", "(", self._until(">"))
        if self._is_python and self._take("?P="):
            return Token("back", self._until(")"))
        if self._is_python and self._take("?#"):
            self._until(")")
            return None
        flags = re.compile(r"\?[aiLmsux]+\)").match(self._source, self._at)
        if flags and self._is_python:
            self._at = flags.end()  # the pattern's flags have them
            return None
        refuse(f"the group {self._source[start : start + 4]}…")

    def _escape(self) -> Token:
        c = self._next()
        if c in "dDsSwW":
            return Token("set", c)
        if c in "bB" or (self._is_python and c in "AZ"):
            return Token("assertion", c)
        if c in "123456789":
            digits = c
            while self._at < len(self._source) and self._source[self._at] in "0123456789":
                if self._is_python and len(digits) == 2:
                    break
                digits += self._next()
            if self._is_python and self._octal(digits):
                return Token("char", chr(int(digits + self._next(), 8)))
            return Token("back", int(digits))
        if c == "k" and not self._is_python and self._take("<"):
            return Token("back", self._until(">"))
        return self._char(self._character(c))

    def _octal(self, digits: str) -> bool:
        """Whether these two and the next are three octal digits."""
        text = digits + self._source[self._at : self._at + 1]
        return len(text) == 3 and all(digit in "01234567" for digit in text) and text[0] in "0123"

    def _character(self, c: str) -> str:
        """The one that an escape stands for, outside a class and in one."""
        if c in _CONTROLS:
            return _CONTROLS[c]
        if c == "0":
            end = self._at
            while end < len(self._source) and end < self._at + 2 and self._source[end] in "01234567":
                end += 1
            if end > self._at and not self._is_python:
                refuse("an octal escape")
            digits, self._at = self._source[self._at : end], end
            return chr(int(digits or "0", 8))
        if c == "u" and self._is_unicode and self._take("{"):
            return chr(int(self._until("}"), 16))
        if c in _HEX and (c != "U" or self._is_python):
            return self._hexadecimal(c)
        if self._is_python:
            if c == "a":
                return "\a"
            if c == "N" and self._take("{"):
                return unicodedata.lookup(self._until("}"))
        elif c == "c":
            return chr(ord(self._next()) % 32)
        if c.isascii() and c.isalnum():
            refuse(f"the escape \\{c}")
        return c

    def _hexadecimal(self, c: str) -> str:
        size = _HEX[c]
        digits = self._source[self._at : self._at + size]
        if not re.fullmatch(f"[0-9a-fA-F]{{{size}}}", digits):
            refuse(f"an incomplete \\{c}")
        self._at += size
        value = int(digits, 16)
        low = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})").match(self._source, self._at)
        if self._is_unicode and 0xD800 <= value < 0xDC00 and low:
            self._at = low.end()
            value = 0x10000 + ((value - 0xD800) << 10) + (int(low[1], 16) - 0xDC00)
        return chr(value)

    def _class(self) -> Token:
        is_negated = self._take("^")
        items: list[tuple[str, ...]] = []
        while (self._is_python and not items) or not self._take("]"):
            first = self._class_item()
            ahead = self._source[self._at : self._at + 2]
            if len(ahead) == 2 and ahead[0] == "-" and ahead[1] != "]":
                self._at += 1
                last = self._class_item()
                is_range = first[0] == last[0] == "char"
                items += [("range", first[1], last[1])] if is_range else [first, ("char", "-"), last]
            else:
                items.append(first)
        return Token("class", (is_negated, items))

    def _class_item(self) -> tuple[str, str]:
        c = self._next()
        if c != "\\":
            return "char", str(self._char(c).value)
        c = self._next()
        if c in "dDsSwW":
            return "set", c
        if c == "b":
            return "char", "\b"
        if self._is_python and c in "1234567":
            end = self._at
            while end < self._at + 2 and self._source[end : end + 1] in tuple("01234567"):
                end += 1
            digits, self._at = c + self._source[self._at : end], end
            return "char", chr(int(digits, 8))
        return "char", str(self._char(self._character(c)).value)


@dataclass(slots=True)
class _Group:
    """A group while references into it are checked."""

    parent: _Group | None
    branch: int
    """of the parent's alternatives, in which it stands"""
    branches: int = 0
    is_closed: bool = False
    may_fail: bool = False
    """what is around it can match while it does not take part"""


def check_references(tokens: list[Token]) -> None:
    """A group that did not take part makes a reference to it fail in Python and match nothing in JavaScript. So only
    references to a group that must have taken part mean the same.

    :raises ConversionError: there is another.
    """
    current = _Group(None, 0)
    numbered: list[_Group] = []
    named: dict[str, _Group] = {}
    for index, token in enumerate(tokens):
        if token.kind == "open":
            current = _Group(current, current.branches, may_fail=token.value in ("(?!", "(?<!"))
            if token.value == "(":
                numbered.append(current)
                if token.name is not None:
                    named[token.name] = current
        elif token.kind == "or":
            current.branches += 1
        elif token.kind == "close" and current.parent is not None:
            following = tokens[index + 1] if index + 1 < len(tokens) else token
            current.is_closed = True
            if following.kind == "repeat" and (following.value[0] in "*?" or re.match(r"\{0*\D", following.value)):
                current.may_fail = True
            current = current.parent
        elif token.kind == "back":
            group = named.get(token.value) if isinstance(token.value, str) else _at(numbered, token.value - 1)
            if group is None or not group.is_closed or not _took_part(group, current):
                refuse("a reference to a group that may not have taken part")


def _at(groups: list[_Group], index: int) -> _Group | None:
    return groups[index] if index < len(groups) else None


def _took_part(group: _Group, here: _Group) -> bool:
    """Whether the closed group must have matched when the open one ``here`` has come this far."""
    branch_of: dict[int, int] = {}
    inner, branch = here, here.branches
    while True:
        branch_of[id(inner)] = branch
        if inner.parent is None:
            break
        inner, branch = inner.parent, inner.branch
    while True:
        outer = group.parent
        if group.may_fail or outer is None:
            return False
        if id(outer) in branch_of:
            return branch_of[id(outer)] == group.branch
        if outer.branches:
            return False
        group = outer
