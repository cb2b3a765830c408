"""mini-racer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.adapter import Unsupported
from benchmarks.adapters.mini_racer import MiniRacer
from benchmarks.features.subject import Evaluate, Subject


class MiniRacerSubject(MiniRacer, Subject):
    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        self._kept = racer = self.create()
        if memory is not None:
            racer.set_hard_memory_limit(memory)
        return partial(racer.eval, timeout_sec=seconds)

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        raise Unsupported("host functions only answer with promises")

    def give(self, machine: Any, value: Any) -> None:
        take = machine.eval("(value => { globalThis.data = value; return 0 })")
        try:
            take(value)
        except Exception:
            self.put(machine, value)  # as JSON text, which is its way for lists and dicts


SUBJECT = MiniRacerSubject
