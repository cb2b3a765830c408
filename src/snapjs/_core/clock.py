"""What a VM takes for the time, the time zone and chance."""

from __future__ import annotations

import os
import struct
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, TypeAlias

ClockOption: TypeAlias = "float | Callable[[], float] | None"
TimezoneOption: TypeAlias = "str | int | Callable[[float], int]"
SeedOption: TypeAlias = "int | bytes | None"


FIRST_MOMENT: Final = -62_135_596_800
LAST_MOMENT: Final = 253_402_300_799
"""Unix seconds of the first and the last moment that datetime has"""

_INFINITY: Final = float("inf")
_DAY: Final = 86_400


class Clock:
    """A VM's clock.

    :param option: ``None`` for the host's clock, a Unix time to freeze it at, or a callable that returns Unix seconds.
    """

    def __init__(self, option: ClockOption) -> None:
        if (
            option is not None
            and not callable(option)
            and not (isinstance(option, (int, float)) and abs(float(option)) < _INFINITY)
        ):
            raise TypeError(f"clock takes None, a Unix time in seconds or a callable, not {option!r}")
        self._option = option
        self.is_frozen: bool = option is not None and not callable(option)
        self.is_host: bool = option is None
        self._monotonic_offset = time.time() - time.monotonic()

    def milliseconds(self, monotonic: bool) -> float:
        """Unix milliseconds. ``monotonic`` readings of the host's clock follow no adjustment of the wall clock."""
        option = self._option
        if option is None:
            return (time.monotonic() + self._monotonic_offset if monotonic else time.time()) * 1000
        return (_moment(option()) if callable(option) else float(option)) * 1000


def _moment(seconds: object) -> float:
    """What a clock has returned.

    :raises TypeError: it is no moment.
    """
    try:
        number = float(seconds)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = _INFINITY
    if not abs(number) < _INFINITY:
        raise TypeError(f"clock has to return a Unix time in seconds, not {seconds!r}")
    return number


def seed_number(seed: SeedOption, clock: Clock) -> int:
    """The 64-bit state of ``Math.random`` for a seed.

    Without a seed it comes from the clock's first value when the program chose the clock, else from the host's entropy.
    """
    if seed is None:
        if clock.is_host:
            return int.from_bytes(os.urandom(8), "little") or 1
        seed = repr(clock.milliseconds(False)).encode()
    import hashlib

    return int.from_bytes(hashlib.sha256(_seed_bytes(seed)).digest()[:8], "little") or 1


def randomness_key(seed: int | bytes) -> tuple[int, ...]:
    """The key, in two words of 64 bits, of the random bytes for cryptography that follow from a seed.

    It tells nothing of what ``Math.random`` draws, nor that of the key. It is as hard to guess as the seed, if that has
    less than 128 bits of chance.
    """
    import hashlib

    return struct.unpack("<2Q", hashlib.sha256(b"snapjs randomness" + _seed_bytes(seed)).digest()[:16])


def _seed_bytes(seed: int | bytes) -> bytes:
    if isinstance(seed, int):
        return seed.to_bytes(seed.bit_length() // 8 + 1, "little", signed=True)
    if not isinstance(seed, (bytes, bytearray)):
        raise TypeError(f"seed takes None, an int or bytes, not {type(seed).__name__}")
    return bytes(seed)


def timezone_function(option: TimezoneOption) -> tuple[int | None, Callable[[float], int]]:
    """Fixed minutes, if the zone has them, and a function from Unix seconds to minutes as ``getTimezoneOffset()``
    counts them.

    :raises ValueError: no such zone.
    """
    if isinstance(option, str):
        if option == "UTC":
            return 0, _utc
        if option == "host":
            return None, lambda seconds: -(time.localtime(seconds).tm_gmtoff // 60)
        return None, _zone_function(option)
    if isinstance(option, int) and not isinstance(option, bool):
        fixed = _checked_minutes(option)
        return fixed, lambda seconds: fixed
    if callable(option):
        ask = option
        return None, lambda seconds: _checked_minutes(ask(seconds))
    raise TypeError(f"timezone takes an IANA name, 'host', minutes or a callable, not {option!r}")


def _checked_minutes(minutes: object) -> int:
    """
    :raises TypeError, ValueError: it is more than a day from UTC.
    """
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)):
        raise TypeError(f"timezone is in minutes, not {minutes!r}")
    if not abs(minutes) <= _DAY // 60:
        raise ValueError(f"timezone is at most {_DAY // 60} minutes, not {minutes!r}")
    return int(minutes)


def _utc(seconds: float) -> int:
    return 0


def _zone_function(name: str) -> Callable[[float], int]:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"there is no time zone {name!r} in this system's database: "
            "use an IANA name such as 'Europe/Paris', 'host' or minutes"
        ) from error
    # less a day, for the local time must be one that datetime has too
    earliest, latest = FIRST_MOMENT + _DAY, LAST_MOMENT - _DAY

    def minutes(seconds: float) -> int:
        moment = datetime.fromtimestamp(min(max(seconds, earliest), latest), UTC)
        offset = zone.utcoffset(moment.astimezone(zone))
        return -int(offset.total_seconds() // 60) if offset is not None else 0

    return minutes
