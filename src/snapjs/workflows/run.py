"""One run of a workflow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .._checks import checked_count, checked_text
from .._workflows.attributes import unpack_attributes
from .._workflows.code import host_functions
from .._workflows.history import History, history_of
from .._workflows.payload import pack, unpack, unpack_error
from .._workflows.program import WORKFLOW_MODULE
from .._workflows.records import PARENT_ENDED, Status
from .._workflows.records import Run as Record
from ..errors import JSError
from ..snapshot import Snapshot
from ..vm import VM
from .stream import Stream

if TYPE_CHECKING:
    from .app import App


class Run:
    """A run of a workflow, as it stands in the store."""

    def __init__(self, app: App, id: str) -> None:
        self._app = app
        self.id = id

    def _record(self) -> Record:
        record = self._app._store.run(self.id)
        if record is None:
            raise KeyError(f"there is no run {self.id!r}")
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
        self._app._await_end(self, timeout)
        record = self._record()
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

    def query(self, expression: str, *, turn: int | None = None) -> Any:
        """Evaluate an expression in a copy of the run, which is thrown away. What the workflow's module exports is in
        scope.

        :param turn: after which; without it, the latest.
        :raises JSError: it threw.
        :raises KeyError: the state after that turn is not kept, or there was none.
        """
        with self._copy(turn) as vm:
            evaluate = vm.eval(
                "(module, expression) => new Function('module', `with (module) { return (${expression}) }`)(module)"
            )
            return evaluate(vm.import_module(WORKFLOW_MODULE)._handle, expression)

    def _copy(self, turn: int | None) -> VM:
        app, record = self._app, self._record()
        state = app._codes.get(record.code).snapshot
        if turn is None:
            turn = record.turn
        if turn:
            data = app._store.snapshot(self.id, turn)
            if data is None:
                raise KeyError(f"the state of the run {self.id} after turn {turn} is not kept")
            state = Snapshot.from_bytes(data, base=state)
        options = app._worker_options
        return VM.restore(
            state,
            functions=host_functions(self.id),
            timeout=options["turn_timeout"],
            memory_limit=options["memory_limit"],
            clock=app._store.now,
        )

    def __repr__(self) -> str:
        return f"<Run {self.id[:12]} of {self.workflow}, {self.status}>"
