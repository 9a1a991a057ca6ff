"""Prepares what the template of each kind of document needs beside the view model (R4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing_beans.documents.credit_note import CreditNote
from billing_beans.documents.credit_statement import CreditStatement
from billing_beans.documents.frame import Sheet, frame_of
from billing_beans.documents.model import InvoiceDocument
from billing_beans.documents.receipt import Receipt
from billing_beans.documents.reminder import Reminder
from billing_beans.documents.sheet_accounts import (
    credit_statement_sheet,
    receipt_sheet,
    reminder_sheet,
    statement_sheet,
)
from billing_beans.documents.sheet_lines import credit_note_sheet, invoice_sheet
from billing_beans.documents.statement import Statement

if TYPE_CHECKING:
    from billing_beans.documents.model import Document


def sheet_of(doc: Document) -> Sheet:
    """The sheet of a document; `WrongUsage` for a locale, page size or colour that isn't one."""
    frame = frame_of(doc)
    match doc:
        case InvoiceDocument():
            return invoice_sheet(doc, frame)
        case CreditNote():
            return credit_note_sheet(doc, frame)
        case Receipt():
            return receipt_sheet(doc, frame)
        case Statement():
            return statement_sheet(doc, frame)
        case CreditStatement():
            return credit_statement_sheet(doc, frame)
        case Reminder():
            return reminder_sheet(doc, frame)
    message = f"{type(doc).__name__} is no kind of document"
    raise AssertionError(message)
