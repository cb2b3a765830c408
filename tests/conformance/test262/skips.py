"""Which tests are not run, and why."""

from __future__ import annotations

from collections.abc import Mapping

from .tests import Test

_AGENTS = "a VM has one thread, so there are no agents"
_BLOCKS = "the thread of a VM may not block in Atomics.wait"


def reason_to_skip(test: Test, skipped: Mapping[str, str]) -> str | None:
    """Why a test is not run; ``None``: it is.

    :param skipped: what :func:`skip_lists.read_skipped` returned.
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
