"""A turn: what a run does when it is told something. It has no effect but its result.

The same state, events, clock and entropy make the same turn, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from time import perf_counter
from typing import Any, Final

import msgspec

from .._snapshots.capture import prepare
from ..errors import GuestTrapped, JSError, LimitError
from ..snapshot import Snapshot
from ..vm import VM
from .code import Code, evaluate, host_functions
from .logs import Logs
from .payload import pack, unpack
from .records import Event, EventKind, Run, Told, Turn
from .running import Running

_MOST_TURNS: Final = 20
_MOST_SECONDS: Final = 0.05
"""What there may be to take again where a state is not stored: to store one takes as long as some four short turns."""

_PATCHES: Final = (EventKind.PATCH, EventKind.UNDONE)
# Strict, or to assign to an export or to a name that there is not would be no error.
_PATCH: Final = (
    "(module, code) => { new Function('module', `with (module) (() => { 'use strict';\n${code}\n})()`)(module) }"
)


class LiveRun:
    """A run in memory, after its latest turn. Not for two threads at a time.

    :param code: of the run.
    :param run: which one it is.
    :param state: after its latest turn; before the first, that of the code.
    :param timeout: seconds that JavaScript may run for each event.
    :param memory_limit: bytes of its heap.
    :param is_stored: whether this very state is in the store; otherwise that after the next turn has to be, or who is
        interrupted again and again would have more to take again each time.
    """

    def __init__(
        self,
        code: Code,
        run: Run,
        state: Snapshot,
        *,
        timeout: float | None,
        memory_limit: int | None,
        is_stored: bool = True,
    ) -> None:
        self._code = code
        self._run = run
        self._now = 0.0
        self._logs = Logs()
        self._turns = 0 if is_stored else _MOST_TURNS
        """since its state was stored"""
        self._seconds = 0.0
        """that they took"""
        self._options: dict[str, Any] = {"timeout": timeout, "memory_limit": memory_limit}
        self._vm = self._restored(state)

    def _restored(self, state: Snapshot) -> VM:
        return VM.restore(
            state,
            functions=host_functions(self._run.id),
            clock=lambda: self._now,
            stdout=self._logs.write,
            stderr=self._logs.write,
            **self._options,
        )

    def take_turn(
        self, events: Sequence[Event], *, last_call: int, now: float, entropy: bytes, is_ordered: bool = False
    ) -> Turn:
        """Tell the run what has happened. After an exception, or if the turn does not become that of the run, this
        is of no use. The turn does not have the state afterwards: see :meth:`with_state`.

        :param events: hooks that nobody waits for yet are left.
        :param last_call: the number of the guest's latest call before.
        :param now: Unix seconds. Time stands still during a turn.
        :param entropy: what chance follows from.
        :param is_ordered: whether they are told in this order; without it, in that in which they happened.
        :raises LimitError, GuestTrapped, WorkflowError: the program needs more than it may have.
        """
        self._now, begun = now, perf_counter()
        self._vm._bridge.seed(entropy)
        ordered = list(events) if is_ordered else _in_order(events)
        patches = [self._patch(event, entropy) for event in ordered if event.kind in _PATCHES]
        running = Running(self._vm, self._run, last_call, now, self._logs)
        running.told.extend(patches)
        running.tell([event for event in ordered if event.kind not in _PATCHES])
        if running.continued is not None:
            self._vm.close()
            self._vm = self._restored(self._code.snapshot)
        prepare(self._vm._bridge)
        self._turns, self._seconds = self._turns + 1, self._seconds + perf_counter() - begun
        turn = Turn(
            told=running.told,
            commands=list(running.commands.values()),
            dropped=running.dropped,
            timers=running.timers,
            last_call=running.last_call,
            logs=pack(text) if (text := self._logs.take()) else b"",
            clock=now,
            entropy=entropy,
            snapshot=None,
            state="",
            effects=b"",
            timer=running.next_timer() if running.continued is None else None,
            status=running.status,
            result=running.result,
            error=running.error,
            attributes=running.attributes,
            children=running.children,
            child_ends=running.child_ends,
            chunks=running.chunks,
            continued=running.continued,
        )
        return replace(turn, effects=_effects(turn))

    @property
    def has_much_to_store(self) -> bool:
        """Whether it would take long to take the turns again since the state was stored."""
        return self._turns >= _MOST_TURNS or self._seconds > _MOST_SECONDS

    def with_state(self, turn: Turn) -> Turn:
        """The latest turn, with the state that it has left."""
        after = self._vm.snapshot(base=self._code.snapshot)
        self._turns, self._seconds = 0, 0.0
        return replace(turn, snapshot=after.to_bytes(), state=after.id)

    def _patch(self, event: Event, entropy: bytes) -> Told:
        """Evaluate a patch. Of one that throws nothing is left, and it is told as undone: it is not tried again."""
        before = self._vm.snapshot(base=self._code.snapshot)
        if event.kind is EventKind.PATCH:
            try:
                evaluate(self._vm, _PATCH, unpack(event.payload))
                return Told(event, 0)
            except (JSError, LimitError, GuestTrapped) as error:
                self._logs.write(f"The patch was undone: {error}\n")
                event = replace(event, kind=EventKind.UNDONE)
        self._vm.close()
        self._vm = self._restored(before)
        self._vm._bridge.seed(entropy)
        return Told(event, 0)

    def close(self) -> None:
        """Free its memory."""
        self._vm.close()


def _in_order(events: Sequence[Event]) -> list[Event]:
    """As they happened, but patches first, for they are to mend what comes of the others. A run begins with its
    arguments, whatever the clocks of those say who told it something."""
    return sorted(
        events, key=lambda event: (event.kind not in _PATCHES, event.kind is not EventKind.BEGIN, event.at, event.id)
    )


def _effects(turn: Turn) -> bytes:
    """A hash of what a turn has come to, but for the state, and the logs: a patch that was undone says so once."""
    told = [one.call for one in turn.told]
    effects = (told, turn.commands, turn.dropped, turn.timers, turn.last_call, turn.timer, turn.status)
    ends = (turn.result, turn.error, turn.attributes, turn.children, turn.child_ends, turn.chunks, turn.continued)
    return blake2b(msgspec.msgpack.encode((effects, ends)), digest_size=16, key=turn.entropy).digest()
