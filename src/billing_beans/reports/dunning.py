"""What is overdue, and on which level of reminding each invoice is (R5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.payments.records import PaymentStatus
from billing_beans.reports.receivables import OpenInvoice, open_invoices
from billing_beans.reports.unapplied import unapplied_on

DEFAULT_DAYS = (7, 21, 35)
"""When the levels begin in books that have none of their own."""
_ZERO = Decimal(0)


class Level(NamedTuple):
    """A level of reminding: it begins `days` after an invoice is due. Without a title or text, letters have the usual ones."""

    level: int
    days: int
    title: str = ""
    text: str = ""


class OverdueInvoice(NamedTuple):
    """An invoice whose due day is over, since how many days, and its level: 0 before the first one begins.

    `waiting` are payments that were submitted for it and wait for their verification.
    """

    invoice: OpenInvoice
    overdue: int
    level: int
    waiting: tuple[str, ...]


class Overdue(NamedTuple):
    """What is overdue of one customer with one legal entity in one currency, oldest first.

    `level` is the highest of its invoices', `open` their sum. `unapplied` is what the customer has paid for no invoice.
    """

    seller: str
    currency: str
    customer: str
    level: int
    open: Decimal
    unapplied: Decimal
    invoices: tuple[OverdueInvoice, ...]


def levels_on(books: Books, on: date) -> tuple[Level, ...]:
    """The levels that are valid on a day, from the lowest up: those of the books, or the default ones where it has none."""
    own = [Level(one.level, one.days, one.title or "", one.text or "") for one in books.catalog.active_levels(on)]
    return tuple(own) or tuple(Level(level, days) for level, days in enumerate(DEFAULT_DAYS, start=1))


def overdue(
    books: Books, on: date, *, customer: str | None = None, seller: str | None = None, level: int = 0
) -> list[Overdue]:
    """What is overdue at the end of a day, by legal entity, currency and customer; only who is on this level or above."""
    levels = levels_on(books, on)
    found: dict[tuple[str, str, str], list[OverdueInvoice]] = {}
    for one in open_invoices(books, on, customer):
        days = (on - one.due).days
        if days > 0 and seller in (None, one.seller):
            late = OverdueInvoice(one, days, _level(levels, days), tuple(_waiting(books, one.number)))
            found.setdefault((one.seller, one.currency, one.customer), []).append(late)
    unapplied = unapplied_on(books, on, customer)
    every = [_overdue(key, found[key], unapplied.get(key, _ZERO)) for key in sorted(found)]
    return [one for one in every if one.level >= level]


def without_waiting(found: Iterable[Overdue], level: int) -> list[Overdue]:
    """Without the invoices for which a payment waits; of the others, who is on this level or above."""
    kept = []
    for one in found:
        invoices = [late for late in one.invoices if not late.waiting]
        if invoices:
            kept.append(_overdue((one.seller, one.currency, one.customer), invoices, one.unapplied))
    return [one for one in kept if one.level >= level]


def _overdue(key: tuple[str, str, str], invoices: list[OverdueInvoice], unapplied: Decimal) -> Overdue:
    ordered = sorted(invoices, key=lambda one: (one.invoice.due, one.invoice.number))
    owed = sum((one.invoice.open for one in ordered), start=_ZERO)
    return Overdue(*key, max(one.level for one in ordered), owed, unapplied, tuple(ordered))


def _level(levels: Sequence[Level], days: int) -> int:
    return max((one.level for one in levels if one.days <= days), default=0)


def _waiting(books: Books, number: str) -> Iterator[str]:
    for allocation in books.payments.allocations.range("invoice", number):
        payment = books.payments.heads.get(allocation.payment)
        if payment is not None and payment.status is PaymentStatus.SUBMITTED and not allocation.rejected_reason:
            yield payment.payment
