"""What runs write for readers outside."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from workflow_desk import Desk

from snapjs import JSError, StillPending, testing
from snapjs.workflows import App, Run

IMPORTS = 'import { hook, sleep, stream } from "snapjs:workflow";\nimport * as steps from "app:steps";\n'


def begin(desk: Desk, body: str) -> Run:
    run = desk.app.start(f"{IMPORTS} export default async () => {{ {body} }}")
    desk.settle()
    return run


def now(run: Run, name: str = "out", after: int = 0) -> list[Any]:
    return list(run.stream(name, after=after, follow=False))


def test_what_is_written_is_read_in_its_order(desk: Desk) -> None:
    run = begin(
        desk, 'const out = stream("out"); out.write(1); out.write("two"); await hook("go"); out.write([3n, null])'
    )
    assert now(run) == [1, "two"]
    run.deliver("go")
    desk.settle()

    assert now(run) == [1, "two", [3, None]]


def test_streams_have_names(desk: Desk) -> None:
    run = begin(desk, 'stream("a").write(1); stream("b").write(2); stream("a").write(3); await hook("go")')

    assert (now(run, "a"), now(run, "b"), now(run, "c")) == ([1, 3], [2], [])


def test_a_reader_begins_after_what_it_knows(desk: Desk) -> None:
    run = begin(desk, 'for (let n = 1; n <= 5; n++) stream("out").write(n); await hook("go")')
    reader = run.stream("out", after=2, follow=False)

    assert (list(reader), reader.position) == ([3, 4, 5], 5)


def test_a_reader_goes_on_where_it_was(desk: Desk) -> None:
    run = begin(desk, 'stream("out").write(1); await hook("go"); stream("out").write(2)')
    reader = run.stream("out", follow=False)
    before = list(reader)
    run.deliver("go")
    desk.settle()

    assert (before, list(reader)) == ([1], [2])


def test_a_stream_that_is_closed_has_an_end(desk: Desk) -> None:
    run = begin(desk, 'const out = stream("out"); out.write(1); out.close(); out.close(); await hook("go")')

    assert list(run.stream("out")) == [1]


def test_a_stream_ends_with_its_run(desk: Desk) -> None:
    assert list(begin(desk, 'stream("out").write(1); throw new Error("no")').stream("out")) == [1]


@pytest.mark.parametrize("name", ["out", "other"])
def test_to_write_to_a_closed_stream_is_an_error(desk: Desk, name: str) -> None:
    run = begin(desk, f'const out = stream("out"); await out.close(); await stream("{name}").write(1)')

    if name == "out":
        with pytest.raises(JSError, match="TypeError: the stream out is closed"):
            run.result(timeout=0.001)
    else:
        assert (now(run), now(run, name)) == ([], [1])


@pytest.mark.parametrize(
    ("value", "error"), [("() => 1", "TypeError"), ("'x'.repeat(9 << 20)", "RangeError"), ("Symbol()", "TypeError")]
)
def test_what_cannot_be_stored_is_refused(desk: Desk, value: str, error: str) -> None:
    assert begin(desk, f'return await stream("out").write({value}).catch(error => error.name)').result() == error


def test_a_name_that_no_database_takes_is_refused(desk: Desk) -> None:
    run = begin(desk, 'return await stream("\\ud800").write(1).catch(error => error.name)')

    assert run.result() == "TypeError"


def test_any_iterable_can_be_written(desk: Desk) -> None:
    source = """
        async function* numbers() { yield 1; await sleep(60); yield 2 }
        const out = stream("out");
        for await (const number of numbers()) await out.write(number);
        await ReadableStream.from(["a", "b"]).pipeTo(new WritableStream({ write: value => out.write(value), close: () => out.close() }))
    """
    run = begin(desk, source)
    assert now(run) == [1]
    desk.advance(60)

    assert now(run) == [1, 2, "a", "b"]


def test_a_turn_that_is_not_stored_has_written_nothing(desk: Desk) -> None:
    run = desk.app.start(f'{IMPORTS} export default async () => {{ stream("out").write(1); await hook("go") }}')
    claim = desk.app._store.claim("somebody", 1)
    assert claim is not None
    _, session = desk.worker._turns.take(claim, claim.events)
    assert session is not None
    session.close()
    assert now(run) == []
    desk.clock.advance(2)
    desk.settle()

    assert now(run) == [1]


def test_a_run_that_writes_without_an_end_fails(desk: Desk) -> None:
    run = begin(desk, 'const out = stream("out"); for (let n = 0; n <= 10_000; n++) out.write(1)')

    with pytest.raises(JSError, match="more than 10000 things at once"):
        run.result(timeout=0.001)
    assert now(run) == []


@pytest.mark.slow
def test_a_run_that_writes_much_in_one_turn_fails(desk: Desk) -> None:
    run = begin(desk, 'const out = stream("out"), text = "x".repeat(4 << 20); for (;;) await out.write(text)')

    with pytest.raises(JSError, match="more than 64 MiB at once"):
        run.result(timeout=0.001)


def test_a_reader_has_some_in_memory_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin(desk, 'for (let n = 0; n < 12; n++) stream("out").write("x".repeat(400_000)); await hook("go")')
    counts, read = [], desk.app._store.stream

    def counting(*values: Any) -> Any:
        counts.append(len(found := read(*values)))
        return found

    monkeypatch.setattr(desk.app._store, "stream", counting)

    assert (len(now(run)), counts) == (12, [3, 3, 3, 3, 0])


@pytest.mark.slow
def test_a_reader_follows_what_a_worker_does(store: str) -> None:
    app = App(store)
    run = app.start(
        f'{IMPORTS} export default async () => {{ for (let n = 0; n < 3; n++) {{ await sleep(0.05); stream("out").write(n) }} }}'
    )
    worker = threading.Thread(target=app.run_worker, kwargs={"until": lambda: run.status.is_final})
    worker.start()

    async def read() -> list[Any]:
        return [value async for value in run.stream("out")]

    try:
        assert (list(run.stream("out")), asyncio.run(read())) == ([0, 1, 2], [0, 1, 2])
    finally:
        worker.join()


def test_a_test_lets_time_pass_while_it_reads(app: App) -> None:
    with testing.workflows(app) as test:
        run = test.start(
            f'{IMPORTS} export default async () => {{ for (let n = 0; n < 3; n++) {{ await sleep("1 day"); stream("out").write(n) }} }}'
        )

        async def read() -> list[Any]:
            return [value async for value in run.stream("out", after=1)]

        assert (list(run.stream("out")), asyncio.run(read())) == ([0, 1, 2], [1, 2])


def test_a_test_that_would_read_for_ever_is_told(app: App) -> None:
    with testing.workflows(app) as test:
        run = test.start(f'{IMPORTS} export default async () => await hook("go")')

        with pytest.raises(StillPending, match="waits for hook go"):
            list(run.stream("out"))


def test_the_command_prints_lines_of_json(desk: Desk, store: str) -> None:
    from click.testing import CliRunner

    from snapjs.cli import main

    run = begin(desk, 'for (const value of [1, { a: "ä" }, null]) stream("out").write(value)')
    arguments = ["workflow", "stream", store.removeprefix("sqlite:///"), run.id, "out", "--follow", "--after", "1"]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)

    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"a": "ä"}, None]


@pytest.mark.parametrize("after", [-1, 1.5, "1"])
def test_the_place_to_begin_at_is_a_count(desk: Desk, after: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="after"):
        begin(desk, "").stream("out", after=after)
