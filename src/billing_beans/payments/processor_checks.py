"""What must hold of what processors told."""

from __future__ import annotations

from collections.abc import Iterator

from billing_beans.books import Books
from billing_beans.core.accounts import Role, place_of
from billing_beans.core.checks import check
from billing_beans.core.comparing import difference
from billing_beans.core.money import is_minor, new_money
from billing_beans.payments.processor_facts import (
    ProcessorEventHeld,
    ProcessorExchanged,
    ProcessorFeeCharged,
    ProcessorFeeReturned,
)
from billing_beans.payments.processor_operations import exchanged, fee_told, says_nothing_new


@check(
    ProcessorEventHeld,
    promise="Y6: an event that waits for its charge says of which and how much, and is told again only where it says more.",
    remedy="restore the text with git; importing the processor's files again holds what is missing",
)
def held_once(books: Books, fact: ProcessorEventHeld) -> Iterator[str]:
    amounts = [one for one in (fact.amount, fact.settled) if one is not None]
    if not all(one.number > 0 and is_minor(one) for one in amounts) or (fact.fee and not is_minor(fact.fee)):
        yield f"{fact.event} waits with {fact.amount}, which is no amount that was paid"
    before = books.processors.held.get(fact.event)
    if before is not None and says_nothing_new(fact, before):
        yield f"{fact.event} waits already, as {fact.state.replace('-', ' ')}"


@check(
    ProcessorFeeCharged,
    ProcessorFeeReturned,
    promise="Y3: a fee leaves the processor's account of the legal entity whose expense it is.",
    remedy="restore the text with git",
    timeless=True,
)
def fee_as_told(_books: Books, fact: ProcessorFeeCharged | ProcessorFeeReturned) -> Iterator[str]:
    account = fact.taken_from.account if isinstance(fact, ProcessorFeeCharged) else fact.into.account
    place = place_of(account)
    if place is None or place.role is not Role.PROCESSOR or not place.owner:
        yield f"the fee for {fact.about} is on {account}, which is no account of one processor"
    elif differs := difference(fact, fee_told(fact.about, fact.fee.units, account, fact.date)):
        yield f"the fee for {fact.about} is not what was told: {differs}"


@check(
    ProcessorFeeCharged,
    ProcessorFeeReturned,
    promise="Y6: the fee for one thing of a processor is in the books once.",
    remedy="keep the first of them: two branches may have imported the same file, and one of the acts has to go",
)
def fee_once(books: Books, fact: ProcessorFeeCharged | ProcessorFeeReturned) -> Iterator[str]:
    before = books.processors.fees.get(fact.about)
    if before is not None:
        yield f"the fee for {fact.about} is in the books already: {before.amount:f} {before.currency}"


@check(
    ProcessorExchanged,
    promise="Y3: an exchange happens on one account of a processor, once.",
    remedy="restore the text with git; where two branches imported the same file, one of the acts has to go",
)
def exchanged_once(books: Books, fact: ProcessorExchanged) -> Iterator[str]:
    if books.processors.exchanges.get(fact.exchange) is not None:
        yield f"{fact.exchange} is exchanged twice"
    place = place_of(fact.into.account)
    given = new_money(-fact.given.number, fact.given.currency)
    if place is None or not place.owner or fact.given.currency == fact.into.currency:
        yield f"{fact.exchange} exchanges {given} on {fact.into.account}, which can't be"
    elif differs := difference(fact, exchanged(fact.exchange, given, fact.into.units, fact.into.account, fact.date)):
        yield f"{fact.exchange} is not what was told: {differs}"
