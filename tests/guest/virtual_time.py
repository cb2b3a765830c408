"""A clock that moves when told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapjs import VM


class Time:
    """What a VM takes as its ``clock``.

    :param now: Unix seconds.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def advance(vm: VM, time: Time, seconds: float) -> Any:
    """Let time pass; what the array `out` is then. It is emptied."""
    time.now += seconds
    vm.run_until_idle()
    return vm.eval("out.splice(0)")
