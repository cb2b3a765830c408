"""Running parts of a program, and what comes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._guest import abi
from ..errors import BusyError, ClosedError, JSError, NotQuiescent, SnapjsError
from .host import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..handle import Handle
    from ..vm import VM
    from .guest import Guest


class Execution:
    """One program: how it has ended, and what nobody in it has caught."""

    guest: Guest
    """its half in JavaScript, once it has begun"""

    def __init__(self) -> None:
        self._vm: VM | None = None
        self.is_destroyed = False
        self.exit_code: int | None = None
        """what it gave to ``std.exit``"""
        self._uncaught: SnapjsError | None = None
        self._has_told = False
        """something was thrown or rejected since the last call that says so"""

    def begin(self, vm: VM, guest: Guest) -> None:
        """It runs in this VM from now on."""
        self._vm = vm
        self.guest = guest

    @property
    def has_begun(self) -> bool:
        return self._vm is not None

    @property
    def has_exited(self) -> bool:
        """Whether it has called ``std.exit``. Nothing of it runs any more."""
        return self.exit_code is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.has_exited or self.is_destroyed

    @property
    def vm(self) -> VM:
        """The VM in which it runs.

        :raises ClosedError: it has not begun, or is destroyed.
        """
        self.check_there()
        if self._vm is None:
            raise ClosedError("This reactor has not begun. Call init() or init_argv() first.")
        return self._vm

    def check_there(self) -> None:
        """
        :raises ClosedError: it is destroyed.
        """
        if self.is_destroyed:
            raise ClosedError("This reactor is destroyed. Use it before destroy(), or make another.")

    def destroy(self) -> bool:
        """Free it; whether nobody uses it any more: otherwise another thread is there, which frees it as it leaves."""
        self.is_destroyed = True
        if self._vm is None:
            return True
        self._vm._bridge.close_when_left()
        return self._vm.closed

    def run(self, action: Callable[[], Any]) -> bool:
        """Run something; whether nothing was thrown or rejected that nobody caught.

        :raises BusyError: another thread is in the program. ``NotQuiescent``: this one is.
        """
        vm = self.vm
        try:
            action()
        except Exit as ended:
            self.exit_code = ended.code
        except (BusyError, NotQuiescent):  # that is no fault of the program
            raise
        except SnapjsError as error:
            if not self.is_destroyed:
                vm._bridge.check_open()
                self._report("Uncaught ", error)
        if self.is_over:
            return True
        told, self._has_told = self._has_told, False
        return not told

    def note_rejection(self, promise: Handle, reason: Handle, handled: bool) -> None:
        """A promise was rejected, for the VM."""
        if handled or self.has_exited:
            return
        error = reason.to_python() if reason.is_error else JSError(reason.typeof, _text_of(reason))
        self._report(
            "Uncaught (in promise) ", error if isinstance(error, SnapjsError) else JSError("Error", str(error))
        )

    def _report(self, prefix: str, error: SnapjsError) -> None:
        stack = getattr(error, "stack", None) or ""
        self._uncaught, self._has_told = error, True
        text = f"{prefix}{error}\n{stack}".rstrip("\n")
        self.write_error(f"{text}\n")

    def write_error(self, text: str) -> None:
        """Write to the program's standard error."""
        self.vm._bridge.options.write(abi.Stream.STDERR, text)

    def take_uncaught(self) -> SnapjsError | None:
        """What nobody has caught since the last time, the last of it."""
        error, self._uncaught = self._uncaught, None
        return error


def _text_of(value: Handle) -> str:
    """What String makes of a value, if that does not throw."""
    try:
        return value.to_string()
    except SnapjsError:
        return value.class_name or ""
