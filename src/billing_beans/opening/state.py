"""What was brought along: deferred revenue that is still to be earned, and the balance against which all of it was opened."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.core.accounts import Account
from billing_beans.core.folds import folds
from billing_beans.core.tables import Index, Store, TableSpec
from billing_beans.credits.facts import CreditsOpened
from billing_beans.entitlements.facts import LotsOpened
from billing_beans.invoicing.facts import InvoiceOpened
from billing_beans.opening.facts import DeferredOpened
from billing_beans.payments.facts import UnappliedOpened


class OpenedRevenue(NamedTuple):
    """Deferred revenue of before: `amount` is earned evenly from `earned_from` until `period_end`, both days included.

    `amount` is positive, in `currency`; it stands on `account` and becomes `income`.
    """

    opening: str
    customer: str
    product: str
    account: Account
    income: Account
    amount: Decimal
    currency: str
    period_start: date
    period_end: date
    opened: date
    sequence: str

    @property
    def earned_from(self) -> date:
        """The first day of which the revenue is in `amount`: what came before was earned in the old books."""
        return max(self.period_start, self.opened)


class OpeningBalance(NamedTuple):
    """What stands on the opening account of a legal entity in one currency, signed as in the ledger: a credit is below zero."""

    account: Account
    currency: str
    amount: Decimal


REVENUE = TableSpec(
    "opened_revenue",
    OpenedRevenue,
    ("opening",),
    {"customer": Index(("customer",), ("period_start", "sequence"))},
)
BALANCES = TableSpec("opening_balances", OpeningBalance, ("account", "currency"))


class OpeningState:
    """Deferred revenue by its opening id, and the opening balances."""

    def __init__(self, store: Store) -> None:
        self.revenue = store.table(REVENUE)
        self.balances = store.table(BALANCES)

    @folds(DeferredOpened)
    def open_revenue(self, fact: DeferredOpened) -> None:
        self.revenue.put(
            OpenedRevenue(
                fact.opening,
                fact.customer,
                fact.product,
                fact.deferred.account,
                fact.income,
                -fact.deferred.number,
                fact.deferred.currency,
                fact.period_start,
                fact.period_end,
                fact.date,
                fact.id,
            )
        )

    @folds(DeferredOpened, InvoiceOpened, UnappliedOpened, LotsOpened, CreditsOpened)
    def balance(self, fact: DeferredOpened | InvoiceOpened | UnappliedOpened | LotsOpened | CreditsOpened) -> None:
        leg = fact.opening_balance
        if leg is not None:
            before = self.balances.get((leg.account, leg.currency))
            amount = leg.number + (before.amount if before else 0)
            self.balances.put(OpeningBalance(leg.account, leg.currency, amount))
