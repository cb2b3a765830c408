"""Columns of NumPy, Arrow, pandas and Polars, to what the codec sends as typed arrays, and back.

Nothing here goes through rows: each library makes an array of its column, and of where the nulls are. None of them is
imported before a column of it has come.
"""

from __future__ import annotations

import array
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ..errors import ConversionError

_REMEDY: Final = "Convert it to numbers, booleans or strings first"


class _Column(NamedTuple):
    """:param values: a NumPy array, whose elements at nulls are any; or a list, with None for nulls.
    :param nulls: for each element whether it is one; None without nulls, and beside a list.
    """

    values: Any
    nulls: Any = None


class Columns:
    """The arguments of one call of a function of columns.

    :param arguments: columns of one length, and among them any other values, which cross as ever.
    :raises ConversionError: a column has elements that no typed array has, or the columns differ in length.
    """

    __slots__ = ("_length", "arguments")

    arguments: tuple[Any, ...]
    """what JavaScript gets: the columns, and which rows of which are null; this last, so that the paths in errors count
    as the caller does"""

    def __init__(self, arguments: tuple[Any, ...]) -> None:
        self._length: int | None = None
        nulls: list[tuple[int, Any]] = []
        values: list[Any] = []
        for index, argument in enumerate(arguments):
            column = _column(argument, f"$[{index}]")
            values.append(argument if column is None else column.values)
            if column is not None:
                self._note_length(len(column.values), f"$[{index}]")
                if column.nulls is not None:
                    nulls.append((index, column.nulls.nonzero()[0].astype("uint32")))
        self.arguments = (*values, nulls)

    def _note_length(self, length: int, path: str) -> None:
        if self._length is None:
            self._length = length
        elif self._length != length:
            raise ConversionError(
                f"The columns of one call are of {self._length} and of {length} rows. Give it columns of one length.",
                path=path,
            )

    def result(self, value: Any) -> Any:
        """What the function returned, as a column: a NumPy array, where there is NumPy, or a list.

        :raises ConversionError: it is no column, or of another length than the arguments.
        """
        if not isinstance(value, list | bytes | memoryview):
            raise ConversionError(
                f"What the function of columns returned is no column, but of the type {type(value).__name__}. Return a "
                "typed array or an array, with a value for each row. A promise is awaited by call_async."
            )
        if self._length is not None and len(value) != self._length:
            raise ConversionError(
                f"The function of columns returned {len(value)} values for {self._length} rows. Return one for each."
            )
        return value if isinstance(value, list) else _array(value)


def _array(value: bytes | memoryview) -> Any:
    try:
        import numpy
    except ImportError:
        return memoryview(value)
    return numpy.array(memoryview(value))


def _column(value: Any, path: str) -> _Column | None:
    """The column that a value is; ``None`` for any other value.

    :raises ConversionError: it has elements that no typed array has, or more than one dimension, or its library fails.
    """
    kind = type(value)
    if kind.__module__ == "builtins" and kind is not memoryview:
        return None
    try:
        for base in kind.__mro__:
            reader = _READERS.get(base.__module__.partition(".")[0])
            if reader is not None:
                return reader(value, path)
        if hasattr(kind, "__arrow_c_stream__") or hasattr(kind, "__arrow_c_array__"):
            return _of_capsule(value, path)
        if hasattr(kind, "__array__"):
            import numpy

            return _of_numpy(numpy.asarray(value), path)
    except (ConversionError, MemoryError):
        raise
    except Exception as error:  # whatever the library says of a column that it cannot hand over
        remedy = "Install what is missing" if isinstance(error, ImportError) else _REMEDY
        raise _refusal(f"A {kind.__name__} cannot be read ({error})", remedy, path) from error
    is_buffer = isinstance(value, memoryview | array.array) and memoryview(value).ndim == 1
    return _Column(value) if is_buffer else None


# ---- the libraries


def _of_numpy(value: Any, path: str) -> _Column | None:
    dimensions = getattr(value, "ndim", 0)
    if dimensions == 0:  # a scalar
        return None
    if dimensions != 1:
        raise _refusal(f"A column has one dimension, not {dimensions}", "Pass each column by itself", path)
    if hasattr(type(value), "mask"):
        raise _refusal("A masked array is no column", "Pass value.filled(…)", path)
    kind = value.dtype.kind
    if kind in "OUT":
        return _Column(value.tolist())
    return _Column(_numbers(value, path))


def _of_pandas(value: Any, path: str) -> _Column | None:
    if not hasattr(type(value), "dtype"):
        _check_is_no_table(value, path)
        return None
    dtype = value.dtype
    if hasattr(dtype, "pyarrow_dtype"):
        return _of_arrow(getattr(value, "array", value).__arrow_array__(), path)
    if dtype.kind in "OU":
        return _Column(value.to_numpy(dtype=object, na_value=None).tolist())
    if dtype.kind not in "biuf":
        raise _refusal_of(dtype, path)
    if not hasattr(dtype, "numpy_dtype"):  # NumPy's own, and sparse ones: only floats have nulls, which are NaN
        return _Column(_numbers(value.to_numpy(), path))
    if dtype.kind == "f":
        return _Column(_numbers(value.to_numpy(dtype=dtype.numpy_dtype, na_value=float("nan")), path))
    values = _numbers(value.to_numpy(dtype=dtype.numpy_dtype, na_value=0), path)
    nulls = value.isna().__array__()
    return _Column(values, nulls if nulls.any() else None)


def _of_polars(value: Any, path: str) -> _Column | None:
    if not hasattr(type(value), "dtype"):
        _check_is_no_table(value, path)
        return None
    dtype = value.dtype
    if str(dtype) in ("String", "Null") or str(dtype).startswith(("Categorical", "Enum")):
        return _Column(value.to_list())
    if not (dtype.is_integer() or dtype.is_float() or str(dtype) == "Boolean"):
        raise _refusal_of(dtype, path)
    if dtype.is_float() or not value.null_count():
        return _Column(_numbers(value.to_numpy(), path))
    filled = value.fill_null(False if str(dtype) == "Boolean" else 0)
    return _Column(_numbers(filled.to_numpy(), path), value.is_null().to_numpy())


def _of_arrow(value: Any, path: str) -> _Column | None:
    import pyarrow
    from pyarrow import types

    if isinstance(value, pyarrow.Scalar):
        return None
    if not isinstance(value, pyarrow.Array | pyarrow.ChunkedArray):
        _check_is_no_table(value, path)
        return None
    if types.is_dictionary(value.type):
        value = value.cast(value.type.value_type)
    kind = value.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind):
        return _Column(value.to_pylist())
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        raise _refusal_of(kind, path)
    if types.is_floating(kind) or not value.null_count:
        return _Column(_numbers(_numpy_of_arrow(value), path))
    filled = value.fill_null(False if types.is_boolean(kind) else 0)
    return _Column(_numbers(_numpy_of_arrow(filled), path), _numpy_of_arrow(value.is_null()))


def _numpy_of_arrow(value: Any) -> Any:
    import pyarrow

    return value.to_numpy() if isinstance(value, pyarrow.ChunkedArray) else value.to_numpy(zero_copy_only=False)


def _of_capsule(value: Any, path: str) -> _Column | None:
    """A column of any other library that has the Arrow PyCapsule interface."""
    import pyarrow

    array_of = pyarrow.chunked_array if hasattr(value, "__arrow_c_stream__") else pyarrow.array
    return _of_arrow(array_of(value), path)


def _check_is_no_table(value: Any, path: str) -> None:
    """What a library has besides columns crosses as any other value, but for its tables.

    :raises ConversionError: it is a table.
    """
    # Of the class: of a table, the name of a column may be an attribute, and to look at one may compute it.
    if hasattr(type(value), "columns"):
        raise _refusal(f"A {type(value).__name__} is not one column", "Pass its columns, each by itself", path)


_READERS: Final[dict[str, Callable[[Any, str], _Column | None]]] = {
    "numpy": _of_numpy,
    "pandas": _of_pandas,
    "polars": _of_polars,
    "pyarrow": _of_arrow,
}


# ---- elements


def _numbers(values: Any, path: str) -> Any:
    """A NumPy array whose elements some typed array has."""
    kind = values.dtype.kind
    if kind == "b":
        return values.view("uint8")
    if kind not in "iuf" or values.dtype.itemsize > 8:
        raise _refusal_of(values.dtype, path)
    return values


def _refusal_of(dtype: Any, path: str) -> ConversionError:
    return _refusal(f"No typed array has elements of the type {dtype}", _REMEDY, path)


def _refusal(cause: str, remedy: str, path: str) -> ConversionError:
    return ConversionError(f"{cause}: {path}. {remedy}.", path=path)
