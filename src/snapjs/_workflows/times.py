"""Durations and moments that callers give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .._checks import checked_seconds


def seconds_in(duration: float | timedelta, name: str) -> float:
    """The seconds of a duration.

    :param name: of the argument, for errors.
    :raises TypeError, ValueError: it is none that is longer than nothing.
    """
    seconds = checked_seconds(duration.total_seconds() if isinstance(duration, timedelta) else duration, name)
    if seconds is None:
        raise TypeError(f"{name} is seconds or a timedelta, not None")
    return seconds


def moment_at(moment: float | timedelta | datetime, now: float, name: str) -> float:
    """Unix seconds of a moment, or of the end of a duration that begins now.

    :param name: of the argument, for errors.
    :raises TypeError, ValueError: it is neither, or later than a datetime can be.
    """
    if not isinstance(moment, datetime):
        end = now + seconds_in(moment, name)
        try:
            datetime.fromtimestamp(end, UTC)
        except (ValueError, OverflowError, OSError):
            raise ValueError(
                f"{name} is before the year 10000, which {moment!r} from now is not: give a sooner one"
            ) from None
        return end
    if moment.tzinfo is None:
        raise ValueError(f"{name} is a datetime with a time zone, as datetime.now(UTC) + timedelta(days=1)")
    return moment.timestamp()
