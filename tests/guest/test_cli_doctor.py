"""``snapjs doctor``: what it says where all is well, and of each thing that is not."""

from __future__ import annotations

import ctypes
import errno
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

import pytest
from cli_runner import cli, environment, process

from snapjs import PoolError, StackLimitError
from snapjs._guest.engine import EngineMissing
from snapjs._guest.library import LibraryError
from snapjs.cli import (
    _doctor_checks,
    _doctor_engine,
    _doctor_extras,
    _doctor_installation,
    _doctor_machine,
    _doctor_parts,
    _doctor_programs,
    _doctor_tries,
    doctor,
)
from snapjs.cli._findings import Finding

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Has a package be installed, as far as its metadata say so."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, version: str, *lines: str) -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        text = [f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}", *lines]
        (folder / "METADATA").write_text("\n".join(text) + "\n", encoding="utf-8")

    return install


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that this user cannot write to: the superuser, who could, is another one meanwhile."""
    folder = tempfile.mkdtemp(prefix="snapjs-")
    user = os.geteuid() if hasattr(os, "geteuid") else 1
    try:
        if user == 0:
            os.chown(folder, 65534, -1)
            os.seteuid(65534)
        os.chmod(folder, 0o500)
        yield Path(folder)
    finally:
        if user == 0:
            os.seteuid(0)
        os.chmod(folder, 0o700)
        os.rmdir(folder)


posix = pytest.mark.skipif(sys.platform == "win32", reason="folders are protected in another way")


def missing(name: str) -> NoReturn:
    raise importlib.metadata.PackageNotFoundError(name)


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def raise_it(*arguments: object, **named: object) -> NoReturn:
        raise error

    return raise_it


def only(findings: Iterable[Finding]) -> Finding:
    [finding] = findings
    return finding


def shown(finding: Finding) -> tuple[str, str, str | None]:
    return finding.status, finding.text, finding.remedy


def checked(module: ModuleType, name: str) -> Finding:
    """What the command says of one check, an exception included."""
    return only(doctor._run({name: module.CHECKS[name]}))


# ---- all of it


@pytest.mark.slow
def test_doctor_lists_every_check_as_json() -> None:
    result = cli("doctor", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["works"]) == (0, True)
    assert [check["name"] for check in report["checks"]] == [
        "python", "platform", "snapjs", "click", "msgspec", "wasmtime", "zstandard", "engine", "cache", "machine code",
        "with deadlines", "new VM", "eval", "temporary", "memory images", "main thread", "new threads", "time zones", "snapshot", "restore", "other process", "npm packages", "typescript", "sandbox", "pool", "processes", "reactor",
        "extensions", "web", "pytest plugin", "crypto", "encryption", "fetch", "workflows", "telemetry", "repl", "build",
    ]  # fmt: skip


def test_doctor_says_that_everything_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_OTHERS", ("programs",))
    result = cli("doctor")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "Everything works.")


def test_doctor_reports_what_does_not_work_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {"broken": raising(RuntimeError("no luck")), "web": _doctor_parts.CHECKS["web"]}
    monkeypatch.setattr(doctor, "_OTHERS", ("parts",))
    monkeypatch.setattr(_doctor_parts, "CHECKS", checks)
    result = cli("doctor")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-4:] == [
        "fails  broken         RuntimeError: no luck",
        "                      → report this, with the whole output",
        "ok     web            gave 'example.com', which is right",
        "1 of 15 checks failed.",
    ]


def test_what_all_stands_on_is_mended_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_installation, "CHECKS", {})
    monkeypatch.setattr(_doctor_engine, "CHECKS", {"engine": raising(EngineMissing("engine.wasm is missing"))})
    result = cli("doctor")
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            "fails  engine         EngineMissing: engine.wasm is missing",
            "                      → install it again: pip install --force-reinstall snapjs",
            "none   all the rest   was not looked at, for it needs what fails",
            "1 of 2 checks failed.",
        ],
    )


def test_a_check_that_cannot_be_imported_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_OTHERS", ("parts",))
    monkeypatch.setitem(sys.modules, "snapjs.cli._doctor_parts", None)
    finding = list(doctor._findings())[-1]
    assert (finding.name, finding.status) == ("parts", "fails")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["msgspec", "zstandard"])
def test_doctor_itself_needs_none_of_what_it_looks_for(name: str, tmp_path: Path) -> None:
    program = f"import sys; sys.modules[{name!r}] = None; from snapjs.cli import main; main(['doctor'])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert f"fails  {name:<14} {importlib.metadata.version(name)} does not load: " in done.stdout
    assert done.stdout.endswith("needs what fails\n1 of 8 checks failed.\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="these limits are of other systems, or are not kept there")
@pytest.mark.parametrize(
    ("limit", "name", "text"),
    [
        ("-v 4000000", "new VM", "EngineUnusable: mmap failed to reserve"),
        ("-s 1024", "engine", "StackLimitError: The stack of thread 'MainThread' has"),
    ],
    ids=["address space", "stack"],
)
def test_what_a_process_may_not_have_is_told_once(limit: str, name: str, text: str, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "snapjs", "doctor"]
    done = subprocess.run(
        ["sh", "-c", f'ulimit {limit}; exec "$@"', "sh", *program],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert f"\nfails  {name:<14} {text}" in done.stdout
    assert "\nnone   all the rest   was not looked at" in done.stdout
    assert "\n1 of " in done.stdout


# ---- the installation


def test_doctor_notices_an_unsupported_python(install: Install) -> None:
    install("snapjs", "0.1.0", "Requires-Python: >=3.99")
    python = next(iter(_doctor_installation._python()))
    assert (python.status, python.remedy) == ("fails", "install snapjs for another Python")
    assert python.text.endswith(", and snapjs needs >=3.99")


@pytest.mark.parametrize("version", ["49.0.0", "51.0", "51.0.1rc1"])
def test_doctor_notices_an_unsupported_wasmtime(install: Install, version: str) -> None:
    install("snapjs", "0.1.0", "Requires-Dist: wasmtime<51,>=50")
    install("wasmtime", version)
    finding = _doctor_installation._package("wasmtime")
    assert shown(finding) == (
        "fails",
        f"{version}, and snapjs needs >=50,<51",
        "pip install 'wasmtime>=50,<51'",
    )


@pytest.mark.parametrize("version", ["50", "50.0.0", "50.9.1"])
def test_doctor_takes_each_supported_wasmtime(install: Install, version: str) -> None:
    install("snapjs", "0.1.0", "Requires-Dist: wasmtime<51,>=50")
    install("wasmtime", version)
    assert shown(_doctor_installation._package("wasmtime")) == ("ok", version, None)


def test_doctor_notices_that_a_package_is_missing(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("snapjs", "0.1.0", "Requires-Dist: zstandard>=0.23")
    monkeypatch.setattr(_doctor_installation, "version", missing)
    finding = _doctor_installation._package("zstandard")
    assert shown(finding) == ("fails", "is not installed", "pip install 'zstandard>=0.23'")


def test_doctor_notices_that_a_package_is_broken(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("msgspec", "1.2.3")
    monkeypatch.setitem(sys.modules, "msgspec", None)
    finding = _doctor_installation._package("msgspec")
    assert (finding.status, finding.text.partition(":")[0]) == ("fails", "1.2.3 does not load")
    assert finding.remedy is not None
    assert finding.remedy.startswith("install it again: pip install --force-reinstall 'msgspec")


def test_doctor_notices_that_the_library_of_wasmtime_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_installation, "library", raising(LibraryError("no library for\nplan9")))
    finding = _doctor_installation._package("wasmtime")
    assert (finding.status, finding.text.partition(" ")[2]) == ("fails", "does not load: no library for plan9")


def test_doctor_does_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_installation, "version", missing)
    finding = only(_doctor_installation._snapjs())
    assert (finding.status, finding.text.partition(":")[0]) == ("ok", "not installed as a package")


def test_doctor_looks_for_each_dependency() -> None:
    needed = {line.partition(">=")[0] for line in PROJECT["dependencies"] if ";" not in line}
    assert set(_doctor_installation.PACKAGES) == needed


def test_doctor_notices_an_engine_that_is_not_the_one_that_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stamp.json").write_text('{"sha256": "00"}')
    monkeypatch.setattr(_doctor_engine, "PACKAGED_FILE", str(tmp_path / "engine.wasm"))
    finding = only(_doctor_engine._engine())
    assert (finding.status, finding.remedy) == ("fails", _doctor_checks.REINSTALL)
    assert finding.text.endswith("but its build made 00")


def test_doctor_does_without_the_stamp_of_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_engine, "PACKAGED_FILE", str(tmp_path / "engine.wasm"))
    finding = only(_doctor_engine._engine())
    assert (finding.status, finding.text.partition("; ")[2]) == ("ok", "its build left no stamp to compare it with")


# ---- the machine


@posix
def test_doctor_notices_a_cache_that_cannot_be_written(locked_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(locked_folder))
    assert shown(checked(_doctor_engine, "cache")) == (
        "slow",
        f"{locked_folder} cannot be used: Permission denied",
        "set SNAPJS_CACHE_DIR to a folder that only you can write to",
    )


def test_doctor_does_not_mind_a_cache_that_a_build_has_made_for_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o775)
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    assert checked(_doctor_engine, "cache").status == "ok"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_doctor_notices_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_doctor_engine, "free_after_writing", raising(OSError(number, "No room")))
    assert shown(checked(_doctor_engine, "cache")) == (
        "slow",
        f"{tmp_path} cannot be used: No room",
        "make room there, or set SNAPJS_CACHE_DIR to a folder on another disk",
    )


def test_doctor_notices_that_there_is_little_room_for_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1_500_000))
    assert shown(checked(_doctor_engine, "cache")) == (
        "slow",
        f"{tmp_path}: only 1.5 MB are free",
        "make room there, or set SNAPJS_CACHE_DIR to a folder on another disk",
    )


def test_doctor_notices_a_user_without_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_engine, "cache_folder", lambda: None)
    finding = checked(_doctor_engine, "cache")
    assert (finding.status, finding.text) == ("slow", "this user has no folder for caches")


@posix
def test_doctor_notices_that_temporary_files_cannot_be_written(
    locked_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(locked_folder))
    assert shown(checked(_doctor_machine, "temporary")) == (
        "fails",
        "there is no folder for temporary files: Permission denied",
        "set TMPDIR to a folder that this user can write to",
    )


def test_doctor_notices_a_full_disk_of_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        _doctor_machine, "free_after_writing", raising(OSError(errno.ENOSPC, "No space left on device"))
    )
    assert shown(checked(_doctor_machine, "temporary")) == (
        "fails",
        "there is no folder for temporary files: No space left on device",
        "make room there, or set TMPDIR to a folder on another disk",
    )


def test_doctor_notices_that_there_is_little_room_for_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1_500_000))
    finding = checked(_doctor_machine, "temporary")
    assert shown(finding) == (
        "slow",
        f"{tempfile.gettempdir()}: only 1.5 MB are free",
        "make room there, or set TMPDIR to a folder on another disk",
    )


def test_doctor_notices_code_that_no_cache_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    code = SimpleNamespace(from_cache=False, path=None)
    monkeypatch.setattr(_doctor_engine, "packaged", lambda: SimpleNamespace(compiled=lambda checked: code))
    assert [shown(finding) for finding in _doctor_engine._machine_code()] == [
        (
            "slow",
            "compiled now, and every process has to do that again",
            "see what is the matter with the cache, above",
        )
    ] * 2


@pytest.mark.slow
def test_doctor_tells_compiling_from_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "cache"))
    first, second = (json.loads(process("doctor", "--json", folder=tmp_path).stdout)["checks"] for _ in range(2))
    texts = [{check["name"]: check["text"] for check in checks}["machine code"] for checks in (first, second)]
    assert texts == ["compiled now, and put into the cache for the next process", "loaded from the cache"]


@pytest.mark.parametrize(
    ("shares", "status", "text", "remedy"),
    [
        (
            lambda image, base: False,
            "fails",
            "what is mapped is not what was in the image",
            "report this, with the whole output",
        ),
        (
            lambda image, base: not ctypes.memmove(base, b"snapjs", 6),
            "slow",
            "16.8 MB were copied: they cannot be shared here",
            "let processes have more open files (ulimit -n), and memfd_create, or files in the folder of TMPDIR",
        ),
    ],
    ids=["wrong", "copied"],
)
@posix
def test_doctor_notices_images_that_are_not_shared(
    monkeypatch: pytest.MonkeyPatch, shares: Callable[[object, int], bool], status: str, text: str, remedy: str
) -> None:
    monkeypatch.setattr(_doctor_machine.Image, "map_onto", shares)
    assert shown(checked(_doctor_machine, "memory images")) == (status, text, remedy)


@posix
def test_doctor_notices_threads_with_a_small_stack() -> None:
    previous = threading.stack_size(1 << 20)
    try:
        main_thread, new_threads = _doctor_machine._threads()
    finally:
        threading.stack_size(previous)
    assert main_thread.status == "ok"
    assert new_threads.status == "fails"
    assert new_threads.text.endswith("has 1048576 bytes, and guest code needs 5767168")
    assert new_threads.remedy == "call threading.stack_size(8388608) before you start threads that use VMs"


def test_doctor_notices_a_small_stack_of_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = StackLimitError("The stack has 2 bytes, and guest code needs 9. Call threading.stack_size(9) …")
    monkeypatch.setattr(_doctor_machine, "_recurse", raising(refusal))
    assert shown(next(iter(_doctor_machine._threads()))) == (
        "fails",
        "The stack has 2 bytes, and guest code needs 9",
        "raise the limit of the stack (ulimit -s), or use VMs in other threads",
    )


def test_doctor_says_that_there_are_no_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_machine, "ZoneInfo", raising(_doctor_machine.ZoneInfoNotFoundError("Europe/Berlin")))
    assert shown(checked(_doctor_machine, "time zones")) == (
        "none",
        "there are none: schedules of workflows are in UTC only",
        "pip install tzdata",
    )


# ---- programs


def test_doctor_notices_a_wrong_result_of_a_restored_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_programs, "_PROGRAM", _doctor_programs._PROGRAM.replace("6 *", "5 *"))
    before, restored = _doctor_programs._round_trip()
    assert before.status == "ok"
    assert shown(restored) == (
        "fails", "the result is 35 and must be 42", "report this, with the whole output",
    )  # fmt: skip


def test_doctor_notices_a_wrong_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_engine.VM, "eval", lambda vm, code: 4)
    finding = list(_doctor_engine._new_vm())[1]
    assert (finding.name, finding.status, finding.text) == ("eval", "fails", "the result is 4 and must be 3")


def test_what_was_found_before_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_programs.Snapshot, "from_bytes", raising(MemoryError()))
    findings = list(doctor._run({"snapshot": _doctor_programs._round_trip}))
    assert [finding.status for finding in findings] == ["ok", "fails"]
    assert findings[-1].remedy == "give this user more memory, threads and processes: see ulimit -a"


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("raise SystemExit('no luck')", "it ended with: no luck"),
        ("raise ValueError('no luck')", "it ended with: ValueError: no luck"),
        ("import os; os._exit(7)", "it ended with: exit code 7"),
        ("print(41)", "the result is '41' and must be '42'"),
    ],
)
def test_doctor_notices_that_another_process_fails(monkeypatch: pytest.MonkeyPatch, program: str, text: str) -> None:
    monkeypatch.setattr(_doctor_programs, "_FINISH", program)
    assert shown(checked(_doctor_programs, "other process")) == (
        "fails", text, "report this, with the whole output",
    )  # fmt: skip


def test_doctor_does_not_wait_for_ever_for_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_programs, "_FINISH", "input(); import time; time.sleep(60)")
    monkeypatch.setattr(_doctor_programs, "_PATIENCE", 0.001)
    assert shown(checked(_doctor_programs, "other process")) == (
        "fails",
        "it had not ended after 0.001 seconds",
        "run this again when the machine has less to do",
    )


# ---- parts


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the npm packages, which doctor looks at."""
    original = Path(_doctor_parts._packages.__file__ or "").parent
    for name in ("packages.zip", "stamp.json"):
        (tmp_path / name).write_bytes((original / name).read_bytes())
    monkeypatch.setattr(_doctor_parts.resources, "files", lambda package: tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["packages.zip", "stamp.json"])
def test_doctor_notices_that_npm_packages_are_missing(packages: Path, name: str) -> None:
    (packages / name).unlink()
    assert shown(checked(_doctor_parts, "npm packages")) == (
        "fails", f"{packages / name} is missing", _doctor_checks.REINSTALL,
    )  # fmt: skip


def test_doctor_notices_that_npm_packages_are_damaged(packages: Path) -> None:
    (packages / "packages.zip").write_bytes(b"")
    finding = checked(_doctor_parts, "npm packages")
    assert (finding.status, finding.remedy) == ("fails", _doctor_checks.REINSTALL)
    assert finding.text.startswith(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, but the build made"
    )


def test_doctor_notices_that_the_compiler_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_parts, "tool", raising(FileNotFoundError("packages.zip is missing")))
    assert shown(checked(_doctor_parts, "typescript")) == (
        "fails", "packages.zip is missing", _doctor_checks.REINSTALL,
    )  # fmt: skip


def test_doctor_notices_that_the_compiler_makes_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_parts, "tool", lambda name: SimpleNamespace(call=lambda *arguments: {"code": "?"}))
    finding = checked(_doctor_parts, "typescript")
    assert (finding.status, finding.text) == ("fails", "the compiler makes something else")


def test_doctor_notices_a_sandbox_that_gives_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_parts._Granted, "number", 20)
    assert checked(_doctor_parts, "sandbox").text == "the result is 40 and must be 42"


@pytest.mark.parametrize("name", ["pool", "processes"])
def test_doctor_notices_a_pool_that_does_not_begin(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(_doctor_parts, "Pool", raising(PoolError("no worker")))
    finding = checked(_doctor_parts, name)
    assert (finding.name, finding.status, finding.text) == (name, "fails", "PoolError: no worker")


def test_doctor_notices_a_reactor_that_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_parts.Reactor, "init", raising(OSError(errno.EMFILE, "Too many open files")))
    assert shown(checked(_doctor_parts, "reactor")) == (
        "fails",
        "OSError: [Errno 24] Too many open files",
        "raise the number of files that may be open (ulimit -n)",
    )


def test_doctor_notices_an_extension_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_parts, "_EXTENSION", b"\0asm")
    finding = checked(_doctor_parts, "extensions")
    assert (finding.status, finding.text.partition(":")[0]) == ("fails", "ExtensionError")


def test_doctor_notices_that_the_web_platform_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_parts.VM, "eval", lambda vm, code: "example.org")
    assert checked(_doctor_parts, "web").text == "the result is 'example.org' and must be 'example.com'"


def test_doctor_says_that_there_is_no_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.__import__", importing_without("pytest"))
    assert shown(checked(_doctor_parts, "pytest plugin")) == (
        "none",
        "pytest is not installed, for tests of workflows",
        "pip install pytest",
    )


def importing_without(missing: str) -> Callable[..., Any]:
    original = __import__

    def import_it(name: str, *arguments: Any) -> Any:
        if name == missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return original(name, *arguments)

    return import_it


def test_doctor_says_that_pytest_does_not_find_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_parts, "entry_points", lambda **chosen: ())
    assert shown(checked(_doctor_parts, "pytest plugin")) == (
        "none",
        "pytest does not find it, for snapjs is not installed as a package",
        "pytest -p snapjs.pytest_plugin",
    )


@pytest.mark.parametrize(
    ("module", "status"), [("snapjs.pytest_plugin", "ok"), ("snapjs.testing", "fails")], ids=["ours", "another"]
)
def test_doctor_loads_what_pytest_finds(monkeypatch: pytest.MonkeyPatch, module: str, status: str) -> None:
    entry = importlib.metadata.EntryPoint("snapjs", module, "pytest11")
    monkeypatch.setattr(_doctor_parts, "entry_points", lambda **chosen: (entry,))
    assert checked(_doctor_parts, "pytest plugin").status == status


# ---- extras


@pytest.mark.parametrize("extra", sorted(_doctor_extras.EXTRAS))
def test_an_extra_that_is_not_installed_is_no_failure(monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    monkeypatch.setattr(_doctor_extras, "version", missing)
    finding = checked(_doctor_extras, extra)
    assert (finding.status, finding.remedy) == ("none", f"pip install 'snapjs[{extra}]'")
    assert finding.text.endswith(f" not installed, for {_doctor_extras.EXTRAS[extra].purpose}")


def test_half_an_extra_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_extras, "version", lambda name: "9" if name == "httpcore2" else missing(name))
    assert shown(checked(_doctor_extras, "fetch")) == (
        "none",
        "brotli is not installed, for fetch in VMs",
        "pip install 'snapjs[fetch]'",
    )


def test_an_extra_of_another_version_fails(install: Install) -> None:
    install("snapjs", "0.1.0", "Requires-Dist: apsw>=3.53; extra == 'workflows'", "Requires-Dist: apsw; extra == 'x'")
    install("apsw", "3.9.2")
    assert shown(checked(_doctor_extras, "workflows")) == (
        "fails",
        "apsw 3.9.2, and it needs >=3.53",
        "pip install 'snapjs[workflows]'",
    )


def test_the_versions_of_an_extra_are_found_by_any_form_of_a_name(install: Install) -> None:
    install("snapjs", "0.1.0", "Requires-Dist: prompt-toolkit>=3.0.48; extra == 'repl'")
    install("prompt_toolkit", "3.0.1")
    install("pygments", "2.19")
    assert shown(checked(_doctor_extras, "repl")) == (
        "fails",
        "prompt_toolkit 3.0.1, and it needs >=3.0.48",
        "pip install 'snapjs[repl]'",
    )


@pytest.mark.parametrize("extra", sorted(_doctor_extras.EXTRAS))
def test_an_extra_that_cannot_be_imported_fails(monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    part = replace(_doctor_extras.EXTRAS[extra], attempt=raising(ImportError("broken")))
    monkeypatch.setitem(_doctor_extras.EXTRAS, extra, part)
    monkeypatch.setattr(_doctor_extras, "version", lambda name: "99999")
    monkeypatch.setattr(_doctor_extras, "requirements", lambda: SimpleNamespace(of=lambda *names: _Any()))
    assert shown(checked(_doctor_extras, extra)) == (
        "fails",
        "ImportError: broken",
        f"install its packages again: pip install --force-reinstall {' '.join(part.packages)}",
    )


class _Any:
    def allow(self, version: str) -> bool:
        return True


@pytest.mark.parametrize(
    ("extra", "module"),
    [
        ("encryption", "cryptography.hazmat.primitives.ciphers.aead"),
        ("fetch", "httpcore2"),
        ("telemetry", "opentelemetry.metrics"),
        ("repl", "prompt_toolkit.application"),
    ],
)
def test_an_extra_without_one_of_its_modules_fails(monkeypatch: pytest.MonkeyPatch, extra: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert checked(_doctor_extras, extra).status == "fails"


def test_an_extra_that_gives_something_else_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    part = replace(_doctor_extras.EXTRAS["encryption"], attempt=lambda: 41)
    monkeypatch.setitem(_doctor_extras.EXTRAS, "encryption", part)
    assert checked(_doctor_extras, "encryption").text == "the result is 41 and must be 42"


@pytest.mark.parametrize(
    ("extra", "name", "program", "text"),
    [
        ("crypto", "_ENCRYPT", "'00'", "the result is '00' and must be '70e6bbbe'"),
        ("workflows", "_WORKFLOW", "export default () => 41", "the result is 41 and must be 42"),
    ],
)
def test_doctor_notices_what_an_extra_does_wrong(
    monkeypatch: pytest.MonkeyPatch, extra: str, name: str, program: str, text: str
) -> None:
    monkeypatch.setattr(_doctor_tries, name, program)
    assert shown(checked(_doctor_extras, extra)) == ("fails", text, "report this, with the whole output")


@pytest.mark.extensions
def test_doctor_notices_a_compiler_that_does_not_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor_tries, "_EXTENSION", "int x = ;")
    finding = checked(_doctor_extras, "build")
    assert finding.text.startswith("ExtensionError: The extension 'answer' does not compile: answer.c:1:9: error: ")
    assert (finding.status, finding.remedy) == (
        "fails", "install its packages again: pip install --force-reinstall ziglang",
    )  # fmt: skip


def test_doctor_looks_for_each_extra_with_its_packages() -> None:
    extras = {
        extra: {line.partition("=")[0].rstrip("><=").partition("[")[0].lower() for line in lines}
        for extra, lines in PROJECT["optional-dependencies"].items()
        if extra != "test"
    }
    assert {extra: set(part.packages) for extra, part in _doctor_extras.EXTRAS.items()} == extras
