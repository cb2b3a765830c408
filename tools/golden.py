"""Golden snapshots: taken once with each engine that was released, and restored by the test suite for ever.

A golden folder, named after the first digits of the engine's sha256, holds snapshots, what must come out of them, and
the sources of the engine that they name. No built engine is kept: it is built again from its sources, which give the
same bytes.

``python tools/golden.py add`` makes the folder for the engine that is built now; ``python tools/golden.py build STORE``
builds the engines of all golden folders into a folder for ``engines=``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tarfile
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path

from snapjs import VM, EngineStore, Snapshot, StillPending, pending
from snapjs._guest.engine import packaged

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
SOURCES = "engine.tar.xz"
EXPECTED = "expected.json"
KEY = bytes(range(32))
"""of the encrypted ones: they guard the format and no secret"""

_BUILDERS = [
    f"tools/{name}.py"
    for name in (
        "build_engine",
        "build_support",
        "encoding_tables",
        "engine_compiler",
        "engine_sources",
        "reactor_script",
        "third_party",
        "web_scripts",
    )
]
_CLOCK = 1_700_000_000.0
_ANSWERS = {"a": 1, "b": 2, "c": 3, "default": "d", "first": "f", "object": {}}


def end(snapshot: Snapshot) -> str:
    """Restore the program, an hour later, and answer what it waits for until it is done; its result as JSON."""
    functions = {"ask": pending, "refuse": pending}
    with VM.restore(snapshot, functions=functions, clock=_CLOCK + 3600) as vm:
        while calls := vm.pending:
            for call in calls:
                if call.name == "refuse":
                    call.reject(ValueError(call.args[0]))
                else:
                    call.resolve(_ANSWERS[call.args[0]])
        vm.run_until_idle()
        return str(vm.eval("JSON.stringify({ result, log })"))


def take() -> tuple[Snapshot, Snapshot, Snapshot]:
    """Run the program until it waits; the new VM, the waiting one, and what differs between them."""
    with VM(
        clock=_CLOCK,
        seed=1,
        functions={"ask": pending, "refuse": pending},
        modules={"counter.js": (GOLDEN / "counter.js").read_text()},
    ) as vm:
        whole = vm.snapshot()
        with suppress(StillPending):
            vm.eval_module((GOLDEN / "program.js").read_text(), "program.js")
        return whole, vm.snapshot(), vm.snapshot(base=whole)


def add() -> None:
    """Make the golden folder of the engine that is built now."""
    folder = GOLDEN / packaged().sha256[:12]
    folder.mkdir()
    whole, waiting, delta = take()
    whole.save(folder / "new.snap")
    waiting.save(folder / "waiting.snap")
    waiting.save(folder / "uncompressed.snap", compress=False)
    waiting.save(folder / "encrypted.snap", key=KEY)
    delta.save(folder / "delta.snap")
    expected = {"engine": whole.engine, "id": waiting.id, "end": end(waiting)}
    (folder / EXPECTED).write_text(json.dumps(expected, indent=1) + "\n")
    with tarfile.open(folder / SOURCES, "w:xz") as archive:
        for name in ("engine", *_BUILDERS):
            archive.add(ROOT / name, name, filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def build(store: Path) -> None:
    """Build the engines of all golden folders."""
    engines = EngineStore(store)
    for expected in sorted(GOLDEN.glob(f"*/{EXPECTED}")):
        if json.loads(expected.read_text())["engine"] not in engines:
            engines.add(_built(expected.with_name(SOURCES)))


def _built(sources: Path) -> bytes:
    with tempfile.TemporaryDirectory() as tree:
        with tarfile.open(sources) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 has it
            archive.extractall(tree)
        lock = tomllib.loads(Path(tree, "engine/sources.lock").read_text())
        compiler = f"{lock['compiler']['package']}=={lock['compiler']['version']}"
        # In an environment of its own, for the compiler is that of its time.
        command = ["uv", "run", "--no-project", "--with", compiler, "--with", "pip", "python"]
        subprocess.run([*command, f"{tree}/tools/build_engine.py", "--check"], check=True)
        return Path(tree, "src/snapjs/_engine/engine.wasm").read_bytes()


def load(file: Path, engines: Path | None) -> Snapshot:
    """Read a golden snapshot."""
    base = Snapshot.load(file.with_name("new.snap"), engines=engines) if file.stem == "delta" else None
    key = KEY if file.stem == "encrypted" else None
    return Snapshot.load(file, base=base, key=key, engines=engines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Golden snapshots of released engines.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("add", help="make the golden folder of the engine that is built now")
    commands.add_parser("build", help="build the engines of all").add_argument("store", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "add":
        add()
    else:
        build(arguments.store)


if __name__ == "__main__":
    main()
