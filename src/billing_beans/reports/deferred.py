"""What is deferred at the end of a day, and in which months it will be released (R5).

The sum of all that is left of the records is the balance of the accounts of deferred revenue. A month is that of the days that
earn it; what was earned by the day, and is not yet released, is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.accounts import Role, account_of
from billing_beans.core.records import record
from billing_beans.revenue.records import DeferredRevenue, MoveKind, Standing, after, begun, next_day, next_month

_ZERO = Decimal(0)
_A_DAY = timedelta(days=1)


class By(StrEnum):
    """By what deferred revenue is shown."""

    MONTH = "month"
    CUSTOMER = "customer"
    PRODUCT = "product"


class DeferredRow(NamedTuple):
    """What is deferred by one legal entity in one currency, of one customer or product; of all, where `what` is empty.

    Amounts are positive. `earned` is what of it was earned by the day and waits to be released. `months` are the first days of
    months with what their days earn, in order; they add up to `deferred`.
    """

    seller: str
    currency: str
    what: str
    deferred: Decimal
    earned: Decimal
    months: tuple[tuple[date, Decimal], ...]


class DeferredAccount(NamedTuple):
    """The accounts of deferred revenue of all customers of a legal entity, and what they hold in a currency."""

    seller: str
    account: str
    currency: str
    balance: Decimal


@record
class DeferredReport:
    """The deferred revenue at the end of a day. `rows` and `totals` stand in the order of seller, currency and what they are of."""

    on: date
    by: By
    rows: tuple[DeferredRow, ...]
    totals: tuple[DeferredRow, ...]
    accounts: tuple[DeferredAccount, ...]


def deferred_revenue(
    books: Books, on: date, by: By = By.MONTH, *, customer: str | None = None, seller: str | None = None
) -> DeferredReport:
    """What is deferred at the end of a day, and when it is earned. What happened later counts for nothing (R5, B3)."""
    sums: dict[tuple[str, str, str], _Sum] = {}
    totals: dict[tuple[str, str, str], _Sum] = {}
    for found in deferred_on(books, on, customer):
        if seller not in (None, found.seller):
            continue
        earned, months = found.earned(next_day(on)), [*by_month(found)]
        what = {By.CUSTOMER: found.customer, By.PRODUCT: found.product}.get(by)
        for kept, name in ((totals, ""), *(((sums, what),) if what is not None else ())):
            kept.setdefault((found.seller, found.currency, name), _Sum()).add(found.left, earned, months)
    rows = tuple(_row(key, sums[key]) for key in sorted(sums))
    whole = tuple(_row(key, totals[key]) for key in sorted(totals))
    return DeferredReport(on, by, rows, whole, tuple(_accounts(books, whole)))


class _Sum:
    """Amounts that are added up."""

    def __init__(self) -> None:
        self.deferred = self.earned = _ZERO
        self.months: dict[date, Decimal] = {}

    def add(self, deferred: Decimal, earned: Decimal, months: Iterable[tuple[date, Decimal]]) -> None:
        self.deferred += deferred
        self.earned += earned
        for month, amount in months:
            self.months[month] = self.months.get(month, _ZERO) + amount


def _row(key: tuple[str, str, str], found: _Sum) -> DeferredRow:
    return DeferredRow(*key, found.deferred, found.earned, tuple(sorted(found.months.items())))


def _accounts(books: Books, totals: Iterable[DeferredRow]) -> Iterator[DeferredAccount]:
    for one in totals:
        component = next(iter(books.catalog.entities.range("versions", one.seller))).account
        yield DeferredAccount(one.seller, account_of(Role.DEFERRED, component), one.currency, one.deferred)


def by_month(found: DeferredRevenue) -> Iterator[tuple[date, Decimal]]:
    """The first day of each month of which days earn what is left of a record, and how much they earn."""
    before, day = _ZERO, found.until
    while day < found.end and before != found.left:
        first = day.replace(day=1)
        day = min(next_month(first), found.end)
        earned = found.earned(day)
        if earned != before:
            yield first, earned - before
        before = earned


def deferred_on(books: Books, on: date, customer: str | None = None) -> Iterator[DeferredRevenue]:
    """The records of which something was deferred at the end of a day, as they stood then."""
    table = books.revenue.deferred
    if customer is not None:
        records: Iterable[DeferredRevenue] = table.range("customer", customer)
    else:
        over = table.since("over", Standing.OVER, (next_day(on),))
        records = [*table.range("open", Standing.OPEN), *over]
    for one in records:
        found = one if one.moved <= on else stood_on(books, one, on)
        if found is not None and found.left:
            yield found


def stood_on(books: Books, found: DeferredRevenue, on: date) -> DeferredRevenue | None:
    """A record as it stood at the end of a day, from its movements; None where it was not there."""
    stood: DeferredRevenue | None = None
    for move in books.revenue.moves.range("record", (found.source, found.line)):
        if move.date > on:
            continue
        if move.kind is MoveKind.DEFERRED:
            stood = begun(found._replace(not_before=move.date, moved=move.date))
        elif stood is not None:
            stood = after(stood, move)
    return stood
