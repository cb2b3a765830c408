"""A fault of guest code is a trap, whoever has set signal handlers since."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_guest import make

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere wasmtime does not rely on such handlers")

SEGMENTATION_FAULT = 11

PROGRAM = """
import faulthandler, sys
from small_guest import make
from snapjs._guest.raw import Trap

def fault(raw, name, *arguments):
    try:
        raw.function(name, len(arguments), True)(*arguments)
    except Trap as trap:
        print(trap.cause.split("\\n")[-1].partition("wasm trap: ")[2], flush=True)

{before}
raw, _ = make()
{after}
fault(raw, "peek", 0xFFFFFFF0)
fault(make()[0], "fail")
{end}
"""


def run(before: str, after: str, end: str = "") -> subprocess.CompletedProcess[str]:
    here = Path(__file__).parent
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.format(before=before, after=after, end=end)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(here), *sys.path])},
        capture_output=True,
        text=True,
        timeout=60,
    )


TRAPS = "out of bounds memory access\nwasm `unreachable` instruction executed\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "faulthandler.enable()"),
        ("", "faulthandler.enable(); faulthandler.disable()"),
        ("faulthandler.enable()", "faulthandler.disable()"),
        ("faulthandler.enable()", "faulthandler.disable(); faulthandler.enable(); make()"),
        ("", "import signal; signal.signal(signal.SIGSEGV, signal.SIG_DFL); make()"),
    ],
)
def test_a_fault_is_a_trap(before: str, after: str) -> None:
    ended = run(before, after)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, TRAPS, "")


def test_a_fault_of_the_process_is_told_by_faulthandler() -> None:
    ended = run(
        "faulthandler.enable()", "faulthandler.disable(); faulthandler.enable(); make()", "faulthandler._sigsegv()"
    )
    assert (ended.returncode, ended.stdout) == (-SEGMENTATION_FAULT, TRAPS)
    assert ended.stderr.startswith("Fatal Python error: Segmentation fault")


def test_the_handler_of_another_library_is_left() -> None:
    make()
    system = ctypes.CDLL(None)
    before, theirs, found = (ctypes.create_string_buffer(256) for _ in range(3))
    system.sigaction(SEGMENTATION_FAULT, None, before)
    theirs.raw = before.raw
    address = ctypes.cast(system.abort, ctypes.c_void_p)
    ctypes.memmove(theirs, ctypes.byref(address), 8)
    system.sigaction(SEGMENTATION_FAULT, theirs, None)
    try:
        make()
        system.sigaction(SEGMENTATION_FAULT, None, found)
    finally:
        system.sigaction(SEGMENTATION_FAULT, before, None)
    assert found[:8] == theirs[:8]
