"""The signal handlers by which wasmtime tells a fault of guest code, which is a trap, from one of the process.

wasmtime sets them once a process, and hands on what is not its own to those that were there. Python sets its handlers
whenever it is asked to: ``faulthandler.enable()`` takes the first place, and takes a trap for the end of the process;
``faulthandler.disable()`` puts back what it found, which is the system's if that was before wasmtime, and a trap ends
the process without a word. So wasmtime's are put back. Those of other libraries are left: they hand on, too.

On macOS wasmtime listens to Mach's exceptions and on Windows to vectored ones, of which Python does not deprive it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_SEGMENTATION_FAULT: Final = 11
_SIGNALS: Final = (4, 7, 8, _SEGMENTATION_FAULT)
"""SIGILL, SIGBUS and SIGFPE of Linux; the module signal would have to be imported for their names"""
_SIZE: Final = 256
"""bytes, with room for any ``struct sigaction``, which begins with the address of the handler"""
_DEFAULT_OR_IGNORED: Final = (0, 1)

_is_enabled: Final = faulthandler.is_enabled


class _Place(ctypes.Structure):
    """``Dl_info``: where an address is."""

    _fields_ = (("file", ctypes.c_char_p), ("base", ctypes.c_void_p), ("_symbol", ctypes.c_void_p * 2))


class Handlers:
    """Wasmtime's, as they were when it had set them."""

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}
        self._handler = 0
        """the address of all of them"""
        self._current: Any = ctypes.create_string_buffer(_SIZE)
        self._address = ctypes.c_size_t.from_buffer(self._current)
        self._sigaction: Any = None
        self.faulthandler_was_enabled = False
        """when they were last known to be in place"""

    def note(self) -> None:
        """Remember them, after an engine was made. The first one set them."""
        if self._handler or sys.platform != "linux":
            return
        self._sigaction = ctypes.CDLL(None).sigaction
        self._sigaction.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._handler = self._ask(_SEGMENTATION_FAULT)
        for number in _SIGNALS:
            if self._ask(number) == self._handler:
                self._kept[number] = ctypes.create_string_buffer(self._current.raw)
        self.faulthandler_was_enabled = _is_enabled()

    def put_back(self) -> None:
        """Have them in place. Takes a microsecond if they are."""
        if self._handler:
            found = self._ask(_SEGMENTATION_FAULT)
            if found != self._handler and (found in _DEFAULT_OR_IGNORED or _is_of_python(found)):
                for number, action in self._kept.items():
                    self._sigaction(number, action, None)
        self.faulthandler_was_enabled = _is_enabled()

    def _ask(self, number: int) -> int:
        """The address of the handler of a signal."""
        self._sigaction(number, None, self._current)
        return self._address.value


def _is_of_python(address: int) -> bool:
    """Whether it lies in the file of the interpreter."""
    where = ctypes.CDLL(None).dladdr
    where.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    there, python = _Place(), _Place()
    where(address, ctypes.byref(there))
    where(ctypes.cast(ctypes.pythonapi.Py_IncRef, ctypes.c_void_p), ctypes.byref(python))
    return bool(there.base == python.base)


handlers: Final = Handlers()
