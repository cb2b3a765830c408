"""The folders of a reactor: what of them the guest has, and calls of those that the host has."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from .._checks import checked_text
from ..errors import CapabilityError, SnapshotError
from ..file_system import FileStatus, FileSystem, Folder
from .real_folder import RealFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LARGEST: Final = 1 << 53

# Those of Linux, by name, for the guest has them whatever the host is.
_NUMBERS: Final = {
    "EPERM": 1, "ENOENT": 2, "EIO": 5, "EACCES": 13, "EBUSY": 16, "EEXIST": 17, "EXDEV": 18, "ENOTDIR": 20,
    "EISDIR": 21, "EINVAL": 22, "EFBIG": 27, "ENOSPC": 28, "EROFS": 30, "ENAMETOOLONG": 36, "ENOSYS": 38,
    "ENOTEMPTY": 39, "ELOOP": 40,
}  # fmt: skip


def _boolean(value: Any) -> bool:
    return value is True


def _integer(value: Any) -> int:
    if not isinstance(value, (int, float)) or not 0 <= value <= _LARGEST:
        raise CapabilityError("A program gave a file system a number that is none.")
    return int(value)


def _time(value: Any) -> float:
    if not isinstance(value, (int, float)) or not abs(value) <= 8.64e15:
        raise OSError(errno.EINVAL, "no time")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise CapabilityError("A program gave a file system a name that is none.")
    return value


def _path(value: Any) -> str:
    path = _text(value)
    if path and not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise CapabilityError("A program gave a file system a path that is none.")
    return path


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise CapabilityError("A program gave a file system data that is none.")
    return value


_OPERATIONS: Final[dict[str, tuple[Callable[[Any], Any], ...]]] = {
    "status": (_boolean,),
    "list": (),
    "read": (_integer, _integer),
    "check_writable": (),
    "write": (_integer, _bytes),
    "create": (_boolean, _integer),
    "truncate": (),
    "make_folder": (_integer,),
    "remove": (),
    "rename": (_path,),
    "make_link": (_text,),
    "link_target": (),
    "set_times": (_time, _time),
    "real_path": (),
}
"""what a program may ask of a file system, and what its arguments are after the path"""


class Mounts:
    """The folders of one reactor.

    :param preopens: as the option of ``Reactor``.
    :raises ValueError: a path is not absolute.
    :raises TypeError: a folder is none.
    """

    def __init__(self, preopens: Mapping[str, Any]) -> None:
        self.for_guest: list[tuple[str, list[tuple[str, bytes]] | None]] = []
        """by path: the files that the guest is to have, or ``None``: the host has them"""
        self._systems: dict[str, FileSystem] = {}
        for path, folder in sorted(preopens.items()):
            if not path.startswith("/") or (path != "/" and not {"", ".", ".."}.isdisjoint(path[1:].split("/"))):
                raise ValueError(f"{path!r} is no absolute path without a slash at its end: write it as /data/in")
            if isinstance(folder, Mapping):
                files = [(checked_text(name, "a file's name"), bytes(data)) for name, data in folder.items()]
                self.for_guest.append((path, files))
            else:
                self._systems[path] = _file_system(path, folder)
                self.for_guest.append((path, None))

    def check(self, mounted: list[str]) -> None:
        """
        :param mounted: the paths at which a restored program has folders of the host.
        :raises SnapshotError: these are not those.
        """
        if missing := sorted(set(mounted) - set(self._systems)):
            raise SnapshotError(
                f"The program in the snapshot has folders of the host at {', '.join(missing)}. "
                "Give them with preopens=."
            )
        if unknown := sorted({path for path, _ in self.for_guest} - set(mounted)):
            raise SnapshotError(
                f"The program in the snapshot has no folder of the host at {', '.join(unknown)}: "
                "files in memory are in the snapshot. Leave that out of preopens=."
            )

    def answer(self, mount: Any, operation: Any, path: Any, *values: Any) -> tuple[Any, int]:
        """Have a file system do something: what came of it and 0, or ``None`` and the number of the error.

        :raises CapabilityError: the guest's half has been tampered with.
        """
        system, kinds = self._systems.get(mount), _OPERATIONS.get(operation)
        if system is None or kinds is None or len(values) != len(kinds):
            raise CapabilityError("A program asked a file system for what none does.")
        try:
            arguments = [kind(value) for kind, value in zip(kinds, values, strict=True)]
            result = getattr(system, operation)(_path(path), *arguments)
        except OSError as error:
            return None, _NUMBERS.get(errno.errorcode.get(error.errno or 0, ""), _NUMBERS["EIO"])
        except UnicodeError:
            return None, _NUMBERS["EINVAL"]
        return asdict(result) if isinstance(result, FileStatus) else result, 0

    def close(self) -> None:
        """Let go of the real folders. Idempotent."""
        for system in self._systems.values():
            if isinstance(system, RealFolder):
                system.close()


def _file_system(path: str, folder: Any) -> FileSystem:
    if isinstance(folder, FileSystem):
        return folder
    if isinstance(folder, (str, PurePath)):
        folder = Folder(folder)
    if isinstance(folder, Folder):
        return RealFolder(folder.path, folder.writable, folder.quota)
    raise TypeError(
        "preopens has mappings of names to bytes, paths, Folder(…) or a FileSystem, and "
        f"{type(folder).__name__} for {path!r}"
    )
