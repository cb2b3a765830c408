"""What a WebAssembly module imports and exports, read from its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TYPES, _IMPORTS, _FUNCTIONS, _TABLES, _EXPORTS = 1, 2, 3, 4, 7
_FUNCTION, _FUNCTION_REFERENCE, _HAS_MAXIMUM = 0, 0x70, 1


class WasmFile:
    """The functions of a module: ``imports`` by module and name, ``exports`` by name.

    Each is a pair: how many parameters, whether it returns something. ``others`` are the names of what else it exports,
    and ``table`` the smallest and the largest size of its table.
    """

    def __init__(self, data: bytes) -> None:
        assert data[:8] == b"\0asm\1\0\0\0"
        self.imports: dict[tuple[str, str], tuple[int, bool]] = {}
        self.exports: dict[str, tuple[int, bool]] = {}
        self.others: set[str] = set()
        self.table: tuple[int, int] | None = None
        self._types: list[tuple[int, bool]] = []
        self._functions: list[int] = []
        readers: dict[int, Any] = {
            _TYPES: self._read_type,
            _IMPORTS: self._read_import,
            _FUNCTIONS: lambda reader: self._functions.append(reader.number()),
            _TABLES: self._read_table,
            _EXPORTS: self._read_export,
        }
        for section, reader in _sections(data):
            if section in readers:
                for _ in range(reader.number()):
                    readers[section](reader)

    def _read_type(self, reader: _Reader) -> None:
        assert reader.byte() == 0x60
        parameters = reader.bytes()
        self._types.append((len(parameters), bool(reader.bytes())))

    def _read_import(self, reader: _Reader) -> None:
        name = reader.bytes().decode(), reader.bytes().decode()
        assert reader.byte() == _FUNCTION, f"{name} is no function"
        self._functions.append(reader.number())
        self.imports[name] = self._types[self._functions[-1]]

    def _read_export(self, reader: _Reader) -> None:
        name, kind, index = reader.bytes().decode(), reader.byte(), reader.number()
        if kind == _FUNCTION:
            self.exports[name] = self._types[self._functions[index]]
        else:
            self.others.add(name)

    def _read_table(self, reader: _Reader) -> None:
        assert (reader.byte(), reader.byte()) == (_FUNCTION_REFERENCE, _HAS_MAXIMUM)
        self.table = reader.number(), reader.number()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    def bytes(self) -> bytes:
        length = self.number()
        self.at += length
        return self.data[self.at - length : self.at]


def _sections(data: bytes) -> Iterator[tuple[int, _Reader]]:
    reader = _Reader(data)
    reader.at = 8
    while reader.at < len(data):
        section = reader.byte()
        yield section, _Reader(reader.bytes())
