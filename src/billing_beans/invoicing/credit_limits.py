"""How far an invoice can be credited, and from which day on (I7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.errors import Refused
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.records import CreditedLine, InvoiceHead

_ZERO = Decimal(0)


def credited_of(books: Books, draft: InvoiceDrafted, line: InvoiceLine) -> CreditedLine:
    """What credit notes took back of a line so far."""
    return books.invoices.credited.get((draft.invoice, line.line)) or CreditedLine(draft.invoice, line.line)


def credited_since(head: InvoiceHead, *, became_money: bool) -> date:
    """The first day for a credit note: issued, granted, last opened again, and where it becomes the customer's money, paid."""
    days = (head.issued, head.posted, head.taken_back, head.settled_on if became_money else None)
    return max((day for day in days if day is not None), default=head.drafted)


def allowed_since(books: Books, note: CreditNoteDrafted) -> date:
    """The first day for a credit note that shares out what an allowance left of a line: that of the last one before it."""
    credited = [books.invoices.credited.get((note.invoice, line.line)) for line in note.lines]
    if not any(one is not None and one.allowed_amount for one in credited):
        return date.min
    issued = [one.issued for one in books.invoices.credit_notes.range("invoice", note.invoice)]
    return max(day for day in issued if day is not None)


def deferred_since(books: Books, note: CreditNoteDrafted) -> date:
    """The first day for a credit note of lines that are earned over a period: that on which anything last moved what they deferred."""
    return books.revenue.moved_on(note.invoice, [line.line for line in note.lines])


def still_within(books: Books, draft: InvoiceDrafted, note: CreditNoteDrafted) -> None:
    """What a credit note says is still there when it is issued: no other one took it meanwhile. Raises `Refused`.

    Nor may it take a tax that a write-off gave back.
    """
    relieved = relieved_taxes(books, draft.invoice)
    for line in note.lines:
        sold = draft.lines[line.line - 1]
        before, quantity = credited_of(books, draft, sold), _ZERO if line.allowance else line.quantity
        if (
            before.quantity + quantity > sold.quantity
            or before.amount + line.amount.number > sold.amount.number
            or before.tax + line.tax.number > sold.tax.number
        ) and not sold.fee_of_line:
            raise Refused(
                f"Line {line.line} of {draft.invoice} was credited meanwhile, and {note.credit_note} can't take it too.",
                rule="I7: all credit notes of an invoice add up to at most it.",
                instead=f"billing-beans invoice show {draft.invoice}",
            )
        if before.tax + line.tax.number + relieved.get(line.line, _ZERO) > sold.tax.number:
            raise Refused(
                f"A part of the tax of line {line.line} of {draft.invoice} came back when it was written off.",
                rule="I7: tax is given back once.",
                instead=f"take the write-off back first: billing-beans payment write-off {draft.invoice} --reverse --reason ...",
            )


def relieved_taxes(books: Books, invoice: str) -> dict[int, Decimal]:
    """What write-offs of an invoice that stand gave back of its tax, line by line."""
    found: dict[int, Decimal] = {}
    for one in books.invoices.write_offs.range("invoice", invoice):
        for tax in one.taxes if one.reversed is None else ():
            found[tax.line] = found.get(tax.line, _ZERO) + tax.amount
    return found


def not_written_off(books: Books, head: InvoiceHead, rest: Decimal) -> None:
    """What was written off was never paid, and can't become the customer's money. Raises `Refused`."""
    returned = sum((one.to_unapplied for one in books.invoices.credit_notes.range("invoice", head.number)), start=_ZERO)
    if head.written_off and rest > head.settled - head.written_off - returned:
        raise Refused(
            f"{head.written_off:f} {head.currency} of {head.number} were written off, and can't be credited as well.",
            rule="I7: only what was paid becomes the customer's money.",
            instead=f"take the write-off back first: billing-beans payment write-off {head.number} --reverse --reason ...",
        )
