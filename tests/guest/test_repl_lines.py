"""When a filter asks the compiler whether what has come is whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from snapjs.cli._repl_console import Console
from snapjs.cli._repl_lines import Source
from snapjs.cli._repl_source import Reader


class Asked:
    """A console of which only whether a text is whole is asked."""

    typescript = False

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.times = 0

    def is_whole(self, text: str) -> bool:
        self.times += 1
        return self._reader.read(text, typescript=self.typescript) is not None


@pytest.fixture
def asked() -> Iterator[Asked]:
    with Reader() as reader:
        yield Asked(reader)


def lines_until_whole(asked: Asked, lines: list[str]) -> int:
    source = Source(cast("Console", asked))
    for number, line in enumerate(lines, start=1):
        source.add(f"{line}\n")
        if source.is_whole():
            return number
    return -1


def test_a_short_source_is_asked_about_after_each_line(asked: Asked) -> None:
    assert lines_until_whole(asked, ["f(", "1", ",2", ")", "g()"]) == 4
    assert asked.times == 4


def test_a_mistake_in_a_short_source_is_found_at_its_line(asked: Asked) -> None:
    assert lines_until_whole(asked, ["f(", "1 2", ")"]) == 2


@pytest.mark.parametrize(("before", "line", "after"), [("function f() {", "  g((a + 1) / 2)", "}"), ("`", "it's ${1} of {1}, and on", "`"), ("/*", "it's", "*/ 1")])  # fmt: skip
def test_a_long_source_is_rarely_asked_about(asked: Asked, before: str, line: str, after: str) -> None:
    short = 4096 // (len(line) + 1) + 1

    assert lines_until_whole(asked, [before, *[line] * 3 * short, after]) == 3 * short + 2
    assert asked.times <= short + 8


def test_a_mistake_in_a_long_source_is_found_before_it_ends(asked: Asked) -> None:
    lines = ["f(", *["  [1, 2, 3],"] * 500, "  1 2,"]

    assert lines_until_whole(asked, [*lines, *["  [1, 2, 3],"] * 500]) in range(len(lines), 700)


def test_what_the_scan_does_not_know_is_asked_about(asked: Asked) -> None:
    assert lines_until_whole(asked, ["{", *["  a++ / 2 // a division, not a regular expression"] * 150, "}"]) == 152
    assert asked.times == 152


def test_typescript_is_asked_about_less(asked: Asked) -> None:
    asked.typescript = True

    assert lines_until_whole(asked, ["const a: number[] = [", *["  1, // a number"] * 60, "]"]) == 62
    assert asked.times <= 32
