"""What must hold of entitlements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import place_of
from billing_beans.core.checks import check
from billing_beans.core.facts import Leg
from billing_beans.entitlements.facts import EntitlementConsumed
from billing_beans.entitlements.operations import results_of
from billing_beans.entitlements.state import Lot


@check(
    EntitlementConsumed,
    promise="E2: no more is consumed than there is, and only from lots that were granted.",
    remedy="billing-beans entitlement lots CUSTOMER shows what is left; correct a consumption before it is published",
)
def lots_exist(books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    for leg in (*fact.lots, *fact.fees):
        lot = books.entitlements.lot_of(leg)
        if lot is None:
            label = leg.cost.label if leg.cost else "no lot"
            yield f"{leg.units} are taken from {label} on {leg.account}, where there is no such lot"
        elif leg.units.number > lot.remaining:
            yield f"{leg.units} are taken from {lot.label} on {leg.account}, which holds {lot.remaining:f}"
        elif fact.date < lot.date:
            yield f"{leg.units} are taken from {lot.label} on {fact.date}, and it was granted on {lot.date}"


@check(
    EntitlementConsumed,
    promise="E1: lots are used first in, first out.",
    remedy="take the oldest lot: billing-beans entitlement lots CUSTOMER shows the order",
)
def oldest_lot_first(books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    for legs in (fact.lots, fact.fees):
        for account in dict.fromkeys(leg.account for leg in legs):
            taken = [leg for leg in legs if leg.account == account]
            yield from _out_of_turn(books.entitlements.lots.range("open", account), taken)


def _out_of_turn(open_lots: Iterable[Lot], taken: list[Leg]) -> Iterator[str]:
    for lot, leg in zip(open_lots, taken, strict=False):
        cost = leg.cost
        if cost is None or (cost.label, cost.number, cost.date) != (lot.label, lot.cost, lot.date):
            yield f"{leg.units} are taken from {cost.label if cost else 'no lot'} while {lot.label} is older and holds {lot.remaining:f}"
            return
        if leg is not taken[-1] and leg.units.number != lot.remaining:
            yield f"{lot.label} still holds {lot.remaining - leg.units.number:f} {lot.unit}, and the next lot is used"
            return


@check(
    EntitlementConsumed,
    promise="E1: a consumption takes as many units as it says, the platform fee's with them, from one customer.",
    remedy="restore the text with git; a consumption is never edited",
)
def units_as_said(books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    units = sum((leg.units.number for leg in fact.lots), start=Decimal(0))
    fees = sum((leg.units.number for leg in fact.fees), start=Decimal(0))
    if units != fact.units or (fact.fees and fees != units):
        yield f"{fact.units:f} {fact.entitlement} are said to be consumed, and {units:f} are taken (with {fees:f} of fee)"
    if {leg.units.currency for leg in fact.lots} != {fact.entitlement}:
        yield f"{fact.entitlement} is said to be consumed, and other units are taken"
    customer = books.catalog.customer(fact.customer, fact.date)
    for leg in (*fact.lots, *fact.fees):
        place = place_of(leg.account)
        if customer is None or place is None or place.owner[0] != customer.account:
            yield f"{fact.customer} is said to consume, and {leg.account} is not its account"


@check(
    EntitlementConsumed,
    promise="E1: what is released is exactly the cost of the lots, to the accounts of what was sold.",
    remedy="restore the text with git; a consumption is never edited",
)
def released_at_cost(books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    if any(books.entitlements.lot_of(leg) is None for leg in (*fact.lots, *fact.fees)):
        return
    if results_of(books, fact.lots, fact.fees) != (fact.earned, fact.owed):
        yield f"the consumption of {fact.units:f} {fact.entitlement} by {fact.customer} does not release what its lots cost"
