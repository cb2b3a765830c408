"""What the program asks of time and chance by name."""

from __future__ import annotations

from typing import Any

import pytest
from workflow_desk import Desk

SOURCE = """
import { hook, now, random, uuid } from "snapjs:workflow";
const all = () => ({ now: now(), random: random(), uuid: uuid() });
export default async () => [all(), await hook("go"), all()];
"""


@pytest.fixture
def drawn(desk: Desk) -> list[dict[str, Any]]:
    """What a run was given before and after a minute."""
    run = desk.app.start(SOURCE)
    desk.settle()
    desk.clock.advance(60)
    run.deliver("go")
    desk.settle()
    before, _, after = run.result(timeout=0.001)
    return [before, after]


def test_now_is_the_time_of_the_turn(drawn: list[dict[str, Any]]) -> None:
    assert [one["now"].timestamp() for one in drawn] == [1_700_000_000, 1_700_000_060]


def test_random_numbers(drawn: list[dict[str, Any]]) -> None:
    first, second = (one["random"] for one in drawn)
    assert 0 <= first < 1 and 0 <= second < 1 and first != second


def test_a_uuid_is_that_of_no_other_turn(drawn: list[dict[str, Any]]) -> None:
    first, second = (one["uuid"] for one in drawn)
    assert (len(first), first[14], first != second) == (36, "4", True)


def test_a_uuid_is_that_of_no_other_run(desk: Desk) -> None:
    source = 'import { uuid } from "snapjs:workflow"; export default () => uuid()'
    runs = [desk.app.start(source) for _ in range(2)]
    desk.settle()

    assert len({run.result(timeout=0.001) for run in runs}) == 2
