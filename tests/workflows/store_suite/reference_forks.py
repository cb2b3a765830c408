"""What a store has to do with forks, in dicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.workflows.store_suite.reference_records import Kept, Wanted

from snapjs._workflows.records import Event, EventKind, Fork, Kind, Run, Status, Turn, child_id


class ReferenceForks:
    """The part of the reference store that begins runs where others were."""

    _shared: Any
    _tell: Any
    _done: Any
    run_of: Any
    now: Any

    def fork(self, fork: Fork) -> tuple[Run, bool]:
        with self._shared.lock:
            source: Kept = self._shared.runs[fork.source]
            found = None if fork.key is None else self.run_of(source.record.workflow, fork.key, source.record.function)
            if found is not None:
                return found, False
            wanted = {call: source.wanted[call] for call in fork.calls}
            kept = self._fresh(source, fork.id)
            kept.last_call = fork.last_call
            kept.change(key=fork.key, turn=fork.turn, forked_from=fork.source, forked_turn=fork.turn)
            if fork.patch is not None:
                self._tell(kept, Event(0, EventKind.PATCH, "", fork.patch, self.now()), None)
            begin = self._begin_after(source, fork.turn)
            if begin is not None:
                self._tell(kept, begin, None)
            elif not fork.turn:
                raise KeyError("begin")
            if fork.turn:
                assert fork.snapshot is not None
                kept.snapshots[fork.turn] = fork.snapshot
                anchor = Turn([], [], [], 0, fork.last_call, b"", self.now(), b"", fork.snapshot, fork.state, b"", None)
                kept.turns[fork.turn] = anchor, []
            children = [self._copy(fork, source, kept, call, one) for call, one in wanted.items()]
            for one in [kept, *(child for child in children if child is not None)]:
                self._shared.runs[one.record.id] = one
            return kept.record, True

    def _fresh(self, source: Kept, id: str) -> Kept:
        """A run like another one, that has not begun."""
        now, was = self.now(), source.record
        record = Run(id, was.workflow, None, Status.RUNNING, 0, was.code, now, None, now, None, None)
        return Kept(replace(record, attributes=was.attributes, function=was.function, root=was.root))

    @staticmethod
    def _begin_after(source: Kept, turn: int) -> Event | None:
        """With what it began in the turn that follows, or would have."""
        is_untold = not any(number > turn and taken.entropy for number, (taken, _) in source.turns.items())
        begins = [letter for letter in source.inbox if letter.event.kind is EventKind.BEGIN]
        found = [one.event for one in begins if one.turn == turn + 1 or (one.turn is None and is_untold)]
        return found[0] if found else None

    def _copy(self, fork: Fork, source: Kept, kept: Kept, call: int, one: Wanted) -> Kept | None:
        """Have the fork want what the run wanted, and tell it what came of that. The child that begins again."""
        kind = one.command.kind
        dedup = f"{'child' if kind is Kind.CHILD else 'step'}:{call}"
        answers = [answer for answer in fork.answers if answer.target == str(call)]
        if not answers and call not in fork.rerun:
            answers = [letter.event for letter in source.inbox if letter.dedup == dedup]
        now, is_step = self.now(), kind is Kind.STEP
        copy = Wanted(one.command, one.turn, now if is_step else one.at, due_at=now if is_step else one.due_at)
        kept.wanted[call] = copy
        if answers:
            self._tell(kept, answers[0], dedup)
            self._done(copy)
        return self._begin_child(fork, call) if kind is Kind.CHILD and not answers else None

    def _begin_child(self, fork: Fork, call: int) -> Kept:
        found = [
            one for one in self._shared.runs.values() if (one.record.parent, one.parent_call) == (fork.source, call)
        ]
        begin = self._begin_after(found[0], 0) if found else None
        if begin is None:
            raise KeyError(call)
        child = self._fresh(found[0], child_id(fork.id, call))
        child.parent_call, child.parent_close = call, found[0].parent_close
        child.change(parent=fork.id, attributes={})
        self._tell(child, begin, None)
        return child
