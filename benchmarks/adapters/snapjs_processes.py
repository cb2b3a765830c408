"""snapjs itself, with worker processes."""

from __future__ import annotations

from typing import Any

from .snapjs import Snapjs


class SnapjsProcesses(Snapjs):
    groups = ("bridge",)

    def workers(self, count: int) -> dict[str, Any]:
        return {"processes": count}


ADAPTER = SnapjsProcesses
