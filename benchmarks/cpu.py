"""Programs that only compute: each in JavaScript of its own, with a result that is known.

A program is a file in ``programs/``: one expression, whose value is the result or a promise of it. It uses neither time
nor chance, and may be evaluated in the same machine again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from .adapter import Adapter
from .workload import Group, Mean, Measure, expect, machine_of

CPU = Group("cpu")

_FOLDER = Path(__file__).parent / "programs"

# name, title, result as text
PROGRAMS = (
    ("scheduler", "scheduler of an operating system", "423257"),
    ("constraints", "constraint solver", "177336"),
    ("raytrace", "ray tracer", "8391956"),
    ("fluid", "fluid on a grid", "1266.555765"),
    ("splay", "splay tree", "24329"),
    ("regexp", "regular expressions", "25090879"),
    ("earley", "Earley parser", "7393381733"),
    ("rewriting", "symbolic rewriting", "25471053400"),
    ("json", "JSON", "853695526.875"),
    ("sort", "sorting", "679896964"),
    ("strings", "string building", "-1619206887"),
    ("bigint", "BigInt", "3401192542461599956"),
    ("collections", "Map and Set", "10314205"),
    ("digest", "typed arrays: SHA-256, CRC-32", "7a3485796d0f1614 1333703470"),
    ("images", "typed arrays: images", "922608"),
    ("async", "async, await, promises", "138011555"),
    ("generators", "generators", "3911125"),
    ("calls", "calls and closures", "30230525"),
    ("properties", "properties in loops", "1254316"),
    ("exceptions", "exceptions", "17844854"),
    ("destructuring", "destructuring, spread, rest", "242560783"),
    ("classes", "classes, private members", "6190502"),
    ("markdown", "Markdown to HTML", "1955446172"),
    ("floats", "floating point, Math", "0.16864 1.27421 950.26210 114957.07788"),
    ("interpreter", "bytecode interpreter", "357100461 124152381"),
    ("matrix", "matrices of arrays", "1022621 2.6063473e+23"),
    ("objects", "garbage: objects and arrays", "93149876"),
    ("formatting", "numbers and dates as text", "1744094979"),
)

_QUICK = ("scheduler", "raytrace", "splay", "regexp", "rewriting", "json", "collections", "async")


def script(name: str) -> str:
    """A script that runs the program and then has its result as text in the global variable ``checksum``.

    Another script must read it, for a promise is only fulfilled when the first one has ended.
    """
    program = (_FOLDER / f"{name}.js").read_text("utf-8")
    settle = "Promise.resolve(checksum).then(result => { globalThis.checksum = String(result) }); 0"
    return f"globalThis.checksum = {program}{settle}"


def computed(name: str, result: str, adapter: Adapter, machine: Any) -> Iterator[Measure]:
    """Measure a program in a machine."""
    evaluate = adapter.eval(machine)
    run = adapter.timed(evaluate, script(name))

    def measure(count: int) -> float:
        seconds = 0.0
        for _ in range(count):
            seconds += run(1) + adapter.seconds("drain", machine)
            expect(evaluate("checksum"), result)
        return seconds

    measure(1)
    yield measure


def _computed(name: str, result: str, adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        yield from computed(name, result, adapter, machine)


for _name, _title, _result in PROGRAMS:
    CPU.workload(f"cpu-{_name}", _title, full_only=_name not in _QUICK)(partial(_computed, _name, _result))

CPU.means += [
    Mean("computing, geometric mean, by quickjs-ng", "cpu", 1.15, "quickjs-ng"),
    Mean("computing, geometric mean, by quickjs-wasi", "cpu", 0.85, "quickjs-wasi"),
]
for _workload in CPU.workloads:
    CPU.stays_under(1, _workload.name, _workload.title, ["quickjs-rs"])
