"""Extensions in a store: found their symbols, put into memory and table.

Linked in the same order at the same addresses, they take the same places in the table. So a restored VM has them where
the pointers in its memory lead. Linking runs no code of theirs.

Names are looked for in the engine, then in the extensions that were linked before, in their order, then in the
extension itself; so a symbol that several define, as C++ has them, is the same one for all.
"""

from __future__ import annotations

import ctypes

from . import abi
from .binary import FUNCTION, GLOBAL, MEMORY, TABLE
from .dylink import I32
from .exports import EngineUnusable
from .glue import Glue
from .library import (
    EXTERN_FUNCTION,
    EXTERN_GLOBAL,
    EXTERN_MEMORY,
    EXTERN_TABLE,
    MUTABLE,
    VALUE_FUNCTION,
    VALUE_I32,
    Extern,
    FunctionId,
    GlobalId,
    InstanceId,
    Value,
    library,
    take_error_message,
    take_trap,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from .compiled import MachineCode
    from .dylink import Import, Library
    from .raw import Store

_TABLE: Final = "__indirect_function_table"
_STACK_POINTER: Final = "__stack_pointer"
_PREPARATIONS: Final = ("__wasm_apply_data_relocs", "__wasm_call_ctors")
"""what a shared library may have to be called before anything else of it, in this order"""
_NOTHING: Final = b"", b""
_MOST_SHOWN: Final = 10
"""symbols in an error"""
_LONGEST_SHOWN: Final = 200
"""characters of one; those of C++ are long"""
_WASI: Final = "wasi_snapshot_preview1"
_OURS: Final = ("snap_", "_initialize", "memory", _TABLE, _STACK_POINTER)
"""how those exports of an engine begin that are not for extensions"""


class LinkError(Exception):
    """An extension cannot be linked; the message, of which that is the subject, says why."""


class Linked:
    """One extension in one store."""

    def __init__(self, library: Library, instance: InstanceId, memory: int, table: int, starts: list[int]) -> None:
        self.library = library
        self.instance = instance
        self.memory = memory
        """where its data begin; ``table``: its functions, in the table"""
        self.table = table
        self.preparations: list[int] = starts[:-1]
        """where in the table the functions are that are called before anything else of it, in this order"""
        self.initialisation: int = starts[-1]
        """where the function is that initialises it"""


class Linker:
    """The extensions of one store.

    :raises LinkError: the engine is not made for extensions.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.linked: list[Linked] = []
        try:
            self._table = store.export(_TABLE, EXTERN_TABLE)
            self._stack_pointer = store.export(_STACK_POINTER, EXTERN_GLOBAL)
        except EngineUnusable:
            raise LinkError(
                "needs an engine that takes extensions, and this one, of an earlier version, does not"
            ) from None
        self._end: int = library().wasmtime_table_size(store.context, ctypes.byref(self._table.of.table))
        self._next = self._end - abi.EXTENSION_SLOTS
        self._places: dict[str, int] = {}
        """where functions are in the table that some extension has asked for by name"""

    def link(self, extension: Library, memory: int, start: str) -> Linked:
        """Make an instance of an extension, and put its data and functions where they belong.

        :param memory: where its data begin: memory that is large enough, and of nobody else.
        :param start: the name of the function that initialises it, which it exports.
        :raises LinkError: it cannot be.
        """
        linking = _Linking(self, self._store, extension, memory, start)
        linked = linking.link()
        self._next = linking.next
        self._places.update(linking.places)
        self.linked.append(linked)
        return linked

    @property
    def free(self) -> tuple[int, int]:
        """The part of the table that is free: its first element, and the one after its last."""
        return self._next, self._end

    @property
    def table(self) -> Extern:
        return self._table

    @property
    def stack_pointer(self) -> Extern:
        return self._stack_pointer

    def place(self, name: str) -> int | None:
        """Where a function is in the table, if it has been put there."""
        return self._places.get(name)

    def function(self, name: str) -> Extern | None:
        """A function of the engine, or of an extension that is there."""
        found = self._exported(name)
        return None if found is None or found[0].kind != EXTERN_FUNCTION else found[0]

    def address(self, name: str) -> int | None:
        """Where a variable of the engine, or of an extension that is there, lies."""
        found = self._exported(name)
        return None if found is None or found[0].kind != EXTERN_GLOBAL else self.value(found[0]) + found[1]

    def value(self, variable: Extern) -> int:
        """What a global of type i32 holds."""
        value = Value()
        library().wasmtime_global_get(self._store.context, ctypes.byref(variable.of.variable), ctypes.byref(value))
        return int(value.of.i32) & 0xFFFFFFFF

    def _exported(self, name: str) -> tuple[Extern, int] | None:
        """A symbol, and what its address is relative to."""
        if not name.startswith(_OURS):
            found = self._store.export_of(self._store.instance, name)
            if found is not None:
                return found, 0
        for linked in self.linked:
            if name in linked.library.exports:
                found = self._store.export_of(linked.instance, name)
                assert found is not None
                return found, linked.memory
        return None


class _Linking:
    """One extension while it is linked."""

    def __init__(self, linker: Linker, store: Store, extension: Library, memory: int, start: str) -> None:
        self._linker = linker
        self._store = store
        self._extension = extension
        self._memory = memory
        self._start = start
        self._table, self._end = linker.free
        self._table += -self._table % extension.table_alignment
        self.next = self._table + extension.table_size
        self.places: dict[str, int] = {}
        self._pending: dict[str, int] = {}
        """functions of its own that go into the table, and where"""
        self._functions: dict[str, Extern | None] = {}
        """what was found by name, to look for it once"""
        self._addresses: dict[str, GlobalId] = {}
        """variables of its own, and the globals that get their addresses"""

    def link(self) -> Linked:
        extension = self._extension
        glued = self._glue_functions()
        imports = [glued[i] if i in glued else self._import(entry) for i, entry in enumerate(extension.imports)]
        starts = {name: self._take_place() for name in (*self._preparations(), self._start)}
        instance = self._instantiate(extension.wasm, self._complete(imports))
        for name, place in (*self._pending.items(), *starts.items()):
            self._put(place, self._own(instance, name).of.function)
        for name, variable in self._addresses.items():
            self._set(variable, self._memory + self._linker.value(self._own(instance, name)))
        return Linked(extension, instance, self._memory, self._table, list(starts.values()))

    def _preparations(self) -> list[str]:
        return [name for name in _PREPARATIONS if self._extension.function_type(name) == _NOTHING]

    # ---- functions that nobody has yet

    def _glue_functions(self) -> dict[int, Extern]:
        """Those of the imports that the glue has, by their indexes."""
        extension, glue, indexes = self._extension, Glue(), {}
        for i, entry in enumerate(extension.imports):
            if entry.kind != FUNCTION or self._found(entry) is not None:
                continue
            type = extension.types[entry.type]
            if entry.module == "env" and extension.function_type(entry.name) == type:
                indexes[i] = glue.call_own(entry.name, type)
            elif entry.module == _WASI:
                indexes[i] = glue.refuse(type)
            elif (entry.module, entry.name) in extension.weak:
                indexes[i] = glue.trap(type)
        if not indexes:
            return {}
        base = self._new_global(self.next, is_mutable=False)
        for name in glue.own:
            self._pending[name] = self.places[name] = self._take_place()
        instance = self._instantiate(glue.wasm(), [self._linker.table, base])
        return {i: self._own(instance, str(index)) for i, index in indexes.items()}

    def _found(self, entry: Import) -> Extern | None:
        """A function that is there."""
        symbol = {"env": entry.name, _WASI: f"{_WASI}.{entry.name}"}.get(entry.module)
        if symbol is None:
            return None
        if symbol not in self._functions:
            self._functions[symbol] = self._linker.function(symbol)
        return self._functions[symbol]

    # ---- imports

    def _complete(self, imports: list[Extern | None]) -> list[Extern]:
        entries = zip(self._extension.imports, imports, strict=True)
        missing = [entry for entry, found in entries if found is None]
        if missing:
            shown = ", ".join(_shown(entry) for entry in missing[:_MOST_SHOWN])
            more = f", and {len(missing) - _MOST_SHOWN} more" if len(missing) > _MOST_SHOWN else ""
            raise LinkError(f"needs what neither the engine nor an extension before it has: {shown}{more}")
        return [found for found in imports if found is not None]

    def _import(self, entry: Import) -> Extern | None:
        where = entry.module, entry.name, entry.kind
        if where == ("env", "memory", MEMORY):
            return self._store.export("memory", EXTERN_MEMORY)
        if where == ("env", _TABLE, TABLE):
            return self._linker.table
        if entry.kind == FUNCTION:
            return self._found(entry)
        if entry.kind != GLOBAL or entry.value != I32:
            return None
        if entry.module == "GOT.func":
            place = self._place(entry)
            return None if place is None else self._new_global(place, entry.mutable)
        if entry.module == "GOT.mem":
            return self._variable(entry)
        if where == ("env", _STACK_POINTER, GLOBAL):
            return self._linker.stack_pointer
        bases = {"__memory_base": self._memory, "__table_base": self._table}
        if entry.module == "env" and entry.name in bases:
            return self._new_global(bases[entry.name], entry.mutable)
        return None

    def _place(self, entry: Import) -> int | None:
        """Where a function is in the table whose address is wanted."""
        name = entry.name
        place = self._linker.place(name) or self.places.get(name)
        if place is not None:
            return place
        found = self._linker.function(name)
        if found is None and self._extension.function_type(name) is None:
            return 0 if (entry.module, name) in self._extension.weak else None
        place = self.places[name] = self._take_place()
        if found is None:
            self._pending[name] = place
        else:
            self._put(place, found.of.function)
        return place

    def _variable(self, entry: Import) -> Extern | None:
        """A global with the address of a variable."""
        address = self._linker.address(entry.name)
        if address is not None:
            return self._new_global(address, entry.mutable)
        if self._extension.exports.get(entry.name, (None,))[0] == GLOBAL:
            made = self._new_global(0, is_mutable=True)
            self._addresses[entry.name] = made.of.variable
            return made
        return self._new_global(0, entry.mutable) if (entry.module, entry.name) in self._extension.weak else None

    # ---- wasmtime

    def _take_place(self) -> int:
        if self.next >= self._end:
            raise LinkError(
                f"is too large: an engine's table has room for {abi.EXTENSION_SLOTS} functions of extensions that are "
                "called through pointers"
            )
        self.next += 1
        return self.next - 1

    def _instantiate(self, wasm: bytes, imports: list[Extern]) -> InstanceId:
        module = self._machine_code(wasm)
        instance, trap = InstanceId(), ctypes.c_void_p()
        array = (Extern * len(imports))(*imports)
        error = library().wasmtime_instance_new(
            self._store.context, module.module, array, len(imports), ctypes.byref(instance), ctypes.byref(trap)
        )
        if error is not None:
            raise LinkError(f"does not fit: {_in_one_line(take_error_message(error))}")
        if trap.value is not None:
            raise LinkError(f"does not fit: {_in_one_line(take_trap(trap.value)[0])}")
        return instance

    def _machine_code(self, wasm: bytes) -> MachineCode:
        compiled = self._store.compiled
        kept = self._extension.machine_code.setdefault(compiled, {})
        if wasm not in kept:
            try:
                kept[wasm] = compiled.of(wasm)
            except EngineUnusable as error:
                raise LinkError(f"is not valid WebAssembly: {_in_one_line(str(error))}") from None
        return kept[wasm]

    def _new_global(self, number: int, is_mutable: bool) -> Extern:
        bound = library()
        made = Extern(kind=EXTERN_GLOBAL)
        type = bound.wasm_globaltype_new(bound.wasm_valtype_new(VALUE_I32), MUTABLE if is_mutable else 0)
        value = _value(number)
        bound.wasmtime_global_new(self._store.context, type, ctypes.byref(value), ctypes.byref(made.of.variable))
        bound.wasm_globaltype_delete(type)
        return made

    def _set(self, variable: GlobalId, number: int) -> None:
        value = _value(number)
        library().wasmtime_global_set(self._store.context, ctypes.byref(variable), ctypes.byref(value))

    def _own(self, instance: InstanceId, name: str) -> Extern:
        found = self._store.export_of(instance, name)
        assert found is not None
        return found

    def _put(self, place: int, function: FunctionId) -> None:
        value = Value(kind=VALUE_FUNCTION)
        value.of.function = function
        table = self._linker.table.of.table
        library().wasmtime_table_set(self._store.context, ctypes.byref(table), place, ctypes.byref(value))


def _shown(entry: Import) -> str:
    name = f"{entry.module}.{entry.name}" if entry.module not in ("env", "GOT.func", "GOT.mem") else entry.name
    name = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"
    return name if name.isprintable() else ascii(name)


def _in_one_line(message: str) -> str:
    return " ".join(message.split())


def _value(number: int) -> Value:
    value = Value(kind=VALUE_I32)
    value.of.i32 = ctypes.c_int32(number).value
    return value
