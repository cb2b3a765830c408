"""Finds the npm packages that package.json names.

They are looked for in the folder that the environment variable SNAPJS_NPM names, else in node_modules beside this file,
which `npm install --no-package-lock` makes. Without them the tests of this folder are skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.bundling import bundle
from type_checker import Checker

from snapjs import VM, Snapshot

HERE = Path(__file__).parent
PACKAGES = Path(os.environ.get("SNAPJS_NPM") or HERE / "node_modules")

# What a CommonJS module expects, for a file that needs no other.
_COMMONJS = """(function () {{
    const module = {{ exports: {{}} }}
    ;(function (module, exports) {{ {source}
    }})(module, module.exports)
    globalThis.{name} = module.exports
}})(); 0"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.npm)


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with the packages."""
    missing = [
        name
        for name in json.loads((HERE / "package.json").read_text())["dependencies"]
        if not (PACKAGES / name).is_dir()
    ]
    if missing:
        pytest.skip(f"{PACKAGES} has no {', '.join(missing)}: run `npm install --no-package-lock` in {HERE}")
    return PACKAGES


@pytest.fixture(scope="session")
def package_source(packages: Path) -> Callable[[str], str]:
    """A function from a path inside the packages' folder to the file's text."""
    return lambda path: (packages / path).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def load_commonjs(package_source: Callable[[str], str]) -> Callable[[VM, str, str], None]:
    """A function that evaluates a CommonJS file, whose exports become a global."""

    def load(vm: VM, path: str, name: str) -> None:
        vm.eval(_COMMONJS.format(source=package_source(path), name=name), filename=path.rpartition("/")[2])

    return load


@pytest.fixture(scope="session")
def bundled(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function that bundles a module, and what it imports, into an ES module of its own."""

    def make(source: str) -> Path:
        folder = tmp_path_factory.mktemp("bundled")
        entry = folder / "entry.js"
        entry.write_text(source, encoding="utf-8")
        return bundle(entry, folder / "bundle.js", packages)

    return make


@pytest.fixture(scope="session")
def compiler(package_source: Callable[[str], str]) -> Snapshot:
    """A VM with the compiler loaded."""
    with VM() as vm:
        vm.eval("var module = {exports: {}}; 0")
        vm.eval(package_source("typescript/lib/typescript.js") + "\n; 0", filename="typescript.js")
        vm.eval("var ts = module.exports; 0")
        return vm.snapshot()


@pytest.fixture
def checker(compiler: Snapshot, packages: Path) -> Checker:
    return Checker(compiler, packages)
