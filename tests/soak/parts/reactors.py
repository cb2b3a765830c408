"""A program of lines that is saved in the middle of them, and one that is not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from snapjs import Reactor, Snapshot

_PROGRAMS = Path(__file__).parents[2] / "reactor" / "programs"


def rounds(chance: random.Random, _: Path) -> Iterator[dict[str, int]]:
    """The program to its end in each round."""
    source = (_PROGRAMS / "ledger.js").read_bytes()
    lines = (_PROGRAMS / "ledger.in").read_bytes().splitlines(keepends=True)
    expected = (_PROGRAMS / "ledger.out").read_text(encoding="utf-8")
    while True:
        out: list[str] = []
        reactor = Reactor(preopens={"/": {"ledger.js": source}}, stdout=out.append)
        if reactor.init_argv(["qjs", "ledger.js", "handlers"]) != 0:
            raise AssertionError(f"the program did not begin: {reactor.error}")
        saved = 0
        for line in lines:
            middle = chance.randint(0, len(line))
            reactor.push_stdin(line[:middle])
            reactor.poll_io()
            reactor.loop_once()
            if chance.random() < 0.3:
                reactor, saved = _moved(reactor, out), saved + 1
            reactor.push_stdin(line[middle:])
            reactor.poll_io()
            if line == b"quit\n":
                break
        code = reactor.run_loop(60)
        reactor.destroy()
        if (code, "".join(out)) != (3, expected):
            raise AssertionError(f"the program, saved {saved} times, has printed something else")
        yield {"lines": len(lines), "snapshots": saved}


def _moved(reactor: Reactor, out: list[str]) -> Reactor:
    data = reactor.snapshot().to_bytes()
    reactor.destroy()
    return Reactor.restore(Snapshot.from_bytes(data), stdout=out.append)
