"""Declarations of what workflows import, held against the real TypeScript compiler."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from type_checker import Checker

from snapjs import workflows

EXAMPLE = Path(__file__).parents[2] / "examples" / "order"
PLATFORM = "interface AbortSignal { readonly aborted: boolean }\n"  # of a library that takes long to load


@dataclass
class Order:
    id: int
    note: str = ""


def charge(order: Order, *, currency: str = "EUR") -> list[str]:
    """Takes */ the money."""
    return []


async def ship(orders: dict[str, Order], *tags: str) -> None: ...


@pytest.fixture
def declarations(tmp_path: Path) -> str:
    app = workflows.App(f"sqlite:///{tmp_path / 'shop.db'}")
    app.step(charge)
    app.step(ship)
    app.step(ship, name="delete")
    return PLATFORM + app.dts()


RIGHT = """
    import { charge, delete as remove, ship, type Order } from "app:steps"
    import { hook, log, signal, sleep } from "snapjs:workflow"

    export default async function order(order: Order): Promise<string[]> {
        const receipts = await charge(order, { currency: "USD" })
        await ship({ first: order, second: { id: 2 } }, "a", "b")
        await remove({ first: order })
        await Promise.race([hook("approved"), sleep("30 days"), sleep(5), sleep(new Date())])
        const { by } = await hook<{ by: string }>("approved")
        for await (const text of hook<string>("notes")) log(text.length, by.length)
        if (signal.aborted) throw new Error("aborted")
        return receipts
    }
"""


def test_a_workflow_that_is_right(checker: Checker, declarations: str) -> None:
    assert checker.check(declarations, RIGHT) == []


# A line each, and how the error begins.
WRONG = {
    "import { pay } from 'app:steps'": "Module '\"app:steps\"' has no exported member 'pay'.",
    "import { charge } from 'app:steps'; charge({ id: '1' })": "Type 'string' is not assignable to type 'number'.",
    "import { ship } from 'app:steps'; ship({}, 1)": "Argument of type 'number' is not assignable to parameter of type 'string'.",
    "import { sleep } from 'snapjs:workflow'; sleep()": "Expected 1 arguments, but got 0.",
    "import { hook } from 'snapjs:workflow'; hook(1)": "Argument of type 'number' is not assignable to parameter of type 'string'.",
    "import { wait } from 'snapjs:workflow'": "Module '\"snapjs:workflow\"' has no exported member 'wait'.",
}


@pytest.mark.parametrize(("program", "message"), WRONG.items())
def test_a_workflow_that_is_wrong(checker: Checker, declarations: str, program: str, message: str) -> None:
    ((file, line, _, text),) = checker.check(declarations, program)
    assert (file, line) == ("/program.ts", 1)
    assert text.startswith(message)


def test_the_example_is_right(checker: Checker) -> None:
    declarations = (EXAMPLE / "shop.d.ts").read_text(encoding="utf-8")
    _, _, program = (EXAMPLE / "order.ts").read_text(encoding="utf-8").partition("\n")  # a reference to the former
    assert checker.check(PLATFORM + declarations, program) == []
