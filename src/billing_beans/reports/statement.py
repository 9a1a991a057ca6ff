"""Statement of account: what a customer owed, each document and payment since, and what it owes now (R5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.records import record
from billing_beans.reports.aging import DAYS, Aging, AgingRow, aging
from billing_beans.reports.periods import Period
from billing_beans.reports.receivables import Change, receivable_changes
from billing_beans.reports.unapplied import unapplied_changes

_ZERO = Decimal(0)


class Applied(NamedTuple):
    """How much of a document or payment counts for one invoice, signed as the balance is."""

    invoice: str
    amount: Decimal


class StatementLine(NamedTuple):
    """One document or payment. `amount` is what it adds to the balance, negative where it takes away; `balance` is after it.

    `what` is `invoice`, `void`, `payment` and so on, `reference` its number; an `allocation` of money that was here before
    adds nothing. `applied` says for which invoices it counts, `origin` which money it moves, where that came before.
    `due` is there for an invoice; `credits` names the invoice of a credit note.
    """

    day: date
    what: str
    reference: str
    amount: Decimal
    balance: Decimal
    applied: tuple[Applied, ...] = ()
    origin: str = ""
    due: date | None = None
    credits: str = ""


@record
class Statement:
    """The account of one customer with one legal entity in one currency, in a period.

    Balances are positive where the customer owes. `aging` is what is open on the last day; its balance is `closing`.
    """

    customer: str
    seller: str
    currency: str
    period: Period
    opening: Decimal
    lines: tuple[StatementLine, ...]
    closing: Decimal
    days: tuple[int, ...]
    aging: AgingRow | None


def statements(
    books: Books, customer: str, period: Period, *, seller: str | None = None, days: tuple[int, ...] = DAYS
) -> list[Statement]:
    """The customer's statements, one for each legal entity and currency in which anything happened by the last day."""
    changes: dict[tuple[str, str], list[Change]] = {}
    for one in (*receivable_changes(books, customer), *unapplied_changes(books, customer)):
        if one.date <= period.last and seller in (None, one.seller):
            changes.setdefault((one.seller, one.currency), []).append(one)
    aged = aging(books, period.last, days, customer=customer, seller=seller)
    return [_statement(books, key, changes[key], period, aged) for key in sorted(changes)]


def _statement(books: Books, key: tuple[str, str], changes: list[Change], period: Period, aged: Aging) -> Statement:
    opening = sum((one.amount for one in changes if not period.has(one.date)), start=_ZERO)
    balance, lines = opening, []
    for several in _by_fact(one for one in changes if period.has(one.date)):
        line = _line(books, several, balance)
        balance = line.balance
        lines.append(line)
    row = next((row for row in aged.rows if (row.seller, row.currency) == key), None)
    return Statement(changes[0].customer, *key, period, opening, tuple(lines), balance, aged.days, row)


def _by_fact(changes: Iterable[Change]) -> list[list[Change]]:
    """The movements of each fact together: a payment is one line, whatever it settled. In the order of days and recording."""
    groups: dict[str, list[Change]] = {}
    for one in changes:
        groups.setdefault(one.fact or one.source, []).append(one)
    # A voiding does not say when it was recorded; it is the last that happens to an invoice.
    return sorted(groups.values(), key=lambda several: (several[0].date, not several[0].fact, several[0].fact))


def _line(books: Books, changes: list[Change], balance: Decimal) -> StatementLine:
    first = changes[0]
    amount = sum((one.amount for one in changes), start=_ZERO)
    head = books.invoices.heads.get(first.reference) if first.what == "invoice" else None
    note = books.invoices.credit_notes.get(first.reference) if first.what == "credit-note" else None
    applied: dict[str, Decimal] = {}
    for one in sorted(changes, key=attrgetter("invoice")):
        if one.invoice and one.what not in ("invoice", "void"):
            applied[one.invoice] = applied.get(one.invoice, _ZERO) + one.amount
    return StatementLine(
        first.date,
        _taken_back(first.what, amount),
        first.reference,
        amount,
        balance + amount,
        tuple(Applied(*one) for one in applied.items()),
        first.origin if first.origin != first.source else "",
        head.due if head else None,
        note.invoice if note else "",
    )


_REVERSED = {"chargeback": -1, "write-off": 1, "application": 1, "grant": -1}
"""What is recorded under the same number when it is taken back, and on which side it stands then."""


def _taken_back(what: str, amount: Decimal) -> str:
    return f"{what}-reversed" if amount * _REVERSED.get(what, 0) > 0 else what
