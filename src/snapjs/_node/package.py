"""package.json: read once, and again when it has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .failure import Failure
from .folder import Folder
from .paths import parent, parents, within

# As for folders, which have any number of names.
_MOST_PACKAGES = 20_000


@dataclass(frozen=True, slots=True)
class Package:
    """What a package.json says that decides where modules are. Fields of a wrong type are as if they were absent."""

    folder: str
    name: str | None
    type: str | None
    main: str | None
    module: str | None
    browser: str | Mapping[str, Any] | None
    exports: Any
    imports: Mapping[str, Any]

    @property
    def file(self) -> str:
        """The path of the package.json."""
        return within(self.folder, "package.json")

    @property
    def is_legacy_module(self) -> bool:
        """Whether it is written for bundlers that read ``module``."""
        return self.module is not None and self.exports is None

    def browser_map(self) -> Mapping[str, Any]:
        return self.browser if isinstance(self.browser, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _parse(folder: str, content: bytes) -> Package:
    file = within(folder, "package.json")
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{file} is not valid JSON: {error}", "Mend that file, or install the package again.") from None
    if not isinstance(data, dict):
        raise Failure(f"{file} holds no JSON object", "Mend that file, or install the package again.")
    browser = data.get("browser")
    imports = data.get("imports")
    return Package(
        folder=folder,
        name=_text(data.get("name")),
        type=data["type"] if data.get("type") in ("module", "commonjs") else None,
        main=_text(data.get("main")),
        module=_text(data.get("module")),
        browser=browser if isinstance(browser, str | dict) else None,
        exports=data.get("exports"),
        imports=imports if isinstance(imports, dict) else {},
    )


class Packages:
    """The package.json files of a folder. Each is looked at once until :meth:`look_again`."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._read: dict[str, tuple[object, Package]] = {}
        self._at: dict[str, Package | None] = {}
        self._around: dict[str, Package | None] = {}

    def look_again(self) -> None:
        """Forget what has been looked at: what has changed is read again."""
        self._at = {}
        self._around = {}

    def at(self, folder: str) -> Package | None:
        """The package whose package.json lies in a folder.

        :raises Failure: that file is damaged.
        """
        known = self._at  # threads share it, and any of them may clear it
        found = known.get(folder, self)
        if isinstance(found, Packages):
            found = self._look(folder)
            _keep(known, folder, found)
        return found

    def around(self, path: str) -> Package | None:
        """The package that a file belongs to: that of the nearest package.json, up to a node_modules folder."""
        known, folder = self._around, parent(path)
        found = known.get(folder, self)
        if isinstance(found, Packages):
            found = self._search(path)
            _keep(known, folder, found)
        return found

    def _look(self, folder: str) -> Package | None:
        file = within(folder, "package.json")
        stamp = self._folder.stamp(file)
        if stamp is None:
            return None
        read = self._read.get(folder)
        if read is None or read[0] != stamp:
            read = (stamp, _parse(folder, self._folder.read(file)))
            _keep(self._read, folder, read)
        return read[1]

    def _search(self, path: str) -> Package | None:
        for folder in parents(path):
            if folder.rpartition("/")[2] == "node_modules":
                return None
            if package := self.at(folder):
                return package
        return None


def _keep(known: dict[str, Any], folder: str, found: object) -> None:
    if len(known) >= _MOST_PACKAGES:
        known.clear()
    known[folder] = found
