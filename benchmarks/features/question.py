"""What a question is, and how a package's answer to it comes about."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.adapter import Unsupported

from .subject import No, NotAsked, Partly, Subject

Part = Callable[[Subject, str], None]
"""Returns if the answer is yes, or raises :class:`No` or :class:`Partly`. It gets the path of a file that later parts
get too."""

_LONGEST_REASON = 90
_ADDRESS = re.compile(r" (?:object )?at 0x[0-9a-f]+")


class Question(NamedTuple):
    """Something that a program can ask of a package."""

    name: str
    topic: str
    title: str
    """of its row in the page"""
    parts: tuple[Part, ...]
    """each of which is asked in a process of its own, one after the other"""


def answered(question: Question, part: int, subject: Subject, path: str) -> dict[str, str]:
    """The answer of one part: ``answer`` is yes, no, partly or unasked, and ``because`` says why it is not yes."""
    try:
        question.parts[part](subject, path)
    except NotAsked as reason:
        return {"answer": "unasked", "because": str(reason)}
    except (No, Unsupported) as reason:
        return {"answer": "no", "because": str(reason)}
    except Partly as reason:
        return {"answer": "partly", "because": str(reason)}
    except BaseException as error:  # pyo3's panics are no Exception
        return {"answer": "no", "because": short(f"{type(error).__name__}: {error}")}
    return {"answer": "yes"}


def short(reason: Any) -> str:
    """The first line of a reason, or its beginning."""
    text = _ADDRESS.sub("", str(reason).strip().partition("\n")[0].strip())
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
