"""Constants of the public API."""

from __future__ import annotations

from enum import IntFlag
from typing import Final

from ._guest import abi

__all__ = ["MAX_STACK_SIZE", "CompileFlags", "EvalFlags", "Intrinsics"]

MAX_STACK_SIZE: Final = abi.STACK_MAXIMUM
"""Largest ``stack_limit``, in bytes, and the limit of a VM without that option."""


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


class EvalFlags(IntFlag):
    """How source is run by ``eval_handle`` and compiled by ``compile``."""

    TYPE_GLOBAL = 0
    """a script"""
    TYPE_MODULE = 1
    """an ES module; the result is a promise of its namespace"""
    STRICT = 8
    """a script in strict mode"""
    COMPILE_ONLY = 32
    """look whether it compiles, and do not run it; the result is ``undefined``"""
    BACKTRACE_BARRIER = 64
    """stack traces end here: they do not show who called"""
    ASYNC = 128
    """a script with top-level ``await``; the result is a promise of an object whose ``value`` is the script's"""


class CompileFlags(IntFlag):
    """What ``compile`` leaves out of bytecode."""

    NONE = 0
    STRIP_SOURCE = 16
    """the text of functions: ``toString()`` does not show it"""
    STRIP_DEBUG = 32
    """line numbers and names of variables: stack traces do not show where"""
