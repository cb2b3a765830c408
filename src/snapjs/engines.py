"""Engines of other versions of snapjs: where old snapshots find the one that they name.

An engine is WebAssembly and identified by the sha256 of its bytes. Machine code is never taken from anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from ._files import replacing
from ._guest.engine import LARGEST_ENGINE, Engine, foreign, loaded, packaged
from .errors import EngineMismatch

Engines = str | os.PathLike[str] | Mapping[str, bytes] | None
"""the argument ``engines=``: a folder, or a mapping from sha256 to bytes, say of a database"""

_NAME: Final = re.compile(r"([0-9a-f]{64})\.wasm")


class EngineStore(Mapping[str, bytes]):
    """Engines in a folder, each in a file named after its sha256 in hexadecimal, with ``.wasm`` behind it. None is
    ever removed, for a snapshot somewhere may need it.

    :param folder: its path. It need not exist before :meth:`add`.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder: str = os.fspath(folder)

    def add(self, wasm: bytes | None = None) -> str:
        """Put an engine into the folder; one that is there already stays.

        :param wasm: its bytes; None for the engine of this version of snapjs.
        :returns: its sha256.
        :raises TypeError: it is not bytes.
        :raises ValueError: it is not WebAssembly, or larger than an engine.
        :raises OSError: the folder cannot be written to.
        """
        engine = packaged() if wasm is None else Engine(_checked_wasm(wasm), foreign=True)
        os.makedirs(self.folder, exist_ok=True)
        if self.get(engine.sha256) != engine.wasm:
            with replacing(self._path(engine.sha256)) as file:
                file.write(engine.wasm)
        return engine.sha256

    def __getitem__(self, sha256: str) -> bytes:
        if not _NAME.fullmatch(f"{sha256}.wasm"):
            raise KeyError(sha256)
        try:
            with open(self._path(sha256), "rb") as file:
                return file.read(LARGEST_ENGINE + 1)
        except FileNotFoundError:
            raise KeyError(sha256) from None

    def __iter__(self) -> Iterator[str]:
        names = os.listdir(self.folder) if os.path.isdir(self.folder) else []
        return iter(sorted(match[1] for name in names if (match := _NAME.fullmatch(name))))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"EngineStore({self.folder!r})"

    def _path(self, sha256: str) -> str:
        return os.path.join(self.folder, f"{sha256}.wasm")


def _checked_wasm(wasm: object) -> bytes:
    if not isinstance(wasm, (bytes, bytearray, memoryview)):
        raise TypeError(f"an engine is bytes, not {type(wasm).__name__}")
    if not bytes(wasm).startswith(b"\0asm") or len(wasm) > LARGEST_ENGINE:
        raise ValueError("this is not the WebAssembly of an engine")
    return bytes(wasm)


def checked_engines(engines: Engines) -> Mapping[str, bytes]:
    """The argument ``engines=``.

    :raises TypeError: it is neither a folder nor a mapping.
    """
    if engines is None:
        return {}
    if isinstance(engines, Mapping):
        return engines
    if isinstance(engines, (str, os.PathLike)):
        return EngineStore(engines)
    raise TypeError(f"engines= takes a folder or a mapping from sha256 to bytes, not {type(engines).__name__}")


def find_engine(sha256: str, engines: Mapping[str, bytes], embedded: bytes | None) -> Engine:
    """The engine with this hash.

    :param engines: where to look when it is neither the package's nor in use already.
    :param embedded: the engine that came with the snapshot.
    :raises EngineMismatch: it is nowhere, or what is there under its name is something else.
    """
    engine = loaded(sha256)
    if engine is not None:
        return engine
    try:
        found = engines.get(sha256)
    except OSError as error:
        raise EngineMismatch(sha256, f"engine {sha256} cannot be read from engines=: {error}") from error
    wasm = embedded if found is None else found
    if wasm is None:
        raise EngineMismatch(
            sha256,
            f"the snapshot needs engine {sha256}, and this is {packaged().sha256}: install the version of snapjs that "
            "took it, name a store that has its engine with engines=, or save it with embed_engine=True",
        )
    if not isinstance(wasm, (bytes, bytearray, memoryview)) or len(wasm) > LARGEST_ENGINE:
        raise EngineMismatch(sha256, f"what engines= has for {sha256} is not an engine")
    engine = foreign(bytes(wasm))
    if engine.sha256 != sha256:
        raise EngineMismatch(
            sha256, f"the engine that is named {sha256} is {engine.sha256}: it was damaged or exchanged"
        )
    return engine


__all__ = ["EngineStore"]
