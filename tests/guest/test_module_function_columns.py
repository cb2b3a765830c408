"""ModuleFunction(batch=True): columns of NumPy, and of buffers."""

from __future__ import annotations

import array
import asyncio
import builtins
import pickle
import subprocess
import sys
from typing import Any

import numpy
import pytest

from snapjs import ConversionError, JSError, ModuleFunction, TimeLimitError

KIND = "export default x => Array.from(x, () => Object.prototype.toString.call(x).slice(8, -1))"
SAME = "export default x => x"
DOUBLE = "export default (x, factor = 2) => x.map(value => value * factor)"

NUMBERS = {
    "int8": "Int8Array",
    "int16": "Int16Array",
    "int32": "Int32Array",
    "int64": "BigInt64Array",
    "uint8": "Uint8Array",
    "uint16": "Uint16Array",
    "uint32": "Uint32Array",
    "uint64": "BigUint64Array",
    "float16": "Float16Array",
    "float32": "Float32Array",
    "float64": "Float64Array",
    "bool": "Uint8Array",
}


@pytest.fixture(scope="module")
def kind() -> ModuleFunction:
    return ModuleFunction(KIND, batch=True)


@pytest.fixture(scope="module")
def same() -> ModuleFunction:
    return ModuleFunction(SAME, batch=True)


# ---- to JavaScript


@pytest.mark.parametrize(("dtype", "typed_array"), NUMBERS.items())
def test_numbers_are_a_typed_array_of_their_kind(kind: ModuleFunction, dtype: str, typed_array: str) -> None:
    assert kind(numpy.array([1, 0], dtype)) == [typed_array, typed_array]


@pytest.mark.parametrize("column", [numpy.array(["a", "b"]), numpy.array(["a", None], object)], ids=["str", "object"])
def test_strings_are_an_array(kind: ModuleFunction, same: ModuleFunction, column: Any) -> None:
    assert kind(column) == ["Array", "Array"]
    assert same(column) == column.tolist()


@pytest.mark.parametrize("column", [array.array("d", [1.5]), memoryview(array.array("d", [1.5]))])
def test_buffers_are_columns(kind: ModuleFunction, column: Any) -> None:
    assert kind(column) == ["Float64Array"]


@pytest.mark.parametrize("column", [numpy.arange(6.0)[::2], numpy.array([0, 2, 4], ">f8")], ids=["stride", "order"])
def test_memory_that_is_otherwise_ordered(same: ModuleFunction, column: Any) -> None:
    assert same(column).tolist() == [0, 2, 4]


def test_what_numpy_makes_an_array_of_is_a_column(kind: ModuleFunction) -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return numpy.array([1.5], "float32")

    assert kind(Tensor()) == ["Float32Array"]


def test_a_large_column_arrives_whole(same: ModuleFunction) -> None:
    column = numpy.arange(1_000_000.0)
    assert numpy.array_equal(same(column), column)


def test_a_column_without_rows(same: ModuleFunction) -> None:
    assert same(numpy.array([])).tolist() == []


def test_other_arguments_cross_as_ever() -> None:
    assert ModuleFunction(DOUBLE, batch=True)(numpy.array([1.0, 2.0]), 10).tolist() == [10, 20]


def test_a_numpy_scalar_is_no_column() -> None:
    assert ModuleFunction(DOUBLE, batch=True)(numpy.array([1.0, 2.0]), numpy.float64(10)).tolist() == [10, 20]


# ---- back


@pytest.mark.parametrize(
    ("typed_array", "dtype"),
    [
        ("Uint8Array", "uint8"),
        ("Int32Array", "int32"),
        ("Float32Array", "float32"),
        ("Float64Array", "float64"),
        ("BigInt64Array", "int64"),
    ],
)
def test_a_typed_array_is_an_array_of_numpy(typed_array: str, dtype: str) -> None:
    result = ModuleFunction(f"export default x => new {typed_array}(x.length)", batch=True)(numpy.zeros(2))
    assert (result.dtype, result.tolist()) == (dtype, [0, 0])


def test_the_result_can_be_written_to(same: ModuleFunction) -> None:
    result = same(numpy.array([1.0, 2.0]))
    result[0] = 3
    assert result.tolist() == [3, 2]


def test_an_array_is_a_list() -> None:
    words = ModuleFunction("export default x => x.map(word => word.toUpperCase())", batch=True)
    assert words(numpy.array(["a", "b"])) == ["A", "B"]


def test_without_numpy_a_typed_array_is_a_view(monkeypatch: pytest.MonkeyPatch) -> None:
    double = ModuleFunction(DOUBLE, batch=True)
    original = builtins.__import__

    def absent(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "numpy":
            raise ImportError(name)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    assert double(array.array("d", [1, 2])).tolist() == [2, 4]


def test_without_columns_any_length_will_do() -> None:
    assert ModuleFunction("export default n => new Int8Array(n)", batch=True)(3).tolist() == [0, 0, 0]


def test_a_promise_is_awaited() -> None:
    later = ModuleFunction("export default async x => { await null; return x.map(v => v + 1) }", batch=True)
    assert asyncio.run(later.call_async(numpy.array([1.0]))).tolist() == [2]


def test_a_copy_takes_columns_too() -> None:
    assert pickle.loads(pickle.dumps(ModuleFunction(DOUBLE, batch=True)))(numpy.array([1.0])).tolist() == [2]


# ---- what is refused


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (numpy.array(["2026-01-01"], "M8[s]"), r"No typed array has elements of the type datetime64\[s\]: \$\[0\]\. C"),
        (numpy.array([1j]), "elements of the type complex128"),
        (numpy.array([b"a"]), r"elements of the type \|S1"),
        (numpy.zeros((2, 2)), "A column has one dimension, not 2"),
        (numpy.ma.array([1, 2], mask=[True, False]), r"A masked array is no column: .* Pass value\.filled"),
        (numpy.rec.array([(1,)], dtype=[("mask", "i4")]), r"of the type \(numpy\.record"),
    ],
    ids=["date", "complex", "bytes", "table", "masked", "record"],
)
def test_what_no_typed_array_has_is_refused(same: ModuleFunction, column: Any, message: str) -> None:
    with pytest.raises(ConversionError, match=message) as caught:
        same(column)
    assert caught.value.path == "$[0]"


def test_what_arrow_has_is_refused_without_pyarrow(same: ModuleFunction, monkeypatch: pytest.MonkeyPatch) -> None:
    class Arrow:
        def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConversionError, match=r"An? Arrow cannot be read \(.*pyarrow.*\): \$\[0\]\. Install what"):
        same(Arrow())


def test_what_its_library_cannot_make_an_array_of_is_refused(same: ModuleFunction) -> None:
    class Device:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise RuntimeError("the memory is elsewhere")

    with pytest.raises(ConversionError, match=r"A Device cannot be read \(the memory is elsewhere\): \$\[0\]\. Conv"):
        same(Device())


def test_the_path_to_another_argument_counts_as_the_caller_does(same: ModuleFunction) -> None:
    with pytest.raises(ConversionError, match="A Python object has no counterpart") as caught:
        same(numpy.zeros(1), object())
    assert caught.value.path == "$[1]"


def test_columns_that_differ_in_length_are_refused(same: ModuleFunction) -> None:
    with pytest.raises(ConversionError, match=r"of 1 and of 2 rows\. Give it columns of one length\.") as caught:
        same(numpy.zeros(1), numpy.zeros(2))
    assert caught.value.path == "$[1]"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("x => new Float64Array(1)", r"returned 1 values for 2 rows\. Return one for each"),
        ("x => [1, 2, 3]", "returned 3 values for 2 rows"),
        ("x => 1", "is no column, but of the type int"),
        ("x => {}", "is no column, but of the type Undefined"),
        ("async x => x", "of the type Promise.* awaited by call_async"),
    ],
)
def test_what_is_no_column_of_that_length_is_refused(program: str, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        ModuleFunction(f"export default {program}", batch=True)(numpy.zeros(2))


def test_what_it_throws_is_raised() -> None:
    with pytest.raises(JSError, match="TypeError: no"):
        ModuleFunction("export default x => { throw new TypeError('no') }", batch=True)(numpy.zeros(1))


def test_a_limit_stops_it() -> None:
    spin = ModuleFunction("export default x => { for (;;); }", batch=True, timeout=0.05)
    with pytest.raises(TimeLimitError):
        spin(numpy.zeros(1))


def test_numpy_is_not_imported_before_a_column_has_come() -> None:
    program = (
        "import sys; from snapjs import ModuleFunction; f = ModuleFunction('export default x => [x]', batch=True);"
        "assert f(1) == [1]; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
