"""The process that asks one package one question: ``python -m benchmarks.features.ask NAME QUESTION PART FILE``.

It says the answer as JSON in the last line of its standard output. Of the question ``versions`` that is what the
package and what it stands on are.
"""

from __future__ import annotations

import json
import os
import sys

from . import calls, language, limits, snapshots, values
from .question import Question, answered
from .subject import subject_class

QUESTIONS: dict[str, Question] = {
    question.name: question
    for module in (snapshots, limits, values, calls, language)
    for question in module.QUESTIONS
}  # fmt: skip


def main(name: str, question: str, part: str, path: str) -> None:
    subject = subject_class(name)()
    if question == "versions":
        said = {name: version for name, version in subject.versions().items() if name != "engine"}
    else:
        said = answered(QUESTIONS[question], int(part), subject, path)
    print(f"\n{json.dumps(said)}", flush=True)
    os._exit(0)  # a thread of a package that hangs need not be waited for


if __name__ == "__main__":
    main(*sys.argv[1:])
