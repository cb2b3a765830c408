"""Random bytes: the system's, or those that follow from a VM's seed."""

from __future__ import annotations

import hashlib
import os
from typing import Final

_DRAW: Final = b"snapjs crypto draw"


class Randomness:
    """What one operation draws.

    :param draw: what the guest has made of its seed: the key, the realm and the number of the operation, so that no
        two operations have the same; ``None`` where chance is to be the system's.
    """

    def __init__(self, draw: bytes | None) -> None:
        self._draw = draw
        self._taken = 0

    @property
    def repeats(self) -> bool:
        """Whether a seed decides."""
        return self._draw is not None

    def take(self, size: int) -> bytes:
        """That many bytes, which were never taken before."""
        if self._draw is None:
            return os.urandom(size)
        self._taken += 1
        return hashlib.shake_256(_DRAW + self._taken.to_bytes(4, "little") + self._draw).digest(size)
