"""JavaScript functions over columns, in pandas, Polars and DuckDB: one call for all rows.

``python columns.py``; needs ``pandas``, ``polars``, ``duckdb`` and ``pyarrow``.
"""

from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow

from snapjs import ModuleFunction

MODULE = Path(__file__).with_name("orders.js")
ORDERS = {
    "price": [12.5, 40.0, 99.0],
    "quantity": [4, 5, 1],
    "coupon": ["spring", None, "friends"],
}

totals = ModuleFunction(MODULE, "totals", batch=True)
sizes = ModuleFunction(MODULE, "sizes", batch=True)


def in_pandas() -> None:
    orders = pandas.DataFrame(ORDERS)
    orders["total"] = totals(orders["price"], orders["quantity"], orders["coupon"])
    orders["size"] = sizes(orders["total"])
    print("pandas:", *orders[["total", "size"]].itertuples(index=False, name=None))


def in_polars() -> None:
    orders = polars.DataFrame(ORDERS).lazy()
    orders = orders.with_columns(
        total=polars.map_batches(
            ["price", "quantity", "coupon"], lambda columns: totals(*columns), return_dtype=polars.Float64
        )
    ).with_columns(
        size=polars.col("total").map_batches(lambda column: polars.Series(sizes(column)), return_dtype=polars.String)
    )
    print("Polars:", *orders.select("total", "size").collect().rows())


def in_duckdb() -> None:
    with duckdb.connect() as database:
        database.register("orders", pyarrow.table(ORDERS))
        database.create_function(
            "totals",
            lambda price, quantity, coupon: pyarrow.array(totals(price, quantity, coupon)),
            ["DOUBLE", "BIGINT", "VARCHAR"],
            "DOUBLE",
            type="arrow",
            null_handling="special",  # or a row with a null is not asked for
        )
        database.create_function(
            "sizes", lambda total: pyarrow.array(sizes(total)), ["DOUBLE"], "VARCHAR", type="arrow"
        )
        rows = database.sql("SELECT totals(price, quantity, coupon) AS total, sizes(total) FROM orders").fetchall()
    print("DuckDB:", *rows)


if __name__ == "__main__":
    in_pandas()
    in_polars()
    in_duckdb()
