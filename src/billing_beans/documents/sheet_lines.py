"""The sheets of invoices and credit notes: lines with running sums, and widths of columns (R4, I7)."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING

from billing_beans.core.records import record
from billing_beans.documents.frame import Sheet, shrunk, sums_width, width
from billing_beans.documents.model import ZERO, InvoiceDocument, Line, Status
from billing_beans.documents.payment_code import payment_code

if TYPE_CHECKING:
    from billing_beans.documents.credit_note import CreditNote
    from billing_beans.documents.frame import Frame
    from billing_beans.documents.labels import Labels


@record
class Row:
    """A line with what the table shows of it. `brought` and `carried` are the sums of amounts before and after it."""

    line: Line
    heading: str
    quantity: str
    price: str
    rate: str
    amount: str
    brought: str
    carried: str


@record
class Widths:
    """Widths of the columns of figures, in millimetres; the description has the rest."""

    quantity: float
    price: float
    rate: float
    amount: float
    sums: float


@record
class LineSheet(Sheet):
    """What the template of an invoice or a credit note is given. `ambiguous_rates`: the lines must name their tax codes."""

    _: KW_ONLY
    rows: tuple[Row, ...]
    widths: Widths
    ambiguous_rates: bool


def invoice_sheet(doc: InvoiceDocument, frame: Frame) -> LineSheet:
    labels = frame.labels
    rows = _rows(doc, frame)
    return LineSheet(
        doc=doc,
        frame=frame,
        title=doc.title or labels.title(doc.seller.country, registered=bool(doc.seller.tax_number)),
        rows=rows,
        widths=_widths(doc, frame, rows),
        ambiguous_rates=_ambiguous_rates(doc),
        watermark={Status.DRAFT: labels.draft, Status.VOID: labels.void}.get(doc.status, ""),
        stamp=_stamp(doc.status, labels),
        payment_code=payment_code(doc, labels.scan_to_pay),
    )


def credit_note_sheet(doc: CreditNote, frame: Frame) -> LineSheet:
    rows = _rows(doc, frame)
    return LineSheet(
        doc=doc,
        frame=frame,
        title=doc.title or frame.labels.credit_title(doc.seller.country, registered=bool(doc.seller.tax_number)),
        rows=rows,
        widths=_widths(doc, frame, rows),
        ambiguous_rates=_ambiguous_rates(doc),
    )


def _rows(doc: InvoiceDocument | CreditNote, frame: Frame) -> tuple[Row, ...]:
    formats = frame.formats
    rows: list[Row] = []
    sum_before, section = ZERO, ""
    for line in doc.lines:
        sum_after = sum_before + line.amount
        rows.append(
            Row(
                line=line,
                heading=line.section if line.section != section else "",
                quantity=formats.quantity(line.quantity),
                price="" if line.unit_price is None else formats.price(line.unit_price),
                rate=frame.labels.exempt if line.exempt else formats.rate(line.tax_rate),
                amount=formats.amount(line.amount),
                brought=formats.amount(sum_before) if rows else "",
                carried=formats.amount(sum_after),
            )
        )
        sum_before, section = sum_after, line.section
    return tuple(rows)


def _widths(doc: InvoiceDocument | CreditNote, frame: Frame, rows: tuple[Row, ...]) -> Widths:
    labels, formats = frame.labels, frame.formats
    totals = (formats.amount(doc.subtotal), formats.amount(doc.total))
    quantity, price, rate, amount = shrunk(
        doc,
        width(labels.quantity, [row.quantity for row in rows]),
        width(labels.unit_price, [row.price for row in rows]),
        width(labels.tax, [row.rate for row in rows]),
        width(f"{labels.amount} {doc.currency}", [*totals, *(row.amount for row in rows)]),
    )
    return Widths(quantity, price, rate, amount, sums_width(doc, amount))


def _ambiguous_rates(doc: InvoiceDocument | CreditNote) -> bool:
    """Whether a rate alone doesn't say which tax a line has, so that the lines must name the code."""
    seen: dict[tuple[str, bool], str] = {}
    return any(
        seen.setdefault((str(line.tax_rate.normalize()), line.exempt), line.tax_code) != line.tax_code
        for line in doc.lines
    )


def _stamp(status: Status, labels: Labels) -> str:
    stamps = {
        Status.DRAFT: labels.draft,
        Status.VOID: labels.void,
        Status.PAID: labels.paid,
        Status.PARTIALLY_PAID: labels.partially_paid,
        Status.CREDITED: labels.credited_in_full,
    }
    return stamps.get(status, "")
