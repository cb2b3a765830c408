"""The C functions of wasmtime that snapjs calls, bound with ctypes.

Importing the Python package ``wasmtime`` executes a binding of several thousand lines, which takes longer than
everything else a cold process does. Only its shared library is needed, so the package is located without being
executed and the library loaded from it. Opaque C pointers are plain integers here (``c_void_p``), ``None`` when null.
"""

from __future__ import annotations

import ctypes
import os
import sys

from .._threads import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SUPPORTED_MAJORS: Final = (48, 50)
"""The oldest and the newest major version of wasmtime whose structs and functions are those below. The oldest is the
one that wasmtime's makers support for long; older ones have known holes."""

_REMEDY: Final = f"pip install 'wasmtime>={SUPPORTED_MAJORS[0]},<{SUPPORTED_MAJORS[1] + 1}'"


class LibraryError(ImportError):
    """The native library of wasmtime is missing, does not load, or is of a version that snapjs does not know."""


class ByteVector(ctypes.Structure):
    """``wasm_byte_vec_t``: bytes that the library owns."""

    _fields_ = (("size", ctypes.c_size_t), ("data", ctypes.c_void_p))


class TypeVector(ctypes.Structure):
    """``wasm_valtype_vec_t``: a list of value types. Vectors of other pointers are laid out likewise."""

    _fields_ = (("size", ctypes.c_size_t), ("data", ctypes.POINTER(ctypes.c_void_p)))


class FunctionId(ctypes.Structure):
    """``wasmtime_func_t``."""

    _fields_ = (("store_id", ctypes.c_uint64), ("private", ctypes.c_void_p))


class StoreMemory(ctypes.Structure):
    """The unnamed first member of ``wasmtime_memory_t``; a struct of its own because its padding counts."""

    _fields_ = (("store_id", ctypes.c_uint64), ("private", ctypes.c_uint32))


class MemoryId(ctypes.Structure):
    """``wasmtime_memory_t``."""

    _fields_ = (("store", StoreMemory), ("private", ctypes.c_uint32))


class TableId(ctypes.Structure):
    """``wasmtime_table_t``."""

    _fields_ = (("store", StoreMemory), ("private", ctypes.c_uint32))


class GlobalId(ctypes.Structure):
    """``wasmtime_global_t``."""

    _fields_ = (("store_id", ctypes.c_uint64), ("private", ctypes.c_uint32 * 3))


class InstanceId(ctypes.Structure):
    """``wasmtime_instance_t``."""

    _fields_ = (("store_id", ctypes.c_uint64), ("private", ctypes.c_size_t))


class ExternUnion(ctypes.Union):
    """``wasmtime_extern_union_t``; ``room`` stands for the members that are not used here, of which it is as large as
    any."""

    _fields_ = (
        ("function", FunctionId),
        ("memory", MemoryId),
        ("table", TableId),
        ("variable", GlobalId),
        ("room", ctypes.c_uint64 * 3),
    )


class Extern(ctypes.Structure):
    """``wasmtime_extern_t``: an export, tagged with its kind."""

    _fields_ = (("kind", ctypes.c_uint8), ("of", ExternUnion))


class ValueUnion(ctypes.Union):
    """``wasmtime_valunion_t``; ``room`` as in :class:`ExternUnion`."""

    _fields_ = (("i32", ctypes.c_int32), ("function", FunctionId), ("room", ctypes.c_uint64 * 3))


class Value(ctypes.Structure):
    """``wasmtime_val_t``: a value, tagged with its kind."""

    _fields_ = (("kind", ctypes.c_uint8), ("of", ValueUnion))


EXTERN_FUNCTION: Final = 0
EXTERN_GLOBAL: Final = 1
EXTERN_TABLE: Final = 2
EXTERN_MEMORY: Final = 3
VALUE_I32: Final = 0
VALUE_FUNCTION: Final = 5
MUTABLE: Final = 1
OPTIMIZE_SPEED: Final = 1
DEADLINE_YIELD: Final = 1
"""kind of update: suspend the call, which is an error in one that is not asynchronous; 0 is to go on"""

TRAP_STACK_OVERFLOW: Final = 0
TRAP_INTERRUPT: Final = 10

_POINTER = ctypes.c_void_p
_SIZE = ctypes.c_size_t

HOST_FUNCTION = ctypes.CFUNCTYPE(_POINTER, _POINTER, _POINTER, _POINTER, _SIZE)
"""``wasmtime_func_unchecked_callback_t``: (environment, caller, slots, number of slots) -> trap."""

HOST_REQUEST = ctypes.CFUNCTYPE(_POINTER, ctypes.c_uint32, ctypes.c_uint32)
"""The same for a function that needs no slots. It sees the low halves of the environment and of the caller, which lies
on the stack."""

REQUEST_PROCEDURE = ctypes.PYFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32)
"""The same without a result, for calls that stay in Python …"""

UNDECLARED_PROCEDURE = ctypes.PYFUNCTYPE(None)
"""… and as it is called. ctypes takes 0.15 µs for each declared argument; one that is not declared is a C ``int``."""

HOST_PROCEDURE = ctypes.PYFUNCTYPE(None, _POINTER, _POINTER, _POINTER, _SIZE)
"""The same without a result, for calls that stay in Python."""

DEADLINE_FUNCTION = ctypes.CFUNCTYPE(_POINTER, _POINTER, _POINTER, _POINTER, _POINTER)
"""Called when a store reaches its epoch deadline: (context, data, *ticks to add, *kind of update) -> error."""

DEADLINE_PROCEDURE = ctypes.PYFUNCTYPE(None, _POINTER, _POINTER, _POINTER, _POINTER)
"""The same without a result, for calls that stay in Python."""

# Name: what it returns, what it takes.
_PROTOTYPES: Final[dict[str, tuple[object, tuple[object, ...]]]] = {
    "wasm_config_new": (_POINTER, ()),
    "wasmtime_config_cranelift_opt_level_set": (None, (_POINTER, ctypes.c_uint8)),
    "wasmtime_config_cranelift_nan_canonicalization_set": (None, (_POINTER, ctypes.c_bool)),
    "wasmtime_config_epoch_interruption_set": (None, (_POINTER, ctypes.c_bool)),
    "wasmtime_config_max_wasm_stack_set": (None, (_POINTER, _SIZE)),
    "wasmtime_config_async_stack_size_set": (None, (_POINTER, _SIZE)),
    "wasmtime_config_parallel_compilation_set": (None, (_POINTER, ctypes.c_bool)),
    "wasmtime_config_memory_may_move_set": (None, (_POINTER, ctypes.c_bool)),
    "wasmtime_config_wasm_memory64_set": (None, (_POINTER, ctypes.c_bool)),
    "wasmtime_config_memory_reservation_set": (None, (_POINTER, ctypes.c_uint64)),
    "wasm_engine_new_with_config": (_POINTER, (_POINTER,)),
    "wasm_engine_delete": (None, (_POINTER,)),
    "wasmtime_engine_increment_epoch": (None, (_POINTER,)),
    "wasmtime_module_new": (_POINTER, (_POINTER, ctypes.c_char_p, _SIZE, _POINTER)),
    "wasmtime_module_serialize": (_POINTER, (_POINTER, _POINTER)),
    "wasmtime_module_deserialize_file": (_POINTER, (_POINTER, ctypes.c_char_p, _POINTER)),
    "wasmtime_module_delete": (None, (_POINTER,)),
    "wasm_byte_vec_delete": (None, (_POINTER,)),
    "wasm_valtype_new": (_POINTER, (ctypes.c_uint8,)),
    "wasm_valtype_vec_new": (None, (_POINTER, _SIZE, _POINTER)),
    "wasm_functype_new": (_POINTER, (_POINTER, _POINTER)),
    "wasm_functype_delete": (None, (_POINTER,)),
    "wasmtime_linker_new": (_POINTER, (_POINTER,)),
    "wasmtime_linker_delete": (None, (_POINTER,)),
    "wasmtime_linker_define_func_unchecked": (
        _POINTER,
        (_POINTER, ctypes.c_char_p, _SIZE, ctypes.c_char_p, _SIZE, _POINTER, HOST_FUNCTION, _POINTER, _POINTER),
    ),
    "wasmtime_linker_define_unknown_imports_as_traps": (_POINTER, (_POINTER, _POINTER)),
    "wasmtime_module_imports": (None, (_POINTER, _POINTER)),
    "wasm_importtype_vec_delete": (None, (_POINTER,)),
    "wasm_importtype_module": (_POINTER, (_POINTER,)),
    "wasm_importtype_name": (_POINTER, (_POINTER,)),
    "wasmtime_linker_instantiate_pre": (_POINTER, (_POINTER, _POINTER, _POINTER)),
    "wasmtime_instance_pre_instantiate": (_POINTER, (_POINTER, _POINTER, _POINTER, _POINTER)),
    "wasmtime_instance_pre_delete": (None, (_POINTER,)),
    "wasmtime_instance_export_get": (ctypes.c_bool, (_POINTER, _POINTER, ctypes.c_char_p, _SIZE, _POINTER)),
    "wasmtime_instance_new": (_POINTER, (_POINTER, _POINTER, _POINTER, _SIZE, _POINTER, _POINTER)),
    "wasmtime_extern_delete": (None, (_POINTER,)),
    "wasm_globaltype_new": (_POINTER, (_POINTER, ctypes.c_uint8)),
    "wasm_globaltype_delete": (None, (_POINTER,)),
    "wasmtime_global_new": (_POINTER, (_POINTER, _POINTER, _POINTER, _POINTER)),
    "wasmtime_global_get": (None, (_POINTER, _POINTER, _POINTER)),
    "wasmtime_global_set": (_POINTER, (_POINTER, _POINTER, _POINTER)),
    "wasmtime_table_size": (ctypes.c_uint64, (_POINTER, _POINTER)),
    "wasmtime_table_set": (_POINTER, (_POINTER, _POINTER, ctypes.c_uint64, _POINTER)),
    "wasmtime_store_new": (_POINTER, (_POINTER, _POINTER, _POINTER)),
    "wasmtime_store_context": (_POINTER, (_POINTER,)),
    "wasmtime_store_limiter": (None, (_POINTER,) + (ctypes.c_int64,) * 5),
    "wasmtime_store_epoch_deadline_callback": (None, (_POINTER, DEADLINE_FUNCTION, _POINTER, _POINTER)),
    "wasmtime_store_delete": (None, (_POINTER,)),
    "wasmtime_context_set_epoch_deadline": (None, (_POINTER, ctypes.c_uint64)),
    "wasmtime_memory_data": (_POINTER, (_POINTER, _POINTER)),
    "wasmtime_memory_data_size": (_SIZE, (_POINTER, _POINTER)),
    "wasmtime_memory_grow": (_POINTER, (_POINTER, _POINTER, ctypes.c_uint64, _POINTER)),
    # Prepared arguments are passed to this one as ctypes objects, which is fastest without declared types.
    "wasmtime_func_call_unchecked": (_POINTER, ()),
    "wasmtime_error_message": (None, (_POINTER, _POINTER)),
    "wasmtime_error_delete": (None, (_POINTER,)),
    "wasm_trap_message": (None, (_POINTER, _POINTER)),
    "wasm_trap_delete": (None, (_POINTER,)),
    "wasmtime_trap_code": (ctypes.c_bool, (_POINTER, _POINTER)),
}

_lock = RLock()
_library: ctypes.CDLL | None = None
_version: str | None = None


def library() -> ctypes.CDLL:
    """Return the loaded library with every function of this module declared; loaded on first use.

    Calls through it release the interpreter's lock.

    :raises LibraryError: it is missing, does not load, or is of an unknown version.
    """
    global _library
    if _library is None:
        with _lock:
            if _library is None:
                _library = _load()
    return _library


def version() -> str:
    """Return the version of the installed wasmtime, from the name of its metadata folder.

    :raises LibraryError: wasmtime is not installed.
    """
    global _version
    if _version is None:
        _version = _find_version(_package_folder())
    return _version


def take_error_message(error: int) -> str:
    """Return the message of a ``wasmtime_error_t`` and delete the error."""
    bound = library()
    message = ByteVector()
    bound.wasmtime_error_message(error, ctypes.byref(message))
    bound.wasmtime_error_delete(error)
    return take_bytes(message).decode(errors="replace")


def take_trap(trap: int) -> tuple[str, int | None]:
    """Return the message and the code of a ``wasm_trap_t``, None for a host's own error, and delete the trap."""
    bound = library()
    code = ctypes.c_uint8()
    has_code = bound.wasmtime_trap_code(trap, ctypes.byref(code))
    message = ByteVector()
    bound.wasm_trap_message(trap, ctypes.byref(message))
    bound.wasm_trap_delete(trap)
    # The C API ends a trap's message with a zero byte, but not an error's.
    return take_bytes(message).rstrip(b"\0").decode(errors="replace"), code.value if has_code else None


def take_bytes(vector: ByteVector) -> bytes:
    """Return the bytes of a vector that the library filled, and free it."""
    content = ctypes.string_at(vector.data, vector.size)
    library().wasm_byte_vec_delete(ctypes.byref(vector))
    return content


def _load() -> ctypes.CDLL:
    found = version()
    oldest, newest = SUPPORTED_MAJORS
    if not oldest <= _major(found) <= newest:
        raise LibraryError(f"wasmtime {found} is installed, which snapjs does not know: {_REMEDY}")
    path = os.path.join(_package_folder(), f"{sys.platform}-{machine()}", _file_name())
    if not os.path.exists(path):
        raise LibraryError(f"the installed wasmtime has no library for {sys.platform} on {machine()}: no {path}")
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        raise LibraryError(f"wasmtime's library does not load: {error}") from error
    for name, (result, parameters) in _PROTOTYPES.items():
        try:
            function = getattr(loaded, name)
        except AttributeError as error:
            raise LibraryError(f"wasmtime {found} has no function {name}") from error
        function.restype = result
        if parameters:
            function.argtypes = parameters
    return loaded


def _major(found: str) -> int:
    number = found.partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _package_folder() -> str:
    # What importlib.util.find_spec does, without importing that: a millisecond.
    found = (finder.find_spec("wasmtime", None) for finder in sys.meta_path)
    spec = next(filter(None, found), None)
    if spec is None or not spec.submodule_search_locations:
        raise LibraryError(f"wasmtime is not installed: {_REMEDY}")
    return next(iter(spec.submodule_search_locations))


def _find_version(package: str) -> str:
    # Asking importlib.metadata takes 25 ms, most of it imports; the installer wrote the version into a folder's name.
    prefix, suffix = "wasmtime-", ".dist-info"
    names = [name for name in os.listdir(os.path.dirname(package)) if name.startswith(prefix) and name.endswith(suffix)]
    if len(names) == 1:
        return names[0][len(prefix) : -len(suffix)]
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed_version

    try:
        return installed_version("wasmtime")
    except PackageNotFoundError:
        raise LibraryError("the installed wasmtime has no metadata, so that its version is unknown") from None


def machine() -> str:
    """Return the processor's architecture in wasmtime's words: ``x86_64`` or ``aarch64``."""
    # The module `platform` takes a millisecond to import, and runs a process on some systems.
    if sys.platform == "win32":
        name = os.environ.get("PROCESSOR_ARCHITECTURE", "")
    else:
        name = os.uname().machine
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(name.lower(), name.lower())


def _file_name() -> str:
    if sys.platform == "win32":
        return "_wasmtime.dll"
    return "_libwasmtime.dylib" if sys.platform == "darwin" else "_libwasmtime.so"


def _after_fork_in_child() -> None:
    global _lock
    _lock = RLock()  # a thread that the child does not have may hold the old one


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
