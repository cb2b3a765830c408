"""``python -m benchmarks.columns``: a JavaScript function over the rows of a table, row by row and column at a time."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

from snapjs import ModuleFunction

from .table import quantity
from .workload import expect

_ROWS, _QUICK_ROWS = 100_000, 1_000
_ROUNDS = 5

_PROGRAMS = {
    "numbers": (
        "export default x => Math.sqrt(x) * 2",
        "export default column => column.map(x => Math.sqrt(x) * 2)",
    ),
    "strings": (
        "export default text => text.toUpperCase().slice(0, 4)",
        "export default column => column.map(text => text.toUpperCase().slice(0, 4))",
    ),
}
"""for one row, and for a column"""

_Run = Callable[[], Any]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.columns", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_ROWS:,} rows in place of {_ROWS:,}")
    rows = _QUICK_ROWS if parser.parse_args(arguments).quick else _ROWS
    print(f"{rows:,} rows, the median of {_ROUNDS}".ljust(40), "rows".rjust(10), "columns".rjust(10), "times".rjust(7))
    for kind, (of_row, of_column) in _PROGRAMS.items():
        row, column = ModuleFunction(of_row), ModuleFunction(of_column, batch=True)
        for library, by_row, by_column in _libraries(kind, rows, row, column):
            expect(list(by_row()), list(by_column()))
            slow, fast = _seconds(by_row), _seconds(by_column)
            figures = quantity(slow, "s").rjust(10), quantity(fast, "s").rjust(10), f"{slow / fast:.0f}".rjust(7)
            print(f"{kind} in {library}".ljust(40), *figures)


def _seconds(run: _Run) -> float:
    """The median of some runs."""
    seconds = []
    for _ in range(_ROUNDS):
        begun = perf_counter()
        run()
        seconds.append(perf_counter() - begun)
    return median(seconds)


def _libraries(kind: str, rows: int, row: ModuleFunction, column: ModuleFunction) -> Iterator[tuple[str, _Run, _Run]]:
    """For each library its name, how it goes row by row, and how column at a time."""
    import duckdb
    import pandas
    import polars
    import pyarrow

    values = [number + 0.3 for number in range(rows)] if kind == "numbers" else [f"row {n}" for n in range(rows)]
    dtype, sql = (polars.Float64, "DOUBLE") if kind == "numbers" else (polars.String, "VARCHAR")
    series = pandas.Series(values)
    yield "pandas", lambda: series.map(row), lambda: column(series)
    numbers = polars.Series(values)
    yield "Polars", lambda: numbers.map_elements(row, return_dtype=dtype), lambda: column(numbers)
    with duckdb.connect() as database:
        database.register("data", pyarrow.table({"x": values}))
        database.create_function("by_row", lambda x: row(x), [sql], sql)
        database.create_function("by_column", lambda x: pyarrow.array(column(x)), [sql], sql, type="arrow")

        def select(function: str) -> list[Any]:
            return database.sql(f"SELECT {function}(x) AS y FROM data").to_arrow_table()["y"].to_pylist()

        yield "DuckDB", lambda: select("by_row"), lambda: select("by_column")


if __name__ == "__main__":
    main()
