"""A whole VM as a value, and as bytes.

The format is documented byte by byte in ``docs/snapshot-format.md``. Everything is checked when bytes are read; so what
:meth:`Snapshot.from_bytes` returns restores.
"""

from __future__ import annotations

import html
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ._checks import checked_count
from ._core.clock import FIRST_MOMENT, LAST_MOMENT
from ._files import replacing
from ._guest.pages import PAGE
from ._snapshots.describe import describe_arguments
from ._snapshots.format import Progress, write
from ._snapshots.reading import read
from ._snapshots.sharing import Parts, adopt, share
from ._snapshots.state import State
from .engines import Engines

if TYPE_CHECKING:
    from .vm import VM


@dataclass(frozen=True)
class Timer:
    """A timer that had not fired when the snapshot was taken."""

    id: int
    deadline: datetime
    interval: float | None
    """seconds, of ``setInterval``"""


@dataclass(frozen=True)
class SavedCall:
    """A host call that had not been answered when the snapshot was taken."""

    id: int
    name: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class SavedExtension:
    """A native extension that the VM had, and that :meth:`VM.restore` needs."""

    name: str
    sha256: str


class Snapshot:
    """The state of a VM at one moment. Immutable; made by :meth:`VM.snapshot`, :meth:`from_bytes` and :meth:`load`.

    Two snapshots of equal states have equal ids, on every machine. In memory a snapshot of some size is an image that
    every VM restored from it shares, page by page, until it writes there.
    """

    __slots__ = ("_state",)

    def __init__(self, state: State) -> None:
        self._state = state

    # ---- facts

    @property
    def id(self) -> str:
        """Hash of the state: engine, memory. Not of the moment it was taken, nor of what it is a delta of."""
        return self._state.id

    @property
    def engine(self) -> str:
        """sha256 of the engine that it needs."""
        return self._state.engine.sha256

    @property
    def has_foreign_engine(self) -> bool:
        """Whether the engine is not that of this version of snapjs."""
        return self._state.engine.foreign

    @property
    def size(self) -> int:
        """Bytes of linear memory."""
        return self._state.metadata.memory_size

    @property
    def created_at(self) -> datetime:
        """When it was taken."""
        return datetime.fromtimestamp(self._state.metadata.created_at, UTC)

    @property
    def functions(self) -> list[str]:
        """Names of the host functions that the program knows."""
        return list(self._state.metadata.functions)

    @property
    def pending(self) -> list[SavedCall]:
        """Host calls without an answer. A function or other object among the arguments shows as its description."""
        return [
            SavedCall(id, name, describe_arguments(message, shared))
            for id, name, message, shared in self._state.metadata.pending
        ]

    @property
    def timers(self) -> list[Timer]:
        """Timers by deadline."""
        timers = [
            Timer(id, _moment(deadline), None if interval is None else interval / 1000)
            for id, deadline, interval in self._state.metadata.timers
        ]
        return sorted(timers, key=lambda timer: (timer.deadline, timer.id))

    @property
    def extensions(self) -> list[SavedExtension]:
        """The native extensions that it needs, in the order in which they were loaded."""
        return [SavedExtension(extension.name, extension.sha256) for extension in self._state.metadata.extensions]

    @property
    def base(self) -> str | None:
        """Id of the snapshot that this one is a delta of; ``None`` for a whole one."""
        return self._state.metadata.base

    def __repr__(self) -> str:
        waiting = ", ".join(f"{call[1]}#{call[0]}" for call in self._state.metadata.pending) or "nothing"
        delta = f", a delta of {self.base[:12]}" if self.base else ""
        extensions = f", with {', '.join(self._extension_names())}" if self._extension_names() else ""
        return f"<Snapshot {self.id[:12]} of {self.size} bytes{delta}{extensions}, waiting for {waiting}>"

    def _repr_html_(self) -> str:
        rows = {
            "snapshot": self.id,
            "delta of": self.base or "nothing",
            "taken": self.created_at.isoformat(sep=" ", timespec="seconds"),
            "memory": f"{self.size:,} bytes, {len(self._state.numbers) * PAGE:,} of them its own",
            "waiting for": ", ".join(f"{call[1]}#{call[0]}" for call in self._state.metadata.pending) or "nothing",
            "timers": str(len(self._state.metadata.timers)),
            "engine": self.engine,
            "extensions": ", ".join(self._extension_names()) or "none",
        }
        cells = "".join(f"<tr><th>{name}</th><td>{html.escape(text)}</td></tr>" for name, text in rows.items())
        return f"<table>{cells}</table>"

    def _extension_names(self) -> list[str]:
        return [extension.name for extension in self._state.metadata.extensions]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __reduce__(self) -> tuple[Any, ...]:
        parts = share(self._state)
        if parts is not None:
            return _adopted, (parts,)
        base = self._state.base
        whole = None if base is None else Snapshot(base)
        return _unpickled, (self.to_bytes(embed_engine=self.has_foreign_engine), whole)

    # ---- bytes

    def to_bytes(self, *, compress: bool = True, embed_engine: bool = False, key: bytes | None = None) -> bytes:
        """The snapshot in format 1.

        :param compress: with zstd; a snapshot that goes into something that compresses may do without.
        :param embed_engine: put the engine in, some 400 KB, so that every later version of snapjs can restore it.
        :param key: 32 bytes to encrypt with, AES-256-GCM; needs ``pip install 'snapjs[encryption]'``.
        """
        file = io.BytesIO()
        write(file, self._state, compress=compress, embed_engine=embed_engine, key=key, progress=None)
        return file.getvalue()

    @classmethod
    def from_bytes(
        cls,
        data: bytes | bytearray | memoryview,
        *,
        base: Snapshot | None = None,
        key: bytes | None = None,
        engines: Engines = None,
    ) -> Snapshot:
        """Read a snapshot.

        :param base: what it is a delta of, if it is one.
        :param key: that it was encrypted with.
        :param engines: where to look for the engine that it needs when that is not the one of this version of snapjs:
            a folder (see :class:`EngineStore`) or a mapping from sha256 to bytes.
        :raises SnapshotFormatError: not a snapshot, of a newer format, truncated or corrupt; a delta of something else
            than ``base``; encrypted with another key.
        :raises EngineMismatch: the engine that it needs is not to be found.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"a snapshot is read from bytes, not from {type(data).__name__}")
        return cls(read(io.BufferedReader(io.BytesIO(data)), state_of(base), key, engines, None))

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        compress: bool = True,
        embed_engine: bool = False,
        key: bytes | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Write the snapshot to a file: whole or not at all. Takes little memory, whatever its size. A file that it
        replaces leaves it its permissions.

        Arguments are those of :meth:`to_bytes`.

        :param progress: called now and then with the bytes that are done, and all of them.
        """
        with replacing(os.path.realpath(path)) as file:
            write(file, self._state, compress=compress, embed_engine=embed_engine, key=key, progress=progress)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        base: Snapshot | None = None,
        key: bytes | None = None,
        engines: Engines = None,
        progress: Progress | None = None,
    ) -> Snapshot:
        """Read a snapshot from a file. Takes little memory besides the snapshot's own.

        Arguments are those of :meth:`from_bytes`, and ``progress`` of :meth:`save`. Raises what :meth:`from_bytes`
        raises, and OSError.
        """
        with open(os.fspath(path), "rb") as file:  # an int would be a descriptor, and be closed
            return cls(read(file, state_of(base), key, engines, progress))

    # ---- memory

    def fork(
        self,
        count: int = 1,
        *,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        reseed: bool = True,
        **options: Any,
    ) -> list[VM]:
        """That many VMs that go on from here, independent of each other.

        :param count: how many.
        :param functions: host functions, as in :meth:`VM.restore`, and so are the other options.
        :param reseed: give each its own randomness; False for the one that the snapshot has, for audits. The clock is
            the same in all.
        """
        from .vm import VM

        forks: list[VM] = []
        try:
            for _ in range(checked_count("count", count, 0)):
                forks.append(VM.restore(self, functions=functions, **options))
                if reseed and "seed" not in options:
                    # of cryptography only where a seed decides: the system's entropy is nobody's to repeat
                    forks[-1]._bridge.seed(os.urandom(32), renews=True)
        except BaseException:
            for fork in forks:
                fork.close()
            raise
        return forks

    def pages(self) -> Mapping[int, memoryview]:
        """Pages that differ from the base's or, in a whole snapshot, from those of a new VM: number to 4096 bytes."""
        return {number: self._state.memory.page(number) for number in self._state.numbers}


def state_of(base: Snapshot | None) -> State | None:
    """The argument ``base=``.

    :raises TypeError: it is no snapshot.
    """
    if base is not None and not isinstance(base, Snapshot):
        raise TypeError(f"base= takes a Snapshot, not {type(base).__name__}")
    return None if base is None else base._state


def _unpickled(data: bytes, base: Snapshot | None) -> Snapshot:
    return Snapshot.from_bytes(data, base=base)


def _adopted(parts: Parts) -> Snapshot:
    return Snapshot(adopt(parts))


def _moment(milliseconds: float) -> datetime:
    """A deadline as a datetime; one that datetime does not have shows as the nearest that it has."""
    return datetime.fromtimestamp(min(max(milliseconds / 1000, FIRST_MOMENT), LAST_MOMENT), UTC)
