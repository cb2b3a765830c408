"""quickjs-wasi, in Node: values and host functions are Node's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.adapters.quickjs_wasi import QuickjsWasi
from benchmarks.features.subject import Evaluate, NotAsked, Partly, Subject

_CATCH = "(() => { try { fail(); return 'nothing' } catch (error) { return String(error) } })()"


class QuickjsWasiSubject(QuickjsWasi, Subject):
    program = "quickjs_wasi_features.mjs"

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        return super().create({})

    def suspend(self, path: str) -> None:
        self._value("suspend", path)

    def resume(self, path: str) -> Any:
        if self._value("resume", path) == 42:
            raise Partly("the host makes the promise, and keeps a token by which it is found again")

    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        machine = self._value("limited", memory, seconds, False)
        return lambda code: self._value("limited_eval", machine, code)

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        machine = self._value("limited", None, seconds, True)
        return lambda code: self._value("limited_eval", machine, code)

    def kinds(self, codes: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = self._value("kinds", codes)
        return found

    def taken(self, values: Mapping[str, Any], tests: Mapping[str, str]) -> dict[str, bool]:
        found: dict[str, bool] = self._value("taken", tests)
        return found

    def with_modules(self, files: Mapping[str, str], entry: str) -> Any:
        return self._value("with_modules", files, entry)

    def synchronous(self) -> Any:
        return self._value("synchronous")

    def catches(self) -> str:
        found: str = self._value("catches", _CATCH)
        return found

    def from_another_thread(self) -> Any:
        raise NotAsked("a program in Node has one thread")


SUBJECT = QuickjsWasiSubject
