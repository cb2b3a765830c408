"""The engine as machine code: compiled once a machine, loaded once a process.

The same code is compiled twice, plain and with epoch checks. The checks cost 10 to 25 %, so only VMs with a
deadline pay for them. Compiling takes half a second and loading from the disk less than a millisecond. Everything
about the disk is optional: whatever goes wrong with it, the code is compiled in memory.
"""

from __future__ import annotations

import ctypes
import os
import sys

from .callbacks import define_imports
from .exports import EngineUnusable
from .faults import handlers
from .library import (
    OPTIMIZE_SPEED,
    ByteVector,
    library,
    machine,
    take_bytes,
    take_error_message,
    version,
)
from .stack import NATIVE_STACK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from .._cache import KeptFiles

# What wasmtime is configured with, apart from epochs. Part of a cached file's name.
_SETTINGS: Final[tuple[tuple[str, int], ...]] = (
    ("cranelift_opt_level", OPTIMIZE_SPEED),
    # The bits of a NaN differ between processors; with this a snapshot does not depend on where it was taken.
    ("cranelift_nan_canonicalization", True),
    # All that 32 bits can address: growing never moves the memory, and code needs no bounds checks.
    ("memory_reservation", 1 << 32),
    ("memory_may_move", False),
    ("wasm_memory64", False),
    # wasmtime aborts the process unless the first is at least the second; no call here is asynchronous.
    ("async_stack_size", NATIVE_STACK),
    ("max_wasm_stack", NATIVE_STACK),
)


class MachineCode:
    """A module as machine code of one ``wasm_engine_t``.

    :param engine: the engine.
    :param wasm: returns the module's bytes; called when there is no machine code of them.
    :param identity: what the bytes have and no others, fit for a file's name.
    :param checked: with epoch checks, as the engine is configured.
    :param files: where to look for the machine code and to leave it.
    :raises EngineUnusable: it is not a module.
    """

    def __init__(
        self, engine: int, wasm: Callable[[], bytes], identity: str, *, checked: bool, files: KeptFiles
    ) -> None:
        self._library = library()
        self.module: int | None = None
        """a ``wasmtime_module_t``"""
        name = _file_name(identity, checked)
        self.path = files.find(name)
        """where the machine code lies, if it could be kept"""
        if self.path is not None:
            self.module = _load(engine, self.path)
        self.from_cache: bool = self.module is not None
        if self.module is None:
            self.module = _compile(engine, wasm())
            files.write(name, _serialized(self.module))
            self.path = files.find(name)

    def __del__(self) -> None:
        # Also runs when the constructor raised. wasmtime counts references, so instances may outlive this.
        if getattr(self, "module", None) is not None:
            self._library.wasmtime_module_delete(self.module)


class Compiled:
    """A module as machine code, its engine, and the imports of engine/abi.h linked to it. For any number of threads.

    :param wasm: returns the module's bytes; called when there is no machine code of them.
    :param identity: what the bytes have and no others, fit for a file's name.
    :param checked: with epoch checks, so that a store can be stopped wherever it is.
    :param files: where to look for the machine code and to leave it.
    :raises EngineUnusable: it is not a module, or imports what there is not.
    :raises LibraryError: there is no usable wasmtime.
    """

    def __init__(
        self,
        wasm: Callable[[], bytes],
        identity: str,
        *,
        checked: bool,
        files: KeptFiles,
    ) -> None:
        self._library = library()
        self.checked = checked
        self._files = files
        self._linker: int | None = None
        self.instance_template: int | None = None
        """a ``wasmtime_instance_pre_t``"""
        self.engine: int = _make_engine(checked)
        self._code = MachineCode(self.engine, wasm, identity, checked=checked, files=files)
        self.path: str | None = self._code.path
        """where the machine code lies, if it could be kept"""
        self.from_cache: bool = self._code.from_cache
        self._linker = self._library.wasmtime_linker_new(self.engine)
        define_imports(self._linker, self._code.module)
        template = ctypes.c_void_p()
        _check(self._library.wasmtime_linker_instantiate_pre(self._linker, self._code.module, ctypes.byref(template)))
        self.instance_template = template.value

    def __del__(self) -> None:
        # Also runs when the constructor raised. wasmtime counts references, so instances may outlive this.
        if not hasattr(self, "engine"):
            return
        bound = self._library
        if self.instance_template is not None:
            bound.wasmtime_instance_pre_delete(self.instance_template)
        if self._linker is not None:
            bound.wasmtime_linker_delete(self._linker)
        bound.wasm_engine_delete(self.engine)

    def of(self, wasm: bytes) -> MachineCode:
        """Another module, as machine code that runs in the stores of this one's instances.

        :raises EngineUnusable: it is not a module.
        """
        import hashlib

        sha256 = hashlib.sha256(wasm).hexdigest()
        return MachineCode(self.engine, lambda: wasm, sha256, checked=self.checked, files=self._files)

    def increment_epoch(self) -> None:
        """Make every running store of this engine call its deadline callback. From any thread."""
        self._library.wasmtime_engine_increment_epoch(self.engine)


_in_forked_child = False


def _after_fork_in_child() -> None:
    global _in_forked_child
    _in_forked_child = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _make_engine(checked: bool) -> int:
    bound = library()
    configuration = bound.wasm_config_new()
    for name, value in _SETTINGS:
        getattr(bound, f"wasmtime_config_{name}_set")(configuration, value)
    bound.wasmtime_config_epoch_interruption_set(configuration, checked)
    # The threads that compile are started once a process; a forked child that relied on them would wait for ever.
    bound.wasmtime_config_parallel_compilation_set(configuration, not _in_forked_child)
    engine: int | None = bound.wasm_engine_new_with_config(configuration)
    if engine is None:
        raise EngineUnusable("wasmtime refused the configuration")
    handlers.note()
    return engine


def _file_name(identity: str, checked: bool) -> str:
    # In words, for to hash them would take longer than everything else here.
    settings = "-".join(str(int(value)) for _, value in _SETTINGS)
    kind = "checked" if checked else "plain"
    return f"{kind}-{identity}-{version()}-{sys.platform}-{machine()}-{settings}.cwasm"


def _load(engine: int, path: str) -> int | None:
    module = ctypes.c_void_p()
    error = library().wasmtime_module_deserialize_file(engine, os.fsencode(path), ctypes.byref(module))
    if error is not None:
        # Damaged, or made on a processor with other features.
        library().wasmtime_error_delete(error)
        return None
    return module.value


def _compile(engine: int, wasm: bytes) -> int:
    module = ctypes.c_void_p()
    _check(library().wasmtime_module_new(engine, wasm, len(wasm), ctypes.byref(module)))
    assert module.value is not None
    return module.value


def _serialized(module: int) -> bytes:
    content = ByteVector()
    _check(library().wasmtime_module_serialize(module, ctypes.byref(content)))
    return take_bytes(content)


def _check(error: int | None) -> None:
    if error is not None:
        raise EngineUnusable(take_error_message(error))
