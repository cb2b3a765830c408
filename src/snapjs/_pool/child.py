"""What runs in a worker process."""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import parent_process
from threading import Thread
from traceback import format_exception_only
from typing import TYPE_CHECKING, Any

from .._core.calls import RAW
from ..errors import PoolError
from .call import Request
from .machine import Machine

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from .machine import Plan
    from .program import Program

    Message = tuple[str | None, bytes, float | None, int | None]
    """the function, or ``None`` to end the session; the arguments, seconds, number of the session"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker process says: once when it is ready, and to each message."""

    value: Any
    """of a call, bytes and ``abi.Result``"""
    error: BaseException | None
    memory: int
    """bytes of linear memory"""
    renewals: int


def serve(program: Program, plan: Plan, connection: Connection) -> None:
    """Answer calls until the other end of the connection is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent decides
    Thread(target=_end_with_parent, name="snapjs-parent", daemon=True).start()
    try:
        machine = Machine(program, plan)
    except Exception as error:
        connection.send_bytes(_packed(Answer(None, error, 0, 0)))
        return
    with closing(machine):
        connection.send_bytes(_packed(Answer(None, None, machine.memory, 0)))
        while True:
            try:
                message: Message = pickle.loads(connection.recv_bytes())
                connection.send_bytes(_packed(_answered(machine, message)))
                machine.tidy()
            except (EOFError, OSError):
                return


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)  # JavaScript may run, and nobody wants the answer


def _answered(machine: Machine, message: Message) -> Answer:
    export, arguments, timeout, key = message
    value, failure = None, None
    try:
        if export is None:
            machine.end(key)
        else:
            value = machine.call(Request(export, None, arguments, RAW, timeout, key))
    except BaseException as error:
        failure = error
    return Answer(value, failure, machine.memory, machine.renewals)


def _packed(answer: Answer) -> bytes:
    try:
        data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        if answer.error is not None:
            pickle.loads(data)  # an exception with arguments of its own may not come back
        return data
    except Exception:
        text = format_exception_only(answer.error)[0].strip()  # which any exception survives
        error = PoolError(f"A function of the host raised what cannot leave its process: {text}")
        return pickle.dumps(Answer(None, error, answer.memory, answer.renewals))
