"""Asks packages questions: each in a process of its own, with a time limit, since some hang or crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.adapter import NODE_PACKAGES
from benchmarks.environment import node_packages, python_with
from benchmarks.runner import ROOT, machine

from .ask import QUESTIONS
from .subject import subject_class

LONGEST = 60.0
"""seconds that a process may take for its part of a question"""

Progress = Callable[[str], None]


def interview(names: Sequence[str], questions: Sequence[str], progress: Progress) -> dict[str, Any]:
    """Ask packages questions, and return what ``--publish`` writes.

    :param names: of packages, as :func:`~benchmarks.features.subject.subject_names` has them.
    :param questions: names of :data:`~benchmarks.features.ask.QUESTIONS`.
    :param progress: told what happens next.
    :raises InstallError: a package could not be installed.
    """
    packages, answers = {}, {}
    for name in names:
        progress(f"preparing {name}")
        place = _Place(name)
        packages[name] = {"versions": place.said("versions", 0, "")}
        answers[name] = {}
        for question in questions:
            progress(f"{name}, {question}")
            answers[name][question] = place.answer(question)
    return {
        "format": 1,
        "asked_at": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "packages": packages,
        "questions": [
            {
                "name": name,
                "topic": QUESTIONS[name].topic,
                "title": QUESTIONS[name].title,
                "answers": {package: answers[package][name] for package in names},
            }
            for name in questions
        ],
    }


class _Place:
    """Where a package is installed."""

    def __init__(self, name: str) -> None:
        subject = subject_class(name)
        self._name = name
        self._python = python_with(name, subject.requirements) if subject.requirements else sys.executable
        self._environment = dict(os.environ)
        if subject.requirements:
            self._environment.pop("PYTHONPATH", None)  # it is for this Python's packages
        if subject.npm_requirements:
            self._environment[NODE_PACKAGES] = node_packages(name, subject.npm_requirements)

    def answer(self, question: str) -> dict[str, str]:
        """The answer: that of the first part that is not yes."""
        with tempfile.TemporaryDirectory() as folder:
            for part in range(len(QUESTIONS[question].parts)):
                said = self.said(question, part, str(Path(folder, "kept")))
                if said["answer"] != "yes":
                    return said
        return {"answer": "yes"}

    def said(self, question: str, part: int, path: str) -> dict[str, str]:
        """What a process says, or that it says nothing."""
        command = [self._python, "-m", "benchmarks.features.ask", self._name, question, str(part), path]
        return heard(command, self._environment, LONGEST)


def heard(command: list[str], environment: dict[str, str], longest: float) -> dict[str, str]:
    """The JSON in the last line that a process writes, or the answer no, because it ends or hangs."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, encoding="utf-8", errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=longest)
    except subprocess.TimeoutExpired:
        return {"answer": "no", "because": f"no answer in {longest:g} s"}
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and what it has started
        process.communicate()
    if process.returncode < 0:
        return {"answer": "no", "because": f"the process ends with {signal.Signals(-process.returncode).name}"}
    if process.returncode:
        return {"answer": "no", "because": f"the process ends with {process.returncode}"}
    found: dict[str, str] = json.loads(output.strip().rpartition("\n")[2])
    return found
