"""VMs with native extensions, whose state goes along when they are saved."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dylink_file import counter

from snapjs import VM, Extension, Snapshot
from snapjs._native.build import build_extension

_EXAMPLES = Path(__file__).parents[3] / "examples" / "extensions"


@dataclass(frozen=True)
class _Use:
    """What a program does with an extension."""

    script: str
    result: Callable[[int, bytes], object]
    """of the script, when it has run so often, with these bytes in ``data``"""


_USES = {
    "counter": _Use("count()", lambda times, data: 5 + times),
    "crc32": _Use("crc32(data)", lambda times, data: zlib.crc32(data)),
    "sorted_map": _Use(
        "globalThis.map ??= new SortedMap(); map.set(`key ${map.size}`, { data }); map.size", lambda times, data: times
    ),
}


def rounds(chance: random.Random, folder: Path) -> Iterator[dict[str, int]]:
    """Some of the extensions in each round. Without a compiler there is one, which is assembled from text."""
    extensions = [counter(), *_compiled(folder)]
    while True:
        chosen = chance.sample(extensions, chance.randint(1, len(extensions)))
        yield {"compiled extensions": len(chosen) - (extensions[0] in chosen), "snapshots": _use(chosen, chance)}


def _compiled(folder: Path) -> list[Extension]:
    if find_spec("ziglang") is None:
        return []
    return [
        build_extension(_EXAMPLES / name, name, folder / f"{name}.wasm").extension for name in ("crc32", "sorted_map")
    ]


def _use(extensions: Sequence[Extension], chance: random.Random) -> int:
    """Have each do something again and again; how often the VM was saved meanwhile."""
    data, saved = chance.randbytes(chance.randrange(10_000)), 0
    vm = VM(extensions=extensions)
    try:
        vm.globals["data"] = data
        for times in range(1, chance.randint(2, 10)):
            for extension in extensions:
                use = _USES[extension.name]
                found, expected = vm.eval(use.script), use.result(times, data)
                if found != expected:
                    raise AssertionError(f"{extension.name}, saved {saved} times, says {found}, not {expected}")
            if chance.random() < 0.5:
                snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())
                vm.close()
                vm, saved = VM.restore(snapshot, extensions=extensions), saved + 1
    finally:
        vm.close()
    return saved
