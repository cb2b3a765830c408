"""Which exception a call into the guest raises when it has not succeeded."""

from __future__ import annotations

from .._guest import abi
from ..errors import (
    ClosedError,
    ConversionError,
    Interrupted,
    JSError,
    MemoryLimitError,
    NotQuiescent,
    SnapjsError,
    StackLimitError,
    StillPending,
    TimeLimitError,
    add_stack,
)
from .reference import Absent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from .._codec.error_fields import ErrorFields
    from .bridge import Bridge

_EXCEPTION: Final = abi.Status.EXCEPTION
_INTERRUPTED: Final = abi.Status.INTERRUPTED
_ABSENT: Final = abi.Status.ABSENT
_PENDING: Final = abi.Status.PENDING
_UNANSWERED: Final = abi.Event.UNANSWERED


def failure(bridge: Bridge, status: int, timeout: float | None) -> BaseException:
    """The exception to raise for a status other than success.

    :param timeout: seconds that the call had.
    """
    if status == _EXCEPTION:
        return _exception(bridge)
    if status == _INTERRUPTED:
        return _interruption(bridge, timeout)
    if status == abi.Status.CONVERSION:
        text = bridge.codec.decode(bridge.result_bytes(), False, str)
        remedy = "Return a simpler value, or take it as a handle with eval_handle."
        return ConversionError(f"{text[:1].upper()}{text[1:]}. {remedy}", path=text.rpartition(" at ")[2])
    if status == abi.Status.INVALID:
        return ClosedError(
            "This value is not in its VM any more: its handle was disposed of, or its realm closed. "
            "Keep a handle of it, or make it again."
        )
    if status == abi.Status.NOT_QUIESCENT:
        return NotQuiescent()
    if status == _PENDING:
        return StillPending([(call.id, call._shown_name) for call in bridge.pending_calls.all()])
    if status == _ABSENT:
        return Absent()
    return SnapjsError(
        f"The engine refused a message: {bridge.codec.decode(bridge.result_bytes(), False)}. "
        "This is a bug of snapjs: report it."
    )


def _interruption(bridge: Bridge, timeout: float | None) -> BaseException:
    """What ended the running code."""
    answers = bridge.answers
    stop, answers.stop = answers.stop, None
    if stop is not None:
        return stop
    control = bridge.instance.control
    if control.events & _UNANSWERED:
        control.events &= ~_UNANSWERED
        return RecursionError("Python's stack ended in a call from JavaScript: the two call each other too deeply.")
    if answers.interrupted or bridge.limits.stopped:
        answers.interrupted = False
        return Interrupted()
    return TimeLimitError(limit=bridge.limits.in_force if timeout is None else timeout)


def _exception(bridge: Bridge) -> BaseException:
    """What the guest threw."""
    flags = bridge.instance.control.result_flags
    options = bridge.options
    data = bridge.result_bytes()
    if not data:
        return MemoryLimitError(limit=options.memory_limit)

    def make(fields: ErrorFields) -> BaseException:
        if flags & abi.Result.OUT_OF_MEMORY:
            bridge.queue_release(fields.handle)
            return MemoryLimitError(limit=options.memory_limit, stack=fields.stack)
        if flags & abi.Result.STACK_OVERFLOW:
            bridge.queue_release(fields.handle)
            return StackLimitError(limit=options.stack_limit or abi.STACK_MAXIMUM, stack=fields.stack)
        error = bridge.error(fields)
        if not isinstance(error, JSError):
            add_stack(error, fields.stack)
        elif error.stack is None:  # one that the host has made
            error.stack = fields.stack
            add_stack(error, fields.stack)
        return error

    return bridge.codec.decode_exception(data, make)
