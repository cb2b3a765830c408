"""Handles: references to JavaScript values that are not converted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, TypeVar

from ._guest import abi
from ._reference import UNSET, Reference
from .errors import ClosedError, ConversionError
from .values import BigInt, Symbol, undefined

if TYPE_CHECKING:
    from types import TracebackType

    from ._bridge import Bridge
    from .function import Function
    from .promise import Promise

_T = TypeVar("_T")

_AS_HANDLE: Final = int(abi.Run.AS_HANDLE)
_ENUMERABLE: Final = int(abi.Keys.ENUMERABLE)
_ALL_KEYS: Final = int(abi.Keys.SYMBOLS)
_IS_ENUMERABLE: Final = int(abi.Property.ENUMERABLE)
_IS_WRITABLE: Final = int(abi.Property.WRITABLE)
_IS_CONFIGURABLE: Final = int(abi.Property.CONFIGURABLE)


class Handle(Reference):
    """One reference to one JavaScript value, unconverted. It keeps the value until it is disposed of or collected.

    A context manager: leaving it disposes of the handle. Keys of properties are str, int, a registered symbol
    (:class:`snapjs.Symbol`) or the handle of any symbol. Values are handles, or anything that converts.

    What a value *is* (``typeof``, ``is_*``, ``class_*``, ``length``, ``constructor_name``, ``identity``), its own keys,
    its descriptors and its prototype are read without running any JavaScript: no getter, no trap of a Proxy, no patched
    prototype. A Proxy shows no properties this way; look at :meth:`get_proxy_target`.
    """

    __slots__ = ("_facts",)

    _shown_name = "Handle"

    _facts: tuple[str, str | None, int, int, int] | None

    def __init__(self, bridge: Bridge, number: int) -> None:
        super().__init__(bridge, number)
        self._facts = None

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
        number = self._live()
        self._bridge.duplicate(number)
        return self._bridge.adopt(number)

    def consume(self, function: Callable[[Handle], _T]) -> _T:
        """Call a function with this handle, dispose of the handle, and return what the function returned."""
        with self:
            return function(self)

    @property
    def is_exception(self) -> bool:
        """Whether the value was thrown: only on a handle that ``VM.eval_code`` returned."""
        return False

    # ---- what it is

    def _describe(self) -> tuple[str, str | None, int, int, int]:
        self._bridge.check_open()
        self._live()
        if self._facts is None:  # they never change
            self._facts = super()._describe()
        return self._facts

    @property
    def typeof(self) -> str:
        """What JavaScript's ``typeof`` says."""
        return self._describe()[0]

    @property
    def class_name(self) -> str | None:
        """Name of the class in the engine's own table, which JavaScript cannot forge; ``None`` for a primitive, and for
        internal classes without a name."""
        return self._describe()[1]

    @property
    def class_id(self) -> int:
        """Number of the class in the engine's own table, 0 for a primitive. Numbers differ between engines."""
        return self._describe()[2]

    @property
    def identity(self) -> int:
        """The same number for handles of the same object, symbol or string, another for others that live at the same
        time; 0 for values that are not on the heap. It means nothing once the value is gone."""
        return self._describe()[4]

    def _is(self, brand: abi.Brand) -> bool:
        return self._describe()[3] == brand

    @property
    def is_undefined(self) -> bool:
        """Whether it is ``undefined``."""
        return self.typeof == "undefined"

    @property
    def is_null(self) -> bool:
        """Whether it is ``null``."""
        facts = self._describe()
        return facts[0] == "object" and facts[2] == 0

    @property
    def is_bool(self) -> bool:
        """Whether it is ``true`` or ``false``."""
        return self.typeof == "boolean"

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return self.typeof == "number"

    @property
    def is_string(self) -> bool:
        """Whether it is a string."""
        return self.typeof == "string"

    @property
    def is_symbol(self) -> bool:
        """Whether it is a symbol, registered or not."""
        return self.typeof == "symbol"

    @property
    def is_big_int(self) -> bool:
        """Whether it is a BigInt."""
        return self.typeof == "bigint"

    @property
    def is_object(self) -> bool:
        """Whether it is an object of any kind: arrays, functions and proxies too."""
        return self._describe()[2] != 0

    @property
    def is_array(self) -> bool:
        """Whether it is an Array; a Proxy of one is not."""
        return self._is(abi.Brand.ARRAY)

    @property
    def is_function(self) -> bool:
        """Whether it can be called: classes and proxies of functions too."""
        return self.typeof == "function"

    @property
    def is_error(self) -> bool:
        """Whether it was made by Error or one of its kind."""
        return self._is(abi.Brand.ERROR)

    @property
    def is_promise(self) -> bool:
        """Whether it is a Promise. An object with a ``then`` method is not one for that."""
        return self._is(abi.Brand.PROMISE)

    @property
    def is_array_buffer(self) -> bool:
        """Whether it is an ArrayBuffer."""
        return self._is(abi.Brand.ARRAY_BUFFER)

    @property
    def is_proxy(self) -> bool:
        """Whether it is a Proxy, which JavaScript itself cannot tell."""
        return self._is(abi.Brand.PROXY)

    @property
    def is_map(self) -> bool:
        """Whether it is a Map."""
        return self._is(abi.Brand.MAP)

    @property
    def is_set(self) -> bool:
        """Whether it is a Set."""
        return self._is(abi.Brand.SET)

    @property
    def is_date(self) -> bool:
        """Whether it is a Date."""
        return self._is(abi.Brand.DATE)

    @property
    def is_reg_exp(self) -> bool:
        """Whether it is a RegExp."""
        return self._is(abi.Brand.REG_EXP)

    @property
    def is_weak_ref(self) -> bool:
        """Whether it is a WeakRef."""
        return self._is(abi.Brand.WEAK_REF)

    @property
    def is_weak_map(self) -> bool:
        """Whether it is a WeakMap."""
        return self._is(abi.Brand.WEAK_MAP)

    @property
    def is_weak_set(self) -> bool:
        """Whether it is a WeakSet."""
        return self._is(abi.Brand.WEAK_SET)

    @property
    def is_data_view(self) -> bool:
        """Whether it is a DataView."""
        return self._is(abi.Brand.DATA_VIEW)

    @property
    def length(self) -> int | float | None:
        """Length of a string or typed array, or the ``length`` of an object where that is a number that can be read
        without running code; else ``None``."""
        length: int | float | None = self._bridge.call("snap_fact", (self._live(), int(abi.Fact.LENGTH)))
        return length

    @property
    def constructor_name(self) -> str | None:
        """Name of the constructor that the object shows, as far as it can be read without running code. JavaScript may
        forge it; it cannot forge :attr:`class_name`."""
        name: str | None = self._bridge.call("snap_fact", (self._live(), int(abi.Fact.CONSTRUCTOR_NAME)))
        return name

    @property
    def promise_state(self) -> int:
        """0 pending, 1 fulfilled, 2 rejected; -1 when it is no promise."""
        return self._bridge.promise_state(self._live())

    # ---- its value

    def to_python(self, type: Any = Any) -> Any:
        """The value converted; one without a counterpart is a handle again. Getters run, no other JavaScript.

        :param type: what it must be; msgspec converts and validates.
        :raises ConversionError: it does not fit ``type``.
        """
        return self._bridge.call("snap_read", (self._live(),), type=type)

    def _convert(self, kind: abi.Convert) -> Any:
        return self._bridge.call("snap_convert", (self._live(), int(kind)))

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

    def _bytes(self, kind: abi.Convert) -> bytes:
        try:
            data: bytes = self._convert(kind)
        except KeyError:
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
        """Define a property, as ``Object.defineProperty`` does.

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
            flags |= (get is not UNSET and int(abi.Property.GET)) | (set is not UNSET and int(abi.Property.SET))
        missing = (UNSET, None) if is_accessor else (UNSET,)
        # each converted by itself, so that an error names a path in it
        parts = [undefined if part in missing else self._bridge.wrapped(part) for part in (value, get, set)]
        self._bridge.call("snap_define", (self._live(), flags), (checked_key(key), *parts))

    # ---- its properties, without running JavaScript

    def keys(self) -> list[str]:
        """Names of its own enumerable properties."""
        names: list[str] = self._bridge.call("snap_keys", (self._live(), _ENUMERABLE))
        return names

    def get_own_property_names(self) -> list[str]:
        """Names of all its own properties."""
        names: list[str] = self._bridge.call("snap_keys", (self._live(), 0))
        return names

    def get_own_property_keys(self) -> list[str | Handle]:
        """Names of all its own properties, and handles of its own symbols after them."""
        keys: list[str | Handle] = self._bridge.call("snap_keys", (self._live(), _ALL_KEYS))
        return keys

    def get_own_property_descriptor(self, key: Key) -> PropertyDescriptor | None:
        """How one of its own properties is defined; ``None`` when there is none."""
        try:
            flags, value, getter, setter = self._bridge.call("snap_descriptor", (self._live(),), (plain_key(key),))
        except KeyError:
            return None
        is_data = bool(flags & abi.Property.VALUE)
        return PropertyDescriptor(
            value=None if value is None else as_handle(value),
            get=None if is_data else as_handle(getter),
            set=None if is_data else as_handle(setter),
            writable=bool(flags & _IS_WRITABLE) if is_data else None,
            enumerable=bool(flags & _IS_ENUMERABLE),
            configurable=bool(flags & _IS_CONFIGURABLE),
        )

    def _property_flags(self, key: Key) -> int | None:
        try:
            flags: int = self._bridge.call("snap_property_flags", (self._live(),), (plain_key(key),))
        except KeyError:
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
        return self._proxy_part(abi.ProxyPart.TARGET)

    def get_proxy_handler(self) -> Handle:
        """The object with the traps of a Proxy; ``null`` when it was revoked.

        :raises TypeError: it is no Proxy.
        """
        return self._proxy_part(abi.ProxyPart.HANDLER)

    def _proxy_part(self, part: abi.ProxyPart) -> Handle:
        try:
            return self._bridge.call_handle("snap_proxy_part", (self._live(), int(part)))
        except KeyError:
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


class FixedHandle(Handle):
    """A handle of a value that is always there. Disposing of it does nothing."""

    __slots__ = ()

    def _describe(self) -> tuple[str, str | None, int, int, int]:
        self._facts = None  # the realm of a global object may be closed
        return super()._describe()

    def dispose(self) -> None:
        """Do nothing."""

    def dup(self) -> Handle:
        """A handle of the same value."""
        self._bridge.check_open()
        return FixedHandle(self._bridge, self._number)


class BorrowedHandle(Handle):
    """An argument of a host function that takes handles: valid until the function returns. Disposing of it does
    nothing; :meth:`dup` keeps the value."""

    __slots__ = ()

    def dispose(self) -> None:
        """Do nothing: the call that is under way owns the reference."""

    def _expire(self) -> None:
        """The call is over."""
        self._number = 0

    def _live(self) -> int:
        if not self._number:
            raise ClosedError("This argument was valid until its host function returned. Take a dup() in there.")
        return self._number


class ExceptionHandle(Handle):
    """What a script threw, from ``VM.eval_code``."""

    __slots__ = ("error",)

    def __init__(self, bridge: Bridge, number: int, error: BaseException) -> None:
        super().__init__(bridge, number)
        self.error = error
        """what ``VM.unwrap_result`` raises"""

    @property
    def is_exception(self) -> bool:
        """True."""
        return True


class EphemeralHandle(Handle):
    """A function of the host that is gone with its handle."""

    __slots__ = ("_index",)

    def __init__(self, bridge: Bridge, number: int, index: int) -> None:
        super().__init__(bridge, number)
        self._index = index

    def dispose(self) -> None:
        """Give the reference back; JavaScript that kept the function and calls it gets an error."""
        if self._number:
            self._bridge.lending.withdraw(self._index)
        super().dispose()


def plain_key(key: Key) -> Key:
    """The key of a property that is looked at without running code.

    :raises TypeError: it cannot be one, or is an object, which would have to be converted.
    """
    if isinstance(checked_key(key), Handle) and key.is_object:  # type: ignore[union-attr]
        raise TypeError("the key of a property is str, int, a Symbol or a symbol's handle, not the handle of an object")
    return key


def checked_key(key: Key) -> Key:
    """The key of a property.

    :raises TypeError: it cannot be one.
    """
    if isinstance(key, bool) or not isinstance(key, (str, int, Symbol, Handle)):
        raise TypeError(f"the key of a property is str, int, a Symbol or a symbol's handle, not {type(key).__name__}")
    return key


def as_handle(value: Handle | Function | Promise) -> Handle:
    """The reference as a Handle; a function's or promise's own is disposed of."""
    if isinstance(value, Handle):
        return value
    handle = value.handle
    value.dispose()
    return handle
