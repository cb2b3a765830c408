"""Constants of the public API."""

from __future__ import annotations

from enum import IntFlag

from ._guest import abi

__all__ = ["Intrinsics"]


class Intrinsics(IntFlag):
    """Parts of the language that a VM is made with. What is left out does not exist in it."""

    DATE = abi.Intrinsic.DATE
    EVAL = abi.Intrinsic.EVAL
    """without it only bytecode runs"""
    REGEXP = abi.Intrinsic.REGEXP
    JSON = abi.Intrinsic.JSON
    PROXY = abi.Intrinsic.PROXY
    MAP_SET = abi.Intrinsic.MAP_SET
    TYPED_ARRAYS = abi.Intrinsic.TYPED_ARRAYS
    PROMISE = abi.Intrinsic.PROMISE
    BIG_INT = abi.Intrinsic.BIG_INT
    """has no effect: the engine always has BigInt"""
    WEAK_REF = abi.Intrinsic.WEAK_REF
    PERFORMANCE = abi.Intrinsic.PERFORMANCE
    DOM_EXCEPTION = abi.Intrinsic.DOM_EXCEPTION
    ATOB_BTOA = abi.Intrinsic.ATOB_BTOA
    ALL = 0xFFFFFFFF
