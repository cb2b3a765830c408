"""The figures that the README takes from docs/benchmarks.md are those that stand there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The README's rows, and the same in the benchmarks' words.
ROWS = {
    "make a VM, evaluate `1+2`, close it": "create, eval 1+2, close",
    "evaluate `1+2`": "eval 1+2, warm",
    "call a function with two ints": "call a function with two ints",
    "call a Python function": "host call, synchronous",
    "await a Python coroutine": "host call, awaited",
    "1 MB of nested data, into JavaScript": "1.05 MB of nested data, in",
    "1 MB of nested data, out of it": "1.05 MB of nested data, out",
    "a whole process: import, make, evaluate, exit": "process: import, create, eval 1+2, exit",
    "28 programs that compute": "geometric mean",
}
PACKAGES = ("mini-racer", "quickjs-ng")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def shown() -> dict[str, list[str]]:
    """The README's table of multiples: a row's name, and the multiple of each package."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Speed\n")[2].partition("\n## ")[0]
    rows = [cells(line) for line in section.splitlines() if line.startswith("|")]
    return {name: multiples for name, *multiples in rows[2:]}


def measured(name: str, package: str) -> float:
    """How much of the package's time snapjs takes: in parentheses behind that time, or alone, as a mean of several."""
    header: list[str] = []
    for line in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("|  |"):
            header = cells(line)
        elif line.startswith(f"| {name} |"):
            text = cells(line)[header.index(package)]
            return float(re.sub(r".*\((.*)\)", r"\1", text))
    raise LookupError(name)


def test_the_rows_are_known() -> None:
    assert list(shown()) == list(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_multiple_is_the_measured_one(name: str) -> None:
    for package, multiple in zip(PACKAGES, shown()[name], strict=True):
        if not multiple.startswith("("):
            unit = 10.0 ** -len(multiple.partition(".")[2])
            assert float(multiple) == pytest.approx(measured(ROWS[name], package), abs=0.501 * unit)


def test_the_heap_that_a_peer_restores_is_the_measured_one() -> None:
    [times] = re.findall(
        r"a heap of 64 MB took it (\d+) times as long", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert times == f"{1 / measured('restore a 64 MB heap in memory, eval, close', 'quickjs-rs'):.0f}"
