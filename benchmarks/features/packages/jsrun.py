"""jsrun."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.adapters.jsrun import Jsrun, _Machine
from benchmarks.features.subject import Evaluate, Subject


class JsrunSubject(Jsrun, Subject):
    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        options = {"max_heap_size": memory, "timeout": seconds}
        given = {name: value for name, value in options.items() if value is not None}
        self._kept = runtime = self._package.Runtime(self._package.RuntimeConfig(**given))
        found: Evaluate = runtime.eval
        return found

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        evaluate = self.limited(seconds=seconds)
        self._kept.bind_function(name, function)
        return evaluate

    def give(self, machine: Any, value: Any) -> None:
        machine.runtime.eval("value => { globalThis.data = value; return 0 }")(value)

    def with_modules(self, files: Mapping[str, str], entry: str) -> Any:
        runtime = self._package.Runtime()
        for name, source in files.items():
            runtime.add_static_module(name, source)
        runtime.eval_module(entry)
        return _Machine(runtime)


SUBJECT = JsrunSubject
