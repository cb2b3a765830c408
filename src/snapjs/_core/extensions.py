"""Native extensions of a VM: which it has, and how they begin."""

from __future__ import annotations

from .._guest.extensions import Extensions, Placed
from ..errors import ExtensionError, ExtensionMismatch, GuestTrapped, JSError
from ..extension import Extension

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final

    from .._guest.linking import Linked
    from .._snapshots.state import ExtensionPlace
    from .bridge import Bridge

_SMALLEST_ALIGNMENT: Final = 16
"""bytes; that of the engine's allocator"""
_LONGEST_VERSIONS: Final = 4096
"""bytes"""
_ADDRESS: Final = b"", b"\x7f"


def checked_extensions(extensions: Iterable[Extension]) -> list[Extension]:
    """The argument ``extensions=``.

    :raises TypeError: there is something else in it.
    :raises ExtensionError: two have the same name.
    """
    if isinstance(extensions, (Extension, str, bytes)) or not hasattr(extensions, "__iter__"):
        raise TypeError(f"extensions takes a list of Extension, not {type(extensions).__name__}")
    listed = list(extensions)
    names = set()
    for extension in listed:
        if not isinstance(extension, Extension):
            raise TypeError(f"extensions takes a list of Extension, and {type(extension).__name__} is in it")
        if extension.name in names:
            raise ExtensionError(f"Two extensions have the name {extension.name!r}.", extension=extension.name)
        names.add(extension.name)
    return listed


def new_extensions(extensions: Sequence[Extension]) -> Extensions:
    """What an instance needs to know of those that :func:`load_extensions` will load."""
    return Extensions([], len(extensions))


def load_extensions(bridge: Bridge, extensions: Iterable[Extension]) -> None:
    """Load extensions into a new VM, and initialise them, in their order. The VM is held.

    :raises ExtensionError: one does not fit, or fails.
    :raises LimitError: the VM's limits stopped one.
    """
    loaded: set[str] = set()
    for extension in extensions:
        missing = [name for name in extension.needed if name not in loaded]
        if missing:
            raise _error(extension, f"needs {', '.join(missing)} before it in extensions=")
        try:
            _load(bridge, extension)
        except GuestTrapped as error:
            raise _error(extension, f"failed while it was initialised: {error.reason}") from error
        except JSError as error:
            raise _error(extension, f"could not be initialised: {error}") from error
        loaded.add(extension.name)


def _load(bridge: Bridge, extension: Extension) -> None:
    library = extension._library
    size, alignment = library.memory_size, max(library.memory_alignment, _SMALLEST_ALIGNMENT)
    memory = bridge.invoke("snap_extension_memory", size, alignment)
    if not memory:
        raise _error(extension, f"is too large: it needs {size} bytes, more than the VM's limit of memory leaves")
    bridge.instance.view(memory, size)  # which must be there, whatever the guest says
    linked = bridge.instance.add_extension(_placed(extension), memory)
    for place in linked.preparations:
        bridge.perform("snap_extension_prepare", (place,), None)
    bridge.perform("snap_extension_initialize", (linked.initialisation,), None)


def _placed(extension: Extension, memory: int = 0, table: int = 0) -> Placed:
    return Placed(extension.name, extension.sha256, extension._library, extension.init, memory, table)


def _error(extension: Extension, what: str) -> ExtensionError:
    return ExtensionError(f"The extension {extension.name!r} {what}.", extension=extension.name)


def restored_extensions(saved: Sequence[ExtensionPlace], given: Iterable[Extension]) -> Extensions | None:
    """What an instance needs to know of the extensions in the memory of a snapshot; None without any.

    :raises ExtensionMismatch: those that are given are not those.
    """
    by_name = {extension.name: extension for extension in checked_extensions(given)}
    placed = []
    for entry in saved:
        extension = by_name.pop(entry.name, None)
        if extension is None or extension.sha256 != entry.sha256:
            raise ExtensionMismatch(entry.name, entry.sha256, None if extension is None else extension.sha256)
        placed.append(_placed(extension, entry.memory, entry.table))
    for name, extension in by_name.items():
        raise ExtensionMismatch(name, None, extension.sha256)
    return Extensions(placed) if placed else None


def extension_versions(bridge: Bridge) -> dict[str, str]:
    """What the extensions say of their versions: each a text of lines ``name=version``."""
    versions: dict[str, str] = {}
    with bridge.entered():
        extensions, linker = bridge.instance.extensions, bridge.instance.raw.store.linker
        if extensions is None or linker is None:
            return versions
        for placed, linked in zip(extensions.placed, linker.linked, strict=True):
            name = f"snapjs_versions_{placed.name.replace('-', '_')}"
            if linked.library.function_type(name) != _ADDRESS:
                continue
            for line in _text(bridge, _address(bridge, linked, name)).splitlines():
                key, separator, version = line.partition("=")
                if separator:
                    versions.setdefault(key.strip(), version.strip())
    return versions


def _address(bridge: Bridge, linked: Linked, name: str) -> int:
    """What a function without parameters returns."""
    raw, timeout = bridge.instance.raw, bridge.options.timeout
    found = raw.store.export_of(linked.instance, name)
    assert found is not None
    return bridge.run(raw.bound(found.of.function, 0, True), (), timeout)


def _text(bridge: Bridge, address: int) -> str:
    """A string of C, as far as it may go."""
    end = min(address + _LONGEST_VERSIONS, bridge.instance.size())
    content = bytes(bridge.instance.view(address, max(end - address, 0)))
    return content.partition(b"\0")[0].decode(errors="replace")
