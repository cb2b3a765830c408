"""For tests of programs that use snapjs: workflows whose time passes when the test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, get_args

from ._checks import checked_count
from ._workflows.crash import Death, watched
from ._workflows.records import Run as Record
from .errors import RunEnded, StillPending
from .workflows import App, Run

__all__ = ["InProcessApp", "Place", "every_crash", "workflows"]

Place = Literal[
    "claimed", "computed", "committed", "step_claimed", "step_done", "step_retried", "step_stored",
]  # fmt: skip
"""Where a worker may die, by :meth:`InProcessApp.crash_at`: before a turn, after it but before it is stored, and after
that; before a step's function is called, after it has returned but before that is stored, after it has raised and a
further attempt is stored, and after the outcome is stored."""

_MOST: Final = 5_000
"""turns and steps without an end: what goes on for longer is taken for a program that never ends"""


@contextmanager
def workflows(app: App, *, steps: Mapping[str, Callable[..., Any]] | None = None) -> Iterator[InProcessApp]:
    """An app with the steps of another, on a store of its own, which is thrown away at the end.

    :param app: whose steps, with their retries, and whose limits it has. Its store is not touched.
    :param steps: functions to be called in place of those, by the names of the steps. They get what the steps would.
    :raises KeyError: the app has no step of a name in ``steps``.
    :raises AssertionError: no worker has come where :meth:`InProcessApp.crash_at` wants one to die.
    """
    with _temporary(app, steps) as copy:
        yield copy
        copy._check_crashes()


@contextmanager
def _temporary(app: App, steps: Mapping[str, Callable[..., Any]] | None) -> Iterator[InProcessApp]:
    with TemporaryDirectory(prefix="snapjs-", ignore_cleanup_errors=True) as folder:
        copy = InProcessApp(app, Path(folder) / "runs.db", steps or {})
        try:
            yield copy
        finally:
            copy._worker.close()


def every_crash(
    app: App, check: Callable[[InProcessApp], object], *, steps: Mapping[str, Callable[..., Any]] | None = None
) -> int:
    """Call a function that starts runs and looks at what comes of them, again and again: once without a crash, and once
    for each place where a worker may have died in that. Its worker dies there, and another one takes over.

    What it raises has a note that says where the worker has died.

    :param app: as that of :func:`workflows`, as are ``steps``. Each call gets another copy, with an empty store.
    :param check: it has to put back itself what its steps change, as it is called again.
    :return: how many workers have died.
    """
    with _temporary(app, steps) as test:
        check(test)
        places = test._places
    deaths = 0
    for number, (place, step) in enumerate(places):
        crash = _Crash(place, step, places[: number + 1].count((place, step)))
        with _temporary(app, steps) as test:
            test._crashes.append(crash)
            try:
                check(test)
            except BaseException as error:  # what pytest.fail raises is no Exception
                error.add_note(f"A worker of this test was to die at {crash}.")
                raise
            deaths += not test._crashes
    return deaths


@dataclass(eq=False)
class _Crash:
    """A worker is to die."""

    place: str
    step: str
    """empty: any"""
    times: int
    """1: the next time that a worker comes there"""
    seen: int = 0
    """how often one has come there"""

    def is_now(self, place: str, step: str) -> bool:
        """Whether it is to die now that it has come to a place."""
        if place != self.place or self.step not in ("", step):
            return False
        self.seen += 1
        return self.seen == self.times

    def __str__(self) -> str:
        of = f" of {self.step}" if self.step else ""
        return f"{self.place}{of}" if self.times == 1 else f"{self.place}{of}, time {self.times}"


class InProcessApp(App):
    """An app without workers: what there is to do is done by the methods here, in this thread, and time stands still
    unless one of them lets it pass. Made by :func:`workflows`.

    Runs are started, told and asked as those of any :class:`snapjs.workflows.App`. :meth:`snapjs.workflows.Run.result`
    works on, as :meth:`run_until_idle` does, until the run has ended.
    """

    def __init__(self, app: App, path: Path, steps: Mapping[str, Callable[..., Any]]) -> None:
        self._now = datetime.now(UTC).timestamp()
        super().__init__(
            f"sqlite:///{path}",
            clock=lambda: self._now,
            lease=app._worker_options["lease"],
            turn_timeout=app._limits["timeout"],
            memory_limit=app._limits["memory_limit"],
        )
        self._secrets = app._secrets
        self._steps = dict(app._steps)
        self._queues = dict(app._queues)
        for name, function in steps.items():
            self._check_step(name)
            self._steps[name] = self._steps[name].faked(function)
        self._worker = self.worker()
        self._crashes: list[_Crash] = []
        self._places: list[tuple[str, str]] = []
        """where its workers have been, with the names of the steps"""

    @property
    def now(self) -> datetime:
        """What time it is for the runs. At first, it is the real time."""
        return datetime.fromtimestamp(self._now, UTC)

    def advance(self, duration: float | timedelta = 0) -> None:
        """Do what there is to do now, and what becomes due within some time, which passes.

        :param duration: seconds, or a ``timedelta``; without it, no time passes.
        :raises StillPending: there is no end of what there is to do.
        """
        seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
        if not 0 <= seconds < inf:
            raise ValueError(f"time passes by 0 seconds or more, not by {seconds!r}")
        end = self._now + seconds
        self._work(end, lambda: False)
        self._now = end

    def run_until_idle(self) -> None:
        """Do what there is to do, and let time pass until whatever is due next, however far that is, until nothing is
        left but to wait for deliveries.

        :raises StillPending: there is no end of what there is to do, as where a program sleeps again and again.
        """
        self._work(inf, lambda: False)

    def wait_for_hook(self, run: Run, name: str) -> None:
        """Do what there is to do, and let time pass, until a run waits for ``hook(name)``.

        :raises StillPending: it waits for something else.
        :raises RunEnded: it has ended.
        """

        def is_waiting() -> bool:
            waiting = run.history(run.turn).waiting
            return any(one.kind == "hook" and one.name == name for one in waiting)

        self._work(inf, lambda: run.status.is_final or is_waiting())
        if run.status.is_final:
            raise RunEnded(run.id, run.status)
        if not is_waiting():
            raise _still_pending(run, f"not for hook {name}")

    def crash_at(self, place: Place, *, step: str | None = None, times: int = 1) -> None:
        """Have a worker die at a place. Another one takes over when the lease of the dead one has ended.

        :param place: one of :data:`Place`.
        :param step: only where that step is run.
        :param times: 1: the next time that a worker comes there; 2: the time after that.
        :raises ValueError: there is no such place.
        :raises KeyError: the app has no such step.
        """
        if place not in get_args(Place) or (step is not None and not place.startswith("step_")):
            raise ValueError(
                f"no worker comes to {place!r}{'' if step is None else ' of a step'}: "
                f"a place is {', '.join(get_args(Place))}, of which the last four are of steps"
            )
        if step is not None:
            self._check_step(step)
        self._crashes.append(_Crash(place, step or "", checked_count("times", times)))

    def _check_step(self, name: str) -> None:
        """
        :raises KeyError: the app has no such step.
        """
        if name not in self._steps:
            raise KeyError(f"the app has no step {name!r}. It has {', '.join(self._steps) or 'none'}.")

    def _check_crashes(self) -> None:
        """
        :raises AssertionError: a worker was to die and has not.
        """
        if self._crashes:
            places = ", ".join(str(crash) for crash in self._crashes)
            raise AssertionError(f"no worker has died, for none has come there: {places}")

    def _pass(self, place: str, step: str) -> None:
        """A worker comes to a place."""
        if place not in get_args(Place):
            return
        self._places.append((place, step))
        due = [crash for crash in self._crashes if crash.is_now(place, step)]
        self._crashes = [crash for crash in self._crashes if crash not in due]
        if due:
            raise Death

    def _work_once(self) -> bool:
        """Do one thing, and possibly die of it; False: there is none now."""
        worker = self._worker
        try:
            with watched(self._pass):
                return worker.begin_scheduled() or worker.take_turn() or worker.run_step()
        except Death:
            worker.close()
            self._worker = self.worker()
            return True

    def _work(self, end: float, is_enough: Callable[[], bool]) -> None:
        """Do what there is to do until a time, or until it is enough."""
        for _ in range(_MOST):
            if is_enough():
                return
            if self._work_once():
                continue
            due = self._worker.next_due()
            if due is None or due > end:
                return
            self._now = max(self._now, due)
        raise StillPending(
            message=f"There was something to do {_MOST} times, and there still is. Where a workflow goes on for ever, "
            "let some time pass: app.advance(timedelta(days=30))."
        )

    def _await_more(self, run: Run, has_more: Callable[[], bool]) -> None:
        self._await(run, lambda: has_more() or run.status.is_final)

    async def _await_more_async(self, run: Run, has_more: Callable[[], bool]) -> None:
        self._await_more(run, has_more)

    def _await_end(self, run: Run, timeout: float | None) -> Record:
        self._await(run, lambda: run.status.is_final)
        return run._record()

    def _await(self, run: Run, has_come: Callable[[], bool]) -> None:
        self._work(inf, has_come)
        if not has_come():
            raise _still_pending(run, "")


def _still_pending(run: Run, what: str) -> StillPending:
    waits = [(one.call, f"{one.kind} {one.name}".rstrip()) for one in run.history(run.turn).waiting]
    names = ", ".join(name for _, name in waits) or "something that does not come"
    unless = f", and {what}" if what else ""
    return StillPending(waits, f"The run {run.id} waits for {names}{unless}. Deliver it, or cancel the run.")
