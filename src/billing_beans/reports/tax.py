"""Tax by code and period: what was invoiced, what was taken back, and what the tax account says (R5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.money import round_money
from billing_beans.core.records import record
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.reports.periods import Period

_ZERO = Decimal(0)

INVOICES, VOIDS, CREDIT_NOTES, WRITE_OFFS = "invoices", "voids", "credit notes", "write-offs"


class TaxChange(NamedTuple):
    """The tax of one line of a document. Positive is owed to the tax office; what is taken back is negative."""

    date: date
    seller: str
    account: str
    tax_code: str
    rate: Decimal
    currency: str
    what: str
    net: Decimal
    tax: Decimal


class TaxRow(NamedTuple):
    """Of one tax code and rate what came of one kind of document: net amounts and the tax on them."""

    seller: str
    account: str
    tax_code: str
    rate: Decimal
    currency: str
    what: str
    net: Decimal
    tax: Decimal


class TaxAccount(NamedTuple):
    """A tax account in one currency. `facts` is the tax of the documents of the period.

    `opening`, `other` and `closing` are known only where the ledger was read whole: what was owed before, what entries that
    are no facts moved (a payment to the tax office is negative), and what is owed at the end. Owed is positive.
    """

    account: str
    currency: str
    facts: Decimal
    opening: Decimal | None = None
    other: Decimal | None = None
    closing: Decimal | None = None


@record
class TaxReport:
    """Tax of a period by code, rate, currency and kind of document, and by account."""

    period: Period
    rows: tuple[TaxRow, ...]
    sums: tuple[TaxRow, ...]
    """Of each code and rate all kinds of documents together: `what` is empty."""
    accounts: tuple[TaxAccount, ...]


def tax_changes(books: Books, period: Period | None = None) -> Iterator[TaxChange]:
    """The tax of every line that was issued or taken back, in a period or ever, in no order."""
    yield from _of_credit_notes(books, period)
    yield from _of_write_offs(books, period)
    for head in books.invoices.heads.all():
        # What was open when the books began was taxed before.
        if head.issued is None or head.opened:
            continue
        is_issued = period is None or period.has(head.issued)
        is_voided = head.voided is not None and (period is None or period.has(head.voided))
        if is_issued or is_voided:
            yield from _of_invoice(books, head, is_issued=is_issued, is_voided=is_voided)


def _of_invoice(books: Books, head: InvoiceHead, *, is_issued: bool, is_voided: bool) -> Iterator[TaxChange]:
    draft = books.invoices.current(head.number)
    assert draft is not None
    if is_issued and head.issued is not None:
        yield from _lines(draft, head.issued, INVOICES, 1)
    if is_voided and head.voided is not None:
        yield from _lines(draft, head.voided, VOIDS, -1)


def _lines(draft: InvoiceDrafted, day: date, what: str, sign: int) -> Iterator[TaxChange]:
    for line in draft.lines:
        amounts = (sign * line.amount.number, sign * line.tax.number)
        yield TaxChange(
            day, draft.seller, line.tax_account, line.tax_code, line.tax_rate, draft.currency, what, *amounts
        )  # fmt: skip


def _of_credit_notes(books: Books, period: Period | None) -> Iterator[TaxChange]:
    for note in books.invoices.credit_notes.all():
        if note.issued is None or not (period is None or period.has(note.issued)):
            continue
        credited, draft = books.invoices.credit_note_drafts.get(note.number), books.invoices.current(note.invoice)
        assert credited is not None
        assert draft is not None
        for line in credited.lines:
            of = draft.lines[line.line - 1]
            net, tax = -line.amount.number, -line.tax.number
            yield TaxChange(
                note.issued,
                note.seller,
                of.tax_account,
                of.tax_code,
                of.tax_rate,
                note.currency,
                CREDIT_NOTES,
                net,
                tax,
            )


def _of_write_offs(books: Books, period: Period | None) -> Iterator[TaxChange]:
    """The tax that the law gives back of what was given up, and the part of the net amount that it is on."""
    for one in books.invoices.write_offs.all():
        draft = books.invoices.current(one.invoice)
        assert draft is not None
        for day, sign in ((one.written, -1), (one.reversed, 1)):
            if day is None or not (period is None or period.has(day)):
                continue
            for back in one.taxes:
                line = draft.lines[back.line - 1]
                net = round_money(sign * line.amount.number * back.amount / line.tax.number, draft.currency).number
                yield TaxChange(
                    day,
                    draft.seller,
                    back.account,
                    back.tax_code,
                    line.tax_rate,
                    draft.currency,
                    WRITE_OFFS,
                    net,
                    sign * back.amount,
                )


def tax_report(books: Books, period: Period, seller: str | None = None) -> TaxReport:
    """Net and tax of what was issued and taken back in a period. The sum is what facts moved on the tax accounts (R5)."""
    found: dict[tuple[str, str, str, Decimal, str, str], tuple[Decimal, Decimal]] = {}
    for one in tax_changes(books, period):
        if seller in (None, one.seller):
            key = one[1:7]
            net, tax = found.get(key, (_ZERO, _ZERO))
            found[key] = (net + one.net, tax + one.tax)
    rows = tuple(TaxRow(*key, *found[key]) for key in sorted(found))
    return TaxReport(period, rows, tuple(_sums(rows)), tuple(_accounts(rows)))


def _sums(rows: Iterable[TaxRow]) -> Iterator[TaxRow]:
    groups: dict[tuple[str, str, str, Decimal, str], list[TaxRow]] = {}
    for row in rows:
        groups.setdefault(row[:5], []).append(row)
    for key, several in groups.items():
        net = sum((row.net for row in several), start=_ZERO)
        yield TaxRow(*key, "", net, sum((row.tax for row in several), start=_ZERO))


def _accounts(rows: Iterable[TaxRow]) -> Iterator[TaxAccount]:
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = (row.account, row.currency)
        sums[key] = sums.get(key, _ZERO) + row.tax
    for key, tax in sorted(sums.items()):
        yield TaxAccount(*key, tax)
