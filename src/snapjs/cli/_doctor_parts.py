"""What ``snapjs doctor`` checks of the parts that every installation has, each by using it once."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from importlib import resources
from importlib.metadata import entry_points
from typing import Any, Final

from .. import _packages
from .._tools.tools import tool
from ..extension import Extension
from ..node_modules import NodeModules
from ..pool import Pool
from ..reactor import Reactor
from ..sandbox import Sandbox
from ..vm import VM
from ._doctor_checks import REINSTALL, REPORT, Check, Stopwatch, expect
from ._findings import Finding


def _npm_packages() -> Iterator[Finding]:
    """Compares the archive with what the build wrote beside it, and imports one of what is in it."""
    name = "npm packages"
    try:
        files = resources.files(_packages)
        stamp = json.loads(files.joinpath("stamp.json").read_bytes())
        actual = hashlib.sha256(files.joinpath("packages.zip").read_bytes()).hexdigest()
    except FileNotFoundError as error:
        yield Finding(name, "fails", f"{error.filename} is missing", REINSTALL)
        return
    if actual != stamp.get("sha256"):
        yield Finding(name, "fails", f"{actual}, but the build made {stamp.get('sha256')}", REINSTALL)
        return
    clock = Stopwatch()
    with tempfile.TemporaryDirectory(prefix="snapjs-") as folder, VM(modules=NodeModules(folder)) as vm:
        joined = vm.import_module("path")["join"]("a", "..", "b")
        found = expect(name, joined, "b", clock.lap())
    if found.status == "ok":
        count = len(stamp["versions"])
        found = Finding(name, "ok", f"{count} ship with snapjs, as its build made them", seconds=found.seconds)
    yield found


def _typescript() -> Iterator[Finding]:
    """Has the compiler from the shipped packages make JavaScript, past the cache of its results."""
    clock = Stopwatch()
    try:
        made = tool("typescript").call("transpile", "export const works: number = 1", ".ts")
    except FileNotFoundError as error:
        yield Finding("typescript", "fails", str(error), REINSTALL)
        return
    works = "export const works = 1" in made.get("code", "")
    text = "the compiler runs in a VM of its own" if works else "the compiler makes something else"
    yield Finding("typescript", "ok" if works else "fails", text, None if works else REPORT, clock.lap())


def _sandbox() -> Iterator[Finding]:
    """Has a program in a world of its own use an object of the host, and call a function with types."""
    with Sandbox(isolated=True) as sandbox:
        granted = sandbox.grant(_Granted(), allow=["number"])
        sandbox.register("granted", lambda: granted)
        sandbox.register("double", lambda number: 2 * number, types="(number: number) => number")
        clock = Stopwatch()
        value = sandbox.eval("host.double(host.granted().number)")
        yield expect("sandbox", value, 42, clock.lap())


class _Granted:
    number = 21


def _pool() -> Iterator[Finding]:
    """Has a thread do a call."""
    yield _pooled("pool", workers=1)


def _processes() -> Iterator[Finding]:
    """Has a process do a call."""
    yield _pooled("processes", processes=1)


def _pooled(name: str, **kind: Any) -> Finding:
    clock = Stopwatch()
    with Pool("export const double = number => 2 * number", **kind) as pool:
        [value] = pool.map("double", [21])
        return expect(name, value, 42, clock.lap())


def _reactor() -> Iterator[Finding]:
    """Has a program for the qjs command read a line, wait for a timer, and write."""
    clock = Stopwatch()
    written: list[str] = []
    with Reactor(std=True, stdin=b"21\n", stdout=written.append) as reactor:
        reactor.init()
        reactor.eval("const n = Number(std.in.getline()); os.setTimeout(() => std.printf('%d', 2 * n), 1)")
        reactor.run_loop()
    yield expect("reactor", "".join(written), "42", clock.lap())


# A shared library of WebAssembly whose one function, snapjs_init_doctor, returns 0.
_EXTENSION: Final = bytes.fromhex(
    "0061736d01000000000f0864796c696e6b2e30010400000000"
    "01060160017f017f030201000716"
    "0112736e61706a735f696e69745f646f63746f7200000a0601040041000b"
)


def _extensions() -> Iterator[Finding]:
    """Loads a native extension."""
    with VM(extensions=[Extension("doctor", _EXTENSION)]) as vm:
        yield expect("extensions", vm.eval("40 + 2"), 42)


def _web() -> Iterator[Finding]:
    with VM() as vm:
        host = vm.eval("structuredClone(new URL('https://example.com/a').host)")
        yield expect("web", host, "example.com")


def _pytest() -> Iterator[Finding]:
    """Looks whether pytest would find the plugin, and loads it."""
    found = entry_points(group="pytest11", name="snapjs")
    try:
        import pytest

        from .. import pytest_plugin
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        yield Finding("pytest plugin", "none", "pytest is not installed, for tests of workflows", "pip install pytest")
        return
    if not found:
        text = "pytest does not find it, for snapjs is not installed as a package"
        yield Finding("pytest plugin", "none", text, "pytest -p snapjs.pytest_plugin")
    elif all(entry.load() is pytest_plugin for entry in found):
        yield Finding("pytest plugin", "ok", f"is found by pytest {pytest.__version__}")
    else:
        yield Finding("pytest plugin", "fails", "pytest finds another module in its place", REINSTALL)


CHECKS: Final[dict[str, Check]] = {
    "npm packages": _npm_packages,
    "typescript": _typescript,
    "sandbox": _sandbox,
    "pool": _pool,
    "processes": _processes,
    "reactor": _reactor,
    "extensions": _extensions,
    "web": _web,
    "pytest plugin": _pytest,
}
