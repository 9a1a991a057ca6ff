"""What the facts of payments add up to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.core.facts import Fact, Leg
from billing_beans.core.folds import folds
from billing_beans.core.money import new_money
from billing_beans.core.replacing import replacing
from billing_beans.core.tables import Counters, Store
from billing_beans.credits.facts import CreditAdjusted, CreditGranted
from billing_beans.invoicing.facts import CreditNoteIssued
from billing_beans.payments.facts import (
    AllocationRejected,
    AllocationReversed,
    ChargebackReversed,
    PaymentAllocated,
    PaymentChargedBack,
    PaymentRejected,
    PaymentSubmitted,
    PaymentVerified,
    PayoutReceived,
    PayoutReturned,
    ReceiptRendered,
    RefundFailed,
    RefundRequested,
    RefundSucceeded,
    UnappliedOpened,
)
from billing_beans.payments.records import (
    ALLOCATED,
    ALLOCATIONS,
    CHARGEBACKS,
    ENTRIES,
    HEADS,
    MONEY,
    PAYOUTS,
    RECEIPTS,
    REFUNDS,
    Allocation,
    AllocationDone,
    Chargeback,
    PaymentHead,
    PaymentStatus,
    Payout,
    Refund,
    RefundStatus,
    Reopened,
    UnappliedEntry,
    UnappliedMoney,
)

_ZERO = Decimal(0)

_verified = replacing(
    PaymentHead,
    "status",
    "amount",
    "received",
    "verified_on",
    "verified_at",
    "verified_by",
    "into",
    "unapplied",
    "source",
)


class PaymentState:
    """Payments by id and what they are meant for, money that belongs to no invoice, and what goes back."""

    def __init__(self, store: Store) -> None:
        self.heads = store.table(HEADS)
        self.allocations = store.table(ALLOCATIONS)
        self.money = store.table(MONEY)
        self.entries = store.table(ENTRIES)
        self.allocated = store.table(ALLOCATED)
        self.refunds = store.table(REFUNDS)
        self.chargebacks = store.table(CHARGEBACKS)
        self.payouts = store.table(PAYOUTS)
        self.receipts = store.table(RECEIPTS)
        self.counters = Counters(store)

    @folds(PaymentSubmitted)
    def submit(self, fact: PaymentSubmitted) -> None:
        self.counters.count(fact.payment)
        self.heads.put(
            PaymentHead(
                fact.payment,
                fact.customer,
                fact.method,
                fact.amount,
                PaymentStatus.SUBMITTED,
                fact.date,
                fact.id,
                fact.actor,
                fact.allocations[0].invoice if fact.allocations else None,
                fact.seller,
                fact.bank_reference,
                fact.proof,
                fact.payer,
                fact.source,
            )
        )
        for position, part in enumerate(fact.allocations):
            self.allocations.put(
                Allocation(fact.payment, part.invoice, part.amount, position, part.line, part.paid, part.rate)
            )

    @folds(PaymentVerified)
    def verify(self, fact: PaymentVerified) -> None:
        head = self._head(fact.payment)
        rest = -fact.rest.number if fact.rest else _ZERO
        self.heads.put(
            _verified(
                head,
                PaymentStatus.VERIFIED,
                head.amount if fact.amount is None else fact.amount,
                fact.received,
                fact.date,
                fact.at,
                fact.actor,
                fact.into.account,
                rest,
                head.source or fact.source,
            )
        )
        if fact.rest:
            self._come(f"payment/{fact.payment}", head.customer, fact.rest, fact)

    @folds(PaymentRejected)
    def reject(self, fact: PaymentRejected) -> None:
        head = self._head(fact.payment)
        self.heads.put(head._replace(status=PaymentStatus.REJECTED, rejected_reason=fact.reason))

    @folds(AllocationRejected)
    def reject_allocation(self, fact: AllocationRejected) -> None:
        for allocation in list(self.allocations.range("payment", fact.payment)):
            if allocation.invoice == fact.invoice:
                self.allocations.put(allocation._replace(rejected_reason=fact.reason))

    @folds(PaymentAllocated)
    def allocate(self, fact: PaymentAllocated) -> None:
        self.counters.count(fact.allocation)
        self.allocated.put(AllocationDone(fact.allocation, fact.origin, fact.id))
        self._use(fact.origin, fact.unapplied.number, fact, f"allocation/{fact.allocation}")

    @folds(AllocationReversed)
    def take_back(self, fact: AllocationReversed) -> None:
        self._bring(fact.origin, fact.unapplied, fact, f"invoice/{fact.invoice}")

    @folds(CreditNoteIssued)
    def credit(self, fact: CreditNoteIssued) -> None:
        if fact.unapplied:
            self._come(f"credit-note/{fact.credit_note}", fact.customer, fact.unapplied, fact)

    @folds(CreditGranted)
    def fund(self, fact: CreditGranted) -> None:
        """Unapplied money became credits."""
        if fact.unapplied is not None and fact.source is not None:
            self._use(fact.source, fact.unapplied.number, fact, f"grant/{fact.grant}")

    @folds(CreditAdjusted)
    def unfund(self, fact: CreditAdjusted) -> None:
        """Credits that money had paid are that money again."""
        if fact.unapplied is not None and fact.origin is not None:
            self._bring(fact.origin, fact.unapplied, fact, f"grant/{fact.grant}")

    @folds(UnappliedOpened)
    def open_money(self, fact: UnappliedOpened) -> None:
        self.counters.count(fact.opening)
        self._come(f"opening/{fact.opening}", fact.customer, fact.unapplied, fact)

    @folds(RefundRequested)
    def request_refund(self, fact: RefundRequested) -> None:
        self.counters.count(fact.refund)
        refund = Refund(
            fact.refund,
            fact.customer,
            fact.origin,
            fact.payment,
            fact.amount,
            fact.reason,
            fact.reopens,
            RefundStatus.PENDING,
            fact.date,
            fact.id,
            fact.actor,
            fact.source,
        )
        self.refunds.put(refund)
        self._reserve(refund, refund.from_unapplied)
        self._count_refund(refund, refunding=refund.amount.number)

    @folds(RefundSucceeded)
    def succeed_refund(self, fact: RefundSucceeded) -> None:
        refund = self._refund(fact.refund)
        source = refund.source or fact.source
        self.refunds.put(
            refund._replace(status=RefundStatus.SUCCEEDED, settled=fact.date, settled_by=fact.actor, source=source)
        )
        self._reserve(refund, -refund.from_unapplied)
        self._count_refund(refund, refunding=-refund.amount.number, refunded=refund.amount.number)
        if fact.unapplied:
            self._use(refund.origin, fact.unapplied.number, fact, f"refund/{fact.refund}")

    @folds(RefundFailed)
    def fail_refund(self, fact: RefundFailed) -> None:
        refund = self._refund(fact.refund)
        self.refunds.put(
            refund._replace(
                status=RefundStatus.FAILED,
                settled=fact.date,
                settled_by=fact.actor,
                failed_reason=fact.reason,
                source=refund.source or fact.source,
            )
        )
        self._reserve(refund, -refund.from_unapplied, freed=fact.date)
        self._count_refund(refund, refunding=-refund.amount.number, returned=fact.date)

    @folds(PaymentChargedBack)
    def charge_back(self, fact: PaymentChargedBack) -> None:
        self.counters.count(fact.chargeback)
        head = self._head(fact.payment)
        fee = fact.fee.number if fact.fee else _ZERO
        amount = -fact.taken_from.number - fee
        self.chargebacks.put(
            Chargeback(
                fact.chargeback,
                fact.payment,
                head.customer,
                new_money(amount, fact.taken_from.currency),
                fee,
                fact.taken_from.account,
                fact.date,
                fact.id,
                fact.reason,
                tuple([Reopened(str(one.invoice), one.number) for one in fact.reopens]),
                fact.source,
            )
        )
        self.heads.put(head._replace(charged_back=head.charged_back + amount))
        if fact.unapplied:
            self._use(f"payment/{fact.payment}", fact.unapplied.number, fact, f"chargeback/{fact.chargeback}")

    @folds(ChargebackReversed)
    def reverse_chargeback(self, fact: ChargebackReversed) -> None:
        chargeback = self.chargebacks.get(fact.chargeback)
        assert chargeback is not None, f"there is no chargeback {fact.chargeback}"
        self.chargebacks.put(chargeback._replace(reversed=fact.date))
        head = self._head(fact.payment)
        left = head.charged_back - chargeback.amount.number
        self.heads.put(head._replace(charged_back=left, returned=_later(head.returned, fact.date)))
        if fact.rest:
            self._bring(f"payment/{fact.payment}", fact.rest, fact, f"chargeback/{fact.chargeback}")

    @folds(PayoutReceived)
    def pay_out(self, fact: PayoutReceived) -> None:
        self.counters.count(fact.payout)
        amount = new_money(-fact.paid_from.number, fact.paid_from.currency)
        fee = fact.fee.number if fact.fee else _ZERO
        accounts = (fact.into.account, fact.paid_from.account)
        self.payouts.put(Payout(fact.payout, amount, fee, *accounts, fact.date, fact.source))

    @folds(PayoutReturned)
    def return_payout(self, fact: PayoutReturned) -> None:
        payout = self.payouts.get(fact.payout)
        assert payout is not None, f"there is no payout {fact.payout}"
        self.payouts.put(payout._replace(returned=fact.date))

    @folds(ReceiptRendered)
    def render(self, fact: ReceiptRendered) -> None:
        self.receipts.put(fact)

    def _come(self, origin: str, customer: str, leg: Leg, fact: Fact, what: str = "") -> None:
        """Unapplied money of a new origin."""
        amount = -leg.number
        self.money.put(
            UnappliedMoney(origin, customer, leg.account, leg.currency, fact.date, fact.date, fact.id, amount, amount)
        )
        self.entries.put(UnappliedEntry(origin, fact.id, fact.date, amount, what or origin, leg.account))

    def _bring(self, origin: str, leg: Leg, fact: Fact, what: str) -> None:
        """Money is unapplied again. Of a payment that was used up when it was verified there was none before."""
        if self.money.get(origin) is None:
            payment = self._head(origin.removeprefix("payment/"))
            self._come(origin, payment.customer, leg, fact, what)
        else:
            self._use(origin, leg.number, fact, what)

    def _use(self, origin: str, debit: Decimal, fact: Fact, what: str) -> None:
        """Unapplied money is used (a debit), or more of it comes (a credit, below zero)."""
        money = self.money.get(origin)
        assert money is not None, f"there is no unapplied money of {origin}"
        more = max(-debit, _ZERO)
        since = _later(money.since, fact.date) if more else money.since
        self.money.put(money._replace(remaining=money.remaining - debit, amount=money.amount + more, since=since))
        self.entries.put(UnappliedEntry(origin, fact.id, fact.date, -debit, what, money.account))

    def _reserve(self, refund: Refund, amount: Decimal, freed: date | None = None) -> None:
        money = self.money.get(refund.origin)
        if money is not None and amount:
            since = money.since if freed is None else _later(money.since, freed)
            self.money.put(money._replace(reserved=money.reserved + amount, since=since))

    def _count_refund(
        self, refund: Refund, *, refunding: Decimal, refunded: Decimal = _ZERO, returned: date | None = None
    ) -> None:
        if refund.payment is not None:
            head = self._head(refund.payment)
            self.heads.put(
                head._replace(
                    refunding=head.refunding + refunding,
                    refunded=head.refunded + refunded,
                    returned=head.returned if returned is None else _later(head.returned, returned),
                )
            )

    def _refund(self, refund: str) -> Refund:
        found = self.refunds.get(refund)
        assert found is not None, f"{refund} was not requested"
        return found

    def _head(self, payment: str) -> PaymentHead:
        head = self.heads.get(payment)
        assert head is not None, f"{payment} was not submitted"
        return head


def _later(before: date | None, day: date) -> date:
    return day if before is None else max(before, day)
