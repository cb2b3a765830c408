"""A program in the middle of a turn: what it is told, and what it wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .._core.limits import Deadline, timeout_until
from ..errors import ConversionError, GuestTrapped, JSError, LimitError, PayloadTooLarge, WorkflowError
from ..pending import PendingCall
from ..vm import VM
from .asked import Refused, attributes_from, checked_name, child_from, due_at, packed_error, unknown
from .code import HOST_FUNCTION
from .logs import Logs
from .payload import pack, pack_error, unpack, unpack_error
from .records import (
    PARENT_ENDED,
    ChildEnd,
    Chunk,
    Command,
    Event,
    EventKind,
    Kind,
    NewRun,
    ParentClose,
    Run,
    Status,
    Told,
    child_id,
)

MOST_COMMANDS: Final = 10_000
"""that a run may ask for in one turn"""
MOST_BYTES: Final = 64 << 20
"""of all that it asks for in one turn"""
_MILLISECOND_IN_DOUBT: Final = 0.001
"""what seconds as a double may lack of a moment in milliseconds: who came that much too early would come in vain"""
_LARGEST_NUMBER: Final = 2**53
"""of a call: more calls than any program makes"""


@dataclass(frozen=True)
class _Call:
    """Something that the program has asked for, and that it has no answer to."""

    number: int
    """of the call, in the run"""
    kind: str
    values: tuple[Any, ...]
    pending: PendingCall


class Running:
    """A VM in the middle of a turn."""

    def __init__(self, vm: VM, run: Run, last_call: int, now: float, logs: Logs) -> None:
        self._vm = vm
        self._run = run
        self._loop = vm._bridge.loop
        self._now = now
        self._logs = logs
        self._deadline: Deadline | None = None
        self._waits: dict[str, _Call] = {}
        """steps, timers, hooks and children, by the number of the call"""
        self._hooks: dict[str, dict[int, _Call]] = {}
        """the hooks among them, by name and number"""
        self._told_once: dict[str, _Call] = {}
        """``begin`` and ``cancel``"""
        self._latest = 0
        """the id of the latest call of the VM that was looked at"""
        self.last_call = last_call
        self.told: list[Told] = []
        self.commands: dict[int, Command] = {}
        self.dropped: list[int] = []
        self.timers = 0
        self.status = Status.RUNNING
        self.result: bytes | None = None
        self.error: bytes | None = None
        self.continued: bytes | None = None
        self.attributes: dict[str, bytes | None] = {}
        self.children: list[NewRun] = []
        self.child_ends: list[ChildEnd] = []
        self.chunks: list[Chunk] = []
        self._bytes = 0
        """of what was asked for"""
        for recorded in vm.pending:
            number, kind, *values = recorded.args
            if number <= last_call:
                self._latest = recorded.id
                self._remember(_Call(number, kind, tuple(values), recorded))

    def tell(self, events: list[Event]) -> None:
        """Let happen what has happened, in its order: the events that the program waits for, and its own timers.

        :param events: by time.
        """
        self._limit_time()
        self._settle()
        while self.status is Status.RUNNING and self.continued is None:
            event = next((event for event in events if self._is_wanted(event)), None)
            timer = self.next_timer() if self._loop.timer_delay() == 0 else None
            if timer is not None and (event is None or timer < event.at):
                self.timers += 1
                with self._uncaught_logged():
                    self._loop.run_timers(1, timeout_until(self._deadline))
            elif event is not None:
                events.remove(event)
                self._limit_time()
                self._answer(event)
            else:
                return
            self._settle()

    def next_timer(self) -> float | None:
        """When the program's own timers are next due, Unix seconds."""
        control = self._vm._bridge.instance.control
        return (float(control.next_timer) + _MILLISECOND_IN_DOUBT) / 1000 if control.timers else None

    def _limit_time(self) -> None:
        """What runs from here on has as long as the VM's timeout says."""
        bridge = self._vm._bridge
        self._deadline = bridge.limits.deadline(bridge.options.timeout)

    # ---- what the program is told

    def _is_wanted(self, event: Event) -> bool:
        """Whether it can be told now. A hook has to wait until the program does; the others are expected, or over."""
        return event.kind is not EventKind.HOOK or self._call_for(event) is not None

    def _call_for(self, event: Event) -> _Call | None:
        if event.kind is EventKind.HOOK:
            return next(iter(self._hooks.get(event.target, {}).values()), None)
        if event.target:
            return self._waits.get(event.target)
        return self._told_once.get(EventKind.CANCEL if event.kind is EventKind.DEADLINE else event.kind)

    def _answer(self, event: Event) -> None:
        call = self._call_for(event)
        self.told.append(Told(event, 0 if call is None else call.number))
        if call is None:
            return
        end = _end_asked_for(event)
        waits = [] if end is None else list(self._waits.values())
        with self._uncaught_logged():
            if event.kind is EventKind.FAILURE:
                call.pending.reject(unpack_error(event.payload))
            elif event.kind is EventKind.DEADLINE:
                call.pending.reject(end)
            elif event.kind is EventKind.BEGIN:
                values = unpack(event.payload)
                call.pending.resolve({"before": self.last_call, "name": self._run.function, "values": values})
            elif end is not None:
                call.pending.resolve(end.message)
            else:
                call.pending.resolve(unpack(event.payload))
        self._forget(call)
        for wait in waits:
            if wait.kind == Kind.CHILD:
                self._let_go(wait, end)
            else:
                self._drop(wait, end)

    def _let_go(self, call: _Call, reason: JSError | None) -> None:
        """Have a child end as its parent is to, or go on. It is told to the parent when it has ended."""
        close = call.values[2]["parentClose"]
        if close != ParentClose.ABANDON and reason is not None:
            self._end_child(call.number, reason, is_terminated=close == ParentClose.TERMINATE)

    def _end_child(self, call: int, reason: JSError, *, is_terminated: bool = False) -> None:
        payload = pack_error(reason) if is_terminated else pack(reason.message)
        self.child_ends.append(ChildEnd(child_id(self._run.id, call), payload, is_terminated))

    def _drop(self, call: _Call, reason: JSError | None) -> None:
        """Let go of a call that nobody waits for any more."""
        with self._uncaught_logged():
            call.pending.reject(reason)
        self._forget(call)
        if self.commands.pop(call.number, None) is None:
            self.dropped.append(call.number)

    # ---- what the program wants

    def _settle(self) -> None:
        """Run what can run, and see what the program wants then."""
        ran = 1
        while ran:
            with self._uncaught_logged():
                ran = self._loop.run_answerable(self._deadline)
            ran += self._look()

    def _look(self) -> int:
        new = self._vm._bridge.pending_calls.after(self._latest)
        for recorded in new:
            self._latest = recorded.id
            try:
                self._note(self._numbered(recorded))
            except (ConversionError, PayloadTooLarge, Refused) as error:
                name = "RangeError" if isinstance(error, PayloadTooLarge) else "TypeError"
                with self._uncaught_logged():
                    recorded.reject(JSError(name, str(error)))
        return len(new)

    def _numbered(self, recorded: PendingCall) -> _Call:
        match recorded.args:
            case (int(number), str(kind), *values) if recorded.name == HOST_FUNCTION:
                if self.last_call < number <= _LARGEST_NUMBER:
                    self.last_call = number
                    return _Call(number, kind, tuple(values), recorded)
        raise unknown(recorded.args)

    def _note(self, call: _Call) -> None:
        """Take note of what the program asks for, and do it, where that needs nobody else."""
        match (call.kind, *call.values):
            case (EventKind.BEGIN | EventKind.CANCEL,):
                self._remember(call)
            case ("complete", value):
                self._end(Status.COMPLETED, result=pack(value))
            case ("fail", error):
                self._end(Status.FAILED, error=packed_error(error))
            case ("cancelled", error):
                self._end(Status.CANCELLED, error=packed_error(error))
            case ("continue", list(values)):
                packed = pack(values)
                if self.status is Status.RUNNING and self.continued is None:
                    self.continued = packed
            case _ if self._carry_out(call):
                self._acknowledge(call)
            case _:
                command = self._command(call)
                self._count(len(command.arguments))
                self.commands[call.number] = command
                self._remember(call)

    def _carry_out(self, call: _Call) -> bool:
        """Do what is for others to know, and nothing to wait for; False: it is something else."""
        match (call.kind, *call.values):
            case ("attributes", dict(values)):
                self.attributes |= attributes_from(values)
            case ("cancel child", int(number), str(reason)):
                self._count(len(reason))
                self._end_child(number, JSError("AbortError", reason))
            case ("write", str(name), value):
                self._write(Chunk(checked_name(name), pack(value)))
            case ("close", str(name)):
                self._write(Chunk(checked_name(name), None))
            case _:
                return False
        return True

    def _command(self, call: _Call) -> Command:
        """What the program waits for from here on.

        :raises Refused: nobody knows what that is.
        """
        match (call.kind, *call.values):
            case (Kind.CHILD, str(name), list(arguments), dict(options)):
                child = child_from(self._run, call.number, name, arguments, options, self._now)
                self._count(len(child.arguments))
                self.children.append(child)
                return Command(call.number, Kind.CHILD, name, pack([]), None)
            case (Kind.STEP, str(name), list(arguments)):
                return Command(call.number, Kind.STEP, checked_name(name), pack(arguments), None)
            case (Kind.TIMER, duration):
                return Command(call.number, Kind.TIMER, "", pack([]), due_at(duration, self._now))
            case (Kind.HOOK, str(name)):
                return Command(call.number, Kind.HOOK, checked_name(name), pack([]), None)
        raise unknown((call.kind, *call.values))

    def _write(self, chunk: Chunk) -> None:
        self._count(len(chunk.payload or b""))
        self.chunks.append(chunk)

    def _count(self, size: int) -> None:
        self._bytes += size
        for most, asked in (
            (f"{MOST_COMMANDS} things", self._asked() >= MOST_COMMANDS),
            (f"{MOST_BYTES >> 20} MiB", self._bytes > MOST_BYTES),
        ):
            if asked:
                raise WorkflowError(f"The run asked for more than {most} at once. Have it wait for some of them first.")

    def _asked(self) -> int:
        return len(self.commands) + len(self.chunks) + len(self.child_ends)

    def _acknowledge(self, call: _Call) -> None:
        """Answer what needs nobody else."""
        pending = self._vm._bridge.pending_calls
        with self._uncaught_logged():
            pending.answer(call.pending.id, None, False, timeout=timeout_until(self._deadline))

    def _end(self, status: Status, *, result: bytes | None = None, error: bytes | None = None) -> None:
        if self.status is Status.RUNNING and self.continued is None:
            self.status, self.result, self.error = status, result, error

    # ---- calls

    def _remember(self, call: _Call) -> None:
        if call.kind in (EventKind.BEGIN, EventKind.CANCEL):
            self._told_once[call.kind] = call
            return
        self._waits[str(call.number)] = call
        if call.kind == Kind.HOOK:
            self._hooks.setdefault(call.values[0], {})[call.number] = call

    def _forget(self, call: _Call) -> None:
        self._told_once.pop(call.kind, None)
        self._waits.pop(str(call.number), None)
        if call.kind == Kind.HOOK:
            self._hooks[call.values[0]].pop(call.number, None)

    @contextmanager
    def _uncaught_logged(self) -> Iterator[None]:
        """Log what a callback of the program throws, as a browser does: nobody waits for it."""
        try:
            yield
        except (LimitError, GuestTrapped):
            raise
        except JSError as error:
            self._logs.write(f"Uncaught {error}\n")


def _end_asked_for(event: Event) -> JSError | None:
    """Why a run is to end, if that is what it is told."""
    if event.kind is EventKind.CANCEL:
        return JSError("AbortError", unpack(event.payload) if event.payload else PARENT_ENDED)
    if event.kind is EventKind.DEADLINE:
        moment = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="seconds")
        return JSError("TimeoutError", f"The run has not ended by its deadline, {moment}")
    return None
