"""What is earned of a line, and when: any cutting of releases gives the same, and nothing is lost or earned twice (R5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing_beans.core.accounts import Account
from billing_beans.core.money import quantum
from billing_beans.reports.deferred import by_month
from billing_beans.revenue.facts import RevenueReleased
from billing_beans.revenue.operations import releases
from billing_beans.revenue.records import DeferredRevenue, MoveKind, RevenueMove, after, begun

ZERO, A_DAY = Decimal(0), timedelta(days=1)
ISSUED = date(2026, 1, 10)


def deferred(
    amount: str | Decimal, start: date, end: date, *, issued: date = ISSUED, currency: str = "SGD"
) -> DeferredRevenue:
    """A line that was issued, for days until one that is excluded."""
    return begun(
        DeferredRevenue(
            "invoice/SG-2026-00001", 1, "acme", "sg", "Acme Pte. Ltd.", "plan", Account("Liabilities:SG:Deferred:Acme"),
            Account("Income:SG:Subscription"), currency, Decimal(amount), start, end, issued, issued, "01",
        )
    )  # fmt: skip


def released(
    found: DeferredRevenue, until: date, first_open: date = date.min
) -> tuple[DeferredRevenue, list[RevenueReleased]]:
    """The record once it is released to a day, which is included, and by which facts."""
    facts = [*releases(found, until, first_open)]
    for fact in facts:
        move = RevenueMove(
            found.source, 1, fact.id, fact.date, MoveKind.RELEASED, -fact.deferred.number, "", fact.until
        )
        found = after(found, move)
    return found, facts


def taken(
    found: DeferredRevenue, amount: Decimal, day: date, ends: date | None = None, kind: MoveKind = MoveKind.CREDITED
) -> DeferredRevenue:
    """The record once a credit note has taken so much of it; below zero it is given back."""
    return after(found, RevenueMove(found.source, 1, "", day, kind, -amount, "", ends=ends))


def by_hand(amount: Decimal, days: int, of: int, currency: str = "SGD") -> Decimal:
    """What so many of all days have earned, half away from zero: reckoned by long division, apart from the program."""
    one = quantum(currency)
    minor = Fraction(amount) / Fraction(one) * days / of
    return (Decimal(minor.numerator * 10) / Decimal(minor.denominator) / 10).quantize(Decimal(1), ROUND_HALF_UP) * one


# --- Tables ----------------------------------------------------------------------------------------------------------


def test_each_month_is_one_entry_on_its_last_day_and_the_last_brings_the_rest() -> None:
    # 100.00 for 90 days: 31, 28 and 31 of them are 34.44, 65.56 and 100.00 in all.
    _found, facts = released(deferred("100.00", date(2026, 1, 1), date(2026, 4, 1)), date(2026, 12, 31))
    assert [(str(fact.date), str(fact.since), str(fact.until), str(fact.deferred.number)) for fact in facts] == [
        ("2026-01-31", "2026-01-01", "2026-02-01", "34.44"),
        ("2026-02-28", "2026-02-01", "2026-03-01", "31.12"),
        ("2026-03-31", "2026-03-01", "2026-04-01", "34.44"),
    ]
    assert all(fact.deferred.number + fact.income.number == 0 for fact in facts)
    assert facts[0].narration == "Revenue of SG-2026-00001, line 1: 2026-01-01 to 2026-01-31"


def test_days_before_the_issue_are_released_with_its_month() -> None:
    found = deferred("120.00", date(2026, 1, 1), date(2026, 5, 1), issued=date(2026, 3, 20))
    _found, facts = released(found, date(2026, 4, 30))
    assert [(str(fact.date), str(fact.deferred.number)) for fact in facts] == [
        ("2026-03-31", "90.00"),
        ("2026-04-30", "30.00"),
    ]
    _found, facts = released(found, date(2026, 2, 10))
    assert [(str(fact.date), str(fact.until)) for fact in facts] == [("2026-03-20", "2026-02-11")]


def test_what_was_over_when_it_was_issued_is_released_at_once_on_the_day_of_issue() -> None:
    _found, facts = released(deferred("31.00", date(2025, 11, 1), date(2025, 12, 2)), date(2026, 1, 10))
    assert [(str(fact.date), str(fact.deferred.number)) for fact in facts] == [("2026-01-10", "31.00")]


def test_nothing_is_dated_into_a_closed_period() -> None:
    found = deferred("90.00", date(2026, 1, 1), date(2026, 4, 1))
    _found, facts = released(found, date(2026, 3, 31), date(2026, 2, 1))
    assert [(str(fact.date), str(fact.since), str(fact.deferred.number)) for fact in facts] == [
        ("2026-02-28", "2026-01-01", "59.00"),
        ("2026-03-31", "2026-03-01", "31.00"),
    ]
    _found, facts = released(found, date(2026, 1, 31), date(2026, 2, 1))
    assert [(str(fact.date), str(fact.deferred.number)) for fact in facts] == [("2026-02-01", "31.00")]


def test_a_month_that_earns_less_than_a_cent_is_released_with_the_next() -> None:
    found = deferred("0.01", date(2026, 1, 1), date(2027, 1, 1))
    assert released(found, date(2026, 5, 31))[1] == []
    _found, facts = released(found, date(2026, 12, 31))
    assert [(str(fact.date), str(fact.since), str(fact.deferred.number)) for fact in facts] == [
        ("2026-07-31", "2026-01-01", "0.01")
    ]


def test_an_amount_without_minor_units() -> None:
    _found, facts = released(deferred("100", date(2026, 1, 1), date(2026, 4, 1), currency="JPY"), date(2026, 12, 31))
    assert [str(fact.deferred.number) for fact in facts] == ["34", "32", "34"]


def test_a_credit_note_takes_what_is_not_released_and_the_rest_is_earned_by_the_days_that_are_left() -> None:
    found, _facts = released(deferred("90.00", date(2026, 1, 1), date(2026, 4, 1)), date(2026, 1, 31))
    found = taken(found, Decimal("29.50"), date(2026, 2, 3))
    # 29.50 are left for 59 days.
    assert [*by_month(found)] == [(date(2026, 2, 1), Decimal("14.00")), (date(2026, 3, 1), Decimal("15.50"))]


@pytest.mark.parametrize("released_to", [None, date(2026, 1, 3), date(2026, 1, 9)])
def test_days_that_a_subscription_has_no_longer_leave_those_before_as_they_were(released_to: date | None) -> None:
    # 100.00 for 31 days; from the 11th on, 67.74 are credited, and 32.26 stay for ten days.
    found = deferred("100.00", date(2026, 1, 1), date(2026, 2, 1))
    if released_to is not None:
        found, _facts = released(found, released_to)
    found = taken(found, Decimal("67.74"), date(2026, 1, 11), date(2026, 1, 11))
    earned = [found.released + found.earned(date(2026, 1, day) + A_DAY) for day in (9, 10, 11, 31)]
    assert earned == [Decimal("29.03"), Decimal("32.26"), Decimal("32.26"), Decimal("32.26")]


def test_days_that_are_gone_and_released_already_leave_nothing_to_earn() -> None:
    found, _facts = released(deferred("31.00", date(2026, 1, 1), date(2026, 2, 1)), date(2026, 1, 20))
    found = taken(found, Decimal("11.00"), date(2026, 1, 25), date(2026, 1, 11))
    assert (found.left, [*by_month(found)]) == (0, [])


def test_what_is_left_where_no_day_is_left_is_earned_on_the_next() -> None:
    found, _facts = released(deferred("31.00", date(2026, 1, 1), date(2026, 2, 1)), date(2026, 1, 31))
    found = taken(found, Decimal("-5.00"), date(2026, 3, 7), kind=MoveKind.DISCOUNTED)
    _found, facts = released(found, date(2026, 3, 7))
    assert [(str(fact.date), str(fact.since), str(fact.deferred.number)) for fact in facts] == [
        ("2026-03-07", "2026-02-01", "5.00")
    ]


def test_a_period_until_the_end_of_time_can_be_reckoned_with() -> None:
    found = deferred("100.00", date(9999, 11, 15), date.max)
    assert [*by_month(found)] == [(date(9999, 11, 1), Decimal("34.78")), (date(9999, 12, 1), Decimal("65.22"))]
    assert [str(fact.date) for fact in released(found, date.max)[1]] == ["9999-11-30", "9999-12-30"]


# --- Properties ------------------------------------------------------------------------------------------------------

amounts = st.integers(1, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
starts = st.dates(date(2025, 1, 1), date(2027, 12, 31))
lengths = st.integers(1, 800)


@given(amounts, starts, lengths, st.lists(st.integers(-10, 820), max_size=8), st.integers(-40, 900))
def test_however_releases_are_cut_the_same_is_earned_by_every_day(
    amount: Decimal, start: date, days: int, cuts: list[int], issued: int
) -> None:
    whole = deferred(amount, start, start + timedelta(days=days), issued=start + timedelta(days=issued))
    found, over = whole, 0
    for cut in cuts:
        found, facts = released(found, start + timedelta(days=cut))
        assert all(fact.deferred.number > 0 and fact.deferred.number + fact.income.number == 0 for fact in facts)
        over = max(over, min(cut + 1, days))
        assert found.released == by_hand(amount, over, days)
    found, _facts = released(found, whole.end)
    assert (found.released, found.left) == (amount, 0)


@given(amounts, starts, lengths, st.integers(0, 800), st.integers(7, 40), st.dates(date(2025, 1, 1), date(2028, 1, 1)))
def test_each_day_is_released_once_in_months_that_may_be_dated(
    amount: Decimal, start: date, days: int, issued: int, step: int, first_open: date
) -> None:
    found = deferred(amount, start, start + timedelta(days=days), issued=start + timedelta(days=issued))
    facts: list[RevenueReleased] = []
    for number in range(0, days + step, step):
        found, more = released(found, start + timedelta(days=number), first_open)
        facts += more
    assert [fact.since for fact in facts] == [start, *(fact.until for fact in facts[:-1])]
    assert facts[-1].until <= found.end
    assert found.left == 0
    floor = max(first_open, start + timedelta(days=issued))
    for fact in facts:
        last = fact.until - A_DAY
        assert fact.date == max(last, floor)
    assert sum((fact.deferred.number for fact in facts), start=ZERO) == amount


Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(st.sampled_from(("release", "take", "cut", "back")), st.integers(0, 400), st.integers(0, 100))
)


@given(amounts, starts, st.integers(1, 400), steps)
def test_released_left_and_taken_away_are_always_what_was_invoiced(
    amount: Decimal, start: date, days: int, lived: list[Step]
) -> None:
    found = deferred(amount, start, start + timedelta(days=days), issued=start)
    for what, number, percent in lived:
        day = start + timedelta(days=number)
        before = found
        if what == "release":
            found, facts = released(found, day)
            assert all(fact.since < fact.until for fact in facts)
        elif what == "back":
            found = taken(found, -min(Decimal(percent), found.taken), day, kind=MoveKind.DISCOUNTED)
        else:
            part = (found.left * percent / 100).quantize(Decimal("0.01"))
            assume(part <= found.left)
            found = taken(found, part, day, day if what == "cut" else None)
        assert found.released + found.left + found.taken == amount
        assert found.left >= 0
        assert found.released >= before.released
        assert not found.left or found.until < found.end
        assert sum((sum_ for _month, sum_ in by_month(found)), start=ZERO) == found.left
        assert all(sum_ > 0 for _month, sum_ in by_month(found))
    found, _facts = released(found, date.max - A_DAY)
    assert found.left == 0


@given(amounts, starts, st.integers(2, 400), st.data())
def test_a_cancellation_earns_the_days_before_it_however_releases_are_cut(
    amount: Decimal, start: date, days: int, data: st.DataObject
) -> None:
    """The credit note takes what the days from the cancellation on have; whether it was released before makes no difference."""
    used = data.draw(st.integers(0, days - 1))
    ends = start + timedelta(days=used)
    whole = deferred(amount, start, start + timedelta(days=days), issued=start)
    kept = by_hand(amount, used, days)
    early = data.draw(st.integers(0, used))
    found, _facts = released(whole, start + timedelta(days=early) - A_DAY) if early else (whole, [])
    found = taken(found, amount - kept, ends, ends)
    assert found.released + found.left == kept
    for number in sorted(data.draw(st.lists(st.integers(early, days), max_size=4))):
        found, _facts = released(found, start + timedelta(days=number))
        assert used == 0 or found.released == by_hand(amount, min(number + 1, used), days)
    found, _facts = released(found, whole.end + A_DAY)
    assert (found.released, found.left) == (kept, 0)
