"""JavaScript that snapjs itself uses: loaded once a machine, and then restored from the cache."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import fresh_process
import pytest

from snapjs import JSError, SnapjsError
from snapjs._tools import tools
from snapjs._tools.tools import Tool

MAP = '{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}'


def make_tool() -> Tool:
    return Tool(tools._RECIPES["source-maps"])


def works(tool: Tool) -> bool:
    tool.call("load", "key", MAP, "dist/a.js")
    return bool(tool.call("locate", "key", [[1, 5]]) == [["dist/a.ts", 1, 0]])


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where snapshots of tools are kept; it is not there yet."""
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    return tmp_path / "tools"


def refuse_to_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Tool) -> None:
        raise AssertionError("it was loaded again")

    monkeypatch.setattr(Tool, "_make", refuse)


def test_it_is_loaded_once_a_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert works(make_tool())
    refuse_to_load(monkeypatch)

    assert works(make_tool())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_only_this_user_reads_what_is_kept(folder: Path) -> None:
    make_tool().call("locate", "key", [])

    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("content", [b"", b"not a snapshot"])
def test_a_damaged_file_is_made_again(folder: Path, content: bytes) -> None:
    make_tool().call("locate", "key", [])
    (file,) = folder.iterdir()
    file.write_bytes(content)

    assert works(make_tool())
    assert file.read_bytes() != content


def test_a_file_with_a_flipped_bit_is_made_again(folder: Path) -> None:
    make_tool().call("locate", "key", [])
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    assert works(make_tool())
    assert file.read_bytes() != bytes(content)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_a_file_that_others_could_have_written_is_not_used(folder: Path) -> None:
    make_tool().call("locate", "key", [])
    (file,) = folder.iterdir()
    os.chmod(file, 0o622)

    assert works(make_tool())
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_only_costs_time(folder: Path) -> None:
    folder.write_text("a file where the folder should be")

    assert works(make_tool())


def test_an_error_of_it_is_a_typed_one(folder: Path) -> None:
    tool = make_tool()
    with pytest.raises(JSError, match=r"^SyntaxError"):
        tool.call("load", "key", "not JSON", "a.js")

    assert works(tool)


def test_a_vm_that_died_is_restored(folder: Path) -> None:
    tool = make_tool()
    tool.call("locate", "key", [])
    bridge = tool._local.running.vm._bridge
    bridge._death = "a test"
    with pytest.raises(SnapjsError, match="a test"):
        tool.call("locate", "key", [])

    assert works(tool)


def test_a_vm_that_has_grown_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_GARBAGE", -1)
    tool = make_tool()
    tool.call("load", "key", MAP, "a.js")

    assert tool.call("locate", "key", [[1, 0]]) is None


def test_each_thread_has_its_own(folder: Path) -> None:
    tool = make_tool()
    tool.call("load", "key", MAP, "a.js")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(tool.call("locate", "key", [[1, 0]])))
    thread.start()
    thread.join()

    assert answers == [None]


def test_what_was_not_used_for_longest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    old = folder / "of another engine.snap"
    old.write_bytes(bytes(1_000_000))
    os.utime(old, (1, 1))
    monkeypatch.setattr(tools, "_ON_DISK", 1_000_000)
    make_tool().call("locate", "key", [])

    assert not old.exists()
    assert len(list(folder.iterdir())) == 1


IN_A_FORK = """
import os, sys
from snapjs._tools import tools
tool = tools.tool("source-maps")
tool.call("load", "key", sys.argv[1], "a.js")
child = os.fork()
if not child:
    first = tool.call("locate", "key", [[1, 0]])
    tool.call("load", "key", sys.argv[1], "a.js")
    os._exit(0 if (first, tool.call("locate", "key", [[1, 0]])) == (None, [["a.ts", 1, 0]]) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), tool.call("locate", "key", [[1, 0]]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_begins_with_its_own() -> None:
    assert fresh_process.run(IN_A_FORK, MAP) == "0 [['a.ts', 1, 0]]"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_takes_long(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    make_tool().call("locate", "key", [])

    assert terminal.getvalue() == "\rPreparing the reader of source maps, once on this machine …\r\x1b[K"


def test_nothing_else_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    make_tool().call("locate", "key", [])

    assert file.getvalue() == ""
