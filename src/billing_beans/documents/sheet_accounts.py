"""The sheets of receipts, statements of account and of credits, and reminders: what their tables show, with running sums and widths of columns (R4, R5)."""

from __future__ import annotations

from dataclasses import KW_ONLY
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from billing_beans.core.records import record
from billing_beans.documents.formats import NO_BREAK
from billing_beans.documents.frame import Sheet, content_width, shrunk, sums_width, width
from billing_beans.documents.payment_code import code_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from billing_beans.core.money import Money
    from billing_beans.documents.credit_statement import CreditStatement, CreditsUntil
    from billing_beans.documents.frame import Frame
    from billing_beans.documents.model import Document
    from billing_beans.documents.receipt import Receipt, Settled
    from billing_beans.documents.reminder import Reminder
    from billing_beans.documents.statement import AgingBucket, Statement

# What the column of words keeps at least of the width: numbers of documents are shorter than descriptions.
NUMBER_SHARE = 0.2
BETWEEN = " · "


@record
class Column:
    """A column of a table. `width` is in millimetres, None for the column that has the rest; `number`: it ends on one edge."""

    head: str
    width: float | None
    number: bool


@record
class TableRow:
    """One row as it is written. `brought` and `carried` are the sum or the balance before and after it."""

    cells: tuple[str, ...]
    details: tuple[str, ...]
    brought: str
    carried: str


@record
class TableSheet(Sheet):
    """What the template of a receipt, a statement or a reminder is given.

    Each of the `rows` has a cell for each of the `columns`; its details stand under the cell of the column that has the rest.
    `sums` is the width of the totals, in millimetres. `paragraphs` are those of a letter, `aging` the buckets with their names;
    `aging_fits`: they fit beside each other.
    """

    _: KW_ONLY
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    sums: float
    paragraphs: tuple[str, ...] = ()
    aging: tuple[tuple[str, str], ...] = ()
    aging_fits: bool = True


def receipt_sheet(doc: Receipt, frame: Frame) -> TableSheet:
    labels, formats = frame.labels, frame.formats
    shares = [*(one.paid or one.amount for one in doc.settled), *(one.amount for one in doc.bought)]
    named = [
        *((one.invoice, formats.date(one.issued) if one.issued else "") for one in doc.settled),
        *((one.grant, "") for one in doc.bought),
    ]
    cells = [
        (formats.apart(name), issued, formats.amount(share))
        for (name, issued), share in zip(named, shares, strict=True)
    ]
    details = [*(_in_its_currency(one, frame) for one in doc.settled), *((one.words,) for one in doc.bought)]
    heads = (labels.invoice, labels.issued, f"{labels.amount} {doc.currency}")
    columns = _columns(doc, heads, [*cells, ("", "", formats.amount(doc.amount))], rest=0, numbers=2)
    return TableSheet(
        doc=doc,
        frame=frame,
        title=doc.title or labels.receipt,
        columns=columns,
        rows=_rows(cells, details, _running(frame, shares)),
        sums=_sums(doc, columns),
    )


def _in_its_currency(one: Settled, frame: Frame) -> tuple[str, ...]:
    """What the share of the payment is in the currency of the invoice."""
    return (frame.formats.money(one.amount),) if one.paid else ()


def statement_sheet(doc: Statement, frame: Frame) -> TableSheet:
    labels, formats = frame.labels, frame.formats
    cells = [
        (
            formats.date(one.day),
            f"{formats.apart(one.label) if one.label else labels.entries[one.kind]} {formats.apart(one.reference)}",
            formats.date(one.due) if one.due else "",
            formats.amount(one.debit) if one.debit else "",
            formats.amount(one.credit) if one.credit else "",
            formats.amount(one.balance),
        )
        for one in doc.lines
    ]
    opening = (formats.date(doc.first), labels.opening_balance, "", "", "", formats.amount(doc.opening))
    closing = (formats.date(doc.last), "", "", "", "", formats.amount(doc.closing))
    heads = (
        labels.date,
        labels.entry,
        labels.due,
        labels.charged,
        labels.credited,
        f"{labels.balance} {doc.currency}",
    )
    columns = _columns(doc, heads, [opening, *cells, closing], rest=1, numbers=3)
    balances = [formats.amount(one) for one in (doc.opening, *(line.balance for line in doc.lines))]
    details = [tuple(formats.apart(detail) for detail in one.details) for one in doc.lines]
    aging = tuple(_aging(doc, frame))
    return TableSheet(
        doc=doc,
        frame=frame,
        title=doc.title or labels.statement,
        columns=columns,
        rows=_rows([opening, *cells], [(), *details], [("", balances[0]), *pairwise(balances)]),
        sums=_sums(doc, columns),
        aging=aging,
        aging_fits=_fits(doc, aging),
    )


def _aging(doc: Statement, frame: Frame) -> Iterator[tuple[str, str]]:
    """The buckets, what is the customer's, and what they come to: the closing balance."""
    if not doc.aging:
        return
    labels, formats = frame.labels, frame.formats
    for bucket in doc.aging:
        yield _bucket(bucket, frame), formats.amount(bucket.amount)
    if doc.unapplied is not None and doc.unapplied.number:
        yield labels.on_account, formats.amount(-doc.unapplied)
    yield f"{labels.total} {doc.currency}", formats.amount(doc.closing)


def _fits(doc: Document, aging: tuple[tuple[str, str], ...]) -> bool:
    """Whether all buckets have room beside each other, in columns of one width; their names may take several lines."""
    widest = (width(max(name.split(" "), key=len), [amount]) for name, amount in aging)
    return len(aging) * max(widest, default=0) <= content_width(doc)


def _bucket(bucket: AgingBucket, frame: Frame) -> str:
    labels, formats = frame.labels, frame.formats
    if bucket.first is None:
        return labels.aging_current
    first = formats.quantity(Decimal(bucket.first))
    if bucket.last is None:
        return labels.aging_over.format(days=formats.quantity(Decimal(bucket.first - 1)))
    return labels.aging_days.format(first=first, last=formats.quantity(Decimal(bucket.last)))


def credit_statement_sheet(doc: CreditStatement, frame: Frame) -> TableSheet:
    labels, words, formats = frame.labels, frame.labels.wallet, frame.formats

    def units(number: Decimal) -> str:
        return formats.amount(number, doc.digits)

    cells = [
        (
            formats.date(one.day),
            f"{words.entries[one.kind]} {formats.apart(one.reference)}".rstrip(),
            words.paid if one.paid else words.free,
            units(one.units) if one.units > 0 else "",
            units(-one.units) if one.units < 0 else "",
            units(one.balance),
        )
        for one in doc.lines
    ]
    opening = (formats.date(doc.first), labels.opening_balance, "", "", "", units(doc.opening))
    closing = (formats.date(doc.last), "", "", "", "", units(doc.closing))
    heads = (labels.date, words.entry, words.kind, words.added, words.used, labels.balance)
    columns = _columns(doc, heads, [opening, *cells, closing], rest=1, numbers=3)
    balances = [units(one) for one in (doc.opening, *(line.balance for line in doc.lines))]
    expiry = tuple((_until_words(one, frame), units(one.units)) for one in doc.expiry)
    return TableSheet(
        doc=doc,
        frame=frame,
        title=doc.title or words.title,
        columns=columns,
        rows=_rows([opening, *cells], [(), *_about(doc, frame)], [("", balances[0]), *pairwise(balances)]),
        sums=_sums(doc, columns),
        aging=expiry,
        aging_fits=_fits(doc, expiry),
    )


def _about(doc: CreditStatement, frame: Frame) -> Iterator[tuple[str, ...]]:
    """What each movement refers to, and until when the units can be used that it brought."""
    formats = frame.formats
    for one in doc.lines:
        until = [frame.labels.wallet.until.format(date=formats.until(one.until, one.hour))] if one.until else []
        said = BETWEEN.join([*map(formats.apart, one.about), *until])
        yield (said,) if said else ()


def _until_words(one: CreditsUntil, frame: Frame) -> str:
    if one.until is not None:
        return frame.formats.until(one.until, one.hour).replace(" ", NO_BREAK)
    return frame.labels.wallet.later if one.later else frame.labels.wallet.never


def reminder_sheet(doc: Reminder, frame: Frame) -> TableSheet:
    labels, formats = frame.labels, frame.formats
    words = labels.reminder(doc.level)
    cells = [
        (
            formats.apart(one.number),
            formats.date(one.issued),
            formats.date(one.due),
            formats.quantity(Decimal(one.days)),
            formats.amount(one.total),
            formats.amount(one.open),
        )
        for one in doc.invoices
    ]
    heads = (
        labels.invoice,
        labels.issued,
        labels.due,
        labels.overdue_days,
        labels.total,
        f"{labels.still_open} {doc.currency}",
    )
    last = ("", "", "", "", "", formats.amount(doc.total_open))
    columns = _columns(doc, heads, [*cells, last], rest=0, numbers=3)
    until = formats.date(doc.pay_by)
    return TableSheet(
        doc=doc,
        frame=frame,
        title=_until(doc.title or words.title, until),
        columns=columns,
        rows=_rows(cells, [()] * len(cells), _running(frame, [one.open for one in doc.invoices])),
        sums=_sums(doc, columns),
        paragraphs=tuple(_until(text, until) for text in doc.paragraphs or words.paragraphs),
        payment_code=code_for(doc, doc.payment_details, doc.total_open.number, labels.scan_to_pay),
    )


def _until(text: str, until: str) -> str:
    """Texts of a policy come from outside: nothing but the day is filled in, whatever else is in braces."""
    return text.replace("{date}", until.replace(" ", NO_BREAK))


def _running(frame: Frame, amounts: Iterable[Money]) -> list[tuple[str, str]]:
    """The sum before and after each amount; nothing is brought to the first."""
    total = Decimal(0)
    running: list[tuple[str, str]] = []
    for amount in amounts:
        before = frame.formats.amount(total) if running else ""
        total += amount.number
        running.append((before, frame.formats.amount(total)))
    return running


def _rows(
    cells: Sequence[tuple[str, ...]], details: Sequence[tuple[str, ...]], running: Sequence[tuple[str, str]]
) -> tuple[TableRow, ...]:
    return tuple(TableRow(row, small, *sums) for row, small, sums in zip(cells, details, running, strict=True))


def _columns(
    doc: Document, heads: tuple[str, ...], cells: Sequence[tuple[str, ...]], *, rest: int, numbers: int
) -> tuple[Column, ...]:
    """The columns, each as wide as it must be; `rest` is the one of words, figures stand from `numbers` on."""
    others = [place for place in range(len(heads)) if place != rest]
    wide = [width(heads[place], [row[place] for row in cells]) for place in others]
    widths = dict(zip(others, shrunk(doc, *wide, rest=NUMBER_SHARE), strict=True))
    return tuple(Column(head, widths.get(place), place >= numbers) for place, head in enumerate(heads))


def _sums(doc: Document, columns: tuple[Column, ...]) -> float:
    return sums_width(doc, columns[-1].width or 0.0)
