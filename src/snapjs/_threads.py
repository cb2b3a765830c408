"""What snapjs needs of :mod:`threading` and :mod:`collections`, which with :mod:`functools`, that threading imports,
are a tenth of the time of a process that evaluates something and ends.

These are the same objects. They come from where those modules take them, and from the modules themselves in a Python
that has them elsewhere.
"""

from __future__ import annotations

import sys
from _thread import start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from threading import Lock, RLock, get_ident, local
else:
    try:
        from _collections import deque
        from _thread import RLock, get_ident
        from _thread import _local as local
        from _thread import allocate_lock as Lock
    except ImportError:
        from collections import deque
        from threading import Lock, RLock, get_ident, local

__all__ = ["Lock", "RLock", "deque", "get_ident", "local", "main_thread", "start_new_thread"]


def main_thread() -> int | None:
    """The number of the main thread. As long as nobody has imported threading it is the one that asks, as threading
    takes the one that imports it."""
    threading = sys.modules.get("threading")
    return threading.main_thread().ident if threading is not None else get_ident()
