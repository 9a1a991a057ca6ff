"""The kinds of documents that are rendered into the books: how each is filled, where it lies, what is recorded of it (R4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from billing_beans.acts.documents import Subject
from billing_beans.books import Books
from billing_beans.core.records import record
from billing_beans.documents.files import Rendered, file_of, file_of_credit_note, file_of_receipt
from billing_beans.documents.filling import fill
from billing_beans.documents.filling_credit_note import fill_credit_note
from billing_beans.documents.filling_receipt import fill_receipt
from billing_beans.documents.model import Document


@record
class Kind:
    """`command` makes one when a number is written behind it. `recorded` is asked with the number and the standing."""

    subject: Subject
    command: str
    fill: Callable[[Books, str, Path], Document]
    file_of: Callable[[Books, str], str]
    recorded: Callable[[Books, str, str], Rendered | None]


INVOICES = Kind(
    Subject.INVOICE,
    "billing-beans invoice render",
    fill,
    file_of,
    lambda books, number, standing: books.invoices.documents.get((number, standing)),
)
CREDIT_NOTES = Kind(
    Subject.CREDIT_NOTE,
    "billing-beans credit-note render",
    fill_credit_note,
    file_of_credit_note,
    lambda books, number, _standing: books.invoices.credit_note_documents.get((number,)),
)
RECEIPTS = Kind(
    Subject.PAYMENT,
    "billing-beans payment receipt",
    fill_receipt,
    file_of_receipt,
    lambda books, number, _standing: books.payments.receipts.get((number,)),
)
