"""Runs one test in another engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from .execute import SURROUNDINGS
from .results import Status, Subtest, collected
from .suite import ORIGIN, Suite, Test

_DRIVER = Path(__file__).with_name("driver.mjs")

# The clock of these engines is the real one.
_SECONDS = 60.0
_SECONDS_TO_END = 10.0


@dataclass(frozen=True)
class Peer:
    """An engine that runs tests in a process each.

    :param command: the program, with its arguments before the file that it is to run.
    """

    name: str
    command: tuple[str, ...]

    @property
    def version(self) -> str:
        """As the program says."""
        said = subprocess.run([self.command[0], "--version"], capture_output=True, text=True, check=True).stdout
        return said.split()[0].removeprefix("v") if self.name == "Node.js" else said.split()[1]

    def subtests(self, suite: Suite, test: Test) -> tuple[Subtest, ...]:
        """Run a test; what came of its subtests."""
        paths = ("resources/testharness.js", *test.scripts, test.path)
        try:
            scripts = [{"path": path, "source": suite.text(path)} for path in paths]
        except FileNotFoundError as missing:
            return collected([], f"the suite has no file {missing}")
        task = {
            "root": str(suite.root),
            "origin": ORIGIN,
            "surroundings": SURROUNDINGS.read_text(encoding="utf-8"),
            "settings": test.settings,
            "scripts": scripts,
            "seconds": _SECONDS,
        }
        # Node.js cannot wait for a standard input that has more to come.
        with NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(task, file)
            file.flush()
            return self._run(test, file.name)

    def _run(self, test: Test, file: str) -> tuple[Subtest, ...]:
        location = ("--location", str(test.settings["url"])) if self.name == "Deno" else ()
        try:
            process = subprocess.run(
                [*self.command, *location, str(_DRIVER), file],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS + _SECONDS_TO_END,
            )
            said = json.loads(Path(file).read_text(encoding="utf-8"))
            subtests = [Subtest(name, Status(status), message) for name, status, message in said["subtests"]]
        except subprocess.TimeoutExpired:
            return collected([], f"it did not end in {_SECONDS + _SECONDS_TO_END:.0f} s")
        except KeyError:  # the file is as it was
            return collected([], f"it ended with {process.returncode}: {process.stderr[-200:]}")
        return collected(subtests, said["failure"])


def peers(node: str | None, deno: str | None) -> Sequence[Peer]:
    """Those of which the program is given."""
    found = []
    if node:
        found.append(Peer("Node.js", (node,)))
    if deno:
        options = ("run", "--allow-all", "--no-config", "--no-lock", "--cached-only", "--quiet")
        found.append(Peer("Deno", (deno, *options)))
    return found
