"""What a store has to do, in dicts and lists: the reference for those that keep it. Test code only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tests.workflows.store_suite.reference_children import ReferenceChildren
from tests.workflows.store_suite.reference_forks import ReferenceForks
from tests.workflows.store_suite.reference_records import Kept, Letter, Shared, Wanted
from tests.workflows.store_suite.reference_retention import ReferenceRetention
from tests.workflows.store_suite.reference_schedules import ReferenceSchedules

from snapjs._workflows.records import (
    GRACE,
    Claim,
    Event,
    EventKind,
    Kind,
    NewRun,
    Outcome,
    Run,
    Status,
    StepClaim,
    StoredChunk,
    Turn,
)
from snapjs._workflows.store import Fenced
from snapjs._workflows.stored import RecordedTurn, StoredCommand, StoredHistory, StoredTurn

MOST_EVENTS = 100
"""that a claim has of each sort"""


class ReferenceStore(ReferenceSchedules, ReferenceChildren, ReferenceForks, ReferenceRetention):
    """A store that forgets everything when the process ends.

    :param shared: what it shares with others.
    :param choose: which of several that have waited equally long is claimed.
    """

    def __init__(self, shared: Shared, clock: Callable[[], float]) -> None:
        self._shared = shared
        self._clock = clock
        self.choose: Callable[[list[Any]], Any] = lambda equal: equal[0]

    @property
    def path(self) -> str:
        return "memory"

    def now(self) -> float:
        return self._clock()

    # ---- runs

    def start(self, new: NewRun) -> tuple[Run, bool]:
        with self._shared.lock:
            found = None if new.key is None else self.run_of(new.workflow, new.key, new.function)
            if found is not None:
                return found, False
            self._shared.artifacts[new.code]
            now = self.now()
            parent = self._shared.runs.get(new.parent or "")
            record = Run(
                id=new.id,
                workflow=new.workflow,
                key=new.key,
                status=Status.RUNNING,
                turn=0,
                code=new.code,
                created_at=now,
                finished_at=None,
                wake_at=now,
                result=None,
                error=None,
                attributes={name: value for name, value in new.attributes.items() if value is not None},
                function=new.function,
                parent=new.parent,
                schedule=new.schedule,
                deadline=new.deadline,
                root=new.id if parent is None else parent.record.root,
            )
            kept = Kept(record, parent_call=new.parent_call, parent_close=new.parent_close)
            self._shared.runs[new.id] = kept
            self._tell(kept, Event(0, EventKind.BEGIN, "", new.arguments, now), None)
            return record, True

    def run(self, id: str) -> Run | None:
        with self._shared.lock:
            kept = self._shared.runs.get(id)
            return None if kept is None else kept.record

    def run_of(self, workflow: str, key: str, function: str = "default") -> Run | None:
        with self._shared.lock:
            all_runs = [kept.record for kept in self._shared.runs.values()]
            wanted = (workflow, function, key)
            return next((run for run in all_runs if (run.workflow, run.function, run.key) == wanted), None)

    def ids(self, prefix: str, limit: int) -> list[str]:
        with self._shared.lock:
            return sorted(id for id in self._shared.runs if id.startswith(prefix) and "." not in id)[:limit]

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
        with self._shared.lock:
            records = [kept.record for kept in self._shared.runs.values()]
        found = [
            replace(run, result=None)
            for run in records
            if status in (None, run.status)
            and workflow in (None, run.workflow)
            and key in (None, run.key)
            and parent in (None, run.parent)
            and all(run.attributes.get(name) == value for name, value in (attributes or {}).items())
        ]
        return sorted(found, key=lambda run: (-run.created_at, run.id))[:limit]

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        with self._shared.lock:
            kept = self._shared.runs.get(run)
            if kept is None:
                return None
            if not kept.record.status.is_final:
                self._tell(kept, event, dedup)
                if kept.untold():
                    self._wake(kept)
            return kept.record.status

    def end(self, run: str, status: Status, error: bytes | None) -> Status | None:
        with self._shared.lock:
            kept = self._shared.runs.get(run)
            if kept is None:
                return None
            before = kept.record.status
            if not before.is_final:
                self._finish(kept, status, None, error, is_terminated=True)
                kept.epoch += 1
                kept.owner = kept.until = None
            return before

    def pause(self, run: str) -> Status | None:
        with self._shared.lock:
            kept = self._shared.runs.get(run)
            if kept is None:
                return None
            before = kept.record.status
            if before is Status.RUNNING:
                kept.epoch += 1
                kept.owner = kept.until = None
                kept.change(status=Status.PAUSED, wake_at=None)
                for one in kept.steps():
                    one.state = "held" if one.state == "waiting" else one.state
            return before

    def resume(self, run: str) -> Status | None:
        with self._shared.lock:
            kept = self._shared.runs.get(run)
            if kept is None:
                return None
            before = kept.record.status
            if before is Status.PAUSED:
                kept.deaths = 0
                kept.change(status=Status.RUNNING, wake_at=self.now())
                for one in kept.wanted.values():
                    one.state = "waiting" if one.state == "held" else one.state
            return before

    def history(self, run: str, after: int) -> StoredHistory:
        with self._shared.lock:
            kept = self._shared.runs.get(run)
            if kept is None:
                return StoredHistory([], [], {}, [], {})
            turns = [
                StoredTurn(number, turn.clock, [replace(one.event, payload=b"") for one in told], turn.logs)
                for number, (turn, told) in sorted(kept.turns.items())
                if number > after and (turn.entropy or not turn.state)
            ]
            commands = [
                StoredCommand(
                    replace(one.command, due_at=one.due_at), one.turn, one.state, one.attempt, one.error, one.at
                )
                for _, one in sorted(kept.wanted.items())
                if one.turn > after or one.state != "done"
            ]
            shown = [letter for letter in kept.inbox if letter.turn is None or letter.turn > after]
            answers = {
                int(one.event.target) for one in shown if one.event.kind in (EventKind.ANSWER, EventKind.FAILURE)
            }
            return StoredHistory(
                turns,
                commands,
                {letter.event.id: letter.event for letter in shown if letter.turn is not None},
                [letter.event for letter in shown if letter.turn is None],
                {call: kept.wanted[call].command.name for call in answers if call in kept.wanted},
                max(min(kept.turns, default=1) - 1 - (kept.record.forked_turn or 0), 0),
                attempts=[attempt for one in commands for attempt in kept.wanted[one.command.call].tried],
            )

    def stream(self, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
        with self._shared.lock:
            written = self._shared.runs[run].streams.get(stream, []) if run in self._shared.runs else []
            found: list[StoredChunk] = []
            for number, payload in enumerate(written[after:], after + 1):
                if size <= 0 and found:
                    break
                found.append(StoredChunk(number, payload))
                size -= len(payload or b"")
            return found

    def journal(self, run: str, after: int, until: int) -> list[RecordedTurn]:
        with self._shared.lock:
            taken = self._shared.runs[run].turns if run in self._shared.runs else {}
            return [
                RecordedTurn(
                    number,
                    turn.clock,
                    turn.entropy,
                    [one.event if one.event.id else replace(one.event, payload=b"\xc0") for one in told],
                    turn.state,
                    turn.effects,
                    turn.last_call,
                )
                for number, (turn, told) in sorted(taken.items())
                if after < number <= until
            ]

    def kept_states(self, run: str, until: int) -> list[int]:
        with self._shared.lock:
            kept = self._shared.runs[run].snapshots if run in self._shared.runs else {}
            return sorted((turn for turn in kept if turn <= until), reverse=True)

    # ---- turns

    def claim(self, owner: str, lease: float, *, overdue: float = 0.0) -> Claim | None:
        with self._shared.lock:
            now = self.now()
            due = [
                (kept.record.wake_at, kept)
                for kept in self._shared.runs.values()
                if kept.record.wake_at is not None and kept.record.wake_at <= now - overdue and kept.is_free(now)
            ]
            kept = self._first(due)
            if kept is None:
                return None
            kept.epoch += 1
            kept.deaths += kept.owner is not None
            kept.owner, kept.until = owner, now + lease
            return self._claim(kept)

    def look(self, run: str) -> Claim | None:
        with self._shared.lock:
            kept = self._shared.runs.get(run)
            if kept is None or not kept.is_running or not kept.is_free(self.now()):
                return None
            return self._claim(kept)

    def snapshot(self, run: str, turn: int) -> bytes | None:
        with self._shared.lock:
            return self._shared.runs[run].snapshots.get(turn) if run in self._shared.runs else None

    def commit(
        self,
        claim: Claim,
        turn: Turn,
        keep: int,
        *,
        outcome: Outcome | None = None,
        next_step: tuple[str, float, Collection[str]] | None = None,
        keep_history: int | None = None,
    ) -> StepClaim | None:
        with self._shared.lock:
            if claim.run.id not in self._shared.runs:
                raise Fenced
            kept, number = self._shared.runs[claim.run.id], claim.run.turn + 1
            if not self._is_claimed(kept, claim) or not kept.is_running:
                return self._committed_before(kept, number, turn, next_step)
            told = turn.told
            if outcome is not None:
                self._end_step(outcome.step, outcome.event.at)
                id = self._tell(kept, outcome.event, f"step:{outcome.step.call}")
                told = [replace(one, event=replace(one.event, id=self._id_of(one.event, id))) for one in told]
            kept.turns[number] = turn, told
            kept.last_call = turn.last_call
            kept.change(turn=number)
            kept.give_back()
            for letter in kept.inbox:
                if letter.turn is None and letter.event.id in {one.event.id for one in told}:
                    letter.turn = number
            for call in [one.call for one in told] + turn.dropped:
                if call in kept.wanted:
                    self._done(kept.wanted[call])
            if any(one.event.kind is EventKind.DEADLINE for one in told):
                kept.change(ends_at=self.now() + GRACE)
            step = self._want(kept, number, turn, next_step)
            self._describe(kept, turn.attributes)
            self._begin_and_end_children(kept, turn)
            for chunk in turn.chunks:
                kept.streams.setdefault(chunk.stream, []).append(chunk.payload)
            if turn.snapshot is not None:
                kept.snapshots[number] = turn.snapshot
                needed = max((old for old in kept.snapshots if old <= number - keep + 1), default=0)
                kept.snapshots = {old: data for old, data in kept.snapshots.items() if old >= needed}
            if keep_history is not None and not turn.status.is_final:
                self._trim(kept, min(number - keep_history, max(kept.snapshots, default=0) - 1))
            if turn.status.is_final:
                self._finish(kept, turn.status, turn.result, turn.error)
                return None
            if turn.continued is not None:
                self._drop(kept, is_terminated=False)
                self._tell(kept, Event(0, EventKind.BEGIN, "", turn.continued, self.now()), None)
            kept.set_alarm(turn.timer, self.now())
            return step

    def release(self, claim: Claim, timer: float | None) -> None:
        with self._shared.lock:
            kept = self._shared.runs.get(claim.run.id)
            if kept is not None and self._is_claimed(kept, claim):
                kept.give_back()
                kept.set_alarm(timer, self.now())

    def postpone(self, claim: Claim, seconds: float) -> None:
        with self._shared.lock:
            kept = self._shared.runs.get(claim.run.id)
            if kept is not None and self._is_claimed(kept, claim):
                kept.give_back()
                kept.change(wake_at=self.now() + seconds)

    # ---- steps

    def claim_step(self, owner: str, lease: float, names: Collection[str]) -> StepClaim | None:
        with self._shared.lock:
            now = self.now()
            due = [
                (one.due_at, (id, one))
                for id, kept in self._shared.runs.items()
                for one in kept.steps()
                if one.command.name in names and one.state != "held" and (one.due_at or 0.0) <= now
            ]
            run, step = self._first(due) or ("", None)
            if step is None:
                return None
            if self._shared.runs[run].record.status is Status.PAUSED:
                step.state, step.owner, step.deaths = "held", None, step.deaths + 1
                return self.claim_step(owner, lease, names)
            step.deaths += step.state == "running"
            step.state, step.owner, step.due_at = "running", owner, now + lease
            step.has_begun(owner, now)
            return self._step_claim(run, step)

    def finish_step(self, outcome: Outcome) -> None:
        with self._shared.lock:
            if outcome.step.run not in self._shared.runs:
                raise Fenced
            step, kept = outcome.step, self._shared.runs[outcome.step.run]
            key = f"step:{step.call}"
            if self._is_left(step, "done") and any(letter.dedup == key for letter in kept.inbox):
                return
            self._end_step(step, outcome.event.at)
            self._tell(kept, outcome.event, key)
            self._wake(kept)

    def retry_step(self, step: StepClaim, due_at: float, error: bytes) -> None:
        with self._shared.lock:
            wanted = self._running(step)
            if wanted is None:
                if self._is_left(step, "waiting") or self._is_left(step, "held"):
                    return
                raise Fenced
            is_paused = self._shared.runs[step.run].record.status is Status.PAUSED
            wanted.state, wanted.due_at, wanted.error = "held" if is_paused else "waiting", due_at, error
            wanted.owner, wanted.deaths = None, 0
            wanted.has_ended(self.now(), error)

    # ---- leases, and what is next

    def renew(self, lease: float, runs: Iterable[Claim], steps: Iterable[StepClaim]) -> None:
        with self._shared.lock:
            until = self.now() + lease
            for claim in runs:
                kept = self._shared.runs.get(claim.run.id)
                if kept is not None and kept.epoch == claim.epoch and kept.owner is not None:
                    kept.until = until
            for step in steps:
                wanted = self._running(step)
                if wanted is not None:
                    wanted.due_at = until

    def await_change(self, seen: int | None, seconds: float) -> int:
        return 1 if seen is None else seen + 1  # one need not wait

    def next_due(self) -> float | None:
        with self._shared.lock:
            times = [
                max(kept.record.wake_at, kept.until or 0.0)
                for kept in self._shared.runs.values()
                if kept.record.wake_at is not None
            ]
            steps = [one.due_at for kept in self._shared.runs.values() for one in kept.steps() if one.state != "held"]
            moments = [schedule.next_at for schedule in self._shared.schedules.values()]
            return min([*times, *(at for at in [*steps, *moments] if at is not None)], default=None)

    # ---- artifacts

    def put_artifacts(self, data: Mapping[str, bytes], *, engine: str | None = None) -> None:
        with self._shared.lock:
            for sha256, one in data.items():
                known_engine, _ = self._shared.stored.get(sha256, (None if sha256 == engine else engine, 0.0))
                self._shared.stored[sha256] = known_engine, self.now()
                self._shared.artifacts.setdefault(sha256, one)

    def artifact(self, sha256: str) -> bytes:
        with self._shared.lock:
            return self._shared.artifacts[sha256]

    # ---- what several of them do

    def _first(self, due: list[tuple[float, Any]]) -> Any:
        """The one that has waited for longest."""
        if not due:
            return None
        earliest = min(at for at, _ in due)
        return self.choose([one for at, one in due if at == earliest])

    def _claim(self, kept: Kept) -> Claim:
        now = self.now()
        due = [(one.due_at, one.command.call) for one in kept.waiting(Kind.TIMER) if (one.due_at or 0.0) <= now]
        timers = [Event(0, EventKind.TIMER, str(call), b"\xc0", at or 0.0) for at, call in sorted(due)[:MOST_EVENTS]]
        told = [letter.event for letter in kept.untold()[:MOST_EVENTS]]
        record = kept.record
        if record.deadline is not None and record.deadline <= now and record.ends_at is None:
            timers.append(Event(0, EventKind.DEADLINE, "", b"\xc0", record.deadline))
        return Claim(kept.record, kept.epoch, kept.last_call, told + timers, kept.deaths)

    def _is_claimed(self, kept: Kept, claim: Claim) -> bool:
        return (kept.epoch, kept.record.turn) == (claim.epoch, claim.run.turn)

    def _committed_before(
        self, kept: Kept, number: int, turn: Turn, next_step: tuple[str, float, Collection[str]] | None
    ) -> StepClaim | None:
        before, _ = kept.turns.get(number, (None, []))
        if before is None or not turn.entropy or before.entropy != turn.entropy:
            raise Fenced
        for step in kept.steps():
            if (step.turn, step.state, step.attempt, step.owner) == (number, "running", 1, next_step and next_step[0]):
                return self._step_claim(kept.record.id, step)
        return None

    def _want(
        self, kept: Kept, number: int, turn: Turn, next_step: tuple[str, float, Collection[str]] | None
    ) -> StepClaim | None:
        """Keep what the run wants, and claim the first step."""
        now, claimed = self.now(), None
        owner, lease, names = next_step or ("", 0.0, ())
        for command in turn.commands:
            wanted = kept.wanted[command.call] = Wanted(command, number, now, due_at=command.due_at)
            if command.call in {one.call for one in turn.told}:
                wanted.state = "done"
            if command.kind is not Kind.STEP:
                continue
            wanted.due_at = now
            if claimed is None and command.name in names and not turn.is_last:
                wanted.state, wanted.due_at, wanted.owner = "running", now + lease, owner
                wanted.has_begun(owner, now)
                claimed = self._step_claim(kept.record.id, wanted)
        return claimed

    def _tell(self, kept: Kept, event: Event, dedup: str | None) -> int:
        if dedup is not None and (dedup in kept.deliveries or any(letter.dedup == dedup for letter in kept.inbox)):
            return 0
        self._shared.events += 1
        kept.inbox.append(Letter(replace(event, id=self._shared.events), dedup))
        return self._shared.events

    def _wake(self, kept: Kept) -> None:
        if kept.is_running:
            now = self.now()
            kept.change(wake_at=now if kept.record.wake_at is None else min(kept.record.wake_at, now))

    def _finish(
        self,
        kept: Kept,
        status: Status,
        result: bytes | None,
        error: bytes | None,
        *,
        is_terminated: bool = False,
    ) -> None:
        kept.change(status=status, result=result, error=error, finished_at=self.now(), wake_at=None)
        self._tell_parent(kept)
        self._drop(kept, is_terminated=is_terminated)

    def _describe(self, kept: Kept, said: Mapping[str, bytes | None]) -> None:
        together = {**kept.record.attributes, **said}
        kept.change(attributes={name: value for name, value in together.items() if value is not None})

    def _running(self, step: StepClaim) -> Wanted | None:
        """The step, if it is this attempt that counts."""
        wanted = self._wanted(step)
        return wanted if wanted is not None and (wanted.state, wanted.attempt) == ("running", step.attempt) else None

    def _is_left(self, step: StepClaim, state: str) -> bool:
        """Whether this attempt, the latest, has ended so."""
        wanted = self._wanted(step)
        return wanted is not None and (wanted.state, wanted.attempt) == (state, step.attempt)

    def _wanted(self, step: StepClaim) -> Wanted | None:
        return self._shared.runs[step.run].wanted.get(step.call) if step.run in self._shared.runs else None

    def _end_step(self, step: StepClaim, at: float) -> None:
        wanted = self._running(step)
        if wanted is None:
            raise Fenced
        wanted.has_ended(at)
        self._done(wanted)

    @staticmethod
    def _done(wanted: Wanted) -> None:
        wanted.state, wanted.owner = "done", None

    @staticmethod
    def _id_of(event: Event, outcome: int) -> int:
        return event.id or (outcome if event.kind in (EventKind.ANSWER, EventKind.FAILURE) else 0)

    @staticmethod
    def _step_claim(run: str, step: Wanted) -> StepClaim:
        command = step.command
        return StepClaim(run, command.call, command.name, command.arguments, step.attempt, step.deaths)
