"""Statements of account and of credits, and reminders: letters over what reports find in the books, on the seller's letterhead (R5).

Reports stand beside documents and know nothing of them: the command gives what it found as the plain records of `statement`,
`credit_statement` and `reminder`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from billing_beans.documents.credit_statement import CreditLine, CreditStatement, CreditsUntil
from billing_beans.documents.letterhead import Letterhead, letterhead
from billing_beans.documents.model import PaymentDetails
from billing_beans.documents.reminder import OverdueInvoice, Reminder
from billing_beans.documents.render import render_pdf
from billing_beans.documents.statement import AgingBucket, Statement, StatementLine
from billing_beans.documents.templates import OWN_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal
    from pathlib import Path

    from billing_beans.books import Books
    from billing_beans.core.money import Money


def statement_of(
    books: Books,
    root: Path,
    *,
    seller: str,
    customer: str,
    first: date,
    last: date,
    opening: Money,
    lines: Sequence[StatementLine],
    closing: Money,
    aging: Sequence[AgingBucket] = (),
    unapplied: Money | None = None,
) -> Statement:
    """A statement of account; see `Statement` for what the amounts mean. `root` is the folder of the books.

    Raises `Refused` as `letterhead` does.
    """
    head = letterhead(books, root, seller=seller, customer=customer, currency=closing.currency, day=last)
    return Statement(
        number=f"{customer}-{last}",
        currency=head.currency,
        seller=head.seller,
        buyer=head.buyer,
        livemode=head.livemode,
        locale=head.locale,
        page_size=head.page_size,
        logo=head.logo,
        accent=head.accent,
        footer=head.footer,
        customer=customer,
        first=first,
        last=last,
        opening=opening,
        lines=tuple(lines),
        closing=closing,
        aging=tuple(aging),
        unapplied=unapplied,
        payment_details=head.payment_details,
    )


def credit_statement_of(
    books: Books,
    root: Path,
    *,
    seller: str,
    customer: str,
    unit: str,
    first: date,
    last: date,
    opening: Decimal,
    lines: Sequence[CreditLine],
    closing: Decimal,
    paid: Decimal,
    available: Decimal,
    worth: Money,
    expired: Decimal,
    expiry: Sequence[CreditsUntil],
) -> CreditStatement:
    """A statement of a credit wallet; see `CreditStatement` for what the numbers mean. `root` is the folder of the books.

    Raises `Refused` as `letterhead` does.
    """
    head = letterhead(books, root, seller=seller, customer=customer, currency=worth.currency, day=last)
    kind = books.catalog.credit_unit(unit, last)
    return CreditStatement(
        number=f"{customer}-{unit}-{last}",
        currency=head.currency,
        seller=head.seller,
        buyer=head.buyer,
        livemode=head.livemode,
        locale=head.locale,
        page_size=head.page_size,
        logo=head.logo,
        accent=head.accent,
        footer=head.footer,
        customer=customer,
        unit=unit,
        unit_name=kind.name if kind is not None else "",
        first=first,
        last=last,
        opening=opening,
        lines=tuple(lines),
        closing=closing,
        paid=paid,
        available=available,
        worth=worth,
        expired=expired,
        expiry=tuple(expiry),
    )


def reminder_of(
    books: Books,
    root: Path,
    *,
    seller: str,
    customer: str,
    day: date,
    level: int,
    pay_by: date,
    invoices: Sequence[OverdueInvoice],
    title: str = "",
    paragraphs: Sequence[str] = (),
) -> Reminder:
    """A reminder of overdue invoices of one currency, of which there is at least one; see `Reminder`.

    `title` and `paragraphs` are a policy's own; else the level decides. A payment is to quote the invoice, or the customer where there
    are several. Raises `Refused` as `letterhead` does.
    """
    currency = invoices[0].open.currency
    head = letterhead(books, root, seller=seller, customer=customer, currency=currency, day=day)
    return Reminder(
        number=f"{customer}-{day}",
        currency=head.currency,
        seller=head.seller,
        buyer=head.buyer,
        livemode=head.livemode,
        locale=head.locale,
        page_size=head.page_size,
        logo=head.logo,
        accent=head.accent,
        footer=head.footer,
        title=title,
        customer=customer,
        day=day,
        level=level,
        pay_by=pay_by,
        invoices=tuple(invoices),
        paragraphs=tuple(paragraphs),
        payment_details=_quoting(head, invoices),
    )


def _quoting(head: Letterhead, invoices: Sequence[OverdueInvoice]) -> PaymentDetails | None:
    if head.payment_details is None or len(invoices) > 1:
        return head.payment_details
    return replace(head.payment_details, reference=invoices[0].number)


def render_letter(letter: Statement | CreditStatement | Reminder, root: Path) -> bytes:
    """The PDF of a statement or of a reminder, by the templates of the books in `root`. Raises `Refused` as `render_pdf` does."""
    return render_pdf(letter, templates=root / OWN_FOLDER)
