"""More stores with one bug each: in children, streams and attributes, and in what is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.workflows.store_suite.reference_records import Kept
from tests.workflows.store_suite.reference_store import ReferenceStore

from snapjs._workflows.records import Claim, Event, NewRun, ParentClose, Run, Status, StepClaim, StoredChunk, Turn


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
            self._tell(parent, Event(0, "failure", str(kept.parent_call), payload, self.now(), kept.record.id), None)
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
