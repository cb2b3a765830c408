"""The methods of the store; what each does inside its transaction is in the modules beside this one."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import apsw

from ..placement import NO_QUEUES, Placement, Queue
from ..records import (
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
from ..store import NextStep
from ..stored import Fault, RecordedTurn, StoredHistory, Survey
from . import (
    artifacts,
    attempts,
    audit,
    claims,
    forks,
    history,
    journal,
    keys,
    pauses,
    retention,
    runs,
    schedules,
    steps,
    streams,
    transactional,
    turns,
)  # fmt: skip
from .database import Database
from .followed import Followed, Mark

_T = TypeVar("_T")
_P = ParamSpec("_P")

_SCHEMA: Final = files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
_VERSION: Final = 1


class SQLiteStore:
    """The store of one file, made if it is not there.

    :param path: of the file.
    :param clock: Unix seconds; the same for all who use the file.
    :param keks: ids of keys: of runs whose data keys others wrap, nothing is claimed. ``None``: nothing is encrypted.
    :raises StoreError: it cannot be used.
    """

    def __init__(self, path: str, clock: Callable[[], float], keks: Collection[str] | None = None) -> None:
        self._clock = clock
        self._ours = None if keks is None else json.dumps(list(keks))
        self._database = Database(path, _SCHEMA, _VERSION)
        self._followed = Followed()

    @property
    def path(self) -> str:
        return self._database.path

    def now(self) -> float:
        return self._clock()

    # ---- runs

    def start(self, new: NewRun) -> tuple[Run, bool]:
        return self._database.write(runs.start, new, self.now())

    def run(self, id: str) -> Run | None:
        return self._database.read(runs.run, id)

    def run_of(self, workflow: str, key: str) -> Run | None:
        return self._database.read(runs.run_of, workflow, key)

    def ids(self, prefix: str, limit: int) -> list[str]:
        return self._database.read(runs.ids, prefix, limit)

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
        return self._database.read(runs.newest, status, workflow, key, limit, attributes or {}, parent)

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        return self._database.write(runs.deliver, run, event, dedup, self.now())

    def end(self, run: str, status: Status, error: bytes) -> Status | None:
        return self._database.write(runs.end, run, status, error, self.now())

    def pause(self, run: str) -> Status | None:
        return self._database.write(pauses.pause, run)

    def resume(self, run: str) -> Status | None:
        return self._database.write(pauses.resume, run, self.now())

    def fork(self, fork: Fork) -> tuple[Run, bool]:
        return self._database.write(forks.fork, fork, self.now())

    def history(self, run: str, after: int) -> StoredHistory:
        return self._database.read(history.history, run, after)

    def stream(self, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
        return self._database.read(streams.read, run, stream, after, size)

    def journal(self, run: str, after: int, until: int) -> list[RecordedTurn]:
        return self._database.read(journal.journal, run, after, until)

    def kept_states(self, run: str, until: int) -> list[int]:
        return self._database.read(journal.kept, run, until)

    # ---- turns

    def claim(self, owner: str, lease: float, *, overdue: float = 0.0) -> Claim | None:
        now = self.now()
        # Who only looks keeps nobody from writing, and idle workers look all the time.
        if not self._database.read(turns.is_any_due, now, overdue, self._ours):
            return None
        # Who loses a claim with its machine loses nothing: a turn that was not committed has had no effect.
        claim = self._database.write_soon(turns.claim, owner, lease, now, overdue, self._ours)
        self._followed.begin(claim)
        return claim

    def look(self, run: str) -> Claim | None:
        now = self.now()
        claim = self._database.glance(partial(self._followed.known, run, now))
        if claim is None:
            claim = self._database.read(turns.look, run, now)
            self._followed.begin(claim)
        return claim

    def snapshot(self, run: str, turn: int) -> bytes | None:
        return self._database.read(turns.snapshot, run, turn)

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
        found = self._followed.end()
        (step, wake_at), mark = self._database.write(
            _marked, turns.commit, claim, turn, keep, outcome, next_step, keep_history, self.now()
        )
        if step is not None:
            self._followed.go_on(found, claim, turn, wake_at, mark)
        if turn.status.is_final or turn.chunks:
            self._database.announce()
        return step

    def release(self, claim: Claim, timer: float | None) -> None:
        self._database.write_soon(turns.release, claim, timer, self.now())

    def postpone(self, claim: Claim, seconds: float) -> None:
        self._database.write(turns.postpone, claim, self.now() + seconds)

    # ---- steps

    def claim_step(
        self, owner: str, lease: float, names: Collection[str], queues: Mapping[str, Queue] = NO_QUEUES
    ) -> StepClaim | None:
        now = self.now()
        if not self._database.read(claims.is_any_due, names, queues, now, self._ours):
            return None
        return self._database.write(claims.claim, owner, lease, names, queues, now, self._ours)

    def place_step(self, step: StepClaim, placement: Placement) -> None:
        self._database.write(steps.place, step, placement)

    def finish_step(self, outcome: Outcome) -> None:
        self._database.write(steps.finish, outcome, self.now())

    def retry_step(self, step: StepClaim, due_at: float, error: bytes) -> None:
        self._database.write(steps.retry, step, due_at, error, self.now())

    def transact_step(self, step: StepClaim, outcome: Callable[[Any], Outcome]) -> None:
        self._database.write_alone(transactional.transact, step, outcome, self.now())

    def beat_step(self, step: StepClaim, detail: bytes) -> bool:
        return self._database.write(attempts.beat, step, detail, self.now())

    def waiting_steps(self, before: float) -> dict[str, int]:
        return self._database.read(steps.waiting, before)

    def lost_steps(self, steps: Collection[StepClaim]) -> list[StepClaim]:
        return self._database.read(attempts.lost, list(steps))

    # ---- schedules

    def put_schedule(self, schedule: Schedule) -> None:
        self._database.write(schedules.put, schedule)

    def schedule(self, name: str) -> Schedule | None:
        return self._database.read(schedules.get, name)

    def schedules(self) -> list[Schedule]:
        return self._database.read(schedules.every)

    def due_schedules(self) -> list[Schedule]:
        return self._database.read(schedules.due, self.now())

    def fire(self, due: Schedule, moment: float, new: NewRun, next_at: float | None) -> Run | None:
        return self._database.write(schedules.fire, due, moment, new, next_at, self.now())

    def move_schedule(self, name: str, next_at: float | None, *, is_paused: bool) -> bool:
        return self._database.write(schedules.move, name, next_at, is_paused)

    def remove_schedule(self, name: str) -> bool:
        return self._database.write(schedules.remove, name)

    # ---- leases, and what is next

    def renew(self, lease: float, runs: Iterable[Claim], steps: Iterable[StepClaim]) -> None:
        self._database.write(turns.renew, self.now() + lease, list(runs), list(steps))

    def await_change(self, seen: int | None, seconds: float) -> int:
        return self._database.await_change(seen, seconds)

    def next_due(self, queues: Mapping[str, Queue] = NO_QUEUES) -> float | None:
        return self._database.read(turns.next_due, queues, self.now())

    # ---- what is not kept

    def ended(self, before: float) -> int:
        return self._database.read(retention.ended, before)

    def remove_runs(self, before: float) -> tuple[int, bool]:
        return self._database.write(retention.remove_runs, before)

    def remove_artifacts(self, before: float) -> int:
        return self._database.write(retention.remove_artifacts, before)

    def shrink(self) -> bool:
        return self._database.write(retention.shrink)

    # ---- whether all is well

    def faults(self) -> list[Fault]:
        return self._database.read(audit.faults)

    def survey(self) -> Survey:
        return self._database.read(audit.survey)

    # ---- artifacts

    def put_artifacts(self, data: Mapping[str, bytes], *, engine: str | None = None) -> None:
        self._database.write(artifacts.put, data, engine, self.now())

    def artifact(self, sha256: str) -> bytes:
        return self._database.read(artifacts.get, sha256)

    # ---- keys, of a store that is encrypted

    def store_key(self) -> WrappedKey | None:
        return self._database.read(keys.of_store)

    def keep_store_key(self, wrapped: WrappedKey) -> WrappedKey | None:
        return self._database.write(keys.keep_for_store, wrapped)

    def keys_of_others(self, kek: str, limit: int) -> list[WrappedKey]:
        return self._database.read(keys.of_others, kek, limit)

    def rewrap(self, pairs: Iterable[tuple[WrappedKey, WrappedKey]]) -> None:
        self._database.write(keys.rewrap, pairs)
        self._database.empty_log()

    def shred(self, run: str, error: bytes) -> bool:
        has_shredded = self._database.write(runs.shred, run, error, self.now())
        self._database.empty_log()
        return has_shredded


def _marked(
    connection: apsw.Connection,
    function: Callable[Concatenate[apsw.Connection, _P], _T],
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> tuple[_T, Mark]:
    """What a function returns that writes, and the moment at which it has."""
    return function(connection, *args, **kwargs), Mark.now(connection)
