"""From an instance's memory to a snapshot, and back."""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Any

from ._format import PAGE
from ._guest import abi
from .errors import MemoryLimitError, NotQuiescent, SnapshotFormatError
from .snapshot import Snapshot, build

if TYPE_CHECKING:
    from ._bridge import Bridge

_CHUNK = 16 * PAGE


def capture(bridge: Bridge) -> Snapshot:
    """The state of a VM.

    :raises NotQuiescent: JavaScript is on the stack.
    """
    instance = bridge.instance
    with bridge.entered():
        if bridge.is_running:
            raise NotQuiescent()
        metadata = _metadata(bridge)
        if bridge.invoke_limited("snap_prepare_snapshot") != abi.Status.OK:
            raise NotQuiescent()
        size = instance.size()
        return build({**metadata, "memory_size": size}, _changed_pages(instance.base, size, instance.baseline))


def _metadata(bridge: Bridge) -> dict[str, Any]:
    """What can be known of the VM without its memory."""
    calls = [(id, name, message, shared) for id, name, message, shared, *_ in bridge.call("snap_pending_list", (0, 1))]
    baseline = bridge.instance.baseline
    return {
        "intrinsics": baseline.intrinsics,
        "web": baseline.web,
        "baseline": baseline.sha256,
        "created_at": time.time(),
        "functions": bridge.lending.names,
        "pending": calls,
        "timers": [tuple(timer) for timer in bridge.call("snap_timer_list")],
        "extensions": [],
    }


def _changed_pages(base: int, size: int, baseline: Any) -> dict[int, bytes]:
    """Pages that differ from the baseline; beyond its end, from zeros. The guest's stack is dead between calls and left
    out."""
    pages: dict[int, bytes] = {}
    zeros = bytes(_CHUNK)
    for start in range(abi.STACK_SIZE, size, _CHUNK):
        length = min(_CHUNK, size - start)
        now = ctypes.string_at(base + start, length)
        before = (
            ctypes.string_at(baseline.image.address + start, length)
            if start + length <= baseline.size
            else zeros[:length]
        )
        if now == before:
            continue
        for offset in range(0, length, PAGE):
            page = now[offset : offset + PAGE]
            if page != before[offset : offset + PAGE]:
                pages[(start + offset) // PAGE] = page
    return pages


def restore_memory(bridge: Bridge, snapshot: Snapshot) -> None:
    """Bring a new instance's memory to the state of a snapshot.

    :raises SnapshotFormatError: it was taken on another baseline.
    :raises MemoryLimitError: it does not fit into the memory limit.
    """
    instance = bridge.instance
    _, _, baseline = snapshot.baseline
    if instance.baseline.sha256 != baseline:
        raise SnapshotFormatError(
            "the snapshot's baseline is not the one of this engine: the snapshot or the installation is damaged"
        )
    if snapshot.size < instance.baseline.size:
        raise SnapshotFormatError("the snapshot's memory is smaller than an engine's: it was not made by snapjs")
    try:
        instance.grow_to(snapshot.size)
    except MemoryError:
        raise MemoryLimitError(
            f"The snapshot has {snapshot.size} bytes of linear memory, more than memory_limit= allows. "
            "Give it a larger value.",
            limit=bridge.options.memory_limit,
        ) from None
    snapshot._copy_onto(instance.base)
