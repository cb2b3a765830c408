"""What a store has to do with runs that runs start, in dicts."""

from __future__ import annotations

from typing import Any

from tests.workflows.store_suite.reference_records import Kept

from snapjs._workflows.records import Event, EventKind, NewRun, ParentClose, Status, Turn


class ReferenceChildren:
    """The part of the reference store that knows parents and children."""

    _shared: Any
    _tell: Any
    _wake: Any
    _done: Any
    start: Any
    deliver: Any
    end: Any
    now: Any

    def _begin_and_end_children(self, kept: Kept, turn: Turn) -> None:
        for new in turn.children:
            _, is_new = self.start(new)
            if not is_new:
                self._refuse(kept, new)
        for one in turn.child_ends:
            child = self._shared.runs.get(one.run)
            if child is None or child.record.parent != kept.record.id:
                continue
            if one.is_terminated:
                self.end(one.run, Status.CANCELLED, one.payload)
            else:
                self.deliver(one.run, Event(0, EventKind.CANCEL, "", one.payload, self.now()), "cancel")

    def _refuse(self, parent: Kept, new: NewRun) -> None:
        """Another run has the key of the child."""
        self._tell_of_child(parent, new.parent_call, Event(0, EventKind.FAILURE, str(new.parent_call), b"", self.now()))

    def _tell_parent(self, kept: Kept) -> None:
        record = kept.record
        parent = self._shared.runs.get(record.parent or "")
        kind, payload = (EventKind.FAILURE, record.error)
        if record.status is Status.COMPLETED:
            kind, payload = (EventKind.ANSWER, record.result)
        if parent is not None and payload is not None:
            event = Event(0, kind, str(kept.parent_call), payload, self.now(), record.id)
            self._tell_of_child(parent, kept.parent_call, event)

    def _tell_of_child(self, parent: Kept, call: int | None, event: Event) -> None:
        wanted = parent.wanted.get(call or 0)
        if wanted is not None and wanted.state == "waiting":
            self._done(wanted)
            self._tell(parent, event, f"child:{call}")
            self._wake(parent)

    def _drop(self, kept: Kept, *, is_terminated: bool) -> None:
        """Let go of what a run wants, and of its children."""
        for wanted in kept.wanted.values():
            self._done(wanted)
        for child in list(self._shared.runs.values()):
            if child.record.parent != kept.record.id or child.record.status.is_final:
                continue
            if child.parent_close is not ParentClose.ABANDON:
                self._let_go(child, is_terminated=is_terminated or child.parent_close is ParentClose.TERMINATE)

    def _let_go(self, child: Kept, *, is_terminated: bool) -> None:
        if is_terminated:
            self.end(child.record.id, Status.CANCELLED, None)
        else:
            self._tell(child, Event(0, EventKind.CANCEL, "", b"", self.now()), "cancel")
            self._wake(child)
