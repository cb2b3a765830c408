"""``python -m benchmarks.packages``: what libraries from npm cost to load, and to restore in their place."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from snapjs import VM, NodeModules, Promise, Snapshot
from snapjs._tools import tools

from .__main__ import show_progress
from .adapter import adapter_class
from .environment import node_packages
from .packages_report import publish, table
from .runner import ROOT, load, machine, summary
from .workload import expect

_TESTS = ROOT / "tests" / "npm"
_TASKS = _TESTS / "tasks"
_NAMES = sorted(path.stem for path in _TASKS.glob("*.json") if path.stem != "package")
_PACKAGES = {"babel-standalone": "@babel/standalone"}
"""of the tasks that are called otherwise than their package"""

_LOADS, _RESTORES = 7, 25
_QUICK_LOADS, _QUICK_RESTORES = 1, 2

Progress = Callable[[str], None]


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    if options.origin:
        report = json.loads(options.origin.read_text(encoding="utf-8"))
    else:
        counts = (_QUICK_LOADS, _QUICK_RESTORES) if options.quick else (_LOADS, _RESTORES)
        report = run(options.packages, *counts, progress=show_progress)
        show_progress("")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.publish:
        publish(report, ROOT / "docs")
    print("\n".join(table(report)))


def run(names: list[str], loads: int, restores: int, *, progress: Progress) -> dict[str, Any]:
    """Measure packages by the names of their tasks; the report."""
    folder = _folder()
    before = load()
    results = {}
    for number, name in enumerate(names, 1):
        progress(f"{number}/{len(names)} {name}")
        results[name] = _Package(folder, name).measured(loads, restores)
    progress("snapjs.typescript")
    return {
        "format": 1,
        "started_at": datetime.fromtimestamp(before["at"], UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load": [before, load()],
        "versions": adapter_class("snapjs")().versions(),
        "loads": loads,
        "restores": restores,
        "packages": results,
        "transpile": _transpile(restores),
    }


def _folder() -> Path:
    if (_TESTS / "node_modules").is_dir():
        return _TESTS
    wanted = json.loads((_TESTS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return Path(node_packages("packages", tuple(f"{name}@{version}" for name, version in wanted.items())))


class _Counted(NodeModules):
    """Says how much has been loaded."""

    files = size = 0

    def load(self, request: Any, is_loaded: Callable[[str], bool]) -> Any:
        loaded = super().load(request, is_loaded)
        if loaded is not None and loaded.module is not None:
            self.files += 1
            self.size += len(loaded.module.source.encode() if isinstance(loaded.module.source, str) else b"")
        return loaded


class _Package:
    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._tasks = {f"tasks/{path.name}": path.read_text(encoding="utf-8") for path in _TASKS.glob("*.js")}
        self._package = _PACKAGES.get(name, name)

    def measured(self, loads: int, restores: int) -> dict[str, Any]:
        found = self._folder / "node_modules" / self._package / "package.json"
        loader = _Counted(self._folder)
        with self._loaded(loader) as vm:  # what is kept in the cache folder is there from now on
            snapshot = vm.snapshot()
            expected = _first(vm)
        saved = snapshot.to_bytes()
        loaded = [self._load(expected) for _ in range(loads)]
        return {
            "package": self._package,
            "version": json.loads(found.read_text(encoding="utf-8"))["version"],
            "files": loader.files,
            "source": loader.size,
            "snapshot": len(saved),
            "memory": snapshot.size,
            "load": summary([each for each, _ in loaded]),
            "call": summary([each for _, each in loaded]),
            "restore": summary([_restore(lambda: snapshot, expected) for _ in range(restores)]),
            "read": summary([_restore(lambda: Snapshot.from_bytes(saved), expected) for _ in range(restores)]),
        }

    def _loaded(self, loader: NodeModules) -> VM:
        vm = VM(modules=[self._tasks, loader])
        vm.globals["first"] = vm.import_module(f"tasks/{self._name}.js")["first"]
        return vm

    def _load(self, expected: Any) -> tuple[float, float]:
        """Seconds until the package is loaded, and until the result of the first call."""
        start = time.perf_counter()
        with self._loaded(NodeModules(self._folder)) as vm:
            loaded = time.perf_counter() - start
            made = _first(vm)
            called = time.perf_counter() - start
            expect(made, expected)
        return loaded, called


def _first(vm: VM) -> Any:
    """What the first call gives."""
    made = vm.eval("first()")
    if not isinstance(made, Promise):
        return made
    vm.run_until_idle()
    return made.result


def _restore(snapshot: Callable[[], Snapshot], expected: Any) -> float:
    """Seconds from a snapshot to the result of the first call."""
    start = time.perf_counter()
    with VM.restore(snapshot()) as vm:
        made = _first(vm)
        seconds = time.perf_counter() - start
        expect(made, expected)
    return seconds


def _transpile(restores: int) -> dict[str, Any]:
    """How long `snapjs.typescript.transpile` takes for a file that it has not seen, in a thread without a compiler."""
    source, made = "enum A { B }", "export {};\n"

    def timed(tool: tools.Tool) -> float:
        tool.key  # noqa: B018  of the packages' hash, which is another's time
        start = time.perf_counter()
        output = tool.call("transpile", source, ".ts")
        seconds = time.perf_counter() - start
        expect(output["code"].endswith(made), True)
        tool._discard(tool._local.running)
        return seconds

    recipe = tools._RECIPES["typescript"]
    timed(tools.Tool(recipe))
    kept = tools.Tool(recipe)
    timed(kept)
    return {
        "disk": summary([timed(tools.Tool(recipe)) for _ in range(restores)]),
        "memory": summary([timed(kept) for _ in range(restores)]),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.packages", description="Measure what libraries from npm cost to load and to restore."
    )
    parser.add_argument("--quick", action="store_true", help="one load and two restores of each: half a minute")
    parser.add_argument(
        "--packages", nargs="+", choices=_NAMES, default=_NAMES, metavar="NAME",
        help=f"only these: of {', '.join(_NAMES)}",
    )  # fmt: skip
    parser.add_argument(
        "--from", type=Path, dest="origin", metavar="FILE", help="measure nothing: show such a JSON file"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    parser.add_argument("--publish", action="store_true", help="write docs/packages.md and docs/packages.json")
    return parser


if __name__ == "__main__":
    main()
