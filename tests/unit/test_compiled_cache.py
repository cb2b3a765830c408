"""Machine code on the disk: used when it can be trusted, made again when not, and never the cause of a failure."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import threading
from pathlib import Path

import pytest
from small_guest import WASM, Answers, compile_module
from wasmtime import wat2wasm

from snapjs import _cache
from snapjs._guest import compiled as compiled_module
from snapjs._guest import engine as engine_module
from snapjs._guest.compiled import Compiled
from snapjs._guest.engine import Engine, EngineMissing
from snapjs._guest.raw import RawInstance, Store

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owner and mode bits")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where machine code is kept. It is not there yet."""
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "compiled"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that machine code was made instead of loaded."""
    calls: list[int] = []
    real = compiled_module._compile

    def counting(engine: int, wasm: bytes) -> int:
        calls.append(len(wasm))
        return real(engine, wasm)

    monkeypatch.setattr(compiled_module, "_compile", counting)
    return calls


def works(compiled: Compiled) -> bool:
    raw = RawInstance(Store(compiled, None), Answers())
    try:
        return raw.function("add", 2, True)(40, 2) == 42
    finally:
        raw.close()


def make(checked: bool = False) -> Compiled:
    return compile_module(WASM, checked=checked, files=_cache.KeptFiles("compiled", 64 << 20))


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_second_time_it_is_loaded(folder: Path, compilations: list[int]) -> None:
    assert works(make())
    assert works(make())
    assert compilations == [len(WASM)]


def test_file_is_named_after_kind_and_content(folder: Path) -> None:
    make()
    make(checked=True)
    names = sorted(path.name for path in folder.iterdir())
    assert [name.split("-")[0] for name in names] == ["checked", "plain"]
    assert {name.split("-")[1] for name in names} == {hashlib.sha256(WASM).hexdigest()}


def test_other_version_of_wasmtime_has_another_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    monkeypatch.setattr(compiled_module, "version", lambda: "50.0.2")
    make()
    assert len(list(folder.iterdir())) == 2


@posix_only
def test_folder_and_file_are_the_users_alone(folder: Path) -> None:
    make()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(only_file(folder).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"garbage", None], ids=["empty", "garbage", "cut"])
def test_damaged_file_is_replaced(folder: Path, compilations: list[int], content: bytes | None) -> None:
    make()
    path = only_file(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert works(make())
    assert works(make())
    assert len(compilations) == 2
    assert len(path.read_bytes()) == len(whole)


def test_file_for_another_configuration_is_replaced(folder: Path, compilations: list[int]) -> None:
    """wasmtime itself notices code that was made without the checks."""
    make()
    plain = only_file(folder)
    make(checked=True)
    (checked,) = (path for path in folder.iterdir() if path != plain)
    checked.write_bytes(plain.read_bytes())
    assert works(make(checked=True))
    assert len(compilations) == 3


@posix_only
@pytest.mark.parametrize("mode", [0o620, 0o602], ids=["group", "others"])
def test_file_that_others_may_write_to_is_not_loaded(folder: Path, compilations: list[int], mode: int) -> None:
    make()
    only_file(folder).chmod(mode)
    assert works(make())
    assert len(compilations) == 2
    assert stat.S_IMODE(only_file(folder).stat().st_mode) == 0o600


@posix_only
def test_folder_that_others_may_write_to_is_not_used(folder: Path, compilations: list[int]) -> None:
    make()
    folder.chmod(0o777)
    before = only_file(folder).stat().st_mtime_ns
    assert works(make())
    assert len(compilations) == 2
    assert only_file(folder).stat().st_mtime_ns == before


@posix_only
def test_file_of_another_user_is_not_loaded(
    folder: Path, compilations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert works(make())
    assert len(compilations) == 2


@posix_only
def test_link_is_not_followed(folder: Path, compilations: list[int], tmp_path: Path) -> None:
    make()
    path = only_file(folder)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert works(make())
    assert len(compilations) == 2
    assert not path.is_symlink()


def test_folder_that_cannot_be_made_does_not_matter(folder: Path, compilations: list[int]) -> None:
    folder.parent.write_text("in the way")
    assert works(make())
    assert compilations == [len(WASM)]


def test_full_disk_does_not_matter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert works(make())
    assert list(folder.iterdir()) == []


def test_what_was_not_needed_for_long_makes_room(folder: Path) -> None:
    """The code of earlier engines, and what a process left that was killed while it wrote."""
    folder.mkdir(parents=True, mode=0o700)
    for name in ("plain-earlier.cwasm", "plain-now.cwasm.123.abcd"):
        (folder / name).touch()
        os.truncate(folder / name, 64 << 20)
        os.utime(folder / name, (0, 0))
    make()
    assert only_file(folder).stat().st_size < 1 << 20


def test_no_cache_folder_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cache, "cache_folder", lambda: None)
    assert works(Engine(WASM, foreign=False).compiled(False))


def test_machine_code_that_was_not_used_for_longest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, used = (Path(str(make(checked).path)) for checked in (True, False))
    for path in (old, used):
        os.utime(path, (1, 1))
    make()
    room = old.stat().st_size + used.stat().st_size - 1
    monkeypatch.setattr(engine_module, "_machine_code", _cache.KeptFiles("compiled", room))
    new = Engine(bytes(wat2wasm("(module)")), foreign=False).compiled(False)

    assert sorted(folder.iterdir()) == sorted((used, Path(str(new.path))))


def test_one_object_an_engine_and_kind(folder: Path, compilations: list[int]) -> None:
    engine = Engine(WASM, foreign=False)
    found: list[Compiled] = []
    threads = [threading.Thread(target=lambda: found.append(engine.compiled(False))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert engine.compiled(True) is not found[0]
    assert len(compilations) == 2
    assert len(list(folder.iterdir())) == 2


def test_engine_is_identified_by_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "engine.wasm").write_bytes(WASM)
    monkeypatch.setattr(engine_module, "_packaged", None)
    monkeypatch.setattr(engine_module, "PACKAGED_FILE", str(tmp_path / "engine.wasm"))
    assert engine_module.packaged().sha256 == hashlib.sha256(WASM).hexdigest()
    assert engine_module.packaged().wasm == WASM


def test_missing_engine_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_packaged", None)
    monkeypatch.setattr(engine_module, "PACKAGED_FILE", str(tmp_path / "engine.wasm"))
    with pytest.raises(EngineMissing, match=r"engine\.wasm cannot be read: install snapjs again, or build the engine"):
        engine_module.packaged()


def test_engine_that_is_not_what_was_built_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "engine.wasm").write_bytes(WASM)
    monkeypatch.setattr(engine_module, "_packaged", None)
    monkeypatch.setattr(engine_module, "_stamped", lambda: "0" * 64)
    monkeypatch.setattr(engine_module, "PACKAGED_FILE", str(tmp_path / "engine.wasm"))
    with pytest.raises(EngineMissing, match=r"engine\.wasm is not what its build made: install snapjs again"):
        _ = engine_module.packaged().wasm


@posix_only
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_child_compiles_without_the_parents_threads(folder: Path) -> None:
    make()
    child = os.fork()
    if child == 0:
        os._exit(0 if works(make(checked=True)) and compiled_module._in_forked_child else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the rule of Linux")
def test_place_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("SNAPJS_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert _cache.cache_folder() == "/home/someone/.cache/snapjs"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert _cache.cache_folder() == "/home/someone/.cache/snapjs"
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/tmp/caches")
    assert _cache.cache_folder() == "/var/tmp/caches/snapjs"
    monkeypatch.setenv("SNAPJS_CACHE_DIR", "/somewhere/else")
    assert _cache.cache_folder() == "/somewhere/else"


def test_a_small_file_counts_as_the_block_that_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_cache, "_WRITES_UNTIL_PRUNED", 1)
    files = _cache.KeptFiles("small", 3 * 4096)
    for number in range(5):
        files.write(str(number), b"x")
    assert len(list((tmp_path / "small").iterdir())) == 3
