"""What must hold of credit notes, of what is written off, and of invoices that were open when the books began."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from billing_beans.books import Books
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.core.money import new_money
from billing_beans.invoicing.credit_limits import allowed_since, credited_since, deferred_since
from billing_beans.invoicing.crediting import (
    CreditInvoice,
    CreditLine,
    credit_note_draft_named,
    credit_note_drafted,
    credit_note_format,
    credit_note_issued,
    credit_note_named,
    draws_itself,
)
from billing_beans.invoicing.facts import (
    CreditNoteDrafted,
    CreditNoteIssued,
    CreditNoteLine,
    CreditNoteRendered,
    InvoiceLine,
    InvoiceOpened,
    InvoiceWrittenOff,
    WriteOffReversed,
)
from billing_beans.invoicing.legs import line_grants, tops_up
from billing_beans.invoicing.numbering import number_format
from billing_beans.invoicing.opening import opened
from billing_beans.invoicing.operations import draft_named, head_named
from billing_beans.invoicing.records import IMPORTED
from billing_beans.invoicing.seal import seal_credit_note
from billing_beans.invoicing.state import CREDIT_NOTE_SERIES
from billing_beans.invoicing.writing_off import ReverseWriteOff, WriteOffInvoice, write_off_reversed, written_off

RESTORE = "restore the text with git; what was issued is never edited"


@check(
    CreditNoteDrafted,
    promise="I7: a credit note is for an issued invoice, in its own numbers; all of an invoice's add up to at most it.",
    remedy="billing-beans invoice show NUMBER says what is left to be credited",
)
def credited_within(books: Books, fact: CreditNoteDrafted) -> Iterator[str | Broken]:
    if books.invoices.credit_notes.get(fact.credit_note) is not None:
        yield f"the number {fact.credit_note} of a credit note is drawn twice"
    if books.invoices.heads.get(fact.credit_note) is not None:
        yield f"{fact.credit_note} is the number of an invoice, and a credit note has it too"
    if fact.series == IMPORTED and draws_itself(books, fact.seller, fact.credit_note, fact.date):
        yield f"the imported number {fact.credit_note} looks like one that {fact.seller} draws itself, and would stand in its way"
    if not fact.reason.strip():
        yield Broken(f"{fact.credit_note} has no reason", 'say why the invoice is credited: --reason "..."')
    head, draft = head_named(books, fact.invoice), draft_named(books, fact.invoice)
    issued = head.issued
    if issued is not None and fact.date < issued:
        yield Broken(
            f"{fact.credit_note} is dated {fact.date}, before {fact.invoice} was issued on {issued}",
            f"date it {issued} or later",
        )
    fees = {line.line for line in draft.lines if line.fee_of_line}
    lines = tuple(_credited_as(line) for line in fact.lines if line.line not in fees)
    request = CreditInvoice(fact.invoice, fact.reason, lines, fact.credit_note, fact.source)
    expected = credit_note_drafted(books, request, fact.date)
    for name in ("customer", "seller", "lines", "subtotal", "tax", "total"):
        if getattr(fact, name) != getattr(expected, name):
            what = (
                f"its {name}"
                if name == "lines"
                else f"{name} {getattr(fact, name)} instead of {getattr(expected, name)}"
            )
            yield Broken(f"{fact.credit_note} does not credit what its lines take of {fact.invoice}: {what}", RESTORE)
            return


def _credited_as(line: CreditNoteLine) -> CreditLine:
    if not line.allowance:
        return CreditLine(line.line, line.quantity)
    return CreditLine(
        line.line,
        amount=line.amount,
        period_start=line.period_start,
        period_end=line.period_end,
        from_at=line.from_at,
    )


@check(
    CreditNoteDrafted,
    promise="I7, I10: credit notes are numbered by the legal entity's format, apart from invoices and without gaps.",
    remedy="let the tool draw numbers; restore a credit note that was removed from the ledger",
    blocks=False,
)
def credit_notes_gapless(books: Books, fact: CreditNoteDrafted) -> Iterator[str | Broken]:
    entity = books.catalog.entity(fact.seller, fact.date)
    if fact.series == IMPORTED or entity is None:
        return
    numbers = number_format(credit_note_format(books, fact.seller, fact.date))
    last = books.invoices.series.get((fact.seller, f"{CREDIT_NOTE_SERIES}/{fact.series}"))
    expected = last.last + 1 if last else 1
    if fact.series != numbers.series(fact.date):
        yield f"{fact.credit_note} stands in the series {fact.series}, and its date is {fact.date}"
    elif fact.sequence is None or numbers.number(fact.date, fact.sequence) != fact.credit_note:
        yield f"{fact.credit_note} is not number {fact.sequence} in the format {numbers.text}"
    elif fact.sequence != expected:
        following = numbers.number(fact.date, expected)
        yield Broken(
            f"{fact.credit_note} is drawn, and the next credit note of {fact.seller} is {following}", after=following
        )
    elif expected > 1:
        yield from _never_issued(books, numbers.number(fact.date, expected - 1))


def _never_issued(books: Books, number: str) -> Iterator[Broken]:
    """A credit note is issued in the act that draws it: one that is not has lost what it moves."""
    note = books.invoices.credit_notes.get(number)
    if note is not None and note.issued is None:
        yield Broken(f"{number} is drawn and was never issued", after=number)


@check(
    CreditNoteIssued,
    promise="I7: a credit note takes back what is not yet earned first, then revenue, and its tax; once.",
    remedy=RESTORE,
)
def credited_in_full(books: Books, fact: CreditNoteIssued) -> Iterator[str | Broken]:
    note, draft = credit_note_named(books, fact.credit_note), credit_note_draft_named(books, fact.credit_note)
    if note.issued is not None:
        yield f"{fact.credit_note} is issued twice, on {note.issued} and on {fact.date}"
    elif fact.date != draft.date:
        yield f"{fact.credit_note} is issued on {fact.date}, and its date is {draft.date}"
    elif differs := difference(fact, credit_note_issued(books, fact.credit_note, fact.date, fact.content)):
        yield f"{fact.credit_note} does not take back what it credits: {differs}"
    elif fact.date < (since := _there_since(books, fact, draft)):
        yield f"{fact.credit_note} is issued on {fact.date}, and what it takes back of {fact.invoice} was there on {since}"


def _there_since(books: Books, fact: CreditNoteIssued, draft: CreditNoteDrafted) -> date:
    head = head_named(books, fact.invoice)
    came = [books.credits.lot_of(leg).since for leg in fact.credits]
    since = credited_since(head, became_money=fact.unapplied is not None)
    return max([since, allowed_since(books, draft), deferred_since(books, draft), *came])


@check(
    CreditNoteIssued,
    promise="I4, I7: what was issued never changes.",
    remedy=RESTORE,
    blocks=False,
    timeless=True,
)
def credit_note_sealed(books: Books, fact: CreditNoteIssued) -> Iterator[str | Broken]:
    draft = books.invoices.credit_note_drafts.get(fact.credit_note)
    if draft is not None and seal_credit_note(draft) != fact.content:
        yield Broken(
            f"{fact.credit_note} was changed after it was issued: its text no longer has the digest that sealed it",
            about=draft.id,
        )


@check(
    InvoiceWrittenOff,
    promise="Y4: what is written off was open, for a reason.",
    remedy=RESTORE,
)
def written_off_within(books: Books, fact: InvoiceWrittenOff) -> Iterator[str | Broken]:
    if books.invoices.write_offs.get(fact.write_off) is not None:
        yield Broken(f"{fact.write_off} is recorded twice", "choose another id with --id, or leave it out")
    if not fact.reason.strip():
        yield f"{fact.write_off} has no reason"
    amount = new_money(-fact.receivable.number, fact.receivable.currency)
    request = WriteOffInvoice(fact.invoice, fact.reason, amount, bool(fact.taxes), fact.write_off)
    if differs := difference(fact, written_off(books, request, fact.date)):
        yield f"{fact.write_off} does not give up what is open of {fact.invoice}: {differs}"
    head = head_named(books, fact.invoice)
    since = head.taken_back or head.issued
    if since is not None and fact.date < since:
        yield f"{fact.write_off} is dated {fact.date}, and what it gives up of {fact.invoice} is open since {since}"


@check(
    WriteOffReversed,
    promise="Y4: a write-off is taken back once, as it was made, for a reason.",
    remedy=RESTORE,
)
def write_off_reversed_once(books: Books, fact: WriteOffReversed) -> Iterator[str | Broken]:
    if not fact.reason.strip():
        yield f"{fact.write_off} is taken back without a reason"
    request = ReverseWriteOff(fact.invoice, fact.reason, fact.write_off)
    if differs := difference(fact, write_off_reversed(books, request, fact.date)):
        yield f"{fact.write_off} is not taken back as it was made: {differs}"
    one = books.invoices.write_offs.get(fact.write_off)
    if one is not None and fact.date < one.written:
        yield Broken(
            f"{fact.write_off} is taken back on {fact.date}, before it was made on {one.written}",
            f"date it {one.written} or later; in a command: --date {one.written}",
        )


@check(
    InvoiceOpened,
    promise="B1: an invoice that was open when the books began is opened once, with what was owed on it.",
    remedy="billing-beans opening import FILE writes it",
)
def opened_as_drafted(books: Books, fact: InvoiceOpened) -> Iterator[str | Broken]:
    head = head_named(books, fact.invoice)
    if head.issued is not None or head.voided is not None:
        yield f"{fact.invoice} is opened, and is {head.status.replace('-', ' ')} already"
        return
    expected = opened(books, fact.invoice, fact.issued_on, fact.date, fact.rate, fact.content)
    if differs := difference(fact, expected):
        yield f"{fact.invoice} is not opened with what was owed on it: {differs}"
    draft = draft_named(books, fact.invoice)
    if draft.series != IMPORTED or fact.date != draft.date or not all(map(_can_be_opened, draft.lines)):
        yield f"{fact.invoice} is opened on {fact.date}, and was not drafted for that"
    if fact.issued_on > fact.date:
        yield f"{fact.invoice} is opened on {fact.date}, and was issued later, on {fact.issued_on}"


def _can_be_opened(line: InvoiceLine) -> bool:
    """What was granted before is opened by itself, and free credits of before are not here."""
    return not line_grants(line) and not tops_up(line) and line.credit_discount is None


@check(
    CreditNoteRendered,
    promise="R4: a rendered credit note is one that was issued.",
    remedy="restore the credit note, or remove this directive if its document was never given to anybody",
)
def document_of_credit_note(books: Books, fact: CreditNoteRendered) -> Iterator[str]:
    note = books.invoices.credit_notes.get(fact.credit_note)
    if note is None or note.issued is None:
        yield f"{fact.file} is a document of {fact.credit_note}, which is no credit note that was issued"
