"""What a package must offer to be asked what it can do, beyond what an adapter has to be measured.

Only the standard library may be imported here and in the modules of questions and packages, as for adapters.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import threading
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.adapter import Adapter, Unsupported

LIMIT = 128 << 20
"""bytes that a machine may have where memory is asked about"""
SECONDS = 0.5
"""that an evaluation may take where time is asked about"""

_LONGEST_VALUE = 5.0
"""seconds until a value that does not arrive is given up"""

Evaluate = Callable[[str], Any]


class No(Exception):
    """The answer is no. The message says why, in a few words."""


class Partly(Exception):
    """The answer is yes, but. The message says what is missing, in a few words."""


class NotAsked(BaseException):
    """The question makes no sense for this package. It is no error, lest it be taken for the package's."""


class Subject(Adapter):
    """A package with what questions need. Each subclass is an adapter too, whose methods do the rest."""

    def keep(self, machine: Any, path: str) -> None:
        """Write the state of a machine to a file, for another process."""
        self.save(self.snapshot(machine), path)

    def kept(self, path: str) -> Any:
        """The machine of :meth:`keep`."""
        return self.restore(self.load(path))

    def suspend(self, path: str) -> None:
        """Have a program wait for a function of the host, ``ask``, with the argument 40, and :meth:`keep` it so."""
        raise Unsupported("no snapshots")

    def resume(self, path: str) -> Any:
        """Answer that call with 2; what the program makes of its argument and the answer."""
        raise Unsupported("no snapshots")

    def wait(self, machine: Any, seconds: float) -> None:
        """Let the machine's timers of the next seconds run."""
        time.sleep(seconds)
        self.drain(machine)

    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        """What evaluates scripts in one machine that has such limits.

        :param memory: bytes.
        :param seconds: how long each evaluation may take.
        """
        raise Unsupported("no limits")

    def clock(self) -> float:
        """Seconds as the package's time limit counts them."""
        return time.monotonic()

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        """The same with a time limit and a global function of Python's."""
        raise Unsupported("no limits")

    def kinds(self, codes: Mapping[str, str]) -> dict[str, str]:
        """What the values of scripts are outside, by :func:`described`, or why one has no value, after "!"."""
        return {name: _within(_LONGEST_VALUE, lambda code=code: self._kind(code)) for name, code in codes.items()}

    def _kind(self, code: str) -> str:
        machine = self.create()
        return described(self.eval(machine)(code))

    def give(self, machine: Any, value: Any) -> None:
        """Copy any value into the global variable ``data``, as the package converts it."""
        self.put(machine, value)

    def taken(self, values: Mapping[str, Any], tests: Mapping[str, str]) -> dict[str, bool]:
        """Whether values arrive: scripts that are true of ``data``."""
        found = {}
        for name, value in values.items():
            machine = self.create()
            try:
                self.give(machine, value)
                found[name] = self.eval(machine)(tests[name]) is True
            except Exception:
                found[name] = False
        return found

    def with_modules(self, files: Mapping[str, str], entry: str) -> Any:
        """A machine that has evaluated one of these ES modules, which imports others, by their names."""
        raise Unsupported("no ES modules")

    def synchronous(self) -> Any:
        """What ``host(41)`` is in JavaScript, where that is a host function that adds one."""
        return self.eval(self.create({"host": lambda number: number + 1}))("host(41)")

    def from_another_thread(self) -> Any:
        """What another thread than the one that has made a machine gets from it: 42, or an error."""
        machine = self.create()
        evaluate = self.eval(machine)
        evaluate("globalThis.kept = 41; 0")
        found: list[Any] = []

        def ask() -> None:
            try:
                found.append(evaluate("kept + 1"))
            except BaseException as error:  # pyo3's panics are no Exception
                found.append(f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        return found[0]

    def catches(self) -> str:
        """What a script sees of the exception ``ValueError("secret")`` of a host function: its message."""

        def fail() -> None:
            raise ValueError("secret")

        machine = self.create({"fail": fail})
        found: str = self.eval(machine)("(() => { try { fail(); return 'nothing' } catch (e) { return String(e) } })()")
        return found


def _within(seconds: float, call: Callable[[], str]) -> str:
    found = ["!hangs"]

    def run() -> None:
        try:
            found[0] = call()
        except BaseException as error:  # pyo3's panics are no Exception
            found[0] = f"!{error}"

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0]


def described(value: Any, within: tuple[Any, ...] = ()) -> str:
    """What a value of Python is, so that it can be compared with one of Node.

    :param within: the containers that it has been found in.
    """
    if value is None or type(value).__name__ in ("JsUndefined", "JSUndefinedType", "Undefined"):
        return "null" if value is None else "undefined"
    if isinstance(value, bool):
        return f"boolean {value}".lower()
    if isinstance(value, int):
        return f"integer {int(value)}"
    if isinstance(value, float):
        return "number NaN" if math.isnan(value) else f"number {value:g}"
    if isinstance(value, str):
        return "string " + " ".join(f"{ord(character):x}" for character in value)
    if isinstance(value, (bytes, bytearray)) or (isinstance(value, memoryview) and value.format == "B"):
        return "bytes " + " ".join(map(str, value))
    if isinstance(value, datetime):
        return f"date {value.timestamp():g}"
    return _described_container(value, within)


def _described_container(value: Any, within: tuple[Any, ...]) -> str:
    if any(value is outer for outer in within):
        return "cycle"
    inside = (*within, value)
    if isinstance(value, (set, frozenset)):
        return f"set of {', '.join(sorted(described(each, inside) for each in value))}"
    if isinstance(value, Mapping):
        return f"map of {', '.join(f'{name}: {described(each, inside)}' for name, each in value.items())}"
    if isinstance(value, (Sequence, array, memoryview)):
        items = list(value)
        shared = any(a is b for a, b in pairwise(items) if isinstance(a, Mapping))
        return f"{'shared ' if shared else ''}list of {', '.join(described(each, inside) for each in items)}"
    return f"object {type(value).__name__}"


def subject_names() -> list[str]:
    """Names of the packages that are asked, snapjs first."""
    folder = importlib.import_module("benchmarks.features.packages").__path__
    names = sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(folder))
    return ["snapjs", *(name for name in names if name != "snapjs")]


def subject_class(name: str) -> type[Subject]:
    """The subject of a package; importing it does not import the package."""
    module = importlib.import_module(f"benchmarks.features.packages.{name.replace('-', '_')}")
    found: type[Subject] = module.SUBJECT
    return found


def changed(path: str, at: float) -> None:
    """Change one bit of a file, so far into it as a fraction says."""
    data = bytearray(Path(path).read_bytes())
    data[int(at * len(data))] ^= 1
    Path(path).write_bytes(data)
