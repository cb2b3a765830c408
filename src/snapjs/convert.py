"""Values between Python and JavaScript: the value codec of docs/codec.md.

A plain value crosses at the speed of msgspec's C code: :func:`~snapjs._codec.plain.is_tree` recognises one on the way
in, and on the way out an extension is the only thing that Python code is called for. The rest is ``_codec/encode.py``
and ``_codec/decode.py``.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Final, NoReturn, Protocol

import msgspec

from ._checks import UNSET
from ._codec.decode import ErrorFields, Extensions, Linker, live, malformed
from ._codec.encode import Encoder
from ._codec.plain import PACK_ERRORS, SCALARS, SMALL, TREES, is_large, is_tree, pack
from .errors import ConversionError, JSError

__all__ = ["Bridge", "Codec", "ErrorFields"]

_PATH: Final = re.compile(r" - at .*`(\$.*)`$")


class Bridge(Protocol):
    """What a :class:`Codec` asks of its VM.

    Towards Python each handle is a new reference, which the returned object owns.
    """

    def function(self, handle: int, /) -> Any:
        """The Python object for a JavaScript function."""

    def promise(self, handle: int, /) -> Any:
        """The Python object for a promise."""

    def handle(self, handle: int, /) -> Any:
        """The Python object for a value that is not converted."""

    def host_function(self, index: int, /) -> Any:
        """The callable that was lent under this index."""

    def error(self, fields: ErrorFields, /) -> BaseException:
        """A JSError, or the Python exception that ``host_reference`` names. In a message with references the fields
        cause, errors, properties and value are empty at this time, and the JSError gets them later."""

    def original_stack(self, stack: str, /) -> str:
        """A JavaScript stack with the positions that source maps tell."""

    def handle_of(self, value: Any, /) -> int | None:
        """The handle of a Handle, Function, Promise or JSError of this VM; ``None`` for any other object. Called for
        every object of a type that the codec does not know.

        :raises WrongVMError: it is another VM's.
        """

    @property
    def can_transfer(self) -> bool:
        """Whether the engine knows what :meth:`transfer` makes."""

    def transfer(self, data: bytes | bytearray | memoryview, /) -> int:
        """Copy bytes into the guest, for the message that is being made to make a buffer of; their address there.
        Called when the whole value has proved convertible."""

    def lend_function(self, function: Callable[..., Any], /) -> int:
        """The index of a callable that goes into JavaScript. Called when the whole value has proved convertible."""

    def lend_exception(self, error: BaseException, /) -> int:
        """The number of an exception that goes into JavaScript. Called when the whole value has proved convertible."""

    def lend_awaitable(self, awaitable: Awaitable[Any], /) -> int:
        """The id of a new pending call that the awaitable will settle. Called when the whole value has proved
        convertible."""


class Codec:
    """The conversions of one VM. It does not keep the VM alive.

    :param bridge: the VM; it must allow weak references.
    """

    __slots__ = ("_bridge", "_decode", "_extensions")

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = weakref.ref(bridge)
        self._extensions = Extensions(self._bridge)
        self._decode = msgspec.msgpack.Decoder(ext_hook=self._extensions).decode

    def encode(self, value: Any) -> bytes:
        """The value as a message.

        :raises ConversionError: it has no counterpart in JavaScript, or something in it; ``path`` says where.
        :raises WrongVMError: it holds a reference of another VM.
        """
        kind = type(value)
        if (kind in SCALARS and not is_large(value)) or (kind in TREES and is_tree(value)):
            try:
                return pack(value)
            except PACK_ERRORS:
                pass
        try:
            return Encoder(live(self._bridge)).message(value)
        except RecursionError:
            _too_deep()

    def encode_arguments(self, values: tuple[Any, ...]) -> bytes:
        """The values as a message that is an array of them.

        :raises ConversionError, WrongVMError: as for :meth:`encode`.
        """
        if SMALL.issuperset(map(type, values)) or (is_tree(values) and not any(map(is_large, values))):
            try:
                return pack(values)
            except PACK_ERRORS:
                pass
        try:
            return Encoder(live(self._bridge)).arguments(values)
        except RecursionError:
            _too_deep()

    def encode_property(self, key: Any, value: Any) -> bytes:
        """The two as a message that is an array of them. A path in an error starts at the value.

        :raises ConversionError, WrongVMError: as for :meth:`encode`.
        """
        is_plain = type(value) in SCALARS or (type(value) in TREES and is_tree(value))
        if type(key) in SCALARS and is_plain and not is_large(value):
            try:
                return pack((key, value))
            except PACK_ERRORS:
                pass
        try:
            return Encoder(live(self._bridge)).property(key, value)
        except RecursionError:
            _too_deep()

    def decode(self, data: bytes | memoryview, has_references: bool = False, type: Any = UNSET) -> Any:
        """The value of a message. Nothing in it refers to ``data`` afterwards.

        :param has_references: whether the guest said ``RESULT_HAS_REFERENCES``.
        :param type: what the value is converted to and validated as. undefined is ``None`` then, wherever it stands.
        :raises ConversionError: the value does not fit the type, or it has no counterpart in Python.
        :raises GuestTrapped: the message is malformed.
        """
        try:
            if type is UNSET or type is Any:
                return Linker(live(self._bridge)).value(data) if has_references else self._decode(data)
            return self._decode_as(data, has_references, type)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            malformed(str(error))
        except RecursionError:
            _too_deep()

    def decode_bytes(self, data: bytes | memoryview, type: Any) -> Any:
        """Bytes of the guest's memory that came without a message, as :meth:`decode` of a message of them.

        :raises ConversionError: they do not fit the type.
        """
        return self.decode(pack(data), False, type)

    def decode_exception(self, data: bytes | memoryview, make: Callable[[ErrorFields], BaseException]) -> BaseException:
        """The exception for a message that is the payload of an ERROR, with or without references.

        :param make: makes it. The fields cause, errors, properties and value are empty at this time; a JSError gets
            them later.
        :raises ConversionError, GuestTrapped: as for :meth:`decode`.
        """
        try:
            return Linker(live(self._bridge)).error(data, make)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            malformed(str(error))
        except RecursionError:
            _too_deep()

    def decode_error(self, data: bytes | memoryview, has_references: bool = False) -> ErrorFields:
        """All fields of a message that is the payload of an ERROR. Where the error refers to itself, a JSError without
        a handle stands in for it.

        :raises ConversionError, GuestTrapped: as for :meth:`decode`.
        """
        made: list[ErrorFields] = []

        def make(fields: ErrorFields) -> JSError:
            made.append(fields)
            return JSError(fields.name, fields.message, stack=fields.stack)

        error = self.decode_exception(data, make)
        fields = made[0]
        assert isinstance(error, JSError)
        fields.cause, fields.errors = error.cause, error.errors or None
        fields.properties, fields.value = error.properties, error.value
        return fields

    def _decode_as(self, data: bytes | memoryview, has_references: bool, type: Any) -> Any:
        if not has_references:
            try:
                return _decoder(type).decode(data)
            except (_HasExtension, msgspec.ValidationError, TypeError):
                pass  # the long way accepts more, says better what is wrong, and takes types that cannot be hashed
        if has_references:
            value = Linker(live(self._bridge), absent=None).value(data)
        else:
            value = msgspec.msgpack.decode(data, ext_hook=Extensions(self._bridge, absent=None))
        try:
            return msgspec.convert(value, type, str_keys=True, builtin_types=(bytes, bytearray))
        except msgspec.ValidationError as error:
            text = str(error)
            found = _PATH.search(text)
            raise ConversionError(
                f"The JavaScript value does not fit its type=: {text}. Change the type, or the value.",
                path=found[1] if found else "$",
            ) from None


class _HasExtension(Exception):
    """A typed decoder met an extension; it has no way to convert one."""


def _refuse_extension(code: int, data: memoryview) -> NoReturn:
    raise _HasExtension


@lru_cache(maxsize=256)
def _decoder(type: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(type, ext_hook=_refuse_extension)


def _too_deep() -> NoReturn:
    raise ConversionError(
        "The value nests too deep for what is left of Python's stack. Pass a flatter value, or make the call less deep."
    ) from None
