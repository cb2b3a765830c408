"""Moves a VM as another process would get it."""

from __future__ import annotations

from typing import Any

from snapjs import VM, Snapshot


def moved(vm: VM, **options: Any) -> VM:
    """The VM as bytes and back."""
    snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())
    vm.close()
    return VM.restore(snapshot, **options)


def after_restore(before: str, after: str, **options: Any) -> Any:
    """What code evaluates to in a VM that is restored from one that ran other code."""
    with VM(**options) as vm:
        vm.eval(before)
        with moved(vm, **options) as restored:
            return restored.eval(after)
