"""Values between Python and JavaScript: the value codec of docs/codec.md.

A plain value crosses at the speed of msgspec's C code: :func:`~snapjs._codec.plain.is_tree` recognises one on the way
in, and on the way out an extension is the only thing that Python code is called for. The rest is ``encode.py`` and
``decode.py``.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NoReturn

import msgspec

from .._checks import UNSET
from ..errors import ConversionError, GuestTrapped, JSError, StackLimitError
from .decode import Extensions, Linker, live
from .encode import Encoder
from .error_fields import ErrorFields, malformed
from .owner import Owner
from .plain import PACK_ERRORS, SCALARS, SMALL, TREES, is_large, is_tree, pack

_PATH: Final = re.compile(r" - at .*`(\$.*)`$")


class Codec:
    """The conversions of one VM. It does not keep the VM alive.

    :param owner: the VM; it must allow weak references.
    """

    __slots__ = ("_decode", "_owner")

    def __init__(self, owner: Owner) -> None:
        self._owner = weakref.ref(owner)
        self._decode = msgspec.msgpack.Decoder(ext_hook=Extensions(self._owner)).decode

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
            return Encoder(live(self._owner)).message(value)
        except RecursionError as error:
            _too_deep(error)

    def size(self, value: Any) -> int:
        """Bytes of the value as it crosses. Nothing is lent to JavaScript.

        :raises ConversionError, WrongVMError: as for :meth:`encode`.
        """
        if type(value) in TREES and is_tree(value):
            try:
                return len(pack(value))
            except PACK_ERRORS:
                pass
        try:
            return Encoder(live(self._owner)).size(value)
        except RecursionError as error:
            _too_deep(error)

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
            return Encoder(live(self._owner)).arguments(values)
        except RecursionError as error:
            _too_deep(error)

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
            return Encoder(live(self._owner)).property(key, value)
        except RecursionError as error:
            _too_deep(error)

    def decode(self, data: bytes | memoryview, has_references: bool = False, type: Any = UNSET) -> Any:
        """The value of a message. Nothing in it refers to ``data`` afterwards.

        :param has_references: whether the guest said ``RESULT_HAS_REFERENCES``.
        :param type: what the value is converted to and validated as. undefined is ``None`` then, wherever it stands.
        :raises ConversionError: the value does not fit the type, or it has no counterpart in Python.
        :raises GuestTrapped: the message is malformed.
        """
        try:
            if type is UNSET or type is Any:
                return Linker(live(self._owner)).value(data) if has_references else self._decode(data)
            return self._decode_as(data, has_references, type)
        except (msgspec.DecodeError, UnicodeDecodeError, GuestTrapped) as error:
            self._give_up(error)
        except RecursionError as error:
            _too_deep(error)

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
            return Linker(live(self._owner)).error(data, make)
        except (msgspec.DecodeError, UnicodeDecodeError, GuestTrapped) as error:
            self._give_up(error)
        except RecursionError as error:
            _too_deep(error)

    def decode_error(self, data: bytes | memoryview) -> ErrorFields:
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

    def _give_up(self, error: Exception) -> NoReturn:
        trapped = error if isinstance(error, GuestTrapped) else malformed(str(error))
        live(self._owner).give_up(trapped.reason)
        raise trapped from None

    def _decode_as(self, data: bytes | memoryview, has_references: bool, type: Any) -> Any:
        if not has_references:
            try:
                return _decoder(type).decode(data)
            except (_HasExtension, msgspec.ValidationError, TypeError):
                pass  # the long way accepts more, says better what is wrong, and takes types that cannot be hashed
        if has_references:
            value = Linker(live(self._owner), absent=None).value(data)
        else:
            value = msgspec.msgpack.decode(data, ext_hook=Extensions(self._owner, absent=None))
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


def _too_deep(error: RecursionError) -> NoReturn:
    if isinstance(error, StackLimitError):  # of the guest, in which room was made for large bytes
        raise error
    raise ConversionError(
        "The value nests too deep for what is left of Python's stack. Pass a flatter value, or make the call less deep."
    ) from None
