"""Programs that are saved wherever they wait, in each way that there is, beside the same ones that never are."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import suspension

from snapjs import Snapshot


def rounds(chance: random.Random, folder: Path) -> Iterator[dict[str, int]]:
    """A program of the corpus in each round, of which another process does the rest now and then."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
        yield from _rounds(chance, folder, other)


def _rounds(chance: random.Random, folder: Path, other: ProcessPoolExecutor) -> Iterator[dict[str, int]]:
    names = suspension.names()
    while True:
        program = suspension.program(chance.choice(names))
        whole = suspension.run_to_end(program)
        way = chance.choice([_bytes, _file, _delta, _encrypted, _forks])
        with suspension.Run(program) as run:
            point, left = run.point(), len(whole.ids) - 1
        saved = 0
        while left > (keeps := chance.randint(0, 3)):
            point = replace(point, snapshot=way(Snapshot.from_bytes(point.snapshot), folder))
            with suspension.Run(program, point) as run:
                for _ in range(min(left - keeps, chance.randint(1, 4))):
                    if not run.step():
                        raise AssertionError(f"{program.name} ends too early when it was saved as {way.__name__}")
                    left -= 1
                point = run.point()
            saved += 1
        elsewhere = chance.random() < 0.3
        ended = other.submit(_end, program.name, point).result() if elsewhere else _end(program.name, point)
        if (ended.result, ended.printed) != (whole.result, whole.printed):
            raise AssertionError(f"{program.name}, saved {saved} times as {way.__name__}, has come to {ended}")
        yield {"programs": 1, "snapshots": saved, "ended in another process": int(elsewhere)}


def _end(name: str, point: suspension.Point) -> suspension.End:
    """Do the steps that are left."""
    with suspension.Run(suspension.program(name), point) as run:
        while run.step():
            pass
        return run.end()


def _bytes(snapshot: Snapshot, _: Path) -> bytes:
    return snapshot.to_bytes(compress=False)


def _file(snapshot: Snapshot, folder: Path) -> bytes:
    path = folder / "program.snap"
    snapshot.save(path, embed_engine=True)
    return Snapshot.load(path).to_bytes()


def _delta(snapshot: Snapshot, _: Path) -> bytes:
    [vm] = snapshot.fork(1)
    with vm:
        vm.globals["__delta"] = "x" * 10_000
        del vm.globals["__delta"]
        delta = vm.snapshot(base=snapshot)
    if Snapshot.from_bytes(delta.to_bytes(), base=snapshot).id != delta.id:
        raise AssertionError("a delta is read as another state")
    return snapshot.to_bytes()


def _encrypted(snapshot: Snapshot, _: Path) -> bytes:
    key = os.urandom(32)
    return Snapshot.from_bytes(snapshot.to_bytes(key=key), key=key).to_bytes()


def _forks(snapshot: Snapshot, _: Path) -> bytes:
    for vm in snapshot.fork(20):
        with vm:
            vm.globals["fork"] = bytes(100_000)
    return snapshot.to_bytes()
