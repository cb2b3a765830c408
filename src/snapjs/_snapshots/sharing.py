"""Snapshots for processes that are being started: their images are passed on, not copied.

:mod:`multiprocessing` pickles the arguments of a process that it starts, on this machine, and lets it inherit file
descriptors. Whatever else is pickled may go anywhere, and takes the snapshot's bytes along.
"""

from __future__ import annotations

import sys
from array import array
from typing import Any

import msgspec

from .._guest.image import Image
from .._guest.memory import Memory, Overlay
from ..engines import find_engine
from .state import Metadata, State

Parts = tuple[bytes, str, bytes | None, bytes, Any, int, list[tuple[int, int]]]


def share(state: State) -> Parts | None:
    """What the process that is being started needs to have the same snapshot; None when none is, or it is better off
    with bytes."""
    context = sys.modules.get("multiprocessing.context")
    popen = context and context.get_spawning_popen()
    ground = state.memory.ground
    if not popen or ground.descriptor is None or state.memory.overlay.numbers or state.base is not None:
        return None
    from multiprocessing.reduction import DupFd

    engine = state.engine
    return (
        msgspec.msgpack.encode(state.metadata),
        engine.sha256,
        engine.wasm if engine.foreign else None,
        state.numbers.tobytes(),
        DupFd(ground.descriptor),
        ground.length,
        ground.runs,
    )


def adopt(parts: Parts) -> State:
    """The state in the process that was started.

    :raises EngineMismatch: the package was replaced meanwhile, and has another engine.
    """
    packed, engine, wasm, numbers, descriptor, length, runs = parts
    metadata = msgspec.msgpack.decode(packed, type=Metadata)
    image = Image.adopt(descriptor.detach(), length, runs)
    memory = Memory(metadata.memory_size, image, Overlay())
    return State(metadata, find_engine(engine, {}, wasm), memory, array("I", numbers), None)
