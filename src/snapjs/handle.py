"""Handles: references to JavaScript values that are not converted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, TypeVar

from ._checks import UNSET
from ._core.introspection import Introspection
from ._core.reference import Absent
from ._guest import abi
from .errors import ConversionError
from .values import BigInt, Symbol, undefined

if TYPE_CHECKING:
    from types import TracebackType


_T = TypeVar("_T")

_AS_HANDLE: Final = abi.Run.AS_HANDLE
_ENUMERABLE: Final = abi.Keys.ENUMERABLE
_ALL_KEYS: Final = abi.Keys.SYMBOLS
_IS_ENUMERABLE: Final = abi.Property.ENUMERABLE
_IS_WRITABLE: Final = abi.Property.WRITABLE
_IS_CONFIGURABLE: Final = abi.Property.CONFIGURABLE


class Handle(Introspection):
    """One reference to one JavaScript value, unconverted. It keeps the value until it is disposed of or collected.

    A context manager: leaving it disposes of the handle. Keys of properties are str, int, a registered symbol
    (:class:`snapjs.Symbol`) or a handle of any symbol, string or number; where JavaScript may run, of any value.
    Values are handles, or anything that converts.

    What a value *is* (``typeof``, ``is_*``, ``class_*``, ``length``, ``constructor_name``, ``identity``), its own keys,
    its descriptors and its prototype are read without running any JavaScript: no getter, no trap of a Proxy, no patched
    prototype. A Proxy shows no properties this way; look at :meth:`get_proxy_target`.
    """

    __slots__ = ()

    _shown_name = "Handle"

    def __enter__(self) -> Self:
        self._live()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.dispose()

    # ---- its life

    def dup(self) -> Handle:
        """Another reference to the same value, with a life of its own."""
        return self._bridge.duplicate(self._live())

    def consume(self, function: Callable[[Handle], _T]) -> _T:
        """Call a function with this handle, dispose of the handle, and return what the function returned."""
        with self:
            return function(self)

    @property
    def is_exception(self) -> bool:
        """Whether the value was thrown: only on a handle that ``VM.eval_code`` returned."""
        return False

    # ---- its value

    def to_python(self, type: Any = Any) -> Any:
        """The value converted; one without a counterpart is a handle again. Getters run, no other JavaScript.

        :param type: what it must be; msgspec converts and validates.
        :raises ConversionError: it does not fit ``type``.
        """
        return self._bridge.call("snap_read", (self._live(),), type=type)

    def _convert(self, kind: int) -> Any:
        return self._bridge.call("snap_convert", (self._live(), kind))

    def to_number(self) -> int | float:
        """As ``+value`` converts it, which may run JavaScript.

        :raises JSError: it has no number: a symbol, a BigInt.
        """
        number: int | float = self._convert(abi.Convert.NUMBER)
        return number

    def to_big_int(self) -> BigInt:
        """A BigInt of any size; of other values what ``BigInt(value)`` makes of a string or boolean, which may run
        JavaScript.

        :raises JSError: it is a number, or something else that is no BigInt.
        """
        number: BigInt = self._convert(abi.Convert.BIG_INT)
        return number

    def to_string(self) -> str:
        """As ```${value}``` converts it, which may run JavaScript. Lone surrogates and NULs are kept.

        :raises JSError: it has no string form: a symbol, an object that refuses.
        """
        text: str = self._convert(abi.Convert.STRING)
        return text

    def to_boolean(self) -> bool:
        """Whether JavaScript takes it for true. Runs no JavaScript."""
        truth: bool = self._convert(abi.Convert.BOOLEAN)
        return truth

    def to_array_buffer(self) -> bytes:
        """The bytes of an ArrayBuffer, or of the whole buffer under a typed array or DataView.

        :raises ConversionError: it is neither.
        """
        return self._bytes(abi.Convert.BUFFER)

    def to_uint8_array(self) -> bytes:
        """The bytes of an ArrayBuffer, or of the part of it that a typed array or DataView shows.

        :raises ConversionError: it is neither.
        """
        return self._bytes(abi.Convert.BYTES)

    def _bytes(self, kind: int) -> bytes:
        try:
            data: bytes = self._convert(kind)
        except Absent:
            text = f"This {self.class_name or self.typeof} has no bytes: take an ArrayBuffer, typed array or DataView."
            raise ConversionError(text) from None
        return data

    # ---- its properties, as a program reads and writes them

    def get_prop(self, key: Key) -> Handle:
        """A property, as ``value[key]`` reads it: getters and traps run. ``undefined`` when there is none.

        :raises JSError: a getter threw, or the value is ``undefined`` or ``null``.
        """
        return self._bridge.call_handle("snap_get", (self._live(), _AS_HANDLE), (checked_key(key),))

    def set_prop(self, key: Key, value: Any) -> None:
        """Set a property, as ``value[key] = …`` does in strict mode: setters and traps run.

        :raises JSError: it is read-only, or a setter threw.
        """
        self._bridge.set(self._live(), checked_key(key), value)

    def define_prop(
        self,
        key: Key,
        value: Any = UNSET,
        *,
        get: Any = UNSET,
        set: Any = UNSET,
        writable: bool = False,
        enumerable: bool = False,
        configurable: bool = False,
    ) -> None:
        """Define a property anew: a value that is left out is ``undefined`` and a flag that is left out is False, also
        where there was a property.

        :param value: of a data property; ``undefined`` without one.
        :param get: function of an accessor property, in place of a value; ``set`` likewise.
        :raises JSError: the object does not allow it.
        :raises ValueError: both a value, or ``writable``, and an accessor.
        """
        flags = (configurable and _IS_CONFIGURABLE) | (writable and _IS_WRITABLE) | (enumerable and _IS_ENUMERABLE)
        is_accessor = get is not UNSET or set is not UNSET
        if is_accessor and (value is not UNSET or writable):
            raise ValueError("a property has either a value, which may be writable, or get and set")
        if is_accessor:
            flags |= (get is not UNSET and abi.Property.GET) | (set is not UNSET and abi.Property.SET)
        missing = (UNSET, None) if is_accessor else (UNSET,)
        # each converted by itself, so that an error names a path in it
        parts = [undefined if part in missing else self._bridge.wrapped(part) for part in (value, get, set)]
        self._bridge.call("snap_define", (self._live(), flags), (checked_key(key), *parts))

    # ---- its properties, without running JavaScript

    def keys(self) -> list[str]:
        """Names of its own enumerable properties."""
        names: list[str] = self._bridge.ask("snap_keys", (self._live(), _ENUMERABLE))
        return names

    def get_own_property_names(self) -> list[str]:
        """Names of all its own properties."""
        names: list[str] = self._bridge.ask("snap_keys", (self._live(), 0))
        return names

    def get_own_property_keys(self) -> list[str | Handle]:
        """Names of all its own properties, and handles of its own symbols after them."""
        keys: list[str | Handle] = self._bridge.ask("snap_keys", (self._live(), _ALL_KEYS))
        return keys

    def get_own_property_descriptor(self, key: Key) -> PropertyDescriptor | None:
        """How one of its own properties is defined; ``None`` when there is none."""
        try:
            flags, value, getter, setter = self._bridge.ask("snap_descriptor", (self._live(),), (plain_key(key),))
        except Absent:
            return None
        is_data = bool(flags & abi.Property.VALUE)
        return PropertyDescriptor(
            value=value,
            get=getter,
            set=setter,
            writable=bool(flags & _IS_WRITABLE) if is_data else None,
            enumerable=bool(flags & _IS_ENUMERABLE),
            configurable=bool(flags & _IS_CONFIGURABLE),
        )

    def _property_flags(self, key: Key) -> int | None:
        try:
            flags: int = self._bridge.ask("snap_property_flags", (self._live(),), (plain_key(key),))
        except Absent:
            return None
        return flags

    def has_own_property(self, key: Key) -> bool:
        """Whether it has such a property of its own."""
        return self._property_flags(key) is not None

    def property_is_enumerable(self, key: Key) -> bool:
        """Whether it has such a property of its own, and that is enumerable."""
        return bool((self._property_flags(key) or 0) & _IS_ENUMERABLE)

    def get_prototype_of(self) -> Handle:
        """Its prototype, or ``null``: of an object without one, and of a Proxy."""
        return self._bridge.call_handle("snap_prototype", (self._live(),))

    def get_proxy_target(self) -> Handle:
        """What a Proxy stands before; ``null`` when it was revoked.

        :raises TypeError: it is no Proxy.
        """
        return self._proxy_part(abi.Proxy.TARGET)

    def get_proxy_handler(self) -> Handle:
        """The object with the traps of a Proxy; ``null`` when it was revoked.

        :raises TypeError: it is no Proxy.
        """
        return self._proxy_part(abi.Proxy.HANDLER)

    def _proxy_part(self, part: int) -> Handle:
        try:
            return self._bridge.call_handle("snap_proxy_part", (self._live(), part))
        except Absent:
            raise TypeError(f"this {self.class_name or self.typeof} is not a Proxy: look at is_proxy first") from None


Key: TypeAlias = str | int | Symbol | Handle
"""What names a property."""


@dataclass(frozen=True)
class PropertyDescriptor:
    """How a property is defined. A data property has a value, an accessor ``get`` and ``set``; what it does not have is
    ``None``, and a half of an accessor that is missing is a handle of ``undefined``. A module's binding that is not
    initialised yet has no value."""

    value: Handle | None
    get: Handle | None
    set: Handle | None
    writable: bool | None
    enumerable: bool
    configurable: bool


def plain_key(key: Key) -> Key:
    """The key of a property that is looked at without running code.

    :raises TypeError: it cannot be one, or is an object, which would have to be converted.
    """
    if isinstance(checked_key(key), Handle) and key.is_object:  # type: ignore[union-attr]
        raise TypeError("an object has to run code to be a key. Pass what its to_string() returns")
    return key


def checked_key(key: Key) -> Key:
    """The key of a property.

    :raises TypeError: it cannot be one.
    """
    if isinstance(key, bool) or not isinstance(key, (str, int, Symbol, Handle)):
        raise TypeError(f"the key of a property is str, int, a Symbol or a symbol's handle, not {type(key).__name__}")
    return key
