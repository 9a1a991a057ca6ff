"""Periods are read as people write them, and nothing else is."""

from __future__ import annotations

from datetime import date

import pytest

from billing_beans.core.errors import WrongUsage
from billing_beans.reports.aging import labels_of, parse_buckets
from billing_beans.reports.periods import Period, parse_period, period_between


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-01", date(2026, 1, 1), date(2026, 1, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (" 2026 ", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_a_quarter_and_a_year_are_periods(text: str, first: date, last: date) -> None:
    assert parse_period(text) == Period(first, last)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "2026-Q5", "2026-1", "26", "2026-01-05", "206-01", "3026", "٢٠٢٦"]
)
def test_what_is_no_period_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        parse_period(text)
    assert "2026-Q1" in refused.value.instead


def test_a_period_has_both_its_days_and_none_beside_them() -> None:
    period = period_between(date(2026, 1, 5), date(2026, 1, 6))
    assert [period.has(date(2026, 1, day)) for day in (4, 5, 6, 7)] == [False, True, True, False]
    assert period_between(None, date(2026, 1, 6)).has(date(1990, 1, 1))
    with pytest.raises(WrongUsage):
        period_between(date(2026, 1, 7), date(2026, 1, 6))


def test_buckets_are_named_by_their_days() -> None:
    assert labels_of(parse_buckets("30,60,90")) == ("current", "1-30", "31-60", "61-90", "over 90")
    assert labels_of(parse_buckets(" 14 ")) == ("current", "1-14", "over 14")


@pytest.mark.parametrize(
    "text", ["", "0", "30,30", "60,30", "30,x", "-5", "30;60", "99999", "1,2,3,4,5,6,7,8,9,10,11,12,13", "\uff13\uff10"]
)
def test_what_are_no_buckets_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        parse_buckets(text)
