"""The VMs of one worker: one that serves whoever calls, and one for each session."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .._threads import RLock
from ..errors import Interrupted, LimitError, SnapjsError
from ..snapshot import Snapshot
from .awaiting import Awaiting
from .call import Request
from .clone import Clone
from .leaving import left
from .program import Program, check_health


@dataclass(frozen=True)
class Plan:
    """When a worker makes a VM anew. It can be pickled."""

    recycle_after: int | None
    """calls"""
    max_growth: int | None
    """bytes"""
    reset: bool
    """after each call"""
    sessions: int
    """VMs that are kept for sessions at a time"""
    health: str | None


class Machine:
    """Does what is asked for, in VMs of its own. One thread at a time, but for :meth:`stop`.

    :param program: what they run.
    :param plan: when they are made anew.
    :raises PoolError: the program is not fit to serve.
    """

    def __init__(self, program: Program, plan: Plan) -> None:
        self._program = program
        self._plan = plan
        self._awaiting = Awaiting()
        self._lock = RLock()  # a finalizer may stop a call while this very thread holds it
        self._is_stopped = False
        self._running: tuple[Request, Clone] | None = None
        self._live: OrderedDict[Hashable, Clone] = OrderedDict()
        """of sessions; the one that was used last comes last"""
        self._parked: dict[Hashable, Snapshot] = {}
        """sessions that were not used for long"""
        self.renewals = 0
        """VMs that were replaced"""
        self._clone = Clone(program)
        self._timers = self._clone.timers
        if plan.health is not None:
            check_health(self._clone, plan.health, self._awaiting)
            if plan.reset:
                self._renew()

    # ---- calls

    def call(self, request: Request) -> Any:
        """Do what is asked for.

        :raises BaseException: what comes of it, without references to the VM.
        """
        clone = self._of_nobody() if request.key is None else self._of_session(request.key)
        clone.go_on()
        with self._lock:
            if self._is_stopped or request.is_abandoned:
                raise Interrupted()
            self._running = request, clone
        try:
            return clone.call(request, self._awaiting)
        except SnapjsError as error:
            clone.is_spent = isinstance(error, LimitError)
            failure = left(error)
        except BaseException as error:
            clone.is_spent = not isinstance(error, Exception)
            raise
        finally:
            with self._lock:
                self._running = None
        raise failure

    def stop(self, request: Request | None = None) -> None:
        """End a request, if it is the one that is running; without one, whatever is running, or would. From any
        thread."""
        with self._lock:
            self._is_stopped = self._is_stopped or request is None
            if self._running is not None and (request is None or self._running[0] is request):
                self._running[1].stop()
                self._awaiting.stop()

    def tidy(self) -> None:
        """Replace the VM that was used, if it is time to. Whoever waits for the outcome need not wait for this."""
        clone, plan = self._clone, self._plan
        if clone.is_closed:  # the next call makes another
            return
        if (
            clone.is_dead
            or clone.is_spent
            or clone.timers > self._timers  # which would run, and fail, in the call of somebody else
            or (plan.recycle_after is not None and clone.calls >= plan.recycle_after)
            or (plan.max_growth is not None and clone.measure() - self._program.snapshot.size > plan.max_growth)
        ):
            self.renewals += 1
        elif not (plan.reset and clone.calls):
            return
        with suppress(Exception):  # there is no memory for another VM; the next call may find some, or says so
            self._renew()

    def _of_nobody(self) -> Clone:
        if self._clone.is_closed:  # something has ended what was to replace it, if only the exception of a signal
            self._renew()
        return self._clone

    def _renew(self) -> None:
        self._clone.close()
        self._awaiting.end_cancelled()
        self._clone = Clone(self._program)

    # ---- sessions

    def _of_session(self, key: Hashable) -> Clone:
        clone = self._live.get(key)
        if clone is None or clone.is_dead:
            clone = self._live[key] = Clone(self._program, self._parked.get(key))
            self._parked.pop(key, None)
        self._live.move_to_end(key)
        while len(self._live) > self._plan.sessions:
            self._park_oldest()
        return clone

    def _park_oldest(self) -> None:
        key, clone = next(iter(self._live.items()))
        if not clone.is_dead:
            self._parked[key] = clone.snapshot(self._program.snapshot)
        del self._live[key]
        clone.close()

    def end(self, key: Hashable) -> None:
        """Forget a session."""
        self._parked.pop(key, None)
        clone = self._live.pop(key, None)
        if clone is not None:
            clone.close()

    # ---- the end

    @property
    def memory(self) -> int:
        """Bytes of linear memory of all VMs, as far as is known. From any thread."""
        # Those of dict make a list without asking the keys, while others may come and go.
        return sum(clone.memory for clone in [self._clone, *dict.values(self._live)])

    def close(self) -> None:
        """Free all VMs."""
        for clone in (self._clone, *self._live.values()):
            clone.close()
        self._live.clear()
        self._parked.clear()
        self._awaiting.close()
