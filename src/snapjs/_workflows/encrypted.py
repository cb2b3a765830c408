"""A store in front of another one, which gets to see nothing of what users have given.

Names, ids, times, states, keys and hooks are as they are: by them the store finds what is due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from ..errors import KeyRefused
from .data_keys import DataKeys, image
from .fields import Change, mapped
from .keys import DataKey, KeyRing
from .payload import pack
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
from .store import Fenced, NextStep, Store
from .stored import Fault, RecordedTurn, StoredHistory, Survey

_NOTHING: Final = pack(None)


class EncryptedStore:
    """What users have given is sealed on its way into a store, and opened on its way out.

    :param store: claims nothing that is wrapped by other keys than those of the ring.
    :param ring: of the user.
    :raises KeyRefused: the store was begun with other keys, or without any.
    """

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store = store
        self._keys = DataKeys(store, ring)

    @property
    def path(self) -> str:
        return self._store.path

    def now(self) -> float:
        return self._store.now()

    # ---- runs

    def start(self, new: NewRun) -> tuple[Run, bool]:
        run, is_new = self._store.start(self._sealed_run(new))
        return cast(Run, self._opened(run)), is_new

    def _sealed_run(self, new: NewRun) -> NewRun:
        key, wrapped = self._keys.make(new.id)
        return replace(mapped(new, self._keys.sealing(key)), kek=wrapped.kek, wrapped_key=wrapped.data)

    def run(self, id: str) -> Run | None:
        return self._opened(self._store.run(id))

    def run_of(self, workflow: str, key: str) -> Run | None:
        return self._opened(self._store.run_of(workflow, key))

    def _opened(self, run: Run | None) -> Run | None:
        """A run with what it has come to, as far as that can be read."""
        if run is None:
            return None
        try:
            if run.result is not None or run.error is not None:
                return mapped(run, self._keys.opening(self._keys.of(run)))
        except KeyRefused:
            pass  # sealed as it is: who reads it is told so
        if not run.attributes:
            return run
        return replace(
            run, attributes=mapped(replace(run, result=None, error=None), self._keys.opening(None)).attributes
        )

    def ids(self, prefix: str, limit: int) -> list[str]:
        return self._store.ids(prefix, limit)

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
        seal = self._keys.sealing(self._keys.own)
        sealed = {
            name: None if value is None else seal("attribute", value) for name, value in (attributes or {}).items()
        }
        found = self._store.runs(
            status=status, workflow=workflow, limit=limit, key=key, attributes=sealed, parent=parent
        )
        return [cast(Run, self._opened(run)) for run in found]

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        key = self._keys.of_id(run)
        return None if key is None else self._store.deliver(run, mapped(event, self._keys.sealing(key)), dedup)

    def end(self, run: str, status: Status, error: bytes) -> Status | None:
        key = self._keys.of_id(run)
        return None if key is None else self._store.end(run, status, key.seal("payload", error))

    def pause(self, run: str) -> Status | None:
        return self._store.pause(run)

    def resume(self, run: str) -> Status | None:
        return self._store.resume(run)

    def fork(self, fork: Fork) -> tuple[Run, bool]:
        key = self._keys.of_id(fork.source)
        if key is None:
            raise KeyError(fork.source)
        run, is_new = self._store.fork(mapped(fork, self._keys.sealing(key, fork.turn)))
        return cast(Run, self._opened(run)), is_new

    def journal(self, run: str, after: int, until: int) -> list[RecordedTurn]:
        turns, record = self._store.journal(run, after, until), self._store.run(run)
        if record is None:
            return []
        open_ = self._keys.opening(self._keys.of(record))
        return [
            replace(mapped(replace(turn, events=[]), open_), events=_opened_events(turn.events, open_))
            for turn in turns
        ]

    def kept_states(self, run: str, until: int) -> list[int]:
        return self._store.kept_states(run, until)

    def stream(self, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
        chunks, record = self._store.stream(run, stream, after, size), self._store.run(run)
        return [] if record is None else [mapped(chunk, self._keys.opening(self._keys.of(record))) for chunk in chunks]

    def history(self, run: str, after: int) -> StoredHistory:
        stored, record = self._store.history(run, after), self._store.run(run)
        try:
            return stored if record is None else mapped(stored, self._keys.opening(self._keys.of(record)))
        except KeyRefused as refused:
            if refused.reason == "changed":
                raise
            return stored

    # ---- turns

    def claim(self, owner: str, lease: float, *, overdue: float = 0.0) -> Claim | None:
        claim = self._store.claim(owner, lease, overdue=overdue)
        if claim is None:
            return None
        try:
            return self._opened_claim(claim)
        except KeyRefused:
            self._store.postpone(claim, lease)
            raise

    def look(self, run: str) -> Claim | None:
        claim = self._store.look(run)
        return None if claim is None else self._opened_claim(claim)

    def _opened_claim(self, claim: Claim) -> Claim:
        open_ = self._keys.opening(self._keys.of(claim.run))
        return replace(mapped(replace(claim, events=[]), open_), events=_opened_events(claim.events, open_))

    def snapshot(self, run: str, turn: int) -> bytes | None:
        data, record = self._store.snapshot(run, turn), self._store.run(run)
        return None if data is None or record is None else self._keys.of(record).open(image(turn), data)

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
        key = self._keys.of(claim.run)
        seal = self._keys.sealing(key, claim.run.turn + 1)
        sealed_outcome = None if outcome is None else _sealed_outcome(outcome, seal)
        step = self._store.commit(
            claim, mapped(turn, seal), keep, outcome=sealed_outcome, next_step=next_step, keep_history=keep_history
        )
        return None if step is None else mapped(step, self._keys.opening(key))

    def release(self, claim: Claim, timer: float | None) -> None:
        self._store.release(claim, timer)

    def postpone(self, claim: Claim, seconds: float) -> None:
        self._store.postpone(claim, seconds)

    # ---- steps

    def claim_step(
        self, owner: str, lease: float, names: Collection[str], queues: Mapping[str, Queue] = NO_QUEUES
    ) -> StepClaim | None:
        step = self._store.claim_step(owner, lease, names, queues)
        key = None if step is None else self._keys.of_id(step.run)
        return None if step is None or key is None else mapped(step, self._keys.opening(key))

    def place_step(self, step: StepClaim, placement: Placement) -> None:
        self._store.place_step(step, placement)

    def finish_step(self, outcome: Outcome) -> None:
        self._store.finish_step(_sealed_outcome(outcome, self._keys.sealing(self._fenced_key(outcome.step))))

    def retry_step(self, step: StepClaim, due_at: float, error: bytes) -> None:
        self._store.retry_step(step, due_at, self._fenced_key(step).seal("payload", error))

    def transact_step(self, step: StepClaim, outcome: Callable[[Any], Outcome]) -> None:
        seal = self._keys.sealing(self._fenced_key(step))
        self._store.transact_step(step, lambda connection: _sealed_outcome(outcome(connection), seal))

    def beat_step(self, step: StepClaim, detail: bytes) -> bool:
        key = self._keys.of_id(step.run)
        return key is not None and self._store.beat_step(step, key.seal("payload", detail))

    def waiting_steps(self, before: float) -> dict[str, int]:
        return self._store.waiting_steps(before)

    def lost_steps(self, steps: Collection[StepClaim]) -> list[StepClaim]:
        return self._store.lost_steps(steps)

    def _fenced_key(self, step: StepClaim) -> DataKey:
        """The data key of the run that a step is of.

        :raises Fenced: there is no such run any more.
        """
        key = self._keys.of_id(step.run)
        if key is None:
            raise Fenced
        return key

    # ---- schedules

    def put_schedule(self, schedule: Schedule) -> None:
        self._store.put_schedule(mapped(schedule, self._keys.sealing(self._keys.own)))

    def schedule(self, name: str) -> Schedule | None:
        schedule = self._store.schedule(name)
        return None if schedule is None else mapped(schedule, self._keys.opening(self._keys.own))

    def schedules(self) -> list[Schedule]:
        return [mapped(schedule, self._keys.opening(self._keys.own)) for schedule in self._store.schedules()]

    def due_schedules(self) -> list[Schedule]:
        return [mapped(schedule, self._keys.opening(self._keys.own)) for schedule in self._store.due_schedules()]

    def fire(self, due: Schedule, moment: float, new: NewRun, next_at: float | None) -> Run | None:
        stored = self._store.schedule(due.name)  # sealed as it was then: each sealing makes other bytes
        if stored is None or mapped(stored, self._keys.opening(self._keys.own)) != due:
            raise Fenced
        return self._opened(self._store.fire(stored, moment, self._sealed_run(new), next_at))

    def move_schedule(self, name: str, next_at: float | None, *, is_paused: bool) -> bool:
        return self._store.move_schedule(name, next_at, is_paused=is_paused)

    def remove_schedule(self, name: str) -> bool:
        return self._store.remove_schedule(name)

    # ---- leases, and what is next

    def renew(self, lease: float, runs: Iterable[Claim], steps: Iterable[StepClaim]) -> None:
        self._store.renew(lease, runs, steps)

    def await_change(self, seen: int | None, seconds: float) -> int:
        return self._store.await_change(seen, seconds)

    def next_due(self, queues: Mapping[str, Queue] = NO_QUEUES) -> float | None:
        return self._store.next_due(queues)

    # ---- what is not kept

    def ended(self, before: float) -> int:
        return self._store.ended(before)

    def remove_runs(self, before: float) -> tuple[int, bool]:
        return self._store.remove_runs(before)

    def remove_artifacts(self, before: float) -> int:
        return self._store.remove_artifacts(before)

    def shrink(self) -> bool:
        return self._store.shrink()

    # ---- whether all is well

    def faults(self) -> list[Fault]:
        return self._store.faults()

    def survey(self) -> Survey:
        return self._store.survey()

    # ---- artifacts

    def put_artifacts(self, data: Mapping[str, bytes], *, engine: str | None = None) -> None:
        sealed = {sha256: self._keys.own.seal(f"artifact {sha256}", artifact) for sha256, artifact in data.items()}
        self._store.put_artifacts(sealed, engine=engine)

    def artifact(self, sha256: str) -> bytes:
        return self._keys.own.open(f"artifact {sha256}", self._store.artifact(sha256))

    # ---- keys

    def store_key(self) -> WrappedKey | None:
        return self._store.store_key()

    def keep_store_key(self, wrapped: WrappedKey) -> WrappedKey | None:
        return self._store.keep_store_key(wrapped)

    def keys_of_others(self, kek: str, limit: int) -> list[WrappedKey]:
        return self._store.keys_of_others(kek, limit)

    def rewrap(self, pairs: Iterable[tuple[WrappedKey, WrappedKey]]) -> None:
        self._store.rewrap(pairs)

    def shred(self, run: str, error: bytes) -> bool:
        self._keys.forget()
        return self._store.shred(run, error)

    def rotate(self) -> int:
        """As :meth:`DataKeys.rotate`."""
        return self._keys.rotate()


def _sealed_outcome(outcome: Outcome, seal: Change) -> Outcome:
    """An outcome to be stored. The step is only named by it, so what is in that may stay open."""
    return replace(outcome, event=mapped(outcome.event, seal))


def _opened_events(events: list[Event], open_: Change) -> list[Event]:
    """Events that were told. What the store itself tells, as that a timer is due, has no id: what is in it is not
    read."""
    return [mapped(event, open_) if event.id else replace(event, payload=_NOTHING) for event in events]
