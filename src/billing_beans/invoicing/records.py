"""Records and tables of invoices: what `invoicing/state.py` folds facts into."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.core.money import Money
from billing_beans.core.tables import Index, TableSpec
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteRendered, DocumentRendered, InvoiceDrafted
from billing_beans.invoicing.status import OPEN, Status

IMPORTED = "imported"
"""The series of invoices that keep the number they came with (I10)."""


class InvoiceHead(NamedTuple):
    """An invoice in one record. Amounts are in the invoice's currency, positive.

    `settled` is what payments, unapplied money and write-offs took off the receivable, `credited` what credit notes did.
    `is_credited`: every line is credited in full. `reopened` is when it was last opened again after it was paid, and
    `taken_back` the last day on which anything that had settled it was taken back: nothing settles it before that day.
    `rate` is what one of its currency was worth in the seller's own on the day of issue. `issued_before` is the day of issue
    of one that was open when the books began, which is `issued` by its opening there.
    """

    number: str
    customer: str
    seller: str
    currency: str
    status: Status
    revision: int
    drafted: date
    drafted_id: str
    due: date
    total: Decimal
    settled: Decimal = Decimal(0)
    credited: Decimal = Decimal(0)
    written_off: Decimal = Decimal(0)
    issued: date | None = None
    issued_at: str = ""
    issued_id: str = ""
    settled_at: str = ""
    settled_on: date | None = None
    posted: date | None = None
    voided: date | None = None
    void_reason: str = ""
    reopened: date | None = None
    taken_back: date | None = None
    has_credit_notes: bool = False
    is_credited: bool = False
    opened: bool = False
    rate: Money | None = None
    issued_before: date | None = None

    @property
    def dated(self) -> date | None:
        """The day that its document bears, also where that was issued before the books began; None for a draft."""
        return self.issued_before or self.issued

    @property
    def due_amount(self) -> Decimal:
        """What is still owed: nothing for a draft or a void invoice."""
        if self.status in (Status.DRAFT, Status.VOID):
            return Decimal(0)
        return self.total - self.settled - self.credited

    @property
    def closed_on(self) -> date | None:
        """Since which day nothing is owed on it any more, whatever was recorded when; None while something is, or for a draft."""
        if self.issued is None or self.status in OPEN:
            return None
        return max(day for day in (self.issued, self.settled_on, self.voided) if day is not None)


class Settlement(NamedTuple):
    """One movement of an invoice's receivable after its issue: above zero it was settled, below zero it is open again.

    `source` is the document that did it: `payment/PAY-1`, `allocation/ALLOC-1`, `credit-note/SGC-1`, `write-off/WO-1`,
    `refund/REF-1`, `chargeback/CB-1`. `origin` is the money, where it is money: `payment/PAY-1`, `credit-note/SGC-1`.
    `line` is the line that it was meant for, if one. Where the money is in another currency, `paid` is how much of it,
    and `worth` what the receivable stood at.
    """

    invoice: str
    fact: str
    position: int
    source: str
    origin: str
    date: date
    amount: Money
    line: int | None = None
    paid: Money | None = None
    worth: Money | None = None


class Series(NamedTuple):
    """The last number drawn in a series of a legal entity: a year, or `all` where its numbers do not name the year."""

    seller: str
    series: str
    last: int


class CreditNote(NamedTuple):
    """A credit note in one record. Amounts are positive; `to_receivable` came off what was open, `to_unapplied` is the customer's."""

    number: str
    invoice: str
    customer: str
    seller: str
    currency: str
    total: Decimal
    drafted: date
    drafted_id: str
    issued: date | None = None
    issued_at: str = ""
    to_receivable: Decimal = Decimal(0)
    to_unapplied: Decimal = Decimal(0)


class CreditedLine(NamedTuple):
    """What credit notes took back of one line of an invoice, positive; and how much of that while it was not posted yet.

    `allowed_quantity` and `allowed_amount` are what was taken back of it when the last allowance was made, that allowance
    among it: from there on, what is left of its amount is shared out over what is left of its quantity.
    """

    invoice: str
    line: int
    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    ungranted_quantity: Decimal = Decimal(0)
    ungranted_amount: Decimal = Decimal(0)
    allowed_quantity: Decimal = Decimal(0)
    allowed_amount: Decimal = Decimal(0)


class LineDiscount(NamedTuple):
    """What free credits settle of one line after tax, positive, and how much of it came off what is held for the line.

    What had come off it before it was granted stays said; how much of that credit notes took from the discounts is `credited`.
    """

    invoice: str
    line: int
    applied: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    credited: Decimal = Decimal(0)


class TaxBack(NamedTuple):
    """What a write-off gave back of the tax of one line, positive."""

    line: int
    tax_code: str
    account: str
    amount: Decimal


class WriteOff(NamedTuple):
    """What was given up of an invoice, positive, the taxes among it; and when it was taken back, if so."""

    write_off: str
    invoice: str
    amount: Money
    taxes: tuple[TaxBack, ...]
    written: date
    reason: str
    fact: str
    reversed: date | None = None


HEADS = TableSpec(
    "invoices",
    InvoiceHead,
    ("number",),
    {
        "customer": Index(("customer",), ("drafted_id", "number")),
        "status": Index(("status",), ("drafted_id", "number")),
        "reopened": Index(("customer",), ("number",), where=lambda head: head.reopened is not None),
        "closed": Index(("seller",), ("closed_on", "number"), where=lambda head: head.closed_on is not None),
    },
)
REVISIONS = TableSpec("invoice_revisions", InvoiceDrafted, ("invoice", "revision"))
SETTLEMENTS = TableSpec(
    "settlements",
    Settlement,
    ("invoice", "fact", "position"),
    {
        "invoice": Index(("invoice",), ("fact", "position")),
        "origin": Index(("origin",), ("fact", "position"), where=lambda one: one.origin != ""),
    },
)
SERIES = TableSpec("series", Series, ("seller", "series"))
DOCUMENTS = TableSpec("documents", DocumentRendered, ("invoice", "status"), {"invoice": Index(("invoice",), ("id",))})
CREDIT_NOTES = TableSpec(
    "credit_notes",
    CreditNote,
    ("number",),
    {
        "invoice": Index(("invoice",), ("drafted_id",)),
        "customer": Index(("customer",), ("drafted_id",)),
    },
)
CREDIT_NOTE_DRAFTS = TableSpec("credit_note_drafts", CreditNoteDrafted, ("credit_note",))
CREDIT_NOTE_DOCUMENTS = TableSpec("credit_note_documents", CreditNoteRendered, ("credit_note",))
CREDITED_LINES = TableSpec("credited_lines", CreditedLine, ("invoice", "line"))
LINE_DISCOUNTS = TableSpec("line_discounts", LineDiscount, ("invoice", "line"))
WRITE_OFFS = TableSpec("write_offs", WriteOff, ("write_off",), {"invoice": Index(("invoice",), ("fact",))})
