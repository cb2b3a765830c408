"""A program of which everything is decided: clock, seed, time zone, and what the host answers."""

from __future__ import annotations

import snapjs
from snapjs import VM

PROGRAM = """
    var state = {map: new Map(), when: new Date().toString(), chance: Array.from({length: 5}, Math.random)};
    for (let i = 0; i < 500; i++) state.map.set("key" + Math.random(), {i, nested: [i, String(i)]});
    class Point { constructor(x) { this.x = x } }
    state.points = Array.from({length: 50}, (_, i) => new Point(i * Math.random()));
    state.sorted = state.points.map(p => p.x).sort();
    state.text = JSON.stringify(state.points).replace(/\\d+/g, n => n * 2);
    state.pattern = /(\\w+)@(\\w+)/gu;
    for (let i = 0; i < 100; i++) ({})["dropped" + i] = new Array(i).fill(i);
    setTimeout(() => { state.late = Math.random() }, 1000);
    setInterval(() => 0, 250);
    Promise.all([ask("a", {x: 1}), ask("b")]).then(r => { state.answers = r });
    double(21);
    console.log(state.sorted.length);
    0
"""


def run_program() -> VM:
    """A VM with everything decided, that has run the program."""
    functions = {"ask": snapjs.pending, "double": lambda x: 2 * x}
    vm = VM(clock=1_700_000_000, seed=42, timezone="Europe/Paris", functions=functions, stdout=lambda text: None)
    vm.eval(PROGRAM)
    vm.pending[1].resolve({"b": [1, 2]})
    vm.run_until_idle()
    return vm


def program_id() -> str:
    """The id of its state."""
    with run_program() as vm:
        return vm.snapshot().id
