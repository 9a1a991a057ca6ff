"""What follows a payment: credits that waited for it are granted in the same act, and their bonus with them (W2, W4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.credits.adjusting import grant_named
from billing_beans.credits.facts import CreditGranted
from billing_beans.credits.granting import bonus_of, bought, of_line, purchase_of, top_ups, waiting_for
from billing_beans.credits.grants import terms_of
from billing_beans.credits.records import GrantStatus
from billing_beans.entitlements.operations import to_grant
from billing_beans.invoicing.operations import head_named
from billing_beans.invoicing.status import Status


def grant_top_ups(act: Act, number: str, day: date | None = None) -> None:
    """What the lines of a paid invoice top up, each once; on this day, or on the act's."""
    head = head_named(act.books, number)
    if head.status is not Status.PAID:
        return
    settled = [one.date for one in act.books.invoices.settlements.range("invoice", number)]
    for line in top_ups(to_grant(act.books, number)):
        known = act.books.credits.grants.get(f"{number}/{line.line}")
        if line.units and (known is None or known.status is GrantStatus.PENDING):
            on = max([day or act.day(head.seller), head.issued or head.drafted, *settled])
            fact = act.record(of_line(act.books, number, line.line, on))
            if line.bonus_units:
                grant_bonus(act, fact, line.bonus_units)


def grant_waiting(act: Act, payment: str, day: date) -> None:
    """What waited for a payment that is verified now."""
    for grant in waiting_for(act.books, payment):
        fact = act.record(bought(act.books, purchase_of(grant), day))
        if grant.bonus is not None:
            grant_bonus(act, fact, grant.bonus)


def grant_bonus(act: Act, fact: CreditGranted, units: Decimal) -> None:
    """Free credits that come with a grant, on its terms."""
    act.record(bonus_of(act.books, grant_named(act.books, fact.grant), units, terms_of(fact), fact.date))
