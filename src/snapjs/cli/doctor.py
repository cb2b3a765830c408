"""``snapjs doctor``: whether snapjs works on this machine. Each line is found out by doing what it says."""

from __future__ import annotations

import ctypes
import errno
import importlib.metadata
import json
import mmap
import os
import platform
import shutil
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from .._cache import cache_folder, make_private_folder
from .._guest import stack
from .._guest.engine import PACKAGED_FILE, packaged
from .._guest.exports import EngineUnusable
from .._guest.image import Image
from .._tools.tools import tool
from ..errors import StackLimitError
from ..extension import Extension
from ..pending import pending
from ..pool import Pool
from ..sandbox import Sandbox
from ..snapshot import Snapshot
from ..vm import VM
from . import _extras, _show
from ._findings import Finding, report

_REINSTALL: Final = "install snapjs again"
_ADDRESS_SPACE: Final = "raise the limit of address space (ulimit -v), of which a VM reserves 4.4 GB; or " + _REINSTALL
_REPORT: Final = "report this, with the whole output"
_IMAGE_SIZE: Final = 16 << 20
_FILE_SIZE: Final = 4 << 20
"""bytes: about what machine code takes"""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Check that everything works on this machine.

    Looks at the engine, its cache, memory, threads, a snapshot's round trip, TypeScript, the capability sandbox, pools,
    native extensions, the web's APIs and workflows, by using each.

    Exit codes: 0 everything works, 1 something does not; the report says what to do.
    """
    findings = [finding for check in _CHECKS for finding in _run(check)]
    report(findings, as_json, "Everything works.")


def _run(check: Callable[[], list[Finding]]) -> list[Finding]:
    """What a check found; an exception of any kind is a finding too."""
    try:
        return check()
    except Exception as error:
        name = check.__name__.strip("_").replace("_", " ")
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return [Finding(name, "fails", text, _ADDRESS_SPACE if isinstance(error, EngineUnusable) else _REINSTALL)]


def _versions() -> list[Finding]:
    findings = []
    for name in ("snapjs", "wasmtime", "msgspec", "zstandard"):
        try:
            findings.append(Finding(name, "ok", importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            status: Literal["ok", "fails"] = "ok" if name == "snapjs" else "fails"
            remedy = None if name == "snapjs" else _REINSTALL
            findings.append(Finding(name, status, "not installed as a package", remedy))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [*findings, Finding("python", "ok", python), Finding("platform", "ok", platform.platform())]


def _engine() -> list[Finding]:
    """The engine's bytes against what the build wrote beside them."""
    actual = packaged().sha256
    text = f"{actual}, {_show.size(len(packaged().wasm))}"
    try:
        with open(os.path.join(os.path.dirname(PACKAGED_FILE), "stamp.json"), encoding="utf-8") as file:
            stamp = json.load(file)
    except OSError:
        return [Finding("engine", "ok", f"{text}; its build left no stamp to compare it with")]
    if stamp.get("sha256") != actual:
        return [Finding("engine", "fails", f"{text}, but its build made {stamp.get('sha256')}", _REINSTALL)]
    return [Finding("engine", "ok", f"{text}, as its build made it")]


def _machine_code() -> list[Finding]:
    """Loads both kinds of machine code, from the cache if they are there."""
    folder = cache_folder()
    findings = [_cache(folder)]
    for checked, name in ((False, "machine code"), (True, "with deadlines")):
        began = time.perf_counter()
        code = packaged().compiled(checked)
        seconds = time.perf_counter() - began
        if code.from_cache:
            findings.append(Finding(name, "ok", "loaded from the cache", seconds=seconds))
        elif code.path is not None:
            text = "compiled now, and put into the cache for the next process"
            findings.append(Finding(name, "ok", text, seconds=seconds))
        else:
            text = "compiled now, and every process has to do that again"
            findings.append(Finding(name, "slow", text, seconds=seconds))
    return findings


def _cache(folder: str | None) -> Finding:
    remedy = "set SNAPJS_CACHE_DIR to a folder that only you can write to"
    if folder is None:
        return Finding("cache", "slow", "this user has no folder for caches", remedy)
    # As what is kept there: in a folder of its own, for others may write to one that a build has made.
    probe = os.path.join(folder, f"probe-{os.getpid()}")
    try:
        make_private_folder(probe)
        with open(os.path.join(probe, "file"), "xb") as file:
            file.write(bytes(_FILE_SIZE))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "make room there, or set SNAPJS_CACHE_DIR to a folder on another disk"
        return Finding("cache", "slow", f"{folder} cannot be used: {error.strerror or error}", remedy)
    finally:
        shutil.rmtree(probe, ignore_errors=True)
    return Finding("cache", "ok", folder)


def _copy_on_write() -> list[Finding]:
    """Maps an image over memory, writes there, and looks whether the image has changed."""
    image = Image(_IMAGE_SIZE, [(0, b"snapjs")])
    with mmap.mmap(-1, _IMAGE_SIZE) as memory:
        window = ctypes.c_char.from_buffer(memory)
        base = ctypes.addressof(window)
        began = time.perf_counter()
        shared = image.map_onto(base)
        seconds = time.perf_counter() - began
        equal = ctypes.string_at(base, 6) == b"snapjs"
        ctypes.memmove(base, b"SNAPJS", 6)
        untouched = ctypes.string_at(image.address, 6) == b"snapjs"
        del window
    if not equal or not untouched:
        return [Finding("memory images", "fails", "what is mapped is not what was in the image", _REPORT)]
    what = f"{_show.size(_IMAGE_SIZE)} were"
    if shared:
        return [Finding("memory images", "ok", f"{what} shared copy-on-write", seconds=seconds)]
    return [Finding("memory images", "slow", f"{what} copied: this system cannot share them", seconds=seconds)]


def _threads() -> list[Finding]:
    """Runs JavaScript on this thread and on a new one: each needs enough native stack."""
    return [_stack("main thread", _recurse), _stack("new threads", lambda: _on_a_thread(_recurse))]


def _stack(name: str, run: Callable[[], None]) -> Finding:
    try:
        run()
    except StackLimitError as error:
        return Finding(name, "fails", str(error))
    return Finding(name, "ok", f"have the {_show.size(stack.NATIVE_STACK)} of native stack that JavaScript may use")


def _recurse() -> None:
    with VM() as vm:
        depth = vm.eval("let n = 0; (function down() { n++; down() })")
        try:
            depth()
        except RecursionError:
            return
    raise RuntimeError("endless recursion did not end in a StackLimitError")


def _on_a_thread(function: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def _round_trip() -> list[Finding]:
    """Pauses a program in the middle of an await, restores it from bytes, and has it finished."""
    findings = []
    clock = _Stopwatch()
    vm = VM()
    findings.append(Finding("new VM", "ok", "made", seconds=clock.lap()))
    with vm:
        vm.expose("ask", pending)
        clock.lap()
        value = vm.eval("globalThis.result = (async () => 6 * await ask('how many?'))(); 1 + 2")
        findings.append(_expect("eval", value, 3, clock.lap()))
        findings.insert(0, Finding("quickjs", "ok", vm._bridge.ask("snap_describe")["quickjs"]))
        clock.lap()
        snapshot = vm.snapshot()
        taken = clock.lap()
        data = snapshot.to_bytes()
    text = f"{_show.size(snapshot.size)} of memory, taken and made {_show.size(len(data))}"
    findings.append(Finding("snapshot", "ok", text, seconds=taken + clock.lap()))
    copy = Snapshot.from_bytes(data)
    with VM.restore(copy, functions={"ask": pending}) as vm:
        seconds = clock.lap()
        vm.pending[0].resolve(7)
        findings.append(_expect("restore", vm.globals["result"].result, 42, seconds))
    return findings


def _expect(name: str, value: object, expected: object, seconds: float | None) -> Finding:
    if value != expected:
        return Finding(name, "fails", f"the result is {value!r} and must be {expected!r}", _REPORT, seconds)
    return Finding(name, "ok", f"gave {value!r}, which is right", seconds=seconds)


class _Stopwatch:
    def __init__(self) -> None:
        self._at = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        before, self._at = self._at, time.perf_counter()
        return self._at - before


def _typescript() -> list[Finding]:
    """Has the compiler from the shipped packages make JavaScript, past the cache of its results."""
    began = time.perf_counter()
    try:
        made = tool("typescript").call("transpile", "export const works: number = 1", ".ts")
    except FileNotFoundError as error:
        return [Finding("typescript", "fails", str(error), _REINSTALL)]
    works = "export const works = 1" in made.get("code", "")
    text = "the compiler runs in a VM of its own" if works else "the compiler makes something else"
    seconds = time.perf_counter() - began
    return [Finding("typescript", "ok" if works else "fails", text, None if works else _REPORT, seconds)]


def _sandbox() -> list[Finding]:
    """Has a program in a world of its own use an object of the host, and call a function with types."""
    with Sandbox(isolated=True) as sandbox:
        granted = sandbox.grant(_Granted(), allow=["number"])
        sandbox.register("granted", lambda: granted)
        sandbox.register("double", lambda number: 2 * number, types="(number: number) => number")
        clock = _Stopwatch()
        value = sandbox.eval("host.double(host.granted().number)")
        return [_expect("sandbox", value, 42, clock.lap())]


def _pool() -> list[Finding]:
    """Has a thread and a process do a call."""
    return [_pooled("pool", workers=1), _pooled("processes", processes=1)]


def _pooled(name: str, **kind: Any) -> Finding:
    clock = _Stopwatch()
    with Pool("export const double = number => 2 * number", **kind) as pool:
        [value] = pool.map("double", [21])
        return _expect(name, value, 42, clock.lap())


class _Granted:
    number = 21


# A shared library of WebAssembly whose one function, snapjs_init_doctor, returns 0.
_EXTENSION: Final = bytes.fromhex(
    "0061736d01000000000f0864796c696e6b2e30010400000000"
    "01060160017f017f030201000716"
    "0112736e61706a735f696e69745f646f63746f7200000a0601040041000b"
)


def _extensions() -> list[Finding]:
    """Loads a native extension, and says whether others can be compiled here."""
    with VM(extensions=[Extension("doctor", _EXTENSION)]) as vm:
        findings = [_expect("extensions", vm.eval("40 + 2"), 42, None)]
    try:
        findings.append(Finding("compiler", "ok", f"ziglang {importlib.metadata.version('ziglang')}, for extensions"))
    except importlib.metadata.PackageNotFoundError:
        text = "none: extensions can be loaded, and not compiled, which takes pip install 'snapjs[build]'"
        findings.append(Finding("compiler", "ok", text))
    return findings


def _web() -> list[Finding]:
    """Encrypts, and fetches from a server on this machine, where what these need is installed."""
    with VM() as vm:
        host = vm.eval("structuredClone(new URL('https://example.com/a').host)")
    return [
        _expect("web", host, "example.com", None),
        _extra("crypto", "cryptography", "no key of crypto.subtle can be used", _extras.encrypted, "70e6bbbe"),
        _extra("fetch", "httpcore2", "no VM can have fetch", _extras.fetched, "hello"),
    ]


def _workflows() -> list[Finding]:
    """Runs a workflow with a step, where what that needs is installed."""
    return [_extra("workflows", "apsw", "no workflow can wait in a database", _extras.ran, 42)]


def _time_zones() -> list[Finding]:
    """Looks for one that schedules of workflows may be in."""
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        text = "none: schedules of workflows are in UTC only, others take pip install tzdata"
        return [Finding("time zones", "ok", text)]
    return [Finding("time zones", "ok", "are there, for schedules of workflows")]


def _extra(name: str, package: str, what: str, try_it: Callable[[], object], expected: object) -> Finding:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "ok", f"none: {what}, which takes pip install 'snapjs[{name}]'")
    clock = _Stopwatch()
    return _expect(name, try_it(), expected, clock.lap())


_CHECKS: Final = (
    _versions,
    _engine,
    _machine_code,
    _copy_on_write,
    _threads,
    _round_trip,
    _typescript,
    _sandbox,
    _pool,
    _extensions,
    _web,
    _workflows,
    _time_zones,
)
