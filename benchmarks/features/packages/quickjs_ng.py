"""quickjs-ng."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.adapters.quickjs_ng import QuickjsNg
from benchmarks.features.subject import Evaluate, Subject


class QuickjsNgSubject(QuickjsNg, Subject):
    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        machine = self.create()
        if memory is not None:
            machine.set_memory_limit(memory)
        if seconds is not None:
            machine.set_time_limit(seconds)
        found: Evaluate = machine.eval
        return found

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        machine = self.create({name: function})
        machine.set_time_limit(seconds)
        found: Evaluate = machine.eval
        return found

    def clock(self) -> float:
        return time.process_time()

    def give(self, machine: Any, value: Any) -> None:
        machine.set("data", value)


SUBJECT = QuickjsNgSubject
