"""`billing-beans invoice show` (I8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import click

from billing_beans.books import Books
from billing_beans.cli.arguments import completes
from billing_beans.cli.credit_used import used_table
from billing_beans.cli.invoice_words import (
    InvoiceRow,
    note_of,
    one_line,
    period_words,
    posted_words,
    row_of,
    status_words,
    tax_words,
    units_words,
)
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.money import Money, round_money
from billing_beans.credits.records import Application, GrantStatus
from billing_beans.invoicing.credit_limits import credited_of
from billing_beans.invoicing.facts import DocumentRendered, InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.legs import grants, tops_up
from billing_beans.invoicing.operations import draft_named, head_named
from billing_beans.invoicing.records import CreditedLine, CreditNote
from billing_beans.invoicing.status import Status
from billing_beans.subscriptions.origins import Origin, origin_of

CREDITS = "credits"
"""What an application of credits is called among what settled an invoice."""


class PaymentRow(NamedTuple):
    """A payment as one invoice sees it: what was meant for it, and what settled it."""

    payment: str
    status: str
    method: str
    allocated: Money
    settled: Money
    submitted: date
    received: date | None
    verified_by: str
    reference: str | None
    proof: str | None
    reason: str


class SettledRow(NamedTuple):
    """One movement of what an invoice owes: below zero it is open again."""

    date: date
    what: str
    amount: Money
    line: int | None
    money: str


class Shown(NamedTuple):
    """Everything there is to an invoice (S3 UC-9)."""

    invoice: InvoiceRow
    document: InvoiceDrafted
    payments: list[PaymentRow]
    settlements: list[SettledRow]
    credits_used: list[Application]
    credit_notes: list[CreditNote]
    revisions: list[InvoiceDrafted]
    documents: list[DocumentRendered]
    origin: Origin


def _all_invoices(books: Books) -> Iterable[tuple[str, str]]:
    for head in books.invoices.heads.all():
        yield head.number, f"{head.customer}, {status_words(head.status)}"


@click.command()
@click.argument("number", type=NAME, shell_complete=completes(_all_invoices))
@global_options
@click.pass_context
def show(ctx: click.Context, number: str) -> None:
    """One invoice: header, seller, buyer, lines, payments, posting, revisions and documents.

    \b
    Examples:
      billing-beans invoice show SG-2026-00001
      billing-beans invoice show SG-2026-00001 --json
    """
    session = session_of(ctx)
    books = session.reading.books
    shown = _shown(books, number)
    session.answer(shown, "\n\n".join(part for part in _parts(books, shown) if part))


def _shown(books: Books, number: str) -> Shown:
    head = head_named(books, number)
    revisions = [books.invoices.revisions.get((number, one)) for one in range(1, head.revision + 1)]
    return Shown(
        row_of(head),
        draft_named(books, number),
        list(_payments(books, number, head.currency)),
        [
            SettledRow(one.date, _by(one.source), one.amount, one.line, one.origin.partition("/")[2])
            for one in books.invoices.settlements.range("invoice", number)
        ],
        list(books.credits.applications.range("invoice", number)),
        list(books.invoices.credit_notes.range("invoice", number)),
        [one for one in revisions if one is not None],
        list(books.invoices.documents.range("invoice", number)),
        origin_of(books, draft_named(books, number)),
    )


def _by(source: str) -> str:
    """What settled an invoice, as people call it: `payment PAY-1`, `credits APP-1`."""
    kind, _, name = source.partition("/")
    return f"{CREDITS if kind == 'application' else kind} {name}"


def _payments(books: Books, number: str, currency: str) -> Iterable[PaymentRow]:
    settled: dict[str, Decimal] = defaultdict(Decimal)
    for one in books.invoices.settlements.range("invoice", number):
        settled[one.source.removeprefix("payment/")] += one.amount.number
    for allocation in books.payments.allocations.range("invoice", number):
        payment = books.payments.heads.get(allocation.payment)
        assert payment is not None
        yield PaymentRow(
            payment.payment,
            "rejected" if allocation.rejected_reason else payment.status.value,
            payment.method,
            allocation.amount,
            round_money(settled[payment.payment], currency),
            payment.submitted,
            payment.received,
            payment.verified_by,
            payment.bank_reference,
            payment.proof,
            allocation.rejected_reason or payment.rejected_reason,
        )


def _parts(books: Books, shown: Shown) -> Iterable[str]:
    yield _header(books, shown)
    yield _lines(books, shown.document)
    yield _payment_table(shown.payments) or ("" if shown.settlements else "No payments.")
    yield _settlement_table(shown)
    yield used_table(books, shown.credits_used)
    yield _revision_table(shown.revisions)
    yield _document_table(shown.documents)


def _header(books: Books, shown: Shown) -> str:
    row, draft = shown.invoice, shown.document
    rows = [
        ("status", status_words(row.status) + (f", reopened on {row.reopened}" if row.reopened else "")),
        ("origin", origin_words(shown.origin)),
        ("drafted", f"{row.drafted} by {shown.revisions[0].actor}"),
        ("issued", _issued(row)),
        ("due", row.due),
        ("settled", row.settled_at or None),
        ("posting", _posting(row, draft)),
        ("credits", _top_up(books, row, draft)),
        ("voided", f"{row.voided}: {one_line(row.void_reason)}" if row.voided else None),
        ("agreement", draft.agreement),
        ("total", f"{money(row.total)}  (subtotal {draft.subtotal.number:f}, tax {draft.tax.number:f})"),
        ("rate", _rate_words(row)),
        ("paid", _paid_words(shown)),
        ("credited", _credited_words(shown)),
        ("owed", money(row.owed)),
        ("seller", _words(draft.seller, draft.seller_name, draft.seller_address)),
        ("seller's tax number", draft.seller_tax_number),
        ("bill to", _words(row.customer, draft.bill_to_name, draft.bill_to_address)),
        ("attention", draft.bill_to_attention),
        ("email", draft.bill_to_email),
        ("buyer's tax number", draft.bill_to_tax_number),
        ("notes", draft.notes),
    ]
    return table([row.number, ""], [one for one in rows if one[1] is not None])


def origin_words(origin: Origin) -> str:
    """Where it comes from, in words."""
    return "one-off" if origin is Origin.ONE_OFF else origin.value.replace("-", " ", 1)


def _issued(row: InvoiceRow) -> str | None:
    if row.issued_before is not None:
        return f"{row.issued_before}, before the books began; opened {row.issued}, at {row.issued_at}"
    return f"{row.issued}, at {row.issued_at}" if row.issued else None


def _rate_words(row: InvoiceRow) -> str | None:
    if row.rate is None:
        return None
    worth = round_money(row.total.number * row.rate.number, row.rate.currency)
    return (
        f"1 {row.total.currency} was worth {row.rate.number:f} {row.rate.currency} on issue, the total {money(worth)}"
    )


def _paid_words(shown: Shown) -> str:
    """What is settled, and what of that is no money."""
    row = shown.invoice
    with_credits = sum(
        (one.amount.number for one in shown.settlements if one.what.startswith(CREDITS)), start=Decimal(0)
    )
    parts = [f"{with_credits:f} of it with credits"] if with_credits else []
    parts += [f"{row.written_off.number:f} of it written off"] if row.written_off else []
    return ", ".join([money(row.settled), *parts])


def _credited_words(shown: Shown) -> str | None:
    """The credit notes, and what of them was off what is owed; the rest is the customer's money."""
    if not shown.credit_notes:
        return None
    notes = ", ".join(f"{one.number} over {one.total:f}" for one in shown.credit_notes)
    off = shown.invoice.credited
    return f"{notes}; {money(off)} off what is owed" if off else f"{notes}; what was paid is the customer's money"


def _words(identifier: str, name: str, address: str) -> str:
    return f"{one_line(name)} ({identifier}), {one_line(address)}"


def _posting(row: InvoiceRow, draft: InvoiceDrafted) -> str | None:
    if row.posted:
        return f"posted on {row.posted}: {posted_words(draft)}"
    if not grants(draft) or row.status is Status.VOID:
        return None
    return f"not yet; when it is paid: {posted_words(draft)}"


def _top_up(books: Books, row: InvoiceRow, draft: InvoiceDrafted) -> str | None:
    """Which credits it tops up, and since when they are there (W2)."""
    lines = [line for line in draft.lines if tops_up(line)]
    if not lines or row.status is Status.VOID:
        return None
    found = [books.credits.grants.get(f"{row.number}/{line.line}") for line in lines]
    granted = [one for one in found if one is not None and one.status is GrantStatus.GRANTED]
    if granted:
        return ", ".join(f"{one.units:f} {one.unit}, granted on {one.granted} as {one.grant}" for one in granted)
    return f"not yet; when it is paid: {', '.join(map(units_words, lines))}"


def _lines(books: Books, draft: InvoiceDrafted) -> str:
    """The lines; where credit notes took some of them back, also what of quantity and net amount is left to be credited."""
    credited = [credited_of(books, draft, line) for line in draft.lines]
    left = any(one.amount or one.quantity for one in credited)
    periods = any(map(period_words, draft.lines))
    grants = any(map(units_words, draft.lines))
    rows = [
        (
            line.line,
            one_line(line.description),
            *((period_words(line),) if periods else ()),
            f"{line.quantity:f}",
            f"{line.unit_price.number:f}",
            f"{line.amount.number:f}",
            tax_words(books, draft, line),
            f"{line.tax.number:f}",
            *([units_words(line)] * grants),
            note_of(books, draft, line),
            *((_quantity_left(line, back), f"{line.amount.number - back.amount:f}") if left else ()),
        )
        for line, back in zip(draft.lines, credited, strict=True)
    ]
    columns = ["line>", "description", *["for"] * periods, "quantity>", "unit price>", "amount>", "taxed by", "tax>"]
    return table([*columns, *["grants"] * grants, "", *["left>", "amount left>"] * left], rows)


def _quantity_left(line: InvoiceLine, credited: CreditedLine) -> str:
    """A platform fee is not counted: it is credited with its principal."""
    return "" if line.fee_of_line else f"{(line.quantity - credited.quantity).normalize():f}"


def _payment_table(payments: list[PaymentRow]) -> str:
    rows = [
        (
            one.payment,
            one.status,
            money(one.allocated),
            money(one.settled),
            one.submitted,
            f"{one.received} by {one.verified_by}" if one.received else None,
            one.reference,
            one.proof,
            one_line(one.reason),
        )
        for one in payments
    ]
    columns = ["payment", "status", "meant for it>", "settled>", "submitted", "received", "reference", "proof", ""]
    return table(columns, rows) if rows else ""


def _settlement_table(shown: Shown) -> str:
    """Everything that changed what is owed, where that is more than payments as they were meant."""
    if all(one.what.startswith("payment ") and one.line is None for one in shown.settlements):
        return ""
    rows = [
        (one.date, one.what, f"line {one.line}" if one.line else "", f"{one.amount.number:f}", one.money)
        for one in shown.settlements
    ]
    return table(["settled", "by", "of", "amount>", "money of"], rows)


def _revision_table(revisions: list[InvoiceDrafted]) -> str:
    rows = [
        (one.revision, one.at or one.date, one.actor, len(one.lines), money(one.total), one.due) for one in revisions
    ]
    return table(["revision>", "at", "by", "lines>", "total>", "due"], rows) if len(rows) > 1 else ""


def _document_table(documents: list[DocumentRendered]) -> str:
    rows = [(one.file, one.status.replace("-", " "), one.digest, one.at) for one in documents]
    return table(["document", "as", "digest", "rendered"], rows) if rows else ""
