"""Another version of snapjs: the package with an engine that has other bytes, and does the same.

:func:`take_snapshots` runs it in a process of its own.
"""

from __future__ import annotations

from pathlib import Path

import fresh_process

CLOCK = 1_700_000_000.0

PROGRAM = """
    var counter = 1, answer = null, ticks = 0
    const twice = n => add(n, n)
    class Box { constructor(content) { this.content = content } }
    var box = new Box(new Map([["key", [1, 2, 3]]]))
    ask({ why: [1] }, x => x).then(value => { answer = value })
    setTimeout(() => { ticks += 1 }, 1000)
    0
"""

_CODE = """
import pickle, sys
from pathlib import Path
from snapjs._guest import engine
folder = Path(sys.argv[1])
engine.PACKAGED_FILE = str(folder / "engine.wasm")
import snapjs
from snapjs import VM, EngineStore, Intrinsics, Sandbox
with VM(clock=float(sys.argv[2]), seed=1, functions={"add": int.__add__, "ask": snapjs.pending}) as vm:
    vm.eval(sys.argv[3])
    vm.new_realm().eval("var where = 'another realm'")
    first = vm.snapshot()
    first.save(folder / "plain")
    first.save(folder / "embedded", embed_engine=True)
    first.save(folder / "encrypted", embed_engine=True, key=bytes(32))
    (folder / "pickled").write_bytes(pickle.dumps(first))
    vm.eval("counter += 41")
    vm.snapshot(base=first).save(folder / "delta")
    (folder / "bytecode").write_bytes(vm.compile("counter * 100"))
with Sandbox(clock=float(sys.argv[2]), seed=1).session("anna", folder / "sessions") as session:
    session.eval("globalThis.visits = 1")
with VM(intrinsics=Intrinsics.JSON | Intrinsics.EVAL, web=False) as vm:
    vm.snapshot().save(folder / "bare", embed_engine=True)
print(EngineStore(folder / "store").add())
"""


def variant_of(wasm: bytes) -> bytes:
    """The same engine with a custom section more, which means nothing."""
    name = b"another version"
    return wasm + bytes([0, len(name) + 1, len(name)]) + name


def take_snapshots(folder: Path, wasm: bytes) -> str:
    """Leave in a folder what a version with this engine saves; the engine's sha256."""
    (folder / "engine.wasm").write_bytes(wasm)
    return fresh_process.run(_CODE, folder, str(CLOCK), PROGRAM)
