"""Receivables aging: what each customer owes on a day, by how long it has been due (R5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.errors import WrongUsage
from billing_beans.core.records import record
from billing_beans.reports.receivables import OpenInvoice, open_invoices
from billing_beans.reports.unapplied import unapplied_on

DAYS = (30, 60, 90)
"""The last day of each bucket but the last, which has no end."""
_MOST_BUCKETS = 12
_LONGEST = 3650
_ZERO = Decimal(0)


class AgedInvoice(NamedTuple):
    """An open invoice, how many days it has been due (negative: it is not due yet), and its place among the buckets."""

    invoice: OpenInvoice
    overdue: int
    bucket: int


class AgingRow(NamedTuple):
    """What one customer owes one legal entity in one currency, or the sum of all customers, where `customer` is empty.

    `amounts` go by bucket, the one that is not due yet first; `open` is their sum, `unapplied` what the customer has paid
    for no invoice, and `balance` the difference. All but the balance are positive.
    """

    seller: str
    currency: str
    customer: str
    amounts: tuple[Decimal, ...]
    open: Decimal
    unapplied: Decimal
    balance: Decimal
    invoices: tuple[AgedInvoice, ...] = ()


@record
class Aging:
    """The receivables at the end of a day. `rows` and `totals` stand in the order of seller, currency and customer."""

    on: date
    days: tuple[int, ...]
    rows: tuple[AgingRow, ...]
    totals: tuple[AgingRow, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        return labels_of(self.days)


def labels_of(days: Sequence[int]) -> tuple[str, ...]:
    """What the buckets are called: `current`, `1-30`, `31-60`, `61-90`, `over 90`."""
    between = [f"{before + 1}-{last}" for before, last in pairwise((0, *days))]
    return ("current", *between, f"over {days[-1]}")


def parse_buckets(text: str) -> tuple[int, ...]:
    """The last days of buckets: `30,60,90`. Raises `WrongUsage` where they don't rise, or are none."""
    words = [word.strip() for word in text.split(",")]
    days = [int(word) for word in words if word.isdecimal() and word.isascii() and len(word) < 6]
    rising = all(before < after for before, after in pairwise((0, *days)))
    if len(days) != len(words) or not rising or days[-1] > _LONGEST or len(days) > _MOST_BUCKETS:
        raise WrongUsage(
            f"{text!r} are no buckets.", instead=f"give rising numbers of days, at most {_MOST_BUCKETS}: 30,60,90"
        )
    return tuple(days)


def aging(
    books: Books,
    on: date,
    days: tuple[int, ...] = DAYS,
    *,
    customer: str | None = None,
    seller: str | None = None,
) -> Aging:
    """What is open at the end of a day, by customer and currency, of each legal entity (R5, B3).

    An invoice is overdue from the day after its due day. What happened later counts for nothing: neither issues, nor
    payments, credits and voidings.
    """
    found: dict[tuple[str, str, str], list[AgedInvoice]] = {}
    for one in open_invoices(books, on, customer):
        if seller in (None, one.seller):
            overdue = (on - one.due).days
            key = (one.seller, one.currency, one.customer)
            found.setdefault(key, []).append(AgedInvoice(one, overdue, _bucket(overdue, days)))
    unapplied = unapplied_on(books, on, customer)
    keys = sorted({*found, *(key for key in unapplied if seller in (None, key[0]))})
    rows = tuple(_row(key, found.get(key, []), unapplied.get(key, _ZERO), len(days) + 2) for key in keys)
    return Aging(on, days, rows, tuple(_totals(rows)))


def _bucket(overdue: int, days: Sequence[int]) -> int:
    if overdue <= 0:
        return 0
    return 1 + sum(overdue > last for last in days)


def _row(key: tuple[str, str, str], invoices: Iterable[AgedInvoice], unapplied: Decimal, buckets: int) -> AgingRow:
    amounts = [_ZERO] * buckets
    ordered = sorted(invoices, key=lambda one: (one.invoice.due, one.invoice.number))
    for one in ordered:
        amounts[one.bucket] += one.invoice.open
    owed = sum(amounts, start=_ZERO)
    return AgingRow(*key, tuple(amounts), owed, unapplied, owed - unapplied, tuple(ordered))


def _totals(rows: Iterable[AgingRow]) -> Iterable[AgingRow]:
    groups: dict[tuple[str, str], list[AgingRow]] = {}
    for row in rows:
        groups.setdefault((row.seller, row.currency), []).append(row)
    for (seller, currency), several in groups.items():
        amounts = tuple(sum(column, start=_ZERO) for column in zip(*(row.amounts for row in several), strict=True))
        owed = sum(amounts, start=_ZERO)
        unapplied = sum((row.unapplied for row in several), start=_ZERO)
        yield AgingRow(seller, currency, "", amounts, owed, unapplied, owed - unapplied)
