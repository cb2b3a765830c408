"""What is open at the end of a long source, so that the compiler need not be asked after each of its lines.

To ask costs as much as the source is long. The scan costs as much as the line, and says that a source is open only
where that is certain. It gives up where a slash may be a division or begin a regular expression, and at what is rare.
"""

from __future__ import annotations

import re
from typing import Final

_END: Final = r"\n\r\u2028\u2029"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space> [\s\ufeff]+ | //[^{_END}]* )
    | (?P<comment> /\* )
    | (?P<template> ` )
    | (?P<string> '(?:[^'\\{_END}]|\\[^{_END}])*' | "(?:[^"\\{_END}]|\\[^{_END}])*" )
    | (?P<number> \.?[0-9][\w.]* )
    | (?P<word> \#?[^\W\d][\w$]* | \$[\w$]* )
    | (?P<dot> \??\.(?!\.) )
    | (?P<open> [(\[{{] )
    | (?P<close> [)\]}}] )
    | (?P<slash> / )
    | (?P<strange> <!-- | --> | [\\'"#] | [^\x00-\x7f] )
    | (?P<unclear> \+\+ | -- | [!>] )
    | (?P<operator> \.\.\. | . )
    """,
    re.VERBOSE,
)
_PATTERN: Final = re.compile(rf"/(?:[^\\/\[{_END}]|\\[^{_END}]|\[(?:[^\]\\{_END}]|\\[^{_END}])*\])+/[\w$]*")
_IN_TEMPLATE: Final = re.compile(r"(?:[^`$\\]|\\.|\$(?!\{))*(`|\$\{)?", re.DOTALL)
_CLOSED_BY: Final = {"(": ")", "if (": ")", "[": "]", "{": "}", "${": "}"}
_BEFORE_CONDITION: Final = frozenset(["if", "while", "for", "with"])
_BEFORE_OPERAND: Final = frozenset([
    "case", "default", "delete", "do", "else", "extends", "in", "instanceof", "new", "return", "throw", "typeof",
    "void",
])  # fmt: skip
_MAY_BE_NAMES: Final = frozenset(["await", "let", "of", "yield"])


class Brackets:
    """The brackets, templates and comments that the lines of one source have opened and not closed."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._is_certain = True
        self._before = "operator"
        """what came last: after an operand a slash is a division, after an operator it begins a regular expression"""
        self._word = ""
        """the word that came last, if nothing has come since and it is no name of a property"""

    @property
    def is_open(self) -> bool:
        """Whether something certainly is open, so that the source is not whole."""
        return self._is_certain and bool(self._open)

    def feed(self, line: str) -> None:
        """Go on with the next line, its end included."""
        position = 0
        while self._is_certain and position < len(line):
            inside = self._open[-1] if self._open else ""
            if inside == "`":
                position = self._leave_template(line, position)
            elif inside == "/*":
                end = line.find("*/", position)
                position = len(line) if end < 0 else end + 2
                if end >= 0:
                    self._open.pop()
            else:
                position = self._take_token(line, position)

    def _leave_template(self, line: str, position: int) -> int:
        match = _IN_TEMPLATE.match(line, position)
        assert match is not None
        if match[1] == "`":
            self._open.pop()
            self._note("operand")
        elif match[1]:
            self._open.append("${")
            self._note("operator")
        elif match.end() < len(line):
            self._is_certain = False
        return match.end()

    def _take_token(self, line: str, position: int) -> int:
        match = _TOKEN.match(line, position)
        assert match is not None
        kind, text = match.lastgroup, match[0]
        if kind in ("comment", "template"):
            self._open.append(text)
        elif kind == "word":
            self._take_word(text)
        elif kind == "open":
            self._open.append("if (" if text == "(" and self._word in _BEFORE_CONDITION else text)
            self._note("operator" if self._word not in _MAY_BE_NAMES else "unclear")
        elif kind == "close":
            self._close(text)
        elif kind == "slash":
            return self._take_slash(line, position)
        elif kind == "strange":
            self._is_certain = False
        elif kind in ("string", "number"):
            self._note("operand")
        elif kind is not None and kind != "space":
            self._note(kind)
        return match.end()

    def _note(self, kind: str) -> None:
        self._before, self._word = kind, ""

    def _take_word(self, word: str) -> None:
        if self._before == "dot":
            self._note("operand")
            return
        is_unclear = word in _MAY_BE_NAMES
        self._before = "unclear" if is_unclear else "operator" if word in _BEFORE_OPERAND else "operand"
        self._word = word

    def _close(self, bracket: str) -> None:
        opened = self._open.pop() if self._open else ""
        if _CLOSED_BY.get(opened) != bracket:
            self._is_certain = False
        self._note("operator" if opened == "if (" else "unclear" if bracket == "}" else "operand")

    def _take_slash(self, line: str, position: int) -> int:
        if self._before == "operand":
            self._note("operator")
            return position + 1
        match = _PATTERN.match(line, position) if self._before == "operator" else None
        if match is None:
            self._is_certain = False
            return position
        self._note("operand")
        return match.end()
