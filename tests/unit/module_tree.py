"""Folders with modules, and what NodeModules finds there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from snapjs._modules.loaders import Loaded, Request
from snapjs.modules import Module
from snapjs.node_modules import NodeModules

APP = "app.mjs"


class ModuleTree:
    """A folder with `app.mjs` and these files, and a loader of it.

    A dict as a file's content is written as JSON; a Path is a link to it.
    """

    def __init__(self, folder: Path, files: Mapping[str, object], conditions: tuple[str, ...] = ("browser",)) -> None:
        folder.mkdir(exist_ok=True)
        for name, content in {APP: "", **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                path.symlink_to(content, target_is_directory=True)
            else:
                path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        self.folder = folder
        self.loader = NodeModules(folder, conditions)

    def load(self, specifier: str, importer: str | None = APP, **attributes: str) -> Loaded | None:
        return self.loader.load(Request(specifier, importer, attributes), lambda name: False)

    def module(self, specifier: str, importer: str | None = APP, **attributes: str) -> Module:
        loaded = self.load(specifier, importer, **attributes)
        assert loaded is not None and loaded.module is not None
        return loaded.module

    def imported(self, specifier: str, importer: str | None = APP) -> str | None:
        """The name of what an import leads to."""
        return self._name(Request(specifier, importer, {}))

    def required(self, specifier: str, importer: str = APP) -> str | None:
        """The name of what `require` leads to."""
        return self._name(Request(specifier, importer, {}, is_require=True))

    def _name(self, request: Request) -> str | None:
        # Files are not read, so that what only resolves needs no syntax.
        loaded = self.loader.load(request, lambda name: True)
        return loaded.name if loaded else None


def package(name: str, files: Mapping[str, object], **fields: object) -> dict[str, object]:
    """The files of a package in node_modules."""
    top = f"node_modules/{name}"
    return {f"{top}/package.json": {"name": name, **fields}, **{f"{top}/{path}": text for path, text in files.items()}}
