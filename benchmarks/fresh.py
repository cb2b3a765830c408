"""Measures that need a process which has done nothing else: ``python -m benchmarks.fresh NAME TASK ARGUMENT …``.

A worker starts it by :func:`figures`. It says on its standard output, one JSON object a line, ``{"watch": process}``
when that process's memory is to be sampled until the next line, and then waits for a line; and at last its figures, or
``{"unsupported": reason}``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any

from .adapter import Adapter, Unsupported, adapter_class
from .asked import ASKED
from .footprint import Peak, children, held, private, resident
from .heaps import filled
from .workload import expect

_FORKS_AT_ONCE = 16
_MOST_HELD = 2 << 30
"""bytes at which making forks is given up: the machine has other programs too"""
_USES = 100
"""calls by each thread that calls a bridge"""
_LONGEST_RESUME = 300
"""seconds"""
_MOST_IDLE = 64 << 20
"""bytes at which there are machines enough for a mean"""


def figures(name: str, task: str, *arguments: Any) -> dict[str, Any]:
    """What a task of this module measures for a package; ``peak`` is what the process held in addition when watched.

    :raises Unsupported: the package cannot do it.
    """
    answer: dict[str, Any] = {}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fresh", name, task, *map(str, arguments)],
        cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            answer |= json.loads(line)
            if "watch" in answer:
                with Peak(answer.pop("watch")) as peak:
                    print(file=process.stdin, flush=True)
                    answer |= json.loads(process.stdout.readline() or "{}")
                answer["peak"] = peak.grown
    if process.returncode:
        raise RuntimeError(f"{task} ended with {process.returncode}")
    if "unsupported" in answer:
        raise Unsupported(answer["unsupported"])
    return answer


def forks(adapter: Adapter, megabytes: str, count: str, pages: str) -> dict[str, Any]:
    """Memory of so many forks of a snapshot and the snapshot, when each fork has written to so many pages."""
    wanted = int(count)
    adapter.close(adapter.create())  # what the first machine loads is not a fork's
    before = _held(adapter)
    with filled(adapter, int(megabytes)) as machine:
        snapshot = adapter.snapshot(machine)
    machines: list[Any] = []
    first = before
    while len(machines) < wanted:
        for machine in adapter.fork(snapshot, min(_FORKS_AT_ONCE, wanted - len(machines)) if machines else 1):
            expect(adapter.eval(machine)(f"touch({pages})"), int(pages))
            machines.append(machine)
        now = _held(adapter)
        if len(machines) == 1:
            first = now
        if now > _MOST_HELD:
            raise Unsupported(f"{len(machines)} forks hold more than {_MOST_HELD >> 30} GB")
    return {
        "held": now - before,
        "next": (now - first) / (wanted - 1),
        "resident": resident(adapter.process),
    }


def save(adapter: Adapter, megabytes: str, path: str) -> dict[str, Any]:
    """Seconds that it takes to save a snapshot of a heap to a file."""
    with filled(adapter, int(megabytes)) as machine:
        snapshot = adapter.snapshot(machine)
    adapter.collect()
    _have_watched(adapter)
    return {"seconds": adapter.seconds("save", snapshot, path)}


def load(adapter: Adapter, path: str) -> dict[str, Any]:
    """Seconds that it takes to load it."""
    adapter.close(adapter.create())
    _have_watched(adapter)
    return {"seconds": adapter.seconds("load", path)}


def idle(adapter: Adapter, count: str) -> dict[str, Any]:
    """Private memory of a machine that has evaluated something, as the mean of so many, or of fewer that hold much."""
    adapter.close(adapter.create())  # what the first machine loads is not another's
    before = _private(adapter)
    machines: list[Any] = []
    while len(machines) < int(count) and (len(machines) % 10 or _private(adapter) - before < _MOST_IDLE):
        machine = adapter.create()
        expect(adapter.eval(machine)("1+2"), 3)
        machines.append(machine)
    return {"each": (_private(adapter) - before) / len(machines)}


def bridge(adapter: Adapter, name: str, workers: str) -> dict[str, Any]:
    """Memory of a bridge whose workers have all been called."""
    asked = ASKED[name]
    before = _held(adapter)
    with closing(adapter.bridge(asked.path(), int(workers))) as made:

        def use(_: int) -> None:
            call = made.caller()
            for _ in range(_USES):
                expect(call(asked.export, *asked.arguments), asked.result)

        with ThreadPoolExecutor(2 * int(workers)) as threads:
            list(threads.map(use, range(2 * int(workers))))
        return {"held": _held(adapter) - before}


def wait(adapter: Adapter, path: str, steps: str) -> dict[str, Any]:
    """A run with so many steps in its past, which waits for a message."""
    durable = adapter.durable(path)
    durable.open()
    return {"run": durable.wait(int(steps))}


def resume(adapter: Adapter, path: str, run: str) -> dict[str, Any]:
    """Seconds from the start of a worker to the step that a run has after a message, which was there before."""
    durable = adapter.durable(path)
    durable.tell(run)
    start = perf_counter()
    durable.open()
    if not durable.reached.wait(_LONGEST_RESUME):
        raise TimeoutError("nobody went on with the run")
    seconds = perf_counter() - start
    durable.close()
    return {"seconds": seconds}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "forks": forks,
    "save": save,
    "load": load,
    "idle": idle,
    "bridge": bridge,
    "wait": wait,
    "resume": resume,
}


def _private(adapter: Adapter) -> int:
    adapter.collect()
    return private(adapter.process)


def _held(adapter: Adapter) -> int:
    adapter.collect()
    return held(adapter.process, *children(adapter.process))


def _have_watched(adapter: Adapter) -> None:
    _say({"watch": adapter.process})
    sys.stdin.readline()


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), file=_answers, flush=True)


if __name__ == "__main__":
    # What a package prints must not get among the answers.
    _answers, sys.stdout = sys.stdout, sys.stderr
    _name, _task, *_arguments = sys.argv[1:]
    try:
        _say(TASKS[_task](adapter_class(_name)(), *_arguments))
    except Unsupported as reason:
        _say({"unsupported": str(reason)})
    os._exit(0)  # whatever threads wait for
