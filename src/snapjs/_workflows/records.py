"""What the store keeps, and what goes to it and comes from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final

from .placement import NO_PLACEMENT, Placement

GRACE: Final = 600.0
"""seconds that a run has to undo what it has done, after it was told that its deadline has come"""
PARENT_ENDED: Final = "The run that started this one has ended"
"""what a child is told that is to end with its parent"""

PLAIN: Final = "plain"

# Whatever is bytes says what they are, or a store that encrypts could not know: tests/workflows/test_sealed_fields.py.
Payload = Annotated[bytes, "payload"]
"""a value of a user's, packed"""
Attribute = Annotated[bytes, "attribute"]
"""a value by which runs are found: of equal ones, the bytes are the same"""
Image = Annotated[bytes, "image"]
"""the memory of a program after a turn"""
Chance = Annotated[bytes, "chance"]
"""what the chance of a program follows from"""
Plain = Annotated[bytes, PLAIN]
"""what anybody may read"""


class Status(StrEnum):
    """Of a run."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing happens any more."""
        return self not in (Status.RUNNING, Status.PAUSED)


class Kind(StrEnum):
    """What a run waits for."""

    STEP = "step"
    TIMER = "timer"
    HOOK = "hook"
    CHILD = "child"


class EventKind(StrEnum):
    """What a run is told."""

    BEGIN = "begin"
    ANSWER = "answer"
    """of a step or child"""
    FAILURE = "failure"
    """likewise"""
    TIMER = "timer"
    HOOK = "hook"
    CANCEL = "cancel"
    DEADLINE = "deadline"
    PATCH = "patch"
    UNDONE = "undone"
    """a patch that threw"""


class ParentClose(StrEnum):
    """What becomes of a child when its parent ends, or is told to."""

    CANCEL = "cancel"
    """it is told to end, too"""
    TERMINATE = "terminate"
    """it is ended at once"""
    ABANDON = "abandon"
    """it goes on"""


def child_id(parent: str, call: int) -> str:
    """The id of the child that a run has started with a call."""
    return f"{parent}.{call}"


@dataclass(frozen=True)
class Run:
    """A run as it is in the store. Times are Unix seconds."""

    id: str
    workflow: str
    key: str | None
    status: Status
    turn: int
    """how many there were"""
    code: str
    """sha256 of what it was started with"""
    created_at: float
    finished_at: float | None
    wake_at: float | None
    """when there is something to do that is known; ``None``: only when something is delivered"""
    result: Payload | None
    error: Payload | None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    function: str = "default"
    """the name under which its module exports what runs"""
    parent: str | None = None
    """the run that has started it"""
    schedule: str | None = None
    """the name of that which started it"""
    deadline: float | None = None
    """when it is told to end"""
    ends_at: float | None = None
    """when it is ended; ``None``: it was not told that its deadline has come"""
    forked_from: str | None = None
    """the run whose state it began with …"""
    forked_turn: int | None = None
    """… after this turn of it"""
    root: str = ""
    """the run that it descends from: itself, where nothing else began it"""
    kek: str | None = field(default=None, compare=False)
    """the id of the key that wraps its data key, which is that of its root"""
    wrapped_key: Plain | None = field(default=None, compare=False, repr=False)
    """its data key; ``None``: it is not encrypted, or nobody is to read it any more"""


@dataclass(frozen=True)
class NewRun:
    """A run that is to begin."""

    id: str
    workflow: str
    key: str | None
    """there is one run of a workflow with a key"""
    code: str
    """sha256 of what it is started with, which the store has"""
    arguments: Payload
    schedule: str | None = None
    """the name of that which starts it"""
    deadline: float | None = None
    """Unix seconds at which it is told to end"""
    attributes: Mapping[str, Attribute | None] = field(default_factory=dict)
    """``None``: it has none of that name"""
    function: str = "default"
    """the name under which its module exports what is to run"""
    parent: str | None = None
    """the run that starts it …"""
    parent_call: int | None = None
    """… by this call, which waits for its end"""
    parent_close: ParentClose = ParentClose.ABANDON
    kek: str | None = None
    wrapped_key: Plain | None = None
    """its data key, and the id of the key that wraps it"""
    priority: float = 0.0
    """seconds for which it is taken to have waited already, whenever something comes for it"""


@dataclass(frozen=True)
class WrappedKey:
    """A data key that a key-encryption key wraps."""

    root: str
    """the run that it is of, with all that descends from it; empty: it is the store's own, for codes and schedules"""
    kek: str
    data: Plain


@dataclass(frozen=True)
class Schedule:
    """Moments at which runs of a workflow begin. Times are Unix seconds."""

    name: str
    cron: str
    timezone: str
    workflow: str
    code: str
    """sha256 of what the runs are started with, which the store has"""
    arguments: Payload
    overlaps: bool
    """whether a run begins while an earlier one goes on"""
    next_at: float | None
    """the moment that comes next; ``None``: it is paused, or none comes"""
    is_paused: bool = False
    last_at: float | None = None
    """the latest moment at which a run began"""
    skipped_at: float | None = None
    """the latest moment at which none did, since an earlier one went on"""


@dataclass(frozen=True)
class Event:
    """Something that a run is told."""

    id: int
    """in the store; 0 for what is not there: timers, the deadline, and a step's outcome that is stored with the turn"""
    kind: EventKind
    target: str
    """the number of the call that it answers, or the name of the hook"""
    payload: Payload
    """nothing where it was not a program that has said something: a child is to end with its parent, or could not begin
    since another run has its key"""
    at: float
    """when it happened"""
    origin: str | None = None
    """the child that has ended, whose payload it is"""


@dataclass(frozen=True)
class Fork:
    """A run that is to begin where another one was."""

    id: str
    key: str | None
    source: str
    """the other run"""
    turn: int
    """after which it was there"""
    last_call: int
    """the number of the guest's latest call then"""
    state: str
    """hash of the state then"""
    snapshot: Image | None
    """``None``: it is that of the code"""
    calls: Sequence[int]
    """whose answers it waited for; what the other run has been told since, the fork is told"""
    rerun: Collection[int] = ()
    """steps among them that are run again"""
    answers: Sequence[Event] = ()
    """of the kind ``answer`` or ``failure``, that it is told in place of those"""
    patch: Payload | None = None
    """what it evaluates first, as an event of the kind ``patch`` has it"""


@dataclass(frozen=True)
class Claim:
    """A run that a worker may take a turn of, as long as nobody else claims it."""

    run: Run
    epoch: int
    last_call: int
    """number of the latest call of the guest whose command is stored"""
    events: list[Event]
    """what there is to tell, or the first of it"""
    deaths: int = 0
    """how many workers in a row have claimed this turn and not been heard of again"""


@dataclass(frozen=True)
class Told:
    """An event that a run was told."""

    event: Event
    call: int
    """the number of the guest's call that it answered; 0: what it was for was over"""


@dataclass(frozen=True)
class Command:
    """Something that a run wants."""

    call: int
    """the number of the guest's call: with the run, the stable id of a step"""
    kind: Kind
    name: str
    arguments: Payload
    due_at: float | None
    """of a timer"""
    placement: Placement | None = NO_PLACEMENT
    """of a step; ``None``: it has to wait for a worker that knows it"""


@dataclass(frozen=True)
class ChildEnd:
    """A child that is to end."""

    run: str
    payload: Payload
    """why, as an event of the kind ``cancel`` has it; of one that is terminated, its error"""
    is_terminated: bool
    """whether it ends at once"""


@dataclass(frozen=True)
class Chunk:
    """Something that a run has written for readers outside."""

    stream: str
    payload: Payload | None
    """``None``: nothing follows"""


@dataclass(frozen=True)
class StoredChunk:
    """Something in a stream."""

    number: int
    """in the stream; the first is 1"""
    payload: Payload | None
    """``None``: nothing follows"""


@dataclass(frozen=True)
class Turn:
    """What came of a turn."""

    told: list[Told]
    commands: list[Command]
    dropped: list[int]
    """the calls whose commands are not wanted any more, since the run was cancelled"""
    timers: int
    """how many of the program's own timers ran"""
    last_call: int
    logs: Payload
    """what it has written, as a value; empty: nothing"""
    clock: float
    entropy: Chance
    snapshot: Image | None
    """the state afterwards, if it is to be stored; without it, whoever needs the state takes the turn again"""
    state: str
    """hash of the state afterwards, if that is to be stored; else empty"""
    effects: Plain
    """hash of what the run has come to want, which nobody can guess who does not know the entropy; empty where the turn
    could not be taken"""
    timer: float | None
    """when the program's own timers are next due"""
    status: Status = Status.RUNNING
    result: Payload | None = None
    error: Payload | None = None
    attributes: Mapping[str, Attribute | None] = field(default_factory=dict)
    """that the run has given itself; ``None``: it is to have none of that name"""
    children: Sequence[NewRun] = ()
    """which begin; each has a command, too"""
    child_ends: Sequence[ChildEnd] = ()
    chunks: Sequence[Chunk] = ()
    """that it has written, in their order"""
    continued: Payload | None = None
    """the arguments with which it begins again; the snapshot is that of the code then"""

    @classmethod
    def failure(cls, last_call: int, now: float, snapshot: bytes | None, error: bytes) -> Turn:
        """A turn that could not be taken, which ends the run as it was before."""
        return cls([], [], [], 0, last_call, b"", now, b"", snapshot, "", b"", None, Status.FAILED, None, error)

    @property
    def is_last(self) -> bool:
        """Whether nothing that the program wants counts any more: the run has ended, or begins again."""
        return self.status.is_final or self.continued is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened that would have to be stored."""
        return not (self.told or self.commands or self.timers or self.logs or self.status.is_final)


class Task(StrEnum):
    """What is to be done with a step."""

    RUN = "run"
    PLACE = "place"
    """say what the app says of it: who wanted it did not know"""
    SCHEDULE_TO_START = "schedule_to_start"
    """end it: this timeout has run out, as have those that follow"""
    SCHEDULE_TO_CLOSE = "schedule_to_close"
    HEARTBEAT_TIMEOUT = "heartbeat_timeout"
    """end the attempt"""


@dataclass(frozen=True)
class StepClaim:
    """A step that a worker may do something with."""

    run: str
    call: int
    name: str
    arguments: Payload
    attempt: int
    """1 for the first"""
    deaths: int = 0
    """how many workers in a row have claimed it and not been heard of again"""
    heartbeat: Payload | None = None
    """what an earlier attempt has said last"""
    end_by: float | None = None
    """until when, Unix seconds, it may be tried"""
    max_attempts: int = 1
    task: Task = Task.RUN
    timeout: float | None = None
    """seconds of the timeout that has run out"""


@dataclass(frozen=True)
class Outcome:
    """How a step has ended."""

    step: StepClaim
    event: Event
    """of the kind ``answer`` or ``failure``"""
