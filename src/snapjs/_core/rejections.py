"""Tells of promises that were rejected without a handler."""

from __future__ import annotations

from .._guest import abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._codec.error_fields import ErrorFields
    from ..handle import Handle
    from .bridge import Bridge


def report_rejections(bridge: Bridge, limit: float | None) -> None:
    """Report what the guest has noted, when no microtask is left that could add a handler.

    :param limit: seconds that the call had which ends: a reason is converted, and getters in it run.
    """
    if bridge.invoke("snap_has_jobs"):
        return
    own = bridge.options.timeout
    items = bridge.ask("snap_take_rejections", timeout=limit if own is None else own)
    from contextlib import ExitStack

    with ExitStack() as reports:  # which runs each, whatever the others raise
        for item in reversed(items):
            reports.callback(_report, bridge, *item)


def _report(bridge: Bridge, promise: Handle, reason: Handle, handled: bool, message: bytes) -> None:
    fields = bridge.codec.decode_error(message)
    bridge.queue_release(fields.handle)
    report = bridge.options.on_unhandled_rejection
    if report is not None:
        report(promise, reason, handled)
    elif not handled:
        bridge.options.write(abi.Stream.STDERR, _text(fields))


def _text(fields: ErrorFields) -> str:
    text = f"{fields.name}: {fields.message}" if fields.message else fields.name
    return f"Uncaught (in promise) {text}\n{fields.stack or ''}".rstrip("\n") + "\n"
