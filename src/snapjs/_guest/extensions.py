"""The extensions of one VM, whichever wasm instance it has."""

from __future__ import annotations

import ctypes

from ..errors import ExtensionError, SnapshotFormatError
from .linking import Linker, LinkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dylink import Library
    from .linking import Linked
    from .raw import Store


class Placed:
    """One extension, and where it lies.

    :param name: its name, for people and in snapshots.
    :param sha256: of its bytes, in hexadecimal.
    :param start: the function that initialises it.
    :param memory: where its data begin, and ``table`` its functions in the table; 0 before it is put there.
    """

    def __init__(self, name: str, sha256: str, library: Library, start: str, memory: int = 0, table: int = 0) -> None:
        self.name = name
        self.sha256 = sha256
        self.library = library
        self.start = start
        self.memory = memory
        self.table = table


class Extensions:
    """Those of one VM, in their order.

    :param placed: those of a memory that is restored, which has their data.
    :param expected: how many more will be added.
    """

    def __init__(self, placed: Sequence[Placed], expected: int = 0) -> None:
        self.placed: list[Placed] = list(placed)
        self.wasm_instances: int = 1 + 2 * (len(placed) + expected)
        """how many there may be in a store: the engine's, of each extension its own, and that of its glue"""

    def attach(self, store: Store) -> None:
        """Put them into a new store, whose memory is as large as that which is to be laid onto it. The store that the
        VM has meanwhile is not touched, nor what is known here: this may fail, or be interrupted.

        :raises ExtensionError: one does not fit the engine.
        :raises SnapshotFormatError: one would not lie where the memory has it.
        """
        for extension in self.placed:
            memory, size = extension.memory, extension.library.memory_size
            if memory + size > store.size() or memory % extension.library.memory_alignment:
                raise SnapshotFormatError(f"the snapshot has no room where the extension {extension.name!r} must lie")
            if _link(store, extension, memory).table != extension.table:
                raise SnapshotFormatError(
                    f"the functions of the extension {extension.name!r} are not where the snapshot has them"
                )
            # Its data as they were at first; what is laid onto the memory may count on zeros.
            ctypes.memset(store.base + memory, 0, size)

    def add(self, store: Store, extension: Placed, memory: int) -> Linked:
        """Put one more into the store.

        :param memory: where its data begin, which are put there.
        :raises ExtensionError: it does not fit the engine, or what was put there before it.
        """
        linked = _link(store, extension, memory)
        extension.memory, extension.table = memory, linked.table
        self.placed.append(extension)
        return linked


def _link(store: Store, extension: Placed, memory: int) -> Linked:
    try:
        if store.linker is None:
            store.linker = Linker(store)
        return store.linker.link(extension.library, memory, extension.start)
    except LinkError as error:
        raise ExtensionError(f"The extension {extension.name!r} {error}.", extension=extension.name) from None
