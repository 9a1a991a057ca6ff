"""Whose money it is: by the invoice that is named, by our own customer id, by who usually pays for whom, by email (Y6).

It is never guessed: where these give nobody, or two, it is for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.importers.processors.outcomes import NotTaken, by_hand
from billing_beans.importers.processors.plan import Thing
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import OPEN

_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9]")
_RULE = "Y6: money of a processor is that of one customer, or a person says whose it is."


class Owner(NamedTuple):
    """Whose money it is; the seller of the invoice that is `named`, if one is; the invoices that it pays, in order."""

    customer: str
    seller: str | None
    invoices: tuple[InvoiceHead, ...]
    named: str = ""


class Emails:
    """Customers by the email of their bill-to profiles. Read once for an import, when it is first asked for."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._found: dict[str, set[str]] | None = None

    def customers(self, email: str) -> set[str]:
        """The customers that are billed at this address."""
        if self._found is None:
            self._found = {}
            for profile in self._books.catalog.bill_to.all():
                if profile.email:
                    self._found.setdefault(profile.email.strip().lower(), set()).add(profile.customer)
        return self._found.get(email.strip().lower(), set()) if email else set()


def owner_of(books: Books, thing: Thing, emails: Emails, day: date) -> Owner:
    """Whose money a charge is. Raises `NotTaken` where nobody, or several, can be meant."""
    named = list(_named(books, thing))
    customers = list(dict.fromkeys(head.customer for head in named))
    if len(customers) > 1:
        raise NotTaken(
            f"{thing.source} names invoices of {', '.join(customers)}.",
            rule=_RULE,
            instead=by_hand(thing),
        )
    ours = thing.payer.customer if books.catalog.customer(thing.payer.customer, day) else ""
    if customers and ours and ours != customers[0]:
        raise NotTaken(
            f"{thing.source} names {named[0].number} of {customers[0]}, and the customer {ours}.",
            rule=_RULE,
            instead=by_hand(thing, named[0].number),
        )
    customer = customers[0] if customers else ours or _known(books, thing, day) or _by_email(books, thing, emails, day)
    if not customer:
        raise _nobody(thing)
    if not named:
        return Owner(customer, None, ())
    return Owner(customer, named[0].seller, tuple(_payable(named, thing)), named[0].number)


def _named(books: Books, thing: Thing) -> Iterator[InvoiceHead]:
    """The invoices that are named; a number within a description counts only where its total is what was paid."""
    heads = books.invoices.heads
    found = [heads.get(number) for number in (*thing.invoices, thing.payer.customer) if number]
    known = {head.number: head for head in found if head is not None}
    if not known and thing.description and thing.amount is not None:
        for word in dict.fromkeys(_WORDS.findall(thing.description)):
            head = heads.get(word)
            if head is not None and (head.total, head.currency) == (thing.amount.number, thing.amount.currency):
                known[head.number] = head
        if len(known) > 1:
            known = {}
    yield from known.values()


def _payable(named: list[InvoiceHead], thing: Thing) -> Iterator[InvoiceHead]:
    """Of the invoices that are named those that are open, of one seller, in the currency that was paid."""
    assert thing.amount is not None
    for head in named:
        if head.status in OPEN and head.currency == thing.amount.currency and head.seller == named[0].seller:
            yield head


def payers_of(thing: Thing) -> list[str]:
    """What the books may call who paid: the processor's own account of them, and their email."""
    names = (f"{thing.processor}/{thing.payer.account}", f"email/{thing.payer.email.lower()}")
    return [name for name in names if not name.endswith("/")]


def _known(books: Books, thing: Thing, day: date) -> str:
    """For whom this payer pays, as a person once said; where it was said only later, it was true before."""
    for payer in payers_of(thing):
        for on in (day, date.max):
            if customer := books.catalog.customer_of_payer(payer, on):
                return customer
    return ""


def _by_email(books: Books, thing: Thing, emails: Emails, day: date) -> str:
    customers = [one for one in emails.customers(thing.payer.email) if books.catalog.customer(one, day)]
    return customers[0] if len(customers) == 1 else ""


def _nobody(thing: Thing) -> NotTaken:
    who = ", ".join(word for word in (thing.payer.account, thing.payer.name, thing.payer.email) if word)
    payers = payers_of(thing)
    named = ", ".join(dict.fromkeys(name for name in (*thing.invoices, thing.payer.customer) if name))
    unknown = f"; {named} is no invoice and no customer of these books" if named else ""
    return NotTaken(
        f"{thing.source}, {thing.amount}: nothing says whose money it is "
        f"({f'paid by {who}' if who else 'no payer is named'}{unknown}).",
        rule=_RULE,
        instead=f"billing-beans customer payer CUSTOMER {payers[0]}, and import the file again"
        if payers
        else by_hand(thing),
    )
