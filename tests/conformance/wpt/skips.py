"""Which tests are not run, and why."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from .suite import Test

_FOR_OTHER_GLOBALS = "for a window, a shared or service worker, or a shadow realm only"

# Global objects like that of a VM, which has neither a window nor another worker's ports.
_SCOPES = frozenset({"dedicatedworker", "worker", "jsshell"})


def reason_to_skip(test: Test, skipped: Mapping[str, str]) -> str | None:
    """Why a test is not run; ``None``: it is.

    :param skipped: what :func:`skip_lists.read_skipped` returned.
    """
    if not test.scopes & _SCOPES:
        return _FOR_OTHER_GLOBALS
    return next((reason for pattern, reason in skipped.items() if fnmatchcase(test.name, pattern)), None)
