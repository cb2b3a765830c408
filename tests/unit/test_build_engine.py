"""tools/build_engine.py, without its compiler and without a network."""

import errno
import hashlib
import io
import os
import sys
import tarfile
from pathlib import Path

import pytest
import wasmtime

import build_engine
import build_support
import engine_compiler
import engine_sources
import third_party
from snapjs import _cache

ARCHIVE_TOP = "quickjs_ng-0.17.0.2"
SOURCE = {"registry": "pypi", "file": "quickjs.tar.gz", "folder": "upstream-quickjs", "sha256": "00" * 32}


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a lock, one C file and an empty cache."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "unit.c").write_text("int x;\n")
    lock = tmp_path / "engine" / "sources.lock"
    lock.write_text('[build]\nflags = ["-O2"]\nheaders = []\n\n[expected]\nkey = ""\nsha256 = ""\n')
    monkeypatch.setattr(build_support, "ROOT", tmp_path)
    monkeypatch.setattr(build_engine, "LOCK", lock)
    monkeypatch.setattr(build_engine, "OUTPUT", tmp_path / "output")
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def current_key() -> str:
    return build_engine.build_key(build_engine.read_lock())


def write_archive(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def plain_file(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = 1
    return member


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


def test_key_does_not_depend_on_expected_hash() -> None:
    before = current_key()
    build_engine.write_expected(build_support.Stamp(before, "12" * 32, 1, {}))
    assert build_engine.read_lock()["expected"] == {"key": before, "sha256": "12" * 32}
    assert current_key() == before


def test_key_depends_on_c(tree: Path) -> None:
    before = current_key()
    (tree / "engine" / "unit.c").write_text("int y;\n")
    assert current_key() != before


def test_key_depends_on_flags() -> None:
    before = current_key()
    build_engine.LOCK.write_text(build_engine.LOCK.read_text().replace("-O2", "-O3"))
    assert current_key() != before


def write_patch(tree: Path) -> Path:
    patch = tree / "engine" / "patches" / "a.toml"
    patch.parent.mkdir()
    patch.write_text('file = "upstream/a.c"\n[[replace]]\nfind = "one();"\nby = "two();"\n')
    return patch


def test_key_depends_on_patches(tree: Path) -> None:
    before = current_key()
    write_patch(tree)
    assert current_key() != before


def test_patch_replaces_what_is_there_once(tree: Path) -> None:
    upstream = tree / "upstream" / "a.c"
    upstream.parent.mkdir()
    upstream.write_text("zero(); one();\n")
    engine_sources.apply_patch(write_patch(tree), tree)
    assert upstream.read_text() == "zero(); two();\n"


@pytest.mark.parametrize("text", ["zero();\n", "one(); one();\n"])
def test_patch_that_does_not_fit_is_refused(tree: Path, text: str) -> None:
    (tree / "upstream").mkdir()
    (tree / "upstream" / "a.c").write_text(text)
    with pytest.raises(build_support.BuildError, match=r"a\.toml does not fit upstream/a\.c of this version"):
        engine_sources.apply_patch(write_patch(tree), tree)


def test_other_bytes_from_same_sources_are_refused() -> None:
    key = current_key()
    build_engine.write_expected(build_support.Stamp(key, "12" * 32, 1, {}))
    with pytest.raises(build_support.BuildError, match=f"{'34' * 32}.*{'12' * 32} from exactly these sources"):
        build_engine.check_expected(build_engine.read_lock(), build_support.Stamp(key, "34" * 32, 1, {}), strict=False)


def test_other_bytes_from_edited_sources_are_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    lock = build_engine.read_lock()
    build_engine.check_expected(lock, build_support.Stamp(current_key(), "34" * 32, 1, {}), strict=False)
    assert "warning: engine.wasm has sha256 3434" in capsys.readouterr().err


def test_strict_check_refuses_edited_sources() -> None:
    lock = build_engine.read_lock()
    with pytest.raises(build_support.BuildError, match="make engine"):
        build_engine.check_expected(lock, build_support.Stamp(current_key(), "34" * 32, 1, {}), strict=True)


def current_stamp() -> build_support.Stamp:
    return build_support.Stamp(current_key(), hashlib.sha256(b"wasm").hexdigest(), 4, {})


def test_cached_build_needs_nothing(tree: Path) -> None:
    stamp = current_stamp()
    build_support.write_built(tree / "cache" / "engine" / stamp.key, "engine.wasm", b"wasm", stamp)
    assert build_engine.build_requirements(compiles=True) == []
    assert build_engine.build_engine() == stamp
    assert (tree / "output" / "engine.wasm").read_bytes() == b"wasm"


def test_engine_in_its_place_needs_no_cache(tree: Path) -> None:
    stamp = current_stamp()
    build_support.write_built(tree / "output", "engine.wasm", b"wasm", stamp)
    assert build_engine.build_requirements(compiles=True) == []
    assert build_engine.build_engine() == stamp
    assert not (tree / "cache").exists()


def test_engine_of_other_sources_is_not_used(tree: Path) -> None:
    stamp = current_stamp()
    build_support.write_built(tree / "output", "engine.wasm", b"wasm", stamp)
    (tree / "engine" / "unit.c").write_text("int y;\n")
    assert build_engine.find_built(current_key()) is None


def test_damaged_cached_build_is_not_used(tree: Path) -> None:
    stamp = current_stamp()
    build_support.write_built(tree / "cache" / "engine" / stamp.key, "engine.wasm", b"damaged", stamp)
    assert build_engine.find_built(stamp.key) is None


def test_damaged_archive_is_refused(tree: Path) -> None:
    archive = tree / "sources" / SOURCE["file"]
    build_support.write_if_changed(archive, b"damaged")
    with pytest.raises(build_support.BuildError, match=r"has sha256 [0-9a-f]{64}, but .* Remove it"):
        third_party.fetch_archive(SOURCE)


def test_extracts_only_the_sources(tree: Path) -> None:
    names = ["setup.py", "upstream-quickjs/quickjs.c"]
    archive = write_archive(tree / "a.tar.gz", *(plain_file(f"{ARCHIVE_TOP}/{name}") for name in names))
    third_party.extract_archive(archive, SOURCE, tree / "out")
    assert [path.name for path in (tree / "out").rglob("*") if path.is_file()] == ["quickjs.c"]


def test_a_nested_folder_is_extracted_under_its_last_name(tree: Path) -> None:
    names = ["bundled/notes.c", "bundled/zlib/zlib.h", "bundled/zlib/contrib/more.c", "zlib/other.c"]
    archive = write_archive(tree / "a.tar.gz", *(plain_file(f"{ARCHIVE_TOP}/{name}") for name in names))
    third_party.extract_archive(archive, SOURCE | {"folder": "bundled/zlib"}, tree / "out")
    extracted = [path.relative_to(tree / "out").as_posix() for path in (tree / "out").rglob("*") if path.is_file()]
    assert sorted(extracted) == ["zlib/contrib/more.c", "zlib/zlib.h"]


def lock_sources(tree: Path, **contents: bytes) -> None:
    """Pins an archive NAME.tar.gz with such content for each name, and writes it beside the lock."""
    sections = []
    for name, content in contents.items():
        build_support.write_if_changed(tree / "sources" / f"{name}.tar.gz", content)
        sha256 = hashlib.sha256(content).hexdigest()
        sections.append(f'[sources.{name}]\nregistry = "pypi"\nfile = "{name}.tar.gz"\nsha256 = "{sha256}"\n')
    build_engine.LOCK.write_text("".join(sections) + build_engine.LOCK.read_text())


def test_fetches_every_locked_source(tree: Path) -> None:
    lock_sources(tree, second=b"2", first=b"1")
    archives = third_party.fetch_archives(build_engine.read_lock())
    assert [path.name for path in archives] == ["first.tar.gz", "second.tar.gz"]


def test_pip_is_needed_for_one_source_that_is_missing(tree: Path) -> None:
    lock_sources(tree, first=b"1", second=b"2")
    assert build_engine.build_requirements(compiles=False) == []
    (tree / "sources" / "second.tar.gz").unlink()
    assert build_engine.build_requirements(compiles=False) == ["pip"]


def test_source_from_an_unknown_registry_is_refused() -> None:
    with pytest.raises(build_support.BuildError, match=r"names the registry 'elsewhere' for quickjs\.tar\.gz"):
        third_party.fetch_archive(SOURCE | {"registry": "elsewhere"})


def test_key_depends_on_c_plus_plus(tree: Path) -> None:
    before = current_key()
    (tree / "engine" / "parser.cpp").write_text("int y;\n")
    assert current_key() != before


@pytest.mark.parametrize(
    "member",
    [
        plain_file("/upstream-quickjs/quickjs.c"),
        plain_file(f"{ARCHIVE_TOP}/upstream-quickjs/../../quickjs.c"),
        plain_file(f"{ARCHIVE_TOP}/upstream-quickjs/..\\quickjs.c"),
        link(f"{ARCHIVE_TOP}/upstream-quickjs/quickjs.c", tarfile.SYMTYPE),
        link(f"{ARCHIVE_TOP}/upstream-quickjs/quickjs.c", tarfile.LNKTYPE),
    ],
    ids=["absolute", "parent", "backslash", "symbolic link", "hard link"],
)
def test_archive_that_leads_outside_is_refused(tree: Path, member: tarfile.TarInfo) -> None:
    archive = write_archive(tree / "a.tar.gz", member)
    with pytest.raises(build_support.BuildError, match="a link or leads outside"):
        third_party.extract_archive(archive, SOURCE, tree / "out")


# ---- the disk


def test_file_in_the_place_of_the_cache_is_said(tree: Path) -> None:
    (tree / "cache").write_text("in the way")
    with pytest.raises(build_support.BuildError, match=r"File exists.*The build writes to .* set SNAPJS_CACHE_DIR"):
        third_party.fetch_archive(SOURCE)


def test_full_disk_is_said_and_leaves_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    stamp = current_stamp()
    build_support.write_built(tree / "cache" / "engine" / stamp.key, "engine.wasm", b"wasm", stamp)
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(build_support.BuildError, match=r"No space left on device: '.*engine\.wasm'\. The build writes"):
        build_engine.build_engine()
    assert list((tree / "output").iterdir()) == []


def test_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNAPJS_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(build_support.BuildError, match=r"no home folder.* Set SNAPJS_CACHE_DIR"):
        build_support.cache_folder()


@pytest.mark.skipif(sys.platform != "linux", reason="the variables of Linux")
@pytest.mark.parametrize(
    "variables",
    [
        {"SNAPJS_CACHE_DIR": "/cache"},
        {"SNAPJS_CACHE_DIR": "relative"},
        {"SNAPJS_CACHE_DIR": ""},
        {"SNAPJS_CACHE_DIR": "", "XDG_CACHE_HOME": "/caches"},
        {"SNAPJS_CACHE_DIR": "", "XDG_CACHE_HOME": "relative"},
    ],
    ids=str,
)
def test_cache_is_where_snapjs_has_its_own(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(build_support.cache_folder()) == _cache.cache_folder()


def test_what_killed_builds_left_is_removed_after_a_day(tree: Path) -> None:
    with build_support.work_folder() as running, build_support.work_folder() as left:
        (left / "file").write_text("x")
        os.utime(left, (0, 0))
        with build_support.work_folder():
            assert running.exists()
            assert not left.exists()
        left.mkdir()


# ---- what native extensions need


def test_a_table_gets_more_elements() -> None:
    module = "(module (memory 1) (table {0} {0} funcref) (func) (elem (i32.const 1) 0))"
    wasm, larger = (bytes(wasmtime.wat2wasm(module.format(size))) for size in (120, 120 + 4096))

    assert engine_compiler.with_larger_table(wasm, 4096) == larger


def test_a_module_without_a_table_is_refused() -> None:
    with pytest.raises(build_support.BuildError, match="a module without a table"):
        engine_compiler.with_larger_table(bytes(wasmtime.wat2wasm("(module (func))")), 1)


@pytest.fixture
def header(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lock names a header, which the sources have."""
    build_engine.LOCK.write_text(build_engine.LOCK.read_text().replace("headers = []", 'headers = ["src/api.h"]'))

    def stage(lock: object, folder: Path) -> None:
        (folder / "src").mkdir()
        (folder / "src" / "api.h").write_text("int api;\n")

    monkeypatch.setattr(build_engine, "stage", stage)
    return tree / "output" / "api.h"


def test_a_header_is_taken_from_the_sources(header: Path) -> None:
    build_engine.put_headers(build_engine.read_lock(), current_key())

    assert header.read_text() == "int api;\n"


def test_a_header_is_taken_from_the_cache(header: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_engine.put_headers(build_engine.read_lock(), current_key())
    header.unlink()
    monkeypatch.setattr(build_engine, "stage", None)
    build_engine.put_headers(build_engine.read_lock(), current_key())

    assert header.read_text() == "int api;\n"


def test_a_header_that_is_not_there_is_a_reason_to_fetch_sources(header: Path) -> None:
    build_engine.LOCK.write_text(build_engine.LOCK.read_text() + '\n[compiler]\npackage = "zig"\nversion = "1"\n')
    stamp = build_support.Stamp(current_key(), hashlib.sha256(b"wasm").hexdigest(), 4, {})
    build_support.write_built(build_engine.OUTPUT, "engine.wasm", b"wasm", stamp)

    assert build_engine.build_requirements(compiles=True) == ["zig==1"]
    build_engine.put_headers(build_engine.read_lock(), current_key())
    assert build_engine.build_requirements(compiles=True) == []
