"""A message of the value codec to a Python value.

msgspec reads the message and calls :class:`Extensions` for each extension. Where a message has references,
:class:`Linker` does that instead: it makes each container before its members, so that a member can refer to it.
"""

from __future__ import annotations

import struct
import weakref
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .._guest.abi import Ext
from ..errors import ConversionError, JSError
from ..values import BigInt, JSMap, RegExp, Symbol, undefined
from .error_fields import ErrorFields, error_fields, malformed, set_members
from .typed import view_of

if TYPE_CHECKING:
    from .owner import Owner

_EMPTY: Final = Ext.EMPTY
_ERROR: Final = Ext.ERROR
_MAP: Final = Ext.MAP
_REFERENCE: Final = Ext.REFERENCE
_SET: Final = Ext.SET
_UNDEFINED: Final = Ext.UNDEFINED

_STEPS_UNCHECKED: Final = 1 << 14
"""members between two looks at the clock: some 30 ms"""

_MOST_OF_A_HASH: Final = 64
"""different keys of one Map or Set with one hash"""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_decode = msgspec.msgpack.decode


class Extensions:
    """The ``ext_hook`` of a message without references.

    It does not keep its owner alive, or each VM would be part of a cycle and stay until the garbage collector comes.

    :param absent: what undefined is.
    """

    __slots__ = ("_absent", "_owner", "_steps")

    def __init__(self, owner: weakref.ref[Owner], absent: Any = undefined) -> None:
        self._owner = owner
        self._absent = absent
        self._steps = 0

    def __call__(self, code: int, data: memoryview) -> Any:
        self._steps += 1
        if not self._steps % _STEPS_UNCHECKED:
            live(self._owner).check_time()
        leaf = _LEAVES.get(code)
        if leaf is not None:
            return leaf(live(self._owner), data)
        if code == _UNDEFINED:
            return self._absent
        if code == _MAP:
            return _map_of(flat_pairs(_array(_decode(data, ext_hook=self))))
        if code == _SET:
            return _set_of(_array(_decode(data, ext_hook=self)))
        if code == _ERROR:
            fields, cause, errors, properties, value = error_fields(
                _decode(data, ext_hook=self), live(self._owner).original_stack
            )
            set_members(fields, cause, errors, properties, value)
            return live(self._owner).error(fields)
        if code == _EMPTY:
            return msgspec.UNSET
        raise malformed(f"extension {code}")


class Linker:
    """Reads one message that may have references."""

    def __init__(self, owner: Owner, absent: Any = undefined) -> None:
        self._owner = owner
        self._absent = absent
        self._containers: list[Any] = []
        self._steps = 0

    def value(self, data: bytes | memoryview) -> Any:
        """The message's value."""
        return self._run(self._raw(data))

    def error(self, data: bytes | memoryview, make: Callable[[ErrorFields], BaseException]) -> BaseException:
        """The exception that ``make`` makes of the payload of an ERROR.

        :param make: gets the fields without cause, errors, properties and value. A JSError that it returns is given
            those later.
        """
        error, members = self._error(self._raw(data), make)
        self._fill(members)
        return error

    def _raw(self, data: bytes | memoryview) -> Any:
        return _decode(data, ext_hook=self._extension)

    def _step(self) -> None:
        self._steps += 1
        if not self._steps % _STEPS_UNCHECKED:
            self._owner.check_time()

    def _extension(self, code: int, data: memoryview) -> Any:
        self._step()
        leaf = _LEAVES.get(code)
        if leaf is not None:
            return leaf(self._owner, data)
        if code == _UNDEFINED:
            return self._absent
        if code in (_MAP, _SET, _ERROR, _REFERENCE):
            return _Node(code, data)
        if code == _EMPTY:
            return msgspec.UNSET
        raise malformed(f"extension {code}")

    def _run(self, raw: Any) -> Any:
        value, members = self._make(raw)
        if members is not None:
            self._fill(members)
        return value

    def _fill(self, root: _Filler) -> None:
        """Runs the filler and those of the containers within, from a stack of ours: so no nesting exhausts Python's."""
        stack = [root]
        answers: list[Any] = [None]
        while stack:
            self._step()
            try:
                raw = stack[-1].send(answers[-1])
            except StopIteration:
                stack.pop()
                answers.pop()
                continue
            answers[-1], members = self._make(raw)
            if members is not None:
                stack.append(members)
                answers.append(None)

    def _make(self, raw: Any) -> tuple[Any, _Filler | None]:
        """A value, and for a container the generator that fills it: it yields raw members and is sent their values."""
        kind = type(raw)
        if kind is list:
            items: list[Any] = self._number([])
            return items, _fill_list(items, raw)
        if kind is dict:
            fields: dict[Any, Any] = self._number({})
            return fields, _fill_dict(fields, raw)
        if kind is not _Node:
            return raw, None
        if raw.code == _REFERENCE:
            number = _unsigned(raw.data, 4)
            if number >= len(self._containers):
                raise malformed("a reference to no container")
            return self._containers[number], None
        payload = self._raw(raw.data)
        if raw.code == _ERROR:
            return self._error(payload, self._owner.error)
        if raw.code == _SET:
            return self._set(_array(payload))
        return self._map(flat_pairs(_array(payload)))

    def _number(self, container: Any) -> Any:
        self._containers.append(container)
        return container

    def _map(self, pairs: list[tuple[Any, Any]]) -> tuple[Any, _Filler]:
        if self._are_distinct([key for key, _ in pairs]):
            mapping: JSMap = self._number(JSMap())
            return mapping, _fill_map(mapping, pairs)
        items: list[Any] = self._number([])
        return items, _fill_pairs(items, pairs)

    def _set(self, members: list[Any]) -> tuple[Any, _Filler]:
        if self._are_distinct(members):
            result: set[Any] = self._number(set())
            return result, _fill_set(result, members)
        items: list[Any] = self._number([])
        return items, _fill_list(items, members)

    def _are_distinct(self, raws: list[Any]) -> bool:
        """Whether the values, which are not made yet, will be hashable and unequal.

        A reference to what is yet to come is to this container, or to one within that has not been read: taken for
        unhashable, which at worst makes a list of what could have been a set.
        """
        keys = []
        for raw in raws:
            if type(raw) is _Node:
                if raw.code == _REFERENCE:
                    number = _unsigned(raw.data, 4)
                    if number >= len(self._containers):
                        return False
                    raw = self._containers[number]
                elif raw.code != _ERROR:
                    return False
            keys.append(raw)
        return _distinct(keys)

    def _error(self, payload: Any, make: Callable[[ErrorFields], BaseException]) -> tuple[BaseException, _Filler]:
        fields, *members = error_fields(payload, self._owner.original_stack)
        error = self._number(make(fields))
        return error, _fill_error(error, members)


class _Node:
    """An extension that Linker has yet to make something of."""

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: memoryview) -> None:
        self.code = code
        self.data = data


_Filler = Generator[Any, Any, None]


def _fill_list(items: list[Any], raws: list[Any]) -> _Filler:
    for raw in raws:
        items.append((yield raw))


def _fill_dict(fields: dict[Any, Any], raws: dict[Any, Any]) -> _Filler:
    for key, raw in raws.items():
        fields[key] = yield raw


def _fill_map(mapping: JSMap, pairs: list[tuple[Any, Any]]) -> _Filler:
    for raw_key, raw in pairs:
        key = yield raw_key
        mapping[key] = yield raw


def _fill_pairs(items: list[Any], pairs: list[tuple[Any, Any]]) -> _Filler:
    for raw_key, raw in pairs:
        key = yield raw_key
        items.append((key, (yield raw)))


def _fill_set(members: set[Any], raws: list[Any]) -> _Filler:
    for raw in raws:
        members.add((yield raw))


def _fill_error(error: BaseException, raws: list[Any]) -> _Filler:
    members = []
    for raw in raws:
        members.append((yield raw))
    if isinstance(error, JSError):
        set_members(error, *members)


def live(owner: weakref.ref[Owner]) -> Owner:
    """The owner. It cannot be gone: it is what asked for the decoding."""
    value = owner()
    assert value is not None
    return value


def _array(value: Any) -> list[Any]:
    if type(value) is not list:
        raise malformed("an extension without its array")
    return value


def flat_pairs(items: list[Any]) -> list[tuple[Any, Any]]:
    """The pairs of a flat array key, value, key, value …"""
    if len(items) % 2:
        raise malformed("a Map with a key without a value")
    return list(zip(items[::2], items[1::2], strict=True))


def _distinct(keys: list[Any]) -> bool:
    """Whether Python can tell these apart as keys: all hashable, and none equal to another, as 1 and True are.

    Nor may many have one hash, which a program can see to with integers: a set compares each of these with all others.
    """
    try:
        return not _share_a_hash(keys) and len(set(keys)) == len(keys)
    except (TypeError, ValueError):  # ValueError: the hash of a memoryview
        return False


def _share_a_hash(keys: list[Any]) -> bool:
    """Whether many have one."""
    if len(keys) - len(set(map(hash, keys))) < _MOST_OF_A_HASH:
        return False
    counts: dict[int, int] = {}
    for number in map(hash, keys):
        counts[number] = counts.get(number, 0) + 1
    return max(counts.values()) > _MOST_OF_A_HASH


def _map_of(pairs: list[tuple[Any, Any]]) -> JSMap | list[tuple[Any, Any]]:
    return JSMap(pairs) if _distinct([key for key, _ in pairs]) else pairs


def _set_of(members: list[Any]) -> set[Any] | list[Any]:
    return set(members) if _distinct(members) else members


# ---- extensions that hold no values ----


def _unsigned(data: memoryview, size: int) -> int:
    if len(data) != size:
        raise malformed("an extension of the wrong length")
    return int.from_bytes(data, "little")


def _text(data: memoryview) -> str:
    return str(data, "utf-8", "surrogatepass")


def _date(owner: Owner, data: memoryview) -> datetime:
    if len(data) != 8:
        raise malformed("a date of the wrong length")
    (milliseconds,) = struct.unpack("<d", data)
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        what = "An invalid Date" if milliseconds != milliseconds else f"The Date {milliseconds:.0f} ms from 1970"
        raise ConversionError(
            f"{what} has no counterpart in Python, whose years are 1 to 9999. Pass its getTime() or toISOString()."
        ) from None


def _regexp(owner: Owner, data: memoryview) -> RegExp:
    fields = _decode(data, ext_hook=_regexp_text)
    if type(fields) is not list or len(fields) != 2 or not all(isinstance(item, str) for item in fields):
        raise malformed("a RegExp without source and flags")
    return RegExp(*fields)


def _regexp_text(code: int, data: memoryview) -> str:
    if code != Ext.STRING:
        raise malformed("a RegExp without source and flags")
    return _text(data)


def _typed(owner: Owner, data: memoryview) -> Any:
    view = view_of(data)
    if view is None:
        raise malformed("a typed array")
    return view


_LEAVES: Final[dict[int, Callable[[Owner, memoryview], Any]]] = {
    Ext.STRING: lambda owner, data: _text(data),
    Ext.BIGINT: lambda owner, data: BigInt(int.from_bytes(data, "little", signed=True)),
    Ext.SYMBOL: lambda owner, data: Symbol(_text(data)),
    Ext.DATE: _date,
    Ext.REGEXP: _regexp,
    Ext.TYPED: _typed,
    Ext.FUNCTION: lambda owner, data: owner.function(_unsigned(data, 8)),
    Ext.PROMISE: lambda owner, data: owner.promise(_unsigned(data, 8)),
    Ext.HANDLE: lambda owner, data: owner.handle(_unsigned(data, 8)),
    Ext.HOST_FUNCTION: lambda owner, data: owner.host_function(_unsigned(data, 4)),
    Ext.HOST_OBJECT: lambda owner, data: owner.host_object(_unsigned(data, 4)),
}
