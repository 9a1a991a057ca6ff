"""Verbs for documents: record what was rendered."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from billing_beans.acts.act import Act
from billing_beans.books import Books
from billing_beans.core.errors import Refused
from billing_beans.core.facts import Fact
from billing_beans.core.ids import CreditNoteNumber, InvoiceNumber, PaymentId
from billing_beans.core.money import Money, new_money
from billing_beans.core.records import record
from billing_beans.invoicing.crediting import credit_note_named
from billing_beans.invoicing.facts import CreditNoteRendered, DocumentRendered
from billing_beans.invoicing.operations import draft_named, head_named
from billing_beans.invoicing.records import CreditNote, Settlement
from billing_beans.payments.facts import ReceiptRendered
from billing_beans.payments.operations import payment_named
from billing_beans.payments.records import PaymentHead, PaymentStatus


class Subject(StrEnum):
    """What a document is of."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    PAYMENT = "payment"

    @property
    def words(self) -> str:
        """As people say it."""
        return self.value.replace("-", " ")


@record
class RenderedDocument:
    """A PDF: what it is of, how that stood, its file in the books, digests of its bytes and of what it shows, and the renderer.

    Only an invoice's document has a `standing`: its status.
    """

    subject: Subject
    number: str
    standing: str
    file: str
    digest: str
    content: str
    renderer: str


@record
class RecordDocuments:
    """PDFs that were made in one go."""

    documents: tuple[RenderedDocument, ...]


def record_documents(act: Act, request: RecordDocuments) -> None:
    """Where each PDF lies and what it is (R4). Never dated before what it shows: its issue, its payments, its voiding."""
    for one in request.documents:
        act.record(_fact(act, one))


def _fact(act: Act, one: RenderedDocument) -> Fact:
    books = act.books
    if one.subject is Subject.PAYMENT:
        head = receipt_named(books, one.number)
        assert head.verified_on is not None
        return ReceiptRendered(
            date=_day(act, one, seller_of_payment(books, head), head.verified_on),
            payment=PaymentId(head.payment),
            file=one.file,
            digest=one.digest,
            renderer=one.renderer,
            content=one.content,
        )
    if one.subject is Subject.CREDIT_NOTE:
        note = issued_credit_note_named(books, one.number)
        assert note.issued is not None
        return CreditNoteRendered(
            date=_day(act, one, note.seller, note.issued),
            credit_note=CreditNoteNumber(note.number),
            file=one.file,
            digest=one.digest,
            renderer=one.renderer,
            content=one.content,
        )
    invoice = head_named(books, one.number)
    return DocumentRendered(
        date=_day(act, one, invoice.seller, last_day(books, one.number)),
        invoice=InvoiceNumber(invoice.number),
        status=one.standing,
        file=one.file,
        digest=one.digest,
        renderer=one.renderer,
        content=one.content,
    )


def _day(act: Act, one: RenderedDocument, seller: str, last: date) -> date:
    if act.context.day is None:
        return max(act.day(seller), last)
    if act.context.day < last:
        raise Refused(
            f"The document of {one.number} shows what happened on {last}, and can't be dated {act.context.day}.",
            rule="11 of the architecture: a fact is never dated before one that it builds on.",
            instead="leave out --date, or give a later one",
        )
    return act.context.day


def last_day(books: Books, number: str) -> date:
    """The last day on which something happened to the invoice that its document shows."""
    head, draft = head_named(books, number), draft_named(books, number)
    settled = [one.date for one in books.invoices.settlements.range("invoice", number)]
    credited = [one.issued or one.drafted for one in books.invoices.credit_notes.range("invoice", number)]
    return max([draft.date, *(day for day in (head.issued, head.voided) if day), *settled, *credited])


def issued_credit_note_named(books: Books, number: str) -> CreditNote:
    """A credit note that was issued, and so can have a document. Raises `Refused`."""
    note = credit_note_named(books, number)
    if note.issued is None:
        raise Refused(
            f"{number} was not issued.",
            rule="I7: a credit note is drawn and issued in one act.",
            instead="billing-beans check names the problem",
        )
    return note


def receipt_named(books: Books, payment: str) -> PaymentHead:
    """A payment that came, and so can have a receipt. Raises `Refused`."""
    head = payment_named(books, payment)
    if head.status is not PaymentStatus.VERIFIED:
        raise Refused(
            f"{payment} is {head.status}: there is nothing to give a receipt for.",
            rule="R4: a receipt is for money that came.",
            instead=f"billing-beans payment verify {payment}"
            if head.status is PaymentStatus.SUBMITTED
            else "billing-beans payment list --status verified",
        )
    return head


def seller_of_payment(books: Books, head: PaymentHead) -> str:
    """The legal entity that a payment is for: of its first invoice, or the one that it names."""
    if head.seller is not None:
        return head.seller
    assert head.first_invoice is not None
    return draft_named(books, head.first_invoice).seller


def settlements_of(books: Books, payment: str) -> list[Settlement]:
    """What a payment settled when it was verified, in the order of its postings."""
    source = f"payment/{payment}"
    return [one for one in books.invoices.settlements.range("origin", source) if one.source == source]


def credits_given_back(books: Books, note: CreditNote) -> dict[str, Money]:
    """What went back to credits that had paid the invoice, by application, before the credit note took it off what is owed."""
    settled = [*books.invoices.settlements.range("invoice", note.invoice)]
    ends = [one.fact for one in settled if one.source == f"credit-note/{note.number}"]
    back: dict[str, Money] = {}
    for one in settled:
        if ends and note.drafted_id < one.fact < ends[0] and one.source.startswith(_APPLICATION):
            name = one.source.removeprefix(_APPLICATION)
            before = back[name].number if name in back else 0
            back[name] = new_money(before - one.amount.number, one.amount.currency)
    return back


_APPLICATION = "application/"
