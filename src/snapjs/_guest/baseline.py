"""The state every new VM starts from: an engine that has been initialised, as an image of its memory.

A new VM maps the image instead of running the initialisation again. A snapshot stores only the pages that differ from
it; so the image
must be the same on every machine, and nothing of the host (time, randomness) may enter it.
"""

from __future__ import annotations

import ctypes
import hashlib
import threading
from dataclasses import dataclass, field

from . import abi
from .compiled import load
from .image import Image
from .raw import RawInstance

PAGE = 4096


class _Nothing:
    """The host during initialisation: no time passes and nothing is bound."""

    failure: BaseException | None = None

    def host_call(self, index: int, pointer: int, length: int, flags: int) -> int:
        return abi.Status.ABSENT

    def host_load_module(self, pointer: int, length: int) -> int:
        return abi.Status.ABSENT

    def host_write(self, stream: int, pointer: int, length: int) -> None:
        return None

    def host_clock(self, monotonic: int) -> float:
        return 0.0

    def host_timezone(self, seconds: float) -> int:
        return 0

    def host_interrupt(self) -> int:
        return 0


@dataclass
class Baseline:
    """One image and what is needed to use it."""

    intrinsics: int
    web: int
    image: Image
    size: int
    """bytes of linear memory"""
    control: int
    """address of the control block"""
    _sha256: str | None = field(default=None, repr=False)

    @property
    def sha256(self) -> str:
        """Identity of the image. Two machines with the same engine agree on it."""
        if self._sha256 is None:
            self._sha256 = hashlib.sha256(ctypes.string_at(self.image.address, self.size)).hexdigest()
        return self._sha256


_baselines: dict[tuple[int, int], Baseline] = {}
_lock = threading.Lock()


def baseline(intrinsics: int, web: int) -> Baseline:
    """The baseline with these intrinsics and web APIs (bits of ``abi.Intrinsic`` and ``abi.Web``); made once a
    process."""
    found = _baselines.get((intrinsics, web))
    if found is not None:
        return found
    with _lock:
        if (intrinsics, web) not in _baselines:
            _baselines[intrinsics, web] = _build(intrinsics, web)
        return _baselines[intrinsics, web]


def _build(intrinsics: int, web: int) -> Baseline:
    raw = RawInstance(load(checked=False), None, _Nothing())
    try:
        raw.function("_initialize", 0, False)()
        status = raw.function("snap_initialize", 2, True)(intrinsics, web)
        if status != abi.Status.OK:
            raise RuntimeError("the engine could not be initialised")
        control = raw.function("snap_control_block", 0, True)()
        raw.function("snap_prepare_snapshot", 0, True)()
        ctypes.memset(raw.base, 0, abi.STACK_SIZE)
        size = raw.size()
        return Baseline(intrinsics, web, Image.from_memory(raw.base, size), size, control)
    finally:
        raw.close()
