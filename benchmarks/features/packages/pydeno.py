"""pydeno's ``Pydeno``. What it keeps of a session is a journal, which another process runs again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from benchmarks.adapters.pydeno import Pydeno
from benchmarks.features.subject import Evaluate, NotAsked, Subject

_KEY = b"snapjs benchmarks, the same key in each process"


class PydenoSubject(Pydeno, Subject):
    @cached_property
    def _pool(self) -> Any:
        return self._package.Pydeno(dump_key=_KEY)

    def keep(self, machine: Any, path: str) -> None:
        Path(path).write_bytes(machine.dump())

    def kept(self, path: str) -> Any:
        machine = self.create()
        machine.load_session(Path(path).read_bytes())
        return machine

    def suspend(self, path: str) -> None:
        paused = self.create().feed_start("40 + await ask(40)", external_lookup={"ask": lambda number: 2})
        Path(path).write_bytes(paused.dump())

    def resume(self, path: str) -> Any:
        paused = self.create().load_snapshot(Path(path).read_bytes())
        return paused.resume({"return_value": 2}).output

    def limited(self, *, memory: int | None = None, seconds: float | None = None) -> Evaluate:
        limits: dict[str, Any] = {}
        if memory is not None:
            limits["max_memory"] = memory
        if seconds is not None:
            limits["max_feed_duration_secs"] = seconds
        self._limited = self._package.Pydeno(limits=limits)
        found: Evaluate = self._limited.checkout().__enter__().feed_run
        return found

    def limited_with(self, name: str, function: Callable[..., Any], seconds: float) -> Evaluate:
        evaluate = partial(self.limited(seconds=seconds), external_lookup={name: function})
        return lambda code: evaluate(code.replace(f"{name}()", f"await {name}()"))

    def give(self, machine: Any, value: Any) -> None:
        machine.feed_run("globalThis.data = given; 0", inputs={"given": value})

    def with_modules(self, files: Mapping[str, str], entry: str) -> Any:
        raise NotAsked("modules are of another of its classes")

    def catches(self) -> str:
        def fail() -> None:
            raise ValueError("secret")

        code = "let seen = 'nothing'; try { await fail() } catch (e) { seen = String(e) }; seen"
        found: str = self.create().feed_run(code, external_lookup={"fail": fail})
        return found


SUBJECT = PydenoSubject
