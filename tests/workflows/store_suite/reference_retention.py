"""What a store does not keep, in dicts."""

from __future__ import annotations

from typing import Any

from tests.workflows.store_suite.reference_records import Kept

from snapjs._workflows.records import EventKind


class ReferenceRetention:
    """The part of the reference store that forgets. It forgets all at once that it may forget."""

    _shared: Any

    def ended(self, before: float) -> int:
        with self._shared.lock:
            return len(self._removable(before))

    def remove_runs(self, before: float) -> tuple[int, bool]:
        with self._shared.lock:
            removable = self._removable(before)
            for id in removable:
                del self._shared.runs[id]
            return len(removable), False

    def remove_artifacts(self, before: float) -> int:
        with self._shared.lock:
            needed = {kept.record.code for kept in self._shared.runs.values()}
            needed |= {schedule.code for schedule in self._shared.schedules.values()}
            stored = self._shared.stored
            old = {sha256 for sha256, (_, at) in stored.items() if at < before} - needed
            removed = {sha256 for sha256 in old if not self._runs_codes(sha256, set())}
            removed |= {sha256 for sha256 in old if not self._runs_codes(sha256, removed)}
            for sha256 in removed:
                del self._shared.artifacts[sha256], stored[sha256]
            return len(removed)

    def shrink(self) -> bool:
        return False

    def _removable(self, before: float) -> list[str]:
        """Runs that have ended before, and of whose end nobody has still to be told."""
        runs = self._shared.runs
        return [
            id
            for id, kept in runs.items()
            if kept.record.finished_at is not None
            and kept.record.finished_at < before
            and not self._is_awaited(id, runs.get(kept.record.parent or ""))
        ]

    @staticmethod
    def _is_awaited(id: str, parent: Kept | None) -> bool:
        return parent is not None and any(one.turn is None and one.event.origin == id for one in parent.inbox)

    def _runs_codes(self, engine: str, removed: set[str]) -> bool:
        return any(of == engine for sha256, (of, _) in self._shared.stored.items() if sha256 not in removed)

    @staticmethod
    def _trim(kept: Kept, last: int) -> None:
        """Forget the turns as far as one of them, with what the run was told and does not want any more."""
        old = [letter for letter in kept.inbox if letter.turn is not None and letter.turn <= last]
        kept.deliveries |= {one.dedup for one in old if one.event.kind is EventKind.HOOK and one.dedup is not None}
        kept.inbox = [letter for letter in kept.inbox if letter not in old]
        wanted = kept.wanted.items()
        kept.wanted = {call: one for call, one in wanted if one.state != "done" or one.turn > last}
        kept.turns = {number: turn for number, turn in kept.turns.items() if number > last}
