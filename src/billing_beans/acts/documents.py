"""Verbs for documents: record what was rendered."""

from __future__ import annotations

from datetime import date

from billing_beans.acts.act import Act
from billing_beans.books import Books
from billing_beans.core.errors import Refused
from billing_beans.core.ids import InvoiceNumber
from billing_beans.core.records import record
from billing_beans.invoicing.facts import DocumentRendered
from billing_beans.invoicing.operations import draft_named, head_named


@record
class RenderedDocument:
    """A PDF of an invoice as it stands: its file in the books, digests of its bytes and of what it shows, and the renderer."""

    invoice: str
    status: str
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
        head = head_named(act.books, one.invoice)
        act.record(
            DocumentRendered(
                date=_day(act, one, head.seller),
                invoice=InvoiceNumber(head.number),
                status=one.status,
                file=one.file,
                digest=one.digest,
                renderer=one.renderer,
                content=one.content,
            )
        )


def _day(act: Act, one: RenderedDocument, seller: str) -> date:
    last = last_day(act.books, one.invoice)
    if act.context.day is None:
        return max(act.day(seller), last)
    if act.context.day < last:
        raise Refused(
            f"The document of {one.invoice} shows what happened on {last}, and can't be dated {act.context.day}.",
            rule="11 of the architecture: a fact is never dated before one that it builds on.",
            instead="leave out --date, or give a later one",
        )
    return act.context.day


def last_day(books: Books, number: str) -> date:
    """The last day on which something happened to the invoice that its document shows."""
    head, draft = head_named(books, number), draft_named(books, number)
    settled = [one.date for one in books.invoices.settlements.range("invoice", number)]
    return max([draft.date, *(day for day in (head.issued, head.voided) if day), *settled])
