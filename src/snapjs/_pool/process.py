"""A machine in a process of its own."""

from __future__ import annotations

import pickle
from collections.abc import Hashable
from contextlib import suppress
from itertools import count
from multiprocessing import get_context, process
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Final, NoReturn

from .._codec.codec import Codec
from .._codec.no_vm import NoVM
from .._core.calls import decode_result
from .call import Request
from .child import Answer, serve

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from .machine import Plan
    from .program import Program

_SECONDS_TO_END: Final = 5.0
_no_vm: Final = NoVM()
_codec: Final = Codec(_no_vm)


class ProcessEnded(Exception):
    """The process ended before it answered.

    :param exit_code: of the process, as far as is known.
    """

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class ProcessMachine:
    """As :class:`snapjs._pool.machine.Machine`, in a child process. Values cross as messages of the codec: the child
    converts nothing.

    :param program: with the options, it is pickled; the snapshot is shared.
    :raises TypeError: an option cannot be pickled.
    """

    def __init__(self, program: Program, plan: Plan, name: str) -> None:
        context = get_context("spawn")
        self._connection: Connection
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(program, plan, theirs), name=name, daemon=True)
        self._is_answering = True
        self.renewals = 0
        self.memory = 0
        self._sessions: dict[Hashable, int] = {}
        self._numbers = count(1)
        try:
            self._process.start()
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            self._connection.close()
            raise TypeError(
                f"An option cannot be sent to a worker process: {error}. Use functions of modules, or workers= in "
                "place of processes=."
            ) from error
        except BaseException:
            self._connection.close()
            raise
        finally:
            theirs.close()
        # Or it would be asked for its exit code by whatever thread starts another, which may lose it, and be ended by
        # the exit of a process that was forked from this one.
        process._children.discard(self._process)  # type: ignore[attr-defined]
        self.pid = self._process.pid

    def wait_until_ready(self) -> None:
        """Wait for the process to say that it can serve.

        :raises PoolError: the program is not fit to.
        :raises ProcessEnded: it ended before it was ready.
        """
        try:
            self._receive()
        except BaseException:
            self.close()
            raise

    def call(self, request: Request) -> Any:
        """Do what is asked for.

        :raises ConversionError: an argument cannot go there, or the result not come here.
        :raises ProcessEnded: it ended before it answered.
        """
        message = _codec.encode_arguments(request.arguments or ())
        self._send((request.export, message, request.timeout, self._session(request.key)))
        data, flags = self._receive()
        return decode_result(_codec, data, flags, request.type)

    def end(self, key: Hashable) -> None:
        """Forget a session."""
        number = self._sessions.pop(key, None)
        if number is not None:  # or no call of it has got there
            self._send((None, b"", None, number))
            self._receive()

    def _session(self, key: Hashable | None) -> int | None:
        """A number in place of a key, which may be no data."""
        if key is None or key in self._sessions:
            return self._sessions.get(key)
        number = self._sessions[key] = next(self._numbers)
        return number

    @property
    def has_ended(self) -> bool:
        """Whether it cannot be used any more: the process is gone, or somebody did not wait for its answer."""
        return self._is_answering or self._connection.poll()  # nothing is due, so it is the end

    def _send(self, message: Any) -> None:
        self._is_answering = True
        try:
            self._connection.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
        except OSError:
            self._die()

    def _receive(self) -> Any:
        try:
            answer: Answer = pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            self._die()
        self._is_answering = False
        self.memory, self.renewals = answer.memory, answer.renewals
        if answer.error is not None:
            raise answer.error
        return answer.value

    def _die(self) -> NoReturn:
        self._process.join(_SECONDS_TO_END)
        raise ProcessEnded(self._process.exitcode)

    def tidy(self) -> None:
        """Do nothing: the process sees to it."""

    def stop(self, request: Request | None = None) -> None:
        """End the process; but not for one request, which runs to its end. From any thread."""
        if request is None:
            with suppress(ValueError):  # it was closed just now
                self._process.kill()

    def close(self) -> None:
        """Have the process end, and wait for it."""
        self._connection.close()
        if self._is_answering or not wait([self._process.sentinel], _SECONDS_TO_END):
            self._process.kill()
        self._process.join()
        self._process.close()
