"""What processors told: events that wait for their charge, and the fees that are in the books by what they were for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.core.facts import Leg
from billing_beans.core.folds import folds
from billing_beans.core.money import Money, new_money
from billing_beans.core.tables import Index, Store, TableSpec
from billing_beans.payments.facts import (
    ChargebackReversed,
    PaymentChargedBack,
    PaymentVerified,
    RefundRequested,
    RefundSucceeded,
)
from billing_beans.payments.processor_facts import (
    Held,
    ProcessorEventHeld,
    ProcessorExchanged,
    ProcessorFeeCharged,
    ProcessorFeeReturned,
)
from billing_beans.payments.records import CHARGEBACKS, HEADS, REFUNDS, PaymentHead, Refund


class HeldEvent(NamedTuple):
    """A refund or dispute that waits for its charge (`about`), in its last state. `done` once it is in the books."""

    event: str
    state: Held
    about: str
    amount: Money
    happened: date
    fact: str
    reason: str
    settled: Money | None = None
    fee: Money | None = None
    began: date | None = None
    done: bool = False


class ProcessorFee(NamedTuple):
    """What a processor kept for one thing (`stripe/ch_1`): positive; less than zero where more was given back."""

    about: str
    amount: Decimal
    currency: str


class Exchange(NamedTuple):
    """What a processor exchanged, by its id: what went out, and what came of it, both positive."""

    exchange: str
    given: Money
    got: Money


HELD = TableSpec(
    "held_events",
    HeldEvent,
    ("event",),
    {"about": Index(("about",), ("event",), where=lambda one: not one.done)},
)
FEES = TableSpec("processor_fees", ProcessorFee, ("about",))
EXCHANGES = TableSpec("processor_exchanges", Exchange, ("exchange",))


class ProcessorState:
    """Held events by their id and by the charge that they wait for; fees by what they are for; exchanges."""

    def __init__(self, store: Store) -> None:
        self.held = store.table(HELD)
        self.fees = store.table(FEES)
        self.exchanges = store.table(EXCHANGES)
        self._payments = store.table(HEADS)
        self._refunds = store.table(REFUNDS)
        self._chargebacks = store.table(CHARGEBACKS)

    @folds(ProcessorEventHeld)
    def hold(self, fact: ProcessorEventHeld) -> None:
        self.held.put(
            HeldEvent(
                fact.event,
                fact.state,
                fact.about,
                fact.amount,
                fact.date,
                fact.id,
                fact.reason,
                fact.settled,
                fact.fee,
                fact.began,
            )
        )

    @folds(RefundRequested)
    def refund(self, fact: RefundRequested) -> None:
        self._do(fact.source)

    @folds(PaymentVerified)
    def verify(self, fact: PaymentVerified) -> None:
        if fact.fee is not None:
            self._keep(self._payments.get(fact.payment), fact.fee)

    @folds(RefundSucceeded)
    def settle_refund(self, fact: RefundSucceeded) -> None:
        if fact.fee is not None:
            self._keep(self._refunds.get(fact.refund), fact.fee)

    @folds(PaymentChargedBack)
    def charge_back(self, fact: PaymentChargedBack) -> None:
        self._do(fact.source)
        self._add(fact.source, fact.fee)

    @folds(ChargebackReversed)
    def reverse_chargeback(self, fact: ChargebackReversed) -> None:
        """The money of a dispute is back: whatever waited to say so is done, under whichever id it was told."""
        self._do(fact.source)
        chargeback = self._chargebacks.get(fact.chargeback)
        payment = self._payments.get(fact.payment)
        is_only = len(list(self._chargebacks.range("payment", fact.payment))) == 1
        for about in (chargeback.source if chargeback else None, payment.source if payment and is_only else None):
            for waiting in list(self.held.range("about", about)) if about else ():
                if waiting.state is Held.DISPUTE_WON:
                    self._do(waiting.event)

    @folds(ProcessorFeeCharged)
    def charge_fee(self, fact: ProcessorFeeCharged) -> None:
        self._add(fact.about, fact.fee)

    @folds(ProcessorFeeReturned)
    def return_fee(self, fact: ProcessorFeeReturned) -> None:
        self._add(fact.about, fact.fee)

    @folds(ProcessorExchanged)
    def exchange(self, fact: ProcessorExchanged) -> None:
        given = new_money(-fact.given.number, fact.given.currency)
        self.exchanges.put(Exchange(fact.exchange, given, fact.into.units))

    def _do(self, source: str | None) -> None:
        held = self.held.get(source) if source else None
        if held is not None:
            self.held.put(held._replace(done=True))

    def _keep(self, head: PaymentHead | Refund | None, fee: Leg | None) -> None:
        self._add(head.source if head else None, fee)

    def _add(self, about: str | None, fee: Leg | None) -> None:
        if about and fee is not None:
            before = self.fees.get(about)
            self.fees.put(ProcessorFee(about, (before.amount if before else Decimal(0)) + fee.number, fee.currency))
