"""What leaves the VM of a worker: nothing of it may refer to the VM, which serves others next."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

from .._core.reference import Reference
from ..errors import ConversionError, JSError, SnapjsError


def leave(value: Any) -> None:
    """Check a result that was made with handles, and take those of errors away.

    :raises ConversionError: it holds a function, or whatever else cannot leave the VM.
    """
    seen: set[int] = set()
    left = [("$", value)]
    while left:
        path, member = left.pop()
        if isinstance(member, Reference):
            raise ConversionError(
                f"The result holds a {_name(member)} at {path}, which cannot leave the worker's VM. "
                "Return data, or call the pool for what the function does.",
                path=path,
            )
        if isinstance(member, JSError):
            member.handle = None
        if id(member) not in seen:
            seen.add(id(member))
            left.extend(_members(path, member))


def _name(reference: Reference) -> str:
    return {"Function": "function", "Promise": "promise"}.get(type(reference).__name__, "value without a counterpart")


def _members(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield f"{path}.{key}" if isinstance(key, str) else f"{path}[{key!r}]", member
            yield f"{path}, as a key", key
    elif isinstance(value, list | set | frozenset | tuple):
        for index, member in enumerate(value):
            yield f"{path}[{index}]", member
    elif isinstance(value, JSError):
        yield f"{path}.cause", value.cause
        yield f"{path}.value", value.value
        yield f"{path}.errors", value.errors
        yield from _members(path, value.properties)


def left(error: SnapjsError) -> SnapjsError:
    """A copy of an exception: what of it cannot be pickled is its ``repr``. One of a class that cannot be pickled is a
    function's of the host, and has nothing of the VM."""
    try:
        copy: SnapjsError = pickle.loads(pickle.dumps(error))
    except Exception:
        return error
    return copy
