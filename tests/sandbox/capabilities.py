"""Capabilities as the manifest sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from snapjs._sandbox.signatures import Signature, signature_of


@dataclass
class Limits:
    timeout: float | None = None
    max_calls: int | None = None
    max_concurrent: int | None = None
    rate: float | None = None
    max_result: int | None = None


@dataclass
class Capability:
    name: str
    signature: Signature
    limits: Limits


def capability(name: str, function: Callable[..., Any], types: str | None = None, **limits: Any) -> Capability:
    return Capability(name, signature_of(function, types, name), Limits(**limits))


def takes_anything(*values: Any) -> None: ...
