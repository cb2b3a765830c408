"""Folders of the host: real ones, which no path leaves, quotas, and file systems of the user's own."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from snapjs import FileStatus, FileSystem, Folder, JSError, Reactor, SnapshotError

Make = Callable[..., Reactor]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, beside which there is a secret."""
    (tmp_path / "secret").write_text("secret")
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (inside / "a.txt").write_text("A")
    (inside / "deep" / "b.txt").write_text("B")
    return inside


@pytest.fixture
def writable(make_reactor: Make, folder: Path) -> Reactor:
    """A reactor with that folder as /data, which it may change."""
    return make_reactor(preopens={"/data": Folder(folder, writable=True)})


@pytest.mark.parametrize("kind", [str, Path, Folder])
def test_a_folder_is_read(make_reactor: Make, folder: Path, kind: Callable[[Path], Any]) -> None:
    reactor = make_reactor(preopens={"/data": kind(folder)})

    assert reactor.eval("[std.loadFile('/data/deep/b.txt'), os.readdir('/data')[0], os.readdir('/')[0]]") == [
        "B",
        [".", "..", "a.txt", "deep"],
        [".", "..", "data"],
    ]


@pytest.mark.parametrize(
    "call",
    ["os.open('/data/new', os.O_WRONLY | os.O_CREAT)", "os.open('/data/a.txt', os.O_WRONLY)", "os.remove('/data/a.txt')",
     "os.open('/data/a.txt', os.O_RDWR | os.O_TRUNC)", "os.mkdir('/data/d')", "os.rename('/data/a.txt', '/data/c')",
     "os.symlink('a.txt', '/data/l')", "os.utimes('/data/a.txt', 0, 0)"],
)  # fmt: skip
def test_a_folder_is_read_only_by_itself(make_reactor: Make, folder: Path, call: str) -> None:
    reactor = make_reactor(preopens={"/data": folder})

    assert reactor.eval(call) == -errno.EROFS
    assert (folder / "a.txt").read_text() == "A"


def test_a_writable_folder_is_written(writable: Reactor, folder: Path) -> None:
    writable.eval("""
        var f = std.open('/data/new.txt', 'w+'); f.puts('one'); f.puts('two'); f.seek(0, 0)
        var read = f.readAsString(); f.close()
        os.mkdir('/data/made'); os.rename('/data/new.txt', '/data/made/new.txt'); os.remove('/data/a.txt')
        std.writeFile('/data/deep/b.txt', 'x')
    """)

    assert writable.eval("read") == "onetwo"
    assert (folder / "made" / "new.txt").read_text() == "onetwo"
    assert (folder / "deep" / "b.txt").read_text() == "x"
    assert not (folder / "a.txt").exists()


def test_appending(writable: Reactor, folder: Path) -> None:
    writable.eval("var f = std.open('/data/a.txt', 'a'); f.puts('B'); f.puts('C')")

    assert (folder / "a.txt").read_text() == "ABC"


@pytest.mark.parametrize("path", ["/data/../secret", "/data/deep/../../secret", "/../secret", "/data//../secret"])
def test_dots_do_not_lead_out(writable: Reactor, path: str) -> None:
    assert writable.eval(f"os.open({path!r}, os.O_RDONLY)") == -errno.ENOENT


@pytest.mark.parametrize("target", ["../secret", "deep/../../secret", "{outside}/secret", ".."])
@pytest.mark.parametrize("path", ["/data/link", "/data/link/secret"])
def test_links_do_not_lead_out(writable: Reactor, folder: Path, target: str, path: str) -> None:
    (folder / "link").symlink_to(target.format(outside=folder.parent))

    assert writable.eval(f"os.open({path!r}, os.O_RDONLY)") < 0
    assert writable.eval(f"std.loadFile({path!r})") is None
    assert writable.eval(f"os.open({path!r}, os.O_RDWR | os.O_CREAT)") < 0
    assert (folder.parent / "secret").read_text() == "secret"


def test_links_inside_are_followed(writable: Reactor, folder: Path) -> None:
    (folder / "deep" / "up").symlink_to("../a.txt")

    assert writable.eval("[std.loadFile('/data/deep/up'), os.realpath('/data/deep/up')]") == ["A", ["/data/a.txt", 0]]


@pytest.mark.parametrize("target", ["/etc/passwd", "../../secret", "x/../../.."])
def test_links_that_lead_out_are_not_made(writable: Reactor, folder: Path, target: str) -> None:
    assert writable.eval(f"os.symlink({target!r}, '/data/l')") == -errno.EPERM


def test_a_program_makes_links(writable: Reactor) -> None:
    assert writable.eval("[os.symlink('../a.txt', '/data/deep/l'), os.readlink('/data/deep/l')]") == [
        0,
        ["../a.txt", 0],
    ]


def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(
    writable: Reactor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.stat

    def look_and_change(path: Any, **options: Any) -> os.stat_result:
        found = look(path, **options)
        if path == "deep":
            (folder / "deep").rename(folder / "was")
            (folder / "deep").symlink_to(folder.parent)
        return found

    monkeypatch.setattr(os, "stat", look_and_change)

    assert writable.eval("os.open('/data/deep/secret', os.O_RDONLY)") == -errno.ENOTDIR


def test_a_pipe_does_not_block(writable: Reactor, folder: Path) -> None:
    os.mkfifo(folder / "pipe")

    assert writable.eval("os.open('/data/pipe', os.O_RDONLY)") == -errno.EACCES


def test_status(writable: Reactor) -> None:
    assert writable.eval("var [s] = os.stat('/data/a.txt'); [s.size, (s.mode & os.S_IFMT) === os.S_IFREG]") == [
        1,
        True,
    ]


def test_a_program_and_its_modules_may_be_there(make_reactor: Make, folder: Path, out: list[str]) -> None:
    (folder / "main.mjs").write_text("import { b } from './deep/b.mjs'; print(b)")
    (folder / "deep" / "b.mjs").write_text("export const b = 'from b'")
    with Reactor(preopens={"/": folder}, stdout=out.append) as reactor:
        assert reactor.init_argv(["qjs", "main.mjs"]) == 0

    assert out == ["from b\n"]


def test_a_quota_counts_what_is_there(make_reactor: Make, folder: Path) -> None:
    reactor = make_reactor(preopens={"/data": Folder(folder, writable=True, quota=10)})

    assert reactor.eval("""
        var fd = os.open('/data/big', os.O_RDWR | os.O_CREAT), buffer = new ArrayBuffer(20);
        [os.write(fd, buffer, 0, 20), os.write(fd, buffer, 0, 1), os.seek(fd, 0, 0), os.write(fd, buffer, 0, 8)]
    """) == [8, -errno.ENOSPC, 0, 8]
    assert (folder / "big").stat().st_size == 8


def test_a_quota_has_room_again_after_a_removal(make_reactor: Make, folder: Path) -> None:
    reactor = make_reactor(preopens={"/data": Folder(folder, writable=True, quota=4)})

    assert reactor.eval("std.writeFile('/data/x', 'ab'); os.remove('/data/x'); std.writeFile('/data/y', 'cd'), 1") == 1


def test_writing_beyond_a_quota_throws(make_reactor: Make, folder: Path) -> None:
    reactor = make_reactor(preopens={"/data": Folder(folder, writable=True, quota=4)})

    with pytest.raises(JSError, match="could not write '/data/x': No space left on device"):
        reactor.eval("std.writeFile('/data/x', 'abcdefgh')")


class Upper(FileSystem):
    """Has one file, and keeps what is written to it in capitals."""

    def __init__(self) -> None:
        self.data = b""

    def status(self, path: str, follows: bool) -> FileStatus:
        if path not in ("", "file"):
            raise FileNotFoundError(errno.ENOENT, path)
        return FileStatus("file", len(self.data)) if path else FileStatus("folder")

    def list(self, path: str) -> Sequence[str]:
        return ["file"]

    def read(self, path: str, position: int, size: int) -> bytes:
        return self.data[position : position + size]

    def check_writable(self, path: str) -> None: ...

    def create(self, path: str, exclusive: bool, mode: int) -> None: ...

    def truncate(self, path: str) -> None:
        self.data = b""

    def write(self, path: str, position: int, data: bytes) -> int:
        self.data = self.data[:position] + data.upper()
        return len(data)


def test_a_file_system_of_ones_own(make_reactor: Make) -> None:
    reactor = make_reactor(preopens={"/up": Upper()})

    assert reactor.eval("std.writeFile('/up/file', 'abc'); [std.loadFile('/up/file'), os.stat('/up/x')[1]]") == [
        "ABC",
        2,
    ]
    assert reactor.eval("[os.mkdir('/up/d'), os.remove('/up/file'), os.rename('/up/file', '/x')]") == [-30, -30, -18]


def test_an_exception_of_a_file_system_is_one_of_the_program(make_reactor: Make) -> None:
    class Broken(FileSystem):
        def status(self, path: str, follows: bool) -> FileStatus:
            return FileStatus("folder")

        def list(self, path: str) -> Sequence[str]:
            raise KeyError("broken")

    reactor = make_reactor(preopens={"/b": Broken()})

    assert reactor.eval("try { os.readdir('/b') } catch (error) { error.name }") == "KeyError"


def test_a_restored_program_has_its_folder_again(writable: Reactor, moved: Make, folder: Path) -> None:
    writable.eval("var f = std.open('/data/a.txt', 'r+'); f.getByte(); f.puts('B')")
    restored = moved(writable, preopens={"/data": Folder(folder, writable=True)})
    restored.eval("f.puts('C')")

    assert (folder / "a.txt").read_text() == "ABC"


@pytest.mark.parametrize(
    ("preopens", "says"), [({}, "at /data"), ({"/data": {}}, "at /data"), ({"/data": ".", "/more": "."}, "at /more")]
)
def test_a_snapshot_is_refused_without_its_folders(writable: Reactor, moved: Make, preopens: Any, says: str) -> None:
    with pytest.raises(SnapshotError, match=says):
        moved(writable, preopens=preopens)


@pytest.mark.parametrize("path", ["data", "/data/", "/a/../b", "//"])
def test_a_path_that_is_not_absolute_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no absolute path"):
        Reactor(preopens={path: {}})


def test_what_is_no_folder_is_refused() -> None:
    with pytest.raises(TypeError, match="preopens has mappings"):
        Reactor(preopens={"/a": 1})


def test_folders_are_not_entered_deeper_than_128(writable: Reactor) -> None:
    assert writable.eval("""
        let path = "/data", depth = 0, error
        while ((error = os.mkdir(path += "/x")) === 0) depth++;
        [depth, error, os.open(path + "/a.txt", os.O_RDWR | os.O_CREAT)]
    """) == [129, -errno.ENAMETOOLONG, -errno.ENAMETOOLONG]


def test_a_quota_that_cannot_be_counted_is_used_up(make_reactor: Make, folder: Path) -> None:
    (folder / "/".join(["x"] * 200)).mkdir(parents=True)
    reactor = make_reactor(preopens={"/data": Folder(folder, writable=True, quota=1000)})

    assert reactor.eval("os.write(os.open('/data/new', os.O_WRONLY | os.O_CREAT), new ArrayBuffer(1), 0, 1)") == -errno.ENAMETOOLONG  # fmt: skip


def test_a_full_disk_takes_what_fits(make_reactor: Make, folder: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    reactor = make_reactor(preopens={"/data": Folder(folder, writable=True, quota=10_000)})
    reactor.eval("var fd = os.open('/data/new', os.O_WRONLY | os.O_CREAT), buffer = new ArrayBuffer(3000)")

    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
    try:
        written = reactor.eval("[os.write(fd, buffer, 0, 3000), os.write(fd, buffer, 0, 3000), os.write(fd, buffer, 0, 3000)]")  # fmt: skip
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert (written, (folder / "new").stat().st_size) == ([3000, 2000, -errno.EFBIG], 5000)


def test_a_quota_is_of_a_writable_folder(folder: Path) -> None:
    with pytest.raises(ValueError, match="not writable"):
        Folder(folder, quota=1)


def test_destroying_lets_go_of_the_folder(make_reactor: Make, folder: Path) -> None:
    reactor = make_reactor(preopens={"/data": folder})
    descriptor = reactor._mounts._systems["/data"]._root  # type: ignore[attr-defined]
    reactor.destroy()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
