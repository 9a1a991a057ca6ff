"""Prepares what the template needs beside the view model: running sums, widths of columns, words of the stamp (R4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from billing_beans.core.errors import WrongUsage
from billing_beans.core.records import record
from billing_beans.documents.formats import Formats
from billing_beans.documents.labels import Labels, labels_for
from billing_beans.documents.model import ZERO, InvoiceDocument, Line, Party, Status
from billing_beans.documents.payment_code import payment_code

if TYPE_CHECKING:
    from markupsafe import Markup

PAGE_WIDTHS = {"A4": 210.0, "Letter": 215.9}
MARGIN = 20.0
# Noto Sans at 9.5 pt and 8 pt: a figure, and a generous letter of a head, in millimetres.
FIGURE, LETTER = 1.93, 1.62
GAP = 4.0
DESCRIPTION_SHARE = 0.36
# The totals take two fifths of the width, and more where a base beside its amount needs it.
SUMS_SHARE = 0.4
SUMS_LABEL = 18.0
FOOTER_LETTERS = 88
MOST_FOOTER_LINES = 6


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
class PageStyle:
    """What the page rules depend on: style sheets are kept for each, so it has few values."""

    page_size: str
    direction: str
    counter_style: str
    language: str
    footer_lines: int
    test: bool


@record
class Sheet:
    """All that a template is given about one invoice."""

    doc: InvoiceDocument
    labels: Labels
    formats: Formats
    title: str
    rows: tuple[Row, ...]
    widths: Widths
    ambiguous_rates: bool
    watermark: str
    stamp: str
    seller_country: str
    buyer_country: str
    payment_code: Markup | None
    page_style: PageStyle


def sheet_of(doc: InvoiceDocument) -> Sheet:
    """The sheet of an invoice; `WrongUsage` for a locale, page size or colour that isn't one."""
    if doc.page_size not in PAGE_WIDTHS:
        raise WrongUsage(f"'{doc.page_size}' is no page size of documents.", instead="choose A4 or Letter")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", doc.accent):
        raise WrongUsage(f"'{doc.accent}' is no colour.", instead="write it as #1f4e79")
    formats = Formats(doc.locale, doc.currency, doc.digits)
    labels = labels_for(formats.locale.language)
    rows = _rows(doc, formats, labels)
    abroad = doc.seller.country != doc.buyer.country
    return Sheet(
        doc=doc,
        labels=labels,
        formats=formats,
        title=doc.title or labels.title(doc.seller.country, registered=bool(doc.seller.tax_number)),
        rows=rows,
        widths=_widths(doc, formats, labels, rows),
        ambiguous_rates=_ambiguous_rates(doc),
        watermark={Status.DRAFT: labels.draft, Status.VOID: labels.void}.get(doc.status, ""),
        stamp=_stamp(doc.status, labels),
        seller_country=_country(doc.seller, formats) if abroad else "",
        buyer_country=_country(doc.buyer, formats) if abroad else "",
        payment_code=payment_code(doc, labels.scan_to_pay),
        page_style=_page_style(doc, formats),
    )


def _rows(doc: InvoiceDocument, formats: Formats, labels: Labels) -> tuple[Row, ...]:
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
                rate=labels.exempt if line.exempt else formats.rate(line.tax_rate),
                amount=formats.amount(line.amount),
                brought=formats.amount(sum_before) if rows else "",
                carried=formats.amount(sum_after),
            )
        )
        sum_before, section = sum_after, line.section
    return tuple(rows)


def _widths(doc: InvoiceDocument, formats: Formats, labels: Labels, rows: tuple[Row, ...]) -> Widths:
    """Each column as wide as its widest figure; if the description would get too narrow, all give way alike."""
    totals = (formats.amount(doc.subtotal), formats.amount(doc.total))
    quantity = _width(labels.quantity, [row.quantity for row in rows])
    price = _width(labels.unit_price, [row.price for row in rows])
    rate = _width(labels.tax, [row.rate for row in rows])
    amount = _width(f"{labels.amount} {doc.currency}", [*totals, *(row.amount for row in rows)])
    room = (PAGE_WIDTHS[doc.page_size] - 2 * MARGIN) * (1 - DESCRIPTION_SHARE)
    shrink = min(1.0, room / (quantity + price + rate + amount))
    quantity, price, rate, amount = (round(width * shrink, 2) for width in (quantity, price, rate, amount))
    content = PAGE_WIDTHS[doc.page_size] - 2 * MARGIN
    sums = min(content, max(content * SUMS_SHARE, 2 * amount + SUMS_LABEL))
    return Widths(quantity, price, rate, amount, round(sums, 2))


def _width(head: str, figures: list[str]) -> float:
    return GAP + max(LETTER * len(head), FIGURE * max((len(figure) for figure in figures), default=0))


def _ambiguous_rates(doc: InvoiceDocument) -> bool:
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
    }
    return stamps.get(status, "")


def _country(party: Party, formats: Formats) -> str:
    """The country's name, unless the address says it already."""
    if not party.country:
        return ""
    name = formats.country(party.country)
    written = " ".join(party.address).casefold()
    return "" if name.casefold() in written else name


def _page_style(doc: InvoiceDocument, formats: Formats) -> PageStyle:
    lines = sum(1 + len(line) // FOOTER_LETTERS for line in doc.footer)
    return PageStyle(
        page_size=doc.page_size,
        direction=formats.direction,
        counter_style=formats.counter_style,
        language=formats.locale.language,
        footer_lines=min(MOST_FOOTER_LINES, max(1, lines)),
        test=not doc.livemode,
    )
