"""What a process that does little is spared: ARCHITECTURE.md, "A process imports what it uses"."""

from __future__ import annotations

import pytest
from fresh_process import run

NEVER = [
    "asyncio",
    "collections",
    "contextlib",
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "importlib",
    "inspect",
    "json",
    "math",
    "msgspec",
    "re",
    "threading",
    "typing",
]

EVALUATE = """
import sys
import ctypes  # of some versions of Python, imports threading
before = set(sys.modules)
import snapjs
with snapjs.VM() as vm:
    assert vm.eval("1+2") == 3
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    return set(run(EVALUATE).split())


@pytest.mark.parametrize("module", NEVER)
def test_evaluating_does_not_import(imported: set[str], module: str) -> None:
    assert module not in imported


def test_evaluating_imports_nothing_of_snapshots(imported: set[str]) -> None:
    assert not imported & {"snapjs.snapshot", "snapjs._snapshots.format", "snapjs._snapshots.capture"}


def test_every_public_name_is_found() -> None:
    code = "import snapjs\nprint(*(name for name in snapjs.__all__ if not hasattr(snapjs, name)))"
    assert run(code) == ""


def test_public_names_are_listed() -> None:
    assert run("import snapjs\nprint(set(snapjs.__all__) <= set(dir(snapjs)))") == "True"


def test_name_that_does_not_exist() -> None:
    code = "import snapjs\ntry:\n    snapjs.nothing\nexcept AttributeError as error:\n    print(error)"
    assert run(code) == "module 'snapjs' has no attribute 'nothing'"


@pytest.mark.parametrize("name", ["testing", "typescript", "workflows"])
def test_a_module_of_its_own_is_imported_when_it_is_used(name: str) -> None:
    assert (
        run(
            f"import sys, snapjs; before = set(sys.modules); print(snapjs.{name}.__name__ in before, snapjs.{name}.__name__)"
        )
        == f"False snapjs.{name}"
    )


def test_pending_stays_what_it_is_when_its_module_is_imported() -> None:
    assert run("import snapjs.pending, snapjs\nprint(snapjs.pending)") == "snapjs.pending"
