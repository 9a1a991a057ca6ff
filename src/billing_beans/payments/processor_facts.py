"""What processors tell that is no payment yet, or only its fee."""

from datetime import date
from enum import StrEnum

from billing_beans.core.accounts import Role
from billing_beans.core.facts import Fact, Leg, Movement, Side, fact, key, leg, meta
from billing_beans.core.money import Money


class Held(StrEnum):
    """What a held event says of a refund, a dispute or a payout."""

    REFUND_PENDING = "refund-pending"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund-failed"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute-lost"
    DISPUTE_WON = "dispute-won"
    PAYOUT_FAILED = "payout-failed"


@fact("processor-event-held")
class ProcessorEventHeld(Fact):
    """What a processor says of a charge that is not in the books: it waits for the charge, and moves nothing (Y6).

    `event` is the refund or dispute (`stripe/re_1`), `about` its charge. It is dated the day on which it happened; `began`
    is when a dispute that is over took its money. `fee` was kept by the processor, or given back where it is below zero.
    A payout that came back before it was recorded is kept as one about itself: what is told later of it is then old.
    """

    event: str = key(link=True)
    state: Held = meta()
    about: str = meta(link=True)
    amount: Money = meta()
    settled: Money | None = meta(default=None)
    fee: Money | None = meta(default=None)
    began: date | None = meta(default=None)
    reason: str = meta()


@fact("processor-fee-charged")
class ProcessorFeeCharged(Movement):
    """What a processor kept, where it was told by itself: for a charge that was recorded before, or for no charge (Y3)."""

    about: str = key(link=True)
    fee: Leg = leg(Side.DEBIT, Role.PROCESSOR_FEES)
    taken_from: Leg = leg(Side.CREDIT, Role.PROCESSOR)


@fact("processor-fee-returned")
class ProcessorFeeReturned(Movement):
    """A processor gave back what it had kept, as some do when money is refunded (Y3)."""

    about: str = key(link=True)
    into: Leg = leg(Side.DEBIT, Role.PROCESSOR)
    fee: Leg = leg(Side.CREDIT, Role.PROCESSOR_FEES)


@fact("processor-exchanged")
class ProcessorExchanged(Movement):
    """A processor exchanged what it held: so much of one currency became so much of another (Y3)."""

    exchange: str = key(link=True)
    into: Leg = leg(Side.DEBIT, Role.PROCESSOR)
    given: Leg = leg(Side.CREDIT, Role.PROCESSOR, priced=True)
