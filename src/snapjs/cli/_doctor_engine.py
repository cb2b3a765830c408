"""What ``snapjs doctor`` checks of the engine: its bytes, its machine code, and whether a VM can be made of it."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from typing import Final

from .._cache import cache_folder, make_private_folder
from .._guest.engine import PACKAGED_FILE, packaged
from ..vm import VM
from . import _show
from ._doctor_checks import REINSTALL, ROOM, Check, Stopwatch, expect, free_after_writing
from ._findings import Finding


def _engine() -> Iterator[Finding]:
    """The engine's bytes against what the build wrote beside them."""
    actual = packaged().sha256
    text = f"{actual}, {_show.size(len(packaged().wasm))}"
    try:
        with open(os.path.join(os.path.dirname(PACKAGED_FILE), "stamp.json"), encoding="utf-8") as file:
            stamp = json.load(file)
    except OSError:
        yield Finding("engine", "ok", f"{text}; its build left no stamp to compare it with")
        return
    if stamp.get("sha256") == actual:
        yield Finding("engine", "ok", f"{text}, as its build made it")
    else:
        yield Finding("engine", "fails", f"{text}, but its build made {stamp.get('sha256')}", REINSTALL)


def _cache() -> Iterator[Finding]:
    folder = cache_folder()
    remedy = "set SNAPJS_CACHE_DIR to a folder that only you can write to"
    if folder is None:
        yield Finding("cache", "slow", "this user has no folder for caches", remedy)
        return
    # As what is kept there: in a folder of its own, for others may write to one that a build has made.
    probe = os.path.join(folder, f"probe-{os.getpid()}")
    try:
        make_private_folder(probe)
        free = free_after_writing(probe)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "make room there, or set SNAPJS_CACHE_DIR to a folder on another disk"
        yield Finding("cache", "slow", f"{folder} cannot be used: {error.strerror or error}", remedy)
        return
    finally:
        shutil.rmtree(probe, ignore_errors=True)
    if free < ROOM:
        remedy = "make room there, or set SNAPJS_CACHE_DIR to a folder on another disk"
        yield Finding("cache", "slow", f"{folder}: only {_show.size(free)} are free", remedy)
    else:
        yield Finding("cache", "ok", f"{folder}: {_show.size(free)} are free")


def _machine_code() -> Iterator[Finding]:
    """Loads both kinds of machine code, from the cache if they are there."""
    for checked, name in ((False, "machine code"), (True, "with deadlines")):
        clock = Stopwatch()
        code = packaged().compiled(checked)
        seconds = clock.lap()
        if code.from_cache:
            yield Finding(name, "ok", "loaded from the cache", seconds=seconds)
        elif code.path is not None:
            text = "compiled now, and put into the cache for the next process"
            yield Finding(name, "ok", text, seconds=seconds)
        else:
            text = "compiled now, and every process has to do that again"
            yield Finding(name, "slow", text, "see what is the matter with the cache, above", seconds)


def _new_vm() -> Iterator[Finding]:
    clock = Stopwatch()
    with VM() as vm:
        seconds = clock.lap()
        version = vm._bridge.ask("snap_describe")["quickjs"]
        yield Finding("new VM", "ok", f"of QuickJS-NG {version}", seconds=seconds)
        clock.lap()
        yield expect("eval", vm.eval("1 + 2"), 3, clock.lap())


CHECKS: Final[dict[str, Check]] = {
    "engine": _engine,
    "cache": _cache,
    "machine code": _machine_code,
    "new VM": _new_vm,
}
