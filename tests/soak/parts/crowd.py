"""Many guests alive in one process: VMs, sandboxes and reactors, of which each round uses some and replaces a few."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from snapjs import VM, Reactor, Sandbox

_GUESTS = 200


class _Guest:
    """One that counts how often it was used, and keeps what it was told."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.used = 0

    def use(self) -> None:
        """Have it count once more.

        :raises AssertionError: it has not kept what it was told.
        """
        self.used += 1
        found = self._count()
        if found != f"{self.number}: {self.used}":
            raise AssertionError(f"guest {self.number} was used {self.used} times, and says {found}")

    def _count(self) -> object:
        raise NotImplementedError

    def close(self) -> None:
        """Free what it has."""
        raise NotImplementedError


class _VMGuest(_Guest):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._vm = VM(memory_limit=8 << 20)
        self._vm.eval(
            f"let used = 0, kept = 'x'.repeat({number * 7919 % 100_000}); const count = () => `{number}: ${{++used}}`"
        )

    def _count(self) -> object:
        return self._vm.eval("count()")

    def close(self) -> None:
        self._vm.close()


class _SavedGuest(_VMGuest):
    """It is saved and restored at each use."""

    def _count(self) -> object:
        snapshot = self._vm.snapshot()
        self._vm.close()
        self._vm = VM.restore(snapshot)
        return super()._count()


class _SandboxGuest(_Guest):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._sandbox = Sandbox(memory_limit=8 << 20)
        self._sandbox.register("number", lambda: number)
        self._sandbox.eval("globalThis.used = 0")

    def _count(self) -> object:
        return self._sandbox.eval("`${host.number()}: ${++used}`")

    def close(self) -> None:
        self._sandbox.close()


class _ReactorGuest(_Guest):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._reactor = Reactor()
        self._reactor.init()
        self._reactor.eval(f"let used = 0; globalThis.count = () => `{number}: ${{++used}}`")

    def _count(self) -> object:
        return self._reactor.eval("count()")

    def close(self) -> None:
        self._reactor.destroy()


_KINDS: tuple[Callable[[int], _Guest], ...] = (_VMGuest, _SavedGuest, _SandboxGuest, _ReactorGuest)


def rounds(chance: random.Random, _: Path) -> Iterator[dict[str, int]]:
    """Forty guests are used in each round, and four replaced."""
    made = _GUESTS
    guests = [chance.choice(_KINDS)(number) for number in range(_GUESTS)]
    while True:
        for guest in chance.choices(guests, k=40):
            guest.use()
        for place in chance.sample(range(_GUESTS), 4):
            guests[place].close()
            guests[place] = chance.choice(_KINDS)(made)
            made += 1
        yield {"used": 40, "replaced": 4}
