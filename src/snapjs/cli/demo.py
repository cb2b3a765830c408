"""``snapjs demo``: a program is saved in the middle of an await, and another process finishes it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import click

from ..pending import PendingCall, pending
from ..snapshot import Snapshot
from ..vm import VM
from . import _show
from ._ending import Refusal, command_name
from ._program import Program, Rejections

_SERVICES: Final[dict[str, Any]] = {
    "findCourier": {"name": "Adele"},
    "authorizePayment": {"code": "A-7731"},
    "reserveStock": {"shelf": "C4"},
}
"""Answers by function, in the order in which they come: not the one in which they were asked for."""
_PERSON: Final = "askManager"
_ANSWER: Final = '{"approved": true, "by": "Grace"}'
_LONGEST: Final = 60.0
"""Seconds after which the second process is given up."""


@dataclass
class _Figures:
    """Durations are seconds, sizes bytes."""

    start: float
    snapshot: float
    save: float
    file_size: int
    memory_size: int
    pages: int


@click.command(short_help="Save a waiting program; have another process go on.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Leave the program and its snapshot in FOLDER.",
)
def demo(keep: Path | None) -> None:
    """Save a program while it waits; have another process finish it.

    Shows the main job on this machine, with figures. Takes a second or two, needs no network, leaves no files behind.
    """
    began = time.perf_counter()
    with _folder(keep) as folder:
        source = resources.files(__package__).joinpath("order.js").read_text(encoding="utf-8")
        _write(folder / "order.js", source)
        snapshot = folder / "order.snap"
        _title("1. The program: order.js")
        _indented(source)
        call, figures = _first_process(source, snapshot)
        seconds = _second_process(snapshot, call)
        _title("4. The figures, measured just now")
        _print_figures(figures, _restore_seconds(snapshot), seconds)
    click.echo(f"\nAll of it took {_show.duration(time.perf_counter() - began)}.")
    _print_next(keep)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="snapjs-demo-") as folder:
            yield Path(folder)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(f"--keep {keep} cannot be made: {error.strerror}") from None
    yield keep


def _write(path: Path, text: str) -> None:
    try:
        if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
            raise Refusal(f"{path} exists, and is not the demonstration's: give --keep another folder")
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror}") from None


def _first_process(source: str, save_to: Path) -> tuple[PendingCall, _Figures]:
    """Starts the program, plays the services that it calls, and saves it when only a person can help."""
    _title(f"2. This process, number {os.getpid()}, starts it")
    began = time.perf_counter()
    rejections = Rejections()
    with VM(stdout=_console, stderr=_console, on_unhandled_rejection=rejections) as vm:
        program = Program.prepare(vm, rejections)
        for name in (*_SERVICES, _PERSON):
            vm.expose(name, pending)
        started = time.perf_counter() - began
        program.start(source, "order.js")
        click.echo("It calls three services at once, and waits for all of them:")
        calls = {call.name: call for call in program.run()}
        for call in calls.values():
            click.echo(f"    call {call.id}  {_show.call(call.name, call.args)}")
        click.echo("This process plays the services, and answers in another order, the last one first:")
        for name, answer in _SERVICES.items():
            click.echo(f"    answer to call {calls[name].id}: {json.dumps(answer)}")
            calls[name].resolve(answer)
        [call] = program.run()
        click.echo("Now it waits for a person, in the middle of its third await:")
        click.echo(f"    call {call.id}  {_show.call(call.name, call.args)}")
        clock = time.perf_counter()
        snapshot = vm.snapshot()
        taken = time.perf_counter() - clock
        try:
            snapshot.save(save_to)
        except OSError as error:
            raise Refusal(f"{save_to} cannot be written: {error.strerror}") from None
        saved = time.perf_counter() - clock - taken
    size = save_to.stat().st_size
    click.echo(f"That can take days, so the whole VM is saved: order.snap, {_show.size(size)}. Here it is closed.")
    return call, _Figures(started, taken, saved, size, snapshot.size, len(snapshot.pages()))


def _second_process(snapshot: Path, call: PendingCall) -> float:
    """Has another process finish the program; seconds that it took."""
    command = [sys.executable, "-m", "snapjs", "resume", str(snapshot), "--answer", f"{call.id}={_ANSWER}"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    _title(f"3. Another process, number {process.pid}, finishes it")
    click.echo("Nothing but the file goes there, and the person's answer. It runs:")
    click.echo(f"    python -m snapjs resume order.snap --answer {shlex.quote(command[-1])}")
    try:
        output, errors = process.communicate(timeout=_LONGEST)
    except BaseException as error:
        process.kill()
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            text = f"the second process has not ended after {_LONGEST:g} seconds: run snapjs doctor"
            raise click.ClickException(text) from None
        raise
    seconds = time.perf_counter() - began
    click.echo("and prints, from the middle of the await to the program's value:")
    _console(output.decode("utf-8", "replace"))
    if process.returncode:
        _console(errors.decode("utf-8", "replace"))
        raise click.ClickException(f"the second process failed with exit code {process.returncode}: run snapjs doctor")
    return seconds


def _restore_seconds(path: Path) -> float:
    """How long it takes to read the file and have the program ready to go on; the best of five."""

    def restore() -> float:
        began = time.perf_counter()
        snapshot = Snapshot.load(path)
        with VM.restore(snapshot, functions=dict.fromkeys(snapshot.functions, pending)):
            return time.perf_counter() - began

    return min(restore() for _ in range(5))


def _print_figures(figures: _Figures, restore: float, second: float) -> None:
    for what, value in (
        ("memory of the program", _show.size(figures.memory_size)),
        ("snapshot on disk", f"{_show.size(figures.file_size)}, for the {figures.pages} pages that it has changed"),
        ("load the engine, make a VM", _show.duration(figures.start)),
        ("take the snapshot", _show.duration(figures.snapshot)),
        ("write it to the disk", _show.duration(figures.save)),
        ("read and restore it", f"{_show.duration(restore)}, the best of five in this process"),
        ("the whole second process", f"{_show.duration(second)}, from Python's start to its end"),
    ):
        click.echo(f"    {what:<28}{value}")


def _print_next(keep: Path | None) -> None:
    folder = "FOLDER" if keep is None else shlex.quote(str(keep))
    command = command_name()
    steps = [
        (f"{command} inspect {folder}/order.snap", "what is in the snapshot"),
        (f"{command} resume {folder}/order.snap", "resume it yourself; --answer as above, or refuse the order"),
        (f"{command} run FILE", "a program of yours; await ask(…) pauses it"),
        (f"{command} doctor", "what works on this machine"),
    ]
    if keep is None:
        steps.insert(0, (f"{command} demo --keep FOLDER", "this again, leaving the files"))
    width = max(len(step) for step, _ in steps) + 2
    click.echo("\nWhat to try next:")
    for step, what in steps:
        click.echo(f"    {step:<{width}}{what}")


def _title(text: str) -> None:
    click.echo(f"\n{text}\n{'-' * len(text)}")


def _console(text: str) -> None:
    _indented(text, "  | ")


def _indented(text: str, prefix: str = "    ") -> None:
    for line in text.rstrip("\n").split("\n"):
        click.echo(f"{prefix}{line}".rstrip())
