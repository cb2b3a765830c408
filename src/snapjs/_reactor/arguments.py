"""The command line of ``qjs``."""

from __future__ import annotations

from dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

_FLAGS: Final = {"-m": "is_module", "--module": "is_module", "--std": "std", "--script": "is_script"}
_VALUED: Final = {
    "-e": "expression",
    "--eval": "expression",
    "-I": "includes",
    "--include": "includes",
    "--memory-limit": "memory_limit",
    "--stack-size": "stack_size",
}
_UNITS: Final = {"": 1 << 10, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class UsageError(ValueError):
    """The arguments are not those of ``qjs``."""


@dataclass
class Arguments:
    """What a command line says."""

    argv0: str = "qjs"
    expression: str | None = None
    includes: list[str] = field(default_factory=list)
    is_module: bool = False
    is_script: bool = False
    std: bool = False
    memory_limit: int | None = None
    """bytes; likewise the stack's"""
    stack_size: int | None = None
    rest: list[str] = field(default_factory=list)
    """the script and its arguments"""

    def set(self, name: str, option: str, value: str) -> None:
        if name == "includes":
            self.includes.append(value)
        elif name == "expression":
            self.expression = value
        else:
            setattr(self, name, _size(option, value))


def parse(args: Sequence[str]) -> Arguments:
    """
    :param args: the program's name and what follows it.
    :raises UsageError: there is an option that ``qjs`` here does not have, or one without its value.
    """
    words = iter(args)
    found = Arguments(next(words, "qjs"))
    for word in words:
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            found.rest.append(word)
            break
        _take(found, word, words)
    found.rest.extend(words)
    return found


def _take(found: Arguments, word: str, words: Iterator[str]) -> None:
    option, has_value, value = word.partition("=") if word.startswith("--") else (word, "", "")
    if option in _FLAGS and not has_value:
        setattr(found, _FLAGS[option], True)
        return
    if option not in _VALUED:
        known = ", ".join(sorted({*_FLAGS, *_VALUED}, key=str.lower))
        raise UsageError(f"unknown option {word!r}. The options are {known}.")
    if not has_value:
        following = next(words, None)
        if following is None:
            raise UsageError(f"option {option} lacks its value. Give it one.")
        value = following
    found.set(_VALUED[option], option, value)


def _size(option: str, text: str) -> int:
    digits = text.rstrip("bkmgBKMG")
    unit = _UNITS.get(text[len(digits) :].lower())
    try:
        size = int(float(digits) * unit) if unit else -1
    except (ValueError, OverflowError):
        size = -1
    if size < 0:
        raise UsageError(f"{option} takes a number of kilobytes, or one with b, k, m or g, not {text!r}.")
    return size
