"""Steps and a workflow in two versions. `python -m tests.workflows.upgraded STORE VERSION` is a worker of one of them."""

from __future__ import annotations

import sys

from snapjs.workflows import App

FLOWS = {
    "1": """
        import { add } from "app:steps";
        import { sleep } from "snapjs:workflow";
        export default async function flow(n) {
          let sum = 0;
          for (let i = 0; i < 4; i++) { sum = await add(sum, n); await sleep(0.05); }
          return `first ${sum}`;
        }""",
    "2": """
        import { add, doubled } from "app:steps";
        import { sleep } from "snapjs:workflow";
        class Sum { value = 0; async take(n) { this.value = await add(this.value, n, "second"); await sleep(0.05); } }
        export default async function flow(n) {
          const sum = new Sum();
          for (const factor of [1, 1, await doubled(1)]) await sum.take(n * factor);
          return `second ${sum.value}`;
        }""",
}
RESULTS = {"1": "first 12", "2": "second 12"}
"""of runs that are given 3"""


def make_app(store: str, version: str) -> App:
    """The app of a version. The second has one more step, and takes one more argument in the other."""
    app = App(store, lease=1.0)
    if version == "1":
        app.step(lambda a, b: a + b, name="add")
    else:
        app.step(lambda a, b, why="first": a + b, name="add")
        app.step(lambda n: 2 * n, name="doubled")
    return app


if __name__ == "__main__":
    make_app(*sys.argv[1:]).run_worker(threads=2)
