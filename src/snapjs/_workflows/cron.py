"""Moments that a cron expression names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import takewhile
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from .._checks import checked_text

_LATEST: Final = datetime(9900, 1, 1, tzinfo=UTC).timestamp()
"""Unix seconds: later moments than those near it are no dates of Python"""


class Cron:
    """A cron expression in a time zone. Moments are Unix seconds.

    Where clocks are put forward, a moment at an hour that is left out comes right after it; where they are put back, a
    moment at an hour that comes twice is in the first. Expressions whose minute or hour begins with a star follow the
    time as it passes.

    :param expression: of five fields, or of six, the first of which is the second.
    :param timezone: as ``Europe/Berlin``.
    :raises ValueError: there is no such expression or time zone here.
    """

    def __init__(self, expression: str, timezone: str) -> None:
        self.expression = checked_text(expression, "a cron expression")
        try:
            self._zone = UTC if timezone == "UTC" else ZoneInfo(checked_text(timezone, "a time zone"))
        except (KeyError, OSError, ValueError):
            raise ValueError(
                f"there is no time zone {timezone!r} here: give one such as 'Europe/Berlin', or pip install tzdata"
            ) from None
        try:
            CronSim(expression, datetime.fromtimestamp(0, UTC))
        except CronSimError as error:
            raise ValueError(
                f"{expression!r} is no cron expression, such as '0 3 * * *' for three o'clock: {error}"
            ) from None

    def after(self, moment: float) -> float | None:
        """The first moment after another; ``None``: there is none within fifty years."""
        # In an hour that comes twice, the library begins with the first.
        return next((found for found in self._moments(moment) if found > moment), None)

    def latest(self, earliest: float, now: float) -> float:
        """The latest moment that is not after now.

        :param earliest: one that is not.
        """
        # Backwards, the library knows of one hour only where one comes twice: that is a beginning to go on from.
        begin = next(self._moments(now, is_reverse=True), earliest)
        found = [begin, *takewhile(lambda moment: moment <= now, self._moments(begin))]
        return max([earliest, *(moment for moment in found if moment <= now)])

    def _moments(self, begin: float, *, is_reverse: bool = False) -> Iterator[float]:
        if begin > _LATEST:
            return
        for moment in CronSim(self.expression, datetime.fromtimestamp(begin, self._zone), reverse=is_reverse):
            yield moment.timestamp()
