"""What would be billed of a subscription on a day: done on a fork of the books, of which nothing stays (U3, U4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from billing_beans.acts.act import Act, Context
from billing_beans.acts.subscriptions import BillSubscription, bill_subscription
from billing_beans.books import Books
from billing_beans.core.clock import FixedClock
from billing_beans.core.errors import BillingError
from billing_beans.core.facts import Fact
from billing_beans.core.identifiers import UlidSource
from billing_beans.core.tables import Overlay


class Foreseen(NamedTuple):
    """What billing would record on a day, with the numbers that would be drawn; or what refuses it."""

    day: date
    facts: tuple[Fact, ...] = ()
    refused: BillingError | None = None


class Foreseeing:
    """Billing of one subscription, day by day, in books that are thrown away; `now` is the moment of asking."""

    def __init__(self, books: Books, subscription: str, now: datetime) -> None:
        self.books = Books(Overlay(books.store))
        self._subscription = subscription
        self._now = now
        self._ids = UlidSource(FixedClock(now), bytes, books.last_id)

    def on(self, day: date) -> Foreseen:
        """What would be billed by a day, on that day; what follows builds on it."""
        fork = Overlay(self.books.store)
        act = Act(Books(fork), Context(self._now, "foreseen", self._ids.next, day))
        try:
            bill_subscription(act, BillSubscription(self._subscription, day))
        except BillingError as error:
            return Foreseen(day, refused=error)
        fork.commit()
        return Foreseen(day, tuple(act.facts))
