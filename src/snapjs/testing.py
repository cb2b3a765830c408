"""For tests of programs that use snapjs: workflows whose time passes when the test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from .errors import StillPending
from .workflows import App, Run

__all__ = ["InProcessApp", "workflows"]

_MOST: Final = 5_000
"""turns and steps without an end: what goes on for longer is taken for a program that never ends"""


@contextmanager
def workflows(app: App, *, steps: Mapping[str, Callable[..., Any]] | None = None) -> Iterator[InProcessApp]:
    """An app with the steps of another, on a store of its own, which is thrown away at the end.

    :param app: whose steps, with their retries, and whose limits it has. Its store is not touched.
    :param steps: functions to be called in place of those, by the names of the steps. They get what the steps would.
    :raises KeyError: the app has no step of a name in ``steps``.
    """
    with TemporaryDirectory(prefix="snapjs-", ignore_cleanup_errors=True) as folder:
        copy = InProcessApp(app, Path(folder) / "runs.db", steps or {})
        try:
            yield copy
        finally:
            copy._worker.close()


class InProcessApp(App):
    """An app without workers: what there is to do is done by the methods here, in this thread, and time stands still
    unless one of them lets it pass. Made by :func:`workflows`.

    Runs are started, told and asked as those of any :class:`snapjs.workflows.App`. :meth:`snapjs.workflows.Run.result`
    works on, as :meth:`run_until_idle` does, until the run has ended.
    """

    def __init__(self, app: App, path: Path, steps: Mapping[str, Callable[..., Any]]) -> None:
        self._now = datetime.now(UTC).timestamp()
        options = app._worker_options
        super().__init__(
            f"sqlite:///{path}",
            clock=lambda: self._now,
            turn_timeout=options["turn_timeout"],
            memory_limit=options["memory_limit"],
        )
        self._steps = dict(app._steps)
        for name, function in steps.items():
            if name not in self._steps:
                raise KeyError(f"the app has no step {name!r}. It has {', '.join(self._steps) or 'none'}.")
            self._steps[name] = self._steps[name].faked(function)
        self._worker = self.worker()

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

    def _work(self, end: float, is_enough: Callable[[], bool]) -> None:
        """Do what there is to do until a time, or until it is enough."""
        for _ in range(_MOST):
            if is_enough():
                return
            worker = self._worker
            if worker.begin_scheduled() or worker.take_turn() or worker.run_step():
                continue
            due = self._store.next_due()
            if due is None or due > end:
                return
            self._now = max(self._now, due)
        raise StillPending(
            message=f"There was something to do {_MOST} times, and there still is. Where a workflow goes on for ever, "
            "let some time pass: app.advance(timedelta(days=30))."
        )

    def _await_end(self, run: Run, timeout: float | None) -> None:
        self._work(inf, lambda: run.status.is_final)
        if not run.status.is_final:
            waits = [(one.call, f"{one.kind} {one.name}".rstrip()) for one in run.history().waiting]
            names = ", ".join(name for _, name in waits) or "something that does not come"
            raise StillPending(waits, f"The run {run.id} waits for {names}. Deliver it, or cancel the run.")
