"""``python -m benchmarks.features``: ask packages what they can do."""

from __future__ import annotations

import argparse
import json
from typing import Any

from benchmarks.__main__ import show_progress
from benchmarks.compare import write
from benchmarks.runner import ROOT

from .ask import QUESTIONS
from .interview import interview
from .subject import subject_names


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    found = interview(options.packages, options.questions, show_progress)
    show_progress("")
    print("\n".join(_lines(found)))
    if options.publish:
        file = ROOT / "docs" / "benchmarks" / "features.json"
        published = json.loads(file.read_text(encoding="utf-8")) if file.exists() else found
        file.write_text(compact(joined(published, found)), encoding="utf-8")
        write(ROOT / "docs")


def joined(published: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What was published, with the answers found in the place of those of the same packages to the same questions.

    A question that is no longer asked is left out, and so is a package.
    """
    packages = {**published["packages"], **found["packages"]}
    answers = {question["name"]: dict(question["answers"]) for question in published["questions"]}
    for question in found["questions"]:
        answers.setdefault(question["name"], {}).update(question["answers"])
    names = [name for name in subject_names() if name in packages]
    return {
        **found,
        "packages": {name: packages[name] for name in names},
        "questions": [
            {
                "name": question.name,
                "topic": question.topic,
                "title": question.title,
                "answers": {name: answers[question.name][name] for name in names if name in answers[question.name]},
            }
            for question in QUESTIONS.values()
            if question.name in answers
        ],
    }


def compact(found: dict[str, Any]) -> str:
    """JSON with a line for each answer."""
    questions = [
        json.dumps({name: value for name, value in question.items() if name != "answers"}, ensure_ascii=False)[:-1]
        + ', "answers": {\n'
        + ",\n".join(
            f"   {json.dumps(name)}: {json.dumps(answer, ensure_ascii=False)}"
            for name, answer in question["answers"].items()
        )
        + "}}"
        for question in found["questions"]
    ]
    rest = json.dumps({**found, "questions": []}, indent=1, ensure_ascii=False)
    return rest.replace('"questions": []', '"questions": [\n  ' + ",\n  ".join(questions) + "\n ]") + "\n"


def _lines(found: dict[str, Any]) -> list[str]:
    return [
        f"{question['name']:18} {package:15} {answer['answer']:8} {answer.get('because', '')}".rstrip()
        for question in found["questions"]
        for package, answer in question["answers"].items()
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.features", description="Ask snapjs and other packages what they can do."
    )
    names = subject_names()
    parser.add_argument(
        "--packages", nargs="+", choices=names, default=names, metavar="NAME", help=f"only these: of {', '.join(names)}"
    )
    parser.add_argument(
        "--questions", nargs="+", choices=list(QUESTIONS), default=list(QUESTIONS), metavar="NAME",
        help=f"only these: of {', '.join(QUESTIONS)}",
    )  # fmt: skip
    parser.add_argument(
        "--publish", action="store_true", help="write docs/benchmarks/features.json and docs/compare.md"
    )
    return parser


if __name__ == "__main__":
    main()
