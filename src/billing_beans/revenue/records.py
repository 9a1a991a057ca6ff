"""Records and tables of revenue over time, and what becomes of a record when something moves it.

A record is a line of an issued invoice that is earned over a period, or deferred revenue that was opened. What is left of it
is earned evenly, day by day; each movement of it is kept too, so that it can be said how it stood on any day.
"""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.accounts import Account
from billing_beans.core.calendar import Every, anchored
from billing_beans.core.money import Money
from billing_beans.core.proration import Part, share
from billing_beans.core.tables import Index, TableSpec

_ZERO = Decimal(0)
_A_DAY = timedelta(days=1)

Day = date
"""A date, in a record that has a field of that name."""


class Standing(StrEnum):
    """Whether anything of a record is still deferred."""

    OPEN = "open"
    OVER = "over"


class DeferredRevenue(NamedTuple):
    """What one line deferred, and how it is earned. Amounts are positive, in `currency`; it stands on `account`.

    `source` is `invoice/SG-2026-00001`, with its `line`, or `opening/SUB-3`, whose line is 0. `amount` was deferred, for the days from
    `start` until `period_end`, which is excluded; `taken` is what credit notes and free credits took off it since, less what was
    given back, `released` what was earned. The first day that is not released is `until`, and from `end` on nothing is earned.

    `base` is earned evenly over `days` days from `since` on. Whatever is taken away begins that anew: what is left over the
    days that are left. `moved` is the day of the last movement. No release is dated before `not_before`: the day on which something
    was last deferred of it, or released.
    """

    source: str
    line: int
    customer: str
    seller: str
    payee: str
    product: str
    account: Account
    income: Account
    currency: str
    amount: Decimal
    start: date
    period_end: date
    not_before: date
    moved: date
    sequence: str
    end: date = date.max
    until: date = date.max
    base: Decimal = _ZERO
    since: date = date.max
    days: int = 0
    taken: Decimal = _ZERO
    released: Decimal = _ZERO

    @property
    def left(self) -> Decimal:
        """What is deferred: neither released nor taken away."""
        return self.amount - self.taken - self.released

    @property
    def standing(self) -> Standing:
        return Standing.OPEN if self.left else Standing.OVER

    @property
    def name(self) -> str:
        """As a person calls it: `SG-2026-00001`, `SUB-3`."""
        return self.source.partition("/")[2]

    def earned(self, until: Day) -> Decimal:
        """What of `left` is earned until a day, which is excluded, in minor units: all of it when the last day is over."""
        if until >= self.end:
            return self.left
        return self.evenly(until) if until > self.until else _ZERO

    def evenly(self, until: Day) -> Decimal:
        """What the days from `until` of this record on until another one have of the base, by all days so far."""
        part = Part((self.until - self.since).days, (until - self.since).days, self.days)
        return share(self.base, part, self.currency).number


class MoveKind(StrEnum):
    """What moved a record."""

    DEFERRED = "deferred"
    RELEASED = "released"
    CREDITED = "credited"
    DISCOUNTED = "discounted"
    VOIDED = "voided"


class RevenueMove(NamedTuple):
    """One movement of a record: what is deferred since (above zero), or is not any more.

    A release says until which day; a credit note for days that a subscription has no longer says in `ends` from which
    day on nothing is earned. `reference` is what did it: `invoice/SG-1`, `credit-note/CN-1`, `application/APP-1`.
    """

    source: str
    line: int
    fact: str
    date: Day
    kind: MoveKind
    amount: Decimal
    reference: str
    until: Day | None = None
    ends: Day | None = None


def next_day(day: Day) -> Day:
    """The day after, where there is one."""
    return day if day == date.max else day + _A_DAY


def next_month(day: Day) -> Day:
    """The first day of the month after, where there is one; else the last of all days."""
    if (day.year, day.month) == (date.max.year, date.max.month):
        return date.max
    return anchored(day.replace(day=1), Every.MONTH, 1)


def begun(record: DeferredRevenue) -> DeferredRevenue:
    """The record before anything was taken away or released."""
    days = (record.period_end - record.start).days
    return record._replace(
        end=record.period_end,
        until=record.start,
        base=record.amount,
        since=record.start,
        days=days,
        taken=_ZERO,
        released=_ZERO,
    )


def after(record: DeferredRevenue, move: RevenueMove) -> DeferredRevenue:
    """The record once something has moved it: the one place that says how what is left is earned from then on (R5)."""
    record = record._replace(moved=max(record.moved, move.date))
    if move.kind is MoveKind.RELEASED or move.amount > 0:
        record = record._replace(not_before=max(record.not_before, move.date))
    if move.kind is MoveKind.RELEASED:
        assert move.until is not None
        return record._replace(released=record.released - move.amount, until=move.until)
    taken = record._replace(taken=record.taken - move.amount)
    if move.ends is not None and (cut := _cut(taken, move.ends)) is not None:
        return cut
    return _spread_anew(taken, move.ends)


def _cut(record: DeferredRevenue, ends: Day) -> DeferredRevenue | None:
    """With the days from `ends` on taken away, where what is left is just what the days before them would have earned."""
    if not record.until < ends <= record.end or record.left != record.evenly(ends):
        return None
    return record._replace(end=ends)


def _spread_anew(record: DeferredRevenue, ends: Day | None) -> DeferredRevenue:
    """What is left, evenly over the days that are left; where none is, it is earned on the day that comes next."""
    end = record.end if ends is None else min(record.end, ends)
    end = max(end, next_day(record.until))
    return record._replace(end=end, base=record.left, since=record.until, days=(end - record.until).days)


def money_left(record: DeferredRevenue) -> Money:
    """What is deferred, with its currency."""
    return Money(record.left, record.currency)


DEFERRED = TableSpec(
    "deferred_revenue",
    DeferredRevenue,
    ("source", "line"),
    {
        "source": Index(("source",), ("line",)),
        "open": Index(
            ("standing",), ("until", "sequence", "source", "line"), where=lambda one: one.standing is Standing.OPEN
        ),
        "customer_open": Index(
            ("customer",), ("until", "sequence", "source", "line"), where=lambda one: one.standing is Standing.OPEN
        ),
        "over": Index(("standing",), ("moved", "source", "line"), where=lambda one: one.standing is Standing.OVER),
        "customer": Index(("customer",), ("sequence", "source", "line")),
    },
)
MOVES = TableSpec(
    "revenue_moves",
    RevenueMove,
    ("source", "line", "fact"),
    {"record": Index(("source", "line"), ("fact",))},
)
