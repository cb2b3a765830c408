"""The scripts of the web platform as C: an array that engine/web_bytecode.c explains."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

LIST = "engine/web/scripts.toml"
CLASSES = (
    "Array", "ArrayBuffer", "BigInt", "DataView", "Date", "DOMException", "Error", "JSON", "Map", "Math", "Number",
    "Object", "Promise", "RangeError", "Reflect", "RegExp", "Set", "String", "Symbol", "TypeError", "Uint8Array",
    "WeakMap", "WeakRef", "WeakSet",
)  # fmt: skip
"""A program can replace them; scripts go on with those that they were evaluated with."""


def header(folder: Path) -> str:
    """The file engine/web_scripts.h.

    :param folder: where the sources are laid out.
    """
    rows = []
    for script in tomllib.loads((folder / LIST).read_text(encoding="utf-8"))["script"]:
        areas = " | ".join(f"SNAP_WEB_{area}" for area in script["areas"])
        text = function_of_web(folder, script)
        place = "/".join(("web", *filter(None, (script.get("package"), script["file"]))))
        rows.append(f'{{ "snapjs:{place}", {areas}, {c_string(text)}, {len(text.encode())} }},')
    return "\n".join(["static const snap_web_script snap_web_scripts[] = {", *rows, "{ 0 },", "};", ""])


def function_of_web(folder: Path, script: dict[str, Any]) -> str:
    """A script as a function of `web`. What a package exports is found under its name in web.npm."""
    package = script.get("package")
    begin = f"(function (web) {{ const {{ {', '.join(CLASSES)} }} = globalThis; "
    if package is None:
        source = (folder / "engine" / "web" / script["file"]).read_text(encoding="utf-8")
        return f'{begin}(function () {{ "use strict"; {source}\n}})(); }})'
    source = (folder / "npm" / package / script["file"]).read_text(encoding="utf-8")
    begin += "const module = { exports: {} }; const exports = module.exports; "
    return f"{begin}{source}\nweb.npm[{json.dumps(package)}] = module.exports; }})"


def c_string(text: str) -> str:
    """A literal of C, a line for a line."""
    plain = {'"': r"\"", "\\": r"\\", "\n": r"\n", "?": r"\?"}
    lines = [
        "".join(plain.get(chr(byte)) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in line.encode())
        for line in text.splitlines(keepends=True)
    ]
    return "\n".join(f'"{line}"' for line in lines)
