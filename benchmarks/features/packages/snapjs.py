"""snapjs itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.adapters.snapjs import Snapjs
from benchmarks.features.subject import Evaluate, Subject


class SnapjsSubject(Snapjs, Subject):
    def suspend(self, path: str) -> None:
        machine = self._snapjs.VM(functions={"ask": self._snapjs.pending})
        machine.eval("globalThis.got = 0; ask(40).then(value => { got = 40 + value }); 0")
        self.keep(machine, path)

    def resume(self, path: str) -> Any:
        machine = self.kept(path)
        machine.pending[0].resolve(2)
        return machine.eval("got")

    def wait(self, machine: Any, seconds: float) -> None:
        while (milliseconds := machine.loop_once()) >= 0:
            time.sleep(milliseconds / 1000)

    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        found: Evaluate = self._snapjs.VM(memory_limit=memory, timeout=seconds).eval
        return found

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        found: Evaluate = self._snapjs.VM(timeout=seconds, functions={name: function}).eval
        return found

    def with_modules(self, files: Mapping[str, str], entry: str) -> Any:
        machine = self._snapjs.VM(modules=dict(files))
        machine.import_module(entry)
        return machine


SUBJECT = SnapjsSubject
