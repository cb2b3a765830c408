"""Packages are asked what they can do, and their answers are told apart."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from benchmarks.adapter import Unsupported
from benchmarks.features.__main__ import compact, joined
from benchmarks.features.ask import QUESTIONS
from benchmarks.features.interview import heard
from benchmarks.features.packages.snapjs import SnapjsSubject
from benchmarks.features.question import Question, answered, short
from benchmarks.features.subject import No, NotAsked, Partly, Subject, described

from snapjs import undefined

SLOW = {name for name in QUESTIONS if name.startswith(("memory-", "time-", "snapshot-changed", "host-overlap"))}
ABSENT = {"has-intl", "has-temporal", "has-webassembly"}


class Silent(Subject):
    """A package that can do nothing."""

    def __init__(self) -> None:
        pass


def asked(outcome: BaseException | None) -> dict[str, str]:
    def part(subject: Subject, path: str) -> None:
        if outcome is not None:
            raise outcome

    return answered(Question("name", "topic", "title", (part,)), 0, Silent(), "")


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (None, {"answer": "yes"}),
        (No("hangs"), {"answer": "no", "because": "hangs"}),
        (Unsupported("no snapshots"), {"answer": "no", "because": "no snapshots"}),
        (Partly("4.2 s late"), {"answer": "partly", "because": "4.2 s late"}),
        (NotAsked("runs Python"), {"answer": "unasked", "because": "runs Python"}),
        (KeyError("x"), {"answer": "no", "because": "KeyError: 'x'"}),
        (BaseException("panic"), {"answer": "no", "because": "BaseException: panic"}),
    ],
)
def test_answer_by_outcome(outcome: BaseException | None, answer: dict[str, str]) -> None:
    assert asked(outcome) == answer


def test_long_reason_is_its_beginning() -> None:
    assert short("a" * 100 + "\nb") == "a" * 89 + "…"


def test_reason_has_no_address() -> None:
    assert short("<method of Context object at 0x7f38a4d73160> failed") == "<method of Context> failed"


def test_package_that_is_asked_in_vain_has_no_snapshots() -> None:
    answer = answered(QUESTIONS["snapshot-call"], 0, Silent(), "")
    assert answer == {"answer": "no", "because": "no snapshots"}


def circle() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (undefined, "undefined"),
        (True, "boolean true"),
        (10**20, "integer 100000000000000000000"),
        (-0.0, "number -0"),
        (float("nan"), "number NaN"),
        ("\ud800", "string d800"),
        (b"\x01\x02", "bytes 1 2"),
        (memoryview(b"\x01"), "bytes 1"),
        (datetime(1970, 1, 2, tzinfo=UTC), "date 86400"),
        ({"a": 1}, "map of a: integer 1"),
        ({1}, "set of integer 1"),
        ([1.5], "list of number 1.5"),
        ([{}, {}], "list of map of , map of "),
        ([{}] * 2, "shared list of map of , map of "),
        (circle(), "list of cycle"),
        (object(), "object object"),
    ],
)
def test_described(value: Any, text: str) -> None:
    assert described(value) == text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "because"),
    [
        ("import os; os.abort()", "the process ends with SIGABRT"),
        ("raise SystemExit(3)", "the process ends with 3"),
        ("import threading; threading.Event().wait()", "no answer in 0.5 s"),
    ],
)
def test_process_without_an_answer_says_no(program: str, because: str) -> None:
    assert heard([sys.executable, "-c", program], dict(os.environ), 0.5) == {"answer": "no", "because": because}


@pytest.mark.slow
def test_answer_is_the_last_line() -> None:
    program = "print('noise'); print('{\"answer\": \"yes\"}')"
    assert heard([sys.executable, "-c", program], dict(os.environ), 60) == {"answer": "yes"}


def told(name: str, folder: Path) -> str:
    found = [
        answered(QUESTIONS[name], part, SnapjsSubject(), str(folder / "kept"))
        for part in range(len(QUESTIONS[name].parts))
    ]
    return found[-1]["answer"]


@pytest.mark.parametrize("name", sorted(QUESTIONS.keys() - SLOW - ABSENT))
def test_snapjs_says_yes(name: str, tmp_path: Path) -> None:
    assert told(name, tmp_path) == "yes"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SLOW))
def test_snapjs_says_yes_to_what_takes_long(name: str, tmp_path: Path) -> None:
    assert told(name, tmp_path) == "yes"


@pytest.mark.parametrize("name", sorted(ABSENT))
def test_snapjs_says_no(name: str, tmp_path: Path) -> None:
    assert told(name, tmp_path) == "no"


def interview(answers: dict[str, str], date: str) -> dict[str, Any]:
    return {
        "asked_at": date,
        "packages": {name: {"versions": {name: date}} for name in answers},
        "questions": [
            {"name": "modules", "topic": "language", "title": "old", "answers": {
                name: {"answer": answer} for name, answer in answers.items()
            }}
        ],
    }  # fmt: skip


def test_package_that_is_asked_again_keeps_the_others() -> None:
    whole = joined(interview({"snapjs": "yes", "jsrun": "no"}, "1"), interview({"jsrun": "yes"}, "2"))
    assert whole["questions"] == [
        {
            "name": "modules",
            "topic": "language",
            "title": QUESTIONS["modules"].title,
            "answers": {"snapjs": {"answer": "yes"}, "jsrun": {"answer": "yes"}},
        }
    ]
    assert whole["packages"] == {"snapjs": {"versions": {"snapjs": "1"}}, "jsrun": {"versions": {"jsrun": "2"}}}


def test_json_has_a_line_for_each_answer() -> None:
    lines = compact(interview({"snapjs": "yes", "jsrun": "no"}, "1")).splitlines()
    assert '   "jsrun": {"answer": "no"}}}' in lines
