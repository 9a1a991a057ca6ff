"""Fills a credit note's document from the books: what was credited and sealed, with the parties of its invoice (I7, R4).

What becomes of money that went to the customer's account later is no part of it: a credit note never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing_beans.acts.documents import credits_given_back, issued_credit_note_named
from billing_beans.core.money import minor_digits, times
from billing_beans.documents.credit_note import CreditNote
from billing_beans.documents.formats import Formats, parse_locale
from billing_beans.documents.languages import labels_for
from billing_beans.documents.letterhead import letterhead_of
from billing_beans.documents.model import ZERO, Line
from billing_beans.documents.periods import Days, span_and_part, zone_of
from billing_beans.documents.taxes import PERCENT, is_exempt, tax_codes, tax_totals, totals_at
from billing_beans.invoicing.crediting import credit_note_draft_named
from billing_beans.invoicing.operations import draft_named, head_named
from billing_beans.subscriptions.taken_back import part_taken_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal
    from pathlib import Path

    from billing_beans.books import Books
    from billing_beans.catalog.facts import TaxCodeAdded
    from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteLine, InvoiceDrafted


def fill_credit_note(books: Books, number: str, root: Path) -> CreditNote:
    """The document of a credit note; `root` is the folder of the books, where the logo lies.

    Raises `Refused` for an unknown credit note, for books that don't say whether they are live (P4), and for a logo that
    lies outside the books.
    """
    head, drafted = issued_credit_note_named(books, number), credit_note_draft_named(books, number)
    assert head.issued is not None
    draft = draft_named(books, head.invoice)
    letter = letterhead_of(books, draft, root)
    codes = tax_codes(books, drafted.lines, draft.date)
    formats = Formats(letter.locale, draft.currency, minor_digits(draft.currency))
    invoice = head_named(books, head.invoice)
    to_credits = sum((one.number for one in credits_given_back(books, head).values()), start=ZERO)
    return CreditNote(
        number=head.number,
        currency=head.currency,
        seller=letter.seller,
        buyer=letter.buyer,
        livemode=letter.livemode,
        locale=letter.locale,
        page_size=letter.page_size,
        logo=letter.logo,
        accent=letter.accent,
        footer=letter.footer,
        issued=head.issued,
        invoice=head.invoice,
        invoice_issued=invoice.dated,
        reason=_reason(draft, drafted, formats),
        lines=tuple(_line(line, codes, _details(books, draft, drafted, line, formats)) for line in drafted.lines),
        subtotal=drafted.subtotal.number,
        tax=drafted.tax.number,
        total=drafted.total.number,
        taxes=tax_totals(drafted.lines, codes, labels_for(parse_locale(letter.locale).language).tax_total),
        tax_currency_totals=totals_at(invoice.rate, drafted.subtotal, drafted.tax),
        against_invoice=head.to_receivable - to_credits,
        to_credits=to_credits,
        to_account=head.to_unapplied,
    )


def _reason(draft: InvoiceDrafted, note: CreditNoteDrafted, formats: Formats) -> str:
    """Why: in the language of the document, where days of subscriptions are taken back and nothing else."""
    if not all(line.period_start is not None for line in note.lines):
        return note.reason
    names = dict.fromkeys(draft.lines[line.line - 1].subscription or "" for line in note.lines)
    return labels_for(formats.locale.language).unused_days.format(names=", ".join(map(formats.apart, names)))


def _details(
    books: Books, draft: InvoiceDrafted, note: CreditNoteDrafted, line: CreditNoteLine, formats: Formats
) -> Iterator[str]:
    """The days that are taken back, and how many of the period they are (U3)."""
    if line.period_start is None or line.period_end is None:
        return
    days = Days(line.period_start, line.period_end, line.from_at, draft.lines[line.line - 1].until_at)
    labels = labels_for(formats.locale.language)
    part = part_taken_back(books, note, line)
    yield labels.unused_period.format(span=span_and_part(days, part, None, formats, zone_of(books, draft)))


def _line(line: CreditNoteLine, codes: dict[str, TaxCodeAdded], details: Iterable[str]) -> Line:
    return Line(
        line.description,
        line.quantity,
        line.unit_price.number,
        line.amount.number,
        tax=line.tax.number,
        tax_rate=line.tax_rate * PERCENT,
        tax_code=line.tax_code,
        details=tuple(details),
        discount=_discount(line),
        exempt=is_exempt(codes[line.tax_code]),
    )


def _discount(line: CreditNoteLine) -> Decimal:
    """What the invoice's discount took off so much of the line: the credit note has it only in the amount."""
    full = times(line.unit_price, line.quantity, line.amount.currency)
    return max(full.number - line.amount.number, ZERO)
