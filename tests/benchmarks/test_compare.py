"""docs/compare.md says what its data say, and the data are what packages answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from benchmarks.compare import _reasons, page, write
from benchmarks.features.ask import QUESTIONS
from benchmarks.features.interview import interview
from benchmarks.features.subject import subject_names

DOCS = Path(__file__).parents[2] / "docs"
CHEAP = ("snapshot-call", "host-synchronous", "has-intl")
"""questions that tell packages apart, and take seconds of all of them"""


def data(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_page_is_what_the_data_say() -> None:
    made = page(data("results"), data("features"), data("documented"))
    assert made == (DOCS / "compare.md").read_text(encoding="utf-8")


def test_page_is_written_beside_its_data(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    for name in ("results", "features", "documented"):
        (tmp_path / "benchmarks" / f"{name}.json").write_text(json.dumps(data(name)), encoding="utf-8")
    write(tmp_path)
    assert (tmp_path / "compare.md").read_text(encoding="utf-8") == (DOCS / "compare.md").read_text(encoding="utf-8")


def test_lost_kinds_of_values_are_all_named() -> None:
    values = [question["answers"] for question in data("features")["questions"] if question["topic"] == "values"]
    assert not [answer for each in values for answer in each.values() if answer.get("because", "").endswith("…")]


def test_every_package_has_answered_every_question() -> None:
    answered = {question["name"]: list(question["answers"]) for question in data("features")["questions"]}
    assert answered == dict.fromkeys(QUESTIONS, subject_names())


def test_titles_are_those_of_the_questions() -> None:
    assert {question["name"]: question["title"] for question in data("features")["questions"]} == {
        name: question.title for name, question in QUESTIONS.items()
    }


def test_packages_that_are_asked_are_described() -> None:
    assert {facts["name"] for facts in data("documented")["packages"]} == set(subject_names())


def test_every_statement_has_a_source_and_every_source_a_statement() -> None:
    documented = data("documented")
    used = {source for row in documented["workflows"] for source in row["sources"]}
    assert used == set(documented["sources"])


def test_first_lines_say_who_takes_what() -> None:
    begin = "\n".join((DOCS / "compare.md").read_text(encoding="utf-8").splitlines()[:9])
    for name in [*subject_names(), "DBOS", "Temporal", "Vercel Workflow"]:
        assert f"**{name}**" in begin


def test_figures_have_a_date_and_a_machine() -> None:
    features, text = data("features"), (DOCS / "compare.md").read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", features["asked_at"])
    assert features["asked_at"] in text and features["machine"]["processor"] in text


def test_same_reason_of_two_packages_stands_once_and_says_what_it_says() -> None:
    answers = {
        "a": {"answer": "no", "because": "<x> of _y_"},
        "b": {"answer": "yes"},
        "c": {"answer": "no", "because": "<x> of _y_"},
        "d": {"answer": "partly", "because": "late"},
    }
    lines = list(_reasons({"title": "a sort", "answers": answers}))
    assert lines == ["- a sort:", r"  - a, c: \<x\> of \_y\_", "  - d: late"]


def test_snapjs_alone_says_yes_to_each_question_about_limits() -> None:
    limits = [question["answers"] for question in data("features")["questions"] if question["topic"] == "limits"]
    assert [name for name in subject_names() if all(each[name]["answer"] == "yes" for each in limits)] == ["snapjs"]


@pytest.mark.peers
@pytest.mark.parametrize("name", subject_names())
def test_package_still_answers_what_is_published(name: str) -> None:
    published = {question["name"]: question["answers"][name] for question in data("features")["questions"]}
    found = interview([name], CHEAP, lambda text: None)
    assert {question["name"]: question["answers"][name]["answer"] for question in found["questions"]} == {
        question: published[question]["answer"] for question in CHEAP
    }
