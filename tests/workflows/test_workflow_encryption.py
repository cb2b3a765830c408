"""What a store that is encrypted shows to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from workflow_desk import Clock, Desk

from snapjs import JSError, KeyRefused, StoreError, workflows
from snapjs._workflows import data_keys
from snapjs._workflows.keys import KeyRing
from snapjs._workflows.records import NewRun, WrappedKey
from snapjs._workflows.sqlite import SQLiteStore
from snapjs.workflows import App

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))

Make = Callable[..., Desk]


@pytest.fixture
def make(store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> Make:
    """A function that opens the store with keys."""

    def open_(keys: object, **options: object) -> Desk:
        desk = make_desk(workflows.App(store, clock=clock, keys=keys, **options))  # type: ignore[arg-type]
        desk.app.step(name="echo")(lambda value: value)
        return desk

    return open_


@pytest.fixture
def without_key(store: str, clock: Clock) -> Callable[[], App]:
    """A function that opens the store without a key."""
    return lambda: workflows.App(store, clock=clock)


def execute(store: str, sql: str, *values: object) -> list[tuple[object, ...]]:
    connection = apsw.Connection(store.removeprefix("sqlite:///"))
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def contents(store: str) -> bytes:
    """The file, and those beside it."""
    path = Path(store.removeprefix("sqlite:///"))
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


@pytest.mark.slow
def test_a_run_goes_through_all_that_runs_go_through(make: Make) -> None:
    desk = make(KEY)
    run = desk.start("const a = await steps.echo(input); await sleep(5); return [a, await hook('go')]", "one")
    desk.settle()
    run.deliver("go", "two")
    desk.advance(5)
    assert run.result() == ["one", "two"]


def test_another_process_with_the_key_goes_on(make: Make) -> None:
    run = make(KEY).start("seen.push(await steps.echo(input)); await hook('go'); return seen", "one")
    make(KEY).settle()
    run.deliver("go")
    desk = make(KEY)
    desk.settle()
    assert desk.app.run(run.id).result() == ["one"]


def test_a_run_can_be_queried(make: Make) -> None:
    desk = make(KEY)
    run = desk.start("seen.push(input); await hook('go')", "one")
    desk.settle()
    assert make(KEY).app.run(run.id).query("seen") == ["one"]


def test_a_schedule_begins_runs(make: Make) -> None:
    desk = make(KEY)
    desk.app.schedule("often", "* * * * *", "export default (value) => value", "one")
    desk.clock.advance(60)
    desk.worker.begin_scheduled()
    desk.settle()
    assert [run.result() for run in desk.app.list()] == ["one"]


@pytest.mark.parametrize(
    ("before", "keys", "reason"), [(KEY, OTHER, "other"), (None, KEY, "plain"), (KEY, [OTHER, bytes(32)], "other")]
)
def test_a_store_is_opened_by_its_keys_only(make: Make, before: object, keys: object, reason: str) -> None:
    make(before).start("")
    with pytest.raises(KeyRefused) as refused:
        make(keys)
    assert refused.value.reason == reason


@pytest.mark.parametrize("keys", [b"short", "text of 32 characters, not bytes!", [], [b"short"]])
def test_keys_are_bytes(make: Make, keys: object) -> None:
    with pytest.raises((TypeError, ValueError), match=r"key"):
        make(keys)


def test_without_a_key_runs_are_listed_and_what_they_hold_is_not(make: Make, without_key: Callable[[], App]) -> None:
    desk = make(KEY)
    run = desk.start("log(input); await steps.echo(input); throw new Error(input)", "one", key="order-7")
    desk.settle()
    seen = without_key().list()
    assert [(one.id, one.key, one.status) for one in seen] == [(run.id, "order-7", "failed")]
    history = seen[0].history()
    assert [one.log for one in history.turns] == ["<sealed>", ""]
    assert [one.value for turn in history.turns for one in turn.told] == [["<sealed>"], "<sealed>"]
    assert [one.arguments for turn in history.turns for one in turn.wanted] == [["<sealed>"]]
    with pytest.raises(KeyRefused, match=r"its key was not given\. Give it: App\(keys=…\)"):
        seen[0].result()


@pytest.mark.parametrize(
    "use",
    [
        lambda app, run: app.start("export default () => 0"),
        lambda app, run: app.deliver(run, "go"),
        lambda app, run: app.cancel(run),
        lambda app, run: app.run(run).query("1"),
        lambda app, run: app.run(run).shred(),
        lambda app, run: app.rotate_keys(),
        lambda app, run: app.worker().work(),
        lambda app, run: app.run_worker(until=lambda: True),
    ],
)
def test_without_a_key_nothing_is_done(
    make: Make, without_key: Callable[[], App], use: Callable[[App, str], object]
) -> None:
    run = make(KEY).start("await hook('go')")
    app = without_key()
    with pytest.raises(KeyRefused) as refused:
        use(app, run.id)
    assert refused.value.reason == "none"


def test_an_app_that_was_there_before_the_key_begins_no_run(make: Make) -> None:
    early = make(None)
    make(KEY)
    with pytest.raises(KeyRefused):
        early.start("")


# ---- children

PARENT = """
    import { run } from "snapjs:workflow";
    import { echo } from "app:steps";
    export const child = async (value) => [await echo(value), await run(grandchild, value)];
    export const grandchild = async (value) => value + "!";
    export default async (value) => await run(child, value);
"""


def test_a_run_starts_others(make: Make) -> None:
    desk = make(KEY)
    run = desk.app.start(PARENT, "one")
    desk.settle()
    assert run.result() == ["one", "one!"]


def test_others_that_a_run_has_started_share_its_key(make: Make, store: str) -> None:
    desk = make(KEY)
    run = desk.app.start(PARENT, "one")
    desk.settle()
    assert execute(store, "SELECT root FROM keys ORDER BY root") == [("",), (run.id,)]
    desk.app.list(limit=1)[0].shred()
    assert [one.history().turns[0].told[0].value for one in desk.app.list()] == [["<sealed>"]] * 3


# ---- forks


def test_a_fork_shares_the_key_of_its_run(make: Make, store: str) -> None:
    desk = make(KEY)
    run = desk.start("seen.push(await steps.echo(input)); await hook('go'); return seen", "one")
    desk.settle()
    fork = run.fork(2)
    fork.deliver("go")
    desk.settle()
    assert fork.result() == ["one"]
    assert len(execute(store, "SELECT root FROM keys")) == 2


def test_a_fork_may_be_patched(make: Make) -> None:
    desk = make(KEY)
    run = desk.start("await hook('go'); return seen", "one")
    desk.settle()
    fork = run.fork(1, patch="seen.push('patched')")
    fork.deliver("go")
    desk.settle()
    assert fork.result() == ["patched"]


# ---- attributes


def test_runs_are_found_by_their_attributes(make: Make) -> None:
    desk = make(KEY)
    run = desk.start("", attributes={"customer": 7})
    desk.start("", attributes={"customer": 8})
    [found] = make(KEY).app.list(attributes={"customer": 7})
    assert (found.id, found.attributes) == (run.id, {"customer": 7})


def test_attributes_are_sealed(make: Make, without_key: Callable[[], App]) -> None:
    make(KEY).start("", attributes={"customer": "Ann"})
    assert without_key().list()[0].attributes == {"customer": "<sealed>"}


def test_attributes_go_with_the_key_of_the_run(make: Make) -> None:
    run = make(KEY).start("await hook('go')", attributes={"customer": "Ann"})
    run.shred()
    assert run.attributes == {}


# ---- rotation


def test_a_key_is_replaced_by_another(make: Make) -> None:
    run = make(KEY).start("return await hook('go')")
    assert make([OTHER, KEY]).app.rotate_keys() == 1
    desk = make(OTHER)
    desk.app.deliver(run.id, "go", "one")
    desk.settle()
    assert desk.app.run(run.id).result() == "one"
    with pytest.raises(KeyRefused):
        make(KEY)


def test_a_rotation_that_was_interrupted_is_gone_on_with(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [make(KEY).start("return input", number) for number in range(3)]
    rewrap, batches = SQLiteStore.rewrap, []

    def fail_second(self: SQLiteStore, pairs: list[tuple[WrappedKey, WrappedKey]]) -> None:
        batches.append(pairs)
        if len(batches) == 2:
            raise StoreError("runs.db", "full")
        rewrap(self, pairs)

    monkeypatch.setattr(data_keys, "_BATCH", 2)
    monkeypatch.setattr(SQLiteStore, "rewrap", fail_second)
    desk = make([OTHER, KEY])
    with pytest.raises(StoreError):
        desk.app.rotate_keys()
    desk.settle()
    assert [desk.app.run(run.id).result() for run in runs] == [0, 1, 2]
    assert desk.app.rotate_keys() == 2
    assert [make(OTHER).app.run(run.id).result() for run in runs] == [0, 1, 2]


def test_nothing_is_left_of_what_the_older_key_wrapped(make: Make, store: str) -> None:
    make(KEY).start("")
    wrapped = [value for (value,) in execute(store, "SELECT wrapped_key FROM keys")]
    make([OTHER, KEY]).app.rotate_keys()
    assert len(wrapped) == 2
    assert not [value for value in wrapped if isinstance(value, bytes) and value in contents(store)]


def test_a_worker_leaves_runs_alone_whose_key_it_has_not(make: Make) -> None:
    old, new = make(KEY), make([OTHER, KEY])
    run = new.start("return await steps.echo(input)", "one")
    old.settle()
    assert run.turn == 0
    new.worker.take_turn()
    old.settle()
    assert run.history().waiting[0].attempts == 0
    new.settle()
    assert run.result() == "one"


def test_who_has_an_older_key_lists_newer_runs(make: Make) -> None:
    old = make(KEY)
    run = make([OTHER, KEY]).start("return 1", "one")
    assert [one.id for one in old.app.list()] == [run.id]
    assert old.app.run(run.id).history().untold[0].value == ["<sealed>"]


# ---- deletion


def test_what_was_stored_of_a_run_can_be_made_unreadable(make: Make) -> None:
    desk = make(KEY)
    run = desk.start("seen.push(input); await steps.echo(input); await hook('go')", "one")
    desk.settle()
    run.shred()
    assert run.status == "cancelled"
    with pytest.raises(JSError, match=r"KeyRefused: The key of the run was deleted"):
        run.result()
    with pytest.raises(KeyRefused, match="deleted"):
        run.query("seen")
    assert [one.value for one in run.history().turns[0].told] == [["<sealed>"]]
    desk.advance(3600)
    assert run.turn == 2


def test_the_result_of_a_run_goes_with_its_key(make: Make) -> None:
    desk = make(KEY)
    run = desk.start("return input", "one")
    desk.settle()
    run.shred()
    assert run.status == "completed"
    with pytest.raises(JSError, match="KeyRefused"):
        run.result()


def test_nothing_is_left_of_a_key_that_is_deleted(make: Make, store: str) -> None:
    run = make(KEY).start("await hook('go')")
    shredded = KeyRing([KEY]).make(run.id)[1]
    execute(store, "UPDATE keys SET wrapped_key = ? WHERE root = ?", shredded.data, run.id)
    assert shredded.data in contents(store)
    run.shred()
    assert shredded.data not in contents(store)


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1, 20, 21, 22, 199])
def test_nothing_is_left_of_the_key_of_any_of_many_runs(number: int, store: str, clock: Clock) -> None:
    opened = SQLiteStore(store.removeprefix("sqlite:///"), clock)
    opened.put_artifacts({"code": b""})
    ring = KeyRing([KEY])
    keys = [ring.make(f"{one:05}{hash((one, 7)):x}")[1] for one in range(200)]
    for key in keys:
        opened.start(NewRun(key.root, "a.js", None, "code", b"", kek=key.kek, wrapped_key=key.data))
    assert all(key.data in contents(store) for key in keys)
    assert opened.shred(keys[number].root, b"")
    left = contents(store)
    assert [one for one, key in enumerate(keys) if key.data not in left] == [number]


def test_the_key_of_a_run_that_is_removed_is_deleted(make: Make, store: str) -> None:
    desk = make(KEY)
    desk.start("")
    desk.settle()
    desk.clock.advance(10)
    desk.app.clean_up(older_than=5)
    assert execute(store, "SELECT root FROM keys") == [("",)]


def test_a_store_that_is_not_encrypted_has_no_keys_to_delete(make: Make) -> None:
    run = make(None).start("")
    with pytest.raises(KeyRefused) as refused:
        run.shred()
    assert refused.value.reason == "plain"


# ---- what was changed


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE inbox SET payload = x'c0' WHERE turn IS NULL",
        "UPDATE inbox SET payload = (SELECT arguments FROM schedules)",
        "UPDATE inbox SET payload = (SELECT payload FROM inbox AS other WHERE other.run <> inbox.run)",
        "UPDATE keys SET wrapped_key = (SELECT wrapped_key FROM keys WHERE root = '') WHERE root <> ''",
    ],
)
def test_what_was_changed_or_moved_is_refused(make: Make, store: str, change: str) -> None:
    desk = make(KEY)
    run = desk.start("await steps.echo(input); return await hook('go')", "one")
    desk.settle()
    desk.app.schedule("often", "* * * * *", "export default () => 0", "two")
    desk.start("return 1", "three")
    run.deliver("go", "four")
    execute(store, change)
    later = make(KEY)
    with pytest.raises(KeyRefused, match="is not what was encrypted there"):
        later.settle()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE snapshots SET data = (SELECT data FROM snapshots AS other WHERE other.turn = 1)",
        "UPDATE snapshots SET data = substr(data, 1, length(data) - 1)",
    ],
)
def test_a_state_that_was_changed_or_moved_is_made_again(
    make: Make, store: str, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = make(KEY)
    run = desk.start("const first = await steps.echo(input); return [first, await hook('go')]", "one")
    desk.settle()
    run.deliver("go", "two")
    execute(store, change)
    make(KEY).settle()

    assert run.result(timeout=0.001) == ["one", "two"]
    assert "is not what was encrypted there" in caplog.text


def test_a_code_of_another_address_is_refused(make: Make, store: str) -> None:
    desk = make(KEY)
    run, other = desk.start("return 1"), desk.start("return 2")
    code = "SELECT code FROM runs WHERE id = ?"
    execute(
        store,
        f"UPDATE artifacts SET data = (SELECT data FROM artifacts WHERE sha256 = ({code})) WHERE sha256 = ({code})",
        other.id,
        run.id,
    )
    with pytest.raises(KeyRefused):
        make(KEY).app.run(run.id).query("1")


# ---- keys


def test_a_wrapped_key_is_that_of_one_run() -> None:
    ring = KeyRing([KEY])
    wrapped = ring.make("a")[1]
    with pytest.raises(KeyRefused):
        ring.unwrap(replace(wrapped, root="b"))


def test_the_id_of_a_key_says_nothing_of_it() -> None:
    assert KeyRing([KEY]).ids == KeyRing([KEY]).ids
    assert KEY.hex()[:8] not in KeyRing([KEY]).current
    assert len({KeyRing([KEY]).current, KeyRing([OTHER]).current}) == 2


def test_of_two_who_encrypt_a_store_first_one_is_first(store: str, clock: Clock) -> None:
    one, two = KeyRing([KEY]).make("")[1], KeyRing([KEY]).make("")[1]
    path = store.removeprefix("sqlite:///")
    assert SQLiteStore(path, clock).keep_store_key(one) == one
    assert SQLiteStore(path, clock).keep_store_key(two) == one
