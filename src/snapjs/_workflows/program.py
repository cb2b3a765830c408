"""What is meant by a workflow that is to be started: a source, a file, or the folder of a package."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .._modules.entry import entry_file
from .._modules.loaders import Request
from ..errors import WorkflowError
from ..node_modules import NodeModules

WORKFLOW_MODULE: Final = "<workflow>"
"""a name next to which relative imports are looked for, unlike one with a colon"""
_SOURCE: Final = "<source>"
"""stands for the file name of a workflow that is given as a source"""


@dataclass(frozen=True)
class Program:
    """A workflow, before it is loaded."""

    name: str
    """of the file or of the package's folder, by which its runs are found"""
    folder: str | None
    """in which it finds what it imports; ``None``: nowhere"""
    text: str
    """its source; with a folder, the path of its file in that"""


def program_of(workflow: str | os.PathLike[str]) -> Program:
    """
    :param workflow: the path of a file; that of a folder, which as a str ends in a slash; or the source of a module.
    :raises FileNotFoundError: there is no such file, or no such folder.
    :raises WorkflowError: the folder does not say which of its files is meant.
    """
    if _is_folder(workflow):
        folder = Path(workflow)
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {os.fspath(workflow)!r}")
        return Program(folder.resolve().name, os.path.abspath(folder), _entry(folder))
    file = entry_file(workflow)
    if file is None:
        return Program(_SOURCE, None, str(workflow))
    return Program(file.name, os.path.abspath(file.parent), file.name)


def _is_folder(workflow: str | os.PathLike[str]) -> bool:
    if isinstance(workflow, str):
        # A source of one line may end in a regular expression.
        return workflow.endswith(("/", os.sep)) and "\n" not in workflow and "export" not in workflow
    return isinstance(workflow, os.PathLike) and Path(workflow).is_dir()


def _entry(folder: Path) -> str:
    """The path of the file that a package begins with, by ``exports`` or ``main``, else ``index``."""
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        package = {}
    except ValueError as error:
        raise WorkflowError(f"{folder / 'package.json'} is not valid JSON: {error}. Mend that file.") from None
    has_exports = isinstance(package, dict) and package.get("exports") is not None
    if has_exports and not isinstance(package.get("name"), str):
        raise WorkflowError(f"{folder / 'package.json'} has exports, and no name. Give it one, or main for exports.")
    # By its own name, a package imports what others would.
    request = Request(package["name"], WORKFLOW_MODULE, {}) if has_exports else Request(".", None, {})
    found = NodeModules(folder).load(request, lambda _: True)
    if found is None:
        raise WorkflowError(
            f"The folder {os.fspath(folder)!r} has no file to begin with. Name one as main in its package.json, or "
            "make an index.js or index.ts."
        )
    return found.name
