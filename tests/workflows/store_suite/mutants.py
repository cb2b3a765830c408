"""Stores with one bug each, every one of which the suite has to find; and the test that does."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from tests.workflows.store_suite import mutants_of_trees  # noqa: F401 -- they are found as those here are
from tests.workflows.store_suite.reference_records import Kept, Wanted
from tests.workflows.store_suite.reference_store import ReferenceStore

from snapjs._workflows.records import Claim, Event, NewRun, Outcome, Run, Schedule, Status, StepClaim, Turn
from snapjs._workflows.store import Fenced


class ForgetsKeys(ReferenceStore):
    """Starts a second run with a key."""

    def run_of(self, workflow: str, key: str, function: str = "default") -> Run | None:
        return None


class KeysOfAnyWorkflow(ReferenceStore):
    """Takes a key for that of another workflow."""

    def run_of(self, workflow: str, key: str, function: str = "default") -> Run | None:
        return next((kept.record for kept in self._shared.runs.values() if kept.record.key == key), None)


class WithoutLeases(ReferenceStore):
    """Lets two claim a run."""

    def claim(self, owner: str, lease: float, *, overdue: float = 0.0) -> Claim | None:
        return super().claim(owner, 0.0, overdue=overdue)


class LeasesForEver(ReferenceStore):
    """Never takes over from who has died."""

    def claim(self, owner: str, lease: float, *, overdue: float = 0.0) -> Claim | None:
        return super().claim(owner, 1e9, overdue=overdue)


class WithoutEpochs(ReferenceStore):
    """Lets who was succeeded store a turn."""

    def _is_claimed(self, kept: Kept, claim: Claim) -> bool:
        return kept.record.turn == claim.run.turn


class WithoutTurns(ReferenceStore):
    """Looks at the epoch only."""

    def _is_claimed(self, kept: Kept, claim: Claim) -> bool:
        return kept.epoch == claim.epoch


class EndsWithoutFence(ReferenceStore):
    """Lets a turn of a run that was ended be stored."""

    def end(self, run: str, status: Status, error: bytes | None) -> Status | None:
        before = super().end(run, status, error)
        if run in self._shared.runs and before is Status.RUNNING:
            self._shared.runs[run].epoch -= 1
        return before


class LosesWakeUps(ReferenceStore):
    """Does not look again what there is to tell when a turn ends."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        step = super().commit(claim, turn, keep, **options)
        self._shared.runs[claim.run.id].change(wake_at=turn.timer)
        return step


class LosesWakeUpsOfReleases(ReferenceStore):
    """Does not look again when there was nothing to do."""

    def release(self, claim: Claim, timer: float | None) -> None:
        super().release(claim, timer)
        self._shared.runs[claim.run.id].change(wake_at=timer)


class WakesForNothing(ReferenceStore):
    """Wakes a run for what it does not wait for."""

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        status = super().deliver(run, event, dedup)
        if status is Status.RUNNING:
            self._wake(self._shared.runs[run])
        return status


class TellsTheDead(ReferenceStore):
    """Keeps what is delivered to a run that has ended."""

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        if run in self._shared.runs and not self._shared.runs[run].is_running:
            self._tell(self._shared.runs[run], event, dedup)
        return super().deliver(run, event, dedup)


class WithoutDedup(ReferenceStore):
    """Tells twice what was delivered twice."""

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        return super().deliver(run, event, None)


class DedupsWhatIsUntold(ReferenceStore):
    """Forgets a key when what it was for was told."""

    def deliver(self, run: str, event: Event, dedup: str | None) -> Status | None:
        for letter in self._shared.runs[run].inbox if run in self._shared.runs else []:
            letter.dedup = None if letter.turn else letter.dedup
        return super().deliver(run, event, dedup)


class TellsInAnyOrder(ReferenceStore):
    """Tells the latest first."""

    def _claim(self, kept: Kept) -> Claim:
        claim = super()._claim(kept)
        return replace(claim, events=claim.events[::-1])


class TellsOfTimersEarly(ReferenceStore):
    """Wakes a run a second before its time."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        commands = [replace(one, due_at=None if one.due_at is None else one.due_at - 1) for one in turn.commands]
        return super().commit(claim, replace(turn, commands=commands), keep, **options)


class ConsumesEverything(ReferenceStore):
    """Takes for told what came during the turn."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        step = super().commit(claim, turn, keep, **options)
        kept = self._shared.runs[claim.run.id]
        for letter in kept.untold():
            letter.turn = kept.record.turn
        return step


class LeavesAnsweredHooks(ReferenceStore):
    """Waits for a hook that was answered in the turn that wanted it."""

    def _want(self, kept: Kept, number: int, turn: Turn, next_step: Any) -> StepClaim | None:
        return super()._want(kept, number, replace(turn, told=[]), next_step)


class OutcomesByThemselves(ReferenceStore):
    """Stores a turn although the outcome in it comes too late."""

    def commit(
        self,
        claim: Claim,
        turn: Turn,
        keep: int,
        *,
        outcome: Outcome | None = None,
        next_step: tuple[str, float, Collection[str]] | None = None,
    ) -> StepClaim | None:
        if outcome is not None and self._running(outcome.step) is None:
            super().commit(claim, turn, keep)
        return super().commit(claim, turn, keep, outcome=outcome, next_step=next_step)


class FencesItself(ReferenceStore):
    """Does not know its own turn again."""

    def _committed_before(self, kept: Kept, number: int, turn: Turn, next_step: Any) -> StepClaim | None:
        raise Fenced


class TakesAnyTurnForItsOwn(ReferenceStore):
    """Does not fence who comes second."""

    def _committed_before(self, kept: Kept, number: int, turn: Turn, next_step: Any) -> StepClaim | None:
        if number in kept.turns:
            return None
        raise Fenced


class KeepsTooFew(ReferenceStore):
    """Keeps the states of one turn less."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        return super().commit(claim, turn, keep - 1 if keep > 1 else keep, **options)


class FirstIsLast(ReferenceStore):
    """Claims what has waited for the shortest time."""

    def _first(self, due: list[tuple[float, Any]]) -> Any:
        return max(due, key=lambda one: one[0])[1] if due else None


class StepsOfAnyName(ReferenceStore):
    """Claims a step with the turn that the worker does not have."""

    def commit(self, claim: Claim, turn: Turn, keep: int, **options: Any) -> StepClaim | None:
        if options.get("next_step"):
            owner, lease, _ = options["next_step"]
            options["next_step"] = owner, lease, [command.name for command in turn.commands]
        return super().commit(claim, turn, keep, **options)


class AnyAttempt(ReferenceStore):
    """Lets an attempt end that was succeeded."""

    def _running(self, step: StepClaim) -> Wanted | None:
        wanted = self._shared.runs[step.run].wanted[step.call]
        return wanted if wanted.state == "running" else None


class AnswersTwice(ReferenceStore):
    """Tells of the same outcome again."""

    def finish_step(self, outcome: Outcome) -> None:
        with suppress(Fenced):
            self._end_step(outcome.step, outcome.event.at)
        kept = self._shared.runs[outcome.step.run]
        self._tell(kept, outcome.event, None)
        self._wake(kept)


class AnswersSilently(ReferenceStore):
    """Does not wake a run whose step has ended."""

    def finish_step(self, outcome: Outcome) -> None:
        wake_at = self._shared.runs[outcome.step.run].record.wake_at
        super().finish_step(outcome)
        self._shared.runs[outcome.step.run].change(wake_at=wake_at)


class RetriesAtOnce(ReferenceStore):
    """Does not wait before the next attempt."""

    def retry_step(self, step: StepClaim, due_at: float, error: bytes) -> None:
        super().retry_step(step, self.now(), error)


class CountsNoDeaths(ReferenceStore):
    """Does not see that workers die."""

    def _claim(self, kept: Kept) -> Claim:
        return replace(super()._claim(kept), deaths=0)


class RenewsAnything(ReferenceStore):
    """Holds for who was succeeded."""

    def renew(self, lease: float, runs: Iterable[Claim], steps: Iterable[StepClaim]) -> None:
        runs = [replace(claim, epoch=self._shared.runs[claim.run.id].epoch) for claim in runs]
        super().renew(lease, runs, steps)


class ShowsResults(ReferenceStore):
    """Lists runs with their results."""

    def runs(self, **wanted: Any) -> list[Run]:
        found = super().runs(**wanted)
        return [self._shared.runs[run.id].record for run in found]


class StartsTwice(ReferenceStore):
    """Replaces the arguments of a run that was started again."""

    def start(self, new: NewRun) -> tuple[Run, bool]:
        run, is_new = super().start(new)
        if not is_new:
            letter = self._shared.runs[run.id].inbox[0]
            letter.event = replace(letter.event, payload=new.arguments)
        return run, is_new


class FiresTwice(ReferenceStore):
    """Begins two runs of one moment."""

    def fire(self, due: Schedule, moment: float, new: NewRun, next_at: float | None) -> Run | None:
        return super().fire(self._shared.schedules.get(due.name, due), moment, new, next_at)


class ForgetsDeadlines(ReferenceStore):
    """Does not wake a run whose deadline comes."""

    def start(self, new: NewRun) -> tuple[Run, bool]:
        return super().start(replace(new, deadline=None))


class LooksAtClaimed(ReferenceStore):
    """Lets somebody look who would take a turn beside the worker that has claimed the run."""

    def look(self, run: str) -> Claim | None:
        kept = self._shared.runs.get(run)
        return self._claim(kept) if kept is not None and kept.is_running else None


MUTANTS = {mutant.__name__: mutant for mutant in ReferenceStore.__subclasses__()}
