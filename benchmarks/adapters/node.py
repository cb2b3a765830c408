"""Node itself, as far as it is no package that runs JavaScript: its web platform."""

from __future__ import annotations

from typing import Any

from benchmarks.adapter import Unsupported
from benchmarks.remote import NodeAdapter


class Node(NodeAdapter):
    @property
    def cold_source(self) -> str:  # type: ignore[override]
        raise Unsupported("it is no package")

    def create_web(self) -> Any:
        return self._value("create_web")


ADAPTER = Node
