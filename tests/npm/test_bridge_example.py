"""examples/bridge: a server that is asked over HTTP by many at once."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from benchmarks import load

import snapjs

EXAMPLE = Path(__file__).parents[2] / "examples" / "bridge"
NOW = "2026-01-02T09:00:00Z"


@pytest.fixture(scope="module")
def server(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the server, which is built and started as the README says, on a port that is free."""
    pytest.importorskip("starlette", reason="needs the dependency group examples")
    folder = tmp_path_factory.mktemp("bridge")
    for file in EXAMPLE.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    path = os.pathsep.join([str(packages / ".bin"), os.environ["PATH"]])
    environment = {**os.environ, "NODE_PATH": str(packages), "PATH": path}
    subprocess.run(["npm", "run", "build", "--silent"], cwd=folder, env=environment, check=True, capture_output=True)

    sources = str(Path(snapjs.__file__).parents[1])
    environment["PYTHONPATH"] = os.pathsep.join([sources, os.environ.get("PYTHONPATH", sources)])
    command = [sys.executable, "-m", "uvicorn", "server:app", "--port", "0", "--no-access-log"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _port(process)
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
    assert "Finished server process" in said and "Traceback" not in said


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise AssertionError("".join(said))


def ask(port: int, question: Any) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/dates", json.dumps(question))
    response = connection.getresponse()
    answer = response.status, response.read().decode()
    connection.close()
    return answer


def test_server_answers_with_dates(server: int) -> None:
    status, answer = ask(server, {"text": "Lunch tomorrow from 12 to 1pm", "now": NOW})
    assert (status, json.loads(answer)) == (
        200,
        [{"text": "tomorrow from 12 to 1pm", "start": "2026-01-03T12:00:00Z", "end": "2026-01-03T13:00:00Z"}],
    )


def test_many_ask_at_once_and_each_gets_its_own_answer(server: int) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda n: ask(server, {"text": f"in {n} minutes", "now": NOW}), range(1, 201)))
    assert {status for status, _ in answers} == {200}
    assert [json.loads(answer)[0]["start"] for _, answer in answers] == [
        f"2026-01-02T{9 + n // 60:02}:{n % 60:02}:00Z" for n in range(1, 201)
    ]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"text": "x" * 10_001}, "Expected `str` of length <= 10000 - at `$.text`"),
        ({"now": NOW}, "Object missing required field `text`"),
        ({"text": "today", "now": "yesterday"}, "Invalid RFC3339 encoded datetime - at `$.now`"),
    ],
)
def test_question_that_is_none_is_refused(server: int, question: Any, reason: str) -> None:
    assert ask(server, question) == (400, reason)
    assert ask(server, {"text": "no date", "now": NOW}) == (200, "[]")


def test_load_of_its_library_is_answered_exactly(
    packages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(load, "packages", lambda: packages)

    assert load.main(["--calls", "400", "--kills", "3", "--processes", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("400 calls in ")
    assert lines[1].startswith("3 kills, ")
    assert lines[2] == "0 lost, 0 answered twice"


def test_example_is_short() -> None:
    assert len((EXAMPLE / "server.py").read_text(encoding="utf-8").splitlines()) < 60
