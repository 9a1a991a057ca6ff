"""What the facts of revenue over time add up to: what is deferred of each line, and until when it was released."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing_beans.catalog.facts import Revenue
from billing_beans.catalog.state import ENTITIES
from billing_beans.core.accounts import Role, place_of
from billing_beans.core.facts import Fact, Leg
from billing_beans.core.folds import folds
from billing_beans.core.tables import Store
from billing_beans.credits.facts import CreditApplied, CreditReversed
from billing_beans.invoicing.facts import (
    CreditNoteDrafted,
    CreditNoteIssued,
    CreditNoteLine,
    InvoiceDrafted,
    InvoiceIssued,
    InvoiceLine,
    InvoiceVoided,
)
from billing_beans.invoicing.records import CREDIT_NOTE_DRAFTS, REVISIONS
from billing_beans.opening.facts import DeferredOpened
from billing_beans.revenue.facts import RevenueReleased
from billing_beans.revenue.records import (
    DEFERRED,
    MOVES,
    DeferredRevenue,
    MoveKind,
    RevenueMove,
    after,
    begun,
    next_day,
)


def invoice_source(invoice: str) -> str:
    """The source of the records of an invoice."""
    return f"invoice/{invoice}"


def opening_source(opening: str) -> str:
    """The source of the record of deferred revenue that was opened."""
    return f"opening/{opening}"


def source_of(fact: RevenueReleased) -> tuple[str, int]:
    """The key of the record that a release names: a line of an invoice, or what was opened."""
    if fact.opening is not None:
        return opening_source(fact.opening), 0
    return invoice_source(fact.invoice or ""), fact.line or 0


class RevenueState:
    """Records of deferred revenue, and every movement of them."""

    def __init__(self, store: Store) -> None:
        self.deferred = store.table(DEFERRED)
        self.moves = store.table(MOVES)
        self._entities = store.table(ENTITIES)
        self._revisions = store.table(REVISIONS)
        self._credit_notes = store.table(CREDIT_NOTE_DRAFTS)

    def of_line(self, invoice: str, line: int) -> DeferredRevenue | None:
        """What a line of an invoice deferred; None where it defers nothing."""
        return self.deferred.get((invoice_source(invoice), line))

    def left_of(self, invoice: str, line: int) -> Decimal:
        """What is deferred of a line, which was neither released nor taken away; zero where it defers nothing."""
        found = self.of_line(invoice, line)
        return found.left if found is not None else Decimal(0)

    def moved_on(self, invoice: str, lines: Iterable[int]) -> date:
        """The last day on which anything moved what these lines deferred; the first of all days where they defer nothing."""
        found = (self.of_line(invoice, line) for line in lines)
        return max((one.moved for one in found if one is not None), default=date.min)

    def is_released(self, invoice: str) -> bool:
        """Whether any revenue of an invoice was released."""
        return any(one.released for one in self.deferred.range("source", invoice_source(invoice)))

    @folds(InvoiceIssued)
    def issue(self, fact: InvoiceIssued) -> None:
        deferred = [leg for leg in fact.lines if _is_deferred(leg)]
        if deferred:
            draft = self._revisions.get((fact.invoice, fact.revision))
            assert draft is not None
            for leg in deferred:
                assert leg.line is not None
                self._begin(fact, _of_line(fact, draft, draft.lines[leg.line - 1], leg))

    @folds(DeferredOpened)
    def open_revenue(self, fact: DeferredOpened) -> None:
        place = place_of(fact.deferred.account)
        assert place is not None
        seller = next(iter(self._entities.range("account", place.entity))).entity
        self._begin(fact, _of_opening(fact, seller))

    def _begin(self, fact: Fact, record: DeferredRevenue) -> None:
        self.deferred.put(begun(record))
        self._keep(record, fact, MoveKind.DEFERRED, record.amount, record.source)

    @folds(InvoiceVoided)
    def void(self, fact: InvoiceVoided) -> None:
        for record in [*self.deferred.range("source", invoice_source(fact.invoice))]:
            self._move(record, fact, MoveKind.VOIDED, -record.left, record.source)

    @folds(CreditNoteIssued)
    def credit(self, fact: CreditNoteIssued) -> None:
        held = [leg for leg in fact.held if _is_deferred(leg)]
        if held:
            note = self._credit_notes.get(fact.credit_note)
            assert note is not None
            for leg in held:
                ends = _ends_of(note, leg.line)
                self._take(fact, fact.invoice, leg, MoveKind.CREDITED, f"credit-note/{fact.credit_note}", ends)

    @folds(CreditApplied, CreditReversed)
    def discount(self, fact: CreditApplied | CreditReversed) -> None:
        for leg in fact.discount:
            if _is_deferred(leg):
                self._take(fact, fact.invoice, leg, MoveKind.DISCOUNTED, f"application/{fact.application}")

    def _take(
        self, fact: Fact, invoice: str, leg: Leg, kind: MoveKind, reference: str, ends: date | None = None
    ) -> None:
        record = self.of_line(invoice, leg.line or 0)
        assert record is not None, f"line {leg.line} of {invoice} defers nothing"
        self._move(record, fact, kind, -leg.number, reference, ends=ends)

    @folds(RevenueReleased)
    def release(self, fact: RevenueReleased) -> None:
        record = self.deferred.get(source_of(fact))
        assert record is not None, f"{source_of(fact)} defers nothing"
        self._move(record, fact, MoveKind.RELEASED, -fact.deferred.number, record.source, until=fact.until)

    def _move(
        self,
        record: DeferredRevenue,
        fact: Fact,
        kind: MoveKind,
        amount: Decimal,
        reference: str,
        *,
        until: date | None = None,
        ends: date | None = None,
    ) -> None:
        self.deferred.put(after(record, self._keep(record, fact, kind, amount, reference, until, ends)))

    def _keep(
        self,
        record: DeferredRevenue,
        fact: Fact,
        kind: MoveKind,
        amount: Decimal,
        reference: str,
        until: date | None = None,
        ends: date | None = None,
    ) -> RevenueMove:
        move = RevenueMove(record.source, record.line, fact.id, fact.date, kind, amount, reference, until, ends)
        self.moves.put(move)
        return move


def _is_deferred(leg: Leg) -> bool:
    place = place_of(leg.account)
    return place is not None and place.role is Role.DEFERRED


def _of_line(fact: InvoiceIssued, draft: InvoiceDrafted, line: InvoiceLine, leg: Leg) -> DeferredRevenue:
    """A line that was issued. One without a period is earned on that day; none is shorter than a day."""
    assert line.revenue is Revenue.OVER_PERIOD
    assert line.income is not None
    start, end = line.period_start, line.period_end
    if start is None or end is None:
        start, end = fact.date, next_day(fact.date)
    return DeferredRevenue(
        invoice_source(fact.invoice),
        line.line,
        draft.customer,
        draft.seller,
        draft.bill_to_name,
        line.product,
        leg.account,
        line.income,
        leg.currency,
        -leg.number,
        start,
        max(end, next_day(start)),
        fact.date,
        fact.date,
        fact.id,
    )


def _of_opening(fact: DeferredOpened, seller: str) -> DeferredRevenue:
    """Deferred revenue of before: from its opening, or its first day if that is later, to its last day, which is included."""
    start = max(fact.period_start, fact.date)
    return DeferredRevenue(
        opening_source(fact.opening),
        0,
        fact.customer,
        seller,
        fact.payee,
        fact.product,
        fact.deferred.account,
        fact.income,
        fact.deferred.currency,
        -fact.deferred.number,
        start,
        next_day(fact.period_end),
        fact.date,
        fact.date,
        fact.id,
    )


def _ends_of(note: CreditNoteDrafted, line: int | None) -> date | None:
    """From which day on a credit note takes the days of a line away; the day in the middle of which it does is still earned."""
    part: CreditNoteLine = next(one for one in note.lines if one.line == line)
    if part.period_start is None:
        return None
    return next_day(part.period_start) if part.from_at is not None else part.period_start
