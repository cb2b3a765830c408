"""A store in front of another one, which gets to see nothing of what users have given.

Names, ids, times, states, keys and hooks are as they are: by them the store finds what is due.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any, Final, cast

from ..errors import KeyRefused
from .fields import mapped
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

_MOST_KEYS: Final = 4096
"""data keys that are kept in memory"""
_BATCH: Final = 1000
"""data keys that are wrapped anew in one transaction"""
_NOTHING: Final = pack(None)


class EncryptedStore:
    """What users have given is sealed on its way into a store, and opened on its way out.

    :param store: claims nothing that is wrapped by other keys than those of the ring.
    :param ring: of the user.
    :raises KeyRefused: the store was begun with other keys, or without any.
    """

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring
        self._lock = Lock()
        self._keys: OrderedDict[WrappedKey, DataKey] = OrderedDict()
        self._keys_of_runs: OrderedDict[str, DataKey] = OrderedDict()
        own = store.keep_store_key(ring.make("")[1])
        if own is None:
            raise KeyRefused("plain")
        self._own = ring.unwrap(own)

    @property
    def path(self) -> str:
        return self._store.path

    def now(self) -> float:
        return self._store.now()

    # ---- data keys

    def _key(self, run: Run) -> DataKey:
        """The data key of a run.

        :raises KeyRefused: it is gone, or wrapped by another key.
        """
        if run.wrapped_key is None or run.kek is None:
            raise KeyRefused("shredded")
        wrapped = WrappedKey(run.root, run.kek, run.wrapped_key)
        with self._lock:
            key = self._keys.get(wrapped) or self._ring.unwrap(wrapped)
            _keep(self._keys, wrapped, key)
            _keep(self._keys_of_runs, run.id, key)
            return key

    def _key_of(self, run: str) -> DataKey | None:
        """The data key of the run with this id; ``None``: there is no such run.

        It may have been deleted a moment ago. What is sealed by it then is for a run that has ended.
        """
        with self._lock:
            key = self._keys_of_runs.get(run)
        if key is None:
            found = self._store.run(run)
            key = None if found is None else self._key(found)
        return key

    def _opened(self, run: Run | None) -> Run | None:
        """A run with what it has come to, as far as that can be read."""
        if run is None:
            return None
        try:
            if run.result is not None or run.error is not None:
                return mapped(run, self._opening(self._key(run)))
        except KeyRefused:
            pass  # sealed as it is: who reads it is told so
        if not run.attributes:
            return run
        return replace(run, attributes=mapped(replace(run, result=None, error=None), self._opening(None)).attributes)

    def _sealing(self, key: DataKey, turn: int | None = None) -> Callable[[str, bytes], bytes]:
        """What seals bytes of any kind.

        :param turn: of which they are.
        """

        def seal(kind: str, data: bytes) -> bytes:
            if not data:
                return data
            if kind == "attribute":  # the same bytes in any run, or the store could not find those that have it
                return self._own.seal(kind, data, is_same=True)
            # By its chance, a store finds out that a turn is the same which it was given before.
            return key.seal(_image(turn) if kind == "image" else kind, data, is_same=kind == "chance")

        return seal

    def _opening(self, key: DataKey | None) -> Callable[[str, bytes], bytes]:
        """What opens bytes of any kind but memory; ``None``: there are attributes only."""

        def open_(kind: str, sealed: bytes) -> bytes:
            if not sealed:
                return sealed
            opener = self._own if kind == "attribute" or key is None else key
            return opener.open(kind, sealed)

        return open_

    # ---- runs

    def start(self, new: NewRun) -> tuple[Run, bool]:
        run, is_new = self._store.start(self._sealed_run(new))
        return cast(Run, self._opened(run)), is_new

    def _sealed_run(self, new: NewRun) -> NewRun:
        key, wrapped = self._ring.make(new.id)
        return replace(mapped(new, self._sealing(key)), kek=wrapped.kek, wrapped_key=wrapped.data)

    def run(self, id: str) -> Run | None:
        return self._opened(self._store.run(id))

    def run_of(self, workflow: str, key: str) -> Run | None:
        return self._opened(self._store.run_of(workflow, key))

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
        seal = self._sealing(self._own)
        sealed = {
            name: None if value is None else seal("attribute", value) for name, value in (attributes or {}).items()
        }
        found = self._store.runs(
            status=status, workflow=workflow, limit=limit, key=key, attributes=sealed, parent=parent
        )
        return [cast(Run, self._opened(run)) for run in found]

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        key = self._key_of(run)
        return None if key is None else self._store.deliver(run, mapped(event, self._sealing(key)), dedup)

    def end(self, run: str, status: Status, error: bytes) -> Status | None:
        key = self._key_of(run)
        return None if key is None else self._store.end(run, status, key.seal("payload", error))

    def pause(self, run: str) -> Status | None:
        return self._store.pause(run)

    def resume(self, run: str) -> Status | None:
        return self._store.resume(run)

    def fork(self, fork: Fork) -> tuple[Run, bool]:
        key = self._key_of(fork.source)
        if key is None:
            raise KeyError(fork.source)
        run, is_new = self._store.fork(mapped(fork, self._sealing(key, fork.turn)))
        return cast(Run, self._opened(run)), is_new

    def journal(self, run: str, after: int, until: int) -> list[RecordedTurn]:
        turns, record = self._store.journal(run, after, until), self._store.run(run)
        if record is None:
            return []
        open_ = self._opening(self._key(record))
        return [
            replace(mapped(replace(turn, events=[]), open_), events=_opened_events(turn.events, open_))
            for turn in turns
        ]

    def kept_states(self, run: str, until: int) -> list[int]:
        return self._store.kept_states(run, until)

    def stream(self, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
        chunks, record = self._store.stream(run, stream, after, size), self._store.run(run)
        return [] if record is None else [mapped(chunk, self._opening(self._key(record))) for chunk in chunks]

    def history(self, run: str, after: int) -> StoredHistory:
        stored, record = self._store.history(run, after), self._store.run(run)
        try:
            return stored if record is None else mapped(stored, self._opening(self._key(record)))
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
        open_ = self._opening(self._key(claim.run))
        return replace(mapped(replace(claim, events=[]), open_), events=_opened_events(claim.events, open_))

    def snapshot(self, run: str, turn: int) -> bytes | None:
        data, record = self._store.snapshot(run, turn), self._store.run(run)
        return None if data is None or record is None else self._key(record).open(_image(turn), data)

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
        key = self._key(claim.run)
        seal = self._sealing(key, claim.run.turn + 1)
        sealed_outcome = None if outcome is None else _sealed_outcome(outcome, seal)
        step = self._store.commit(
            claim, mapped(turn, seal), keep, outcome=sealed_outcome, next_step=next_step, keep_history=keep_history
        )
        return None if step is None else mapped(step, self._opening(key))

    def release(self, claim: Claim, timer: float | None) -> None:
        self._store.release(claim, timer)

    def postpone(self, claim: Claim, seconds: float) -> None:
        self._store.postpone(claim, seconds)

    # ---- steps

    def claim_step(
        self, owner: str, lease: float, names: Collection[str], queues: Mapping[str, Queue] = NO_QUEUES
    ) -> StepClaim | None:
        step = self._store.claim_step(owner, lease, names, queues)
        key = None if step is None else self._key_of(step.run)
        return None if step is None or key is None else mapped(step, self._opening(key))

    def place_step(self, step: StepClaim, placement: Placement) -> None:
        self._store.place_step(step, placement)

    def finish_step(self, outcome: Outcome) -> None:
        self._store.finish_step(_sealed_outcome(outcome, self._sealing(self._fenced_key(outcome.step))))

    def retry_step(self, step: StepClaim, due_at: float, error: bytes) -> None:
        self._store.retry_step(step, due_at, self._fenced_key(step).seal("payload", error))

    def transact_step(self, step: StepClaim, outcome: Callable[[Any], Outcome]) -> None:
        seal = self._sealing(self._fenced_key(step))
        self._store.transact_step(step, lambda connection: _sealed_outcome(outcome(connection), seal))

    def beat_step(self, step: StepClaim, detail: bytes) -> bool:
        key = self._key_of(step.run)
        return key is not None and self._store.beat_step(step, key.seal("payload", detail))

    def waiting_steps(self, before: float) -> dict[str, int]:
        return self._store.waiting_steps(before)

    def lost_steps(self, steps: Collection[StepClaim]) -> list[StepClaim]:
        return self._store.lost_steps(steps)

    def _fenced_key(self, step: StepClaim) -> DataKey:
        """The data key of the run that a step is of.

        :raises Fenced: there is no such run any more.
        """
        key = self._key_of(step.run)
        if key is None:
            raise Fenced
        return key

    # ---- schedules

    def put_schedule(self, schedule: Schedule) -> None:
        self._store.put_schedule(mapped(schedule, self._sealing(self._own)))

    def schedule(self, name: str) -> Schedule | None:
        schedule = self._store.schedule(name)
        return None if schedule is None else mapped(schedule, self._opening(self._own))

    def schedules(self) -> list[Schedule]:
        return [mapped(schedule, self._opening(self._own)) for schedule in self._store.schedules()]

    def due_schedules(self) -> list[Schedule]:
        return [mapped(schedule, self._opening(self._own)) for schedule in self._store.due_schedules()]

    def fire(self, due: Schedule, moment: float, new: NewRun, next_at: float | None) -> Run | None:
        stored = self._store.schedule(due.name)  # sealed as it was then: each sealing makes other bytes
        if stored is None or mapped(stored, self._opening(self._own)) != due:
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
        sealed = {sha256: self._own.seal(f"artifact {sha256}", artifact) for sha256, artifact in data.items()}
        self._store.put_artifacts(sealed, engine=engine)

    def artifact(self, sha256: str) -> bytes:
        return self._own.open(f"artifact {sha256}", self._store.artifact(sha256))

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
        with self._lock:
            self._keys.clear()
            self._keys_of_runs.clear()
        return self._store.shred(run, error)

    def rotate(self) -> int:
        """Have the first key of the ring wrap all data keys. How many of runs it did not wrap before.

        :raises KeyRefused: a key is missing that wraps some; what was wrapped anew before stays so.
        """
        count = 0
        while others := self._store.keys_of_others(self._ring.current, _BATCH):
            self._store.rewrap([(wrapped, self._ring.rewrap(wrapped)) for wrapped in others])
            count += sum(1 for wrapped in others if wrapped.root)
        return count


def _sealed_outcome(outcome: Outcome, seal: Callable[[str, bytes], bytes]) -> Outcome:
    """An outcome to be stored. The step is only named by it, so what is in that may stay open."""
    return replace(outcome, event=mapped(outcome.event, seal))


def _opened_events(events: list[Event], open_: Callable[[str, bytes], bytes]) -> list[Event]:
    """Events that were told. What the store itself tells, as that a timer is due, has no id: what is in it is not
    read."""
    return [mapped(event, open_) if event.id else replace(event, payload=_NOTHING) for event in events]


def _image(turn: int | None) -> str:
    return f"image {turn}"


def _keep(keys: OrderedDict[Any, DataKey], name: Any, key: DataKey) -> None:
    keys[name] = key
    keys.move_to_end(name)
    if len(keys) > _MOST_KEYS:
        keys.popitem(last=False)
