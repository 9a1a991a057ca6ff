"""Days and moments."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_beans.core.calendar import (
    Every,
    add_days,
    anchored,
    days_anchored,
    format_moment,
    local_date,
    moment_on,
    next_anchored,
    parse_day,
    parse_moment,
    read_moment,
)
from billing_beans.core.clock import FixedClock, SystemClock
from billing_beans.core.errors import WrongUsage

TODAY = date(2026, 1, 11)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-11", date(2026, 1, 11)),
        (" 2026-01-11 ", date(2026, 1, 11)),
        ("2028-02-29", date(2028, 2, 29)),
        ("1970-01-01", date(1970, 1, 1)),
        ("2999-12-31", date(2999, 12, 31)),
        ("today", TODAY),
        ("yesterday", date(2026, 1, 10)),
    ],
)
def test_a_day_is_read_as_iso_or_as_a_word(text: str, expected: date) -> None:
    assert parse_day(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026/1/5", "did you mean 2026-01-05?"),
        ("2026.01.05", "did you mean 2026-01-05?"),
        ("2026-1-5", "did you mean 2026-01-05?"),
        ("05.01.2026", "such as 2026-01-11"),
        ("20260105", "such as 2026-01-11"),
        ("2026-W02-1", "such as 2026-01-11"),
        ("2026-01-05T00:00:00", "such as 2026-01-11"),
        ("\u0662\u0660\u0662\u0666-01-05", "such as 2026-01-11"),
        ("tomorrow", "such as 2026-01-11"),
        ("", "such as 2026-01-11"),
        ("2026-02-30", "There is no day 2026-02-30"),
        ("2026-13-01", "There is no day 2026-13-01"),
        ("0000-01-01", "There is no day 0000-01-01"),
        ("0206-01-05", "outside the years 1970 to 2999"),
        ("1969-12-31", "outside the years 1970 to 2999"),
        ("3000-01-01", "outside the years 1970 to 2999"),
    ],
)
def test_a_doubtful_day_is_refused_and_the_right_form_shown(text: str, message: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        parse_day(text, TODAY)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2026, 1, 11), 30, date(2026, 2, 10)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2027, 2, 28), 1, date(2027, 3, 1)),
        (date(2026, 1, 1), -1, date(2025, 12, 31)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
    ],
)
def test_days_are_added_over_month_ends_and_leap_days(day: date, days: int, expected: date) -> None:
    assert add_days(day, days) == expected


@pytest.mark.parametrize("days", [-1_000_000, 1_000_000, 10**9, 10**12])
def test_a_day_outside_the_range_is_refused(days: int) -> None:
    with pytest.raises(WrongUsage, match="outside the years"):
        add_days(TODAY, days)


# Rows by day of Flexprice's billing_anchor_scenarios_test.go: its clock times are another matter here, where days are local.
@pytest.mark.parametrize(
    ("every", "after", "anchor", "expected"),
    [
        ("day", "2024-03-10", "2024-03-10", "2024-03-11"),
        ("day", "2024-03-10", "2024-01-01", "2024-03-11"),
        ("week", "2024-03-06", "2024-01-03", "2024-03-13"),
        ("week", "2024-03-04", "2024-01-03", "2024-03-06"),
        ("month", "2024-04-15", "2024-04-15", "2024-05-15"),
        ("month", "2024-04-01", "2024-04-15", "2024-04-15"),
        ("quarter", "2024-04-01", "2024-04-01", "2024-07-01"),
        ("quarter", "2024-02-15", "2024-04-01", "2024-04-01"),
        ("half-year", "2024-07-01", "2024-07-01", "2025-01-01"),
        ("half-year", "2024-03-15", "2024-07-01", "2024-07-01"),
        ("year", "2024-05-15", "2024-05-15", "2025-05-15"),
        ("month", "2026-01-31", "2026-01-31", "2026-02-28"),
        ("month", "2026-02-28", "2026-01-31", "2026-03-31"),
        ("month", "2028-01-31", "2028-01-31", "2028-02-29"),
        # Rows of our own: short months, leap years, long silence, and days that are none of the series.
        ("month", "2026-04-30", "2026-01-30", "2026-05-30"),
        ("month", "2026-01-30", "2026-01-31", "2026-01-31"),
        ("month", "2031-03-31", "2026-01-31", "2031-04-30"),
        ("quarter", "2025-11-30", "2025-11-30", "2026-02-28"),
        ("quarter", "2026-02-28", "2025-11-30", "2026-05-30"),
        ("half-year", "2026-02-28", "2025-08-31", "2026-08-31"),
        ("year", "2024-02-29", "2024-02-29", "2025-02-28"),
        ("year", "2027-02-28", "2024-02-29", "2028-02-29"),
        ("year", "2025-01-15", "2024-06-15", "2025-06-15"),
        ("week", "2025-12-31", "2025-12-29", "2026-01-05"),
        ("week", "2020-01-01", "2026-01-05", "2020-01-06"),
        ("month", "2025-11-30", "2026-01-31", "2025-12-31"),
    ],
)
def test_what_comes_again_keeps_to_its_anchor(every: str, after: str, anchor: str, expected: str) -> None:
    found = next_anchored(date.fromisoformat(anchor), Every(every), date.fromisoformat(after))
    assert found == date.fromisoformat(expected)


@given(st.dates(date(1999, 1, 1), date(2030, 12, 31)), st.sampled_from([*Every]), st.integers(-400, 400))
def test_no_day_of_a_series_is_passed_over(anchor: date, every: Every, days: int) -> None:
    after = anchor + timedelta(days=days)
    series = [anchored(anchor, every, times) for times in range(-402, 403)]
    assert next_anchored(anchor, every, after) == min(day for day in series if day > after)


def test_days_of_a_series_begin_with_the_anchor_and_do_not_drift() -> None:
    anchor = date(2026, 1, 31)
    before, until = date(2025, 6, 1), date(2026, 5, 31)
    days = [f"{day:%m-%d}" for day in days_anchored(anchor, Every.MONTH, before, until)]
    assert days == ["01-31", "02-28", "03-31", "04-30", "05-31"]
    assert [*days_anchored(anchor, Every.MONTH, until, until)] == []
    assert [*days_anchored(anchor, Every.YEAR, before, date(2026, 1, 30))] == []


@pytest.mark.parametrize(
    ("moment", "time_zone", "expected"),
    [
        ("2026-01-11T02:00:00Z", "UTC", date(2026, 1, 11)),
        ("2026-01-10T16:00:00Z", "Asia/Singapore", date(2026, 1, 11)),
        ("2026-01-10T15:59:59Z", "Asia/Singapore", date(2026, 1, 10)),
        ("2026-01-11T04:59:59Z", "America/New_York", date(2026, 1, 10)),
        # The clocks change: midnight is at 23:00 UTC in winter and at 22:00 in summer.
        ("2026-03-28T22:59:59Z", "Europe/Berlin", date(2026, 3, 28)),
        ("2026-03-28T23:00:00Z", "Europe/Berlin", date(2026, 3, 29)),
        ("2026-03-29T22:00:00Z", "Europe/Berlin", date(2026, 3, 30)),
        ("2026-10-25T22:59:59Z", "Europe/Berlin", date(2026, 10, 25)),
        ("2999-12-31T23:59:59Z", "Pacific/Kiritimati", date(3000, 1, 1)),
    ],
)
def test_the_local_date_is_that_of_the_time_zone(moment: str, time_zone: str, expected: date) -> None:
    assert local_date(parse_moment(moment), time_zone) == expected


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "America", "../etc/passwd", "/etc/passwd", "SGT+8", "\u00e9", "a\0b"]
)
def test_an_unknown_time_zone_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(WrongUsage, match="There is no time zone"):
        local_date(datetime(2026, 1, 11, tzinfo=UTC), name)


def test_a_moment_is_written_in_utc_with_seconds() -> None:
    singapore = timezone(timedelta(hours=8))
    assert format_moment(datetime(2026, 1, 11, 10, 0, 0, 999_999, singapore)) == "2026-01-11T02:00:00Z"


def test_a_moment_without_a_time_zone_is_never_taken_for_utc() -> None:
    naive = datetime(2026, 1, 11, 2)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        format_moment(naive)
    with pytest.raises(ValueError, match="no time zone"):
        local_date(naive, "UTC")
    with pytest.raises(ValueError, match="no time zone"):
        FixedClock(naive).now()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-11",
        "2026-01-11T02:00:00",
        "2026-01-11T02:00Z",
        "2026-01-11T02:00:00.5Z",
        "2026-01-11T02:00:00+00:00",
        "2026-01-11 02:00:00Z",
        "2026-01-11T02:00:60Z",
        "2026-01-11T25:00:00Z",
        "2026-02-30T02:00:00Z",
        "2026-01-11T02:00:00z",
        "2026-01-11T02:00:00Z\n",
    ],
)
def test_a_moment_has_one_form_only(text: str) -> None:
    with pytest.raises(WrongUsage, match="is no moment"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_moment_outside_the_range_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="outside the years"):
        parse_moment(text)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31), timezones=st.timezones()))  # noqa: DTZ001
def test_moments_survive_being_written_to_the_second(moment: datetime) -> None:
    try:
        read = parse_moment(format_moment(moment))
    except WrongUsage:
        assert moment.astimezone(UTC).year < 1970
        return
    assert read.tzinfo is UTC
    assert read == moment.astimezone(UTC).replace(microsecond=0)


@given(st.dates(date(1970, 1, 1), date(2999, 12, 31)))
def test_days_survive_being_written(day: date) -> None:
    assert parse_day(day.isoformat(), TODAY) == day


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-07-01T00:00", "Asia/Singapore", "2026-06-30T16:00:00Z"),
        (" 2026-07-01 00:00:59 ", "Asia/Singapore", "2026-06-30T16:00:59Z"),
        ("2026-07-01T00:00Z", "Asia/Singapore", "2026-07-01T00:00:00Z"),
        ("2026-07-01T00:00-03:30", "Asia/Singapore", "2026-07-01T03:30:00Z"),
        ("2026-03-29T01:59:59", "Europe/Berlin", "2026-03-29T00:59:59Z"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-10-25T01:59", "Europe/Berlin", "2026-10-24T23:59:00Z"),
        ("2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00:00Z"),
        ("2028-02-29T12:00", "America/New_York", "2028-02-29T17:00:00Z"),
    ],
)
def test_a_moment_is_read_where_the_clocks_are(text: str, zone: str, expected: str) -> None:
    assert format_moment(read_moment(text, zone)) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-03-29T02:30", "The clocks of Europe/Berlin never show 2026-03-29T02:30:00."),
        ("2026-10-25T02:30", "The clocks of Europe/Berlin show twice 2026-10-25T02:30:00."),
        ("2026-02-29T12:00", "is no moment"),
        ("2026-07-01", "is no moment"),
        ("2026-07-01T24:00", "is no moment"),
        ("2026-07-01T1:00", "is no moment"),
        ("tomorrow", "is no moment"),
        ("", "is no moment"),
        ("2999-12-31T23:00-02:00", "is outside the years"),
        ("0206-07-01T00:00", "is outside the years"),
    ],
)
def test_a_doubtful_moment_is_refused(text: str, said: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        read_moment(text, "Europe/Berlin")
    assert said in refused.value.what


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 1, 11), "2026-01-11T15:59:59Z", "2026-01-11T15:59:59Z"),
        (date(2026, 1, 11), "2026-01-11T16:00:00Z", "2026-01-11T15:59:59Z"),
        (date(2026, 1, 12), "2026-01-11T16:00:00Z", "2026-01-11T16:00:00Z"),
        (date(2026, 1, 5), "2026-01-11T02:00:00Z", "2026-01-05T15:59:59Z"),
        (date(2026, 1, 20), "2026-01-11T02:00:00Z", "2026-01-20T15:59:59Z"),
    ],
)
def test_what_is_dated_another_day_happens_in_its_last_second(day: date, at: str, expected: str) -> None:
    assert moment_on(day, at, "Asia/Singapore") == expected


def test_a_fixed_clock_stands_still_in_utc() -> None:
    clock = FixedClock(datetime(2026, 1, 11, 10, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == clock.now() == datetime(2026, 1, 11, 2, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_the_systems_clock_is_the_machines_in_utc() -> None:
    before, now, after = time.time(), SystemClock().now(), time.time()
    assert before - 1 <= now.timestamp() <= after + 1
    assert now.tzinfo is UTC
