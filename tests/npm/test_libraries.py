"""Libraries as npm has them: each is loaded, does a real task, and does it again in a copy of its VM.

A task is a module in tasks/: a program that imports the library and whose default export does the work. The JSON beside
it is what Node makes of the same program.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from snapjs import VM, NodeModules, Snapshot

TASKS = Path(__file__).parent / "tasks"
NAMES = sorted(path.stem for path in TASKS.glob("*.json") if path.stem != "package")


class Library(NamedTuple):
    vm: VM
    saved: bytes
    """of the VM, when it had loaded the library"""
    expected: Any


@pytest.fixture(scope="module", params=NAMES)
def library(request: pytest.FixtureRequest, packages: Path) -> Iterator[Library]:
    own = {f"tasks/{path.name}": path.read_text(encoding="utf-8") for path in TASKS.glob("*.js")}
    with VM(modules=[own, NodeModules(packages.parent)], timezone="UTC") as vm:
        vm.globals["task"] = vm.import_module(f"tasks/{request.param}.js")["default"]
        saved = vm.snapshot().to_bytes()
        expected = json.loads((TASKS / f"{request.param}.json").read_text(encoding="utf-8"))
        yield Library(vm, saved, expected)


def work(vm: VM) -> Any:
    """What the task makes, waiting for its timers."""

    async def wait() -> Any:
        promise = vm.eval("Promise.resolve(task())")
        await vm.run_until_idle_async()
        return promise.result

    return asyncio.run(wait())


def test_task(library: Library) -> None:
    assert work(library.vm) == library.expected


def test_task_in_a_restored_vm_that_can_load_nothing(library: Library) -> None:
    with VM.restore(Snapshot.from_bytes(library.saved)) as vm:
        assert work(vm) == library.expected


def test_node_makes_the_same(packages: Path) -> None:
    node = shutil.which("node")
    if node is None or packages.parent != TASKS.parent:
        pytest.skip("needs node, and the packages beside the tasks")
    environment = {**os.environ, "TZ": "UTC"}
    command = [node, str(TASKS.parent / "tasks.mjs"), *NAMES]
    made = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout

    expected = {name: json.loads((TASKS / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES}
    assert json.loads(made) == expected
