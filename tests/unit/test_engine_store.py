"""Where the engine of a snapshot is looked for, and what lies there under its name."""

from __future__ import annotations

import gc
import hashlib
import itertools
import os
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hostile_engine import Hostile, hostile, snapshot_of
from small_guest import compile_module

from snapjs import VM, EngineMismatch, EngineStore, SnapjsError, Snapshot, SnapshotFormatError
from snapjs._cache import KeptFiles
from snapjs._guest.engine import LARGEST_ENGINE, packaged

OTHER = "ab" * 32

_different = itertools.count()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def engine() -> Hostile:
    """Another engine than the package's, which does no harm. No two tests have the same: one that is in use is not
    looked for."""
    return hostile(extra=f"(global i32 (i32.const {next(_different)}))")


@pytest.fixture
def stored(engine: Hostile) -> bytes:
    """A snapshot that needs it, and does not bring it."""
    return snapshot_of(engine.wasm, engine.memory, packed=b"")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "engines"


def embedding(engine: Hostile, packed: bytes) -> bytes:
    return snapshot_of(engine.wasm, engine.memory, packed=packed)


def compressed(data: bytes, **options: Any) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(data)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# ---- where it is found


def test_without_a_store_it_says_which_engine_and_what_to_do(stored: bytes, engine: Hostile) -> None:
    with pytest.raises(EngineMismatch, match=engine.sha256) as caught:
        Snapshot.from_bytes(stored)
    assert caught.value.engine == engine.sha256
    for words in (packaged().sha256, "install the version of snapjs that took it", "engines=", "embed_engine=True"):
        assert words in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such bits")
def test_an_engine_may_be_read_by_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        sha256 = EngineStore(tmp_path).add()
    finally:
        os.umask(before)
    assert (tmp_path / f"{sha256}.wasm").stat().st_mode & 0o777 == 0o644


def test_in_a_store_by_its_name(stored: bytes, engine: Hostile, folder: Path) -> None:
    assert EngineStore(folder).add(engine.wasm) == engine.sha256
    for engines in (folder, str(folder), EngineStore(folder), EngineStore(str(folder))):
        assert Snapshot.from_bytes(stored, engines=engines).engine == engine.sha256


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_in_a_mapping(kind: Callable[[bytes], Any], stored: bytes, engine: Hostile) -> None:
    assert Snapshot.from_bytes(stored, engines={engine.sha256: kind(engine.wasm)}).engine == engine.sha256


def test_in_the_snapshot(engine: Hostile) -> None:
    assert Snapshot.from_bytes(embedding(engine, compressed(engine.wasm))).engine == engine.sha256


def test_in_use_already(stored: bytes, engine: Hostile) -> None:
    first = engine.load()
    assert Snapshot.from_bytes(stored) == first


def test_in_use_no_more(stored: bytes, engine: Hostile) -> None:
    VM.restore(engine.load()).close()
    gc.collect()
    with pytest.raises(EngineMismatch, match=engine.sha256):
        Snapshot.from_bytes(stored)


def test_foreign_engine_is_freed_with_what_uses_it(engine: Hostile) -> None:
    snapshot = engine.load()
    reference = weakref.ref(snapshot._state.engine)
    with VM.restore(snapshot) as vm:
        again = vm.snapshot()
    del snapshot, vm
    gc.collect()
    assert reference() is again._state.engine
    del again
    gc.collect()
    assert reference() is None


def test_threads_that_load_it_at_once_share_it(engine: Hostile) -> None:
    data = embedding(engine, compressed(engine.wasm))
    start, loaded = threading.Barrier(4), []

    def load() -> None:
        start.wait()
        loaded.append(Snapshot.from_bytes(data))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(loaded) == 4
    assert len({id(snapshot._state.engine) for snapshot in loaded}) == 1


def test_thread_whose_stack_is_too_small(engine: Hostile) -> None:
    raised: list[BaseException] = []

    def load() -> None:
        try:
            engine.load()
        except BaseException as error:
            raised.append(error)

    before = threading.stack_size(1 << 20)
    try:
        thread = threading.Thread(target=load)
        thread.start()
        thread.join(20)
    finally:
        threading.stack_size(before)
    assert [isinstance(error, SnapjsError) for error in raised] == [True]


# ---- what lies under its name


@pytest.mark.parametrize("found", [b"", b"\0asm\1\0\0\0", bytes(1000)])
def test_something_else_in_a_mapping(found: bytes, stored: bytes, engine: Hostile) -> None:
    with pytest.raises(EngineMismatch, match="damaged or exchanged") as caught:
        Snapshot.from_bytes(stored, engines={engine.sha256: found})
    assert caught.value.engine == engine.sha256
    assert hashlib.sha256(found).hexdigest() in str(caught.value)


@pytest.mark.parametrize(
    "found", ["text", 5, [1, 2], bytes(LARGEST_ENGINE + 1)], ids=["str", "int", "list", "too large"]
)
def test_what_is_no_engine_in_a_mapping(found: Any, stored: bytes, engine: Hostile) -> None:
    with pytest.raises(EngineMismatch, match=f"what engines= has for {engine.sha256} is not an engine"):
        Snapshot.from_bytes(stored, engines={engine.sha256: found})


def test_mapping_that_gives_none_has_nothing(stored: bytes, engine: Hostile) -> None:
    with pytest.raises(EngineMismatch, match="the snapshot needs engine"):
        Snapshot.from_bytes(stored, engines={engine.sha256: None})  # type: ignore[dict-item]


def test_mapping_that_cannot_be_read(stored: bytes, engine: Hostile) -> None:
    class Broken(dict[str, bytes]):
        def get(self, key: str, default: Any = None) -> Any:
            raise ConnectionError("the database is gone")

    with pytest.raises(EngineMismatch, match=f"{engine.sha256} cannot be read from engines=: the database") as caught:
        Snapshot.from_bytes(stored, engines=Broken())
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_other_error_of_the_users_own_mapping_is_raised_as_it_is(stored: bytes) -> None:
    class Wrong(dict[str, bytes]):
        def get(self, key: str, default: Any = None) -> Any:
            raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug"):
        Snapshot.from_bytes(stored, engines=Wrong())


@pytest.mark.parametrize("engines", [5, True, b"bytes", [b"bytes"], {"a", "b"}])
def test_engines_of_another_type(engines: Any, stored: bytes) -> None:
    with pytest.raises(TypeError, match=f"engines= takes a folder or a mapping .* not {type(engines).__name__}"):
        Snapshot.from_bytes(stored, engines=engines)


@pytest.mark.parametrize("kind", ["plain", "checked"])
def test_machine_code_in_a_store_is_refused(
    kind: str, stored: bytes, engine: Hostile, folder: Path, cache: Path
) -> None:
    folder.mkdir()
    made = compile_module(engine.wasm, checked=kind == "checked", files=KeptFiles("compiled", 1 << 30))
    assert made.path is not None
    os.rename(made.path, folder / f"{engine.sha256}.wasm")
    with pytest.raises(EngineMismatch, match="damaged or exchanged"):
        Snapshot.from_bytes(stored, engines=folder)


def test_garbage_in_the_place_of_machine_code_is_not_used(
    stored: bytes, engine: Hostile, folder: Path, cache: Path
) -> None:
    EngineStore(folder).add(engine.wasm)
    for checked in (False, True):
        path = Path(str(compile_module(engine.wasm, checked=checked, files=KeptFiles("compiled", 1 << 30)).path))
        path.write_bytes(b"garbage")
        (folder / path.name).write_bytes(b"garbage")
    (folder / f"{engine.sha256}.cwasm").write_bytes(b"garbage")
    before = files(folder)
    VM.restore(Snapshot.from_bytes(stored, engines=folder)).close()
    assert files(folder) == before


def test_machine_code_lands_in_the_users_cache_only(engine: Hostile, cache: Path, tmp_path: Path) -> None:
    EngineStore(tmp_path / "engines").add(engine.wasm)
    (tmp_path / "saved").write_bytes(embedding(engine, compressed(engine.wasm)))
    VM.restore(Snapshot.load(tmp_path / "saved", engines=tmp_path / "engines")).close()
    assert [name.split("-")[0] for name in files(cache)] == ["compiled/checked"]
    assert files(tmp_path / "engines") == [f"{engine.sha256}.wasm"]


def test_folder_that_is_a_file(stored: bytes, folder: Path) -> None:
    folder.write_bytes(b"")
    with pytest.raises(EngineMismatch, match=str(folder)):
        Snapshot.from_bytes(stored, engines=folder)


def test_folder_under_the_name_of_the_engine(stored: bytes, engine: Hostile, folder: Path) -> None:
    (folder / f"{engine.sha256}.wasm").mkdir(parents=True)
    with pytest.raises(EngineMismatch, match=engine.sha256):
        Snapshot.from_bytes(stored, engines=folder)


def test_folder_that_is_not_there_has_nothing(stored: bytes, folder: Path) -> None:
    with pytest.raises(EngineMismatch, match="the snapshot needs engine"):
        Snapshot.from_bytes(stored, engines=folder)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="a file without an end")
def test_file_without_an_end_under_the_name_of_the_engine(stored: bytes, engine: Hostile, folder: Path) -> None:
    folder.mkdir()
    (folder / f"{engine.sha256}.wasm").symlink_to("/dev/zero")
    with pytest.raises(EngineMismatch, match="is not an engine"):
        Snapshot.from_bytes(stored, engines=folder)


# ---- what comes with the snapshot


@pytest.mark.parametrize(
    ("packed", "match"),
    [
        pytest.param(compressed(bytes(1 << 28)), "states a size an engine can have", id="a bomb"),
        pytest.param(compressed(bytes(LARGEST_ENGINE + 1)), "states a size an engine can have", id="one byte too many"),
        pytest.param(bytes(LARGEST_ENGINE + 1), "too large", id="too many stored bytes"),
        pytest.param(compressed(b""), "states a size an engine can have", id="empty"),
        pytest.param(compressed(b"abc", write_content_size=False), "states a size", id="of a size that is not stated"),
        pytest.param(b"\x28\xb5\x2f\xfd", "cannot be expanded", id="nothing but the magic number"),
        pytest.param(b"garbage", "cannot be expanded", id="no frame"),
        pytest.param(compressed(b"abc" * 99)[:-1], "cannot be expanded", id="truncated"),
        pytest.param(compressed(b"abc" * 99) + b"x", "cannot be expanded", id="bytes too many"),
        pytest.param(compressed(b"abc") + compressed(b"abc"), "cannot be expanded", id="two frames"),
        pytest.param(compressed(b"abc", write_checksum=True)[:-1] + b"x", "cannot be expanded", id="damaged"),
    ],
)
def test_embedded_engine_that_cannot_be_expanded(packed: bytes, match: str, engine: Hostile) -> None:
    with pytest.raises(SnapshotFormatError, match=f"the snapshot's engine .*{match}"):
        Snapshot.from_bytes(embedding(engine, packed))


@pytest.mark.parametrize("data", [b"\0", bytes(LARGEST_ENGINE)], ids=["one byte", "as large as possible"])
def test_embedded_engine_of_another_hash(data: bytes, engine: Hostile) -> None:
    with pytest.raises(EngineMismatch, match="damaged or exchanged"):
        Snapshot.from_bytes(embedding(engine, compressed(data)))


def test_engine_inside_that_is_right_under_a_wrong_name(engine: Hostile) -> None:
    data = snapshot_of(engine.wasm, engine.memory, sha256=OTHER)
    with pytest.raises(EngineMismatch, match=f"the engine that is named {OTHER} is {engine.sha256}"):
        Snapshot.from_bytes(data)


# ---- the store itself


def test_store_is_a_mapping(engine: Hostile, folder: Path) -> None:
    store = EngineStore(folder)
    assert (len(store), list(store), engine.sha256 in store) == (0, [], False)
    assert {store.add(engine.wasm), store.add()} == {engine.sha256, packaged().sha256}
    assert sorted(store) == sorted([engine.sha256, packaged().sha256])
    assert store[engine.sha256] == engine.wasm
    assert files(folder) == sorted(f"{name}.wasm" for name in store)


@pytest.mark.parametrize("name", ["", "x", "../" + "a" * 61, "A" * 64, "a" * 65, OTHER + "\n", None, 5])
def test_name_that_is_no_sha256_is_not_in_it(name: Any, folder: Path) -> None:
    folder.mkdir()
    with pytest.raises(KeyError):
        EngineStore(folder)[name]
    assert name not in EngineStore(folder)


def test_other_files_are_not_in_it(folder: Path) -> None:
    folder.mkdir()
    for name in ("notes.txt", f"{OTHER}.wasm.part", f"{OTHER}.cwasm", f"{OTHER.upper()}.wasm"):
        (folder / name).write_bytes(b"")
    assert list(EngineStore(folder)) == []


@pytest.mark.parametrize("wasm", [5, True, [1, 2]])
def test_what_is_no_bytes_is_not_added(wasm: Any, folder: Path) -> None:
    with pytest.raises(TypeError):
        EngineStore(folder).add(wasm)


@pytest.mark.parametrize("wasm", [b"", b"no module", bytes(LARGEST_ENGINE + 1)], ids=["empty", "text", "too large"])
def test_what_can_be_no_engine_is_not_added(wasm: bytes, folder: Path) -> None:
    with pytest.raises(ValueError):
        EngineStore(folder).add(wasm)


def test_engine_that_was_damaged_is_replaced_when_it_is_added_again(engine: Hostile, folder: Path) -> None:
    store = EngineStore(folder)
    store.add(engine.wasm)
    (folder / f"{engine.sha256}.wasm").write_bytes(engine.wasm[:100])
    store.add(engine.wasm)
    assert store[engine.sha256] == engine.wasm


def test_repr_names_the_folder() -> None:
    assert repr(EngineStore("engines")) == "EngineStore('engines')"
