"""Async steps that a worker has begun, and that none of its threads waits for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .._threads import RLock
from .records import Outcome, StepClaim
from .step_runner import Retry, StepRunner


class Apart:
    """So many at a time as there are places. Any thread may use it.

    Whoever claims such a step takes a place before, and gives it back if there was none to claim. Of a step that has
    begun, the place is free when it has ended.

    :param runner: of the steps.
    :param wake: called when one has ended.
    """

    def __init__(self, runner: StepRunner, wake: Callable[[], None]) -> None:
        self._runner = runner
        self._wake = wake
        self._lock = RLock()
        self._places = 0
        self._steps: dict[int, StepClaim] = {}
        self._ended: deque[tuple[StepClaim, Outcome | Retry | None]] = deque()

    def open(self, places: int) -> None:
        """Have so many of them at a time."""
        with self._lock:
            self._places = places

    def take_place(self) -> bool:
        """Whether there was one."""
        with self._lock:
            if not self._places:
                return False
            self._places -= 1
            return True

    def give_back_place(self) -> None:
        with self._lock:
            self._places += 1

    @property
    def steps(self) -> list[StepClaim]:
        """What has begun and is not stored."""
        with self._lock:
            return list(self._steps.values())

    def begin(self, step: StepClaim) -> None:
        """Begin a step, for which a place was taken."""
        with self._lock:
            self._steps[id(step)] = step
        try:
            self._runner.begin(step, self._end)
        except BaseException:
            self.forget(step)
            raise

    def _end(self, step: StepClaim, ended: Outcome | Retry | None) -> None:
        self._ended.append((step, ended))
        self.give_back_place()
        self._wake()

    def next_ended(self) -> tuple[StepClaim, Outcome | Retry | None] | None:
        """One that has ended, and what has become of it: to be stored, and then to be forgotten. ``None``: there is
        none."""
        try:
            return self._ended.popleft()
        except IndexError:
            return None

    def forget(self, step: StepClaim) -> None:
        with self._lock:
            del self._steps[id(step)]
