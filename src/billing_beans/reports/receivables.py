"""What customers owe: which invoices are open on a day, and everything that ever moved a receivable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.invoicing.records import InvoiceHead, Settlement
from billing_beans.invoicing.status import OPEN

_ZERO = Decimal(0)
_number = attrgetter("number")


class OpenInvoice(NamedTuple):
    """An invoice on which something is owed on a day. Amounts are positive, in its currency."""

    number: str
    customer: str
    seller: str
    currency: str
    issued: date
    due: date
    total: Decimal
    open: Decimal


class Change(NamedTuple):
    """One movement of a customer's receivable, or of its unapplied money.

    `amount` is signed as the customer's balance is: positive is owed to us. An issue adds, whatever settles takes away, and
    unapplied money that comes takes away, too. `source` says by what: `invoice/SG-1`, `void/SG-1`, `payment/PAY-1`.
    `fact` is the id of what recorded it, empty where that is not known; `origin` the money, where it is money.
    """

    date: date
    fact: str
    source: str
    customer: str
    seller: str
    currency: str
    amount: Decimal
    invoice: str = ""
    origin: str = ""

    @property
    def what(self) -> str:
        return self.source.partition("/")[0]

    @property
    def reference(self) -> str:
        return self.source.partition("/")[2]


def open_invoices(books: Books, on: date, customer: str | None = None) -> Iterator[OpenInvoice]:
    """The invoices that were open at the end of this day, in the order of numbers.

    What was issued later is not there, and what was paid, credited or voided later still is (R5).
    """
    for head in _perhaps_open(books, on, customer):
        owed = open_amount(books, head, on)
        if owed:
            assert head.dated is not None
            yield OpenInvoice(
                head.number, head.customer, head.seller, head.currency, head.dated, head.due, head.total, owed
            )


def _perhaps_open(books: Books, on: date, customer: str | None) -> list[InvoiceHead]:
    """Those on which something is owed now, and those on which nothing is owed since a later day only."""
    heads = books.invoices.heads
    if customer is not None:
        return sorted(heads.range("customer", customer), key=_number)
    found = [head for status in OPEN for head in heads.range("status", status)]
    for seller in {one.entity for one in books.catalog.entities.all()}:
        found += heads.since("closed", seller, (on + timedelta(days=1),))
    return sorted(found, key=_number)


def open_amount(books: Books, head: InvoiceHead, on: date) -> Decimal:
    """What is owed on an invoice at the end of a day: its total less what settled it by then; nothing once it is void."""
    if head.issued is None or head.issued > on or (head.voided is not None and head.voided <= on):
        return _ZERO
    if head.settled_on is None or head.settled_on <= on:
        return head.total - head.settled - head.credited
    settlements = books.invoices.settlements.range("invoice", head.number)
    return head.total - sum((one.amount.number for one in settlements if one.date <= on), start=_ZERO)


def receivable_changes(books: Books, customer: str | None = None) -> Iterator[Change]:
    """Every movement of the receivables of one customer, or of all, in no order."""
    heads = books.invoices.heads
    found = list(heads.all() if customer is None else heads.range("customer", customer))
    for head in found:
        yield from _issue_and_void(head)
    by_number = {head.number: head for head in found}
    for one in _settlements(books, found, whole=customer is None):
        head = by_number[one.invoice]
        amount = -one.amount.number
        yield Change(
            one.date, one.fact, _source(one), head.customer, head.seller, head.currency, amount, head.number, one.origin
        )  # fmt: skip


def _source(settlement: Settlement) -> str:
    if settlement.source == "allocation-reversed":
        return f"{settlement.source}/{settlement.invoice}"
    return settlement.source


def _settlements(books: Books, heads: Iterable[InvoiceHead], *, whole: bool) -> Iterable[Settlement]:
    table = books.invoices.settlements
    return table.all() if whole else (one for head in heads for one in table.range("invoice", head.number))


def _issue_and_void(head: InvoiceHead) -> Iterator[Change]:
    if head.issued is None:
        return
    who = (head.customer, head.seller, head.currency)
    yield Change(head.issued, head.issued_id, f"invoice/{head.number}", *who, head.total, head.number)
    if head.voided is not None:
        yield Change(head.voided, "", f"void/{head.number}", *who, -head.total, head.number)


def open_steps(books: Books, head: InvoiceHead) -> Iterator[tuple[date, Decimal]]:
    """The days on which what is open of an invoice may have changed, each with how much more is open than before."""
    days = {one.date for one in books.invoices.settlements.range("invoice", head.number)}
    days |= {day for day in (head.issued, head.voided) if day is not None}
    before = _ZERO
    for day in sorted(days):
        owed = open_amount(books, head, day)
        yield day, owed - before
        before = owed
