"""What snapjs needs of :mod:`threading` and :mod:`collections`, which with :mod:`functools`, that threading imports,
are a tenth of the time of a process that evaluates something and ends.

These are the same objects, but for the lock of Python 3.14. They come from where those modules take them, and from the
modules themselves in a Python that has them elsewhere.

A ``with`` statement takes a lock itself, never the Condition that is made of it: the methods of a Condition are written
in Python, and the exception of a signal that strikes where its ``__exit__`` begins leaves the lock taken.
"""

from __future__ import annotations

import sys
from _thread import start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from threading import RLock, get_ident, local
else:
    try:
        from _collections import deque
        from _thread import RLock, get_ident
        from _thread import _local as local
    except ImportError:
        from collections import deque
        from threading import RLock, get_ident, local

if not TYPE_CHECKING and sys.version_info >= (3, 14):
    _UnsafeRLock = RLock

    class RLock(_UnsafeRLock):
        """A lock that a ``with`` statement always leaves.

        Since Python 3.14 the exception of a signal may strike when ``__enter__`` has returned and the block is not yet
        begun, and then nobody calls ``__exit__`` (python/cpython#148874). It does not strike where a function that is
        written in Python returns, so this one either has the lock and returns, or raises and does not have it.
        """

        __slots__ = ()

        def __enter__(self) -> bool:
            had: list[bool] = []
            try:
                # One call, written in C: there is no moment in which the lock is held and nobody knows.
                had.extend(map(self.acquire, (True,)))
            except BaseException:
                if had:
                    self.release()
                raise
            return True


__all__ = ["RLock", "deque", "get_ident", "local", "main_thread", "start_new_thread"]


def main_thread() -> int | None:
    """The number of the main thread. As long as nobody has imported threading it is the one that asks, as threading
    takes the one that imports it."""
    threading = sys.modules.get("threading")
    return threading.main_thread().ident if threading is not None else get_ident()
