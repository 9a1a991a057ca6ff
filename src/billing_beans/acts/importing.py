"""Verbs for what other systems issued: invoices come in with the number and the day they have (I10)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.books import Books
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.entitlements.operations import posted
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.legs import grants
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.numbering import number_format
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
class ImportInvoices:
    """Invoices that are written together, or not at all."""

    invoices: tuple[ImportedInvoice, ...]


class InvoiceRefused(Refused):
    """One invoice of several can't be imported; `position` says which, from 0."""

    def __init__(self, position: int, error: BillingError) -> None:
        super().__init__(error.what, rule=error.rule, instead=error.instead)
        self.position = position


class OtherContent(Refused):
    """The number of an invoice stands in the books for another one."""


def import_invoices(act: Act, request: ImportInvoices) -> None:
    """Each is drafted with its own number and issued on its own day; a total of zero is paid at once (I10, Y2).

    Raises `InvoiceRefused` for the first that a rule forbids.
    """
    for position, invoice in enumerate(request.invoices):
        try:
            _import(act, invoice)
        except BillingError as error:
            raise InvoiceRefused(position, error) from error


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
    """A number in the seller's own format would be drawn a second time by a later draft. Raises `Refused`."""
    seller = books.catalog.entity(draft.seller, draft.date)
    assert seller is not None
    if number_format(seller.invoice_format).matches(draft.invoice):
        raise Refused(
            f"{draft.invoice} is a number that {seller.entity} draws itself, by its format {seller.invoice_format}.",
            rule="I10: numbers are unique in the book, and those that the books draw have no gaps.",
            instead=f"number invoices otherwise from now on: billing-beans entity change {seller.entity} --invoice-format FORMAT",
        )


def stands_already(books: Books, invoice: ImportedInvoice) -> bool:
    """Whether the books hold this very invoice. Raises `OtherContent` where its number is another's (U6)."""
    head = books.invoices.heads.get(invoice.number)
    if head is None:
        return False
    if not _same(books, head, invoice):
        raise OtherContent(
            f"{invoice.number} is in the books already, for {head.customer} on {head.issued or head.drafted}, "
            f"{head.total:f} {head.currency}, and the file says something else.",
            rule="U6: the same number with other content is refused.",
            instead=f"compare it with: billing-beans invoice show {invoice.number}",
        )
    return True


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
