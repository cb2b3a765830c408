"""Which tests are not run, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .tests import Test

_AGENTS = "a VM has one thread, so there are no agents"
_BLOCKS = "the thread of a VM may not block in Atomics.wait"


def read_skipped(path: Path) -> dict[str, str]:
    """From each feature, and each folder with `/` at its end, in a list to the reason why its tests are not run.

    :raises ValueError: a line has no reason.
    """
    reasons = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, _, reason = (part.strip() for part in line.partition(" # "))
        if not reason:
            raise ValueError(f"{path.name}, line {number}: write FEATURE # REASON, or FOLDER/ # REASON")
        reasons[what] = reason
    return reasons


def reason_to_skip(test: Test, skipped: Mapping[str, str]) -> str | None:
    """Why a test is not run; ``None``: it is.

    :param skipped: what :func:`read_skipped` returned.
    """
    folders = (what for what in skipped if what.endswith("/") and test.name.startswith(what))
    for what in (*test.features, *folders):
        if what in skipped:
            return f"{what}: {skipped[what]}"
    if "CanBlockIsTrue" in test.flags:
        return _BLOCKS
    if "$262.agent" in test.source or "atomicsHelper.js" in test.includes:
        return _AGENTS
    return None
