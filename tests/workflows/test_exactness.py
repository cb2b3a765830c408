"""A run that is saved after each turn and goes on in another process is the run that was never saved."""

from __future__ import annotations

import multiprocessing
from typing import Any

import apsw
import pytest
from workflow_desk import START, Clock, module

from snapjs._workflows.code import Code
from snapjs._workflows.payload import unpack
from snapjs._workflows.records import Event, Run
from snapjs._workflows.turn import Session
from snapjs.snapshot import Snapshot
from snapjs.workflows import App

CORPUS = {
    "closures": "const f = (a => () => a++)(1); for (const _ of [1, 2, 3]) { await next(); seen.push(f()) } return seen",
    "generators": """
        function* count() { try { for (let n = 0; ; n++) yield n } finally { seen.push("closed") } }
        for (const n of count()) { seen.push(n + await next()); if (n === 2) break } return seen""",
    "async iterators": """
        async function* values() { for (let n = 0; n < 3; n++) yield await next() }
        for await (const value of values()) seen.push(value); return seen""",
    "containers": """
        const map = new Map(), set = new Set(), weak = new WeakMap(), key = {};
        weak.set(key, map);
        for (let n = 0; n < 3; n++) { map.set({ n }, await next()); set.add(2n ** BigInt(n)) }
        return [[...weak.get(key).values()], [...set].map(String)]""",
    "classes": """
        class Base { static made = 0; #secret = 1; constructor() { Base.made++ } get secret() { return this.#secret++ } }
        const proxy = new Proxy(new Base(), { get: (target, name) => Reflect.get(target, name, target) });
        for (let n = 0; n < 3; n++) { await next(); seen.push(proxy.secret, Base.made) } return seen""",
    "bytes": """
        const bytes = new Uint8Array(70_000).fill(7), view = new DataView(bytes.buffer);
        for (let n = 0; n < 3; n++) view.setFloat64(n * 8, await next() / 3);
        return [bytes[0], bytes[69_999], view.getFloat64(8)]""",
    "regular expressions": """
        const pattern = /\\d/g, text = "1a2b3c";
        for (let n = 0; n < 3; n++) { await next(); seen.push(pattern.exec(text)[0], pattern.lastIndex) } return seen""",
    "chance": """
        for (let n = 0; n < 3; n++) { await next(); seen.push(Math.random(), crypto.randomUUID(), Date.now()) }
        return seen""",
    "promises": """
        let open; const opened = new Promise(resolve => open = resolve);
        const waiting = Promise.all([opened, next(), next()]);
        await next(); open("open"); seen.push(await waiting);
        seen.push((await Promise.allSettled([next(), Promise.reject(new Error("no"))])).map(one => one.status)); return seen""",
    "abort signals": """
        const controller = new AbortController(), any = AbortSignal.any([controller.signal, signal]);
        any.addEventListener("abort", () => seen.push(any.reason));
        await next(); controller.abort("enough"); await next(); return seen""",
    "timers": """
        const timer = setInterval(() => seen.push("tick"), 1000);
        await next(); await sleep(2.5); clearInterval(timer); await next(); return seen""",
    "streams": """
        const { readable, writable } = new TransformStream(); const writer = writable.getWriter();
        const reader = readable.getReader(), read = reader.read();
        await next(); writer.write({ n: await next() }); seen.push(await read); return seen""",
}


def begin(app: App, name: str) -> str:
    app.step(lambda: 5, name="next")
    source = module(CORPUS[name]).replace("import * as steps", "import { next }")
    return app.start(source, key=name).id


def forward(store: str, now: float) -> None:
    """What one process does: a turn or a step, and no more."""
    worker = App(store, clock=lambda: now)
    worker.step(lambda: 5, name="next")
    one = worker.worker()
    assert one.take_turn() or one.run_step()
    one.close()


def play(store: str, id: str, *, apart: bool) -> Any:
    """What a run returns that one worker keeps in memory; or that goes on in another process after each turn."""
    clock = Clock()
    app = App(store, clock=clock)
    app.step(lambda: 5, name="next")
    run, worker = app.run(id), app.worker()
    context = multiprocessing.get_context("fork")
    while not run.status.is_final:
        due = app._store.next_due()
        assert due is not None
        clock.now = max(clock.now, due)
        if apart:
            process = context.Process(target=forward, args=(store, clock.now))
            process.start()
            process.join()
            assert process.exitcode == 0
        else:
            assert worker.take_turn() or worker.run_step()
    worker.close()
    return run.result(timeout=0.001)


def states(store: str) -> list[str]:
    with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM turns ORDER BY turn")]


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
def test_a_process_for_each_turn_makes_no_difference(name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snapjs._workflows.worker.secrets.token_bytes", lambda size: bytes(size))
    results, hashes = [], []
    for apart in (False, True):
        store = f"sqlite:///{tmp_path / str(apart)}"
        id = begin(App(store, clock=Clock()), name)
        results.append(play(store, id, apart=apart))
        hashes.append(states(store))

    assert results[0] == results[1]
    assert len(hashes[0]) > 2
    assert hashes[0] == hashes[1]


def recorded(store: str, app: App, id: str) -> list[tuple[float, bytes, list[Event], str, bytes, int]]:
    """Of each turn of a run: clock, entropy, events, state and snapshot afterwards, and the calls that it made."""
    with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
        payloads = dict(connection.execute("SELECT id, payload FROM inbox"))
        turns = connection.execute(
            "SELECT clock, entropy, events, state, data FROM turns JOIN snapshots USING (run, turn) "
            "WHERE run = ? ORDER BY turn",
            (id,),
        )
        return [
            (
                clock,
                entropy,
                [
                    Event(number, kind, target, payloads.get(number, b"\xc0"), at)
                    for number, kind, target, at, _ in unpack(events)
                ],
                state,
                snapshot,
            )
            for clock, entropy, events, state, snapshot in turns
        ]


def take_again(code: Code, run: Run, before: bytes | None, last_call: int, turn: Any) -> Any:
    clock, entropy, events, *_ = turn
    session = Session(code, run, before, timeout=10, memory_limit=256 << 20)
    try:
        return session.take_turn(events, last_call=last_call, now=clock, entropy=entropy)
    finally:
        session.close()


@pytest.mark.parametrize("name", CORPUS)
def test_a_turn_that_is_taken_again_is_the_same_byte_for_byte(name: str, store: str) -> None:
    app = App(store, clock=Clock())
    id = begin(app, name)
    play(store, id, apart=False)
    code = app._codes.get(app.run(id)._record().code)
    before, last_call, digests = None, 0, []
    turns = recorded(store, app, id)
    for turn in turns:
        again = take_again(code, app.run(id)._record(), before, last_call, turn)
        digests.append(again.state)
        before, last_call = turn[4], again.last_call
        assert Snapshot.from_bytes(again.snapshot, base=code.snapshot).id == turn[3]

    assert digests == [state for _, _, _, state, _ in turns]


def test_the_corpus_begins_at_a_known_time(store: str) -> None:
    app = App(store, clock=Clock())
    play(store, begin(app, "chance"), apart=False)

    assert app.list()[0].result(timeout=0.001)[2::3] == [START * 1000] * 3
