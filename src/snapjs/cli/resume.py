"""``snapjs resume``: answer what a saved program waits for, and let it go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import SnapshotError
from ..node_modules import NodeModules
from ..pending import pending
from ..vm import VM
from . import _show
from ._ending import Refusal
from ._fetching import fetch_options
from ._options import Answer, answer
from ._program import Program, Rejections
from ._session import check_destination, limits_said, play
from ._snapshots import ReadingOptions, load, reading_options

if TYPE_CHECKING:
    from ..fetch import Fetch

_NO_ROOT = "Only what the program had imported before it was saved is there, without --root FOLDER."


@click.command(no_args_is_help=True)
@click.argument("file", metavar="SNAPSHOT", type=click.Path(path_type=Path))
@click.option(
    "--answer",
    "answers",
    type=answer,
    multiple=True,
    metavar="ID=JSON",
    help="What call number ID is told; inspect lists the calls. May be given several times; the order counts.",
)
@click.option(
    "--snapshot-to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to save the program if it waits again. [default: SNAPSHOT, which is replaced]",
)
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="What the program may import besides what it has: as in run.",
)
@fetch_options
@reading_options
def resume(
    file: Path,
    answers: tuple[Answer, ...],
    snapshot_to: Path | None,
    root: Path | None,
    policy: Fetch | None,
    reading: ReadingOptions,
) -> None:
    """Let a saved program go on, with answers.

    Every function that it knows waits for answers, as ask does in run. Timers that have become due run after the
    answers are given. What was encrypted is saved encrypted. A program that is done leaves SNAPSHOT as it is: it can be
    resumed again, with other answers.

    Exit codes: 0 done or saved, 1 the JavaScript failed, 2 usage, 3 a limit fired.
    """
    check_destination(snapshot_to)
    snapshot = load(file, reading)
    rejections = Rejections()
    try:
        vm = VM.restore(
            snapshot,
            functions=dict.fromkeys(snapshot.functions, pending),
            timezone="host",
            modules=None if root is None else NodeModules(root),
            web=None if policy is None else {"fetch": policy},
            on_unhandled_rejection=rejections,
        )
    except SnapshotError as error:
        raise Refusal(f"{file}: {error}") from None
    with limits_said(), vm:
        program = Program.find(vm, rejections)
        _check(program, answers, file)

        def give() -> None:
            for given in answers:
                calls = {call.id: call for call in program.waiting}
                calls[given.id].resolve(given.value)

        imports = _NO_ROOT if root is None else f"The program may import files in {root.resolve()} and below."
        play(
            vm,
            program,
            give,
            snapshot_to or file,
            key_file=reading.key_file,
            key=reading.key,
            fetches=policy is not None,
            imports=imports,
        )


def _check(program: Program, answers: tuple[Answer, ...], file: Path) -> None:
    """All answers before the first is given, so that a mistake changes nothing."""
    calls = program.waiting
    seen: set[int] = set()
    for given in answers:
        if given.id not in {call.id for call in calls}:
            there_are = "; ".join(f"{call.id} {_show.call(call.name, call.args)}" for call in calls)
            raise Refusal(f"{file} has no call {given.id}: it waits for {there_are or 'nothing'}")
        if given.id in seen:
            raise Refusal(f"call {given.id} is answered twice: give it one --answer")
        seen.add(given.id)
