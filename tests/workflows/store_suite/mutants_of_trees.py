"""More stores with one bug each: in children, streams and attributes, and in what is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.workflows.store_suite.reference_records import Kept
from tests.workflows.store_suite.reference_store import ReferenceStore

from snapjs._workflows.records import (
    Claim,
    Event,
    EventKind,
    Fork,
    NewRun,
    ParentClose,
    Run,
    Status,
    StepClaim,
    StoredChunk,
    Turn,
)


class ChildrenOfTheFenced(ReferenceStore):
    """Begins children although the turn is not stored."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        for new in turn.children:
            if new.id not in self._shared.runs:
                self.start(new)
        return super().commit(claim, turn, keep, **options)


class KeepsParentsInTheDark(ReferenceStore):
    """Does not tell who has started a run that it has ended."""

    def _tell_parent(self, kept: Kept) -> None:
        pass


class ParentsSleep(ReferenceStore):
    """Tells a parent without waking it."""

    def _tell_of_child(self, parent: Kept, call: int | None, event: Event) -> None:
        wake_at = parent.record.wake_at
        super()._tell_of_child(parent, call, event)
        parent.change(wake_at=wake_at)


class TellsParentsAnyway(ReferenceStore):
    """Tells a parent that waits no more."""

    def _tell_parent(self, kept: Kept) -> None:
        parent = self._shared.runs.get(kept.record.parent or "")
        if parent is not None and parent.is_running:
            payload = kept.record.result or kept.record.error or b""
            self._tell(
                parent, Event(0, EventKind.FAILURE, str(kept.parent_call), payload, self.now(), kept.record.id), None
            )
            self._wake(parent)
        super()._tell_parent(kept)


class WakesThePaused(ReferenceStore):
    """Wakes a parent that is paused."""

    def _wake(self, kept: Kept) -> None:
        kept.change(wake_at=self.now())


class ChildrenOutlive(ReferenceStore):
    """Lets the children of a run go on that has ended."""

    def _drop(self, kept: Kept, *, is_terminated: bool) -> None:
        for wanted in kept.wanted.values():
            self._done(wanted)


class EndsTheAbandoned(ReferenceStore):
    """Ends children that are to go on."""

    def start(self, new: NewRun) -> tuple[Run, bool]:
        if new.parent_close is ParentClose.ABANDON and new.parent is not None:
            new = replace(new, parent_close=ParentClose.CANCEL)
        return super().start(new)


class AsksTheTerminated(ReferenceStore):
    """Asks children to end that are to be ended."""

    def _let_go(self, child: Kept, *, is_terminated: bool) -> None:
        super()._let_go(child, is_terminated=False)


class RefusesSilently(ReferenceStore):
    """Does not say that another run has the key of a child."""

    def _refuse(self, parent: Kept, new: NewRun) -> None:
        pass


class KeysOfAnyFunction(ReferenceStore):
    """Takes a key for that of another function."""

    def run_of(self, workflow: str, key: str, function: str = "default") -> Run | None:
        found = [super(KeysOfAnyFunction, self).run_of(workflow, key, name) for name in (function, "default", "part")]
        return next((run for run in found if run is not None), None)


class RootsOfTheirOwn(ReferenceStore):
    """Does not know from whom a child descends."""

    def start(self, new: NewRun) -> tuple[Run, bool]:
        run, is_new = super().start(new)
        self._shared.runs[run.id].change(root=run.parent or run.id)
        return self._shared.runs[run.id].record, is_new


class EndsAnyRun(ReferenceStore):
    """Lets a run end those of others."""

    def _begin_and_end_children(self, kept: Kept, turn: Turn) -> None:
        super()._begin_and_end_children(kept, turn)
        for one in turn.child_ends:
            if one.is_terminated:
                self.end(one.run, Status.CANCELLED, one.payload)


class StreamsFromTheStart(ReferenceStore):
    """Reads what was read."""

    def stream(self, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
        return super().stream(run, stream, 0, size)


class StreamsNothingLarge(ReferenceStore):
    """Reads nothing where the first is larger than what was asked for."""

    def stream(self, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
        return [one for one in super().stream(run, stream, after, size) if len(one.payload or b"") <= size]


class OneStream(ReferenceStore):
    """Takes all streams of a run for one."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        chunks = [replace(chunk, stream="s") for chunk in turn.chunks]
        return super().commit(claim, replace(turn, chunks=chunks), keep, **options)


class StreamsTwice(ReferenceStore):
    """Writes again with a turn that is stored again."""

    def _committed_before(self, kept: Kept, number: int, turn: Turn, next_step: Any) -> StepClaim | None:
        claimed = super()._committed_before(kept, number, turn, next_step)
        for chunk in turn.chunks:
            kept.streams.setdefault(chunk.stream, []).append(chunk.payload)
        return claimed


class ForgetsAttributes(ReferenceStore):
    """Has the latest attributes only."""

    def _describe(self, kept: Kept, said: Mapping[str, bytes | None]) -> None:
        kept.change(attributes={})
        super()._describe(kept, said)


class KeepsAttributes(ReferenceStore):
    """Takes no attribute away."""

    def _describe(self, kept: Kept, said: Mapping[str, bytes | None]) -> None:
        super()._describe(kept, {name: value for name, value in said.items() if value is not None})


class FindsAnyAttribute(ReferenceStore):
    """Finds runs that have one of the attributes."""

    def runs(self, *, attributes: Mapping[str, bytes | None] | None = None, **wanted: Any) -> list[Run]:
        wanted_attributes = attributes or {}
        found = super().runs(**wanted)
        if not wanted_attributes:
            return found
        return [
            run for run in found if any(run.attributes.get(name) == value for name, value in wanted_attributes.items())
        ]


class RemovesAtOnce(ReferenceStore):
    """Removes a child before its parent has been told."""

    @staticmethod
    def _is_awaited(id: str, parent: Kept | None) -> bool:
        return False


class RemovesWhatGoesOn(ReferenceStore):
    """Removes runs that are paused."""

    def remove_runs(self, before: float) -> tuple[int, bool]:
        removed = super().remove_runs(before)
        for id in [id for id, kept in self._shared.runs.items() if kept.record.status is Status.PAUSED]:
            del self._shared.runs[id]
        return removed


class RemovesTheYoung(ReferenceStore):
    """Does not look when a run has ended."""

    def remove_runs(self, before: float) -> tuple[int, bool]:
        return super().remove_runs(before + 60)


class RemovesParentsOfTheLiving(ReferenceStore):
    """Forgets children with their parent."""

    def remove_runs(self, before: float) -> tuple[int, bool]:
        removed = super().remove_runs(before)
        runs = self._shared.runs
        for id in [id for id, kept in runs.items() if kept.record.parent is not None]:
            if runs[id].record.parent not in runs:
                del runs[id]
        return removed


class RemovesCodesInUse(ReferenceStore):
    """Does not see that schedules need codes."""

    def remove_artifacts(self, before: float) -> int:
        schedules, self._shared.schedules = self._shared.schedules, {}
        removed = super().remove_artifacts(before)
        self._shared.schedules = schedules
        return removed


class RemovesEngines(ReferenceStore):
    """Does not see that codes need engines."""

    def _runs_codes(self, engine: str, removed: set[str]) -> bool:
        return False


class KeepsNoAge(ReferenceStore):
    """Takes what was stored again for old."""

    def put_artifacts(self, data: Mapping[str, bytes], *, engine: str | None = None) -> None:
        known = {sha256: self._shared.stored[sha256] for sha256 in data if sha256 in self._shared.stored}
        super().put_artifacts(data, engine=engine)
        self._shared.stored |= known


class TrimsTooMuch(ReferenceStore):
    """Keeps what a run was told of one turn less."""

    @staticmethod
    def _trim(kept: Kept, last: int) -> None:
        ReferenceStore._trim(kept, last + 1)


class TrimsWhatWaits(ReferenceStore):
    """Forgets what a run has come to want long ago."""

    @staticmethod
    def _trim(kept: Kept, last: int) -> None:
        ReferenceStore._trim(kept, last)
        kept.wanted = {call: one for call, one in kept.wanted.items() if one.turn > last}


class TrimsKeys(ReferenceStore):
    """Forgets the keys of what was delivered long ago."""

    @staticmethod
    def _trim(kept: Kept, last: int) -> None:
        ReferenceStore._trim(kept, last)
        kept.deliveries.clear()


class TrimsNothing(ReferenceStore):
    """Keeps what a run was told for ever."""

    @staticmethod
    def _trim(kept: Kept, last: int) -> None:
        pass


class ContinuesWithTheOld(ReferenceStore):
    """Lets what a run has wanted before it began again count."""

    def _drop(self, kept: Kept, *, is_terminated: bool) -> None:
        if kept.record.status.is_final:
            super()._drop(kept, is_terminated=is_terminated)


class ContinuesSilently(ReferenceStore):
    """Does not tell a run that it begins again."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        step = super().commit(claim, turn, keep, **options)
        if turn.continued is not None:
            kept = self._shared.runs[claim.run.id]
            kept.inbox = [one for one in kept.inbox if one.event.kind != "begin" or one.turn is not None]
        return step


class ContinuesAlone(ReferenceStore):
    """Forgets what was delivered when a run begins again."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        step = super().commit(claim, turn, keep, **options)
        if turn.continued is not None:
            kept = self._shared.runs[claim.run.id]
            kept.inbox = [one for one in kept.inbox if one.event.kind != "hook"]
        return step


class ForksWithoutBegin(ReferenceStore):
    """Does not tell the fork of a run that begins again that it does."""

    @staticmethod
    def _begin_after(source: Kept, turn: int) -> Event | None:
        return None if turn else ReferenceStore._begin_after(source, turn)


class ForksChildrenWithKeys(ReferenceStore):
    """Takes the key of a child for that of the fork."""

    def _begin_child(self, fork: Fork, call: int) -> Kept:
        kept = super()._begin_child(fork, call)
        [was] = [
            one for one in self._shared.runs.values() if (one.record.parent, one.parent_call) == (fork.source, call)
        ]
        kept.change(key=was.record.key)
        return kept


class ForksHalf(ReferenceStore):
    """Leaves the fork of a run whose child is gone."""

    def _begin_child(self, fork: Fork, call: int) -> Kept:
        self._shared.runs[fork.id] = self._shared.runs[fork.source]
        kept = super()._begin_child(fork, call)
        return kept


class HoldsNothing(ReferenceStore):
    """Lets steps of a run that is paused begin."""

    def pause(self, run: str) -> Status | None:
        before = super().pause(run)
        for one in self._shared.runs[run].wanted.values() if run in self._shared.runs else []:
            one.state = "waiting" if one.state == "held" else one.state
        return before


class PausesWithoutFence(ReferenceStore):
    """Lets a turn of a run be stored that was paused and goes on."""

    def pause(self, run: str) -> Status | None:
        before = super().pause(run)
        if before is Status.RUNNING:
            self._shared.runs[run].epoch -= 1
        return before


class ResumesNothing(ReferenceStore):
    """Has a run go on without waking it."""

    def resume(self, run: str) -> Status | None:
        before = super().resume(run)
        if before is Status.PAUSED:
            self._shared.runs[run].change(wake_at=None)
        return before


class ForksPatchesLast(ReferenceStore):
    """Loses the patch of a fork."""

    def fork(self, fork: Fork) -> tuple[Run, bool]:
        return super().fork(replace(fork, patch=None))


class ForksForgetAnswers(ReferenceStore):
    """Tells a fork nothing of what came of the run's steps."""

    def fork(self, fork: Fork) -> tuple[Run, bool]:
        return super().fork(replace(fork, answers=[], rerun=fork.calls))


class JournalsOnePast(ReferenceStore):
    """Gives the turns from the first one on, that one included."""

    def journal(self, run: str, after: int, until: int) -> Any:
        return super().journal(run, after - 1, until)


class KeptStatesInAnyOrder(ReferenceStore):
    """Gives the states that are kept earliest first."""

    def kept_states(self, run: str, until: int) -> list[int]:
        return super().kept_states(run, until)[::-1]


class StatesThatAreNotKept(ReferenceStore):
    """Says of later states, too, that they are kept."""

    def kept_states(self, run: str, until: int) -> list[int]:
        return super().kept_states(run, until + 1)


class IdsOfChildren(ReferenceStore):
    """Finds children by how their ids begin."""

    def ids(self, prefix: str, limit: int) -> list[str]:
        return sorted(id for id in self._shared.runs if id.startswith(prefix))[:limit]


class IdsInAnyCase(ReferenceStore):
    """Does not tell a from A."""

    def ids(self, prefix: str, limit: int) -> list[str]:
        return sorted(id for id in self._shared.runs if id.lower().startswith(prefix.lower()) and "." not in id)[:limit]


class IdsWithoutEnd(ReferenceStore):
    """Finds more than was asked for."""

    def ids(self, prefix: str, limit: int) -> list[str]:
        return super().ids(prefix, limit + 1)
