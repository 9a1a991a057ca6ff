"""Periods and their parts: no gap, no overlap, and parts add up to the price (U3, P3)."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))

from subscribers import Office
from subscription_lives import live
from subscription_model import border
from test_billing import started

from billing_beans.acts import subscriptions as acts
from billing_beans.acts.catalog import choose_policy
from billing_beans.catalog.credit_units import ChoosePolicy
from billing_beans.catalog.policies import PeriodLength, ProrationRounding
from billing_beans.core.calendar import Every, anchored, format_moment, next_anchored, period_around
from billing_beans.core.proration import Part, ProrationUnit, share
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted
from billing_beans.subscriptions.measuring import Measure
from billing_beans.subscriptions.operations import CancelSubscription, StartSubscription
from billing_beans.subscriptions.pieces import Period
from billing_beans.subscriptions.points import When
from billing_beans.subscriptions.records import Point

EVERY = st.sampled_from([*Every])
ANCHORS = st.dates(date(1999, 1, 1), date(2031, 12, 31)) | st.sampled_from(
    [date(2026, 1, 29), date(2026, 1, 30), date(2026, 1, 31), date(2024, 2, 29), date(2028, 2, 29), date(2025, 12, 31)]
)
ZONES = st.sampled_from(["Asia/Singapore", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"])
MEASURES = st.builds(
    Measure,
    st.sampled_from([*ProrationUnit]),
    st.sampled_from([*PeriodLength]),
    st.sampled_from([*ProrationRounding]),
    ZONES,
)
PRICES = st.decimals("0", "99999.9999", places=4)


@given(ANCHORS, EVERY, st.integers(-40, 40))
def test_periods_have_no_gap_and_no_overlap(anchor: date, every: Every, times: int) -> None:
    borders = [anchored(anchor, every, times + n) for n in range(5)]
    assert borders == [border(anchor, every.value, times + n) for n in range(5)]  # as another reckons them
    for start, end in pairwise(borders):
        assert start < end
        assert next_anchored(anchor, every, start) == end
        for day in (start, start + (end - start) / 2, end - timedelta(days=1)):
            assert period_around(anchor, every, day) == (start, end)


@given(ANCHORS, EVERY, ANCHORS, PRICES, MEASURES, st.lists(st.integers(0, 366 * 86400), max_size=6))
def test_parts_of_a_period_add_up_to_its_price(
    anchor: date, every: Every, day: date, price: Decimal, measure: Measure, cuts: list[int]
) -> None:
    period = Period(*period_around(anchor, every, day), every)
    points = sorted({Point(period.start), Point(period.end), *(_point(period, cut, measure) for cut in cuts)})
    parts = [measure.part(period, *two) for two in pairwise(points)]
    whole = measure.part(period, points[0], points[-1])
    assert whole.is_whole
    assert sum(part.units for part in parts) == whole.whole
    amounts = [share(price, part, "USD").number for part in parts]
    price_in_cents = share(price, whole, "USD").number
    assert all(amount >= 0 for amount in amounts)
    if measure.rounding == ProrationRounding.CUMULATIVE:
        assert sum(amounts) == price_in_cents
    else:
        assert abs(sum(amounts) - price_in_cents) <= Decimal("0.005") * (len(parts) + 1)


def _point(period: Period, seconds: int, measure: Measure) -> Point:
    """A point of a period: a day of it, or where seconds count a moment."""
    length = (period.end - period.start).days
    day = period.start + timedelta(days=seconds // 86400 % length)
    if measure.unit is ProrationUnit.DAY:
        return Point(day)
    zone = ZoneInfo(measure.time_zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC)
    moment = noon + timedelta(seconds=seconds % 36_000 - 18_000)
    return Point(moment.astimezone(zone).date(), format_moment(moment))


@given(PRICES, st.integers(1, 40), st.integers(0, 40), st.integers(0, 40))
def test_what_is_kept_and_what_goes_back_is_what_was_charged(price: Decimal, whole: int, one: int, other: int) -> None:
    since, until = sorted((min(one, whole), min(other, whole)))
    all_of_it = share(price, Part(0, whole, whole), "USD").number
    kept = share(all_of_it, Part(0, since, whole), "USD").number
    later = share(all_of_it, Part(0, until, whole), "USD").number
    assert 0 <= kept <= later <= all_of_it


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_any_sequence_of_changes_leaves_each_day_billed_once(seed: int) -> None:
    """The model compares each run line by line, and each of its slices is in one line; here that no line gives back too much."""
    life = live(seed, 12, text_every=10**9, text_at_end=False)
    charged = {
        (fact.invoice, line.line): line.amount.number
        for fact in life.office.facts
        if isinstance(fact, InvoiceDrafted)
        for line in fact.lines
    }
    for fact in life.office.facts:
        for line in fact.lines if isinstance(fact, CreditNoteDrafted) else ():
            charged[fact.invoice, line.line] -= line.amount.number
    assert all(left >= 0 for left in charged.values())


CASE_D = [
    ("daily", Every.DAY, "2024-03-10", "2024-03-10", "2024-03-11"),
    ("daily, anchor before", Every.DAY, "2024-03-10", "2024-01-01", "2024-03-11"),
    ("weekly", Every.WEEK, "2024-03-06", "2024-01-03", "2024-03-13"),
    ("weekly, another weekday", Every.WEEK, "2024-03-04", "2024-01-03", "2024-03-06"),
    ("monthly", Every.MONTH, "2024-04-15", "2024-01-15", "2024-05-15"),
    ("monthly, before its day", Every.MONTH, "2024-04-01", "2024-01-15", "2024-04-15"),
    ("quarterly", Every.QUARTER, "2024-04-01", "2024-04-01", "2024-07-01"),
    ("quarterly, before the anchor", Every.QUARTER, "2024-02-15", "2024-04-01", "2024-04-01"),
    ("half-year", Every.HALF_YEAR, "2024-07-01", "2024-07-01", "2025-01-01"),
    ("half-year, before the anchor", Every.HALF_YEAR, "2024-03-15", "2024-07-01", "2024-07-01"),
    ("annual", Every.YEAR, "2024-05-15", "2024-05-15", "2025-05-15"),
    ("monthly, the 31st", Every.MONTH, "2026-01-31", "2026-01-31", "2026-02-28"),
    ("no drift", Every.MONTH, "2026-02-28", "2026-01-31", "2026-03-31"),
    ("the 31st, leap year", Every.MONTH, "2028-01-31", "2028-01-31", "2028-02-29"),
]


@pytest.mark.parametrize(
    ("current", "every", "anchor", "following"),
    [(row[2], row[1], *row[3:]) for row in CASE_D],
    ids=[row[0] for row in CASE_D],
)
def test_the_next_billing_day(current: str, every: Every, anchor: str, following: str) -> None:
    """Case D, after Flexprice, by days."""
    day = date.fromisoformat
    assert next_anchored(day(anchor), every, day(current)) == day(following)


def test_a_year_that_is_anchored_later_begins_with_what_is_left_of_it() -> None:
    """Case D's trap: Flexprice has a subscription of January, anchored to the 15th of June, next billed on that day of the year after.

    Here its first period is over on the anchor, five months later, and it is charged for so much: no customer pays a year and a half.
    """
    office = started("yearly", "2024-01-15", anchor=date(2024, 6, 15))
    office.bills("2024-06-15")
    days = [(str(line.period_start), str(line.period_end)) for one in office.invoices() for line in one.lines]
    assert days == [("2024-01-15", "2024-06-15"), ("2024-06-15", "2025-06-15")]
    assert [str(line.amount.number) for one in office.invoices() for line in one.lines] == ["151.58", "365.00"]


@pytest.mark.parametrize(
    ("zone_hour", "first", "following"),
    [
        (1, "2024-03-10", "2024-04-10"),  # the 9th in UTC, and the 10th where the seller is
        (23, "2024-03-10", "2024-04-10"),
    ],
)
def test_days_are_those_of_the_seller(zone_hour: int, first: str, following: str) -> None:
    """Case D where times matter: a subscription that begins in the course of a day is of that day, at the seller's."""
    office = Office().on("2024-03-10", hour=zone_hour)
    office.does(acts.start_subscription, StartSubscription("c0", "basic"))
    office.bills("2024-03-10")
    (line,) = office.invoices()[0].lines
    assert (str(line.period_start), str(line.period_end)) == (first, following)


def test_by_the_second_a_day_of_twenty_three_hours_is_as_long_as_it_is() -> None:
    measure = Measure(ProrationUnit.SECOND, PeriodLength.ANCHOR, ProrationRounding.CUMULATIVE, "America/New_York")
    march = Period(date(2026, 3, 1), date(2026, 4, 1), Every.MONTH)
    assert measure.part(march, Point(date(2026, 3, 8)), Point(date(2026, 3, 9))) == (
        *(7 * 86400, 7 * 86400 + 23 * 3600),
        31 * 86400 - 3600,
    )


def test_a_moment_ends_a_line_where_the_next_begins() -> None:
    office = Office().on("2024-03-10", hour=10)
    office.does(choose_policy, ChoosePolicy("proration", "second"))
    office.does(acts.start_subscription, StartSubscription("c0", "basic"))
    office.bills("2024-03-10")
    office.on("2024-03-20", hour=9)
    office.does(acts.cancel_subscription, CancelSubscription("SUB-1", When(at="2024-03-25T04:30:00Z")))
    office.bills("2024-03-25")
    (note,) = (one for one in office.facts if isinstance(one, CreditNoteDrafted))
    assert [(one.from_at, str(one.period_start), str(one.period_end)) for one in note.lines] == [
        ("2024-03-25T04:30:00Z", "2024-03-25", "2024-04-10")
    ]
    assert office.findings() == []
