"""Money of customers that belongs to no invoice, as movements of their balance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.payments.records import UnappliedEntry, UnappliedMoney
from billing_beans.reports.receivables import Change


def unapplied_changes(books: Books, customer: str | None = None) -> Iterator[Change]:
    """Every movement of unapplied money, in no order. What comes is negative: it is owed to the customer."""
    money = books.payments.money
    sellers = sellers_by_account(books)
    for one in money.all() if customer is None else money.range("customer", customer):
        who = (one.customer, sellers[one.entity], one.currency)
        for entry in books.payments.entries.range("origin", one.origin):
            yield Change(entry.date, entry.fact, _source(entry), *who, -entry.amount, origin=entry.origin)


def _source(entry: UnappliedEntry) -> str:
    """The document that moved it. An entry that names an invoice was taken back from it."""
    what, _, reference = entry.what.partition("/")
    return f"allocation-reversed/{reference}" if what == "invoice" else entry.what


def unapplied_on(books: Books, on: date, customer: str | None = None) -> dict[tuple[str, str, str], Decimal]:
    """What belongs to no invoice at the end of a day, positive, by seller, currency and customer.

    It is what is there now, less what came later, and what was used later. Amounts that are zero are left out.
    """
    found: dict[tuple[str, str, str], Decimal] = {}
    for seller, one, amount in _now_and_since(books, on, customer):
        key = (seller, one.currency, one.customer)
        found[key] = found.get(key, Decimal(0)) + amount
    return {key: amount for key, amount in found.items() if amount}


def _now_and_since(books: Books, on: date, customer: str | None) -> Iterator[tuple[str, UnappliedMoney, Decimal]]:
    money, entries = books.payments.money, books.payments.entries
    sellers = sellers_by_account(books)
    if customer is not None:
        for one in money.range("customer", customer):
            later = (entry.amount for entry in entries.range("origin", one.origin) if entry.date > on)
            yield sellers[one.entity], one, one.remaining - sum(later, start=Decimal(0))
        return
    for component, seller in sellers.items():
        for one in money.range("held", component):
            yield seller, one, one.remaining
        for entry in entries.since("entity", component, (on + timedelta(days=1),)):
            of = money.get(entry.origin)
            assert of is not None, f"there is no unapplied money of {entry.origin}"
            yield seller, of, -entry.amount


def sellers_by_account(books: Books) -> dict[str, str]:
    """Legal entities by the component of their accounts, which they keep for ever."""
    return {one.account: one.entity for one in books.catalog.entities.all()}
