"""What a credit note shows (I7, R4)."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING

from billing_beans.core.records import record
from billing_beans.documents.model import ZERO, Document, Line, TaxTotal, TotalsInCurrency

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


@record
class CreditNote(Document):
    """What is taken back of one invoice, and what became of it (I7).

    Amounts are in major units of the document's currency, and positive: they are what the buyer no longer owes. `invoice` and
    `invoice_issued` name the invoice that is corrected, as the law wants them to be quoted. `subtotal`, `tax` and `total` are those
    of the lines. Of the total, `against_invoice` lowers what is due on that invoice, `to_credits` went back to the credits that had paid, and `to_account` is the
    buyer's, to be set against other invoices or paid out; together they are the total.
    """

    kind = "credit-note"

    _: KW_ONLY
    issued: date
    invoice: str
    invoice_issued: date | None = None
    reason: str
    lines: tuple[Line, ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    against_invoice: Decimal = ZERO
    to_credits: Decimal = ZERO
    to_account: Decimal = ZERO
    taxes: tuple[TaxTotal, ...] = ()
    tax_currency_totals: TotalsInCurrency | None = None
    notes: str = ""

    @property
    def dated(self) -> date:
        return self.issued
