"""What the facts of a payment add up to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.folds import folds
from billing_beans.core.money import Money
from billing_beans.core.replacing import replacing
from billing_beans.core.tables import Counters, Index, Store, TableSpec
from billing_beans.payments.facts import AllocationRejected, PaymentRejected, PaymentSubmitted, PaymentVerified


class PaymentStatus(StrEnum):
    """Where a payment stands. Only from submitted does it move on, once (S3)."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"


class PaymentHead(NamedTuple):
    """A payment in one record. Amounts are positive; `unapplied` is what settled no invoice when it was verified.

    `source` is the line of a bank statement, or the event, that it came from; else that with which it was verified.
    """

    payment: str
    customer: str
    method: str
    amount: Money
    status: PaymentStatus
    submitted: date
    submitted_id: str
    submitted_by: str
    first_invoice: str
    bank_reference: str | None = None
    proof: str | None = None
    source: str | None = None
    received: date | None = None
    verified_at: str = ""
    verified_by: str = ""
    unapplied: Decimal = Decimal(0)
    rejected_reason: str = ""


class Allocation(NamedTuple):
    """What a payment is meant for: how much of an invoice, and why it no longer is, if so."""

    payment: str
    invoice: str
    amount: Money
    position: int
    rejected_reason: str = ""


class Unapplied(NamedTuple):
    """A customer's money that belongs to no invoice, by its account and currency, positive."""

    account: str
    currency: str
    amount: Decimal


HEADS = TableSpec(
    "payments",
    PaymentHead,
    ("payment",),
    {
        "customer": Index(("customer",), ("submitted_id",)),
        "status": Index(("status",), ("submitted_id",)),
        "reference": Index(("bank_reference",), ("submitted_id",), where=lambda one: one.bank_reference is not None),
        "source": Index(("source",), ("submitted_id",), where=lambda one: one.source is not None),
    },
)
ALLOCATIONS = TableSpec(
    "payment_allocations",
    Allocation,
    ("payment", "invoice"),
    {
        "payment": Index(("payment",), ("position",), where=lambda one: not one.rejected_reason),
        "invoice": Index(("invoice",), ("payment",)),
    },
)
UNAPPLIED = TableSpec("unapplied", Unapplied, ("account", "currency"))


_verified = replacing(PaymentHead, "status", "received", "verified_at", "verified_by", "unapplied", "source")


class PaymentState:
    """Payments by id, what they are meant for, and money that belongs to no invoice."""

    def __init__(self, store: Store) -> None:
        self.heads = store.table(HEADS)
        self.allocations = store.table(ALLOCATIONS)
        self.unapplied = store.table(UNAPPLIED)
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
                fact.allocations[0].invoice,
                fact.bank_reference,
                fact.proof,
                fact.source,
            )
        )
        for position, part in enumerate(fact.allocations):
            self.allocations.put(Allocation(fact.payment, part.invoice, part.amount, position))

    @folds(PaymentVerified)
    def verify(self, fact: PaymentVerified) -> None:
        rest = -fact.rest.number if fact.rest else Decimal(0)
        head = self._head(fact.payment)
        source = head.source or fact.source
        self.heads.put(_verified(head, PaymentStatus.VERIFIED, fact.received, fact.at, fact.actor, rest, source))
        if fact.rest:
            key = (fact.rest.account, fact.rest.currency)
            before = self.unapplied.get(key)
            self.unapplied.put(Unapplied(*key, (before.amount if before else Decimal(0)) + rest))

    @folds(PaymentRejected)
    def reject(self, fact: PaymentRejected) -> None:
        head = self._head(fact.payment)
        self.heads.put(head._replace(status=PaymentStatus.REJECTED, rejected_reason=fact.reason))

    @folds(AllocationRejected)
    def reject_allocation(self, fact: AllocationRejected) -> None:
        allocation = self.allocations.get((fact.payment, fact.invoice))
        assert allocation is not None
        self.allocations.put(allocation._replace(rejected_reason=fact.reason))

    def _head(self, payment: str) -> PaymentHead:
        head = self.heads.get(payment)
        assert head is not None, f"{payment} was not submitted"
        return head
