"""What a VM has made before all else, which is found again in a snapshot: the guest's half of what stands on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import SnapjsError
from ..function import Function

if TYPE_CHECKING:
    from ..handle import Handle
    from ..vm import VM

_NUMBER: Final = 1 << 32


def keep_first(vm: VM, handle: Handle) -> None:
    """Have snapshots keep a handle, which is the first that the VM has made."""
    assert handle._number == _NUMBER
    vm.export_handle(handle)


def kept_first(vm: VM) -> Function | None:
    """The function that :func:`keep_first` has kept; ``None``: there is none."""
    try:
        found = vm.import_handle(vm._token(_NUMBER)).to_python()
    except SnapjsError:
        return None
    return found if isinstance(found, Function) else None
