"""Builds of the engine: the one in the package, and those that old snapshots name.

A foreign engine may come from anywhere. It is WebAssembly, so it can do nothing but compute and call the imports.
Before it is used, its exports are checked against the prototypes that they are called with, its constants and control
block against those of this host, and what it does at its start is limited in time and memory. Its machine code is
compiled here and never taken from elsewhere.
"""

from __future__ import annotations

import os
from weakref import WeakValueDictionary

from .._cache import KeptFiles
from .._threads import RLock
from . import abi, kept
from .baseline import Baseline, build
from .compiled import Compiled
from .used import UsedInstances

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PACKAGED_FILE: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "_engine", "engine.wasm")

_HASH_DIGITS: Final = 64
_REMEDY: Final = "install snapjs again, or build the engine"

LARGEST_ENGINE: Final = 16 * 1024 * 1024
"""bytes; compiling takes half a second a megabyte"""


_machine_code: Final = KeptFiles("compiled", 64 << 20)
"""some six engines, each with and without checks"""


class EngineMissing(ImportError):
    """The installed package does not contain the engine."""


class Engine:
    """One build of the engine, with its machine code and its baselines, each made when it is first needed.

    :param wasm: the module's bytes; None for the package's own, which are read when they are needed.
    :param foreign: it is not the package's own.
    :param sha256: of the bytes, in hexadecimal, where somebody has computed it.
    """

    def __init__(self, wasm: bytes | None, *, foreign: bool, sha256: str | None = None) -> None:
        self._wasm = wasm
        self.sha256: str = sha256 or _hash(self.wasm)
        """its identity, in hexadecimal"""
        self.foreign = foreign
        self.lock: RLock = RLock()
        """held while code is compiled or a baseline is made; of each engine its own, so that none waits for a foreign
        one"""
        self.used: UsedInstances = UsedInstances()
        self._compiled: dict[tuple[bool, bool], Compiled] = {}
        self._baselines: dict[tuple[int, int], Baseline] = {}

    @property
    def wasm(self) -> bytes:
        """The module's bytes.

        :raises EngineMissing: it is the package's, and its file is not there, or not what was built.
        """
        if self._wasm is None:
            self._wasm = _read(PACKAGED_FILE)
            if _hash(self._wasm) != self.sha256:
                raise EngineMissing(f"{PACKAGED_FILE} is not what its build made: {_REMEDY}")
        return self._wasm

    def compiled(self, checked: bool, *, extensible: bool = False) -> Compiled:
        """The machine code, one object a process and kind.

        :param checked: with epoch checks.
        :param extensible: with room in the table for functions of extensions, 32 KB of each VM. A foreign engine keeps
            what it has.
        :raises EngineUnusable: it is not an engine that this host can run.
        :raises LibraryError: there is no usable wasmtime.
        """
        kind = checked, extensible or self.foreign
        found = self._compiled.get(kind)
        if found is not None:
            return found
        with self.lock:
            if kind not in self._compiled:
                if self.foreign:
                    from .foreign import check_module

                    check_module(self.wasm)
                self._compiled[kind] = self._compile(*kind)
            return self._compiled[kind]

    def _compile(self, checked: bool, extensible: bool) -> Compiled:
        if extensible:
            return Compiled(lambda: self.wasm, self.sha256, checked=checked, files=_machine_code)

        def without_room() -> bytes:
            from .binary import with_smaller_table

            return with_smaller_table(self.wasm, abi.EXTENSION_SLOTS)

        return Compiled(without_room, f"{self.sha256}-unextended", checked=checked, files=_machine_code)

    def baseline(self, intrinsics: int, web: int) -> Baseline:
        """The state that its VMs with these intrinsics and web APIs start from; made once a process.

        :param intrinsics: bits of ``abi.Intrinsic``; ``web`` of ``abi.Web``.
        :raises EngineUnusable: it is not an engine that this host can run.
        """
        found = self._baselines.get((intrinsics, web))
        if found is not None:
            return found
        code = self.compiled(self.foreign)  # what a foreign one does then has a deadline
        with self.lock:
            if (intrinsics, web) not in self._baselines:
                self._baselines[intrinsics, web] = self._baseline(code, intrinsics, web)
            return self._baselines[intrinsics, web]

    def _baseline(self, code: Compiled, intrinsics: int, web: int) -> Baseline:
        if self.foreign:
            return build(code, intrinsics, web, foreign=True)
        baseline = kept.load(self.sha256, intrinsics, web)
        if baseline is None:
            baseline = build(code, intrinsics, web, foreign=False)
            kept.keep(self.sha256, baseline)
        return baseline


_lock = RLock()
_packaged: Engine | None = None
_foreign: WeakValueDictionary[str, Engine] = WeakValueDictionary()


def packaged() -> Engine:
    """The engine of this package.

    :raises EngineMissing: there is none.
    """
    global _packaged
    if _packaged is None:
        with _lock:
            if _packaged is None:
                sha256 = _stamped()
                _packaged = Engine(None if sha256 else _read(PACKAGED_FILE), foreign=False, sha256=sha256)
    return _packaged


def _stamped() -> str | None:
    """The sha256 that the build wrote beside the package's engine, if it is of a file of this size.

    To read the engine and hash it takes 5 ms of each new process. That may wait until it is compiled: only bytes that
    have this hash are, so machine code in the cache under this hash is theirs, whatever has become of the file.
    """
    try:
        with open(os.path.join(os.path.dirname(PACKAGED_FILE), "stamp.json"), "rb") as file:
            stamp = file.read().decode("latin-1")
        size = os.stat(PACKAGED_FILE).st_size
    except OSError:
        return None
    # Not by the module json, which takes 4 ms to import.
    sha256 = stamp.partition('"sha256": "')[2].partition('"')[0]
    is_hash = len(sha256) == _HASH_DIGITS and set(sha256) <= set("0123456789abcdef")
    return sha256 if is_hash and f'"size": {size},' in stamp else None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise EngineMissing(f"{path} cannot be read: {_REMEDY}") from error


def _hash(wasm: bytes) -> str:
    import hashlib

    return hashlib.sha256(wasm).hexdigest()


def loaded(sha256: str) -> Engine | None:
    """The engine with this hash, if it is the package's or in use."""
    return packaged() if packaged().sha256 == sha256 else _foreign.get(sha256)


def foreign(wasm: bytes) -> Engine:
    """An engine from its bytes, one object a process and hash."""
    engine = Engine(wasm, foreign=True)
    if engine.sha256 == packaged().sha256:
        return packaged()
    with _lock:
        return _foreign.setdefault(engine.sha256, engine)


def _after_fork_in_child() -> None:
    global _lock
    _lock = RLock()  # a thread that the child does not have may hold the old one
    for engine in (_packaged, *_foreign.values()):
        if engine is not None:
            engine.lock = RLock()
            engine.used.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
