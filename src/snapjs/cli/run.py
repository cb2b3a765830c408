"""``snapjs run``: start a program; save it if it waits for an answer."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .._modules.specifiers import TYPESCRIPT
from ..node_modules import NodeModules
from ..pending import pending
from ..vm import VM
from . import _show
from ._ending import Refusal
from ._fetching import fetch_options
from ._options import seconds, size
from ._program import COMPLETION, Program, Rejections
from ._session import check_destination, limits_said, play

if TYPE_CHECKING:
    from ..fetch import Fetch

_ALWAYS = "ask"
_LONGEST: Final = 256_000_000
"""bytes of a program; a device has no end"""
_LOADED = (*TYPESCRIPT, ".cjs")
"""what is made into JavaScript, or wrapped, when it is loaded by its name"""


@click.command(no_args_is_help=True, short_help="Run JavaScript; save it if it waits for an answer.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--module", is_flag=True, help="FILE is an ES module, whatever its name.")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="What the program may import: the files in this folder and below, and packages in its node_modules. "
    "[default: the folder of FILE]",
)
@click.option(
    "--snapshot-to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to save the program if it waits for an answer. [default: FILE with .snap in place of its suffix]",
)
@click.option(
    "--memory-limit", type=size, metavar="SIZE", help="Bytes that the JavaScript heap may hold, as 64MB or 1GiB."
)
@click.option(
    "--timeout", type=seconds, metavar="SECONDS", help="How long the program may take, waiting for timers included."
)
@click.option(
    "--pending",
    "names",
    multiple=True,
    metavar="NAME",
    help="One more function whose calls wait for an answer, as ask. May be given several times.",
)
@fetch_options
def run(
    file: Path,
    module: bool,
    root: Path | None,
    snapshot_to: Path | None,
    memory_limit: int | None,
    timeout: float | None,
    names: tuple[str, ...],
    policy: Fetch | None,
) -> None:
    """Run a JavaScript program; save it if it waits for an answer.

    FILE is - for standard input. A .ts, .mts or .tsx file is TypeScript and an ES module, as .mjs is; .cts and .cjs are
    CommonJS. Types are not checked.

    Top-level await works, console output goes to the terminal, timers are waited for, and the value of a script is
    printed unless it is undefined.

    The program may call ask(…) with any arguments: the call is a promise that somebody answers later. When there is
    nothing else to do, the program is saved, and the command says what it waits for and how to go on.

    \b
        const ok = await ask("Delete 3 files?", ["a", "b", "c"])
        console.log(ok ? "deleted" : "kept")

    Exit codes: 0 done or saved, 1 the JavaScript failed, 2 usage, 3 a limit fired.
    """
    is_input = str(file) == "-"
    save_to = snapshot_to if snapshot_to is not None or is_input else file.with_suffix(".snap")
    check_destination(snapshot_to)
    if save_to is not None and not is_input and save_to.absolute() == file.absolute():
        raise Refusal(f"the snapshot would replace {file}: give --snapshot-to another file")
    source = _read(file, is_input)
    folder = (root or (_current_folder() if is_input else file.parent)).resolve()
    name = "<stdin>" if is_input else _name_in(folder, file)
    rejections = Rejections()
    with (
        limits_said(timeout),
        VM(
            memory_limit=memory_limit,
            timeout=timeout,
            timezone="host",
            modules=NodeModules(folder),
            web=True if policy is None else {"fetch": policy},
            on_unhandled_rejection=rejections,
        ) as vm,
    ):
        program = Program.prepare(vm, rejections)
        for function in (_ALWAYS, *names):
            if function == COMPLETION or not all(part.isidentifier() for part in function.replace("$", "_").split(".")):
                raise Refusal(f"--pending {function}: it is not a name of a function, such as approve or mail.send")
            vm.expose(function, pending)
        play(
            vm,
            program,
            lambda: _start(program, source, name, module or file.suffix == ".mjs"),
            save_to,
            timeout=timeout,
            fetches=policy is not None,
            imports=f"The program may import files in {folder} and below; --root names another folder.",
        )


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise Refusal("the current folder is not there any more: change to another, or give --root FOLDER") from None


def _name_in(folder: Path, file: Path) -> str:
    """The file's name as a module."""
    path = file.resolve()
    if not path.is_relative_to(folder):
        raise Refusal(f"{file} is not in {folder}: give --root a folder that holds it")
    return path.relative_to(folder).as_posix()


def _start(program: Program, source: str, name: str, module: bool) -> None:
    if name.endswith(_LOADED):
        program.start(None, f"./{name}", module=True)
    else:
        program.start(source, name, module=module)


def _read(file: Path, is_input: bool) -> str:
    if is_input and sys.stdin is None:
        raise Refusal("standard input is closed: give a file")
    name = "standard input" if is_input else str(file)
    try:
        with nullcontext(sys.stdin.buffer) if is_input else file.open("rb") as opened:
            content = opened.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise Refusal(f"{name} has more than {_show.size(_LONGEST)}: no program is that long")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise Refusal(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise Refusal(f"{name} is not UTF-8 text: byte {error.start} is {byte:#04x}") from None
