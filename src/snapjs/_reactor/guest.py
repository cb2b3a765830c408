"""The half of a reactor that is in JavaScript, and how the other half calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._core.first_handle import keep_first, kept_first
from ..errors import SnapshotError
from ..vm import VM

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..function import Function

HOST_FUNCTION: Final = "snapjs:reactor"
"""the name by which the guest's way to the host is bound again"""


class Guest:
    """Calls the guest's half: ``guest(request, *values)``.

    :param function: which answers requests.
    """

    def __init__(self, function: Function) -> None:
        self._function = function

    def __call__(self, request: str, *values: Any) -> Any:
        return self._function(request, *values)

    @classmethod
    def new(cls, vm: VM, host: Callable[..., Any], options: dict[str, Any]) -> Guest:
        """The guest's half in a VM in which nothing has run.

        :param host: what it calls, with the name of a request.
        :param options: what ``start`` takes.
        """
        handle = vm._bridge.call("snap_reactor")
        keep_first(vm, handle)
        guest = cls(handle.to_python())
        handle.dispose()
        with vm._named_function(HOST_FUNCTION, host) as function:
            guest("start", function, options)
        return guest

    @classmethod
    def restored(cls, vm: VM) -> Guest:
        """That of a VM that was restored.

        :raises SnapshotError: it was not a reactor's.
        """
        function = kept_first(vm)
        if function is None or HOST_FUNCTION not in vm._bridge.lending.names:
            raise SnapshotError("The snapshot is not of a Reactor. Restore it with VM.restore.")
        return cls(function)
