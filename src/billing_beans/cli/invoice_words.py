"""Words about invoices: one as a row, its lines, and what a refusal or a result says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.facts import AgreementTermAdded
from billing_beans.cli.output import money
from billing_beans.core.money import Money, round_money
from billing_beans.core.proration import Part, ProrationUnit
from billing_beans.core.words import rate_words
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.lines import part_of
from billing_beans.invoicing.operations import head_named
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import Status


def invoices_that_are(*statuses: Status) -> Callable[[Books], Iterable[tuple[str, str]]]:
    """What completes the number of an invoice with one of these statuses."""

    def candidates(books: Books) -> Iterable[tuple[str, str]]:
        for status in statuses:
            for head in books.invoices.heads.range("status", status):
                yield head.number, f"{head.customer}, {head.total:f} {head.currency}"

    return candidates


class InvoiceRow(NamedTuple):
    """An invoice as lists and results show it. Amounts are in its currency; `owed` is nothing for a draft or a void one.

    `issued_before` is the day of issue of one that was open when the books began, on the day that `issued` says (B1).
    `rate` is what one of its currency was worth in the seller's own on the day of issue (Y3).
    """

    number: str
    customer: str
    seller: str
    status: Status
    drafted: date
    due: date
    total: Money
    settled: Money
    owed: Money
    revision: int
    issued: date | None = None
    issued_at: str = ""
    settled_at: str = ""
    posted: date | None = None
    voided: date | None = None
    void_reason: str = ""
    credited: Money | None = None
    written_off: Money | None = None
    reopened: date | None = None
    issued_before: date | None = None
    rate: Money | None = None


def row_of(head: InvoiceHead) -> InvoiceRow:
    currency = head.currency
    return InvoiceRow(
        head.number,
        head.customer,
        head.seller,
        head.status,
        head.drafted,
        head.due,
        round_money(head.total, currency),
        round_money(head.settled, currency),
        round_money(head.due_amount, currency),
        head.revision,
        head.issued,
        head.issued_at,
        head.settled_at,
        head.posted,
        head.voided,
        head.void_reason,
        round_money(head.credited, currency) if head.credited else None,
        round_money(head.written_off, currency) if head.written_off else None,
        head.reopened,
        head.issued_before,
        head.rate,
    )


def row_named(books: Books, number: str) -> InvoiceRow:
    """The invoice of this number. Raises `Refused`."""
    return row_of(head_named(books, number))


def one_line(text: str) -> str:
    """A name from outside on one line, whatever breaks it holds."""
    return " ".join(text.split())


def status_words(status: Status) -> str:
    return status.value.replace("-", " ")


def tax_words(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> str:
    """The tax of a line: `GST 9 %`."""
    code = books.catalog.tax_code(line.tax_code, draft.date)
    name = code.name if code is not None and code.name else line.tax_code
    return f"{one_line(name)} {rate_words(line.tax_rate)}"


def note_of(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> str:
    """Where a line's price comes from, if not from the price list (P2)."""
    if line.fee_of_line is not None:
        return f"({', '.join(_fee_words(books, draft, line))})"
    words = [*_price_words(books, draft, line)]
    if line.discount is not None:
        term = _term(books, draft, line)
        by_agreement = term is not None and term.discount is not None
        words.append(f"less {line.discount.number:f}" + (f", agreement {draft.agreement}" if by_agreement else ""))
    if line.credit_discount is not None:
        words.append(f"less {line.credit_discount.number:f} by free credits")
    return f"({', '.join(words)})" if words else ""


def days_words(start: date, end: date, part: Part | None = None, by: ProrationUnit | None = None) -> str:
    """Days, the last one included, and what part of a period they are: `2026-01-30 to 2026-02-01 (3 of 7 days)`.

    Where seconds are counted a share says more: `42.86 % of the period`. `end` is the day after the last.
    """
    last = end - timedelta(days=1)
    days = f"{start} to {last}" if last > start else f"{start}"
    if part is None:
        return days
    if by is ProrationUnit.SECOND:
        return f"{days} ({part.percent} % of the period)"
    return f"{days} ({part.units} of {part.whole} days)"


def period_words(line: InvoiceLine) -> str:
    """What a line is for: its first and its last day, what part of a period they are, and the subscription; empty where it is for none."""
    words = []
    if line.period_start is not None and line.period_end is not None:
        words.append(days_words(line.period_start, line.period_end, part_of(line), line.prorated_by))
    if line.subscription is not None:
        words.append(line.subscription)
    return ", ".join(words)


def units_words(line: InvoiceLine) -> str:
    """What a line grants or tops up: `10 PLACEMENT`, `100 CREDIT-USD + 10 free`; empty where it does neither."""
    if line.units is None:
        return ""
    bonus = f" + {line.bonus_units:f} free" if line.bonus_units is not None else ""
    return f"{line.units:f} {line.entitlement or line.credit_unit}{bonus}"


def _top_up_words(line: InvoiceLine) -> str:
    return f"tops up {units_words(line)}" if line.credit_unit is not None else ""


def _fee_words(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> Iterator[str]:
    bps = line.platform_fee_bps or 0
    yield f"{rate_words(Decimal(bps) / 10_000)} of line {line.fee_of_line}"
    product = books.catalog.product(line.product, draft.date)
    usual = product.platform_fee_bps if product else None
    if draft.agreement and usual is not None and usual != bps:
        yield f"agreement {draft.agreement} instead of {rate_words(Decimal(usual) / 10_000)}"


def _price_words(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> Iterator[str]:
    term = _term(books, draft, line)
    if term is not None and term.unit_price == line.unit_price:
        listed = _list_price(books, draft, line)
        instead = f" instead of {listed.number:f}" if listed is not None and listed != line.unit_price else ""
        yield f"agreement {draft.agreement}{instead}"
    elif line.price is None:
        yield "price given by hand"


def _term(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> AgreementTermAdded | None:
    return books.catalog.term(draft.agreement, line.product, draft.date) if draft.agreement else None


def _list_price(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> Money | None:
    versions = books.catalog.prices.range("versions", line.price) if line.price else ()
    valid = [one.unit_price for one in versions if one.date <= draft.date]
    return valid[-1] if valid else None


def line_rows(books: Books, draft: InvoiceDrafted) -> list[tuple[str, ...]]:
    """For each line: quantity, what, unit price, amount, tax, and a note."""
    return [
        (
            f"{line.quantity:f}",
            f"x {one_line(line.description)}",
            f"{line.unit_price.number:f}",
            f"{line.amount.number:f}",
            tax_words(books, draft, line),
            "  ".join(filter(None, (_top_up_words(line), period_words(line), note_of(books, draft, line)))),
        )
        for line in draft.lines
    ]


def lines_and_total(books: Books, draft: InvoiceDrafted) -> str:
    """The lines of a draft and what they come to."""
    total = f"  subtotal {draft.subtotal.number:f}   tax {draft.tax.number:f}   total {money(draft.total)}   due {draft.due}"
    return "\n".join([*_aligned(line_rows(books, draft), right=(0, 2, 3)), total])


def _aligned(rows: Sequence[Sequence[str]], right: Iterable[int]) -> Iterator[str]:
    """Columns without a head, as wide as a terminal shows their text."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - _width(cell))
            cells.append(space + cell if index in right else cell + space)
        yield f"  {cells[0]} {'   '.join(cells[1:])}".rstrip()


def _width(text: str) -> int:
    """How many columns a terminal takes for it: most of it is as wide as it is long, and needs no library."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def posted_words(draft: InvoiceDrafted) -> str:
    """What posting this invoice grants: `10 GIG, fee 30.00 deferred`; empty where it grants nothing."""
    units = [units_words(line) for line in draft.lines if line.entitlement is not None]
    fees = [f"fee {line.amount.number:f} deferred" for line in draft.lines if line.fee_of_line is not None]
    return ", ".join(units + fees)
