"""Records and tables of subscriptions: what `subscriptions/state.py` folds facts into."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.calendar import Every
from billing_beans.core.tables import Index, TableSpec

_ZERO = Decimal(0)
_ONE_DAY = timedelta(days=1)


class Point(NamedTuple):
    """A moment in the life of a subscription: the beginning of a local day, or a moment of that day (UTC), where `at` says one."""

    day: date
    at: str = ""


def point_of(day: date, at: str | None) -> Point:
    """The point that a fact names by a day, and by a moment of it where that is not its beginning."""
    return Point(day, at or "")


def stops_at(period_end: date, until_at: str | None) -> Point:
    """Where a line ends whose last day is the one before `period_end`; or in the course of that, at a moment (UTC)."""
    return Point(period_end - _ONE_DAY, until_at) if until_at else Point(period_end)


def period_end_of(end: Point) -> date:
    """The day after the last of which anything is charged until a point: what `stops_at` reads."""
    return end.day + _ONE_DAY if end.at else end.day


class Stage(StrEnum):
    """What a subscription is for a while: only what is active is billed."""

    TRIAL = "trial"
    ACTIVE = "active"
    PAUSED = "paused"


class Phase(NamedTuple):
    """What a subscription is from `start` until `end`, which is excluded; without it, until something changes.

    Its periods come `every` so often, counted from `anchor`.
    """

    start: Point
    end: Point | None
    plan: str
    quantity: Decimal
    every: Every
    anchor: date
    stage: Stage


class Subscription(NamedTuple):
    """A subscription in one record.

    `phases` stand side by side. Those that lie wholly before `review_from` are past (`PastPhase`): until then everything was billed as it
    was to be, and is not looked at again. `next_due` is the first day on which there may be something to bill; None: never again.
    `last_change` is from when the last of its changes counts. `ends` is when it ends, if it does. `recorded` is the
    date of the last of its facts: nothing that builds on them is dated before.
    """

    subscription: str
    customer: str
    seller: str
    currency: str
    started: date
    start: Point
    trial_until: date | None
    phases: tuple[Phase, ...]
    review_from: date
    next_due: date | None
    last_change: Point
    sequence: str
    ends: Point | None = None
    cancelled: date | None = None
    reason: str | None = None
    billed_until: date | None = None
    recorded: date = date.min


class PastPhase(NamedTuple):
    """A phase that is over and billed. One that was taken up again, since something of it changed, is `is_again`."""

    subscription: str
    start: date
    start_at: str
    end: date
    phase: Phase
    is_again: bool = False


class BilledLine(NamedTuple):
    """A line of an invoice that charges a subscription for days, from `start` until `end` (excluded), less what was taken back.

    `end` moves to where a credit note takes back the rest: `days_credited` is what those came to, net of tax. Where it begins or ends
    in the middle of a day, `start_at` and `end_at` say when (UTC), and that day is in `start`, or in `end`. `period_start`, `period_end` and `every`
    are of the period in which it lies, as it was when it was billed. One that is `once` is for
    no days; a void one counts for nothing.
    """

    invoice: str
    line: int
    subscription: str
    charge: str
    product: str
    quantity: Decimal
    start: date
    end: date
    period_start: date
    period_end: date
    every: Every
    start_at: str = ""
    end_at: str = ""
    is_once: bool = False
    is_void: bool = False
    days_credited: Decimal = _ZERO

    @property
    def begins(self) -> Point:
        """When it begins."""
        return Point(self.start, self.start_at)

    @property
    def stops(self) -> Point:
        """When it stops."""
        return Point(self.end, self.end_at)


SUBSCRIPTIONS = TableSpec(
    "subscriptions",
    Subscription,
    ("subscription",),
    {
        "customer": Index(("customer",), ("sequence",)),
        "due": Index(("seller",), ("next_due", "sequence"), where=lambda one: one.next_due is not None),
    },
)
PAST = TableSpec(
    "past_phases",
    PastPhase,
    ("subscription", "start", "start_at"),
    {"subscription": Index(("subscription",), ("end", "start", "start_at"), where=lambda one: not one.is_again)},
)
BILLED = TableSpec(
    "billed_lines",
    BilledLine,
    ("invoice", "line"),
    {
        "subscription": Index(
            ("subscription",),
            ("end", "end_at", "invoice", "line"),
            where=lambda one: not one.is_void and not one.is_once and (one.start, one.start_at) < (one.end, one.end_at),
        ),
        "once": Index(
            ("subscription", "product"), ("invoice", "line"), where=lambda one: one.is_once and not one.is_void
        ),
    },
)
