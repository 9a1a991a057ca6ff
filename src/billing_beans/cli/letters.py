"""Statements and reminders as letters: what reports found, as the documents show it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from billing_beans.books import Books
from billing_beans.core.money import Money, round_money
from billing_beans.credits.moments import last_day, last_hour
from billing_beans.credits.records import EntryKind
from billing_beans.documents.credit_statement import CreditEntry, CreditLine, CreditsUntil
from billing_beans.documents.letters import credit_statement_of, reminder_of, statement_of
from billing_beans.documents.reminder import OverdueInvoice
from billing_beans.documents.statement import AgingBucket, StatementLine, entry
from billing_beans.reports.credit_statement import OWN, USER, CreditStatement
from billing_beans.reports.wallets import NEVER

if TYPE_CHECKING:
    from billing_beans.documents.credit_statement import CreditStatement as CreditStatementLetter
    from billing_beans.documents.reminder import Reminder
    from billing_beans.documents.statement import Statement as StatementLetter
    from billing_beans.reports.dunning import Level, Overdue
    from billing_beans.reports.statement import Statement

_KINDS = {
    "allocation-reversed": "allocation",
    "application-reversed": "application",
    "chargeback-reversed": "chargeback",
    "grant-reversed": "grant",
    "write-off-reversed": "write-off",
}
"""What documents call by the name of what is taken back; the side on which it stands says the rest."""


def statement_letter(books: Books, root: Path, one: Statement) -> StatementLetter:
    """The letter of a statement. One from the beginning of the books begins on the day of its first line."""
    period = one.period
    first = period.first or (one.lines[0].day if one.lines else period.last)
    unapplied = one.aging.unapplied if one.aging else one.opening * 0
    return statement_of(
        books,
        root,
        seller=one.seller,
        customer=one.customer,
        first=first,
        last=period.last,
        opening=round_money(one.opening, one.currency),
        lines=tuple(_lines(one)),
        closing=round_money(one.closing, one.currency),
        aging=tuple(_buckets(one)),
        unapplied=round_money(unapplied, one.currency),
    )


def _lines(one: Statement) -> Iterator[StatementLine]:
    for line in one.lines:
        about = [line.credits, *(part.invoice for part in line.applied if part.invoice != line.reference)]
        yield entry(
            line.day,
            _KINDS.get(line.what, line.what),
            line.reference,
            round_money(line.amount, one.currency),
            round_money(line.balance, one.currency),
            due=line.due,
            details=tuple(dict.fromkeys(invoice for invoice in about if invoice)),
        )


def _buckets(one: Statement) -> Iterator[AgingBucket]:
    """What is not due yet, each span of days, and what is overdue for longer."""
    bounds: list[tuple[int | None, int | None]] = [(None, 0)]
    bounds += [(before + 1, last) for before, last in pairwise((0, *one.days))]
    bounds.append((one.days[-1] + 1, None))
    amounts = one.aging.amounts if one.aging else [one.opening * 0] * len(bounds)
    for (first, last), amount in zip(bounds, amounts, strict=True):
        yield AgingBucket(first, last, round_money(amount, one.currency))


def credit_statement_letter(books: Books, root: Path, one: CreditStatement) -> CreditStatementLetter:
    """The letter of a statement of credits. One from the beginning begins on the day of its first line."""
    period, end = one.period, one.at_the_end
    return credit_statement_of(
        books,
        root,
        seller=one.name.seller,
        customer=one.name.customer,
        unit=one.name.unit,
        first=period.first or (one.lines[0].day if one.lines else period.last),
        last=period.last,
        opening=one.opening,
        lines=tuple(_credit_lines(books, one)),
        closing=one.closing,
        paid=end.posted.paid,
        available=end.available.total,
        worth=round_money(end.face.number, end.face.currency),
        expired=end.expired.total,
        expiry=tuple(_until(books, one)),
    )


def _credit_lines(books: Books, one: CreditStatement) -> Iterator[CreditLine]:
    """What is called by itself says of which grant it is; what refers to an invoice or a payment names that.

    Who granted free credits is nothing for the customer.
    """
    entity = one.name.key.partition("/")[0]
    for line in one.lines:
        called = line.identifier or line.grant
        kind, _, reference = (line.reference or "").partition("/")
        named = None if kind == USER else reference if kind in OWN else line.reference
        about = dict.fromkeys(name for name in (named, line.grant) if name and not f"{called}/".startswith(f"{name}/"))
        grant = books.credits.grants.get(line.grant)
        expires_at = grant.terms.expires_at if grant is not None and line.kind in _BRINGS and line.is_credit else None
        until, hour = _last(books, entity, expires_at) if expires_at else (None, None)
        yield CreditLine(
            line.day, CreditEntry(line.kind), called, line.units, line.balance, line.paid, tuple(about), until, hour
        )


_BRINGS = (EntryKind.GRANT, EntryKind.OPENING, EntryKind.RENEWAL)
_SHOWN = 5
"""How many days there are at most on which credits expire, each for itself; the others are later."""


def _last(books: Books, entity: str, expires_at: str) -> tuple[date, time | None]:
    """The last day on which credits can be used, and the hour at which that ends, where it isn't with the day."""
    return last_day(books, entity, expires_at), last_hour(books, entity, expires_at)


def _until(books: Books, one: CreditStatement) -> Iterator[CreditsUntil]:
    """What can be used until when, the days that come first at first; nothing where nothing ever expires."""
    entity, ending = one.name.key.partition("/")[0], dict[tuple[date, time | None], Decimal]()
    never = later = Decimal(0)
    for part in one.by_expiry:
        units = part.available.total
        if part.group == NEVER:
            never = units
        elif units:
            last = _last(books, entity, part.group)
            ending[last] = ending.get(last, Decimal(0)) + units
    if not ending:
        return
    in_order = sorted(ending.items(), key=lambda each: (each[0][0], each[0][1] or time.max))
    for place, ((day, hour), units) in enumerate(in_order):
        if place < _SHOWN:
            yield CreditsUntil(units, day, hour)
        else:
            later += units
    if later:
        yield CreditsUntil(later, later=True)
    if never:
        yield CreditsUntil(never)


def reminder_letter(books: Books, root: Path, one: Overdue, level: Level, day: date, pay_by: date) -> Reminder:
    """The letter about what is overdue of a customer, in the words of the level where the policy has some."""
    paragraphs = [" ".join(text.split()) for text in level.text.replace("\r", "").split("\n\n")]
    return reminder_of(
        books,
        root,
        seller=one.seller,
        customer=one.customer,
        day=day,
        level=level.level,
        pay_by=pay_by,
        invoices=tuple(
            OverdueInvoice(
                late.invoice.number,
                late.invoice.issued,
                late.invoice.due,
                late.overdue,
                Money(late.invoice.total, one.currency),
                Money(late.invoice.open, one.currency),
            )
            for late in one.invoices
        ),
        title=level.title,
        paragraphs=tuple(text for text in paragraphs if text),
    )
