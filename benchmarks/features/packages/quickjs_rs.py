"""quickjs-rs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.adapters.quickjs_rs import QuickjsRs, _Machine
from benchmarks.features.subject import Evaluate, No, Subject


class QuickjsRsSubject(QuickjsRs, Subject):
    def suspend(self, path: str) -> None:
        refused: list[Exception] = []

        async def ask(number: int) -> int:
            try:
                self.keep(machine, path)
            except Exception as error:
                refused.append(error)
            return number

        machine = self.create({"ask": ask})
        asyncio.run(machine.context.eval_async("await ask(40)"))
        if refused:
            raise No(f"refused: {type(refused[0]).__name__}")

    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        runtime = self._package.Runtime(memory_limit=memory)
        found: Evaluate = runtime.new_context(timeout=60.0 if seconds is None else seconds).eval
        self._kept = runtime
        return found

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        self._kept = runtime = self._package.Runtime()
        context = runtime.new_context(timeout=seconds)
        context.register(name, function)
        found: Evaluate = context.eval
        return found

    def give(self, machine: Any, value: Any) -> None:
        machine.context.globals["data"] = value

    def with_modules(self, files: Mapping[str, str], entry: str) -> Any:
        runtime = self._package.Runtime()
        runtime.set_module_loader(load=files.get)
        machine = _Machine(runtime, runtime.new_context(timeout=60.0))
        machine.context.eval(files[entry], module=True)
        return machine


SUBJECT = QuickjsRsSubject
