"""Moments of cron expressions, in time zones whose clocks are put forward and back."""

from __future__ import annotations

from datetime import datetime

import pytest

from snapjs._workflows.cron import Cron


def seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def after(expression: str, timezone: str, begin: str, count: int = 1) -> list[str]:
    """The moments after one, so many."""
    cron, moment, found = Cron(expression, timezone), seconds(begin), []
    for _ in range(count):
        following = cron.after(moment)
        assert following is not None
        moment = following
        found.append(f"{datetime.fromtimestamp(moment, datetime.fromisoformat(begin).tzinfo):%Y-%m-%d %H:%M}")
    return found


def test_a_moment_is_not_after_itself() -> None:
    assert after("0 3 * * *", "UTC", "2026-11-22T03:00Z") == ["2026-11-23 03:00"]


def test_a_moment_is_after_the_fraction_of_a_second_before_it() -> None:
    assert Cron("0 3 * * *", "UTC").after(seconds("2026-11-22T03:00Z") - 0.25) == seconds("2026-11-22T03:00Z")


def test_a_time_of_day_follows_the_time_zone() -> None:
    assert after("0 3 * * *", "Europe/Berlin", "2026-03-27T12:00Z", 3) == [
        "2026-03-28 02:00",
        "2026-03-29 01:00",
        "2026-03-30 01:00",
    ]


def test_what_lies_in_the_hour_that_is_left_out_comes_right_after_it() -> None:
    assert after("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2) == ["2026-03-29 01:00", "2026-03-30 00:30"]


def test_what_lies_in_the_hour_that_comes_twice_comes_once() -> None:
    assert after("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2) == ["2026-10-25 00:30", "2026-10-26 01:30"]


@pytest.mark.parametrize("begin", ["2026-10-25T00:45Z", "2026-10-25T01:10Z", "2026-10-25T01:30Z"])
def test_in_the_hour_that_comes_twice_nothing_that_is_over_comes_again(begin: str) -> None:
    assert after("30 2 * * *", "Europe/Berlin", begin) == ["2026-10-26 01:30"]


def test_half_hours_are_half_hours_while_clocks_are_put_back() -> None:
    assert after("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00Z", 4) == [
        "2026-10-25 00:30",
        "2026-10-25 01:00",
        "2026-10-25 01:30",
        "2026-10-25 02:00",
    ]


def test_half_hours_are_half_hours_while_clocks_are_put_forward() -> None:
    assert after("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:30Z", 2) == ["2026-03-29 01:00", "2026-03-29 01:30"]


def test_clocks_that_are_put_by_half_an_hour() -> None:
    assert after("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00Z", 2) == [
        "2026-10-03 15:30",
        "2026-10-04 15:15",
    ]


def test_a_day_that_a_zone_has_left_out() -> None:
    assert after("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00Z") == ["2011-12-30 10:00"]


def test_after_2038() -> None:
    assert after("14 3 19 1 *", "UTC", "2038-01-01T00:00Z", 2) == ["2038-01-19 03:14", "2039-01-19 03:14"]


def test_after_2038_clocks_are_still_put() -> None:
    assert after("0 3 1 7 *", "Europe/Berlin", "2040-01-01T00:00Z") == ["2040-07-01 01:00"]


def test_a_leap_day() -> None:
    assert after("0 0 29 2 *", "UTC", "2026-01-01T00:00Z", 2) == ["2028-02-29 00:00", "2032-02-29 00:00"]


def test_a_leap_day_around_a_century_that_has_none() -> None:
    assert after("0 0 29 2 *", "UTC", "2096-03-01T00:00Z") == ["2104-02-29 00:00"]


def test_seconds_are_the_first_of_six_fields() -> None:
    assert Cron("*/15 * * * * *", "UTC").after(seconds("2026-11-22T03:00:01Z")) == seconds("2026-11-22T03:00:15Z")


def test_a_moment_that_never_comes() -> None:
    with pytest.raises(ValueError, match=r"^'0 0 30 2 \*' is no cron expression"):
        Cron("0 0 30 2 *", "UTC")


def test_what_does_not_come_within_fifty_years() -> None:
    assert Cron("* * */20 * 1L", "UTC").after(seconds("2020-01-01T00:00Z")) is None


def test_the_end_of_all_dates() -> None:
    assert Cron("0 3 * * *", "UTC").after(seconds("9999-12-30T00:00Z")) is None


@pytest.mark.parametrize("expression", ["", "soon", "* * * *", "60 * * * *", "0 0 32 * *", "* * * * * * *"])
def test_what_is_no_expression(expression: str) -> None:
    with pytest.raises(ValueError, match=r"is no cron expression, such as '0 3 \* \* \*' for three o'clock: "):
        Cron(expression, "UTC")


@pytest.mark.parametrize("timezone", ["", "Berlin", "../etc/passwd", "/etc/passwd", "Europe"])
def test_what_is_no_time_zone(timezone: str) -> None:
    with pytest.raises(ValueError, match=r"^there is no time zone .* here"):
        Cron("0 3 * * *", timezone)


def latest(expression: str, timezone: str, earliest: str, now: str) -> float:
    return Cron(expression, timezone).latest(seconds(earliest), seconds(now))


def test_the_latest_of_those_that_were_missed() -> None:
    assert latest("0 3 * * *", "UTC", "2026-11-01T03:00Z", "2026-11-22T02:59Z") == seconds("2026-11-21T03:00Z")


def test_the_latest_is_now() -> None:
    assert latest("0 3 * * *", "UTC", "2026-11-01T03:00Z", "2026-11-22T03:00Z") == seconds("2026-11-22T03:00Z")


def test_the_latest_is_the_only_one() -> None:
    assert latest("0 3 * * *", "UTC", "2026-11-22T03:00Z", "2026-11-22T03:00:00.5Z") == seconds("2026-11-22T03:00Z")


@pytest.mark.parametrize("now", ["2026-10-25T00:30Z", "2026-10-25T01:10Z", "2026-10-25T01:40Z", "2026-10-25T23:00Z"])
def test_the_latest_in_an_hour_that_comes_twice(now: str) -> None:
    assert latest("30 2 * * *", "Europe/Berlin", "2026-10-20T00:30Z", now) == seconds("2026-10-25T00:30Z")


@pytest.mark.parametrize("now", ["2026-03-29T01:00Z", "2026-03-29T01:10Z", "2026-03-30T00:29Z"])
def test_the_latest_in_an_hour_that_was_left_out(now: str) -> None:
    assert latest("30 2 * * *", "Europe/Berlin", "2026-03-20T01:30Z", now) == seconds("2026-03-29T01:00Z")


def test_the_latest_of_many_takes_no_longer() -> None:
    assert latest("* * * * * *", "Europe/Berlin", "1970-01-02T00:00Z", "2026-11-22T03:00Z") == seconds(
        "2026-11-22T03:00Z"
    )
