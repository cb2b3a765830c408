"""A small module that stands beside an extension, with the functions that it imports and nobody has.

An extension may import what it defines itself: a weak symbol of C++, which whoever has loaded one first defines for
all. To be made, it needs the function before that is there; so it gets one that calls through the table, where the
extension's own is put as soon as it is made. Of WASI the engine has what asks for time and chance. Every other function
answers that there is none; one that is never to return traps, as does every weak function that nobody defines.
"""

from __future__ import annotations

from .binary import (
    CODE,
    EXPORTS,
    FUNCTION,
    FUNCTION_TYPE,
    FUNCTIONS,
    GLOBAL,
    IMPORTS,
    MAGIC,
    TABLE,
    TYPES,
    encode_number,
    encode_run,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from .dylink import Type

_I32: Final = 0x7F
_FUNCTION_REFERENCE: Final = 0x70
_NOT_SUPPORTED: Final = 52
"""``errno`` of WASI: nosys"""
_LOCAL_GET, _GLOBAL_GET, _I32_CONST, _I32_ADD, _CALL_INDIRECT, _UNREACHABLE, _END = (
    b"\x20", b"\x23", b"\x41", b"\x6a", b"\x11", b"\x00", b"\x0b",
)  # fmt: skip


class Glue:
    """Collects functions; their indexes are those in ``functions``, and the names of the exports.

    The module imports the table, and a global that says where its part of that begins.
    """

    def __init__(self) -> None:
        self.own: list[str] = []
        """names of functions that are called through the table, in the order of their places there"""
        self.functions: list[tuple[Type, bytes]] = []
        """types, and what they do"""
        self._types: dict[Type, int] = {}
        """with their indexes"""

    def call_own(self, name: str, type: Type) -> int:
        """A function that calls the one of this name, which is put into the table."""
        if name not in self.own:
            self.own.append(name)
        arguments = b"".join(_LOCAL_GET + encode_number(i) for i in range(len(type[0])))
        place = _GLOBAL_GET + b"\0" + _I32_CONST + _signed(self.own.index(name)) + _I32_ADD
        return self._add(type, arguments + place + _CALL_INDIRECT + encode_number(self._type(type)) + b"\0")

    def refuse(self, type: Type) -> int:
        """A function of WASI that answers that there is none."""
        answers = type[1] == bytes([_I32])
        return self._add(type, _I32_CONST + _signed(_NOT_SUPPORTED) if answers else _UNREACHABLE)

    def trap(self, type: Type) -> int:
        """A function that traps."""
        return self._add(type, _UNREACHABLE)

    def _add(self, type: Type, body: bytes) -> int:
        self._type(type)
        self.functions.append((type, body))
        return len(self.functions) - 1

    def _type(self, type: Type) -> int:
        return self._types.setdefault(type, len(self._types))

    def wasm(self) -> bytes:
        """The module's bytes: the same for the same functions, wherever the extension lies."""
        imports = [
            _name("env") + _name("table") + bytes([TABLE, _FUNCTION_REFERENCE, 0, 0]),
            _name("env") + _name("base") + bytes([GLOBAL, _I32, 0]),
        ]
        exports = [_name(str(i)) + bytes([FUNCTION]) + encode_number(i) for i in range(len(self.functions))]
        parts = (
            (
                TYPES,
                (
                    bytes([FUNCTION_TYPE]) + encode_run(parameters) + encode_run(results)
                    for parameters, results in self._types
                ),
            ),
            (IMPORTS, imports),
            (FUNCTIONS, (encode_number(self._types[type]) for type, _ in self.functions)),
            (EXPORTS, exports),
            (CODE, (encode_run(b"\0" + body + _END) for _, body in self.functions)),
        )
        return MAGIC + b"".join(_section(number, entries) for number, entries in parts)


def _section(number: int, entries: Iterable[bytes]) -> bytes:
    listed = list(entries)
    return bytes([number]) + encode_run(encode_number(len(listed)) + b"".join(listed))


def _name(name: str) -> bytes:
    return encode_run(name.encode())


def _signed(number: int) -> bytes:
    """A signed LEB128 of a number that is not negative."""
    encoded = bytearray()
    while number > 0x3F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])
