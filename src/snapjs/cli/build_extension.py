"""``snapjs build-extension``: a native extension from C or C++."""

from __future__ import annotations

from pathlib import Path

import click

from . import _show


@click.command("build-extension", no_args_is_help=True)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", help="What the extension is called; without it, as its folder.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to write, if not FOLDER.wasm.",
)
def build_extension(folder: Path, name: str | None, output: Path | None) -> None:
    """Compile C and C++ to a native extension.

    The files of FOLDER become one, beside it: counter/ becomes counter.wasm, for Extension("counter", "counter.wasm").
    Needs the compiler of pip install 'snapjs[build]'.
    """
    from .._native.build import build_extension as build

    place = folder.resolve()
    name = name or place.name
    output = output or place.with_name(f"{place.name}.wasm")
    built = build(place, name, output)
    extension = built.extension
    for line in built.warnings.splitlines():
        click.echo(_show.printable(line), err=True)
    click.echo(f"{_show.printable(str(output))}  {_show.size(len(extension.wasm))}, sha256 {extension.sha256}")
    if built.needs:
        click.echo(f"It needs, of extensions before it: {', '.join(built.needs)}")
