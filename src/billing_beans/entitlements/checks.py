"""What must hold of entitlements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.core.accounts import Role, account_of, place_of, unit_component
from billing_beans.core.checks import check
from billing_beans.core.comparing import difference
from billing_beans.core.facts import Leg
from billing_beans.entitlements.facts import EntitlementConsumed, InvoicePosted, LotsOpened
from billing_beans.entitlements.opening import Brought, Grants, brought_along
from billing_beans.entitlements.operations import Taking, consumption, posted, taking
from billing_beans.invoicing.legs import Parties
from billing_beans.invoicing.lines import PLATFORM_FEE
from billing_beans.invoicing.status import Event, can

_ZERO = Decimal(0)

RECORD = (
    "restore the text with git, or let the tool record it: billing-beans entitlement consume CUSTOMER UNIT QUANTITY"
)


@check(
    InvoicePosted,
    promise="S3-6, S3-7, I6: an invoice is posted once, after it is paid; a partial payment grants nothing.",
    remedy="remove the posting that was written by hand; verifying the last payment posts by itself",
)
def posted_once(books: Books, fact: InvoicePosted) -> Iterator[str]:
    head = books.invoices.heads.get(fact.invoice)
    if head is None:
        yield f"{fact.invoice} is posted and was never drafted"
    elif head.posted is not None:
        yield f"{fact.invoice} is posted twice, on {head.posted} and on {fact.date}"
    elif not can(head.status, Event.POSTED):
        owed = f", {head.due_amount:f} {head.currency} are owed" if head.due_amount else ""
        yield f"{fact.invoice} is posted while it is {head.status}{owed}"
    elif fact.date < max(head.settled_on or fact.date, head.issued or fact.date):
        yield f"{fact.invoice} is posted on {fact.date}, before it was paid"


@check(
    InvoicePosted,
    promise="I6: posting grants exactly the lots that the invoice sold, at what was paid for them.",
    remedy="restore the text with git; a posting is never edited",
    timeless=True,
)
def posted_in_full(books: Books, fact: InvoicePosted) -> Iterator[str]:
    if differs := difference(fact, posted(books, fact.invoice, fact.date)):
        yield f"the posting of {fact.invoice} does not grant what its lines sold: {differs}"


@check(
    EntitlementConsumed,
    promise="E1: a consumption takes the oldest lots, at their cost.",
    remedy=RECORD,
)
def consumed_in_order(books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    place = place_of(fact.lots[0].account) if fact.lots else None
    lots, fees = taking(books, fact, fact.date, place.entity if place else "")
    if fact.lots != lots or fact.fees != fees:
        yield f"{_words(fact)} is not as its lots say: {difference(fact, replace(fact, lots=lots, fees=fees))}"


@check(
    EntitlementConsumed,
    promise="E1: what is consumed becomes what it was sold as, to the last decimal.",
    remedy=RECORD,
    timeless=True,
)
def consumed_in_full(books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    expected = consumption(books, fact, fact.date, Taking(fact.lots, fact.fees), fact.payee)
    if differs := difference(fact, expected):
        yield f"{_words(fact)} is not as its lots say: {differs}"
    # A customer may be renamed on the very day, before or after: any name that it ever had will do.
    if fact.payee not in [one.name for one in books.catalog.customers.range("versions", fact.customer)]:
        yield f"{_words(fact)} names {fact.payee!r}, which {fact.customer} was never called"


def _words(fact: EntitlementConsumed) -> str:
    return f"the consumption of {fact.units:f} {fact.entitlement} by {fact.customer}"


@check(
    EntitlementConsumed,
    promise="E1: nothing is consumed before it was granted, nor before the books began with it.",
    remedy="give a later date; billing-beans entitlement lots CUSTOMER shows when each lot was granted",
    timeless=True,
)
def granted_before(books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    for leg in fact.lots:
        if leg.cost is not None and fact.date < leg.cost.date:
            yield f"{leg.units} are taken from {leg.cost.label} on {fact.date}, and it was granted on {leg.cost.date}"
        elif leg.cost is not None and (since := books.entitlements.lot_of(leg).since) and fact.date < since:
            yield f"{leg.units} are taken from {leg.cost.label} on {fact.date}, and the books have it from {since} on"


@check(
    LotsOpened,
    promise="B1: units that a customer had left when the books began are opened once, at their own cost.",
    remedy="restore the text with git, or let the tool write it: billing-beans opening import FILE",
)
def lots_opened_once(books: Books, fact: LotsOpened) -> Iterator[str]:
    if books.entitlements.opened.get(fact.opening) is not None:
        yield f"the lots {fact.opening} are opened twice"
    customer = books.catalog.customer(fact.customer, fact.date)
    if customer is None:
        yield f"{fact.opening} are lots of {fact.customer}, who is no customer on {fact.date}"
        return
    if books.catalog.product(fact.product, fact.date) is None:
        yield f"{fact.opening} are lots of {fact.product}, which is no product on {fact.date}"
    if fact.granted_on > fact.date:
        yield f"{fact.opening} is opened on {fact.date}, and was granted later, on {fact.granted_on}"
    if not fact.lots:
        yield f"{fact.opening} opens no units"
        return
    first = fact.lots[0]
    place, component = place_of(first.account), unit_component(fact.entitlement)
    assert place is not None
    becomes = place_of(first.becomes or "")
    if first.becomes != account_of(Role.PAYABLE, place.entity, component) and (
        becomes is None or becomes[:2] != (Role.INCOME, place.entity)
    ):
        yield f"{fact.opening} becomes {first.becomes}, which is neither revenue of its seller nor owed to others"
    yield from _as_brought(fact, customer, place.entity)


def _as_brought(fact: LotsOpened, customer: CustomerAdded, seller: str) -> Iterator[str]:
    """Rebuilt from the units and costs that it names, everything else in it is as the tool would have written it."""
    lots, fees = _grants(fact.lots), _grants(fact.fees)
    units = sum((one for one, _cost in lots), start=_ZERO)
    attached = sum((one for one, _cost in fees), start=_ZERO)
    if any(one <= 0 or cost < 0 for one, cost in (*lots, *fees)) or units != fact.units or attached not in (0, units):
        yield f"{fact.opening} opens {units:f} units with the fee of {attached:f}, and says {fact.units:f}"
        return
    first = fact.lots[0]
    assert first.becomes is not None
    assert first.cost is not None
    expected = brought_along(
        Brought(
            fact.opening,
            fact.customer,
            fact.product,
            fact.entitlement,
            fact.units,
            fact.granted_on,
            first.cost.currency,
            lots,
            fees,
            first.becomes,
            account_of(Role.INCOME, seller, PLATFORM_FEE),
            (fact.fees[0].platform_fee_bps or 0) if fact.fees else 0,
            fact.reference,
        ),
        fact.date,
        Parties(seller, customer.account),
        customer,
    )
    # A customer may be renamed on the very day; any name will do, as on a consumption.
    if differs := difference(fact, replace(expected, payee=fact.payee)):
        yield f"{fact.opening} does not open the lots that it names: {differs}"


def _grants(legs: tuple[Leg, ...]) -> Grants:
    return tuple((-leg.number, leg.cost.number) for leg in legs if leg.cost is not None)
