"""dbos: durable workflows of Python functions, which are run again from their beginning."""

from __future__ import annotations

import threading
from importlib import import_module
from importlib.metadata import version
from typing import Any

from benchmarks.adapter import Adapter
from benchmarks.durable import Durable, answer

_MONTH = 30 * 86_400


class Dbos(Adapter):
    requirements = ("dbos==3.4.0",)
    groups = ("workflows",)

    def versions(self) -> dict[str, str]:
        return {"dbos": version("dbos")}

    def durable(self, path: str) -> Durable:
        return _DbosDurable(path)


class _DbosDurable(Durable):
    """Settings are those of the package, which are synchronous=FULL and a rollback journal."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.reached = threading.Event()
        self._package: Any = import_module("dbos")
        self._dbos = self._package.DBOS
        self._dbos(
            config={
                "name": "benchmarks",
                "system_database_url": f"sqlite:///{path}",
                "application_version": "1",
                "log_level": "ERROR",
            }
        )
        self._workflows = _workflows(self._dbos, self.reached)

    def open(self) -> None:
        self._dbos.launch()

    def run(self, workflow: str, steps: int, runs: int = 1) -> list[Any]:
        started = [self._dbos.start_workflow(self._workflows[workflow], steps) for _ in range(runs)]
        return [handle.get_result() for handle in started]

    def wait(self, steps: int) -> str:
        handle = self._dbos.start_workflow(self._workflows["wait"], steps)
        while len(self._dbos.list_workflow_steps(handle.workflow_id)) <= steps:
            self.reached.wait(0.1)
        found: str = handle.workflow_id
        return found

    def tell(self, run: str) -> None:
        client = self._package.DBOSClient(system_database_url=f"sqlite:///{self.path}")
        client.send(run, "message")
        client.destroy()

    def close(self) -> None:
        self._dbos.destroy(destroy_registry=True)


def _workflows(dbos: Any, reached: threading.Event) -> dict[str, Any]:
    def add(a: int, b: int) -> int:
        return a + b

    add_step = dbos.step()(add)
    answer_step = dbos.step(name="answer")(lambda number, question: answer(number))
    reach_step = dbos.step(name="reach")(lambda: reached.set())

    def count(steps: int) -> int:
        total = 0
        for number in range(steps):
            total = add_step(total, number)
        return total

    def agent(turns: int) -> int:
        conversation: list[dict[str, str]] = []
        for number in range(turns):
            question = {"role": "user", "content": conversation[-1]["content"][:100] if conversation else ""}
            conversation += [question, {"role": "assistant", "content": answer_step(number, question)}]
        return len(conversation) // 2

    def wait(steps: int) -> None:
        count(steps)
        while dbos.recv(timeout_seconds=_MONTH) is not None:
            reach_step()

    return {function.__name__: dbos.workflow()(function) for function in (count, agent, wait)}


ADAPTER = Dbos
