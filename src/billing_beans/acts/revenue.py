"""Verbs for revenue that is earned over time: what the days that are over have earned is released (R5)."""

from __future__ import annotations

from datetime import date

from billing_beans.acts.act import Act
from billing_beans.acts.progress import Progress, untold
from billing_beans.core.errors import Refused
from billing_beans.revenue.operations import ReleaseRevenue, releases, to_release


class Releasing:
    """Deferred revenue is released, and somebody is told how far that is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def release_revenue(self, act: Act, request: ReleaseRevenue) -> None:
        """What is earned by the end of a day, each line and day once. Raises `Refused` for a day that has not come."""
        _refuse_future(act, request.until)
        first_open = act.books.periods.first_open
        lines = to_release(act.books, request)
        with self._progress(len(lines)) as advance:
            for line in lines:
                for fact in releases(line, request.until, first_open):
                    act.record(fact)
                advance(1)


def release_revenue(act: Act, request: ReleaseRevenue) -> None:
    """The same, and nobody is told."""
    Releasing(untold).release_revenue(act, request)


def _refuse_future(act: Act, until: date) -> None:
    today = act.day()
    if until > today:
        raise Refused(
            f"Revenue was to be released until {until}, and today is {today}.",
            rule="R5: revenue is earned by the days that are over.",
            instead=f"billing-beans revenue release --until {today}",
        )
