"""How much of a thread's native stack guest code may use.

JavaScript recursion is meant to end at the guest's own limit, which counts bytes of linear memory and raises a
catchable RangeError. The same recursion uses the native stack too, two to sixteen times as much: most in the parser
and in JSON, whose frames hardly touch linear memory. wasmtime enforces one budget for the whole process, counted from
the outermost call into a store, and knows nothing of the thread it runs on: a budget that the thread does not have
ends the process with a signal. So the budget is fixed here, every thread is checked against it once, and a VM entered
from another VM's host function is checked against what is left.

With 5 MiB, a JavaScript limit of 256 KiB always ends in a RangeError; above that, deep nesting in the parser or in
JSON may trap. Windows gives every thread the 2 MB that python.exe asks for, which is enough for 64 KiB.
"""

from __future__ import annotations

import ctypes
import sys

from ..errors import StackLimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

MEBIBYTE: Final = 1 << 20

NATIVE_STACK: Final = MEBIBYTE if sys.platform == "win32" else 5 * MEBIBYTE
"""Bytes of native stack that the calls into one store may use."""

# What host functions, and the interpreter that runs them, need below the guest's frames.
_MARGIN: Final = MEBIBYTE // 2
_NEEDED: Final = NATIVE_STACK + _MARGIN


def stack_limit_of_this_thread() -> int:
    """Return the lowest address of this thread's stack, 0 where the system does not tell.

    :raises StackLimitError: the whole stack is smaller than what guest code may use.
    """
    low, size = _bounds()
    if low and size < _NEEDED:
        import threading

        raise StackLimitError(
            f"The stack of thread {threading.current_thread().name!r} has {size} bytes, and guest code needs "
            f"{_NEEDED}. Call threading.stack_size({_NEEDED + MEBIBYTE}) before starting threads, "
            "or raise the process's limit of the stack."
        )
    return low


def check_room(stack_pointer: int, stack_limit: int) -> None:
    """Check that another store may be entered from a host function.

    :param stack_pointer: an address on the stack, near where the host function was called; its low half is enough.
    :param stack_limit: what ``stack_limit_of_this_thread`` returned.
    :raises StackLimitError: the stack that is left could not hold the other store's budget.
    """
    left = (stack_pointer - stack_limit) & 0xFFFFFFFF  # no stack has 4 GiB
    if stack_limit and left < _NEEDED:
        raise StackLimitError(
            f"A VM was entered from a host function with {left} bytes of stack left, and it needs {_NEEDED}. "
            "Nest fewer VMs, call host functions from less deep JavaScript, or use a thread with a larger stack."
        )


def check_nesting(outermost: int, stack_pointer: int) -> None:
    """Check that a store may be entered from a host function that it has called. Half of its budget is left for what
    was in use before, and for JavaScript to come to its own limit: the end of the budget itself is a trap.

    :param outermost: an address on the stack, near where the first host function was called; its low half is enough.
    :param stack_pointer: likewise of the latest one.
    :raises StackLimitError: the stack that they have used together is half of the budget.
    """
    if (outermost - stack_pointer) & 0xFFFFFFFF > NATIVE_STACK // 2:
        raise StackLimitError(
            f"JavaScript and host functions call each other too deeply: they have used {NATIVE_STACK // 2} bytes of "
            "stack. Return from some of them first."
        )


if sys.platform == "win32":

    def _bounds() -> tuple[int, int]:
        low, high = ctypes.c_size_t(), ctypes.c_size_t()
        ctypes.WinDLL("kernel32").GetCurrentThreadStackLimits(ctypes.byref(low), ctypes.byref(high))
        return low.value, high.value - low.value

elif sys.platform == "darwin":

    def _bounds() -> tuple[int, int]:
        system = ctypes.CDLL(None)
        system.pthread_self.restype = ctypes.c_void_p
        system.pthread_get_stackaddr_np.restype = ctypes.c_size_t
        system.pthread_get_stackaddr_np.argtypes = (ctypes.c_void_p,)
        system.pthread_get_stacksize_np.restype = ctypes.c_size_t
        system.pthread_get_stacksize_np.argtypes = (ctypes.c_void_p,)
        thread = system.pthread_self()
        size: int = system.pthread_get_stacksize_np(thread)
        return system.pthread_get_stackaddr_np(thread) - size, size

else:

    def _bounds() -> tuple[int, int]:
        system = ctypes.CDLL(None)
        if not hasattr(system, "pthread_getattr_np"):
            return 0, 0
        system.pthread_self.restype = ctypes.c_void_p
        attributes = (ctypes.c_uint64 * 32)()  # pthread_attr_t; 64 bytes at most in the C libraries there are
        if system.pthread_getattr_np(ctypes.c_void_p(system.pthread_self()), attributes) != 0:
            return 0, 0
        low, size = ctypes.c_size_t(), ctypes.c_size_t()
        system.pthread_attr_getstack(attributes, ctypes.byref(low), ctypes.byref(size))
        system.pthread_attr_destroy(attributes)
        return low.value, size.value
