"""Hostile sessions: keys that are paths, stores that others write, capabilities that are gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hostile import give_secret

from snapjs import CapabilityError, Sandbox, Snapshot, SnapshotError

MakeSandbox = Callable[..., Sandbox]


def counting(sandbox: Sandbox) -> Sandbox:
    sandbox.register("one", lambda: 1)
    return sandbox


@pytest.mark.parametrize("key", ["../../escape", "/etc/passwd", "a\0b", "", ".", "..", "x" * 10_000, "\ud800"])
def test_key_of_a_session_is_no_path(make_sandbox: MakeSandbox, tmp_path: Path, key: str) -> None:
    folder = tmp_path / "sessions"
    with make_sandbox().session(key, folder) as session:
        session.eval("globalThis.x = 1")
    assert sorted(path.parent for path in tmp_path.rglob("*.snap")) == [folder]


def test_database_of_sessions_is_private(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    store = tmp_path / "sessions.db"
    with make_sandbox().session("anna", store) as session:
        session.eval("globalThis.x = 1")
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0]


def test_session_of_another_key_is_another_world(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    sandbox = make_sandbox()
    with sandbox.session("anna", tmp_path) as session:
        session.eval("globalThis.x = 1")
    with sandbox.session("Anna", tmp_path) as session:
        assert session.eval("typeof x") == "undefined"


def test_session_with_fewer_capabilities_is_refused_before_anything_runs(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    rich = counting(make_sandbox())
    with rich.session("anna", tmp_path) as session:
        session.eval("globalThis.kept = host.one")
    with (
        pytest.raises(CapabilityError, match="'one', which is not registered"),
        make_sandbox().session("anna", tmp_path),
    ):
        pass
    with rich.session("anna", tmp_path) as session:
        assert session.eval("kept()") == 1


def test_session_reaches_the_function_that_is_registered_now(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    with counting(make_sandbox()).session("anna", tmp_path) as session:
        session.eval("globalThis.kept = host.one")
    sandbox = make_sandbox()
    sandbox.register("one", lambda: 2, max_calls=1)
    with sandbox.session("anna", tmp_path) as session:
        assert session.eval("kept()") == 2
        with pytest.raises(CapabilityError, match="max_calls allows no more"):
            session.eval("kept(); kept()")


@pytest.mark.parametrize("where", [0, 8, 100, 1000, -1])
def test_session_with_a_byte_changed_is_refused(make_sandbox: MakeSandbox, tmp_path: Path, where: int) -> None:
    sandbox = counting(make_sandbox())
    with sandbox.session("anna", tmp_path) as session:
        session.eval("globalThis.x = 1")
    (file,) = tmp_path.glob("*.snap")
    data = bytearray(file.read_bytes())
    data[where] ^= 0x55
    file.write_bytes(data)
    with pytest.raises(SnapshotError), sandbox.session("anna", tmp_path):
        pass


def test_snapshot_gives_no_capability_that_is_not_registered(make_sandbox: MakeSandbox) -> None:
    rich = make_sandbox()
    give_secret(rich)
    rich.eval("globalThis.kept = host.secret")
    data = rich.snapshot().to_bytes()
    poor = make_sandbox()
    with pytest.raises(CapabilityError, match="'secret"):
        poor.restore(Snapshot.from_bytes(data))
    assert poor.eval("typeof kept + Object.keys(host).length") == "undefined0"
