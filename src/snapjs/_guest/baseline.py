"""The state every new VM starts from: an engine that has been initialised, as an image of its memory.

A new VM maps the image instead of running the initialisation again. A snapshot stores only the pages that differ from
it; so the image must be the same on every machine, and nothing of the host (time, randomness) may enter it.
"""

from __future__ import annotations

import ctypes
import time

from . import abi, watchdog
from .compiled import Compiled
from .exports import PROTOTYPES, EngineUnusable
from .image import Image
from .memory import FIRST_PAGE, Memory, Overlay
from .pages import memory_view
from .raw import RawInstance, Store, Trap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, TypeVar

    _T = TypeVar("_T")

_FOREIGN_MAXIMUM: Final = 64 * 1024 * 1024
"""bytes of memory that a foreign engine may take before it has run anything; ours takes some 5 MB"""
FOREIGN_SECONDS: Final = 10.0
"""until a foreign engine is stopped in what takes ours a tenth of a second"""

_interrupt_of_nobody = ctypes.c_uint32()
_nowhere: Final = ctypes.addressof(_interrupt_of_nobody)


class _Nothing:
    """The host during initialisation: no time passes and nothing is bound."""

    failure: BaseException | None = None

    def fail(self, failure: BaseException) -> None:
        self.failure = self.failure or failure

    def host_request(self) -> None:
        return None

    def _nothing(self, *arguments: float) -> int:
        return 0

    host_import = host_write = host_clock = host_timezone = host_interrupt = _nothing


class Baseline:
    """One image and what is needed to use it."""

    def __init__(self, intrinsics: int, web: int, memory: Memory, control: int) -> None:
        self.intrinsics = intrinsics
        self.web = web
        self.memory = memory
        self.control = control
        """address of the control block"""
        self._sha256: str | None = None

    @property
    def sha256(self) -> str:
        """Identity of the image. Two machines with the same engine agree on it."""
        if self._sha256 is None:
            import hashlib

            image = self.memory.ground
            self._sha256 = hashlib.sha256(memory_view(image.address, image.length)).hexdigest()
        return self._sha256

    @property
    def size(self) -> int:
        """Bytes of linear memory."""
        return self.memory.size


def build(code: Compiled, intrinsics: int, web: int, *, foreign: bool) -> Baseline:
    """Initialise an engine and keep its memory.

    :param foreign: it is not the package's own, so nothing that it says is believed; its code must have epoch checks.
    :raises EngineUnusable: it is not an engine that this host can run.
    """
    if foreign:
        from .foreign import check_description

        # In an instance of its own, for being asked changes the memory.
        _with_initialized(check_description, code, intrinsics, web, foreign=True)

    def keep(raw: RawInstance, control: int) -> Baseline:
        raw.function("snap_prepare_snapshot", *PROTOTYPES["snap_prepare_snapshot"])()
        size = raw.store.size()
        memory = Memory(size, Image.from_memory(raw.base, size, FIRST_PAGE), Overlay())
        return Baseline(intrinsics, web, memory, control)

    return _with_initialized(keep, code, intrinsics, web, foreign=foreign)


def _with_initialized(
    use: Callable[[RawInstance, int], _T], code: Compiled, intrinsics: int, web: int, *, foreign: bool
) -> _T:
    """Call something with an engine that has initialised itself, and the address of its control block."""
    raw = RawInstance(Store(code, _FOREIGN_MAXIMUM if foreign else None), _Nothing())
    token = watchdog.arm(time.monotonic() + FOREIGN_SECONDS, _nowhere, raw) if foreign else None
    try:
        raw.function("_initialize", *PROTOTYPES["_initialize"])()
        if raw.function("snap_initialize", *PROTOTYPES["snap_initialize"])(intrinsics, web) != abi.Status.OK:
            raise EngineUnusable("it could not be initialised")
        control = raw.function("snap_control_block", *PROTOTYPES["snap_control_block"])()
        if control + ctypes.sizeof(abi.Control) > raw.store.size():
            raise EngineUnusable("its control block is not in its memory")
        return use(raw, control)
    except Trap as trap:
        raise EngineUnusable(f"it does not initialise: {_cause(trap)}") from None
    finally:
        if token is not None:
            watchdog.disarm(token)
        raw.close()


def _cause(trap: Trap) -> str:
    return "it takes too long" if trap.is_deadline else trap.cause
