"""What a store of workflows does, whatever it stands on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from .placement import NO_QUEUES, Placement, Queue
from .records import (
    Claim,
    Event,
    Fork,
    NewRun,
    Outcome,
    Run,
    Schedule,
    Status,
    StepClaim,
    StoredChunk,
    Turn,
    WrappedKey,
)
from .stored import Fault, RecordedTurn, StoredHistory, Survey


class Fenced(Exception):
    """Somebody else has claimed what was to be stored; nothing was."""


NextStep: TypeAlias = tuple[str, float, Collection[str]]
"""an owner, the seconds for which it claims a step, and the names of those that it would have"""


class Store(Protocol):
    """Where runs are. Any thread may use it, and any number of processes at once.

    Each method is one transaction: all of it is kept before the method returns, or none of it has happened. All raise
    :class:`snapjs.errors.StoreError` where the store cannot be used. Where that happens in the middle of a commit, the
    transaction may be kept all the same, so :meth:`commit`, :meth:`finish_step` and :meth:`retry_step` may be called
    again: what is there already is not stored twice, and is no reason to be fenced. What is stored of values is bytes
    that the store does not look into.
    """

    @property
    def path(self) -> str:
        """Where it is, for people."""

    def now(self) -> float:
        """Unix seconds, for leases and timers: the same for all who use the store."""

    # ---- runs

    def start(self, new: NewRun) -> tuple[Run, bool]:
        """A new run, or the one that has this key already; and whether it is new.

        :raises KeyError: its code is not there.
        """

    def run(self, id: str) -> Run | None:
        """A run, if there is one of that id."""

    def run_of(self, workflow: str, key: str) -> Run | None:
        """The run of a workflow that has a key, if there is one."""

    def ids(self, prefix: str, limit: int) -> list[str]:
        """The ids of runs that begin so, in order, but for those of children, which have a dot."""

    def runs(
        self,
        *,
        status: Status | None,
        workflow: str | None,
        limit: int,
        key: str | None = None,
        attributes: Mapping[str, bytes | None] | None = None,
        parent: str | None = None,
    ) -> list[Run]:
        """The newest runs, newest first, without their results.

        :param attributes: that they have, with just these bytes; ``None``: they have none of that name.
        :param parent: the run that has started them.
        """

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        """Have a run told something. Its status: one that is final is told nothing; ``None``: there is no such run.

        :param dedup: what is delivered again under this key is not.
        """

    def end(self, run: str, status: Status, error: bytes) -> Status | None:
        """End a run from outside, and its children with it, at any depth, but for those that are to be abandoned:
        whoever takes a turn of them is fenced. They are cancelled, without an error. Its status before.

        Whenever a run ends, who has started it is told in the same transaction, if the command of that call still
        waits; and of its children, those that are to be cancelled are told so, by an event without a payload.
        """

    def pause(self, run: str) -> Status | None:
        """Have nothing of a run begin until it is resumed: no turn, and no step. Whoever takes a turn of it is fenced;
        what comes of steps that run is kept. Its status before: one that has ended stays so.
        """

    def resume(self, run: str) -> Status | None:
        """Have a run that was paused go on. Its status before."""

    def fork(self, fork: Fork) -> tuple[Run, bool]:
        """A new run that begins where another one was, or the one that has this key already; and whether it is new.
        All that is kept of the other one is the new one's, too, its key for encryption among it.

        :raises KeyError: the run, or something that it waited for, is not there any more.
        """

    def history(self, run: str, after: int) -> StoredHistory:
        """What has happened in a run.

        :param after: the turn after which it begins.
        """

    def stream(self, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
        """What a run has written to one of its streams.

        :param after: how many are left out, from the first on.
        :param size: bytes after which it is enough; there is at least one, if there is any.
        """

    def journal(self, run: str, after: int, until: int) -> list[RecordedTurn]:
        """What the turns of a run were made of.

        :param after: the turn after which it begins.
        :param until: the last one.
        """

    def kept_states(self, run: str, until: int) -> list[int]:
        """The turns, up to one, after which the state is kept; the latest first."""

    # ---- turns

    def claim(self, owner: str, lease: float, *, overdue: float = 0.0) -> Claim | None:
        """A run that has something to do and that nobody works on: it is the owner's for so many seconds.

        :param overdue: seconds for which it has to have waited already.
        """

    def look(self, run: str) -> Claim | None:
        """A run without claiming it, if nobody works on it: a turn can be committed unless somebody claims it first."""

    def snapshot(self, run: str, turn: int) -> bytes | None:
        """The state after a turn, as far as it is kept."""

    def commit(
        self,
        claim: Claim,
        turn: Turn,
        keep: int,
        *,
        outcome: Outcome | None = None,
        next_step: NextStep | None = None,
        keep_history: int | None = None,
    ) -> StepClaim | None:
        """Store a turn. Nothing else changes the number of a run's turns.

        Where it has arguments to continue with, the run is told to begin, and what it wants and its children are let go
        of as if it had ended; what was delivered to hooks stays.

        Its children begin; one whose key another run has does not, and the run is told of a failure without a payload.
        Those of the runs in ``child_ends`` that it has started are ended, or told to end.

        :param keep: of how many turns the states are kept, and the one that those are made from which were not stored.
        :param outcome: of a step, which the run was told in this turn.
        :param next_step: who claims the first new step that has one of the names.
        :param keep_history: of how many turns is kept what the run was told and has wanted; some more may be. What it
            still waits for, and the keys of what was delivered, are kept in any case.
        :return: that step.
        :raises Fenced: somebody else has claimed the run since, or the step.
        """

    def release(self, claim: Claim, timer: float | None) -> None:
        """Give back a run in which there was nothing to do.

        :param timer: when the program's own timers are next due.
        """

    def postpone(self, claim: Claim, seconds: float) -> None:
        """Give back a run that this process cannot go on with: nobody is to try for so long."""

    # ---- steps

    def claim_step(
        self, owner: str, lease: float, names: Collection[str], queues: Mapping[str, Queue] = NO_QUEUES
    ) -> StepClaim | None:
        """A step with which something is to be done, as its ``task`` says: that is due, that nobody runs and that its
        queue lets run, which is then the owner's for so many seconds; one with these names that is to be placed; or one
        with any name that has waited for too long, to be ended by :meth:`finish_step`, or an attempt that is not heard
        of, to be ended by :meth:`retry_step`, too.

        :param queues: their limits, by name. The limits of others are not looked at.
        """

    def place_step(self, step: StepClaim, placement: Placement) -> None:
        """Say of a step what the app says of it, unless somebody has."""

    def finish_step(self, outcome: Outcome) -> None:
        """Tell the run of the outcome.

        :raises Fenced: it is not this attempt any more that counts.
        """

    def retry_step(self, step: StepClaim, due_at: float, error: bytes) -> None:
        """Have the step tried again.

        :raises Fenced: it is not this attempt any more that counts.
        """

    def transact_step(self, step: StepClaim, outcome: Callable[[Any], Outcome]) -> None:
        """Run a step in the transaction in which its outcome is stored, unless that is there already.

        :param outcome: what has become of it, given the connection with the transaction. Where it raises, all that it
            has done by the connection is undone.
        :raises Fenced: it is not this attempt any more that counts.
        :raises WorkflowError: it has ended the transaction.
        """

    def beat_step(self, step: StepClaim, detail: bytes) -> bool:
        """Take note that an attempt goes on, for the next one. Whether it still counts."""

    def waiting_steps(self, before: float) -> dict[str, int]:
        """How many steps of each name are due since then, at the latest, and have not been begun again.

        :param before: Unix seconds.
        """

    def lost_steps(self, steps: Collection[StepClaim]) -> list[StepClaim]:
        """Those whose attempts do not count any more: another one has begun, or the run does not want them."""

    # ---- schedules

    def put_schedule(self, schedule: Schedule) -> None:
        """Keep a schedule, in the place of one of the same name. Where that has the same expression and time zone, the
        moment that comes next stays; and one that is paused stays so.

        :raises KeyError: its code is not there.
        """

    def schedule(self, name: str) -> Schedule | None:
        """A schedule, if there is one of that name."""

    def schedules(self) -> list[Schedule]:
        """All, by their names."""

    def due_schedules(self) -> list[Schedule]:
        """Those whose moment has come."""

    def fire(self, due: Schedule, moment: float, new: NewRun, next_at: float | None) -> Run | None:
        """Begin the run of a moment; ``None``: an earlier one of the schedule goes on, and they may not overlap.

        :param due: as it was read.
        :param next_at: the moment that comes next.
        :raises Fenced: it is not so any more.
        """

    def move_schedule(self, name: str, next_at: float | None, *, is_paused: bool) -> bool:
        """Pause a schedule, or have it go on, with the moment that comes next. Whether there is one of that name."""

    def remove_schedule(self, name: str) -> bool:
        """Forget a schedule; its runs go on. Whether there was one of that name."""

    # ---- leases, and what is next

    def renew(self, lease: float, runs: Iterable[Claim], steps: Iterable[StepClaim]) -> None:
        """Hold what was claimed for so many more seconds, if it still is."""

    def await_change(self, seen: int | None, seconds: float) -> int:
        """Wait until somebody else has stored something, at most so long, and sometimes less.

        :param seen: what this method has returned to this thread before; ``None``: nothing yet, and one does not wait.
        :return: a number that is another one after each change.
        """

    def next_due(self, queues: Mapping[str, Queue] = NO_QUEUES) -> float | None:
        """When there is something to do, as far as is known: Unix seconds.

        :param queues: with limits, by name.
        """

    # ---- what is not kept

    def ended(self, before: float) -> int:
        """How many runs have ended before a moment, Unix seconds."""

    def remove_runs(self, before: float) -> tuple[int, bool]:
        """Forget runs that have ended before a moment, those first that ended first: so many that nobody has to wait
        for long. How many, and whether there may be more.
        """

    def remove_artifacts(self, before: float) -> int:
        """Forget what nothing refers to and was not stored since a moment. How many."""

    def shrink(self) -> bool:
        """Give back some of the room that nothing takes any more. Whether there is more."""

    # ---- whether all is well

    def faults(self) -> list[Fault]:
        """What should not be. All of the store is read."""

    def survey(self) -> Survey:
        """What is in it. All of the store is read."""

    # ---- artifacts

    def put_artifacts(self, data: Mapping[str, bytes], *, engine: str | None = None) -> None:
        """Keep bytes by their hashes: codes of workflows, and the engine that they run on.

        :param engine: its hash.
        """

    def artifact(self, sha256: str) -> bytes:
        """Bytes by their hash.

        :raises KeyError: there are none.
        """

    # ---- keys, of a store that is encrypted

    def store_key(self) -> WrappedKey | None:
        """The store's own data key; ``None``: it is not encrypted."""

    def keep_store_key(self, wrapped: WrappedKey) -> WrappedKey | None:
        """Have a data key for the store's own, or the one that it has already; ``None``: it has runs that are not
        encrypted.
        """

    def keys_of_others(self, kek: str, limit: int) -> list[WrappedKey]:
        """So many of the data keys that another key than this one wraps."""

    def rewrap(self, pairs: Iterable[tuple[WrappedKey, WrappedKey]]) -> None:
        """Put each second one in the place of the first, if that is still there. Nothing is left of the first."""

    def shred(self, run: str, error: bytes) -> bool:
        """Delete the data key of a run, of its root and of all that descends from that, and end them. Nothing is left
        of it. Whether there is such a run.

        :param error: what the runs have come to from now on, for whoever asks; not encrypted.
        """
