"""Worlds that are kept: snapshots and sessions."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from snapjs import VM, BusyError, CapabilityError, ClosedError, Sandbox, Snapshot, SnapshotError, StillPending

MakeSandbox = Callable[..., Sandbox]


@pytest.fixture(params=["folder", "sessions.db"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A place for each kind of store, which is not there yet."""
    return tmp_path / "new" / request.param if request.param == "folder" else tmp_path / request.param


def counting(make_sandbox: MakeSandbox) -> Sandbox:
    sandbox = make_sandbox()
    sandbox.register("math.add", lambda a, b: a + b)
    return sandbox


def test_session_goes_on(make_sandbox: MakeSandbox, store: Path) -> None:
    for expected in (1, 2, 3):
        with counting(make_sandbox).session("anna", store) as session:
            assert session.eval("globalThis.n = host.math.add(globalThis.n ?? 0, 1)") == expected


def test_sessions_are_apart(make_sandbox: MakeSandbox, store: Path) -> None:
    sandbox = counting(make_sandbox)
    for key in ("anna", "../anna", "ANNA", "\ud800", ""):
        with sandbox.session(key, store) as session:
            assert session.eval("globalThis.x = (globalThis.x ?? 0) + 1") == 1
    assert sandbox.eval("typeof x") == "undefined"


def test_session_that_an_exception_ended_stays_as_it_was(make_sandbox: MakeSandbox, store: Path) -> None:
    sandbox = counting(make_sandbox)
    with sandbox.session("anna", store) as session:
        session.eval("globalThis.x = 1")
    with pytest.raises(ZeroDivisionError), sandbox.session("anna", store) as session:
        session.eval("x = 2")
        raise ZeroDivisionError
    with sandbox.session("anna", store) as session:
        assert session.eval("x") == 1


def test_session_with_a_call_that_waits(make_sandbox: MakeSandbox, store: Path) -> None:
    asked: list[str] = []

    async def ask(question: str) -> str:
        asked.append(question)
        return "yes"

    for code in ("host.ask('go on?').then(answer => { globalThis.answer = answer })", "0"):
        sandbox = make_sandbox()
        sandbox.register("ask", ask)
        with sandbox.session("anna", store) as session:
            if code == "0":
                asyncio.run(session.eval_async("await 0"))
                asyncio.run(session._shared().vm.run_until_idle_async())
                assert session.eval("answer") == "yes"
            else:
                with pytest.raises(StillPending):
                    session.eval(code)
    assert asked == ["go on?"]


@dataclass
class Row:
    data: bytes | None


class Dictionary:
    """A store such as users write."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes | None] = {}

    @contextmanager
    def session(self, key: str) -> Iterator[Row]:
        row = Row(self.rows.get(key))
        yield row
        self.rows[key] = row.data


def test_store_of_ones_own(make_sandbox: MakeSandbox) -> None:
    store = Dictionary()
    for expected in (1, 2):
        with counting(make_sandbox).session("anna", store) as session:
            assert session.eval("globalThis.n = host.math.add(globalThis.n ?? 0, 1)") == expected
    assert list(store.rows) == ["anna"]


def test_session_needs_its_capabilities(make_sandbox: MakeSandbox, store: Path) -> None:
    with counting(make_sandbox).session("anna", store):
        pass
    with (
        pytest.raises(CapabilityError, match=r"'math\.add', which is not registered") as caught,
        make_sandbox().session("anna", store),
    ):
        pass
    assert caught.value.capability == "math.add"


def test_session_may_have_more_capabilities(make_sandbox: MakeSandbox, store: Path) -> None:
    sandbox = counting(make_sandbox)
    with sandbox.session("anna", store) as session:
        session.eval("globalThis.add = host.math.add")
    sandbox.register("math.zero", lambda: 0)
    with sandbox.session("anna", store) as session:
        assert session.eval("[add(1, 2), host.math.add(1, 3), host.math.zero(), Object.isFrozen(host.math)]") == [
            3,
            4,
            0,
            True,
        ]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [("number", "Promise<number>", "object"), ("Promise<number>", "number", "number")],
)
def test_session_has_the_types_that_are_registered_now(
    make_sandbox: MakeSandbox, store: Path, before: str, now: str, expected: str
) -> None:
    for types, code in ((before, "0"), (now, "typeof host.one()")):
        sandbox = make_sandbox()
        sandbox.register("one", lambda: 1, types=f"() => {types}")
        with sandbox.session("anna", store) as session:
            found = session.eval(code)
    assert found == expected


def test_session_that_is_open_is_busy(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    sandbox = counting(make_sandbox)
    with sandbox.session("anna", tmp_path) as one:
        with pytest.raises(BusyError, match="Session 'anna' is open already"):
            sandbox.session("anna", tmp_path).__enter__()
        one.eval("globalThis.x = 1")
    with sandbox.session("anna", tmp_path) as session:
        assert session.eval("x") == 1


@pytest.mark.parametrize("is_new", [True, False])
def test_session_that_was_saved_meanwhile_is_not_saved(make_sandbox: MakeSandbox, tmp_path: Path, is_new: bool) -> None:
    sandbox = counting(make_sandbox)
    store = tmp_path / "sessions.db"
    if not is_new:
        with sandbox.session("anna", store):
            pass
    with (
        pytest.raises(BusyError, match="Session 'anna' was saved by another meanwhile"),
        sandbox.session("anna", store) as one,
    ):
        with sandbox.session("anna", store) as other:
            other.eval("globalThis.x = 2")
        one.eval("globalThis.x = 1")
    with sandbox.session("anna", store) as session:
        assert session.eval("x") == 2


def test_session_does_not_outlive_its_statement(make_sandbox: MakeSandbox, store: Path) -> None:
    with counting(make_sandbox).session("anna", store) as session:
        function = session.eval("() => 1")
    with pytest.raises(ClosedError):
        function()


def test_session_file_that_is_damaged(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    sandbox = counting(make_sandbox)
    with sandbox.session("anna", tmp_path):
        pass
    (file,) = tmp_path.glob("*.snap")
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(SnapshotError), sandbox.session("anna", tmp_path):
        pass


def test_session_folder_is_private(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    with counting(make_sandbox).session("anna", folder):
        pass
    assert folder.stat().st_mode & 0o077 == 0
    assert [file.stat().st_mode & 0o077 for file in folder.iterdir()] == [0, 0]


def test_store_that_is_none_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError, match="a store is a folder, a file of SQLite or a SessionStore, not int"):
        sandbox.session("anna", 1).__enter__()  # type: ignore[arg-type]


def test_store_without_a_name_is_refused(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="is the path of a folder or of a file, not an empty text: name one"):
        sandbox.session("anna", "").__enter__()
    assert list(tmp_path.iterdir()) == []


# ---- snapshots


def test_snapshot_and_restore(make_sandbox: MakeSandbox) -> None:
    sandbox = counting(make_sandbox)
    sandbox.eval("globalThis.x = host.math.add(1, 1)")
    snapshot = Snapshot.from_bytes(sandbox.snapshot().to_bytes())
    other = counting(make_sandbox)
    other.restore(snapshot)
    assert other.eval("x = host.math.add(x, 1)") == 3
    assert sandbox.eval("x") == 2


def test_restore_takes_a_snapshot(make_sandbox: MakeSandbox) -> None:
    with pytest.raises(TypeError, match=r"restore takes a Snapshot, not bytes: read one with Snapshot\.load"):
        make_sandbox().restore(b"")  # type: ignore[arg-type]


def test_restore_ends_the_world_before(make_sandbox: MakeSandbox) -> None:
    sandbox = counting(make_sandbox)
    function = sandbox.eval("() => 1")
    sandbox.restore(sandbox.snapshot())
    with pytest.raises(ClosedError, match=r"restore\(\) has replaced"):
        function()


def test_snapshot_of_another_program_is_refused(sandbox: Sandbox) -> None:
    with VM() as vm:
        vm.eval("var x = 1")
        snapshot = vm.snapshot()
    with pytest.raises(SnapshotError, match="not of a Sandbox"):
        sandbox.restore(snapshot)
    assert sandbox.eval("typeof x") == "undefined"


@pytest.mark.parametrize("isolated", [True, "memory"])
def test_isolated_sandbox_has_no_world_to_keep(make_sandbox: MakeSandbox, isolated: bool | str, tmp_path: Path) -> None:
    sandbox = make_sandbox(isolated=isolated)
    with pytest.raises(ValueError, match=r"snapshot\(\) is for sandboxes that are not isolated"):
        sandbox.snapshot()
    with pytest.raises(ValueError, match=r"session\(\) is for sandboxes"):
        sandbox.session("anna", tmp_path).__enter__()


# ---- several processes


def test_database_that_another_process_reads_can_be_opened(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    store = tmp_path / "sessions.db"
    sandbox = counting(make_sandbox)
    with sandbox.session("anna", store):
        pass
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN")
        assert other.execute("SELECT version FROM sessions").fetchone() == (1,)
        with pytest.raises(ZeroDivisionError), sandbox.session("anna", store):
            raise ZeroDivisionError


_WRITES = """
import sqlite3
import subprocess
import sys, sys
try:
    sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
"""


def test_locks_of_the_database_outlive_the_begin_of_another_session(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    store = tmp_path / "sessions.db"
    sandbox = counting(make_sandbox)
    with sandbox.session("anna", store):
        pass
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ZeroDivisionError), sandbox.session("anna", store):
            shown = subprocess.run([sys.executable, "-c", _WRITES, store], capture_output=True, text=True)
            assert (shown.stdout, shown.stderr) == ("database is locked\n", "")
            raise ZeroDivisionError


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
def test_folder_without_locks_says_so(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", without)
    with pytest.raises(OSError, match="No locks available"):
        counting(make_sandbox).session("anna", tmp_path).__enter__()


def test_signal_when_the_session_has_been_saved_is_that_signal(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = counting(make_sandbox)
    replace = os.replace

    def interrupted(*paths: Any) -> None:
        replace(*paths)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), sandbox.session("anna", tmp_path) as session:
        session.eval("globalThis.x = 1")
        monkeypatch.setattr("os.replace", interrupted)
    monkeypatch.undo()
    with sandbox.session("anna", tmp_path) as session:
        assert session.eval("x") == 1


def open_session(sandbox: Sandbox, store: Path) -> None:
    with sandbox.session("anna", store):
        pass


def test_file_that_is_no_database_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    store = tmp_path / "sessions.db"
    store.write_bytes(b"no database" * 100)
    with pytest.raises(SnapshotError, match=r"sessions\.db cannot be used: file is not a database\. Give another file"):
        open_session(sandbox, store)


def test_folder_with_the_name_of_a_database_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "sessions.db").mkdir()
    with pytest.raises(SnapshotError, match=r"sessions\.db cannot be used: unable to open database file"):
        open_session(sandbox, tmp_path / "sessions.db")


def test_database_that_others_hold_too_long_is_busy(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapjs._sandbox.sessions._BUSY_SECONDS", 0.01)
    store = tmp_path / "sessions.db"
    open_session(sandbox, store)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BusyError, match=r"sessions\.db is held by another: database is locked\. Try again"):
            open_session(sandbox, store)


def test_session_that_cannot_be_written_stays_as_it_was(sandbox: Sandbox, tmp_path: Path) -> None:
    store = tmp_path / "sessions.db"
    with sandbox.session("anna", store) as world:
        world.eval("var n = 1")
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'no room'); END")
        with pytest.raises(SnapshotError, match="cannot be used: no room"), sandbox.session("anna", store) as world:
            world.eval("n = 2")
        other.execute("DROP TRIGGER full")
    with sandbox.session("anna", store) as world:
        assert world.eval("n") == 1


def test_error_of_a_database_of_its_own_passes_through_a_session(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="mine"), sandbox.session("anna", tmp_path / "sessions.db"):
        raise sqlite3.OperationalError("mine")
