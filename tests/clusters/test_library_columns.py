"""Columns of pandas, Polars and Arrow, to typed arrays."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy
import pandas
import polars
import pyarrow
import pytest

from snapjs import ConversionError, ModuleFunction

KIND = "export default x => Array.from(x, () => Object.prototype.toString.call(x).slice(8, -1))"
SHOWN = "export default x => Array.from(x, value => `${typeof value} ${value}`)"
TODAY = datetime.date(2026, 1, 2)


class Other:
    """A column of a library that is known by the Arrow PyCapsule interface only."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self._array.__arrow_c_array__(requested_schema)


class OtherStream:
    """As Other, of several chunks."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._array.__arrow_c_stream__(requested_schema)


@pytest.fixture(scope="module")
def kind() -> ModuleFunction:
    return ModuleFunction(KIND, batch=True)


@pytest.fixture(scope="module")
def shown() -> ModuleFunction:
    return ModuleFunction(SHOWN, batch=True)


WHOLE: dict[str, tuple[Any, str, list[str]]] = {
    "pandas float64": (pandas.Series([1.5, 2.5]), "Float64Array", ["number 1.5", "number 2.5"]),
    "pandas int64": (pandas.Series([1, 2]), "BigInt64Array", ["bigint 1", "bigint 2"]),
    "pandas bool": (pandas.Series([True, False]), "Uint8Array", ["number 1", "number 0"]),
    "pandas str": (pandas.Series(["a", "b"]), "Array", ["string a", "string b"]),
    "pandas Float32": (pandas.Series([1.5], dtype="Float32"), "Float32Array", ["number 1.5"]),
    "pandas category": (pandas.Series(["a", "a"], dtype="category"), "Array", ["string a", "string a"]),
    "pandas int32[pyarrow]": (pandas.Series([1], dtype="int32[pyarrow]"), "Int32Array", ["number 1"]),
    "pandas bool[pyarrow]": (pandas.Series([True], dtype="bool[pyarrow]"), "Uint8Array", ["number 1"]),
    "pandas sparse": (pandas.Series(pandas.arrays.SparseArray([0, 1])), "BigInt64Array", ["bigint 0", "bigint 1"]),
    "pandas index": (pandas.Index([1.5]), "Float64Array", ["number 1.5"]),
    "pandas extension": (pandas.array([1], dtype="UInt8"), "Uint8Array", ["number 1"]),
    "polars Float64": (polars.Series([1.5]), "Float64Array", ["number 1.5"]),
    "polars Int64": (polars.Series([1]), "BigInt64Array", ["bigint 1"]),
    "polars Boolean": (polars.Series([True, False]), "Uint8Array", ["number 1", "number 0"]),
    "polars String": (polars.Series(["a"]), "Array", ["string a"]),
    "polars Categorical": (polars.Series(["a"], dtype=polars.Categorical), "Array", ["string a"]),
    "arrow double": (pyarrow.array([1.5]), "Float64Array", ["number 1.5"]),
    "arrow int8": (pyarrow.array([1], pyarrow.int8()), "Int8Array", ["number 1"]),
    "arrow chunks": (pyarrow.chunked_array([[1.5], [2.5]]), "Float64Array", ["number 1.5", "number 2.5"]),
    "arrow bool": (pyarrow.array([True, False]), "Uint8Array", ["number 1", "number 0"]),
    "arrow string": (pyarrow.array(["a"]), "Array", ["string a"]),
    "arrow dictionary": (pyarrow.array(["a", "a"]).dictionary_encode(), "Array", ["string a", "string a"]),
    "arrow no rows": (pyarrow.array([], pyarrow.int32()), "Int32Array", []),
    "capsule": (Other(pyarrow.array([1.5])), "Float64Array", ["number 1.5"]),
    "capsules": (OtherStream(pyarrow.chunked_array([[1.5], [2.5]])), "Float64Array", ["number 1.5", "number 2.5"]),
}


@pytest.mark.parametrize(("column", "typed_array", "elements"), WHOLE.values(), ids=WHOLE)
def test_columns_without_nulls(
    kind: ModuleFunction, shown: ModuleFunction, column: Any, typed_array: str, elements: list[str]
) -> None:
    assert (kind(column), shown(column)) == ([typed_array] * len(elements), elements)


@pytest.mark.parametrize(
    "column",
    [
        pandas.Series([1.5, None]),
        pandas.Series([1.5, None], dtype="Float64"),
        pandas.Series([1.5, None], dtype="double[pyarrow]"),
        pandas.Series(pandas.arrays.SparseArray([1.5, None])),
        polars.Series([1.5, None]),
        pyarrow.array([1.5, None]),
    ],
    ids=["float64", "Float64", "double[pyarrow]", "sparse", "polars", "arrow"],
)
def test_a_null_among_floats_is_nan(kind: ModuleFunction, column: Any) -> None:
    same = ModuleFunction("export default x => x", batch=True)
    assert kind(column) == ["Float64Array"] * 2
    assert (same(column)[0], math.isnan(same(column)[1])) == (1.5, True)


NULLS: dict[str, tuple[Any, list[str]]] = {
    "pandas Int64": (pandas.Series([1, None], dtype="Int64"), ["bigint 1", "object null"]),
    "pandas UInt8": (pandas.array([None, 1], dtype="UInt8"), ["object null", "number 1"]),
    "pandas boolean": (pandas.Series([True, None], dtype="boolean"), ["number 1", "object null"]),
    "pandas int32[pyarrow]": (pandas.Series([1, None], dtype="int32[pyarrow]"), ["number 1", "object null"]),
    "pandas bool[pyarrow]": (pandas.Series([True, None], dtype="bool[pyarrow]"), ["number 1", "object null"]),
    "pandas str": (pandas.Series(["a", None]), ["string a", "object null"]),
    "pandas string[pyarrow]": (
        pandas.Series(["a", None], dtype=pandas.ArrowDtype(pyarrow.string())),
        ["string a", "object null"],
    ),
    "polars Int64": (polars.Series([1, None]), ["bigint 1", "object null"]),
    "polars Boolean": (polars.Series([None, True]), ["object null", "number 1"]),
    "polars String": (polars.Series(["a", None]), ["string a", "object null"]),
    "polars Null": (polars.Series([None, None]), ["object null", "object null"]),
    "arrow int64": (pyarrow.array([1, None]), ["bigint 1", "object null"]),
    "arrow chunks": (pyarrow.chunked_array([[1], [None]], pyarrow.int16()), ["number 1", "object null"]),
    "arrow bool": (pyarrow.array([True, None]), ["number 1", "object null"]),
    "arrow string": (pyarrow.array(["a", None]), ["string a", "object null"]),
}


@pytest.mark.parametrize(("column", "elements"), NULLS.values(), ids=NULLS)
def test_other_nulls_make_an_array_of_the_same_elements(
    kind: ModuleFunction, shown: ModuleFunction, column: Any, elements: list[str]
) -> None:
    assert (kind(column), shown(column)) == (["Array", "Array"], elements)


def test_each_column_keeps_its_own_nulls() -> None:
    pairs = ModuleFunction("export default (x, y) => Array.from(x, (value, row) => `${value} ${y[row]}`)", batch=True)
    assert pairs(pyarrow.array([1, None]), pyarrow.array([None, 2])) == ["1 null", "null 2"]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pandas.Series([datetime.datetime(2026, 1, 2)]), r"of the type datetime64\[us\]: \$\[0\]\. Convert it"),
        (pandas.Series([pandas.Timedelta(1)]), "of the type timedelta64"),
        (pandas.Series([TODAY], dtype="date32[pyarrow]"), r"of the type date32\[day\]"),
        (pandas.Series([[1]], dtype=pandas.ArrowDtype(pyarrow.list_(pyarrow.int8()))), "of the type list<"),
        (pandas.MultiIndex.from_tuples([(1, 2)]), r"A MultiIndex cannot be read \(.*\): \$\[0\]\. Convert it"),
        (polars.Series([TODAY]), "of the type Date"),
        (polars.Series([[1]]), r"of the type List\(Int64\)"),
        (polars.Series([1], dtype=polars.Int128), r"A Series cannot be read \(.*128.*\)"),
        (pyarrow.array([TODAY]), r"of the type date32\[day\]"),
        (pyarrow.array([b"a"]), "of the type binary"),
        (pandas.DataFrame({"dtype": [1]}), "A DataFrame is not one column: .* Pass its columns, each by itself"),
        (polars.DataFrame({"a": [1]}), "A DataFrame is not one column"),
        (polars.LazyFrame({"a": [1]}), "A LazyFrame is not one column"),
        (pyarrow.table({"a": [1]}), "A Table is not one column"),
    ],
    ids=[
        *("pandas date", "pandas delta", "date[pyarrow]", "list[pyarrow]", "pandas levels"),
        *("date", "list", "Int128", "arrow date", "bytes", "pandas", "polars", "lazy", "arrow"),
    ],
)
def test_what_no_typed_array_has_is_refused(kind: ModuleFunction, column: Any, message: str) -> None:
    with pytest.raises(ConversionError, match=message) as caught:
        kind(column)
    assert caught.value.path == "$[0]"


def test_what_is_no_column_crosses_as_ever() -> None:
    year = ModuleFunction("export default (x, date) => x.fill(date.getUTCFullYear())", batch=True)
    assert year(numpy.zeros(1), pandas.Timestamp(2026, 1, 2, tz="UTC")).tolist() == [2026]
