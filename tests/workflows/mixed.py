"""Runs of many shapes, with what has to come of each, and a ledger of what their steps have done.

`python -m tests.workflows.mixed STORE LEDGER LEASE` is a worker for them, until it is killed.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from snapjs.workflows import App, Run, Status, current_step

WIDTH = 2
"""how many steps `narrow` may run at once, and one of each number"""


class Shape(NamedTuple):
    """A workflow, and what a run of it comes to."""

    body: str
    status: Status
    result: Any
    steps: int
    """how many different steps a run has"""
    tell: Callable[[Run], None] = lambda run: None
    """what is told to a run from outside"""


def _deliver(run: Run) -> None:
    for number in (1, 2, 3):
        run.deliver("add", number, key=str(number))
        run.deliver("add", number, key=str(number))


SHAPES = {
    "sequence": Shape(
        "let sum = 0; for (let n = 1; n <= 5; n++) sum = await add(sum, n); return sum", Status.COMPLETED, 15, 5
    ),
    "all": Shape("return await Promise.all([1, 2, 3, 4].map(n => add(n, n)))", Status.COMPLETED, [2, 4, 6, 8], 4),
    "race": Shape("return await Promise.race([add(1, 1), sleep(3600)])", Status.COMPLETED, 2, 1),
    "any": Shape(
        "const no = refuse(); const sum = await Promise.any([no, add(2, 2)]); await no.catch(() => 0); return sum",
        Status.COMPLETED,
        4,
        2,
    ),
    "retries": Shape("return [await flaky(1), await flaky(2)]", Status.COMPLETED, [1, 2], 2),
    "sleeps": Shape(
        "let n = 0; while (n < 3) { await sleep(0.01); n++ } return await add(n, 0)", Status.COMPLETED, 3, 1
    ),
    "timers": Shape(
        "let n = 0; await new Promise(done => setInterval(() => ++n === 3 && done(), 10)); return add(n, 0)",
        Status.COMPLETED,
        3,
        1,
    ),
    "hooks": Shape(
        "const all = []; for await (const n of hook('add')) { all.push(await add(n, 0)); if (n === 3) return all }",
        Status.COMPLETED,
        [1, 2, 3],
        3,
        _deliver,
    ),
    "state": Shape(
        """
        function* numbers() { let n = 0; for (;;) yield n++ }
        const numbered = new Map(), source = numbers(), big = [2n ** 70n];
        class Box { #inner = 0; async put(n) { this.#inner = await add(this.#inner, n); return this.#inner } }
        const box = new Box();
        for (const n of source) { numbered.set(n, await box.put(n)); if (n === 3) break }
        return [[...numbered], String(big[0] + 1n), source.next().done]""",
        Status.COMPLETED,
        [[[0, 0], [1, 1], [2, 3], [3, 6]], "1180591620717411303425", True],
        4,
    ),
    "children": Shape(
        """
        const all = await Promise.all([run(sum, 2), run(sum, 3), run(child, "no").catch(error => error.message)]);
        const one = start(child, "hook");
        await one.cancel("enough");
        start({ workflow: child, parentClose: "terminate" }, "hook");
        return [...all, await one.result().catch(error => error.message)]""",
        Status.COMPLETED,
        [3, 6, "refused", "enough"],
        6,
    ),
    "narrow": Shape("return await Promise.all([1, 2, 3, 4].map(n => narrow(n)))", Status.COMPLETED, [1, 2, 3, 4], 4),
    "tallies": Shape("await tally(1); return await tally(2)", Status.COMPLETED, 3, 2),
    "fails": Shape("await add(1, 1); await refuse()", Status.FAILED, "ValueError: refused", 2),
    "cancelled": Shape(
        "await add(1, 1); try { await sleep('30 days') } finally { await add(2, 2) }",
        Status.CANCELLED,
        "AbortError: enough",
        2,
        lambda run: run.deliver("ignored"),
    ),
}


def make_app(store: str, ledger: str | os.PathLike[str], *, lease: float = 30.0, **options: Any) -> App:
    """An app whose steps write into a ledger that they have run."""
    app = App(store, lease=lease, **options)

    def note() -> None:
        step = current_step()
        file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, f"{step.key} {step.attempt}\n".encode())
        finally:
            os.close(file)

    @app.step
    def add(a: int, b: int) -> int:
        note()
        return a + b

    @app.step(initial=0.01)
    async def flaky(n: int) -> int:
        note()
        if current_step().attempt == 1:
            raise OSError("flaky")
        return n

    @app.step(max_attempts=1)
    def refuse() -> None:
        note()
        raise ValueError("refused")

    app.queue("narrow", concurrency=WIDTH, key_concurrency=1)

    @app.step(queue="narrow", key=lambda number: number)
    def narrow(number: int) -> int:
        note()
        began = time.monotonic()
        time.sleep(0.005)
        with open(f"{ledger}.narrow", "a", encoding="ascii") as file:
            file.write(f"{number} {began} {time.monotonic()}\n")
        return number

    @app.step(transactional=True)
    def tally(number: int) -> int:
        note()
        step = current_step()
        step.connection.execute("CREATE TABLE IF NOT EXISTS tallies (run TEXT, number INTEGER)")
        step.connection.execute("INSERT INTO tallies VALUES (?, ?)", (step.run, number))
        return int(step.connection.execute("SELECT sum(number) FROM tallies WHERE run = ?", (step.run,)).get)

    return app


def begin(app: App, shape: str, key: str) -> Run:
    """Begin a run of a shape."""
    source = (
        "import { hook, run, sleep, start } from 'snapjs:workflow'; import { add, flaky, narrow, refuse, tally } from 'app:steps';"
        "export const sum = async n => n ? await add(n, await run(sum, n - 1)) : 0;"
        "export const child = async what => what === 'no' ? await refuse() : await hook('never');"
        f"/* {shape} */ export default async () => {{\n{SHAPES[shape].body}\n}}"
    )
    return app.start(source, key=f"{shape}:{key}")


def outcome(run: Run) -> tuple[Status, Any]:
    """What has become of a run."""
    status = run.status
    try:
        return status, run.result(timeout=0.001)
    except Exception as error:
        return status, str(error)


def expected(shape: str) -> tuple[Status, Any]:
    """What has to."""
    return SHAPES[shape].status, SHAPES[shape].result


def steps_of(ledger: Path) -> Counter[str]:
    """How many different steps of each run have run, with those of its children, by its id."""
    keys = {line.split()[0] for line in ledger.read_text().splitlines()}
    return Counter(key.partition("/")[0].partition(".")[0] for key in keys)


def too_many_at_once(ledger: Path) -> list[str]:
    """Where more of the steps `narrow` have run at once than their queue lets. Those that were killed are left out."""
    file = Path(f"{ledger}.narrow")
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    faults = []
    for key, most in ((None, WIDTH), *((number, 1) for number in "1234")):
        spans = [(float(began), float(ended)) for number, began, ended in lines if key in (None, number)]
        changes = sorted([(began, 1) for began, _ in spans] + [(ended, -1) for _, ended in spans])
        running = highest = 0
        for _, change in changes:
            running += change
            highest = max(highest, running)
        if highest > most:
            faults.append(f"{highest} of {most} steps of the queue, key {key}, have run at once")
    return faults


def main() -> None:
    store, ledger, lease = sys.argv[1:4]
    app = make_app(store, ledger, lease=float(lease), clock=time.time, keep_runs=3600)
    print("ready", flush=True)
    app.run_worker(threads=2)


if __name__ == "__main__":
    main()
