"""What ``snapjs doctor`` says to do about an exception, and which versions it takes."""

from __future__ import annotations

import errno
import tomllib
from pathlib import Path

import pytest

from snapjs import ExtensionError, JSError, StackLimitError, StoreError
from snapjs._guest.exports import EngineUnusable
from snapjs._guest.library import LibraryError
from snapjs.cli import _doctor_checks
from snapjs.cli._doctor_checks import FOLDERS, REINSTALL, REPORT, RESOURCES, remedy
from snapjs.cli._doctor_requirements import Versions, requirements

INSIDE = str(Path(_doctor_checks.__file__).parent / "order.js")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "full", "/data/a"), f"make room on the disk of /data/a; or {FOLDERS}"),
        (OSError(errno.EDQUOT, "full"), f"make room in the folders for temporary files and caches; or {FOLDERS}"),
        (OSError(errno.EROFS, "read-only", "/data/a"), f"let this user write to /data/a; or {FOLDERS}"),
        (PermissionError(errno.EACCES, "denied"), FOLDERS),
        (OSError(errno.EMFILE, "too many"), "raise the number of files that may be open (ulimit -n)"),
        (OSError(errno.ENOMEM, "no memory"), RESOURCES),
        (BlockingIOError(errno.EAGAIN, "no process"), RESOURCES),
        (MemoryError(), RESOURCES),
        (RuntimeError("can't start new thread"), RESOURCES),
        (RuntimeError("odd"), REPORT),
        (OSError(errno.EIO, "broken"), REPORT),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory found"), FOLDERS),
        (FileNotFoundError(errno.ENOENT, "not there", INSIDE), REINSTALL),
        (
            ModuleNotFoundError("no msgspec", name="msgspec.json"),
            "install it again: pip install --force-reinstall msgspec",
        ),
        (LibraryError("unknown"), "install it again: pip install --force-reinstall snapjs"),
        (JSError("Error", "odd"), REPORT),
        (StoreError("runs.db", "the disk is full"), None),
        (ExtensionError("It is malformed."), REPORT),
        (StackLimitError("Too deep."), None),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_remedy_fits_the_failure(error: BaseException, expected: str | None) -> None:
    assert remedy(error) == expected


def test_no_room_for_a_vm_is_told_in_one_line() -> None:
    finding = _doctor_checks.failed("new VM", EngineUnusable("mmap failed\n\nCaused by:\n    Cannot allocate memory\n"))
    assert (finding.status, finding.text) == (
        "fails", "EngineUnusable: mmap failed Caused by: Cannot allocate memory",
    )  # fmt: skip
    assert finding.remedy == "raise the limit of address space (ulimit -v), of which a VM reserves 4.4 GB"


@pytest.mark.parametrize(
    ("text", "version", "allowed"),
    [
        ("", "1", True),
        ("<51,>=44", "44.0.0", True),
        ("<51,>=44", "43.9.9", False),
        ("<51,>=44", "51", False),
        (">=8.2", "8.10.1", True),
        (">=1.2.1", "1.2", False),
        ("==0.17.0", "0.17", True),
        ("==0.17.0", "0.17.1", False),
        ("!=47.*,>=44", "47.0.2", False),
        ("==47.*", "47.0.2", True),
        (">1,<=2", "1.0.0", False),
        (">1,<=2", "2", True),
    ],
)
def test_versions_that_are_allowed(text: str, version: str, allowed: bool) -> None:
    assert Versions(text).allow(version) is allowed


def test_versions_are_shown_in_ascending_order() -> None:
    assert str(Versions("<51,>=50")) == ">=50,<51"


def test_a_comparison_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'~=1\.4' is no comparison of versions"):
        Versions("~=1.4").allow("1.4")


def test_every_requirement_of_the_project_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [f"Requires-Dist: {line}" for line in project["dependencies"]]
    for extra, needed in project["optional-dependencies"].items():
        lines += [f"Requires-Dist: {line}; extra == '{extra}'" for line in needed]
    folder = tmp_path / "snapjs-0.1.0.dist-info"
    folder.mkdir()
    head = ["Metadata-Version: 2.4", "Name: snapjs", "Version: 0.1.0", f"Requires-Python: {project['requires-python']}"]
    (folder / "METADATA").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = requirements()
    assert len(found.packages) == len(lines)
    assert found.python.allow("3.12.1")
    assert not found.python.allow("3.10.9")
    assert all(isinstance(versions.allow("1"), bool) for versions in found.packages.values())
    assert found.of("ziglang", "build").allow("0.17.0")
