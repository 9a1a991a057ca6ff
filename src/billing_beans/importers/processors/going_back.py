"""Refunds and disputes: they take back what their charge brought, and wait for it where it is not in the books yet (Y5, Y6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.money import (
    PaidCredits,
    allocate_money,
    charge_back,
    fail_refund,
    refund,
    reverse_chargeback,
    settle_refund,
)
from billing_beans.acts.money import Refund as RefundAsked
from billing_beans.books import Books
from billing_beans.core.accounts import Account
from billing_beans.core.errors import BillingError
from billing_beans.core.money import Money, new_money
from billing_beans.importers.processors.days import dated, local_day
from billing_beans.importers.processors.events import EventKind, Family, family_of
from billing_beans.importers.processors.fees import add_fee, kept
from billing_beans.importers.processors.outcomes import Became, NotTaken, Outcome, by_hand, listed
from billing_beans.importers.processors.plan import Thing, joined
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.allocating import AllocateMoney
from billing_beans.payments.chargebacks import ChargeBack, ReverseChargeback
from billing_beans.payments.operations import Allocate
from billing_beans.payments.processor_facts import Held
from billing_beans.payments.processor_operations import HoldEvent, held, says_nothing_new
from billing_beans.payments.processor_state import HeldEvent
from billing_beans.payments.records import Chargeback, PaymentHead, PaymentStatus, Refund, RefundStatus
from billing_beans.payments.refunds import FailRefund, RequestRefund, SettleRefund
from billing_beans.payments.settling import seller_of_payment, settled_by

_ZERO = Decimal(0)
_WAITS = "its charge {about} is not in the books yet"
_NO_DISPUTE = "the dispute that was won is not in the books yet"
_AGAIN = "import the refunds of the processor, or its balance report"


def charge_of(books: Books, source: str) -> PaymentHead | None:
    """The payment that a charge of a processor became."""
    found = [one for one in books.payments.heads.range("source", source) if one.status is not PaymentStatus.REJECTED]
    return found[0] if found else None


def take_back(act: Act, thing: Thing) -> Outcome:
    """A refund or a dispute, as far as it has come. Raises `BillingError` where it can't be."""
    waiting = act.books.processors.held.get(thing.source)
    if waiting is not None:
        thing = joined(thing_of(waiting), thing)
    if thing.clash:
        raise NotTaken(f"{thing.source} is {thing.clash}.", rule="Y6: nothing is made up.", instead=_AGAIN)
    known = _refund_of(act.books, thing) if thing.family is Family.REFUND else _chargeback_of(act.books, thing)
    head = act.books.payments.heads.get(known.payment or "") if known else charge_of(act.books, thing.about)
    if head is None or head.status is PaymentStatus.SUBMITTED:
        return _hold(act, thing, _WAITS.format(about=thing.about), waiting)
    if isinstance(known, Refund) or thing.family is Family.REFUND:
        assert not isinstance(known, Chargeback)
        return _refund(act, thing, head, known)
    if known is None and thing.began is None:
        return _hold(act, thing, _NO_DISPUTE, waiting)
    return _dispute(act, thing, head, known)


def try_held(act: Act, *about: str) -> Iterator[Outcome]:
    """Do what waited for this charge or dispute. What is refused waits on, and is for a person."""
    for source in about:
        for waiting in list(act.books.processors.held.range("about", source)):
            thing = thing_of(waiting)
            if thing.source == source or thing.family not in (Family.REFUND, Family.DISPUTE):
                continue
            mark = (len(act.facts), len(act.openings))
            try:
                outcome = take_back(act, thing)
            except BillingError as error:
                if mark != (len(act.facts), len(act.openings)):
                    raise
                outcome = listed(thing, error)
            if outcome.became is not Became.HELD:
                yield outcome
            if outcome.became is Became.RECORDED and thing.family is Family.DISPUTE:
                yield from try_held(act, thing.source)


def thing_of(waiting: HeldEvent) -> Thing:
    """A held event as it was told; its days are at noon in UTC, which is the same date nearly everywhere."""
    kind = EventKind(waiting.state)
    return Thing(
        source=waiting.event,
        family=family_of(kind),
        kind=kind,
        moment=_noon(waiting.happened),
        where="an earlier file",
        about=waiting.about,
        amount=waiting.amount,
        fee=waiting.fee,
        settled=waiting.settled,
        began=None if waiting.began is None else _noon(waiting.began),
        reason=waiting.reason,
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _hold(act: Act, thing: Thing, why: str, waiting: HeldEvent | None) -> Outcome:
    if not thing.about:
        raise NotTaken(
            f"{thing.source}, {thing.amount}, does not say of which charge it is.",
            rule="Y6: nothing is made up.",
            instead=_AGAIN,
        )
    assert thing.amount is not None
    request = HoldEvent(
        event=thing.source,
        state=Held(thing.kind.value),
        about=thing.about,
        amount=thing.amount,
        settled=thing.settled,
        fee=thing.fee,
        began=thing.began.date() if thing.began else None,
        reason=thing.reason or why,
    )
    if waiting is not None and says_nothing_new(request, waiting):
        return Outcome(thing, Became.STANDING, why)
    with dated(act, thing.moment.date()) as day:
        act.record(held(request, day))
    return Outcome(thing, Became.HELD, why)


def _refund_of(books: Books, thing: Thing) -> Refund | None:
    found = list(books.payments.refunds.range("source", thing.source))
    return found[-1] if found else None


def _chargeback_of(books: Books, thing: Thing) -> Chargeback | None:
    """The chargeback that a dispute became; money that came back under another id is that of the only one there is."""
    found = list(books.payments.chargebacks.range("source", thing.source))
    if not found and thing.kind is EventKind.DISPUTE_WON:
        found = list(books.payments.chargebacks.range("source", thing.about))
        head = charge_of(books, thing.about)
        if not found and thing.began is None and head is not None:
            found = list(books.payments.chargebacks.range("payment", head.payment))
            found = found if len(found) == 1 else []
    return found[-1] if found else None


def _amount_in(thing: Thing, head: PaymentHead) -> Money:
    """What goes back in the currency in which the charge came. Raises `NotTaken` where that is not said."""
    for amount in (thing.settled, thing.amount):
        if amount is not None and amount.currency == head.amount.currency:
            return amount
    raise NotTaken(
        f"{thing.source} is over {thing.amount}, and its charge is {head.payment} over {head.amount}.",
        rule="Y5: what goes back is in the currency that came.",
        instead="import the balance report, which says what it came to",
    )


def _refund(act: Act, thing: Thing, head: PaymentHead, known: Refund | None) -> Outcome:
    """Requested, then succeeded or failed: what of that is not in the books yet."""
    count = len(act.facts)
    amount = _amount_in(thing, head)
    day = local_day(act.books, thing.moment, seller_of_payment(act.books, head))
    known = known or _asked_for(act.books, head, amount)
    origin = known.origin if known else _origin_of(act.books, head, amount)
    since = (known.requested,) if known else _since(act.books, head, origin)
    with dated(act, day, *since) as happened:
        if known is None:
            reason = thing.reason or "refunded at the processor"
            request = RequestRefund(origin, reason, amount, everything=True, payment=head.payment, source=thing.source)
            refund(act, RefundAsked(request, credits=PaidCredits.TAKE))
            known = _refund_of(act.books, thing)
            assert known is not None
        if known.amount != amount:
            raise _other(thing, known.amount, known.refund)
        if thing.kind is EventKind.REFUNDED and known.status is RefundStatus.PENDING:
            settle = SettleRefund(known.refund, Account(head.into), kept(thing), _untold(known, thing))
            settle_refund(act, settle)
        elif thing.kind is EventKind.REFUND_FAILED and known.status is RefundStatus.PENDING:
            reason = thing.reason or "it failed at the processor"
            fail_refund(act, FailRefund(known.refund, reason, _untold(known, thing)))
            _settle_again(act, head)
        elif thing.kind is EventKind.REFUND_FAILED and known.status is RefundStatus.SUCCEEDED:
            _refuse_return(act.books, thing, known)
        if thing.kind is EventKind.REFUNDED and known.status is not RefundStatus.FAILED:
            add_fee(act, thing, Account(head.into), happened)
    return Outcome(thing, Became.RECORDED if len(act.facts) > count else Became.STANDING)


def _untold(known: Refund, thing: Thing) -> str | None:
    """What a refund came from, where a person had asked for it: from now on the processor's id is known."""
    return thing.source if known.source is None else None


def _asked_for(books: Books, head: PaymentHead, amount: Money) -> Refund | None:
    """The refund that a person asked for and then had the processor do: it waits for so much of this payment."""
    for origin in _origins(books, head):
        for one in books.payments.refunds.range("origin", origin):
            is_it = one.status is RefundStatus.PENDING and one.source is None and one.payment == head.payment
            if is_it and one.amount == amount:
                return one
    return None


def _origin_of(books: Books, head: PaymentHead, amount: Money) -> str:
    """The money that goes back: what a credit note left of it, where the payment itself has not so much; else the payment."""
    own, *credited = _origins(books, head)
    money = books.payments.money.get(own)
    if money is None or money.available < amount.number:
        for origin in credited:
            left = books.payments.money.get(origin)
            if left is not None and left.currency == amount.currency and left.available >= amount.number:
                return origin
    return own


def _origins(books: Books, head: PaymentHead) -> Iterator[str]:
    """Where money of a payment may stand: its own, and that of credit notes for the invoices that it settles."""
    own = f"payment/{head.payment}"
    yield own
    for invoice in settled_by(books, own):
        for note in books.invoices.credit_notes.range("invoice", invoice):
            yield f"credit-note/{note.number}"


def _settle_again(act: Act, head: PaymentHead) -> None:
    """Money that was kept for a refund which failed goes back to the invoices that it was meant for, if they are open.

    While it was kept, another refund of the payment may have opened them instead of taking it.
    """
    origin = f"payment/{head.payment}"
    money = act.books.payments.money.get(origin)
    settled = settled_by(act.books, origin)
    free = money.available if money else _ZERO
    shares: list[Allocate] = []
    for meant in act.books.payments.allocations.range("payment", head.payment):
        invoice = act.books.invoices.heads.get(meant.invoice)
        if money is None or invoice is None or invoice.status not in OPEN or invoice.currency != money.currency:
            continue
        share = min(free, invoice.due_amount, meant.amount.number - settled.get(meant.invoice, _ZERO))
        if share > 0 and meant.line is None:
            shares.append(Allocate(meant.invoice, new_money(share, money.currency)))
            free -= share
    if shares:
        allocate_money(act, AllocateMoney(origin, tuple(shares)))


def _refuse_return(books: Books, thing: Thing, refund: Refund) -> None:
    """A refund that failed after it was recorded as done is for a person, until its money is recorded as received again."""
    if any(books.payments.heads.range("source", thing.source)):
        return
    raise NotTaken(
        f"{thing.source} failed after it was recorded as done ({refund.refund}): {refund.amount} are at the processor again.",
        rule="Y5: a refund that succeeded is never undone in silence.",
        instead=by_hand(thing, f"--customer {refund.customer}"),
    )


def _since(books: Books, head: PaymentHead, origin: str = "") -> tuple[date | None, ...]:
    """When the money of a payment came, or that of a credit note for it, and when it last settled or left an invoice."""
    origin = origin or f"payment/{head.payment}"
    money = books.payments.money.get(origin)
    days = [one.date for one in books.invoices.settlements.range("origin", origin)]
    return (head.verified_on, *((money.date, money.since) if money else ()), *days)


def _dispute(act: Act, thing: Thing, head: PaymentHead, chargeback: Chargeback | None) -> Outcome:
    """The money was taken, and came back where the dispute was won: what of that is not in the books yet."""
    count = len(act.facts)
    seller = seller_of_payment(act.books, head)
    if chargeback is None:
        began = local_day(act.books, thing.began or thing.moment, seller)
        with dated(act, began, *_since(act.books, head)):
            request = ChargeBack(
                payment=head.payment,
                reason=thing.reason or "disputed by the payer",
                amount=_amount_in(thing, head),
                fee=kept(thing),
                taken_from=Account(head.into),
                source=thing.source,
            )
            charge_back(act, request)
        chargeback = _chargeback_of(act.books, thing)
        assert chargeback is not None
    if chargeback.source == thing.source and chargeback.amount != _amount_in(thing, head):
        raise _other(thing, chargeback.amount, chargeback.chargeback)
    day = local_day(act.books, thing.moment, seller)
    if thing.kind is EventKind.DISPUTE_WON and chargeback.reversed is None:
        with dated(act, day, chargeback.taken):
            account = Account(chargeback.account)
            reverse_chargeback(act, ReverseChargeback(chargeback.chargeback, into=account, source=thing.source))
    if chargeback.source == thing.source:
        add_fee(act, thing, Account(chargeback.account), max(day, chargeback.taken))
    return Outcome(thing, Became.RECORDED if len(act.facts) > count else Became.STANDING)


def _other(thing: Thing, amount: Money, known: str) -> NotTaken:
    return NotTaken(
        f"{thing.source} is in the books as {known} over {amount}, and {thing.where} says {thing.amount}.",
        rule="Y6: what a processor told once is not changed by telling it otherwise.",
        instead="compare it at the processor",
    )
