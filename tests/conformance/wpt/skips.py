"""Which tests are not run, and why."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from .suite import Test

_FOR_OTHER_GLOBALS = "for a window, a shared or service worker, or a shadow realm only"

# Global objects like that of a VM, which has neither a window nor another worker's ports.
_SCOPES = frozenset({"dedicatedworker", "worker", "jsshell"})


def read_skipped(path: Path) -> dict[str, str]:
    """From each pattern of names in a list to the reason why its tests are not run.

    :raises ValueError: a line has no reason.
    """
    reasons = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, _, reason = (part.strip() for part in line.partition(" # "))
        if not reason:
            raise ValueError(f"{path.name}, line {number}: write PATTERN # REASON")
        reasons[pattern] = reason
    return reasons


def reason_to_skip(test: Test, skipped: Mapping[str, str]) -> str | None:
    """Why a test is not run; ``None``: it is.

    :param skipped: what :func:`read_skipped` returned.
    """
    if not test.scopes & _SCOPES:
        return _FOR_OTHER_GLOBALS
    return next((reason for pattern, reason in skipped.items() if fnmatchcase(test.name, pattern)), None)
