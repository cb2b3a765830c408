"""Lists of tests that are not run."""

from __future__ import annotations

from pathlib import Path


def read_skipped(path: Path) -> dict[str, str]:
    """From what is skipped (of test262 a feature, or a folder with `/` at its end; of the web's a pattern of names) to
    the reason.

    :raises ValueError: a line has no reason.
    """
    reasons = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, _, reason = (part.strip() for part in line.partition(" # "))
        if not reason:
            raise ValueError(f"{path.name}, line {number}: write WHAT # REASON")
        reasons[what] = reason
    return reasons
