"""What came of each run of a test, sent between processes."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Result(NamedTuple):
    """One run of a test: a scenario."""

    name: str
    mode: str
    """`sloppy`, `strict`, `module` or `raw`"""
    verdict: Verdict
    detail: str
    """why it failed or was skipped"""
    features: tuple[str, ...]
    seconds: float
