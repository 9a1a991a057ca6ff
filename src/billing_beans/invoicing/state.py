"""What the facts of an invoice add up to. This alone knows an invoice's status; payments are folded here for it."""

from __future__ import annotations

from decimal import Decimal

from billing_beans.core.accounts import is_paid
from billing_beans.core.facts import Fact, Leg
from billing_beans.core.folds import folds
from billing_beans.core.money import Money, new_money
from billing_beans.core.replacing import replacing
from billing_beans.core.tables import Counters, Store
from billing_beans.credits.facts import CreditApplied, CreditReversed
from billing_beans.entitlements.facts import InvoicePosted
from billing_beans.invoicing.facts import (
    CreditNoteDrafted,
    CreditNoteIssued,
    CreditNoteRendered,
    DocumentRendered,
    DraftVoided,
    InvoiceDrafted,
    InvoiceIssued,
    InvoiceOpened,
    InvoiceVoided,
    InvoiceWrittenOff,
    WriteOffReversed,
)
from billing_beans.invoicing.legs import DISCOUNTS
from billing_beans.invoicing.records import (
    CREDIT_NOTE_DOCUMENTS,
    CREDIT_NOTE_DRAFTS,
    CREDIT_NOTES,
    CREDITED_LINES,
    DOCUMENTS,
    HEADS,
    LINE_DISCOUNTS,
    REVISIONS,
    SERIES,
    SETTLEMENTS,
    WRITE_OFFS,
    CreditedLine,
    CreditNote,
    InvoiceHead,
    LineDiscount,
    Series,
    Settlement,
    TaxBack,
    WriteOff,
)
from billing_beans.invoicing.status import TRANSITIONS, Event, Status, status_of
from billing_beans.payments.facts import (
    AllocationReversed,
    ChargebackReversed,
    PaymentAllocated,
    PaymentChargedBack,
    PaymentVerified,
    RefundSucceeded,
)

_ZERO = Decimal(0)

CREDIT_NOTE_SERIES = "credit-notes"
"""Before the name of a series of credit notes: they are numbered apart from invoices (I7)."""

_issued = replacing(InvoiceHead, "issued", "issued_at", "issued_id", "rate")
_settled = replacing(InvoiceHead, "settled", "credited", "status", "settled_at", "settled_on", "reopened", "taken_back")
_posted = replacing(InvoiceHead, "posted")
_voided = replacing(InvoiceHead, "status", "voided", "void_reason")


def _standing(head: InvoiceHead, settled: Decimal, credited: Decimal, event: Event, fact: Fact) -> InvoiceHead:
    """With the status that what is settled and credited gives an invoice, and since when (Y2)."""
    status = status_of(head.total, settled, credited, is_credited=head.is_credited)
    assert status in TRANSITIONS[head.status, event], f"{head.number}: {head.status} can't be {status} by {event}"
    settled_at = fact.at if status is Status.PAID else ""
    reopened = None if status is Status.PAID else head.reopened
    if event is Event.REOPENED and head.status in (Status.PAID, Status.CREDITED) and status is not head.status:
        reopened = fact.date
    settled_on = max(fact.date, head.settled_on or fact.date)
    taken_back = max(fact.date, head.taken_back or fact.date) if event is Event.REOPENED else head.taken_back
    return _settled(head, settled, credited, status, settled_at, settled_on, reopened, taken_back)


class InvoiceState:
    """Invoices by number, each revision of them, what settled or credited them, and the numbers drawn."""

    def __init__(self, store: Store) -> None:
        self.heads = store.table(HEADS)
        self.revisions = store.table(REVISIONS)
        self.settlements = store.table(SETTLEMENTS)
        self.series = store.table(SERIES)
        self.documents = store.table(DOCUMENTS)
        self.credit_notes = store.table(CREDIT_NOTES)
        self.credit_note_drafts = store.table(CREDIT_NOTE_DRAFTS)
        self.credit_note_documents = store.table(CREDIT_NOTE_DOCUMENTS)
        self.credited = store.table(CREDITED_LINES)
        self.write_offs = store.table(WRITE_OFFS)
        self.line_discounts = store.table(LINE_DISCOUNTS)
        self.counters = Counters(store)

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

    @folds(InvoiceIssued, InvoiceOpened)
    def issue(self, fact: InvoiceIssued | InvoiceOpened) -> None:
        head = self._head(fact.invoice)
        issued = _issued(head, fact.date, fact.at, fact.id, fact.rate)
        if isinstance(fact, InvoiceOpened):
            issued = issued._replace(opened=True, issued_before=fact.issued_on)
        self.heads.put(_standing(issued, head.settled, head.credited, Event.ISSUED, fact))

    @folds(PaymentVerified)
    def settle(self, fact: PaymentVerified) -> None:
        source = f"payment/{fact.payment}"
        for position, leg in enumerate(fact.settles):
            assert leg.invoice is not None
            head = self._head(leg.invoice)
            amount = new_money(-leg.number, leg.currency)
            paid = _paid(leg, fact) if leg.price is not None else None
            self.settlements.put(
                Settlement(head.number, fact.id, position, source, source, fact.date, amount, leg.line, paid, leg.price)
            )
            self.heads.put(_standing(head, head.settled + amount.number, head.credited, Event.SETTLED, fact))

    @folds(PaymentAllocated)
    def apply(self, fact: PaymentAllocated) -> None:
        for position, leg in enumerate(fact.settles):
            paid = _paid(leg, fact) if leg.price is not None else None
            self._move(fact, position, leg, f"allocation/{fact.allocation}", fact.origin, Event.SETTLED, paid)

    @folds(CreditApplied)
    def apply_credits(self, fact: CreditApplied) -> None:
        source = f"application/{fact.application}"
        for position, leg in enumerate(fact.settles):
            self._move(fact, position, leg, source, "", Event.SETTLED)
        self._discount(fact, 1)

    @folds(CreditReversed)
    def give_credits_back(self, fact: CreditReversed) -> None:
        self._reopen_all(fact, fact.reopens, f"application/{fact.application}", "")
        self._discount(fact, -1)

    def _discount(self, fact: CreditApplied | CreditReversed, sign: int) -> None:
        """What free credits settle of each line, and what of that is no longer held for it."""
        if is_paid(fact.lots[0].account):
            return
        legs = fact.settles if isinstance(fact, CreditApplied) else fact.reopens
        for leg in legs:
            assert leg.line is not None
            before = self.line_discounts.get((fact.invoice, leg.line)) or LineDiscount(fact.invoice, leg.line)
            held = sum((one.number for one in fact.discount if one.line == leg.line and is_held(one)), start=_ZERO)
            self.line_discounts.put(
                before._replace(applied=before.applied + sign * leg.number.copy_abs(), held=before.held + held)
            )

    @folds(ChargebackReversed)
    def settle_again(self, fact: ChargebackReversed) -> None:
        for position, leg in enumerate(fact.settles):
            source = f"chargeback/{fact.chargeback}"
            self._move(fact, position, leg, source, f"payment/{fact.payment}", Event.SETTLED)

    @folds(AllocationReversed)
    def take_back(self, fact: AllocationReversed) -> None:
        for position, leg in enumerate(fact.reopens):
            paid = _paid(leg, fact) if leg.price is not None else None
            self._move(fact, position, leg, "allocation-reversed", fact.origin, Event.REOPENED, paid)

    @folds(PaymentChargedBack)
    def charge_back(self, fact: PaymentChargedBack) -> None:
        self._reopen_all(fact, fact.reopens, f"chargeback/{fact.chargeback}", f"payment/{fact.payment}")

    @folds(RefundSucceeded)
    def refund(self, fact: RefundSucceeded) -> None:
        if fact.reopens:
            self._reopen_all(fact, fact.reopens, f"refund/{fact.refund}", fact.origin)

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

    @folds(CreditNoteDrafted)
    def draft_credit_note(self, fact: CreditNoteDrafted) -> None:
        self.credit_note_drafts.put(fact)
        if fact.sequence is not None:
            self.series.put(Series(fact.seller, f"{CREDIT_NOTE_SERIES}/{fact.series}", fact.sequence))
        self.credit_notes.put(
            CreditNote(
                fact.credit_note,
                fact.invoice,
                fact.customer,
                fact.seller,
                fact.total.currency,
                fact.total.number,
                fact.date,
                fact.id,
            )
        )

    @folds(CreditNoteIssued)
    def credit(self, fact: CreditNoteIssued) -> None:
        note, draft = self.credit_notes.get(fact.credit_note), self.credit_note_drafts.get(fact.credit_note)
        assert note is not None, f"{fact.credit_note} was not drafted"
        assert draft is not None
        to_receivable = -fact.receivable.number if fact.receivable else _ZERO
        to_unapplied = -fact.unapplied.number if fact.unapplied else _ZERO
        self.credit_notes.put(
            note._replace(issued=fact.date, issued_at=fact.at, to_receivable=to_receivable, to_unapplied=to_unapplied)
        )
        head = self._head(fact.invoice)
        self._credit_lines(head, draft)
        self._credit_discounts(fact)
        head = head._replace(has_credit_notes=True, is_credited=self._is_credited(fact.invoice))
        if fact.receivable:
            amount = new_money(to_receivable, head.currency)
            source = f"credit-note/{fact.credit_note}"
            self.settlements.put(Settlement(head.number, fact.id, 0, source, "", fact.date, amount))
        self.heads.put(_standing(head, head.settled, head.credited + to_receivable, Event.CREDITED, fact))

    def _credit_discounts(self, fact: CreditNoteIssued) -> None:
        """What a credit note takes from the discounts had come off what was held for its line, before that was granted."""
        for leg in fact.earned:
            before = self.line_discounts.get((fact.invoice, leg.line)) if leg.line is not None else None
            if before is not None and leg.account.endswith(f":{DISCOUNTS}"):
                part = min(before.held - before.credited, leg.number)
                self.line_discounts.put(before._replace(credited=before.credited + part))

    @folds(CreditNoteRendered)
    def render_credit_note(self, fact: CreditNoteRendered) -> None:
        self.credit_note_documents.put(fact)

    @folds(InvoiceWrittenOff)
    def write_off(self, fact: InvoiceWrittenOff) -> None:
        self.counters.count(fact.write_off)
        amount = new_money(-fact.receivable.number, fact.receivable.currency)
        taxes = tuple([TaxBack(one.line or 0, one.tax_code or "", one.account, one.number) for one in fact.taxes])
        self.write_offs.put(WriteOff(fact.write_off, fact.invoice, amount, taxes, fact.date, fact.reason, fact.id))
        self._write_off(fact, fact.receivable, Event.SETTLED)

    @folds(WriteOffReversed)
    def reverse_write_off(self, fact: WriteOffReversed) -> None:
        written_off = self.write_offs.get(fact.write_off)
        assert written_off is not None, f"{fact.write_off} was not written off"
        self.write_offs.put(written_off._replace(reversed=fact.date))
        self._write_off(fact, fact.receivable, Event.REOPENED)

    def _write_off(self, fact: InvoiceWrittenOff | WriteOffReversed, leg: Leg, event: Event) -> None:
        self._move(fact, 0, leg, f"write-off/{fact.write_off}", "", event)
        head = self._head(fact.invoice)
        self.heads.put(head._replace(written_off=head.written_off - leg.number))

    def _credit_lines(self, head: InvoiceHead, draft: CreditNoteDrafted) -> None:
        for line in draft.lines:
            before = self.credited.get((draft.invoice, line.line)) or CreditedLine(draft.invoice, line.line)
            of_quantity = _ZERO if line.allowance else line.quantity
            quantity, amount = before.quantity + of_quantity, before.amount + line.amount.number
            ungranted = head.posted is None
            self.credited.put(
                CreditedLine(
                    draft.invoice,
                    line.line,
                    quantity,
                    amount,
                    before.tax + line.tax.number,
                    before.ungranted_quantity + (of_quantity if ungranted else _ZERO),
                    before.ungranted_amount + (line.amount.number if ungranted else _ZERO),
                    quantity if line.allowance else before.allowed_quantity,
                    amount if line.allowance else before.allowed_amount,
                )
            )

    def _is_credited(self, invoice: str) -> bool:
        """Whether every line is credited in full (I7); of an invoice over nothing, every quantity."""
        draft = self.current(invoice)
        assert draft is not None
        credited = [self.credited.get((invoice, line.line)) for line in draft.lines]
        if not draft.total.number:
            return all(
                one is not None and one.quantity == line.quantity
                for line, one in zip(draft.lines, credited, strict=True)
            )
        return all(
            not line.amount.number
            or (one is not None and (one.amount, one.tax) == (line.amount.number, line.tax.number))
            for line, one in zip(draft.lines, credited, strict=True)
        )

    def _reopen_all(self, fact: Fact, legs: tuple[Leg, ...], source: str, origin: str) -> None:
        for position, leg in enumerate(legs):
            self._move(fact, position, leg, source, origin, Event.REOPENED)

    def _move(
        self, fact: Fact, position: int, leg: Leg, source: str, origin: str, event: Event, paid: Money | None = None
    ) -> None:
        """One posting on the receivable of an invoice after its issue."""
        number = leg.invoice
        assert number is not None
        head = self._head(number)
        amount = new_money(-leg.number, leg.currency)
        self.settlements.put(
            Settlement(number, fact.id, position, source, origin, fact.date, amount, leg.line, paid, leg.price)
        )
        self.heads.put(_standing(head, head.settled + amount.number, head.credited, event, fact))

    def _head(self, number: str) -> InvoiceHead:
        head = self.heads.get(number)
        assert head is not None, f"{number} was not drafted"
        return head


def is_held(leg: Leg) -> bool:
    """Whether a posting is on what is held for a line until it is earned."""
    return leg.account.startswith("Liabilities:")


def _paid(leg: Leg, fact: PaymentVerified | PaymentAllocated | AllocationReversed) -> Money:
    """How much of a payment in another currency settles so much of an invoice, or a line: its worth, and the gain or less the loss.

    Taken back it is below zero, as the leg is a debit.
    """
    assert leg.price is not None
    of_it = [one.number for one in (*fact.gain, *fact.loss) if (one.invoice, one.line) == (leg.invoice, leg.line)]
    exchanged = sum(of_it, start=_ZERO)
    weight = leg.weight
    return new_money(-weight.number - exchanged, weight.currency)
