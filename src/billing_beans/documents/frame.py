"""What every template needs beside the view model: formats, words, the page, widths of columns (R4)."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING

from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import minor_digits
from billing_beans.core.records import record
from billing_beans.documents.formats import Formats
from billing_beans.documents.languages import labels_for
from billing_beans.documents.model import InvoiceDocument

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

    from billing_beans.documents.labels import Labels
    from billing_beans.documents.model import Document, Party

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
class PageStyle:
    """What the page rules depend on: style sheets are kept for each, so it has few values."""

    page_size: str
    direction: str
    counter_style: str
    language: str
    footer_lines: int
    test: bool


@record
class Frame:
    """What every document is written with. A country is empty where seller and buyer are in the same one."""

    labels: Labels
    formats: Formats
    seller_country: str
    buyer_country: str
    page_style: PageStyle


@record
class Sheet:
    """What a template is given: the document, its frame, and what is reckoned for it. `watermark` and `stamp` may be empty."""

    _: KW_ONLY
    doc: Document
    frame: Frame
    title: str
    watermark: str = ""
    stamp: str = ""
    payment_code: Markup | None = None


def frame_of(doc: Document) -> Frame:
    """The frame of a document; `WrongUsage` for a locale, page size or colour that isn't one."""
    if doc.page_size not in PAGE_WIDTHS:
        raise WrongUsage(f"'{doc.page_size}' is no page size of documents.", instead="choose A4 or Letter")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", doc.accent):
        raise WrongUsage(f"'{doc.accent}' is no colour.", instead="write it as #1f4e79")
    digits = doc.digits if isinstance(doc, InvoiceDocument) else minor_digits(doc.currency)
    formats = Formats(doc.locale, doc.currency, digits)
    abroad = doc.seller.country != doc.buyer.country
    return Frame(
        labels=labels_for(formats.locale.language),
        formats=formats,
        seller_country=_country(doc.seller, formats) if abroad else "",
        buyer_country=_country(doc.buyer, formats) if abroad else "",
        page_style=_page_style(doc, formats),
    )


def content_width(doc: Document) -> float:
    """The width between the margins, in millimetres."""
    return PAGE_WIDTHS[doc.page_size] - 2 * MARGIN


def width(head: str, figures: Iterable[str]) -> float:
    """How wide a column of figures is: as its widest figure, or its head."""
    return GAP + max(LETTER * len(head), FIGURE * max((len(figure) for figure in figures), default=0))


def shrunk(doc: Document, *widths: float, rest: float = DESCRIPTION_SHARE) -> tuple[float, ...]:
    """The widths of the columns of figures; if less than the share `rest` were left for the description, all give way alike."""
    room = content_width(doc) * (1 - rest)
    shrink = min(1.0, room / sum(widths))
    return tuple(round(one * shrink, 2) for one in widths)


def sums_width(doc: Document, amount: float) -> float:
    """How wide the totals are, whose amounts are as wide as `amount`."""
    content = content_width(doc)
    return round(min(content, max(content * SUMS_SHARE, 2 * amount + SUMS_LABEL)), 2)


def _country(party: Party, formats: Formats) -> str:
    """The country's name, unless the address says it already."""
    if not party.country:
        return ""
    name = formats.country(party.country)
    written = " ".join(party.address).casefold()
    return "" if name.casefold() in written else name


def _page_style(doc: Document, formats: Formats) -> PageStyle:
    lines = sum(1 + len(line) // FOOTER_LETTERS for line in doc.footer)
    return PageStyle(
        page_size=doc.page_size,
        direction=formats.direction,
        counter_style=formats.counter_style,
        language=formats.locale.language,
        footer_lines=min(MOST_FOOTER_LINES, max(1, lines)),
        test=not doc.livemode,
    )
