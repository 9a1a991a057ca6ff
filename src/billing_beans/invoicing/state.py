"""What the facts of an invoice add up to. This alone knows an invoice's status; payments are folded here for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.core.facts import Fact
from billing_beans.core.folds import folds
from billing_beans.core.money import Money, new_money
from billing_beans.core.replacing import replacing
from billing_beans.core.tables import Index, Store, TableSpec
from billing_beans.entitlements.facts import InvoicePosted
from billing_beans.invoicing.facts import DocumentRendered, DraftVoided, InvoiceDrafted, InvoiceIssued, InvoiceVoided
from billing_beans.invoicing.status import OPEN, TRANSITIONS, Event, Status, status_of
from billing_beans.payments.facts import PaymentVerified

IMPORTED = "imported"
"""The series of invoices that keep the number they came with (I10)."""


class InvoiceHead(NamedTuple):
    """An invoice in one record. `total` and `settled` are in the invoice's currency, positive."""

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
    issued: date | None = None
    issued_at: str = ""
    issued_id: str = ""
    settled_at: str = ""
    settled_on: date | None = None
    posted: date | None = None
    voided: date | None = None
    void_reason: str = ""

    @property
    def due_amount(self) -> Decimal:
        """What is still owed: nothing for a draft or a void invoice."""
        return self.total - self.settled if self.status not in (Status.DRAFT, Status.VOID) else Decimal(0)

    @property
    def closed_on(self) -> date | None:
        """Since which day nothing is owed on it any more, whatever was recorded when; None while something is, or for a draft."""
        if self.issued is None or self.status in OPEN:
            return None
        return max(day for day in (self.issued, self.settled_on, self.voided) if day is not None)


class Settlement(NamedTuple):
    """Money that settled a part of an invoice, positive: one posting of a fact."""

    invoice: str
    fact: str
    position: int
    payment: str
    date: date
    amount: Money


class Series(NamedTuple):
    """The last number drawn in a series of a legal entity: a year, or `all` where its numbers do not name the year."""

    seller: str
    series: str
    last: int


HEADS = TableSpec(
    "invoices",
    InvoiceHead,
    ("number",),
    {
        "customer": Index(("customer",), ("drafted_id", "number")),
        "status": Index(("status",), ("drafted_id", "number")),
        "closed": Index(("seller",), ("closed_on", "number"), where=lambda head: head.closed_on is not None),
    },
)
REVISIONS = TableSpec("invoice_revisions", InvoiceDrafted, ("invoice", "revision"))
SETTLEMENTS = TableSpec(
    "settlements", Settlement, ("invoice", "fact", "position"), {"invoice": Index(("invoice",), ("fact", "position"))}
)
SERIES = TableSpec("series", Series, ("seller", "series"))
DOCUMENTS = TableSpec("documents", DocumentRendered, ("invoice", "status"), {"invoice": Index(("invoice",), ("id",))})


_issued = replacing(InvoiceHead, "issued", "issued_at", "issued_id")
_settled = replacing(InvoiceHead, "settled", "status", "settled_at", "settled_on")
_posted = replacing(InvoiceHead, "posted")
_voided = replacing(InvoiceHead, "status", "voided", "void_reason")


def _standing(head: InvoiceHead, settled: Decimal, event: Event, fact: Fact) -> InvoiceHead:
    """With the status that what is settled gives an invoice, and since when (Y2)."""
    status = status_of(head.total, settled)
    assert status in TRANSITIONS[head.status, event], f"{head.number}: {head.status} can't be {status} by {event}"
    settled_at = fact.at if status is Status.PAID else ""
    return _settled(head, settled, status, settled_at, max(fact.date, head.settled_on or fact.date))


class InvoiceState:
    """Invoices by number, each revision of them, what settled them, and the numbers drawn."""

    def __init__(self, store: Store) -> None:
        self.heads = store.table(HEADS)
        self.revisions = store.table(REVISIONS)
        self.settlements = store.table(SETTLEMENTS)
        self.series = store.table(SERIES)
        self.documents = store.table(DOCUMENTS)

    def current(self, number: str) -> InvoiceDrafted | None:
        """The revision that counts: the last one, which an issue seals."""
        head = self.heads.get(number)
        return None if head is None else self.revisions.get((number, head.revision))

    @folds(InvoiceDrafted)
    def draft(self, fact: InvoiceDrafted) -> None:
        before = self.heads.get(fact.invoice)
        self.revisions.put(fact)
        if before is None and fact.sequence is not None:
            self.series.put(Series(fact.seller, fact.series, fact.sequence))
        self.heads.put(
            InvoiceHead(
                fact.invoice,
                fact.customer,
                fact.seller,
                fact.currency,
                Status.DRAFT,
                fact.revision,
                before.drafted if before else fact.date,
                before.drafted_id if before else fact.id,
                fact.due,
                fact.total.number,
            )
        )

    @folds(InvoiceIssued)
    def issue(self, fact: InvoiceIssued) -> None:
        head = self._head(fact.invoice)
        issued = _issued(head, fact.date, fact.at, fact.id)
        self.heads.put(_standing(issued, head.settled, Event.ISSUED, fact))

    @folds(PaymentVerified)
    def settle(self, fact: PaymentVerified) -> None:
        for position, leg in enumerate(fact.settles):
            assert leg.invoice is not None
            head = self._head(leg.invoice)
            amount = new_money(-leg.number, leg.currency)
            self.settlements.put(Settlement(head.number, fact.id, position, fact.payment, fact.date, amount))
            settled = head.settled + amount.number
            self.heads.put(_standing(head, settled, Event.SETTLED, fact))

    @folds(InvoicePosted)
    def post(self, fact: InvoicePosted) -> None:
        self.heads.put(_posted(self._head(fact.invoice), fact.date))

    @folds(DraftVoided, InvoiceVoided)
    def void(self, fact: DraftVoided | InvoiceVoided) -> None:
        head = self._head(fact.invoice)
        self.heads.put(_voided(head, Status.VOID, fact.date, fact.reason))

    @folds(DocumentRendered)
    def render(self, fact: DocumentRendered) -> None:
        self.documents.put(fact)

    def _head(self, number: str) -> InvoiceHead:
        head = self.heads.get(number)
        assert head is not None, f"{number} was not drafted"
        return head
