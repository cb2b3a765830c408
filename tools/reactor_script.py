"""The script of a reactor as C: what engine/reactor.c evaluates."""

from __future__ import annotations

from pathlib import Path

from web_scripts import CLASSES, c_string

PARTS = (
    "failures", "files", "descriptors", "format", "streams", "os", "std", "bjson", "requests", "command_line", "wasi",
)  # fmt: skip
"""the files of engine/reactor, in the order in which they are evaluated"""


def header(folder: Path) -> str:
    """The file engine/reactor_script.h.

    :param folder: where the sources are laid out.
    """
    parts = [(folder / "engine" / "reactor" / f"{part}.js").read_text(encoding="utf-8") for part in PARTS]
    builtins = ", ".join((*CLASSES, "TextDecoder", "TextEncoder", "performance"))
    begin = f'(function (native) {{ "use strict"; const {{ {builtins} }} = globalThis\nlet host'
    text = "\n".join([begin, *parts, "return ask})"])
    return f"static const char snap_reactor_source[] =\n{c_string(text)};\n"
