"""A small module that stands beside an extension, with the functions that it imports and nobody has.

An extension may import what it defines itself: a weak symbol of C++, which whoever has loaded one first defines for
all. To be made, it needs the function before that is there; so it gets one that calls through the table, where the
extension's own is put as soon as it is made. Of WASI the engine has what asks for time and chance. Every other function
answers that there is none; one that is never to return traps, as does a weak function that nobody defines.
"""

from __future__ import annotations

from .binary import CODE, EXPORTS, FUNCTION, FUNCTION_TYPE, FUNCTIONS, GLOBAL, IMPORTS, MAGIC, TABLE, TYPES

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
        self.functions: list[tuple[Type, int | None]] = []
        """types, and the place in the table; None: there is no such function"""

    def call_own(self, name: str, type: Type) -> int:
        """A function that calls the one of this name, which is put into the table."""
        if name not in self.own:
            self.own.append(name)
        self.functions.append((type, self.own.index(name)))
        return len(self.functions) - 1

    def refuse(self, type: Type) -> int:
        """A function that answers that there is none."""
        self.functions.append((type, None))
        return len(self.functions) - 1

    def wasm(self) -> bytes:
        """The module's bytes: the same for the same functions, wherever the extension lies."""
        types = list(dict.fromkeys(type for type, _ in self.functions))
        imports = [
            _name("env") + _name("table") + bytes([TABLE, _FUNCTION_REFERENCE, 0, 0]),
            _name("env") + _name("base") + bytes([GLOBAL, _I32, 0]),
        ]
        exports = [_name(str(i)) + bytes([FUNCTION]) + _number(i) for i in range(len(self.functions))]
        parts = (
            (TYPES, (bytes([FUNCTION_TYPE]) + _run(parameters) + _run(results) for parameters, results in types)),
            (IMPORTS, imports),
            (FUNCTIONS, (_number(types.index(type)) for type, _ in self.functions)),
            (EXPORTS, exports),
            (CODE, (_run(b"\0" + _body(type, place, types.index(type)) + _END) for type, place in self.functions)),
        )
        return MAGIC + b"".join(_section(number, entries) for number, entries in parts)


def _body(type: Type, place: int | None, index: int) -> bytes:
    parameters, results = type
    if place is None:
        return _I32_CONST + _signed(_NOT_SUPPORTED) if results == bytes([_I32]) else _UNREACHABLE
    arguments = b"".join(_LOCAL_GET + _number(i) for i in range(len(parameters)))
    function = _GLOBAL_GET + b"\0" + _I32_CONST + _signed(place) + _I32_ADD
    return arguments + function + _CALL_INDIRECT + _number(index) + b"\0"


def _section(number: int, entries: Iterable[bytes]) -> bytes:
    listed = list(entries)
    return bytes([number]) + _run(_number(len(listed)) + b"".join(listed))


def _run(content: bytes) -> bytes:
    return _number(len(content)) + content


def _name(name: str) -> bytes:
    return _run(name.encode())


def _number(number: int) -> bytes:
    """An unsigned LEB128."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _signed(number: int) -> bytes:
    """A signed LEB128 of a number that is not negative."""
    encoded = bytearray()
    while number > 0x3F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])
