"""What can happen to a payment."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from billing_beans.core.accounts import Role
from billing_beans.core.facts import Fact, Leg, Movement, Side, fact, key, leg, meta, part, parts
from billing_beans.core.ids import CustomerId, InvoiceNumber, PaymentId
from billing_beans.core.money import Money


class Method(StrEnum):
    """How the customer paid."""

    BANK_TRANSFER = "bank-transfer"
    CARD = "card"
    CASH = "cash"
    PROCESSOR = "processor"


@part("payment-allocation")
class PaymentAllocation:
    """What a submitted payment is meant for: an invoice, and how much of it."""

    invoice: InvoiceNumber = key(link=True)
    amount: Money = key()


@fact("payment-submitted")
class PaymentSubmitted(Fact):
    """A proof of payment was seen. No money moves until it is verified."""

    payment: PaymentId = key(link=True)
    customer: CustomerId = meta()
    method: Method = meta()
    amount: Money = meta()
    bank_reference: str | None = meta(default=None)
    proof: str | None = meta(default=None)
    allocations: tuple[PaymentAllocation, ...] = parts()


@fact("payment-verified")
class PaymentVerified(Movement):
    """The money is there: it settles what it was meant for, and the rest is the customer's unapplied money."""

    payment: PaymentId = key(link=True)
    received: date = meta()
    into: Leg = leg(Side.DEBIT, Role.BANK, Role.PROCESSOR)
    fee: Leg | None = leg(Side.DEBIT, Role.PROCESSOR_FEES, default=None)
    settles: tuple[Leg, ...] = leg(Side.CREDIT, Role.RECEIVABLE, tags=("invoice",), link=True)
    rest: Leg | None = leg(Side.CREDIT, Role.UNAPPLIED, default=None)


@fact("payment-rejected")
class PaymentRejected(Fact):
    """The proof was not valid, or the money did not come."""

    payment: PaymentId = key(link=True)
    reason: str = meta()


@fact("allocation-rejected")
class AllocationRejected(Fact):
    """A submitted payment is no longer meant for this invoice; its other allocations stand (I5)."""

    payment: PaymentId = key(link=True)
    invoice: InvoiceNumber = key(link=True)
    reason: str = meta()


@fact("receipt-rendered")
class ReceiptRendered(Fact):
    """A PDF of a payment's receipt was made: where it lies, the digests of its bytes and of what it shows, and the renderer (R4)."""

    payment: PaymentId = key(link=True)
    file: str = meta()
    digest: str = meta()
    renderer: str = meta()
    content: str = meta()
