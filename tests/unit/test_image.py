"""Images of memory, mapped copy-on-write over instances."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import threading
from pathlib import Path

import pytest
from small_guest import make

from snapjs._guest import image as image_module
from snapjs._guest.image import Image

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

WASM_MEMORY = 131072


def image_of(content: bytes) -> Image:
    return Image(len(content), [(0, content)])


@pytest.fixture(params=["mapped", "copied"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test runs with the mapping and with the fallback."""
    if request.param == "copied":
        monkeypatch.setattr(image_module, "_map", lambda base, length, descriptor: False)
    return str(request.param)


def test_image_holds_what_memory_held() -> None:
    raw, _ = make()
    image = Image.from_memory(raw.base, raw.store.size())
    raw.function("poke", 2, False)(100, 0)
    assert image.length == WASM_MEMORY
    assert ctypes.string_at(image.address + 100, 5) == b"guest"


def test_instance_sees_the_image() -> None:
    image = image_of(b"\x01\x02\x03\x04" * (WASM_MEMORY // 4))
    raw, _ = make()
    image.map_onto(raw.base)
    peek = raw.function("peek", 1, True)
    assert peek(0) == 0x04030201
    assert peek(WASM_MEMORY - 4) == 0x04030201


def test_writes_stay_in_the_instance() -> None:
    image = Image(WASM_MEMORY, [])
    first, _ = make()
    second, _ = make()
    image.map_onto(first.base)
    image.map_onto(second.base)
    first.function("poke", 2, False)(8, 5)
    assert second.function("peek", 1, True)(8) == 0
    assert ctypes.string_at(image.address + 8, 1) == b"\0"


def test_an_image_need_not_end_with_a_page() -> None:
    raw, _ = make()
    image_of(b"abc").map_onto(raw.base)
    assert ctypes.string_at(raw.base, 5) == b"abc\0\0"


def test_empty_image_changes_nothing() -> None:
    raw, _ = make()
    image_of(b"").map_onto(raw.base)
    assert ctypes.string_at(raw.base + 100, 5) == b"guest"


def test_memory_grows_behind_the_image() -> None:
    image = image_of(b"\x07" * WASM_MEMORY)
    raw, _ = make()
    image.map_onto(raw.base)
    raw.store.grow_to(raw.store.size() + 2 * 65536)
    peek, poke = raw.function("peek", 1, True), raw.function("poke", 2, False)
    assert (peek(WASM_MEMORY - 4), peek(WASM_MEMORY)) == (0x07070707, 0)
    poke(WASM_MEMORY, 9)
    assert peek(WASM_MEMORY) == 9


def test_instance_outlives_the_image() -> None:
    image = image_of(b"\x07" * WASM_MEMORY)
    raw, _ = make()
    image.map_onto(raw.base)
    del image
    assert raw.function("peek", 1, True)(0) == 0x07070707


@linux_only
def test_image_is_sealed() -> None:
    image = Image(WASM_MEMORY, [])
    assert image.descriptor is not None
    with pytest.raises(PermissionError):
        os.pwrite(image.descriptor, b"x", 0)
    with pytest.raises(PermissionError):
        os.truncate(image.descriptor, 0)


@linux_only
def test_image_frees_its_descriptors() -> None:
    before = len(os.listdir("/proc/self/fd"))
    image = Image(WASM_MEMORY, [])
    assert len(os.listdir("/proc/self/fd")) > before
    del image
    assert len(os.listdir("/proc/self/fd")) == before


def test_file_that_is_not_a_memfd_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on POSIX systems other than Linux."""
    if sys.platform == "win32":
        pytest.skip("has no such files")
    monkeypatch.setattr(sys, "platform", "freebsd")
    image = image_of(b"\x07" * WASM_MEMORY)
    raw, _ = make()
    image.map_onto(raw.base)
    assert raw.function("peek", 1, True)(WASM_MEMORY - 4) == 0x07070707


def resident_and_mappings() -> tuple[int, int]:
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
    return resident, len(Path("/proc/self/maps").read_text().splitlines())


@linux_only
def test_many_instances_on_many_threads_leave_nothing_behind() -> None:
    image = image_of(b"\x07" * (16 * 65536))
    wrong: list[int] = []

    def work(count: int) -> None:
        for _ in range(count):
            raw, _answers = make()
            raw.store.grow_to(raw.store.size() + 14 * 65536)
            image.map_onto(raw.base)
            raw.store.grow_to(raw.store.size() + 4 * 65536)
            raw.function("poke", 2, False)(0, 5)
            raw.function("poke", 2, False)(17 * 65536, 6)
            peek = raw.function("peek", 1, True)
            wrong.extend(value for value in (peek(0), peek(65536), peek(17 * 65536)) if value not in (5, 0x07070707, 6))
            raw.close()

    def round_of(count: int) -> None:
        threads = [threading.Thread(target=work, args=(count,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    round_of(20)
    resident, mappings = resident_and_mappings()
    round_of(30)
    resident_after, mappings_after = resident_and_mappings()
    assert wrong == []
    assert mappings_after <= mappings + 8
    assert resident_after < resident + (8 << 20)


@linux_only
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_child_has_its_own_copy() -> None:
    image = Image(WASM_MEMORY, [])
    raw, _ = make()
    image.map_onto(raw.base)
    poke, peek = raw.function("poke", 2, False), raw.function("peek", 1, True)
    child = os.fork()
    if child == 0:
        poke(8, 5)
        other, _answers = make()
        image.map_onto(other.base)
        os._exit(0 if (peek(8), other.function("peek", 1, True)(8)) == (5, 0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert peek(8) == 0
