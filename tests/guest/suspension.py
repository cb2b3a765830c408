"""Runs the programs of the corpus from one suspension point to the next: from the start, or from a snapshot.

A program waits for `pause` and `refuse`, of which every call is answered with what its argument determines, and for
timers. It leaves what it has found in the global `result`. What must be there, and what must have been printed, stands
in comments at the end of its file. Above the program may stand

    // needs: realm            `other` is the global object of another realm
    // keeps: the reason       it leaves objects in the heap

Nothing that decides how a program goes on is kept outside of a `Point`; so whoever has the point comes to the same end.
"""

from __future__ import annotations

import json
import pickle
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from leaks import check_for_leaks
from virtual_time import Time

import snapjs
from snapjs import VM, Handle, PendingCall, Snapshot

CORPUS = Path(__file__).parent / "corpus"
START = 1_700_000_000.0
TICK = 0.125
"""Seconds that pass while a call is answered: a number without a rounding error, so that programs see whole
milliseconds."""
MOST_STEPS = 100


# ---- programs


@dataclass(frozen=True)
class Program:
    """A file of the corpus."""

    name: str
    source: str
    expected: Any
    """what it leaves in `result`"""
    printed: list[str]
    """its lines, and what was reported of its rejections"""
    needs_realm: bool
    keeps: bool


@cache
def program(name: str) -> Program:
    """The program of this name."""
    source = (CORPUS / f"{name}.js").read_text(encoding="utf-8")
    printed = _comment(source, "printed")
    return Program(
        name=name,
        source=source,
        expected=json.loads(_comment(source, "expected") or "null"),
        printed=json.loads(printed) if printed else [],
        needs_realm="\n// needs: realm\n" in source,
        keeps="\n// keeps: " in source,
    )


def _comment(source: str, title: str) -> str | None:
    match = re.search(rf"^/\* {title}\n(.*?)^\*/$", source, re.DOTALL | re.MULTILINE)
    return match and match[1]


def names() -> list[str]:
    """Names of all programs."""
    return sorted(path.stem for path in CORPUS.glob("*.js"))


@cache
def modules() -> Mapping[str, str]:
    """What programs may import."""
    return {path.name: path.read_text(encoding="utf-8") for path in CORPUS.glob("modules/*.js")}


# ---- running them


@dataclass(frozen=True)
class Point:
    """A state in which a program waits, and what its host knows then."""

    snapshot: bytes
    now: float
    printed: list[str]

    @property
    def id(self) -> str:
        """Hash of the state."""
        return Snapshot.from_bytes(self.snapshot).id


@dataclass(frozen=True)
class End:
    """What came of a program."""

    result: Any
    printed: list[str]
    ids: list[str]
    """of the states that it went through, the last one included"""


class Run:
    """A program and its host.

    :param point: where it goes on; ``None`` for a program that has not begun.
    :param options: those of VM that make no difference.
    """

    def __init__(self, program: Program, point: Point | None = None, **options: Any) -> None:
        self._program = program
        self._time = Time(START if point is None else point.now)
        self._printed = [] if point is None else list(point.printed)
        host = {
            "clock": self._time,
            "timezone": "Europe/Paris",
            "functions": self._functions(),
            "modules": modules(),
            "stdout": self._printed.append,
            "stderr": self._printed.append,
            "on_unhandled_rejection": self._report,
            **options,
        }
        self.vm = VM(seed=1, **host) if point is None else VM.restore(Snapshot.from_bytes(point.snapshot), **host)
        if program.needs_realm:
            realm = self.vm.new_realm() if point is None else self.vm.realms[0]
            realm.expose("pause", snapjs.pending)
            if point is None:
                self.vm.globals["other"] = realm.global_handle
        if point is None:
            # its jobs have not run yet, so the first point lies between them
            self.vm.eval_handle(program.source, filename=f"{program.name}.js").dispose()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *exception: object) -> None:
        self.vm.close()

    def _functions(self) -> dict[str, Any]:
        def fail(text: str) -> None:
            raise ValueError(text)

        return {
            "pause": snapjs.pending,
            "refuse": snapjs.pending,
            "store.read": snapjs.pending,
            "store.label": lambda text: f"label of {text}",
            "twice": lambda value, *_: value * 2,
            "relay": lambda function, *arguments: function(*arguments),
            "fail": fail,
            "collect": lambda: self.vm.gc(),
        }

    def _report(self, promise: Handle, reason: Handle, handled: bool) -> None:
        self._printed.append(f"{'handled late' if handled else 'unhandled'}: {reason.to_string()}")

    def point(self) -> Point:
        """Where it waits now."""
        return Point(self.vm.snapshot().to_bytes(), self._time.now, list(self._printed))

    def step(self) -> bool:
        """Answer one call, or let the next timer come; False at the end."""
        calls = self.vm.pending
        if self.vm.run_jobs():
            pass
        elif calls:
            self._time.now += TICK
            # not always the oldest, for programs that make several at a time
            _answer(calls[-1] if len(calls) > 2 else calls[0])
        elif self.vm.statistics().timers:
            self._time.now += self.vm.loop_once() / 1000
        else:
            return False
        self.vm.run_until_idle()
        return True

    def steps(self) -> Iterator[None]:
        """Each point where it waits, from the one where it is to the last."""
        yield
        for _ in range(MOST_STEPS):
            if not self.step():
                return
            yield
        raise AssertionError(f"{self._program.name} has not ended after {MOST_STEPS} steps")

    def end(self, ids: Sequence[str] = ()) -> End:
        """What has come of it."""
        result = self.vm.globals.get("result", "the program has left no result")
        return End(json.loads(json.dumps(result, allow_nan=False)), list(self._printed), list(ids))

    def check_for_leaks(self) -> None:
        """Fail when it has left anything in the VM that it should not."""
        for realm in self.vm.realms:
            realm.close()
        check_for_leaks(self.vm, objects=not self._program.keeps)


def _answer(call: PendingCall) -> None:
    value = call.args[0]
    if call.name == "refuse":
        call.reject(ValueError(value) if isinstance(value, str) else value)
    elif isinstance(value, str):
        call.resolve(value + "!")
    elif type(value) in (int, float):
        call.resolve(value * 10)
    else:
        call.resolve(value)


def run_to_end(program: Program, point: Point | None = None, **options: Any) -> End:
    """The end of a program that is saved wherever it waits, and goes on as itself."""
    with Run(program, point, **options) as run:
        ids = [run.vm.snapshot().id for _ in run.steps()]
        return run.end(ids)


# ---- in another process


def save(path: Path, points: Mapping[str, list[Point]]) -> None:
    """Write the points of some programs to a file."""
    path.write_bytes(pickle.dumps(points))


def finish_all(path: str, options: Mapping[str, Any], show: Callable[[str], Any] = print) -> None:
    """Restore each point of a file and run it to its end; show as JSON what came of each, by program."""
    points: dict[str, list[Point]] = pickle.loads(Path(path).read_bytes())
    ends = {name: [_finish(program(name), point, options) for point in found] for name, found in points.items()}
    show(json.dumps(ends))


def _finish(program: Program, point: Point, options: Mapping[str, Any]) -> dict[str, Any] | str:
    try:
        return asdict(run_to_end(program, point, **options))
    except Exception:  # the others of the file shall be heard too
        return traceback.format_exc()
