"""The bytes in records, wherever they are: to seal them, to open them, or to hide what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from .records import PLAIN

_T = TypeVar("_T")
Change = Callable[[str, bytes], bytes]
"""what becomes of bytes of a kind"""
_Mapper = Callable[[Any, Change], Any]

_UNIONS: Final = (Union, UnionType)


def mapped(record: _T, change: Change) -> _T:
    """A record with all bytes changed that its fields have, and those of the records in it.

    :param change: gets the kind of the bytes, as their hints in :mod:`.records` say it, and the bytes. What is plain
        stays as it is.
    """
    kind: type = type(record)
    mapper = _record_mapper(kind)
    return record if mapper is None else mapper(record, change)


@cache
def _record_mapper(kind: type) -> _Mapper | None:
    hints = get_type_hints(kind, include_extras=True)
    found = [(field.name, _mapper(hints[field.name])) for field in fields(kind)]
    mappers = [(name, mapper) for name, mapper in found if mapper is not None]
    if not mappers:
        return None

    def map_record(record: Any, change: Change) -> Any:
        return replace(record, **{name: mapper(getattr(record, name), change) for name, mapper in mappers})

    return map_record


def _mapper(hint: Any) -> _Mapper | None:
    """What changes a value of this hint; ``None``: it has no bytes.

    :raises TypeError: its bytes have no kind.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated and arguments[0] is bytes:
        kind = arguments[1]
        return None if kind == PLAIN else lambda data, change: change(kind, data)
    if origin in _UNIONS:
        inner = [mapper for one in arguments if one is not NoneType and (mapper := _mapper(one)) is not None]
        if len(inner) > 1:
            raise TypeError(f"which of {hint} a value is cannot be told")
        return None if not inner else lambda value, change: None if value is None else inner[0](value, change)
    if origin is not None and issubclass(origin, Mapping):
        values = _mapper(arguments[1])
        return None if values is None else lambda each, change: {k: values(v, change) for k, v in each.items()}
    if origin in (list, tuple, Sequence):
        items = [mapper for one in arguments if one is not Ellipsis and (mapper := _mapper(one)) is not None]
        if not items:
            return None
        if len([one for one in arguments if one is not Ellipsis]) > 1:
            raise TypeError(f"bytes in {hint} cannot be told apart: make it a record")
        return lambda each, change: [items[0](one, change) for one in each]
    if hint is bytes:
        raise TypeError("bytes in a record have a kind: see records.py")
    return _record_mapper(hint) if is_dataclass(hint) and isinstance(hint, type) else None
