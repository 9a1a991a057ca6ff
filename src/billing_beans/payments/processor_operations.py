"""What a processor told by itself: an event that waits for its charge, and a fee (Y3, Y6)."""

from __future__ import annotations

from datetime import date

from billing_beans.core.accounts import Account, Role, account_of, place_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.facts import new_leg
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.payments.processor_facts import (
    Held,
    ProcessorEventHeld,
    ProcessorExchanged,
    ProcessorFeeCharged,
    ProcessorFeeReturned,
)
from billing_beans.payments.processor_state import HeldEvent


@record
class HoldEvent:
    """A refund or a dispute whose charge is not in the books. Amounts as in `ProcessorEventHeld`."""

    event: str
    state: Held
    about: str
    amount: Money
    reason: str
    settled: Money | None = None
    fee: Money | None = None
    began: date | None = None
    source: str | None = None


def says_nothing_new(request: HoldEvent | ProcessorEventHeld, waiting: HeldEvent) -> bool:
    """Whether an event waits already with the same state and the same amounts."""
    said = (request.state, request.about, request.amount, request.settled, request.fee, request.began)
    return said == (waiting.state, waiting.about, waiting.amount, waiting.settled, waiting.fee, waiting.began)


def held(request: HoldEvent, day: date) -> ProcessorEventHeld:
    """It waits, and moves nothing."""
    return ProcessorEventHeld(
        date=day,
        source=request.source,
        event=request.event,
        state=request.state,
        about=request.about,
        amount=request.amount,
        settled=request.settled,
        fee=request.fee,
        began=request.began,
        reason=request.reason,
    )


def fee_told(about: str, fee: Money, account: Account, day: date) -> ProcessorFeeCharged | ProcessorFeeReturned:
    """What the processor kept of what it holds on `account`, or gave back where `fee` is below zero. Raises `WrongUsage`."""
    place = place_of(account)
    if place is None or place.role is not Role.PROCESSOR or not place.owner:
        raise WrongUsage(f"{account} is no account of a processor: Assets:<entity>:Processor:<name>.")
    if not fee.number or not is_minor(fee):
        raise WrongUsage(f"A fee of {fee} moves nothing.")
    fees = account_of(Role.PROCESSOR_FEES, place.entity)
    other = new_leg(account, new_money(-fee.number, fee.currency))
    payee = place.owner[0]
    if fee.number > 0:
        return ProcessorFeeCharged(
            date=day,
            payee=payee,
            narration=f"Fee for {about}",
            about=about,
            fee=new_leg(fees, fee),
            taken_from=other,
        )
    return ProcessorFeeReturned(
        date=day,
        payee=payee,
        narration=f"Fee for {about} given back",
        about=about,
        into=other,
        fee=new_leg(fees, fee),
    )


def exchanged(exchange: str, given: Money, got: Money, account: Account, day: date) -> ProcessorExchanged:
    """What the processor held on `account` in one currency became another, for just that worth. Raises `WrongUsage`."""
    place = place_of(account)
    if place is None or place.role is not Role.PROCESSOR or not place.owner:
        raise WrongUsage(f"{account} is no account of a processor: Assets:<entity>:Processor:<name>.")
    if given.currency == got.currency or min(given.number, got.number) <= 0 or not (is_minor(given) and is_minor(got)):
        raise WrongUsage(f"{given} can't have become {got}.")
    return ProcessorExchanged(
        date=day,
        payee=place.owner[0],
        narration=f"Exchange {exchange}",
        exchange=exchange,
        into=new_leg(account, got),
        given=new_leg(account, new_money(-given.number, given.currency), price=got),
    )
