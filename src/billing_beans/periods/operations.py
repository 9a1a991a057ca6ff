"""The facts of a period: closed, opened again."""

from __future__ import annotations

from datetime import date

from billing_beans.core.records import record
from billing_beans.periods.facts import PeriodClosed, PeriodReopened


@record
class ClosePeriod:
    """Everything until this day is final."""

    until: date


@record
class ReopenPeriod:
    """From this day on corrections are possible again, for a reason."""

    since: date
    reason: str


def closed(request: ClosePeriod, day: date) -> PeriodClosed:
    """The books are closed until a day; the fact itself is of a later one (B2)."""
    return PeriodClosed(date=day, until=request.until)


def reopened(request: ReopenPeriod, day: date) -> PeriodReopened:
    """The books are open again from a day on."""
    return PeriodReopened(date=day, since=request.since, reason=request.reason)
