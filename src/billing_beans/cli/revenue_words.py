"""Deferred revenue in words: what has some, for completion; and how amounts, days and lines are said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.money import round_money
from billing_beans.revenue.records import DeferredRevenue, Standing

_A_DAY = timedelta(days=1)


def with_deferred(books: Books) -> Iterable[tuple[str, str]]:
    """Invoices and openings of which something is deferred."""
    left: dict[str, tuple[str, Decimal, str]] = {}
    for one in books.revenue.deferred.range("open", Standing.OPEN):
        before = left.get(one.name, (one.customer, Decimal(0), one.currency))
        left[one.name] = (one.customer, before[1] + one.left, one.currency)
    return [(name, f"{customer}, {exactly(sum_, of)} deferred") for name, (customer, sum_, of) in left.items()]


def amount(number: Decimal, currency: str) -> str:
    """An amount in minor units, without its currency."""
    return f"{round_money(number, currency).number:f}"


def exactly(number: Decimal, currency: str) -> str:
    """An amount in minor units."""
    return f"{amount(number, currency)} {currency}"


def days(since: date, until: date) -> str:
    """Days from the first until one that is excluded, as people say them."""
    last = until - _A_DAY
    return f"{since}" if since == last else f"{since} to {last}"


def line_of(found: DeferredRevenue) -> str:
    """A line of an invoice, as it is named; what was opened has none."""
    return f"{found.name}/{found.line}" if found.line else found.name


def released_until(found: DeferredRevenue) -> date | None:
    """The last day that is released, if any is."""
    return found.until - _A_DAY if found.until > found.start else None
