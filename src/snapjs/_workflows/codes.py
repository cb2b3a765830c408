"""The codes of workflows: loaded once as long as nothing has changed, and read from the store once a process."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, Generic, TypeVar

from .._threads import RLock
from ..errors import WorkflowError
from ..snapshot import Snapshot
from .code import Code, Recording, load
from .program import Program, program_of
from .store import Store

_MOST: Final = 32
"""that are kept in memory"""

_K = TypeVar("_K")
_V = TypeVar("_V")


class Codes:
    """Those of one store. Any thread may use it.

    :param store: where they are kept, with the engines that they run on.
    :param memory_limit: bytes of JavaScript heap of each.
    """

    def __init__(self, store: Store, memory_limit: int | None) -> None:
        self._store = store
        self._memory_limit = memory_limit
        self._loading = RLock()
        self._lock = RLock()
        self._stored: _Latest[str, Code] = _Latest()
        self._loaded: _Latest[tuple[Program, tuple[str, ...]], tuple[Code, Recording]] = _Latest()

    def load(self, source: str | os.PathLike[str], steps: Collection[str]) -> Code:
        """The code of a workflow as it is now, which is in the store then.

        :param source: of an ES module, or the path of its file or of a package's folder.
        :param steps: names of what ``app:steps`` exports.
        :raises FileNotFoundError: there is no such file or folder.
        :raises SnapjsError: the module fails.
        """
        program = program_of(source)
        known = program, tuple(steps)
        with self._loading:
            found = self._loaded.get(known)
            if found is None or not found[1].is_current():
                found = load(program, steps, self._memory_limit)
                self._loaded.put(known, found)
        code = found[0]
        with self._lock:
            if self._stored.get(code.sha256) is None:
                self._put(code)
                self._stored.put(code.sha256, code)
        return code

    def refer(self, code: Code, store: Callable[[], _V]) -> _V:
        """What a function returns that stores something which refers to a code that was loaded.

        :raises KeyError: the code is not there, although it was stored right before.
        """
        try:
            return store()
        except KeyError:  # nothing has referred to it for long, so it was removed
            self._put(code)
            return store()

    def _put(self, code: Code) -> None:
        engine = code.snapshot.engine
        self._store.put_artifacts({code.sha256: code.data, engine: code.engine}, engine=engine)

    def get(self, sha256: str) -> Code:
        """The code with this hash.

        :raises WorkflowError: it is damaged, or not in the store.
        :raises EngineMismatch: the engine that it needs is.
        """
        with self._lock:
            code = self._stored.get(sha256)
            if code is None:
                data = self._artifact(sha256)
                code = Code(sha256, data, Snapshot.from_bytes(data, engines=_StoredEngines(self._store)))
                self._stored.put(sha256, code)
            return code

    def _artifact(self, sha256: str) -> bytes:
        try:
            data = self._store.artifact(sha256)
        except KeyError:
            found = "is not in the store"
        else:
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
            found = "is damaged"
        raise WorkflowError(
            f"The code {sha256} of a workflow {found}. Its runs wait until the store is put back from a copy."
        )


class _Latest(Generic[_K, _V]):
    """What was used last, by a key."""

    def __init__(self) -> None:
        self._values: OrderedDict[_K, _V] = OrderedDict()

    def get(self, key: _K) -> _V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: _K, value: _V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > _MOST:
            self._values.popitem(last=False)


class _StoredEngines(Mapping[str, bytes]):
    """The engines in a store, by their sha256: those of earlier versions of snapjs among them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, sha256: str) -> bytes:
        return self._store.artifact(sha256)

    def __iter__(self) -> Iterator[str]:
        raise TypeError("engines in a store are had one by one")

    def __len__(self) -> int:
        raise TypeError("engines in a store are had one by one")
