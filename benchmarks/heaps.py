"""What the workloads of snapshots fill a machine's heap with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from .adapter import Adapter, Unsupported
from .workload import machine_of

# Nothing in it is zero, or equal to another page. A megabyte is 7/8 numbers and 1/8 small objects. Random numbers take
# long to make, so from the ninth megabyte on they are copies of those eight megabytes back, which is farther than a
# compressor of streams looks for repetitions, with one new number in each page.
_FILL = """{
  const blocks = [], records = []
  globalThis.fill = megabytes => {
    for (let i = 0; i < megabytes; i++) {
      const old = blocks.length - 8
      const block = old < 0 ? new Float64Array(7 << 14) : blocks[old].slice()
      for (let j = 0; j < block.length; j += old < 0 ? 1 : 512) block[j] = Math.random()
      blocks.push(block)
      for (let j = 0; j < 640; j++) {
        const id = records.length
        records.push({ id, name: `record ${id}`, tags: ["a", "b", "c"], weight: Math.random() })
      }
    }
    return blocks.length
  }
  globalThis.sum = () => {
    let sum = 0
    for (const block of blocks) for (let j = 0; j < block.length; j += 512) sum += block[j]
    for (const record of records) sum += record.weight + record.name.length + record.tags.length
    return sum
  }
  globalThis.touch = pages => {
    for (let i = 0; i < pages; i++) blocks[i % blocks.length][512 * i + 1] = i
    return pages
  }
}
0"""
_AT_ONCE = 16
"""megabytes that one evaluation makes"""


def _machine_with_snapshots(adapter: Adapter) -> AbstractContextManager[Any]:
    if not adapter.has_snapshots:
        raise Unsupported("no snapshots")
    return machine_of(adapter)


@contextmanager
def filled(adapter: Adapter, megabytes: int) -> Iterator[Any]:
    """A machine with a heap of so many megabytes.

    Its functions: ``sum()``, which reads every page, and ``touch(pages)``, which writes to so many.
    """
    with _machine_with_snapshots(adapter) as machine:
        evaluate = adapter.eval(machine)
        evaluate(_FILL)
        for made in range(0, megabytes, _AT_ONCE):
            evaluate(f"fill({min(_AT_ONCE, megabytes - made)})")
        yield machine


# A message of some 400 characters; the words are those of a language in that some are frequent and most are rare.
_AGENT = """{
  let state = 1
  const random = limit => (state = state * 48271 % 2147483647) % limit
  const syllables = ["ka", "lo", "mi", "ten", "ra", "sel", "u", "bor", "in", "fa", "du", "ste"]
  const words = Array.from({ length: 1500 }, () =>
    Array.from({ length: 1 + random(4) }, () => syllables[random(12)]).join(""))
  const word = () => words[Math.min(random(1500), random(1500), random(1500))]
  const roles = ["user", "assistant", "tool"]
  const messages = [], byId = new Map(), byRole = new Map(), byFile = new Map()
  const counters = { turns: 0, words: 0, perRole: {} }
  const add = (index, key, message) => index.has(key) ? index.get(key).push(message) : index.set(key, [message])
  globalThis.turn = () => {
    const id = `m${messages.length}`, role = roles[messages.length % 3], file = `src/${word()}.js`
    const text = Array.from({ length: 50 + random(50) }, word)
    const message = { id, role, text: text.join(" "), at: 1.7e12 + 1000 * messages.length,
                      call: role === "tool" ? { name: "read_file", arguments: { file } } : null }
    messages.push(message)
    byId.set(id, message)
    add(byRole, role, message)
    if (role === "tool") add(byFile, file, message)
    counters.turns++
    counters.words += text.length
    counters.perRole[role] = (counters.perRole[role] ?? 0) + 1
    return counters.turns
  }
}
for (let i = 0; i < TURNS; i++) turn()
turn()"""


@contextmanager
def agent(adapter: Adapter, turns: int) -> Iterator[Any]:
    """A machine with a conversation of so many turns, indexed. Its function ``turn()`` adds one and counts them."""
    with _machine_with_snapshots(adapter) as machine:
        adapter.eval(machine)(_AGENT.replace("TURNS", str(turns - 1)))
        yield machine
