"""Until when the books are closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from billing_beans.core.folds import folds
from billing_beans.core.tables import Index, Store, TableSpec
from billing_beans.periods.facts import PeriodClosed, PeriodReopened

_A_DAY = timedelta(days=1)


class Closing(NamedTuple):
    """One closing or reopening: until when the books are closed since then, and why, where they were opened again."""

    id: str
    until: date
    date: date
    actor: str
    reason: str = ""


class Closed(NamedTuple):
    """The last day that is closed."""

    book: str
    until: date


CLOSINGS = TableSpec("closings", Closing, ("id",), {"until": Index(("until",), ("id",))})
CLOSED = TableSpec("closed", Closed, ("book",))


class PeriodState:
    """Closings in the order in which they were recorded, and the last day that is closed."""

    def __init__(self, store: Store) -> None:
        self.closings = store.table(CLOSINGS)
        self._closed = store.table(CLOSED)

    @property
    def closed_until(self) -> date:
        """The last day that is closed; the first of all days in books that were never closed."""
        closed = self._closed.get("")
        return closed.until if closed is not None else date.min

    @property
    def first_open(self) -> date:
        """The first day on which something may be dated."""
        until = self.closed_until
        return until if until == date.min else until + _A_DAY

    def was_first_open(self, day: date) -> bool:
        """Whether the books were once closed until the day before."""
        return day > date.min and any(True for _one in self.closings.range("until", day - _A_DAY))

    @folds(PeriodClosed)
    def close(self, fact: PeriodClosed) -> None:
        self.closings.put(Closing(fact.id, fact.until, fact.date, fact.actor))
        self._closed.put(Closed("", fact.until))

    @folds(PeriodReopened)
    def reopen(self, fact: PeriodReopened) -> None:
        until = fact.since - _A_DAY
        self.closings.put(Closing(fact.id, until, fact.date, fact.actor, fact.reason))
        self._closed.put(Closed("", until))
