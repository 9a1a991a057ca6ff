"""The day of what a processor told: the local date of the legal entity, in an open period, not before what it builds on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from billing_beans.acts.act import Act
from billing_beans.books import Books
from billing_beans.core.calendar import local_date


def local_day(books: Books, moment: datetime, seller: str) -> date:
    """The date that the clock on the seller's wall showed at this moment (U9)."""
    versions = [*books.catalog.entities.range("versions", seller)]
    return local_date(moment, versions[-1].time_zone if versions else "UTC")


@contextmanager
def dated(act: Act, day: date, *after: date | None) -> Iterator[date]:
    """Within it an act happens on this day, or as soon after it as may be: not before `after`, nor in a closed period."""
    before = act.context
    known = max([day, act.books.periods.first_open, *(one for one in after if one is not None)])
    act.context = replace(before, day=known)
    try:
        yield known
    finally:
        act.context = before
