"""What must hold of credits that customers had left when the books began (B1)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import CreditUnitAdded
from billing_beans.core.accounts import is_paid, place_of
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.credits.facts import CreditsOpened
from billing_beans.credits.granting import check_terms, check_units
from billing_beans.credits.grants import terms_of
from billing_beans.credits.moments import is_moment, zone_of
from billing_beans.credits.opening import BroughtCredits, Lots, credits_brought, has_expired_by
from billing_beans.invoicing.legs import Parties
from billing_beans.payments.settling import as_called

_ZERO = Decimal(0)


@check(
    CreditsOpened,
    promise="B1: credits that a customer had left when the books began are opened once, at their own cost, and not when they had expired.",
    remedy="restore the text with git, or let the tool write it: billing-beans opening import FILE",
)
def credits_opened_once(books: Books, fact: CreditsOpened) -> Iterator[str | Broken]:
    if books.credits.grants.get(f"opening/{fact.opening}") is not None:
        yield f"the credits {fact.opening} are opened twice"
        return
    customer = books.catalog.customer(fact.customer, fact.date)
    place = place_of(fact.lots[0].account) if fact.lots else None
    unit = books.catalog.credit_unit(fact.lots[0].currency, fact.date) if fact.lots else None
    if customer is None or place is None or unit is None:
        yield f"{fact.opening} opens no credits that are known on {fact.date}, of a customer who is"
        return
    if fact.granted_on > fact.date:
        yield f"{fact.opening} is opened on {fact.date}, and was granted later, on {fact.granted_on}"
    zone = zone_of(books, place.entity, fact.date)
    if not is_moment(fact.expires_at):
        yield f"{fact.opening} expires at {fact.expires_at!r}, which is no moment in UTC"
        return
    if has_expired_by(fact.expires_at, fact.date, zone):
        yield f"{fact.opening} is opened on {fact.date}, and had expired at {fact.expires_at}"
        return
    check_terms(terms_of(fact), fact.date, zone)
    check_units(-sum((leg.number for leg in fact.lots), start=_ZERO))
    yield from _as_brought(books, fact, unit)


def _as_brought(books: Books, fact: CreditsOpened, unit: CreditUnitAdded) -> Iterator[str | Broken]:
    """Rebuilt from the lots that it names, everything else in it is as the tool would have written it."""
    lots: Lots = tuple((-leg.number, leg.cost.number) for leg in fact.lots if leg.cost is not None)
    paid = is_paid(fact.lots[0].account)
    costs = [cost for _units, cost in lots]
    if len(lots) != len(fact.lots) or min(costs) < 0 or any(costs) != paid or any(units <= 0 for units, _cost in lots):
        yield f"{fact.opening} opens {'paid credits that cost nothing' if paid else 'free credits at a cost'}, or none"
        return
    place = place_of(fact.lots[0].account)
    customer = books.catalog.customer(fact.customer, fact.date)
    assert place is not None
    assert customer is not None
    brought = BroughtCredits(
        fact.opening,
        fact.customer,
        fact.granted_on,
        unit.credit_unit,
        unit.face.currency,
        lots,
        paid,
        terms_of(fact),
        fact.reference,
    )
    expected = credits_brought(brought, fact.date, Parties(place.entity, customer.account), customer)
    if differs := difference(fact, as_called(books, fact.customer, fact, expected)):
        yield f"{fact.opening} does not open the credits that it names: {differs}"
