"""What happened to a subscription, in the order in which it was recorded: what its facts said (U3, U9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.core.folds import folds
from billing_beans.core.tables import Index, Store, TableSpec
from billing_beans.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionPaused,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionStarted,
)

Day = date
"""A date, in a record that has a field of that name."""


class Happened(NamedTuple):
    """A fact of a subscription: what it was (`started`), from when on it counts, and what it said; who recorded it, and when.

    `ends` is the first day that is no longer covered.
    """

    subscription: str
    fact: str
    what: str
    date: Day
    since: Day | None
    at: str
    actor: str
    since_at: str = ""
    plan: str = ""
    quantity: Decimal | None = None
    ends: Day | None = None
    reason: str = ""


HISTORY = TableSpec(
    "subscription_history",
    Happened,
    ("subscription", "fact"),
    {"subscription": Index(("subscription",), ("fact",))},
)


class SubscriptionHistory:
    """The facts of each subscription, for whoever looks at it: no rule asks for them."""

    def __init__(self, store: Store) -> None:
        self.happened = store.table(HISTORY)

    @folds(SubscriptionStarted)
    def start(self, fact: SubscriptionStarted) -> None:
        self.happened.put(
            Happened(
                fact.subscription,
                fact.id,
                "started",
                fact.date,
                fact.start,
                fact.at,
                fact.actor,
                fact.start_at or "",
                fact.plan,
                fact.quantity,
                fact.ends,
            )
        )

    @folds(SubscriptionChanged)
    def change(self, fact: SubscriptionChanged) -> None:
        self._put(fact, "changed", plan=fact.plan, quantity=fact.quantity)

    @folds(SubscriptionPaused, SubscriptionCancelled)
    def stop(self, fact: SubscriptionPaused | SubscriptionCancelled) -> None:
        what = "paused" if isinstance(fact, SubscriptionPaused) else "cancelled"
        self._put(fact, what, reason=fact.reason or "")

    @folds(SubscriptionResumed)
    def resume(self, fact: SubscriptionResumed) -> None:
        self._put(fact, "resumed")

    @folds(SubscriptionRenewed)
    def renew(self, fact: SubscriptionRenewed) -> None:
        self.happened.put(
            Happened(fact.subscription, fact.id, "renewed", fact.date, None, fact.at, fact.actor, ends=fact.ends)
        )

    def _put(
        self,
        fact: SubscriptionChanged | SubscriptionPaused | SubscriptionResumed | SubscriptionCancelled,
        what: str,
        *,
        plan: str = "",
        quantity: Decimal | None = None,
        reason: str = "",
    ) -> None:
        self.happened.put(
            Happened(
                fact.subscription,
                fact.id,
                what,
                fact.date,
                fact.effective,
                fact.at,
                fact.actor,
                fact.effective_at or "",
                plan,
                quantity,
                reason=reason,
            )
        )
