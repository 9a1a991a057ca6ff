"""Verbs for periods: close, reopen (B2)."""

from __future__ import annotations

from billing_beans.acts.act import Act
from billing_beans.periods.operations import ClosePeriod, ReopenPeriod, closed, reopened


def close_period(act: Act, request: ClosePeriod) -> None:
    """Nothing is dated until this day any more. Closed until just then already: nothing to do (U6)."""
    if request.until == act.books.periods.closed_until:
        return
    act.record(closed(request, act.day()))


def reopen_period(act: Act, request: ReopenPeriod) -> None:
    """From this day on corrections are possible again."""
    act.record(reopened(request, act.day()))
