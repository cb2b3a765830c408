"""Native extensions: C or C++ compiled to WebAssembly, which runs beside the engine in the same sandbox."""

from __future__ import annotations

import hashlib
import os
import re

from ._guest.binary import FUNCTION
from ._guest.dylink import I32, Library, NoExtension
from .errors import ExtensionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

__all__ = ["Extension"]

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_INITIALISATION: Final = bytes([I32]), bytes([I32])
"""the type ``int (JSContext *)``"""


class Extension:
    """A native extension, for ``VM(extensions=[...])``.

    One object may be used for any number of VMs, by any number of threads. It may be pickled.

    :param name: what snapshots, errors and ``VM.versions`` call it: letters, digits, ``_`` and ``-``.
    :param wasm: a shared library of WebAssembly, as ``snapjs build-extension`` makes it: its bytes, or the path of its
        file.
    :param init: the function that is called when a VM is made, ``int (JSContext *)``; ``None`` for
        ``snapjs_init_<name>``, with ``_`` for ``-``.
    :raises ExtensionError: it is not one, or has no such function.
    :raises OSError: the file cannot be read.
    """

    __slots__ = ("_library", "init", "name", "sha256")

    def __init__(
        self, name: str, wasm: bytes | bytearray | memoryview | str | os.PathLike[str], init: str | None = None
    ):
        if not isinstance(name, str):
            raise TypeError(f"the name of an extension is a str, not {type(name).__name__}")
        if init is not None and not isinstance(init, str):
            raise TypeError(f"init is the name of a function, not {type(init).__name__}")
        if not _NAME.fullmatch(name):
            raise ExtensionError(
                f"{name!r} cannot be the name of an extension: use letters, digits, _ and -, at most 64, the first of "
                "them a letter.",
                extension=name,
            )
        self.name: str = name
        self.init: str = f"snapjs_init_{name.replace('-', '_')}" if init is None else init
        """the function that is called when a VM is made"""
        content = _content(wasm)
        self.sha256: str = hashlib.sha256(content).hexdigest()
        """of its bytes: what snapshots know it by"""
        try:
            self._library = Library(content)
        except NoExtension as error:
            raise ExtensionError(f"The extension {name!r} {error}.", extension=name) from None
        self._check_function()

    @property
    def wasm(self) -> bytes:
        """Its bytes."""
        return self._library.wasm

    @property
    def needed(self) -> list[str]:
        """Names of the extensions that it says must be loaded before it."""
        return [_stem(file) for file in self._library.needed]

    @property
    def symbols(self) -> list[str]:
        """Names of the functions and variables that it has for later extensions, and for the host."""
        return sorted(self._library.exports)

    def _check_function(self) -> None:
        type = self._library.function_type(self.init)
        if type == _INITIALISATION:
            return
        what = "has no function" if type is None else "has another type than int (JSContext *) for its function"
        functions = [name for name, (kind, _) in self._library.exports.items() if kind == FUNCTION]
        shown = f": it exports {', '.join(sorted(functions)[:10])}" if functions and type is None else ""
        raise ExtensionError(
            f"The extension {self.name!r} {what} {self.init}{shown}. Define it as SNAPJS_EXPORT, or name another with "
            "init=.",
            extension=self.name,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Extension):
            return NotImplemented
        return (self.name, self.sha256, self.init) == (other.name, other.sha256, other.init)

    def __hash__(self) -> int:
        return hash((self.name, self.sha256, self.init))

    def __repr__(self) -> str:
        return f"<Extension {self.name!r}, {len(self.wasm)} bytes, sha256 {self.sha256[:12]}>"

    def __reduce__(self) -> Any:
        return Extension, (self.name, self.wasm, self.init)


def _content(wasm: Any) -> bytes:
    if isinstance(wasm, (bytes, bytearray, memoryview)):
        return bytes(wasm)
    if isinstance(wasm, (str, os.PathLike)):
        with open(wasm, "rb") as file:
            return file.read()
    raise TypeError(f"an extension is made of bytes, or of the path of a file, not {type(wasm).__name__}")


def _stem(file: str) -> str:
    """The name of an extension by that of its file, as a linker knows it: ``lib/shapes.wasm`` is ``shapes``."""
    return file.replace("\\", "/").rpartition("/")[2].partition(".")[0]
