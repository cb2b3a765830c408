"""What arguments must be. Each function ``checked_…`` returns its argument, or raises TypeError or ValueError."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import IntFlag
    from typing import Any, Final, TypeVar

    _Callback = TypeVar("_Callback", bound="Callable[..., Any] | None")

KEY_SIZE: Final = 32
"""bytes of a key for encryption"""

UNSET: Final[Any] = type("Unset", (), {"__repr__": lambda self: "…"})()
"""Default of arguments for which ``None`` means something."""


def checked_text(value: object, what: str = "JavaScript source") -> str:
    """A str.

    :param what: what it is, for the error.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} is a str, not {type(value).__name__}")
    return value


def checked_flags(name: str, flags: int, kind: type[IntFlag]) -> int:
    """A combination of flags, as a number.

    :param kind: whose members they are.
    """
    if isinstance(flags, bool) or not isinstance(flags, int):
        raise TypeError(f"{name} takes a combination of {kind.__name__}, not {flags!r}")
    return int(flags)


def checked_callback(name: str, option: _Callback) -> _Callback:
    """An option that is called, or ``None``."""
    if option is not None and not callable(option):
        raise TypeError(f"{name} takes a callable, not {type(option).__name__}")
    return option


def checked_functions(functions: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The option ``functions=``."""
    if functions is not None and not hasattr(functions, "items"):
        raise TypeError(f"functions takes a mapping from names to functions, not {type(functions).__name__}")
    return functions or {}


def is_async(function: Callable[..., Any]) -> bool:
    """Whether what it returns is to be awaited."""
    import inspect  # takes 10 ms, which a program that gives no function need not spend
    from functools import partial

    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def checked_seconds(seconds: float | None, name: str = "timeout") -> float | None:
    """A duration: more than 0 seconds, or ``None``, or left out."""
    if seconds is None or seconds is UNSET:
        return seconds
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name} is in seconds, not {seconds!r}")
    if not seconds > 0:
        raise ValueError(f"{name} must be more than 0 seconds, not {seconds!r}")
    return float(seconds)


def checked_count(name: str, value: int, smallest: int = 1, largest: int | None = None) -> int:
    """A number of things."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if value < smallest:
        raise ValueError(f"{name} must be at least {smallest}, not {value}")
    if largest is not None and value > largest:
        raise ValueError(f"{name} must be at most {largest}, not {value}")
    return value


def checked_size(name: str, value: int | None, smallest: int, largest: int = 0xFFFFFFFF) -> int | None:
    """A number of bytes, or ``None``."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a number of bytes, not {value!r}")
    if not smallest <= value <= largest:
        raise ValueError(f"{name} must be between {smallest} and {largest} bytes, not {value}")
    return value


def checked_encryption_key(name: str, key: object) -> bytes:
    """A key for encryption."""
    if not isinstance(key, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} takes {KEY_SIZE} bytes, not {type(key).__name__}")
    if len(bytes(key)) != KEY_SIZE:
        raise ValueError(f"{name} takes {KEY_SIZE} bytes, not {len(bytes(key))}: take them from secrets.token_bytes")
    return bytes(key)
