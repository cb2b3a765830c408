"""The flags of the public API as the guest's."""

from __future__ import annotations

from typing import Final

from .._checks import checked_flags
from .._guest import abi
from ..constants import CompileFlags, EvalFlags

_RUN: Final = {
    EvalFlags.TYPE_MODULE: abi.Run.MODULE,
    EvalFlags.STRICT: abi.Run.STRICT,
    EvalFlags.COMPILE_ONLY: abi.Run.COMPILE_ONLY,
    EvalFlags.BACKTRACE_BARRIER: abi.Run.BARRIER,
    EvalFlags.ASYNC: abi.Run.ASYNC | abi.Run.WRAPPED,
}
_STRIP: Final = {
    CompileFlags.STRIP_SOURCE: abi.Run.STRIP_SOURCE,
    CompileFlags.STRIP_DEBUG: abi.Run.STRIP_DEBUG,
}


def run_flags(flags: EvalFlags, compile_flags: CompileFlags = CompileFlags.NONE) -> int:
    """What the guest calls these flags.

    :raises TypeError: they are no flags.
    :raises ValueError: there is none of that number.
    """
    run = _translate("flags", flags, _RUN) | _translate("compile_flags", compile_flags, _STRIP)
    if flags & EvalFlags.TYPE_MODULE:  # where await is always allowed
        run &= ~abi.Run.ASYNC | abi.Run.WRAPPED
    return run


def _translate(name: str, flags: int, table: dict[EvalFlags, int] | dict[CompileFlags, int]) -> int:
    unknown = checked_flags(name, flags, type(next(iter(table)))) & ~sum(int(flag) for flag in table)
    if unknown:
        known = ", ".join(str(flag.name) for flag in table)
        raise ValueError(f"{name} has bits that mean nothing: {unknown:#x}. Combine {known}.")
    return sum(run for flag, run in table.items() if flags & flag)
