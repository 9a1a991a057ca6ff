"""How much of a period lies before a point of it: by the book's policies for proration (U3)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.policies import FirstDay, LastDay, PeriodLength, ProrationRounding
from billing_beans.core.calendar import months_of, parse_moment, start_of
from billing_beans.core.proration import Part, ProrationUnit
from billing_beans.subscriptions.pieces import Period
from billing_beans.subscriptions.records import Point

_SECONDS = 86_400
_THIRTY = 30


class Measure(NamedTuple):
    """In what parts of periods are measured, how long the whole is, and how parts are rounded; in a time zone."""

    unit: ProrationUnit
    length: PeriodLength
    rounding: ProrationRounding
    time_zone: str

    def part(self, period: Period, start: Point, end: Point) -> Part:
        """The part of a period from one point to another. It may have no units, where all months have thirty days."""
        whole = self._whole(period)
        first, last = self._place(period, start, whole), self._place(period, end, whole)
        if self.rounding == ProrationRounding.EACH:
            return Part(0, last - first, whole)
        return Part(first, last, whole)

    def _place(self, period: Period, point: Point, whole: int) -> int:
        """How many units lie before a point of a period; what is over at its end counts with the last of them."""
        if point >= Point(period.end):
            return whole
        if point <= Point(period.start):
            return 0
        if self.unit is ProrationUnit.DAY:
            return min((point.day - period.start).days, whole)
        moment = parse_moment(point.at) if point.at else start_of(point.day, self.time_zone)
        return min(int((moment - start_of(period.start, self.time_zone)).total_seconds()), whole)

    def _whole(self, period: Period) -> int:
        """How many units the whole has."""
        by_second = self.unit is ProrationUnit.SECOND
        months = months_of(period.every)
        if self.length == PeriodLength.ANCHOR or months is None:
            if by_second:
                first, last = (start_of(day, self.time_zone) for day in (period.start, period.end))
                return int((last - first).total_seconds())
            return (period.end - period.start).days
        days = _THIRTY * months if self.length == PeriodLength.THIRTY else _natural_days(period.start, months)
        return days * _SECONDS if by_second else days


def _natural_days(start: date, months: int) -> int:
    """How many days so many calendar months have, from that of a day on."""
    first = start.year * 12 + start.month - 1
    return sum(monthrange((first + n) // 12, (first + n) % 12 + 1)[1] for n in range(months))


def measure_of(books: Books, time_zone: str, day: date) -> Measure:
    """How these books measure on a day, where a legal entity with this time zone is."""
    policy = books.catalog.policy
    return Measure(
        ProrationUnit(policy("proration", day)),
        PeriodLength(policy("proration-length", day)),
        ProrationRounding(policy("proration-rounding", day)),
        time_zone,
    )


def measures_seconds(books: Books, day: date) -> bool:
    """Whether what changes in the course of a day does so at once, and not with a day."""
    return books.catalog.policy("proration", day) == ProrationUnit.SECOND


def counts_first_day(books: Books, day: date) -> bool:
    """Whether the day on which something begins is charged."""
    return books.catalog.policy("proration-first-day", day) == FirstDay.COUNTS


def counts_last_day(books: Books, day: date) -> bool:
    """Whether the day on which a subscription is cancelled or paused is charged."""
    return books.catalog.policy("proration-last-day", day) == LastDay.INCLUDED
