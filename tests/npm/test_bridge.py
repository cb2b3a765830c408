"""Libraries from npm in a pool: bundled or found beside, called by many at once, with typed results."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from snapjs import VM, JSError, NodeModules, Pool, Snapshot, TimeLimitError

NOW = datetime(2026, 1, 2, 9, tzinfo=UTC)

DATES = """
import * as chrono from "chrono-node"

export const dates = (text, now) =>
    chrono.parse(text, now).map(({ text, start, end }) => ({ text, start: start.date(), end: end?.date() ?? null }))

const taught = chrono.casual.clone()

export const teach = (word, hour) => {
    taught.parsers.push({ pattern: () => new RegExp(word, "i"), extract: () => ({ hour, minute: 0 }) })
    return taught.parsers.length
}

export const times = (text, now) => taught.parse(text, now).map(({ start }) => start.date())
"""

TYPESCRIPT = """
import ts from "typescript"

export const transpile = source =>
    ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022 } }).outputText

export const parse = source => {
    const file = ts.createSourceFile("a.ts", source, ts.ScriptTarget.Latest)
    return file.statements.map(statement => ({ kind: ts.SyntaxKind[statement.kind], start: statement.pos, end: statement.end }))
}
"""


@dataclass
class Found:
    text: str
    start: datetime
    end: datetime | None


@dataclass
class Statement:
    kind: str
    start: int
    end: int


def in_minutes(number: int) -> list[Found]:
    return [Found(f"in {number} minutes", NOW + timedelta(minutes=number), None)]


@pytest.fixture(scope="module")
def dates(bundled: Callable[[str], Path]) -> Path:
    """The bundle of ``DATES``."""
    return bundled(DATES)


@pytest.fixture(scope="module")
def typescript(bundled: Callable[[str], Path]) -> Path:
    """The bundle of ``TYPESCRIPT``."""
    return bundled(TYPESCRIPT)


@pytest.fixture(scope="module", params=[{"workers": 2}, {"processes": 2}], ids=["threads", "processes"])
def pool(request: pytest.FixtureRequest, dates: Path) -> Iterator[Pool]:
    with Pool(dates, **request.param) as pool:
        yield pool


# ---- chrono-node


def test_dates_are_typed(pool: Pool) -> None:
    found = pool.call_sync("dates", "Lunch tomorrow from 12 to 1pm", NOW, type=list[Found])

    start = datetime(2026, 1, 3, 12, tzinfo=UTC)
    assert found == [Found("tomorrow from 12 to 1pm", start, start + timedelta(hours=1))]


def test_tasks_that_call_at_once_each_get_their_own_answer(pool: Pool) -> None:
    async def all_of(numbers: range) -> list[list[Found]]:
        calls = (pool.call("dates", f"in {number} minutes", NOW, type=list[Found]) for number in numbers)
        return await asyncio.gather(*calls)

    assert asyncio.run(all_of(range(1, 91))) == [in_minutes(number) for number in range(1, 91)]


def test_map_keeps_the_order_of_texts(pool: Pool) -> None:
    texts = [f"in {number} minutes" for number in range(1, 201)]
    found = list(pool.map("dates", texts, repeat(NOW), type=list[Found]))

    assert found == [in_minutes(number) for number in range(1, 201)]


def test_library_that_throws_leaves_the_pool_well(pool: Pool) -> None:
    with pytest.raises(JSError, match="TypeError"):
        pool.call_sync("dates", 5, NOW)

    assert pool.call_sync("dates", "in 5 minutes", NOW, type=list[Found]) == in_minutes(5)


def test_what_a_session_teaches_the_library_others_do_not_know(pool: Pool) -> None:
    pool.call_sync("teach", "teatime", 17, key="anna")

    assert pool.call_sync("times", "see you at teatime", NOW, key="anna") == [datetime(2026, 1, 2, 17, tzinfo=UTC)]
    assert pool.call_sync("times", "see you at teatime", NOW, key="ben") == []
    pool.end_session_sync("anna")
    assert pool.call_sync("times", "see you at teatime", NOW, key="anna") == []


def test_reset_forgets_what_the_library_was_taught(dates: Path) -> None:
    with Pool(dates, workers=1, reset="call") as pool:
        first, second = (pool.call_sync("teach", "teatime", 17) for _ in range(2))
        found = pool.call_sync("times", "see you at teatime", NOW)

    assert first == second
    assert found == []


def test_library_is_found_beside_the_module(packages: Path) -> None:
    with Pool(DATES, workers=1, modules=NodeModules(packages.parent)) as pool:
        assert pool.call_sync("dates", "in 5 minutes", NOW, type=list[Found]) == in_minutes(5)


# ---- typescript


def test_compiler_transpiles_and_gives_typed_trees(typescript: Path) -> None:
    with Pool(typescript, workers=1) as pool:
        assert pool.call_sync("transpile", "const a: number = 1 satisfies number") == "const a = 1;\n"
        assert pool.call_sync("parse", "let a = 1\nf(a)", type=list[Statement]) == [
            Statement("FirstStatement", 0, 9),
            Statement("ExpressionStatement", 9, 14),
        ]


def test_compiler_that_takes_too_long_is_stopped_and_serves_the_next_call(typescript: Path) -> None:
    with Pool(typescript, workers=1, timeout=2) as pool:
        with pytest.raises(TimeLimitError):
            pool.call_sync("transpile", "let a = [1, { b: 2 }]\n" * 20_000, timeout=0.05)

        assert pool.call_sync("transpile", "let a: 1") == "let a;\n"


def test_snapshot_of_the_compiler_is_a_pool_in_another_place(typescript: Path) -> None:
    with VM(modules={"typescript": typescript.read_text(encoding="utf-8")}) as vm:
        vm.globals["transpile"] = vm.import_module("typescript")["transpile"]
        saved = vm.snapshot().to_bytes()

    with Pool(Snapshot.from_bytes(saved), workers=2) as pool:
        made = list(pool.map("transpile", [f"let a: {number}" for number in range(4)]))

    assert made == ["let a;\n"] * 4


def test_compiled_program_is_called_in_a_pool_of_its_own(typescript: Path) -> None:
    source = "enum Size { S = 1, L = S * 4 }\nexport const large = (by: number): number => Size.L * by"
    with Pool(typescript, workers=1) as compiler:
        made: Any = compiler.call_sync("transpile", source)
    with Pool(made, workers=1) as program:
        assert program.call_sync("large", 2.5) == 10
