"""Hostile programs, and mixtures of them, beside a sandbox whose secret they are not to reach."""

from __future__ import annotations

import asyncio
import importlib
import random
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from hostile import Failure, arm

from snapjs import Sandbox, SnapjsError

_MODULES = ("language", "promises", "resources", "worlds", "errors", "conversion")
_FAILURES = (SnapjsError, Failure, ValueError, TypeError, RecursionError)
"""what a program may end with; what a capability raises comes out as it is"""
_MOST_PROGRAMS = 40
"""in one world; then it gets another, as a host does with one that it trusts no more"""


def hostile_programs() -> list[str]:
    """The programs of the tables in the tests of attacks."""
    found = []
    for name in _MODULES:
        for table in vars(importlib.import_module(f"test_attacks_{name}")).values():
            if isinstance(table, Mapping):
                found += [program for program in table.values() if isinstance(program, str)]
    return found


def rounds(chance: random.Random, _: Path) -> Iterator[dict[str, int]]:
    """A sandbox that is attacked in each round."""
    programs = hostile_programs()
    with Sandbox() as neighbour:
        secret = secrets.token_hex()
        neighbour.register("secret", lambda: secret)
        neighbour.eval("globalThis.counter = 0")
        number = 0
        while True:
            counts = _attack(chance, programs, secret)
            number += 1
            if neighbour.eval("[++counter, host.secret()]") != [number, secret]:
                raise AssertionError("the neighbour is harmed")
            yield counts


def _attack(chance: random.Random, programs: list[str], secret: str) -> dict[str, int]:
    isolated = chance.choice([False, True, True])
    ended = failed = 0
    with Sandbox(isolated=isolated, memory_limit=16 << 20, timeout=0.1) as sandbox:
        arm(sandbox)
        for _ in range(chance.randint(1, _MOST_PROGRAMS)):
            try:
                found = str(_run(sandbox, _program(chance, programs), chance))
                ended += 1
            except _FAILURES as error:
                found = str(error)
                failed += 1
            if secret in found:
                raise AssertionError("the secret of the neighbour came out")
        # The time is for programs that are to be stopped: a machine that does much else may not come back in it.
        if isolated and sandbox.eval("host.one()", timeout=60) != 1:
            raise AssertionError("the sandbox is harmed")
    return {"sandboxes": 1, "programs that ended": ended, "programs that failed": failed}


def _program(chance: random.Random, programs: list[str]) -> str:
    """One of them, or the lines of two in one."""
    first, second = chance.choice(programs), chance.choice(programs)
    if chance.random() < 0.6:
        return first
    lines = [*first.splitlines(), *second.splitlines()]
    chance.shuffle(lines)
    return "\n".join(lines)


def _run(sandbox: Sandbox, program: str, chance: random.Random) -> object:
    text = f"const POISON = () => {{ throw new Error('poisoned') }}; (() => {{ {program} }})()"
    return asyncio.run(sandbox.eval_async(text)) if chance.random() < 0.2 else sandbox.eval(text)
