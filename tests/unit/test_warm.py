"""What a process keeps of the functions that it has unpickled."""

from __future__ import annotations

from snapjs._functions.warm import Warm


def test_what_was_made_once_is_not_made_again() -> None:
    warm: Warm[str] = Warm()
    assert [warm.get(1, lambda: "first"), warm.get(1, lambda: "second")] == ["first", "first"]


def test_what_was_not_asked_for_the_longest_is_dropped() -> None:
    warm: Warm[str] = Warm()
    for number in range(32):
        warm.get(number, lambda: "old")
    warm.get(0, lambda: "new")
    warm.get(32, lambda: "old")
    assert [warm.get(number, lambda: "new") for number in (0, 1, 2)] == ["old", "new", "new"]
