"""What a VM holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statistics:
    """What a VM holds. Sizes are bytes."""

    handles: int
    """references that Python holds to JavaScript values"""
    pending: int
    timers: int
    linear_memory: int
    lent_functions: int
    """Python functions that JavaScript can reach, exposed ones included"""
