"""Records and tables of payments: what `payments/state.py` folds facts into."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.money import Money
from billing_beans.core.tables import Index, TableSpec
from billing_beans.payments.facts import ReceiptRendered, RefundShare

_ZERO = Decimal(0)


class PaymentStatus(StrEnum):
    """Where a payment stands. Only from submitted does it move on, once (S3)."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"


class PaymentHead(NamedTuple):
    """A payment in one record. Amounts are positive, in the payment's currency.

    `amount` is what was submitted, and once it is verified what came; `unapplied` what of it settled no invoice then.
    `refunding` is on its way back, `refunded` is back, and `charged_back` was taken back by the customer's bank. `returned`
    is the last day on which something that had gone back, or was to go back, was with us again.
    """

    payment: str
    customer: str
    method: str
    amount: Money
    status: PaymentStatus
    submitted: date
    submitted_id: str
    submitted_by: str
    first_invoice: str | None = None
    seller: str | None = None
    bank_reference: str | None = None
    proof: str | None = None
    payer: str | None = None
    source: str | None = None
    received: date | None = None
    verified_on: date | None = None
    verified_at: str = ""
    verified_by: str = ""
    into: str = ""
    unapplied: Decimal = _ZERO
    refunding: Decimal = _ZERO
    refunded: Decimal = _ZERO
    charged_back: Decimal = _ZERO
    returned: date | None = None
    rejected_reason: str = ""

    @property
    def refundable(self) -> Decimal:
        """What can still go back of what was received (Y5)."""
        if self.status is not PaymentStatus.VERIFIED:
            return _ZERO
        return self.amount.number - self.refunding - self.refunded - self.charged_back


class Allocation(NamedTuple):
    """What a payment is meant for: how much of an invoice, or of a line of it, and why it no longer is, if so."""

    payment: str
    invoice: str
    amount: Money
    position: int
    line: int | None = None
    paid: Money | None = None
    rate: Decimal | None = None
    rejected_reason: str = ""


class UnappliedMoney(NamedTuple):
    """Money of a customer that belongs to no invoice, by where it came from (Y4). Amounts are positive.

    `origin` is `payment/PAY-1`, `credit-note/SGC-1` or `opening/...`. `reserved` is what pending refunds will take. `date`
    is when the first of it came, and `since` the last day on which more of it came, or became free: it is used from then on.
    """

    origin: str
    customer: str
    account: str
    currency: str
    since: date
    date: date
    sequence: str
    amount: Decimal
    remaining: Decimal
    reserved: Decimal = _ZERO

    @property
    def entity(self) -> str:
        """The component of the legal entity's accounts."""
        return self.account.split(":")[1]

    @property
    def available(self) -> Decimal:
        """What may be applied or refunded now."""
        return self.remaining - self.reserved


class AllocationDone(NamedTuple):
    """An allocation of unapplied money, by its id."""

    allocation: str
    origin: str
    fact: str


class UnappliedEntry(NamedTuple):
    """One movement of unapplied money: above zero it came, below zero it was used. `what` is the document that did it."""

    origin: str
    fact: str
    date: date
    amount: Decimal
    what: str
    account: str

    @property
    def entity(self) -> str:
        """The component of the legal entity's accounts."""
        return self.account.split(":")[1]


class RefundStatus(StrEnum):
    """Where a refund stands. Only from pending does it move on, once (Y5)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(NamedTuple):
    """Money that goes back, positive. `reopens` names the invoices that it is taken from; the rest is unapplied money."""

    refund: str
    customer: str
    origin: str
    payment: str | None
    amount: Money
    reason: str
    reopens: tuple[RefundShare, ...]
    status: RefundStatus
    requested: date
    requested_id: str
    requested_by: str
    source: str | None = None
    settled: date | None = None
    settled_by: str = ""
    failed_reason: str = ""

    @property
    def from_unapplied(self) -> Decimal:
        """What of it is unapplied money."""
        return self.amount.number - sum((one.amount.number for one in self.reopens), start=_ZERO)


class Reopened(NamedTuple):
    """How much of an invoice a chargeback opened again, positive."""

    invoice: str
    amount: Decimal


class Chargeback(NamedTuple):
    """Money of a payment that the customer's bank took back, positive, and the fee for it."""

    chargeback: str
    payment: str
    customer: str
    amount: Money
    fee: Decimal
    account: str
    taken: date
    fact: str
    reason: str
    reopened: tuple[Reopened, ...]
    source: str | None = None
    reversed: date | None = None


class Payout(NamedTuple):
    """What a processor paid out: what it held less, and what the bank got, positive."""

    payout: str
    amount: Money
    fee: Decimal
    into: str
    paid_from: str
    received: date
    source: str | None = None
    returned: date | None = None


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
    ("payment", "position"),
    {
        "payment": Index(("payment",), ("position",), where=lambda one: not one.rejected_reason),
        "invoice": Index(("invoice",), ("payment", "position")),
    },
)
MONEY = TableSpec(
    "unapplied_money",
    UnappliedMoney,
    ("origin",),
    {
        "customer": Index(("customer",), ("sequence",)),
        "open": Index(("customer",), ("sequence",), where=lambda one: one.remaining != 0),
        "held": Index(("entity",), ("customer", "sequence"), where=lambda one: one.remaining != 0),
    },
)
ENTRIES = TableSpec(
    "unapplied_entries",
    UnappliedEntry,
    ("origin", "fact"),
    {"origin": Index(("origin",), ("fact",)), "entity": Index(("entity",), ("date", "fact"))},
)
REFUNDS = TableSpec(
    "refunds",
    Refund,
    ("refund",),
    {
        "customer": Index(("customer",), ("requested_id",)),
        "status": Index(("status",), ("requested_id",)),
        "origin": Index(("origin",), ("requested_id",)),
        "source": Index(("source",), ("requested_id",), where=lambda one: one.source is not None),
    },
)
CHARGEBACKS = TableSpec(
    "chargebacks",
    Chargeback,
    ("chargeback",),
    {
        "customer": Index(("customer",), ("fact",)),
        "payment": Index(("payment",), ("fact",)),
        "source": Index(("source",), ("fact",), where=lambda one: one.source is not None),
    },
)
PAYOUTS = TableSpec(
    "payouts",
    Payout,
    ("payout",),
    {
        "into": Index(("into",), ("received", "payout")),
        "source": Index(("source",), ("payout",), where=lambda one: one.source is not None),
    },
)
ALLOCATED = TableSpec("allocation_ids", AllocationDone, ("allocation",))
RECEIPTS = TableSpec("receipts", ReceiptRendered, ("payment",))
