"""Capabilities as the manifest sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from snapjs._sandbox.signatures import Signature, signature_of


@dataclass
class Capability:
    name: str
    signature: Signature
    limits: Mapping[str, float | None]


def capability(name: str, function: Callable[..., Any], types: str | None = None, **limits: float | None) -> Capability:
    return Capability(name, signature_of(function, types, name), limits)


def takes_anything(*values: Any) -> None: ...
