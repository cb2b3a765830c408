"""Workflows that are packages: a folder with a `package.json` and what it imports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from workflow_desk import Desk

from snapjs import WorkflowError

MAIN = "export default async function () { return 'here' }"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "checkout"
    path.mkdir()
    return path


def write(folder: Path, package: dict[str, Any] | None, **files: str) -> None:
    """Files by their paths, in which two underscores are a slash."""
    if package is not None:
        files = {"package.json": json.dumps(package), **files}
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_ts", ".ts").replace("_js", ".js")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def result(desk: Desk, workflow: Any, *arguments: Any) -> Any:
    run = desk.app.start(workflow, *arguments)
    desk.settle()
    return run.result(timeout=0.001)


@pytest.mark.parametrize(
    ("package", "file"),
    [
        ({"main": "src/main.js"}, "src__main_js"),
        ({"main": "src/main.ts"}, "src__main_ts"),
        ({"main": "src/main"}, "src__main_ts"),
        ({"name": "checkout", "exports": "./src/main.ts"}, "src__main_ts"),
        ({"name": "checkout", "main": "gone.js", "exports": {".": {"import": "./main.js"}}}, "main_js"),
        ({"name": "checkout"}, "index_js"),
        (None, "index_ts"),
    ],
)
def test_a_folder_says_where_it_begins(desk: Desk, folder: Path, package: dict[str, Any] | None, file: str) -> None:
    write(folder, package, **{file: MAIN})
    assert result(desk, folder) == "here"


def test_a_path_with_a_slash_at_the_end_is_a_folder(desk: Desk, folder: Path) -> None:
    write(folder, None, index_js=MAIN)
    assert result(desk, f"{folder}/") == "here"


def test_a_source_may_end_in_a_slash(desk: Desk) -> None:
    assert result(desk, "export default () => 'abc'.replace(/b/, '') + /c/.source; /x/") == "acc"


def test_a_run_has_the_name_of_its_folder(desk: Desk, folder: Path) -> None:
    write(folder, None, index_js=MAIN)
    run = desk.app.start(folder, key="1")
    assert run.workflow == "checkout"
    assert desk.app.start(f"{folder}/", key="1").id == run.id


def test_a_package_has_packages_types_and_steps(desk: Desk, folder: Path) -> None:
    desk.app.step(lambda amount: amount + 1, name="charge")
    write(
        folder,
        {"name": "checkout", "type": "module", "main": "src/main.ts"},
        src__main_ts="""
            import twice from "twice";
            import { charge } from "app:steps";
            import { tax } from "./tax.ts";
            export default async (amount: number): Promise<number> => twice(await charge(amount)) + tax;
        """,
        src__tax_ts="export const tax: number = 3;",
        node_modules__twice__index_js="module.exports = value => value * 2;",
    )
    assert result(desk, folder, 7) == 19


def test_a_folder_that_has_changed_is_read_again(desk: Desk, folder: Path) -> None:
    write(folder, {"main": "old.js"}, old_js=MAIN, new_js=MAIN.replace("here", "there"))
    assert result(desk, folder) == "here"
    write(folder, {"main": "new.js"})
    assert result(desk, folder) == "there"


def test_a_file_of_any_name_is_a_workflow(desk: Desk, folder: Path) -> None:
    file = folder / 'it\'s 100% "mine" #1?.js'
    file.write_text(MAIN)
    assert result(desk, file) == "here"


# ---- what cannot be


def test_a_folder_that_is_not_there(desk: Desk, folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*/none/'"):
        desk.app.start(f"{folder}/none/")


@pytest.mark.parametrize("package", [None, {"main": "gone.js"}])
def test_a_folder_without_a_beginning(desk: Desk, folder: Path, package: dict[str, Any] | None) -> None:
    write(folder, package)
    with pytest.raises(WorkflowError, match=r"has no file to begin with\. Name one as main in its package\.json"):
        desk.app.start(folder)


def test_a_package_with_exports_and_no_name(desk: Desk, folder: Path) -> None:
    write(folder, {"exports": "./main.js"}, main_js=MAIN)
    with pytest.raises(WorkflowError, match="has exports, and no name"):
        desk.app.start(folder)


def test_a_package_that_is_no_json(desk: Desk, folder: Path) -> None:
    (folder / "package.json").write_text("{")
    with pytest.raises(WorkflowError, match=r"package\.json is not valid JSON: .* Mend that file\."):
        desk.app.start(folder)
