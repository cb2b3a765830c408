"""Programs with pools that run in a process of their own, since it is their end that is looked at."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 20
"""after which a program has failed"""
_FORKS_ALLOWED = "ignore:This process (pid=:DeprecationWarning"
"""Python 3.12 and later warn where a process that has threads is forked"""
_HEAD = '''
import asyncio, gc, os, signal, sys, threading, time
from snapjs import ClosedError, Pool, PoolError, TimeLimitError

PROGRAM = """
    export const f = x => x
    export const spin = () => { say("spins"); for (;;); }
    export const sleep = () => { say("sleeps"); return new Promise(resolve => setTimeout(resolve, 1e6)) }
    export const work = () => { working(); return "done" }
"""

def say(text):
    os.write(1, text.encode() + bytes([10]))  # at once: two may say something

def work():
    say("works")
    threading.Event().wait(0.3)
    say("has worked")

FUNCTIONS = {"say": say, "working": work}

def main():
'''
_FOOT = """

if __name__ == "__main__":
    main()
"""


def run(folder: Path, program: str) -> str:
    """What it writes to stdout. It must end well, and write nothing to stderr."""
    command = [sys.executable, "-W", _FORKS_ALLOWED, str(_written(folder, program))]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=SECONDS)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@contextmanager
def started(folder: Path, program: str) -> Iterator[subprocess.Popen[str]]:
    """A program that runs; it has written a line."""
    command = [sys.executable, "-u", str(_written(folder, program))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            yield process
        finally:
            process.kill()


def _written(folder: Path, program: str) -> Path:
    """A file, for worker processes import it."""
    file = folder / "program.py"
    file.write_text(_HEAD + textwrap.indent(textwrap.dedent(program), "    ") + _FOOT)
    return file


def is_there(pid: int) -> bool:
    """Whether there is such a process that runs."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def interrupt(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C."""
    process.send_signal(signal.SIGINT)
