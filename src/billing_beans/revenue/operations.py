"""The facts of a release: what is earned of a line, month by month, by the days that are over (R5). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.errors import Refused
from billing_beans.core.facts import new_leg
from billing_beans.core.ids import InvoiceNumber, OpeningId
from billing_beans.core.money import new_money
from billing_beans.core.records import record
from billing_beans.revenue.facts import RevenueReleased
from billing_beans.revenue.records import DeferredRevenue, MoveKind, RevenueMove, after, next_day, next_month
from billing_beans.revenue.state import invoice_source, source_of

_ZERO = Decimal(0)
_A_DAY = timedelta(days=1)


@record
class ReleaseRevenue:
    """What is earned by the end of a day becomes revenue: of all that is deferred, of one customer, or of one invoice.

    `invoice` may also be the id of deferred revenue that was opened.
    """

    until: date
    customer: str | None = None
    invoice: str | None = None


def releases(found: DeferredRevenue, until: date, first_open: date) -> Iterator[RevenueReleased]:
    """What is earned of a record by the end of a day, one fact for each calendar month (R5).

    Each is dated the last day that it releases, but not before what it releases was deferred, nor before the first day on which
    something may be dated. Days before that day are released with its month, and a month in which nothing is earned, to the
    minor unit, with the next.
    """
    while found.left and found.until <= until:
        days = _month(found, until, first_open)
        if days is None:
            return
        fact = _release(found, days, first_open)
        yield fact
        found = after(found, _as_move(found, fact))


def _month(found: DeferredRevenue, until: date, first_open: date) -> date | None:
    """The day after the last one of the next release; None where nothing is earned by the end of a day."""
    last = min(until, found.end - _A_DAY)
    day = next_month(max(found.until, found.not_before, first_open))
    while day <= last and not found.earned(day):
        day = next_month(day)
    ends = min(day, next_day(last))
    return ends if found.earned(ends) else None


def _release(found: DeferredRevenue, ends: date, first_open: date) -> RevenueReleased:
    """The days of a record from the first that is not released until one that is excluded."""
    amount, last = found.earned(ends), ends - _A_DAY
    is_opened = found.source == f"opening/{found.name}"
    what = found.name if is_opened else f"{found.name}, line {found.line}"
    return RevenueReleased(
        date=max(last, found.not_before, first_open),
        payee=found.payee,
        narration=f"Revenue of {what}: {found.until} to {last}",
        invoice=None if is_opened else InvoiceNumber(found.name),
        line=None if is_opened else found.line,
        opening=OpeningId(found.name) if is_opened else None,
        since=found.until,
        until=ends,
        deferred=new_leg(found.account, new_money(amount, found.currency)),
        income=new_leg(found.income, new_money(-amount, found.currency)),
    )


def _as_move(found: DeferredRevenue, fact: RevenueReleased) -> RevenueMove:
    return RevenueMove(
        found.source,
        found.line,
        fact.id,
        fact.date,
        MoveKind.RELEASED,
        -fact.deferred.number,
        found.source,
        fact.until,
    )


def released(books: Books, fact: RevenueReleased) -> RevenueReleased:
    """The release that stands where this one does. Raises `Refused` where nothing is to be released of what it names."""
    key = source_of(fact)
    found = books.revenue.deferred.get(key)
    what = fact.opening or f"line {fact.line} of {fact.invoice}"
    if found is None:
        raise Refused(f"{what} defers no revenue.", instead="billing-beans revenue list")
    expected = next(releases(found, fact.until - _A_DAY, books.periods.first_open), None)
    if expected is None:
        raise Refused(
            f"Nothing of {what} is earned from {found.until} until {fact.until}.",
            rule="R5: revenue is released once for each line and day.",
            instead=f"billing-beans revenue show {found.name}",
        )
    return expected


def to_release(books: Books, request: ReleaseRevenue) -> list[DeferredRevenue]:
    """The records of which something may be earned by the day: found by index, without reading what is finished.

    Raises `Refused` for a customer or an invoice that is not known, or of which nothing is deferred.
    """
    table = books.revenue.deferred
    if request.invoice is not None:
        return deferred_of(books, request.invoice)
    if request.customer is not None:
        if not any(True for _ in books.catalog.customers.range("versions", request.customer)):
            raise Refused(f"There is no customer {request.customer}.", instead="billing-beans customer list")
        return [*table.until("customer_open", request.customer, (request.until,))]
    return [*table.until("open", "open", (request.until,))]


def deferred_of(books: Books, name: str) -> list[DeferredRevenue]:
    """The records of an invoice, or of what was opened under this id. Raises `Refused` where there are none."""
    table = books.revenue.deferred
    found = [*table.range("source", invoice_source(name)), *table.range("source", f"opening/{name}")]
    if found:
        return found
    head = books.invoices.heads.get(name)
    if head is None:
        raise Refused(f"There is no invoice and no opening {name}.", instead="billing-beans revenue list")
    if head.issued is None:
        raise Refused(
            f"{name} is not issued: nothing of it is deferred.",
            rule="R5: what is earned over a period is deferred when its invoice is issued.",
            instead=f"billing-beans invoice issue {name}" if head.voided is None else "billing-beans revenue list",
        )
    raise Refused(
        f"Nothing of {name} is earned over a period.",
        rule="R5: revenue is deferred of products that are earned over a period.",
        instead=f"billing-beans product list says when revenue counts; billing-beans invoice show {name}",
    )
