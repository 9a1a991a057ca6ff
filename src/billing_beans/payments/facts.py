"""What can happen to a payment, to money that belongs to no invoice, and to money that goes back."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing_beans.core.accounts import Role
from billing_beans.core.facts import Fact, Leg, Movement, Side, fact, key, leg, meta, part, parts
from billing_beans.core.ids import (
    AllocationId,
    ChargebackId,
    CustomerId,
    EntityId,
    InvoiceNumber,
    OpeningId,
    PaymentId,
    PayoutId,
    RefundId,
)
from billing_beans.core.money import Money


class Method(StrEnum):
    """How the customer paid."""

    BANK_TRANSFER = "bank-transfer"
    CARD = "card"
    CASH = "cash"
    PROCESSOR = "processor"


@part("payment-allocation")
class PaymentAllocation:
    """What a submitted payment is meant for: an invoice, or one `line` of it, and how much, in the invoice's currency.

    Where the payment is in another currency, `paid` is the share of it that is meant, and `rate` what one of the
    invoice's currency costs in the payment's.
    """

    invoice: InvoiceNumber = key(link=True)
    amount: Money = key()
    line: int | None = meta(default=None)
    paid: Money | None = meta(default=None)
    rate: Decimal | None = meta(default=None)


@fact("payment-submitted")
class PaymentSubmitted(Fact):
    """A proof of payment was seen. No money moves until it is verified.

    One that is meant for no invoice names its `seller`, and will be the customer's unapplied money. `payer` is who paid,
    as the bank or the processor calls them.
    """

    payment: PaymentId = key(link=True)
    customer: CustomerId = meta()
    seller: EntityId | None = meta(default=None)
    method: Method = meta()
    amount: Money = meta()
    payer: str | None = meta(default=None)
    bank_reference: str | None = meta(default=None)
    proof: str | None = meta(default=None)
    allocations: tuple[PaymentAllocation, ...] = parts()


@fact("payment-verified")
class PaymentVerified(Movement):
    """The money is there: it settles what it was meant for, and the rest is the customer's unapplied money.

    `amount` is what came, where it is not what was submitted. A processor's `fee` and a bank's `charges` were taken from it
    on the way. What it settles in another currency leaves the receivable at the rate of issue; the difference is a gain or
    a loss.
    """

    payment: PaymentId = key(link=True)
    received: date = meta()
    amount: Money | None = meta(default=None)
    into: Leg = leg(Side.DEBIT, Role.BANK, Role.PROCESSOR)
    fee: Leg | None = leg(Side.DEBIT, Role.PROCESSOR_FEES, default=None)
    charges: Leg | None = leg(Side.DEBIT, Role.BANK_CHARGES, default=None)
    loss: tuple[Leg, ...] = leg(Side.DEBIT, Role.FX, tags=("invoice",), may=("line",), default=())
    settles: tuple[Leg, ...] = leg(
        Side.CREDIT, Role.RECEIVABLE, tags=("invoice",), may=("line",), link=True, priced=True
    )
    gain: tuple[Leg, ...] = leg(Side.CREDIT, Role.FX, tags=("invoice",), may=("line",), default=())
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


@fact("payment-allocated")
class PaymentAllocated(Movement):
    """Money that belonged to no invoice settles some (Y4). `origin` is where it came from: `payment/PAY-1`, `credit-note/SGC-1`.

    Money of another currency than the invoice's is exchanged at `rate`, as when a payment is verified.
    """

    allocation: AllocationId = key(link=True)
    origin: str = meta()
    rate: Decimal | None = meta(default=None)
    unapplied: Leg = leg(Side.DEBIT, Role.UNAPPLIED)
    loss: tuple[Leg, ...] = leg(Side.DEBIT, Role.FX, tags=("invoice",), may=("line",), default=())
    settles: tuple[Leg, ...] = leg(
        Side.CREDIT, Role.RECEIVABLE, tags=("invoice",), may=("line",), link=True, priced=True
    )
    gain: tuple[Leg, ...] = leg(Side.CREDIT, Role.FX, tags=("invoice",), may=("line",), default=())


@fact("allocation-reversed")
class AllocationReversed(Movement):
    """What money of one `origin` had settled of an invoice is taken back: it belongs to no invoice again (Y4, I5)."""

    origin: str = meta()
    invoice: InvoiceNumber = key(link=True)
    reason: str = meta()
    loss: tuple[Leg, ...] = leg(Side.DEBIT, Role.FX, tags=("invoice",), may=("line",), default=())
    reopens: tuple[Leg, ...] = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",), may=("line",), priced=True)
    gain: tuple[Leg, ...] = leg(Side.CREDIT, Role.FX, tags=("invoice",), may=("line",), default=())
    unapplied: Leg = leg(Side.CREDIT, Role.UNAPPLIED)


@part("refund-share")
class RefundShare:
    """What a refund takes back from an invoice that the money had settled: the invoice will be open again."""

    invoice: InvoiceNumber = key(link=True)
    amount: Money = key()


@fact("refund-requested")
class RefundRequested(Fact):
    """Money is to go back to the customer. It is kept for that, and nothing moves yet (Y5).

    `origin` is the money: `payment/PAY-1`, `credit-note/SGC-1`. `payment` is the receipt through which it goes back. What
    does not come from an invoice (`reopens`) is unapplied money.
    """

    refund: RefundId = key(link=True)
    customer: CustomerId = meta()
    origin: str = meta()
    payment: PaymentId | None = meta(link=True, default=None)
    amount: Money = meta()
    reason: str = meta()
    reopens: tuple[RefundShare, ...] = parts()


@fact("refund-succeeded")
class RefundSucceeded(Movement):
    """The money went back: unapplied money leaves, and invoices that it had settled are open again (Y5)."""

    refund: RefundId = key(link=True)
    origin: str = meta()
    unapplied: Leg | None = leg(Side.DEBIT, Role.UNAPPLIED, default=None)
    reopens: tuple[Leg, ...] = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",), may=("line",), link=True)
    fee: Leg | None = leg(Side.DEBIT, Role.PROCESSOR_FEES, default=None)
    paid_from: Leg = leg(Side.CREDIT, Role.BANK, Role.PROCESSOR)


@fact("refund-failed")
class RefundFailed(Fact):
    """The money did not go back; it is free again (Y5)."""

    refund: RefundId = key(link=True)
    reason: str = meta()


@fact("payment-charged-back")
class PaymentChargedBack(Movement):
    """The customer's bank took the money back: first what was unapplied, then invoices are open again (Y3)."""

    chargeback: ChargebackId = key(link=True)
    payment: PaymentId = key(link=True)
    reason: str = meta()
    unapplied: Leg | None = leg(Side.DEBIT, Role.UNAPPLIED, default=None)
    reopens: tuple[Leg, ...] = leg(Side.DEBIT, Role.RECEIVABLE, tags=("invoice",), may=("line",), link=True)
    fee: Leg | None = leg(Side.DEBIT, Role.PROCESSOR_FEES, default=None)
    taken_from: Leg = leg(Side.CREDIT, Role.BANK, Role.PROCESSOR)


@fact("chargeback-reversed")
class ChargebackReversed(Movement):
    """The dispute was won and the money is back: it settles again what it reopened; the rest is unapplied (Y3)."""

    chargeback: ChargebackId = key(link=True)
    payment: PaymentId = key(link=True)
    into: Leg = leg(Side.DEBIT, Role.BANK, Role.PROCESSOR)
    settles: tuple[Leg, ...] = leg(Side.CREDIT, Role.RECEIVABLE, tags=("invoice",), link=True)
    fee: Leg | None = leg(Side.CREDIT, Role.PROCESSOR_FEES, default=None)
    rest: Leg | None = leg(Side.CREDIT, Role.UNAPPLIED, default=None)


@fact("payout-received")
class PayoutReceived(Movement):
    """A processor paid out what it held: it is on the bank account now, less a fee (Y3)."""

    payout: PayoutId = key(link=True)
    into: Leg = leg(Side.DEBIT, Role.BANK)
    fee: Leg | None = leg(Side.DEBIT, Role.PROCESSOR_FEES, default=None)
    paid_from: Leg = leg(Side.CREDIT, Role.PROCESSOR)


@fact("payout-returned")
class PayoutReturned(Movement):
    """A payout came back to the processor: the exact reverse of it (Y3)."""

    payout: PayoutId = key(link=True)
    reason: str = meta()
    into: Leg = leg(Side.DEBIT, Role.PROCESSOR)
    fee: Leg | None = leg(Side.CREDIT, Role.PROCESSOR_FEES, default=None)
    paid_from: Leg = leg(Side.CREDIT, Role.BANK)


@fact("unapplied-opened")
class UnappliedOpened(Movement):
    """Money of a customer that belonged to no invoice when the books began (B1). Its origin is `opening/<opening>`."""

    opening: OpeningId = key(link=True)
    customer: CustomerId = meta()
    reference: str | None = meta(default=None)
    opening_balance: Leg = leg(Side.DEBIT, Role.OPENING)
    unapplied: Leg = leg(Side.CREDIT, Role.UNAPPLIED)


@fact("receipt-rendered")
class ReceiptRendered(Fact):
    """A PDF of a payment's receipt was made: where it lies, the digests of its bytes and of what it shows, and the renderer (R4)."""

    payment: PaymentId = key(link=True)
    file: str = meta()
    digest: str = meta()
    renderer: str = meta()
    content: str = meta()
