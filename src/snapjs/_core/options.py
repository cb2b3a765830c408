"""The options of a VM that belong to the host: they are in no snapshot, and are given again at a restore."""

from __future__ import annotations

import sys

from .._checks import checked_callback, checked_seconds, checked_size
from .._guest import abi
from .clock import Clock, timezone_function
from .features import policies_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._modules.loaders import Loaders, ModulesOption
    from ..fetch import Fetch
    from ..handle import Handle
    from .clock import ClockOption, TimezoneOption
    from .features import WebOption
    from .grants import Lender


class HostOptions:
    """What the options of ``VM`` amount to. Arguments are those of :class:`snapjs.VM`.

    :raises TypeError, ValueError: one of them is not what it must be.
    """

    def __init__(
        self,
        *,
        memory_limit: int | None,
        stack_limit: int | None,
        timeout: float | None,
        interrupt: Callable[[], bool] | None,
        clock: ClockOption,
        timezone: TimezoneOption,
        modules: ModulesOption | None,
        web: WebOption | None,
        stdout: Any,
        stderr: Any,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None,
    ) -> None:
        self.memory_limit: int | None = checked_size("memory_limit", memory_limit, 1 << 20)
        self.stack_limit: int | None = checked_size("stack_limit", stack_limit, 16 << 10, abi.STACK_MAXIMUM)
        self.timeout: float | None = checked_seconds(timeout)
        self.interrupt: Callable[[], bool] | None = checked_callback("interrupt", interrupt)
        self.clock: Clock = Clock(clock)
        minutes, offset = timezone_function(timezone)
        self.timezone_minutes: int | None = minutes
        """the zone's offset where it never changes"""
        self.timezone: Callable[[float], int] = offset
        """says the zone's offset at a moment"""
        self.modules: Loaders | None = _loaders(modules)
        self.policies: dict[str, Fetch] = policies_of(web)
        """of web APIs, by their names"""
        self.write: Callable[[int, str], None] = _writer(stdout, stderr)
        self.grants: Lender | None = None
        """of the owner of the VM, who sets this; a VM without lends none"""
        self.shows_causes = True
        """to JavaScript, of exceptions of Python"""
        self.on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None = checked_callback(
            "on_unhandled_rejection", on_unhandled_rejection
        )


def _loaders(option: ModulesOption | None) -> Loaders | None:
    if option is None:
        return None
    from .._modules.loaders import Loaders

    return Loaders(option)


def _write_lossy(stream: Any, text: str) -> None:
    """Write what the stream's encoding has, and ``?`` for the rest, such as half a surrogate pair: no JavaScript can
    make the program fail by printing."""
    if stream is None:
        return  # the process was started without it
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(text.encode(encoding, "replace").decode(encoding))


def _writer(stdout: Any, stderr: Any) -> Callable[[int, str], None]:
    """Where console output goes: a callable taking str, an object with ``write``, or the process's own streams."""

    def writer(option: Any, name: str) -> Callable[[str], Any]:
        if option is None:
            return lambda text: _write_lossy(getattr(sys, name), text)
        if callable(option):
            return option  # type: ignore[no-any-return]
        if callable(getattr(option, "write", None)):
            return option.write  # type: ignore[no-any-return]
        raise TypeError(f"{name} takes a callable or an object with write(), not {type(option).__name__}")

    writers = {abi.Stream.STDOUT: writer(stdout, "stdout"), abi.Stream.STDERR: writer(stderr, "stderr")}

    def write(stream: int, text: str) -> None:
        write_to = writers.get(stream)
        if write_to is not None:
            write_to(text)

    return write
