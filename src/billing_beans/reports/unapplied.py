"""Money of customers that belongs to no invoice, as movements of their balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.invoicing.state import Settlement
from billing_beans.payments.state import PaymentHead
from billing_beans.reports.receivables import Change


def unapplied_changes(books: Books, customer: str | None = None) -> Iterator[Change]:
    """Every movement of unapplied money, in no order. What comes is negative: it is owed to the customer."""
    heads = books.payments.heads
    for head in heads.all() if customer is None else heads.range("customer", customer):
        if head.unapplied:
            invoice = books.invoices.heads.get(head.first_invoice)
            assert invoice is not None
            source, currency = f"payment/{head.payment}", head.amount.currency
            day, fact = _recorded(books, head)
            yield Change(day, fact, source, head.customer, invoice.seller, currency, -head.unapplied)


def _recorded(books: Books, head: PaymentHead) -> tuple[date, str]:
    invoices = [one.invoice for one in books.payments.allocations.range("payment", head.payment)]
    settled: Iterable[Settlement] = (
        one for number in invoices for one in books.invoices.settlements.range("invoice", number)
    )
    for one in settled:
        if one.payment == head.payment:
            return one.date, one.fact
    assert head.received is not None
    return head.received, ""


def unapplied_on(books: Books, on: date, customer: str | None = None) -> dict[tuple[str, str, str], Decimal]:
    """What belongs to no invoice at the end of a day, positive, by seller, currency and customer."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for one in unapplied_changes(books, customer):
        if one.date <= on:
            key = (one.seller, one.currency, one.customer)
            found[key] = found.get(key, Decimal(0)) - one.amount
    return {key: amount for key, amount in found.items() if amount}
