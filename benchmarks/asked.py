"""What is asked of bundles."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from .adapter import BUNDLES, Unsupported


class Asked(NamedTuple):
    """A call, and what comes of it."""

    bundle: str
    export: str
    arguments: tuple[Any, ...]
    result: Any

    def path(self) -> str:
        """That of its bundle, as :meth:`Adapter.bridge` takes it."""
        if BUNDLES not in os.environ:
            raise Unsupported("needs bundles, which node and npm make")
        return str(Path(os.environ[BUNDLES], self.bundle))


_RECORD = {"name": "Ada", "age": 36, "mail": "ada@example.org"}
_FOUND = {
    "text": "tomorrow from 3pm to 4pm",
    "start": "2025-06-16T15:00:00.000Z",
    "end": "2025-06-16T16:00:00.000Z",
}
ASKED = {
    "dates": Asked("small", "dates", ("Meeting tomorrow from 3pm to 4pm in room 5", "2025-06-15T15:06:40Z"), [_FOUND]),
    "check": Asked("small", "checked", (_RECORD,), _RECORD),
    "tokens": Asked("large", "tokens", ("const a: number = 1",), 6),
}
