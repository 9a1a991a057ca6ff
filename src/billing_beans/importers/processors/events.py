"""One thing that a processor says, whatever file it stands in: a charge, a refund, a dispute, a payout or a fee."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from billing_beans.core.money import Money
from billing_beans.core.records import record


class Processor(StrEnum):
    """Whose files can be read; the value stands before each of its ids in the books: `stripe/ch_1`."""

    STRIPE = "stripe"
    PAYPAL = "paypal"

    @property
    def label(self) -> str:
        """The name as people write it."""
        return {"stripe": "Stripe", "paypal": "PayPal"}[self.value]


class EventKind(StrEnum):
    """What became of the thing. `went-back` only says how much of a charge went back in all, and not by which movement."""

    PENDING = "pending"
    FAILED = "failed"
    PAID = "paid"
    REFUND_PENDING = "refund-pending"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund-failed"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute-lost"
    DISPUTE_WON = "dispute-won"
    WENT_BACK = "went-back"
    PAYOUT_PENDING = "payout-pending"
    PAYOUT = "payout"
    PAYOUT_FAILED = "payout-failed"
    FEE = "fee"
    EXCHANGED = "exchanged"


class Family(StrEnum):
    """What kind of thing it is: all that is said of one thing is folded together. They happen in this order."""

    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    SAID = "said"
    FEE = "fee"
    EXCHANGE = "exchange"
    PAYOUT = "payout"


_FAMILIES = {
    EventKind.PENDING: Family.CHARGE,
    EventKind.FAILED: Family.CHARGE,
    EventKind.PAID: Family.CHARGE,
    EventKind.REFUND_PENDING: Family.REFUND,
    EventKind.REFUNDED: Family.REFUND,
    EventKind.REFUND_FAILED: Family.REFUND,
    EventKind.DISPUTED: Family.DISPUTE,
    EventKind.DISPUTE_LOST: Family.DISPUTE,
    EventKind.DISPUTE_WON: Family.DISPUTE,
    EventKind.WENT_BACK: Family.SAID,
    EventKind.PAYOUT_PENDING: Family.PAYOUT,
    EventKind.PAYOUT: Family.PAYOUT,
    EventKind.PAYOUT_FAILED: Family.PAYOUT,
    EventKind.FEE: Family.FEE,
    EventKind.EXCHANGED: Family.EXCHANGE,
}


def family_of(kind: EventKind) -> Family:
    """What kind of thing an event is about."""
    return _FAMILIES[kind]


class Payer(NamedTuple):
    """Who paid, as far as the processor says it. `account` is its own id of them; `customer` the id that we gave it to keep."""

    account: str = ""
    customer: str = ""
    email: str = ""
    name: str = ""


NOBODY = Payer()


@record
class ProcessorEvent:
    """What one event, or one row of a report, says of one thing.

    `thing` is the processor's id of it (`ch_1`, `re_1`), so that one charge is the same in a webhook and in a report;
    `about` the charge that a refund or a dispute is of, where that is said. `amount` is positive, in the currency that the
    payer saw; `fee` positive where the processor kept it, negative where it gave it back, None where it is not said.
    `settled` is what it came to in the processor's balance, positive, where that is another currency; of an exchange what
    the `amount` became. `moment` is UTC.
    `since` is when a dispute began, if this is not that moment. `live` is False for what happened in test mode.
    """

    processor: Processor
    kind: EventKind
    thing: str
    event: str
    moment: datetime
    where: str
    about: str = ""
    amount: Money | None = None
    fee: Money | None = None
    settled: Money | None = None
    payer: Payer = NOBODY
    invoices: tuple[str, ...] = ()
    description: str = ""
    since: datetime | None = None
    reason: str = ""
    live: bool | None = None

    @property
    def source(self) -> str:
        """What the books call this thing: `stripe/ch_1`."""
        return f"{self.processor}/{self.thing}"


class Skipped(NamedTuple):
    """Something in a file that moves no money, or that nothing is known of: where it stands, what it is, and why."""

    where: str
    what: str
    why: str


@record
class Read:
    """What a file says: its name, the SHA-256 of its bytes, its events, and what was skipped."""

    name: str
    digest: str
    events: list[ProcessorEvent] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
