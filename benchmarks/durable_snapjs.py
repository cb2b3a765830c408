"""Durable workflows of snapjs."""

from __future__ import annotations

import threading
from typing import Any

from .durable import Durable, answer

_SOURCE = """
import { add, answer, reach } from "app:steps";
import { hook } from "snapjs:workflow";

async function count(steps) {
  let sum = 0;
  for (let n = 0; n < steps; n++) sum = await add(sum, n);
  return sum;
}

async function agent(turns) {
  const conversation = [];
  for (let n = 0; n < turns; n++) {
    const question = { role: "user", content: conversation.at(-1)?.content.slice(0, 100) ?? "" };
    conversation.push(question, { role: "assistant", content: await answer(n, question) });
  }
  return conversation.length / 2;
}

async function wait(steps) {
  await count(steps);
  for await (const message of hook("message")) await reach();
}

export default (name, steps) => ({ count, agent, wait })[name](steps);
"""


class SnapjsDurable(Durable):
    def __init__(self, path: str) -> None:
        from snapjs import workflows

        self.path = path
        self.reached = threading.Event()
        self._app = app = workflows.App(f"sqlite:///{path}")

        @app.step
        def add(a: int, b: int) -> int:
            return a + b

        app.step(lambda number, question: answer(number), name="answer")
        app.step(lambda: self.reached.set(), name="reach")
        self._worker = app.worker()
        self._thread = threading.Thread(target=self._worker.run, args=(4,))

    def open(self) -> None:
        self._thread.start()

    def run(self, workflow: str, steps: int, runs: int = 1) -> list[Any]:
        started = [self._app.start(_SOURCE, workflow, steps) for _ in range(runs)]
        return [run.result() for run in started]

    def wait(self, steps: int) -> str:
        run = self._app.start(_SOURCE, "wait", steps)
        while not [wanted for wanted in run.history(run.turn).waiting if wanted.kind == "hook"]:
            self.reached.wait(0.1)
        return run.id

    def tell(self, run: str) -> None:
        self._app.deliver(run, "message")

    def close(self) -> None:
        self._worker.stop()
        self._thread.join()
