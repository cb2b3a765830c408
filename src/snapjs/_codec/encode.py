"""A Python value to a message of the value codec, in pure Python: every type, shared references and cycles.

`Codec` sends plain trees to msgspec's encoder instead, and comes here for the rest.
"""

from __future__ import annotations

import array
import dataclasses
import inspect
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .._guest.abi import MAX_DEPTH, Ext, Typed
from ..errors import ConversionError, JSError
from ..grant import Grant
from ..values import BigInt, JSMap, RegExp, Symbol, Undefined
from .plain import LARGE, PACK_ERRORS, SCALARS, STRINGS, extension, join_surrogates, pack, wtf8
from .typed import contiguous, elements, kind_of

if TYPE_CHECKING:
    from .owner import Owner

# The members that a container has yet to write: where each is, and the member.
_Members = Iterator[tuple[Any, Any]]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_PATH_HALF: Final = 90  # characters shown of each end of a long path

_LIST: Final = "Pass list(value)"
_REMEDIES: Final = {
    **dict.fromkeys(("Decimal", "Fraction"), "Pass str(value) or float(value)"),
    **dict.fromkeys(("UUID", "PosixPath", "WindowsPath"), "Pass str(value)"),
    **dict.fromkeys(("generator", "deque", "dict_keys", "dict_values", "dict_items", "map", "filter", "zip"), _LIST),
    "async_generator": "Pass a list of its items",
    "complex": "Pass its real and imag parts",
    "time": "Pass value.isoformat()",
    "timedelta": "Pass value.total_seconds()",
}


class Encoder:
    """Writes one message.

    A container is an iterator over its members, and the open ones are on a stack of ours. So no nesting exhausts
    Python's stack, and the path to a value is where each iterator stands.
    """

    __slots__ = (
        "_awaitables",
        "_exceptions",
        "_functions",
        "_grants",
        "_kept",
        "_numbers",
        "_out",
        "_owner",
        "_segments",
        "_transfers",
    )

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._out = bytearray()
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        self._segments: list[Any] = []
        self._functions: list[tuple[int, Any]] = []
        self._awaitables: list[tuple[int, Any]] = []
        self._exceptions: list[tuple[int, BaseException]] = []
        self._grants: list[tuple[int, Grant]] = []
        self._transfers: list[tuple[int, Any]] = []

    def message(self, value: Any) -> bytes:
        """The value as a message.

        :raises ConversionError: it has no counterpart, or something in it.
        :raises WrongVMError: it holds a reference of another VM.
        """
        return self._run(iter([(None, value)]))

    def arguments(self, values: tuple[Any, ...]) -> bytes:
        """The values as an array. It is a container of the message, but no value that a member could refer to.

        :raises ConversionError, WrongVMError: as for :meth:`message`.
        """
        self._again(object())
        self._array(len(values))
        return self._run(iter(enumerate(values)))

    def property(self, key: Any, value: Any) -> bytes:
        """As :meth:`arguments` of both; a path starts at the value.

        :raises ConversionError, WrongVMError: as for :meth:`message`.
        """
        self._again(object())
        self._array(2)
        return self._run(iter([(None, key), (None, value)]))

    def size(self, value: Any) -> int:
        """Bytes of the value as it crosses, with those that go beside the message. Nothing is lent.

        :raises ConversionError, WrongVMError: as for :meth:`message`.
        """
        self._write_all(iter([(None, value)]))
        return len(self._out) + sum(memoryview(data).nbytes for _, data in self._transfers)

    def _run(self, root: _Members) -> bytes:
        self._write_all(root)
        try:
            self._lend()
        except BaseException:
            self._owner.note_unsent()
            raise
        return bytes(self._out)

    def _write_all(self, root: _Members) -> None:
        stack = [root]
        segments = self._segments
        segments.append(None)
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                segments.pop()
                continue
            segments[-1] = step[0]
            members = self._write(step[1])
            if members is not None:
                if len(stack) > MAX_DEPTH:
                    raise self._refusal(f"Containers nest more than {MAX_DEPTH} deep", "Pass a flatter value")
                stack.append(members)
                segments.append(None)

    def _lend(self) -> None:
        # Last, so that a value which cannot be converted leaves nothing lent.
        lent: dict[int, int] = {}
        owner = self._owner
        if self._functions or self._awaitables or self._exceptions or self._grants:
            owner.forget_dropped()
        for late, lend in ((self._awaitables, owner.lend_awaitable), (self._functions, owner.lend_function)):
            for position, item in late:
                number = lent.get(id(item))
                if number is None:
                    number = lent[id(item)] = lend(item)
                self._out[position : position + 4] = number.to_bytes(4, "little")
        for position, error in self._exceptions:
            self._out[position : position + 4] = owner.lend_exception(error).to_bytes(4, "big")
        for position, data in self._transfers:
            self._out[position : position + 4] = owner.transfer(data).to_bytes(4, "little")
        for position, grant in self._grants:
            self._out[position : position + 4] = owner.lend_object(grant).to_bytes(4, "little")

    def _write(self, value: Any) -> _Members | None:
        writer = _WRITERS.get(type(value))
        return writer(self, value) if writer is not None else self._other(value)

    def _other(self, value: Any) -> _Members | None:
        """A value whose very type is not in _WRITERS."""
        handle = self._owner.handle_of(value)
        if handle is not None:
            self._out += extension(Ext.HANDLE, handle.to_bytes(8, "little"))
            return None
        for base, writer in _BASES:
            if isinstance(value, base):
                return writer(self, value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            return self._record(value, [(name, getattr(value, name)) for name in names if hasattr(value, name)])
        if inspect.isawaitable(value):
            self._late(Ext.PENDING, value, self._awaitables)
        elif callable(value):
            self._function(value)
        else:
            self._buffer(value)
        return None

    # ---- scalars ----

    def _scalar(self, value: Any) -> None:
        self._out += pack(value)

    def _text(self, value: str) -> None:
        try:
            self._out += pack(value)
        except UnicodeEncodeError:
            joined = join_surrogates(value)
            try:
                self._out += pack(joined)
            except UnicodeEncodeError:
                self._out += extension(Ext.STRING, wtf8(joined))

    def _integer(self, value: int) -> None:
        if -0x8000_0000_0000_0000 <= value <= 0xFFFF_FFFF_FFFF_FFFF:
            self._out += pack(value)
        else:
            self._bigint(value)

    def _bigint(self, value: int) -> None:
        size = value.bit_length() // 8 + 1
        self._out += extension(Ext.BIGINT, int.to_bytes(value, size, "little", signed=True))

    def _undefined(self, value: Undefined) -> None:
        self._out += b"\xd4\x00\x00"

    def _symbol(self, value: Symbol) -> None:
        self._out += extension(Ext.SYMBOL, wtf8(value.key))

    def _regexp(self, value: RegExp) -> None:
        begun = self._begin(Ext.REGEXP)
        self._array(2)
        self._text(value.source)
        self._text(value.flags)
        self._end(begun)

    def _pattern(self, value: re.Pattern[Any]) -> None:
        try:
            regexp = RegExp.from_python(value)
        except ConversionError as error:
            raise self._refusal(str(error).rstrip("."), "Or pass a snapjs.RegExp") from None
        self._regexp(regexp)

    def _datetime(self, value: datetime) -> None:
        try:
            instant = value.astimezone(UTC)  # a naive one is local time, as everywhere in Python
        except (OverflowError, ValueError, OSError):
            remedy = "Pass an aware datetime within the years 1 to 9999"
            raise self._refusal(f"{value!r} has no date in UTC", remedy) from None
        self._instant((instant - _EPOCH) / _MILLISECOND)

    def _date(self, value: date) -> None:
        self._instant((value.toordinal() - _EPOCH.toordinal()) * 86_400_000.0)

    def _instant(self, milliseconds: float) -> None:
        self._out += extension(Ext.DATE, struct.pack("<d", milliseconds))

    def _enum(self, value: Enum) -> _Members | None:
        return self._write(value.value)

    def _bytes(self, value: bytes | bytearray) -> None:
        if len(value) >= LARGE and self._owner.can_transfer:
            self._transfer(Typed.UINT8, value)
        else:
            self._out += pack(value)

    def _buffer(self, value: Any) -> None:
        try:
            view = memoryview(value)
        except (TypeError, ValueError, BufferError):
            return self._without_buffer(value)
        with view:
            if view.ndim == 0:  # a numpy scalar
                self._write(value.item())
                return
            if view.ndim != 1:
                cause = f"A typed array has one dimension, not {view.ndim}"
                raise self._refusal(cause, "Pass value.reshape(-1) or value.tolist()")
            kind = kind_of(view)
            if kind is None:
                cause = f"No typed array has elements of format {view.format!r}"
                raise self._refusal(cause, "Pass value.astype(…) or value.tolist()")
            if view.nbytes >= LARGE and self._owner.can_transfer:
                self._transfer(kind, contiguous(view))
                return
            data = elements(view)
        self._out += pack(data) if kind == Typed.UINT8 else extension(Ext.TYPED, bytes((kind,)) + data)

    def _transfer(self, kind: int, data: Any) -> None:
        self._out += extension(Ext.TRANSFER, bytes((kind, 0, 0, 0, 0)))
        self._transfers.append((len(self._out) - 4, data))

    def _without_buffer(self, value: Any) -> None:
        name = type(value).__name__
        remedy = _REMEDIES.get(name, "Pass a dict, a list or another type that has a conversion")
        if hasattr(type(value), "__array_interface__"):
            remedy = "Pass value.tolist()"
        raise self._refusal(f"A Python {name} has no counterpart in JavaScript", remedy) from None

    # ---- containers: each is numbered before its members ----

    def _again(self, value: Any) -> bool:
        """Whether the container was met before: then writes a reference to it, else gives it its number."""
        number = self._numbers.get(id(value))
        if number is not None:
            self._out += extension(Ext.REFERENCE, number.to_bytes(4, "little"))
            return True
        if not value and type(value) in (tuple, frozenset):
            value = object()  # Python has one empty tuple, which is not to become one array
        self._numbers[id(value)] = len(self._numbers)
        self._kept.append(value)  # or another could come to have its id
        return False

    def _packed(self, plain: Any) -> bool:
        """Whether msgspec could write this container of scalars."""
        if len(self._segments) > MAX_DEPTH:
            return False
        try:
            self._out += pack(plain)
        except PACK_ERRORS:
            return False
        return True

    def _list(self, value: list[Any] | tuple[Any, ...] | range) -> _Members | None:
        if self._again(value):
            return None
        items = list(value)
        if SCALARS.issuperset(map(type, items)) and self._packed(items):
            return None
        self._array(len(items))
        return iter(enumerate(items))

    def _mapping(self, value: Mapping[Any, Any]) -> _Members | None:
        if self._again(value):
            return None
        if (
            type(value) is dict
            and STRINGS.issuperset(map(type, value))
            and SCALARS.issuperset(map(type, value.values()))
            and self._packed(value)
        ):
            return None
        return self._fields(list(value.items()))

    def _struct(self, value: msgspec.Struct) -> _Members | None:
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        pairs = [(shown, getattr(value, name)) for shown, name in names]
        config = value.__struct_config__
        if config.tag_field is not None:
            pairs.insert(0, (config.tag_field, config.tag))
        return self._record(value, [pair for pair in pairs if pair[1] is not msgspec.UNSET])

    def _record(self, value: Any, pairs: list[tuple[Any, Any]]) -> _Members | None:
        return None if self._again(value) else self._fields(pairs)

    def _fields(self, pairs: list[tuple[Any, Any]]) -> _Members:
        self._head(len(pairs), 0x80, b"\xde", b"\xdf")
        for key, value in pairs:
            if isinstance(key, str):
                self._text(str.__str__(key))
            elif isinstance(key, int) and not isinstance(key, bool):
                self._text(int.__repr__(key))
            else:
                self._segments[-1] = None
                raise self._refusal(f"The key {key!r:.80} cannot name a property", "Use str keys, or a snapjs.JSMap")
            yield key, value

    def _js_map(self, value: JSMap) -> _Members | None:
        return None if self._again(value) else self._map_members(list(value.items()))

    def _map_members(self, pairs: list[tuple[Any, Any]]) -> _Members:
        begun = self._begin(Ext.MAP)
        self._array(2 * len(pairs))
        for index, (key, value) in enumerate(pairs):
            yield ("key", index), key
            yield ("value", index), value
        self._end(begun)

    def _set(self, value: set[Any] | frozenset[Any]) -> _Members | None:
        return None if self._again(value) else self._set_members(list(value))

    def _set_members(self, members: list[Any]) -> _Members:
        begun = self._begin(Ext.SET)
        self._array(len(members))
        for index, member in enumerate(members):
            yield ("member", index), member
        self._end(begun)

    def _exception(self, value: BaseException) -> _Members | None:
        return None if self._again(value) else self._exception_members(value)

    def _exception_members(self, value: BaseException) -> _Members:
        name, message = (
            (value.name, value.message) if isinstance(value, JSError) else (type(value).__name__, self._str(value))
        )
        begun = self._begin(Ext.ERROR)
        self._array(4)
        self._out += b"\xce\0\0\0\0"
        self._exceptions.append((len(self._out) - 4, value))
        self._text(name)
        self._text(message)
        if value.__cause__ is None or not self._owner.shows_causes:
            self._out += extension(Ext.EMPTY, b"\0")
        else:
            yield "__cause__", value.__cause__
        self._end(begun)

    def _str(self, error: BaseException) -> str:
        try:
            return str(error)
        except Exception as failure:
            cause = f"The text of a {type(error).__name__} cannot be had, for its __str__ raised {failure!r:.80}"
            raise self._refusal(cause, "Raise one whose str() works") from failure

    def _grant(self, value: Grant) -> None:
        payload = b"\0\0\0\0" + self._owner.members_of(value)
        self._out += extension(Ext.HOST_OBJECT, payload)
        self._grants.append((len(self._out) - len(payload), value))

    # ---- pieces ----

    def _function(self, value: Callable[..., Any]) -> None:
        self._late(Ext.HOST_FUNCTION, value, self._functions)

    def _late(self, code: int, value: Any, late: list[tuple[int, Any]]) -> None:
        self._out += bytes((0xD6, code))
        late.append((len(self._out), value))
        self._out += b"\0\0\0\0"

    def _array(self, count: int) -> None:
        self._head(count, 0x90, b"\xdc", b"\xdd")

    def _head(self, count: int, small: int, medium: bytes, large: bytes) -> None:
        if count < 16:
            self._out.append(small | count)
        elif count < 0x10000:
            self._out += medium + count.to_bytes(2, "big")
        else:
            self._out += large + count.to_bytes(4, "big")

    def _begin(self, code: int) -> int:
        """Starts an extension whose length is not known yet. Returns what `_end` takes."""
        self._out += b"\xc9\0\0\0\0" + bytes((code,))
        return len(self._out)

    def _end(self, begun: int) -> None:
        self._out[begun - 5 : begun - 1] = (len(self._out) - begun).to_bytes(4, "big")

    def _refusal(self, cause: str, remedy: str) -> ConversionError:
        path = "$" + "".join(map(_segment, self._segments))
        shown = path if len(path) <= 2 * _PATH_HALF else f"{path[:_PATH_HALF]}…{path[-_PATH_HALF:]}"
        return ConversionError(f"{cause}: {shown}. {remedy}.", path=path)


def _segment(segment: Any) -> str:
    """One step of a path as text."""
    match segment:
        case None:
            return ""
        case int():
            return f"[{int(segment)}]"
        case str():
            return f".{segment}" if segment.isidentifier() else f"[{str.__str__(segment)!r}]"
        case _:
            return f"<{segment[0]} {segment[1]}>"


_WRITERS: Final[dict[type, Callable[[Encoder, Any], _Members | None]]] = {
    **dict.fromkeys((type(None), bool, float), Encoder._scalar),
    **dict.fromkeys((bytes, bytearray), Encoder._bytes),
    **dict.fromkeys((list, tuple, range), Encoder._list),
    **dict.fromkeys((set, frozenset), Encoder._set),
    **dict.fromkeys((memoryview, array.array), Encoder._buffer),
    **dict.fromkeys((FunctionType, BuiltinFunctionType, MethodType), Encoder._function),
    str: Encoder._text,
    int: Encoder._integer,
    BigInt: Encoder._bigint,
    Undefined: Encoder._undefined,
    dict: Encoder._mapping,
    JSMap: Encoder._js_map,
    Symbol: Encoder._symbol,
    RegExp: Encoder._regexp,
    Grant: Encoder._grant,
    re.Pattern: Encoder._pattern,
    datetime: Encoder._datetime,
    date: Encoder._date,
}

# For subclasses; the first that fits.
_BASES: Final[tuple[tuple[Any, Callable[[Encoder, Any], _Members | None]], ...]] = (
    (BaseException, Encoder._exception),
    (Enum, Encoder._enum),
    (str, lambda encoder, value: encoder._text(str.__str__(value))),
    (BigInt, Encoder._bigint),
    (int, lambda encoder, value: encoder._integer(int.__pos__(value))),
    (float, lambda encoder, value: encoder._scalar(float.__pos__(value))),
    (JSMap, Encoder._js_map),
    (Mapping, Encoder._mapping),
    ((list, tuple), Encoder._list),
    ((set, frozenset), Encoder._set),
    ((bytes, bytearray), Encoder._bytes),
    (datetime, Encoder._datetime),
    (date, Encoder._date),
    (msgspec.Struct, Encoder._struct),
)
