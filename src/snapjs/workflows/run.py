"""One run of a workflow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from .._checks import checked_count, checked_seconds, checked_text
from .._workflows.attributes import unpack_attributes
from .._workflows.code import evaluate, host_functions
from .._workflows.forks import fork_of
from .._workflows.history import History, history_of
from .._workflows.payload import pack, unpack, unpack_error
from .._workflows.protection import shred
from .._workflows.records import PARENT_ENDED, Status
from .._workflows.records import Run as Record
from .._workflows.recovery import State
from ..errors import JSError
from ..vm import VM
from .stream import Stream

if TYPE_CHECKING:
    from .app import App


_QUERY: Final = "(module, code) => new Function('module', `with (module) { return (${code}) }`)(module)"


class Run:
    """A run of a workflow, as it stands in the store."""

    def __init__(self, app: App, id: str) -> None:
        self._app = app
        self.id = id

    def _record(self) -> Record:
        record = self._app._store.run(self.id)
        if record is None:
            raise no_run(self.id)
        return record

    @property
    def status(self) -> Status:
        """What has become of it."""
        return self._record().status

    @property
    def workflow(self) -> str:
        """The name of the file that it was started with."""
        return self._record().workflow

    @property
    def key(self) -> str | None:
        """The key that it was started with."""
        return self._record().key

    @property
    def function(self) -> str:
        """The name under which its module exports what runs: ``default``, unless another run has started it."""
        return self._record().function

    @property
    def parent(self) -> str | None:
        """The id of the run that has started it; ``None``: an app has."""
        return self._record().parent

    @property
    def attributes(self) -> dict[str, Any]:
        """What is said of it: by who started it, and by itself."""
        return unpack_attributes(self._record().attributes)

    @property
    def turn(self) -> int:
        """How many turns it has taken."""
        return self._record().turn

    @property
    def created_at(self) -> datetime:
        """When it was started."""
        return datetime.fromtimestamp(self._record().created_at, UTC)

    @property
    def finished_at(self) -> datetime | None:
        """When it ended."""
        at = self._record().finished_at
        return None if at is None else datetime.fromtimestamp(at, UTC)

    @property
    def deadline(self) -> datetime | None:
        """When it is told to end."""
        at = self._record().deadline
        return None if at is None else datetime.fromtimestamp(at, UTC)

    @property
    def forked_from(self) -> str | None:
        """The id of the run that it is a fork of."""
        return self._record().forked_from

    @property
    def forked_turn(self) -> int | None:
        """After which turn of that run it began. Its own turns are counted from there."""
        return self._record().forked_turn

    def history(self, after: int = 0) -> History:
        """What has happened in it, what it waits for, and what it has not been told yet.

        :param after: the turn after which it begins.
        """
        return history_of(self._app._store.history(self.id, after))

    def result(self, timeout: float | None = None) -> Any:
        """Wait until it has ended; what the workflow returned. Some worker has to be there.

        :param timeout: seconds.
        :raises JSError: what it threw.
        :raises TimeoutError: it has not ended in time.
        """
        record = self._app._await_end(self, timeout)
        if record.error is not None:
            raise unpack_error(record.error)
        if record.status is Status.CANCELLED:
            raise JSError("AbortError", PARENT_ENDED)
        return unpack(record.result or pack(None))

    def stream(self, name: str, *, after: int = 0, follow: bool = True) -> Stream:
        """What the run writes to ``stream(name)``: its values, for ``for`` and ``async for``.

        :param after: how many are left out, from the first on.
        :param follow: whether to wait for further ones, until the run closes the stream or has ended.
        """
        return Stream(self, checked_text(name, "the name of a stream"), checked_count("after", after, 0), follow)

    def deliver(self, name: str, value: Any = None, *, key: str | None = None) -> None:
        """As :meth:`App.deliver`."""
        self._app.deliver(self.id, name, value, key=key)

    def cancel(self, reason: str = "The run was cancelled") -> None:
        """As :meth:`App.cancel`."""
        self._app.cancel(self.id, reason)

    def terminate(self, reason: str = "The run was terminated") -> None:
        """As :meth:`App.terminate`."""
        self._app.terminate(self.id, reason)

    def pause(self) -> None:
        """As :meth:`App.pause`."""
        self._app.pause(self.id)

    def resume(self) -> None:
        """As :meth:`App.resume`."""
        self._app.resume(self.id)

    def shred(self) -> None:
        """Delete the key of the run, with that of the run that it descends from and of all that descends from that:
        nobody can ever read again what was stored of them. Those that go on end now.

        :raises KeyRefused: the store is not encrypted, or no key was given.
        :raises StoreError: the key is deleted, but a trace of it is left, since another process reads the store for too
            long. Do it again.
        """
        if not shred(self._app._store, self.id):
            raise no_run(self.id)

    def query(self, expression: str, *, turn: int | None = None, timeout: float | None = 60.0) -> Any:
        """Evaluate an expression in a copy of the run, which is thrown away. What the workflow's module exports is in
        scope.

        :param turn: after which; without it, the latest. Where the state is not kept, the turns up to there are taken
            again.
        :param timeout: seconds that this may take.
        :raises JSError: it threw.
        :raises KeyError: there was no such turn.
        :raises TimeoutError: the turns took too long.
        :raises RunDamaged: the state is damaged, and cannot be made again.
        :raises EngineMismatch: the store has lost the engine that the run needs.
        """
        with self._copy(turn, checked_seconds(timeout, "timeout")) as vm:
            return evaluate(vm, _QUERY, expression)

    def fork(
        self,
        turn: int | None = None,
        *,
        answers: Mapping[int, Any] | None = None,
        rerun: Collection[int] = (),
        patch: str | None = None,
        key: str | None = None,
    ) -> Run:
        """Begin another run where this one was, which stays as it is. It has the same code, and waits for the same:
        for timers until the same moments, for hooks to which nothing was delivered yet, and for steps, of which it is
        told what this run has been told since. Steps without an outcome are run for it, too, and children that go on
        begin again, as its own. It has no deadline.

        :param turn: after which; without it, the latest or, if the run has ended in that, the one before.
        :param answers: results or exceptions, by the numbers of calls that the run waited for, that are told in place
            of what came of them.
        :param rerun: numbers of calls of steps that are run again, or of children that begin again, though they have an
            outcome.
        :param patch: JavaScript to evaluate first, as :meth:`patch` does.
        :param key: as that of :meth:`App.start`.
        :raises KeyError: there was no such turn, or what the run waited for then is not kept any more.
        :raises ValueError: the run had ended then, or did not wait for a call that is named.
        :raises ConversionError, PayloadTooLarge: an answer or the patch cannot be stored.
        :raises RunDamaged: the state is lost.
        """
        store, record = self._app._store, self._record()
        fork = fork_of(
            self._app._recovery,
            record,
            _checked_turn(record, turn),
            answers=answers or {},
            rerun=rerun,
            patch=None if patch is None else checked_text(patch, "a patch"),
            key=None if key is None else checked_text(key, "key"),
            now=store.now(),
        )
        try:
            forked, _ = store.fork(fork)
        except KeyError:
            raise KeyError(
                f"what the run {self.id} waited for after turn {fork.turn} is not kept any more: fork it at a later one"
            ) from None
        return Run(self._app, forked.id)

    def patch(self, code: str) -> None:
        """As :meth:`App.patch`."""
        self._app.patch(self.id, code)

    def _copy(self, turn: int | None, patience: float | None) -> VM:
        app = self._app
        return VM.restore(
            self._state(turn, patience).snapshot,
            functions=host_functions(self.id),
            clock=app._store.now,
            **app._limits,
        )

    def _state(self, turn: int | None, patience: float | None) -> State:
        record, recovery = self._record(), self._app._recovery
        turn = _checked_turn(record, turn)
        return recovery.latest(record, patience) if turn is None else recovery.state(record, turn, patience)

    def __repr__(self) -> str:
        return f"<Run {self.id[:12]} of {self.workflow}, {self.status}>"


def no_run(id: str) -> KeyError:
    """There is no run of that id, or not any more."""
    return KeyError(f"there is no run {id!r}: App.list() has those that there are")


def _checked_turn(record: Record, turn: int | None) -> int | None:
    if turn is not None and not 0 <= turn <= record.turn:
        raise KeyError(f"the run {record.id} has taken {record.turn} turns, and no turn {turn}")
    return turn
