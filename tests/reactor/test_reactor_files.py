"""Files in memory: std.FILE, and the calls of qjs:os."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import Reactor

Make = Callable[..., Reactor]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("std.writeFile('/a', 'é'); std.loadFile('/a')", "é"),
        ("std.writeFile('/a', new Uint8Array([1, 2])); std.loadFile('/a', { binary: true })", b"\1\2"),
        ("std.loadFile('/none')", None),
        ("const e = {}; [std.open('/none', 'r', e), e.errno]", [None, 2]),
        ("const e = {}; std.open('/a', 'w', e) && e.errno", 0),
        ("const f = std.tmpfile(); f.puts('ab\\ncd'); f.seek(0, std.SEEK_SET); [f.getline(), f.getline(), f.getline()]",
         ["ab", "cd", None]),
        ("const f = std.tmpfile(); f.puts('abc'); f.seek(1, 0); [f.getByte(), f.tell(), f.eof(), f.readAsString(), "
         "f.eof()]", [98, 2, False, "c", True]),
        ("const f = std.tmpfile(); f.puts('abc'); f.seek(-1, std.SEEK_END); f.puts('XYZ'); f.seek(0, 0); "
         "f.readAsString()", "abXYZ"),
        ("const f = std.tmpfile(); f.seek(3, 0); f.putByte(1); f.seek(0, 0); f.readAsArrayBuffer()", b"\0\0\0\1"),
        ("std.writeFile('/a', 'x'); const f = std.open('/a', 'a+'); f.puts('y'); f.seek(0, 0); f.readAsString()", "xy"),
        ("const f = std.open('/a', 'w'); [f.fileno(), f.getByte(), f.error(), f.close()]", [3, -1, True, 0]),
        ("const f = std.tmpfile(); f.tello() === 0n", True),
        ("os.open('/none', os.O_RDONLY)", -2),
        ("os.close(77)", -9),
        ("os.read(77, new ArrayBuffer(1), 0, 1)", -9),
        ("os.write(0, new ArrayBuffer(1), 0, 1)", -9),
        ("const fd = os.open('/a', os.O_RDWR | os.O_CREAT | os.O_EXCL); os.open('/a', os.O_CREAT | os.O_EXCL)", -17),
        ("const fd = os.open('/a', os.O_RDWR | os.O_CREAT), b = new Uint8Array([7, 8, 9]).buffer;"
         "[os.write(fd, b, 1, 2), os.seek(fd, 0, std.SEEK_SET), os.read(fd, b, 0, 3), [...new Uint8Array(b)]]",
         [2, 0, 2, [8, 9, 9]]),
        ("const fd = os.open('/a', os.O_RDWR | os.O_CREAT); typeof os.seek(fd, 5n, 0)", "bigint"),
        ("os.seek(0, 0, 0)", -29),
        ("os.mkdir('/d'); [os.mkdir('/d'), os.mkdir('/x/y'), os.readdir('/d')]", [-17, -2, [[".", ".."], 0]]),
        ("os.readdir('/none')", [[], 2]),
        ("std.writeFile('/a', 'abc'); const [s] = os.stat('/a'); [s.size, s.mode === (os.S_IFREG | 0o644)]", [3, True]),
        ("os.stat('/none')", [None, 2]),
        ("os.mkdir('/d'); std.writeFile('/d/a', ''); [os.remove('/d'), os.remove('/d/a'), os.remove('/d')]",
         [-39, 0, 0]),
        ("std.writeFile('/a', '1'); std.writeFile('/b', '2'); [os.rename('/a', '/b'), std.loadFile('/b')]", [0, "1"]),
        ("os.mkdir('/d'); os.rename('/d', '/d/e')", -22),
        ("std.writeFile('/a', '1'); os.symlink('a', '/l'); [std.loadFile('/l'), os.readlink('/l'), os.realpath('/l')]",
         ["1", ["a", 0], ["/a", 0]]),
        ("os.symlink('b', '/a'); os.symlink('a', '/b'); os.open('/a', 0)", -40),
        ("os.symlink('none', '/l'); [os.stat('/l')[1], os.lstat('/l')[0].size]", [2, 4]),
        ("os.mkdir('/d'); [os.chdir('/d'), std.writeFile('a', 'x'), os.getcwd(), std.loadFile('/d/a')]",
         [0, None, ["/d", 0], "x"]),
        ("os.chdir('/none')", -2),
        ("std.writeFile('/a', ''); os.utimes('/a', 1000, 2000); const [s] = os.stat('/a'); [s.atime, s.mtime]",
         [1000, 2000]),
        ("std.writeFile('/../../a', 'x'); std.loadFile('/a')", "x"),
        ("std.writeFile('/a', 'x'); os.open('/a/b', 0)", -20),
        ("os.open('/', os.O_RDWR)", -21),
        ("os.remove('/')", -16),
    ],
)  # fmt: skip
def test_files(reactor: Reactor, code: str, expected: Any) -> None:
    from snapjs import undefined

    result = reactor.eval(f"{{ {code} }}")

    assert _plain(result, undefined) == expected


def _plain(value: Any, undefined: Any) -> Any:
    if value is undefined:
        return None
    return [_plain(item, undefined) for item in value] if isinstance(value, list) else value


def test_a_buffer_is_not_left(reactor: Reactor) -> None:
    from snapjs import JSError

    with pytest.raises(JSError, match="RangeError: read/write array buffer overflow"):
        reactor.eval("os.read(0, new ArrayBuffer(4), 2, 3)")


def test_a_closed_file_says_so(reactor: Reactor) -> None:
    from snapjs import JSError

    with pytest.raises(JSError, match="the file is closed"):
        reactor.eval("var f = std.tmpfile(); f.close(); f.puts('x')")


def test_mappings_are_folders(make_reactor: Make) -> None:
    reactor = make_reactor(preopens={"/data/in": {"a.txt": b"A", "deep/b.txt": b"B"}})

    assert reactor.eval("[os.readdir('/data')[0], os.readdir('/data/in')[0], std.loadFile('/data/in/deep/b.txt')]") == [
        [".", "..", "in"],
        [".", "..", "a.txt", "deep"],
        "B",
    ]


def test_descriptors_come_to_an_end(reactor: Reactor) -> None:
    assert reactor.eval("let fd; while ((fd = os.dup(1)) >= 0); fd") == -24


def test_files_count_in_the_memory_limit() -> None:
    with Reactor(["qjs", "--std", "--memory-limit", "4m", "-e", "std.writeFile('/a', 'x'.repeat(1e7))"]) as reactor:
        reactor._options["stderr"] = lambda text: None
        assert reactor.init_argv() == -1
