"""Names in TypeScript: which may stand as they are, and what becomes of the others."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

import msgspec

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_RESERVED: Final = re.compile(
    "arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|"
    "false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|"
    "public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield"
)
_TYPES: Final = re.compile("any|bigint|boolean|never|number|object|string|symbol|undefined|unknown|void")
BUILT_IN: Final = frozenset(
    {"Array", "ArrayBuffer", "Date", "Error", "Function", "Map", "Partial", "Promise", "ReadonlyArray", "ReadonlyMap"}
    | {"Readonly", "ReadonlySet", "Record", "RegExp", "Required", "Set", "Uint8Array"}
)
"""types of ECMAScript that the types of capabilities can be made of"""


def property_name(name: str) -> str:
    """The name of a property, in quotes where it needs them."""
    return name if _IDENTIFIER.fullmatch(name) else quoted(name)


def access(name: str) -> str:
    """What follows an object to have its property: ``.name`` or ``["a name"]``."""
    return f".{name}" if _IDENTIFIER.fullmatch(name) else f"[{quoted(name)}]"


def parameter_name(name: str) -> str:
    """The name for a parameter of a function type."""
    letters = _letters(name)
    return f"{letters}_" if _RESERVED.fullmatch(letters) else letters


def interface_name(name: str) -> str:
    """The name for an interface or a type alias."""
    name = parameter_name(name)
    return f"{name}_" if _TYPES.fullmatch(name) else name


def free_name(wanted: str, taken: Container[str]) -> str:
    """The name, with a number behind it if it is taken."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name


def quoted(text: str) -> str:
    """The text as a string of JavaScript, in one line."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return msgspec.json.encode(text).decode().replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _letters(name: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_$]", "_", name)
    return f"_{name}" if not name or name[0].isdigit() else name
