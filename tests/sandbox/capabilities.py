"""Capabilities for tests of what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snapjs._sandbox.capability import Capability, Limits


def capability(name: str, function: Callable[..., Any], types: str | None = None, **limits: Any) -> Capability:
    return Capability(name, function, types, Limits(**limits))


def takes_anything(*values: Any) -> None: ...
