"""Verbs for what other systems issued: invoices and cancellations come in with the number and the day they have (I7, I10)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.invoices import post_if_paid
from billing_beans.books import Books
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.entitlements.operations import posted
from billing_beans.invoicing.cancelling import Cancellation, Certainty, NoMatch, Rule, Unmatched, matched
from billing_beans.invoicing.credit_limits import allowed_since, credited_since
from billing_beans.invoicing.crediting import credit_note_drafted, credit_note_issued, draws_itself
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted
from billing_beans.invoicing.legs import grants
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.operations import DraftInvoice, drafted, head_named, issued
from billing_beans.invoicing.records import IMPORTED, InvoiceHead
from billing_beans.invoicing.status import Status

MAX_NUMBER = 60
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@record
class ImportedInvoice:
    """An invoice of one line as another system issued it. `source` is the row that it came from (U7)."""

    source: str
    number: str
    day: date
    customer: str
    product: str
    quantity: Decimal
    unit_price: Money
    description: str | None = None
    due: date | None = None
    seller: str | None = None


@record
class ImportDocuments:
    """Invoices and cancellations that are written together, or not at all; `certainty` is how sure a match must be."""

    documents: tuple[ImportedInvoice | Cancellation, ...]
    certainty: Certainty = Certainty.ONLY


class DocumentRefused(Refused):
    """One document of several can't be imported; `position` says which, from 0."""

    def __init__(self, position: int, error: BillingError) -> None:
        super().__init__(error.what, rule=error.rule, instead=error.instead)
        self.position = position


class OtherContent(Refused):
    """The number of a document stands in the books for another one."""


class DocumentImport:
    """One act of an import, and what became of its cancellations: the rules that found invoices, and what found none."""

    def __init__(self) -> None:
        self.rules: Counter[Rule] = Counter()
        self.unmatched: dict[int, NoMatch] = {}
        """By position in the request, from 0."""

    def import_documents(self, act: Act, request: ImportDocuments) -> None:
        """Each invoice is drafted with its own number and issued on its own day; a total of zero is paid at once (I10, Y2).

        A cancellation becomes a credit note of the invoice that it matches, and nothing where it matches none (I7).
        Raises `DocumentRefused` for the first that a rule forbids.
        """
        for position, document in enumerate(request.documents):
            try:
                if isinstance(document, ImportedInvoice):
                    _import(act, document)
                elif no_match := self._credit(act, document, request.certainty):
                    self.unmatched[position] = no_match
            except BillingError as error:
                raise DocumentRefused(position, error) from error

    def _credit(self, act: Act, cancellation: Cancellation, certainty: Certainty) -> NoMatch | None:
        found = matched(act.books, cancellation, certainty)
        if isinstance(found, NoMatch):
            return found
        draft = credit_note_drafted(act.books, found.request, cancellation.day)
        head = head_named(act.books, draft.invoice)
        became_money = draft.total.number > head.due_amount
        since = max(credited_since(head, became_money=became_money), allowed_since(act.books, draft))
        if cancellation.day < since:
            words = f"{cancellation.number} is of {cancellation.day}, and what it takes back of {head.number} was there on {since}"
            return NoMatch(Unmatched.TOO_EARLY, words)
        draft = act.record(draft)
        act.record(credit_note_issued(act.books, draft.credit_note, cancellation.day))
        post_if_paid(act, draft.invoice, cancellation.day)
        self.rules[found.rule] += 1
        return None


def _import(act: Act, invoice: ImportedInvoice) -> None:
    draft = act.record(replace(draft_of(act.books, invoice), source=invoice.source))
    act.record(issued(act.books, invoice.number, invoice.day))
    if grants(draft) and head_named(act.books, invoice.number).status is Status.PAID:
        act.record(posted(act.books, invoice.number, invoice.day))


def draft_of(books: Books, invoice: ImportedInvoice) -> InvoiceDrafted:
    """The draft that an imported invoice becomes, taxed by the catalogue as of its day. Raises `BillingError`."""
    check_number(invoice.number)
    request = DraftInvoice(
        customer=invoice.customer,
        items=(Item(invoice.product, invoice.quantity, invoice.unit_price, invoice.description),),
        currency=invoice.unit_price.currency,
        seller=invoice.seller,
        due=invoice.due,
        number=invoice.number,
    )
    draft = drafted(books, request, invoice.day)
    refuse_own_number(books, draft)
    return draft


def check_number(number: str) -> None:
    """Raises `Refused` where a number can't be a Beancount link and the name of a document's file."""
    if _NUMBER.fullmatch(number) is None or len(number) > MAX_NUMBER:
        raise Refused(
            f"{number!r} can't be the number of an invoice here: letters A to Z, digits and . _ - are possible, "
            f"the first a letter or a digit, {MAX_NUMBER} of them at most.",
            rule="I10: an imported invoice keeps its number, which links its entries and names its document.",
            instead="write the number in the file with - for every other sign",
        )


def refuse_own_number(books: Books, draft: InvoiceDrafted) -> None:
    """A number in one of the seller's own formats would be drawn a second time by a later draft. Raises `Refused`."""
    if draws_itself(books, draft.seller, draft.invoice, draft.date):
        raise Refused(
            f"{draft.invoice} is a number that {draft.seller} draws itself, for invoices or for credit notes.",
            rule="I10: numbers are unique in the book, and those that the books draw have no gaps.",
            instead=f"number invoices otherwise from now on: billing-beans entity change {draft.seller} --invoice-format FORMAT",
        )


def stands_already(books: Books, document: ImportedInvoice | Cancellation) -> bool:
    """Whether the books hold this very document. Raises `OtherContent` where its number is another's (U6)."""
    head = books.invoices.heads.get(document.number)
    if head is not None:
        if isinstance(document, ImportedInvoice) and _same(books, head, document):
            return True
        stands = f"for {head.customer} on {head.issued or head.drafted}, {head.total:f} {head.currency}"
        raise _other(document.number, stands, head.number)
    note = books.invoices.credit_note_drafts.get(document.number)
    if note is None or (isinstance(document, Cancellation) and _same_credit(note, document)):
        return note is not None
    stands = f"as a credit note for {note.invoice} of {note.customer} on {note.date}, {note.total}"
    raise _other(document.number, stands, note.invoice)


def _other(number: str, stands: str, invoice: str) -> OtherContent:
    return OtherContent(
        f"{number} is in the books already, {stands}, and the file says something else.",
        rule="U6: the same number with other content is refused.",
        instead=f"compare it with: billing-beans invoice show {invoice}",
    )


def _same(books: Books, head: InvoiceHead, invoice: ImportedInvoice) -> bool:
    draft = books.invoices.current(head.number)
    assert draft is not None
    line = draft.lines[0]
    says = (draft.series, draft.customer, draft.date, line.product, line.quantity, line.unit_price)
    return says == (
        IMPORTED,
        invoice.customer,
        invoice.day,
        invoice.product,
        invoice.quantity,
        invoice.unit_price,
    )


def _same_credit(note: CreditNoteDrafted, cancellation: Cancellation) -> bool:
    """By what it says and what it comes to. Which invoice it takes back was found when it came in, and may differ by now."""
    says = (note.series, note.customer, note.date, note.subtotal)
    expected = (IMPORTED, cancellation.customer, cancellation.day, cancellation.amount)
    return says == expected and note.reason.startswith(cancellation.said)
