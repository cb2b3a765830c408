"""A native extension as bytes: what it says of itself, read before it is compiled.

Such a module is a shared library of WebAssembly. Its custom section ``dylink.0`` says how much memory and how many
elements of the table it needs; it imports the memory, the table and where its part of each begins, and the symbols that
others have (tool-conventions, DynamicLinking.md). What a snapshot could not bring back is refused: everything that an
extension has beside its functions must lie in the memory and in its part of the table.
"""

from __future__ import annotations

import weakref

from .binary import (
    CODE,
    CUSTOM,
    DATA,
    ELEMENTS,
    EXPORTS,
    FUNCTION,
    FUNCTION_TYPE,
    FUNCTIONS,
    GLOBAL,
    GLOBALS,
    IMPORTS,
    MAGIC,
    MEMORIES,
    MEMORY,
    MOST_LOCALS,
    MOST_PARAMETERS,
    START,
    TABLE,
    TABLES,
    TAG,
    TYPES,
    Damaged,
    Reader,
    TooManyParts,
    count_locals,
    sections,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

    from .compiled import Compiled, MachineCode

LARGEST_EXTENSION: Final = 16 * 1024 * 1024
"""bytes; compiling takes half a second a megabyte"""
_LARGEST_ALIGNMENT: Final = 16
"""the power of two that memory, or a place in the table, is aligned to at most: 64 KiB"""
_LARGEST_MEMORY: Final = 1 << 30

_SECTION: Final = "dylink.0"
_MEMORY_INFO, _NEEDED, _EXPORT_INFO, _IMPORT_INFO = 1, 2, 3, 4
_WEAK: Final = 0x1
_THREAD_LOCAL: Final = 0x100

I32: Final = 0x7F
_VALUES: Final = frozenset((0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 0x70, 0x6F))
"""numbers, vectors, and references to functions and to things of the host"""
_HAS_MAXIMUM: Final = 0x01
_I32_CONST, _I64_CONST, _F32_CONST, _F64_CONST = 0x41, 0x42, 0x43, 0x44
_GLOBAL_GET, _REF_NULL, _REF_FUNC, _END = 0x23, 0xD0, 0xD2, 0x0B
_ADD: Final = 0x6A
_ARITHMETIC: Final = frozenset((0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E))
_LONGEST_EXPRESSION: Final = 32
"""instructions of one constant; a linker writes three"""
_ACTIVE, _DECLARED, _ACTIVE_WITH_INDEX = 0, 3, 2

Type = tuple[bytes, bytes]
"""of a function: the types of its parameters and of its results, a byte each"""


class NoExtension(Exception):
    """The bytes are no extension; the message, of which that is the subject, says why."""


class Import:
    """One import. ``type`` is a function's index into the types, ``mutable`` is for globals."""

    __slots__ = ("kind", "module", "mutable", "name", "type", "value")

    def __init__(self, module: str, name: str, kind: int, type: int = 0, value: int = 0, mutable: bool = False) -> None:
        self.module = module
        self.name = name
        self.kind = kind
        self.type = type
        self.value = value
        self.mutable = mutable


class Library:
    """What a module says of itself.

    :param wasm: its bytes.
    :raises NoExtension: it is none, or has what an extension cannot have.
    """

    def __init__(self, wasm: bytes) -> None:
        self.wasm = wasm
        self.memory_size: int = 0
        """bytes"""
        self.memory_alignment: int = 0
        """bytes"""
        self.table_size: int = 0
        """elements"""
        self.table_alignment: int = 0
        """elements"""
        self.needed: list[str] = []
        self.weak: set[tuple[str, str]] = set()
        """imports, by module and name, that need not be there"""
        self.types: list[Type] = []
        self.imports: list[Import] = []
        self.exports: dict[str, tuple[int, int]] = {}
        """kinds and indexes by name"""
        self.machine_code: weakref.WeakKeyDictionary[Compiled, dict[bytes, MachineCode]] = weakref.WeakKeyDictionary()
        """of it, and of its glue, by their bytes, for each kind of each engine's"""
        self._functions: list[int] = []
        self._globals: list[str | None] = []
        """of those that are imported, the names"""
        if len(wasm) > LARGEST_EXTENSION:
            raise NoExtension(f"is too large: {len(wasm)} bytes, and the limit is {LARGEST_EXTENSION}")
        if not wasm.startswith(MAGIC):
            raise NoExtension("is not a WebAssembly module")
        try:
            self._read()
        except (Damaged, IndexError):
            raise NoExtension("is damaged: its bytes end too early, or hold a number that cannot be") from None
        except TooManyParts:
            raise NoExtension("has more parts than a module can sensibly have") from None

    def function_type(self, name: str) -> Type | None:
        """The type of a function that it exports; None if it exports none of that name."""
        kind, index = self.exports.get(name, (None, 0))
        return None if kind != FUNCTION else self.types[self._functions[index]]

    def _read(self) -> None:
        readers: dict[int, Callable[[Reader], None]] = {
            TYPES: lambda reader: self.types.append(_read_type(reader)),
            IMPORTS: self._read_import,
            FUNCTIONS: lambda reader: self._functions.append(reader.number()),
            GLOBALS: self._read_global,
            EXPORTS: self._read_export,
            ELEMENTS: self._read_elements,
            DATA: self._read_data,
        }
        read: set[int] = set()
        for section, reader in sections(self.wasm):
            if not read:
                self._read_dylink(section, reader)
            elif section in read and section != CUSTOM:
                _refuse("is damaged: it has a section twice")
            elif section in (TABLES, MEMORIES) and reader.count():
                _refuse("has a table or memory of its own, which no snapshot would bring back")
            elif section == START:
                _refuse("has a start function, which would run again at each restore")
            elif section == CODE and count_locals(reader) > MOST_LOCALS:
                _refuse(f"is too large: its functions have more than {MOST_LOCALS} variables together")
            elif section in readers:
                for _ in range(reader.count()):
                    readers[section](reader)
            read.add(section)
        if not read:
            _refuse_shape()

    def _read_dylink(self, section: int, reader: Reader) -> None:
        if section != CUSTOM or reader.name() != _SECTION:
            _refuse_shape()
        while not reader.at_end:
            kind, part = reader.byte(), Reader(reader.run())
            if kind == _MEMORY_INFO:
                self._read_needs(part)
            elif kind == _NEEDED:
                self.needed = [part.name() for _ in range(part.count())]
            elif kind == _EXPORT_INFO:
                for _ in range(part.count()):
                    name, flags = part.name(), part.number()
                    if flags & _THREAD_LOCAL:
                        _refuse(f"has the thread-local variable {name}, and there are no threads")
            elif kind == _IMPORT_INFO:
                for _ in range(part.count()):
                    module, name, flags = part.name(), part.name(), part.number()
                    if flags & _WEAK:
                        self.weak.add((module, name))

    def _read_needs(self, part: Reader) -> None:
        self.memory_size, memory_power = part.number(), part.number()
        self.table_size, table_power = part.number(), part.number()
        if max(memory_power, table_power) > _LARGEST_ALIGNMENT:
            _refuse(
                f"wants an alignment of 2^{max(memory_power, table_power)}, and 2^{_LARGEST_ALIGNMENT} is the limit"
            )
        if self.memory_size > _LARGEST_MEMORY:
            _refuse(f"is too large: it wants {self.memory_size} bytes of memory, and the limit is {_LARGEST_MEMORY}")
        self.memory_alignment, self.table_alignment = 1 << memory_power, 1 << table_power

    def _read_import(self, reader: Reader) -> None:
        module, name, kind = reader.name(), reader.name(), reader.byte()
        found = Import(module, name, kind)
        if kind == FUNCTION:
            found.type = reader.number()
            self._functions.append(found.type)
            self.types[found.type]  # which must be there
        elif kind == TABLE:
            reader.byte()
            _skip_limits(reader)
        elif kind == MEMORY:
            _skip_limits(reader)
        elif kind == GLOBAL:
            found.value, found.mutable = reader.byte(), reader.byte() == 1
            self._globals.append(name if module == "env" else None)
        elif kind == TAG:
            _refuse(f"throws or catches exceptions of WebAssembly ({name}): compile it with -fno-exceptions")
        else:
            raise Damaged
        self.imports.append(found)

    def _read_global(self, reader: Reader) -> None:
        reader.byte()
        if reader.byte() == 1:
            _refuse("has a variable of WebAssembly of its own, which no snapshot would bring back")
        _read_expression(reader)
        self._globals.append(None)

    def _read_export(self, reader: Reader) -> None:
        name, kind, index = reader.name(), reader.byte(), reader.number()
        if kind == FUNCTION:
            self.types[self._functions[index]]  # which must be there
        self.exports[name] = kind, index

    def _read_elements(self, reader: Reader) -> None:
        flags = reader.number()
        if flags not in (_ACTIVE, _ACTIVE_WITH_INDEX, _DECLARED):
            _refuse("has elements for a table that are not put there at once")
        if flags == _ACTIVE_WITH_INDEX:
            reader.number()
        start = 0 if flags == _DECLARED else self._offset(_read_expression(reader), "__table_base")
        if flags != _ACTIVE:
            reader.byte()
        count = reader.count()
        for _ in range(count):
            reader.number()
        if flags != _DECLARED and start + count > self.table_size:
            _refuse("has elements outside of its part of the table")

    def _read_data(self, reader: Reader) -> None:
        if reader.number() != _ACTIVE:
            _refuse("has data that are not put into memory at once: link it without threads")
        start = self._offset(_read_expression(reader), "__memory_base")
        if start + len(reader.run()) > self.memory_size:
            _refuse("has data outside of its part of memory")

    def _offset(self, expression: list[tuple[int, int]], base: str) -> int:
        """How far behind a base something begins."""
        opcodes = [opcode for opcode, _ in expression]
        if opcodes in ([_GLOBAL_GET], [_GLOBAL_GET, _I32_CONST, _ADD]) and self._globals[expression[0][1]] == base:
            start = expression[1][1] if len(expression) > 1 else 0
            if start >= 0:
                return start
        _refuse(
            "puts data or functions at addresses of its own choice: compile it with -fPIC, and link it with -shared"
        )


def _refuse(why: str) -> NoReturn:
    raise NoExtension(why)


def _refuse_shape() -> NoReturn:
    _refuse(
        "is not a shared library of WebAssembly, which begins with a section dylink.0: compile it with "
        "snapjs build-extension, or with -fPIC, and link it with -shared"
    )


def _read_type(reader: Reader) -> Type:
    if reader.byte() != FUNCTION_TYPE:
        _refuse("has types that this version of snapjs does not know")
    both = reader.run(), reader.run()
    if not _VALUES.issuperset(both[0] + both[1]):
        _refuse("has functions of types that this version of snapjs does not know")
    if len(both[0]) > MOST_PARAMETERS or len(both[1]) > 1:
        _refuse(f"has functions with more than {MOST_PARAMETERS} parameters, or more than one result")
    return both


def _skip_limits(reader: Reader) -> None:
    flags = reader.byte()
    reader.number()
    if flags & _HAS_MAXIMUM:
        reader.number()


def _read_expression(reader: Reader) -> list[tuple[int, int]]:
    """A constant expression: opcodes, with the integer that follows, or 0."""
    found: list[tuple[int, int]] = []
    while (opcode := reader.byte()) != _END:
        operand = 0
        if len(found) == _LONGEST_EXPRESSION:
            raise TooManyParts
        if opcode == _I32_CONST:
            operand = reader.signed()
        elif opcode == _I64_CONST:
            while reader.byte() & 0x80:
                pass
        elif opcode in (_GLOBAL_GET, _REF_FUNC):
            operand = reader.number()
        elif opcode == _REF_NULL:
            reader.byte()
        elif opcode in (_F32_CONST, _F64_CONST):
            reader.skip(4 if opcode == _F32_CONST else 8)
        elif opcode not in _ARITHMETIC:
            _refuse("has constants that this version of snapjs does not know")
        found.append((opcode, operand))
    return found
