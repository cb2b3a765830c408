"""Stores: what runs write for readers outside, and what is said of them."""

from __future__ import annotations

import pytest
from tests.workflows.store_suite.making import begin, claimed, take_turn, turn_of
from workflow_desk import Clock

from snapjs._workflows.records import Chunk, Event, EventKind, NewRun, StoredChunk
from snapjs._workflows.store import Fenced, Store

ALL = 1_000_000


def write(store: Store, *payloads: bytes | None, stream: str = "s") -> None:
    """Have the run write to a stream in a turn."""
    if store.run("run") is None:
        begin(store)
    store.deliver("run", Event(0, EventKind.PATCH, "", b"", 0.0), None)
    take_turn(store, chunks=[Chunk(stream, payload) for payload in payloads])


def test_what_was_written_is_read_in_its_order(store: Store) -> None:
    write(store, b"a", b"b")
    write(store, b"c", None)

    found = [StoredChunk(1, b"a"), StoredChunk(2, b"b"), StoredChunk(3, b"c"), StoredChunk(4, None)]
    assert store.stream("run", "s", 0, ALL) == found


def test_one_reads_on_where_one_was(store: Store) -> None:
    write(store, b"a", b"b", b"c")

    assert store.stream("run", "s", 2, ALL) == [StoredChunk(3, b"c")]
    assert store.stream("run", "s", 3, ALL) == []
    assert store.stream("run", "s", 9, ALL) == []


def test_one_reads_some_and_at_least_one(store: Store) -> None:
    write(store, b"a" * 4000, b"b" * 4000, b"c" * 4000)

    assert [chunk.number for chunk in store.stream("run", "s", 0, 1)] == [1]
    assert [chunk.number for chunk in store.stream("run", "s", 0, 6000)] == [1, 2]


def test_streams_have_numbers_of_their_own(store: Store) -> None:
    begin(store)
    take_turn(store, chunks=[Chunk("s", b"a"), Chunk("t", b"b"), Chunk("s", b"c")])

    assert store.stream("run", "s", 0, ALL) == [StoredChunk(1, b"a"), StoredChunk(2, b"c")]
    assert store.stream("run", "t", 0, ALL) == [StoredChunk(1, b"b")]


def test_what_is_not_there_is_not_read(store: Store) -> None:
    write(store, b"a")

    assert store.stream("run", "other", 0, ALL) == []
    assert store.stream("other", "s", 0, ALL) == []


def test_a_turn_that_is_fenced_writes_nothing(store: Store, clock: Clock) -> None:
    begin(store)
    late = claimed(store)
    clock.advance(31)
    claimed(store, "another")

    with pytest.raises(Fenced):
        store.commit(late, turn_of(late, chunks=[Chunk("s", b"a")], attributes={"a": b"1"}), 100)
    assert store.stream("run", "s", 0, ALL) == []
    assert store.run("run").attributes == {}  # type: ignore[union-attr]


def test_a_turn_that_is_stored_again_writes_once(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    turn = turn_of(claim, chunks=[Chunk("s", b"a")])
    store.commit(claim, turn, 100)
    store.commit(claim, turn, 100)

    assert store.stream("run", "s", 0, ALL) == [StoredChunk(1, b"a")]


# ---- attributes


def begin_with(store: Store, id: str, **attributes: bytes | None) -> None:
    store.start(NewRun(id, "main.js", None, "code", b"", attributes=attributes))


def found(store: Store, **attributes: bytes | None) -> list[str]:
    return [run.id for run in store.runs(status=None, workflow=None, limit=9, attributes=attributes)]


def test_a_run_has_the_attributes_with_which_it_was_started(store: Store) -> None:
    begin_with(store, "run", a=b"1", b=None)

    assert store.run("run").attributes == {"a": b"1"}  # type: ignore[union-attr]
    assert store.runs(status=None, workflow=None, limit=9)[0].attributes == {"a": b"1"}
    assert claimed(store).run.attributes == {"a": b"1"}


def test_a_run_gives_itself_attributes_and_takes_them_away(store: Store) -> None:
    begin_with(store, "run", a=b"1", b=b"2", c=b"3")
    take_turn(store, attributes={"a": b"4", "b": None, "d": b"5", "e": None})

    assert store.run("run").attributes == {"a": b"4", "c": b"3", "d": b"5"}  # type: ignore[union-attr]


def test_runs_are_found_by_their_attributes(store: Store) -> None:
    begin_with(store, "a", x=b"1", y=b"1")
    begin_with(store, "b", x=b"1", y=b"2")
    begin_with(store, "c", x=b"2")

    assert found(store) == ["a", "b", "c"]
    assert found(store, x=b"1") == ["a", "b"]
    assert found(store, x=b"1", y=b"2") == ["b"]
    assert found(store, y=None) == ["c"]
    assert found(store, x=b"3") == []
    assert found(store, z=None, x=b"2") == ["c"]


def test_runs_are_found_by_their_key(store: Store) -> None:
    begin(store, "a", key="key")
    begin(store, "b", key="key", workflow="other.js")
    begin(store, "c", key="other")

    assert [run.id for run in store.runs(status=None, workflow=None, limit=9, key="key")] == ["a", "b"]


def test_a_run_that_is_found_again_keeps_its_attributes(store: Store) -> None:
    for value in (b"1", b"2"):
        store.start(NewRun("run", "main.js", "key", "code", b"", attributes={"a": value}))

    assert store.run("run").attributes == {"a": b"1"}  # type: ignore[union-attr]


def test_attributes_are_those_of_one_run(store: Store) -> None:
    begin_with(store, "a", x=b"1")
    begin(store, "b")

    assert store.run("b").attributes == {}  # type: ignore[union-attr]
