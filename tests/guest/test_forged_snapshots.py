"""A snapshot with a right checksum around a wrong heap: the sandbox holds, with typed errors and within the time limit.

A checksum finds damage, and no malice: whoever can make snapshots can give them any contents.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
import snapshot_parser
from granted import ALLOWED, User

import snapjs
from snapjs import VM, SnapjsError, Snapshot
from snapjs._core.grants import Grants

OPERATIONS: list[Callable[[VM], Any]] = [
    lambda vm: vm.eval("kept"),
    lambda vm: vm.pending,
    lambda vm: [call.resolve(1) for call in vm.pending],
    lambda vm: vm.run_until_idle(),
    lambda vm: vm.gc(),
    lambda vm: vm.snapshot(),
    lambda vm: vm.memory_usage(),
    lambda vm: vm.eval("[1, 2, 3].map(n => n + 1)"),
    lambda vm: vm.eval("user.greet()"),
    lambda vm: vm.eval("user.name"),
    lambda vm: vm.eval("user.later()"),
]


@cache
def sample() -> Snapshot:
    with VM(clock=0, seed=1, functions={"ask": snapjs.pending}) as vm:
        vm._bridge.options.grants = grants = Grants()
        vm.globals["user"] = grants.grant(User(), ALLOWED)
        vm.eval(
            "user.later(user);"
            "var kept = { list: [1, { a: 'b' }], map: new Map([[1, 2]]) }; ask({ n: 1 }, () => 2); setTimeout(() => 3, 5)"
        )
        return vm.snapshot()


def forge(seed: int) -> Snapshot:
    """The sample with some bytes of its pages changed."""
    chance = random.Random(seed)
    good = snapshot_parser.parse(sample().to_bytes(compress=False))
    memory = bytearray(good.memory)
    pages_begin = len(memory) // (4096 + 4) * 4
    for _ in range(chance.choice([1, 2, 8, 64])):
        memory[chance.randrange(pages_begin, len(memory))] = chance.randrange(256)
    good.memory = bytes(memory)
    return Snapshot.from_bytes(good.to_bytes())


def use(snapshot: Snapshot) -> None:
    try:
        vm = VM.restore(
            snapshot, timeout=0.2, memory_limit=64 << 20, stdout=lambda text: None, stderr=lambda text: None
        )
    except SnapjsError:
        return
    vm._bridge.options.grants = grants = Grants()
    secret = User("a secret")
    fresh = [grants.grant(secret, ALLOWED) for _ in range(3)]
    for operation in OPERATIONS:
        with suppress(SnapjsError, KeyError):  # of a call that the heap lists and then does not know
            operation(vm)
        with suppress(SnapjsError):
            vm.eval("((...all) => 0)")(*fresh)
    assert secret.greeted == []
    vm.close()


def test_sample_itself_is_good() -> None:
    with VM.restore(sample(), functions={"ask": snapjs.pending}) as vm:
        assert vm.eval("kept") == {"list": [1, {"a": "b"}], "map": {1: 2}}
        assert [call.name for call in vm.pending] == ["<grant>", "ask"]


def test_forged_heaps() -> None:
    for seed in range(100):
        use(forge(seed))


def test_release_that_goes_round_for_ever() -> None:
    use(forge(481))


@pytest.mark.slow
def test_many_forged_heaps() -> None:
    for seed in range(100, 1100):
        use(forge(seed))
