"""From an instance's memory to the state of a snapshot."""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING

from .._guest import abi
from .._guest.memory import keep
from ..errors import NotQuiescent, SnapshotError
from .state import ExtensionPlace, Metadata, State, few_pages, kind_of

if TYPE_CHECKING:
    from .._core.bridge import Bridge


def capture(bridge: Bridge, base: State | None) -> State:
    """The state of a VM.

    :param base: what to make a delta of; a delta stands for its own base.
    :raises NotQuiescent: JavaScript is on the stack.
    :raises SnapshotError: the base is of another kind of VM.
    """
    instance = bridge.instance
    base = base if base is None or base.base is None else base.base
    with bridge.entered():
        if bridge.is_running:
            raise NotQuiescent()
        metadata = _metadata(bridge, base)
        _prepare(bridge)
        metadata.memory_size = instance.size()
        reference = instance.baseline.memory if base is None else base.memory
        suspects = instance.written_since(reference.ground)
        memory, numbers = keep(instance.base, metadata.memory_size, reference, few=few_pages(base), suspects=suspects)
        return State(metadata, instance.engine, memory, array("I", numbers), base)


def prepare(bridge: Bridge) -> None:
    """Leave the memory as capturing it would: whether that is done or not makes no difference to what follows.

    :raises NotQuiescent: JavaScript is on the stack.
    """
    with bridge.entered():
        _prepare(bridge)


def _prepare(bridge: Bridge) -> None:
    if bridge.invoke_limited("snap_prepare_snapshot") != abi.Status.OK:
        raise NotQuiescent()


def _metadata(bridge: Bridge, base: State | None) -> Metadata:
    """What can be known of the VM without its memory."""
    calls = [(id, name, message, shared) for id, name, message, shared, *_ in bridge.ask("snap_pending_list", (0, 1))]
    baseline = bridge.instance.baseline
    extensions = _extensions(bridge)
    if base is not None and base.kind != kind_of(bridge.instance.engine, baseline.sha256, extensions):
        raise SnapshotError(
            "base= is the snapshot of a VM with another engine, other intrinsics, other web APIs or other extensions"
        )
    return Metadata(
        abi=abi.ABI_VERSION,
        intrinsics=baseline.intrinsics,
        web=baseline.web,
        baseline=baseline.sha256,
        memory_size=0,
        created_at=time.time(),
        functions=bridge.lending.names,
        pending=calls,
        timers=bridge.ask("snap_timer_list"),
        extensions=extensions,
        base=None if base is None else base.id,
    )


def _extensions(bridge: Bridge) -> list[ExtensionPlace]:
    extensions = bridge.instance.extensions
    placed = () if extensions is None else extensions.placed
    return [ExtensionPlace(name=e.name, sha256=e.sha256, memory=e.memory, table=e.table) for e in placed]
