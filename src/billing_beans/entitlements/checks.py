"""What must hold of entitlements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from billing_beans.books import Books
from billing_beans.core.accounts import place_of
from billing_beans.core.checks import check
from billing_beans.core.comparing import difference
from billing_beans.entitlements.facts import EntitlementConsumed, InvoicePosted
from billing_beans.entitlements.operations import Taking, consumption, posted, taking
from billing_beans.invoicing.status import Event, can

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
    promise="E1: nothing is consumed before it was granted.",
    remedy="give a later date; billing-beans entitlement lots CUSTOMER shows when each lot was granted",
    timeless=True,
)
def granted_before(_books: Books, fact: EntitlementConsumed) -> Iterator[str]:
    for leg in fact.lots:
        if leg.cost is not None and fact.date < leg.cost.date:
            yield f"{leg.units} are taken from {leg.cost.label} on {fact.date}, and it was granted on {leg.cost.date}"
