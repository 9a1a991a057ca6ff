"""Money that a customer's bank takes back, and what a processor pays out (Y3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of, place_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_leg
from billing_beans.core.ids import ChargebackId, PaymentId, PayoutId
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.payments.facts import ChargebackReversed, PaymentChargedBack, PayoutReceived, PayoutReturned
from billing_beans.payments.operations import entity_of, payment_named, receiving_account
from billing_beans.payments.records import Chargeback, Payout
from billing_beans.payments.refunds import exchange_taken_back, settled_and_free
from billing_beans.payments.settling import Share, parties_of_payment, payee_of, seller_of_payment, settle, taken_back

PREFIX = "CB"
PAYOUT_PREFIX = "PO"
_ZERO = Decimal(0)


@record
class ChargeBack:
    """A payment was taken back by the customer's bank: all that is left of it or so much, for a reason, at a fee."""

    payment: str
    reason: str
    amount: Money | None = None
    fee: Money | None = None
    taken_from: Account | None = None
    chargeback: str | None = None
    source: str | None = None


@record
class ReverseChargeback:
    """The dispute was won: the money is back, and perhaps the fee."""

    chargeback: str
    fee: Money | None = None
    into: Account | None = None
    source: str | None = None


@record
class RecordPayout:
    """A processor paid out `amount`, less a fee, from its account to a bank account."""

    amount: Money
    paid_from: Account
    into: Account | None = None
    fee: Money | None = None
    payout: str | None = None
    source: str | None = None


def charged_back(books: Books, request: ChargeBack, day: date) -> PaymentChargedBack:
    """What was unapplied of a payment leaves first, then invoices that it had settled are open again (Y3). Raises `Refused`."""
    head = payment_named(books, request.payment)
    origin = f"payment/{head.payment}"
    money = books.payments.money.get(origin)
    free = money.available if money else _ZERO
    settled = settled_and_free(books, origin)
    amount = new_money(head.refundable, head.amount.currency) if request.amount is None else request.amount
    fee = _fee(request.fee, amount)
    if not 0 < amount.number <= head.refundable or amount.currency != head.amount.currency or not is_minor(amount):
        raise Refused(
            f"{amount.number:f} {amount.currency} of {head.payment} can't be charged back: {head.refundable:f} "
            f"{head.amount.currency} of it are with us.",
            rule="Y3: no more is charged back than was received, and did not go back already.",
            instead=f"billing-beans payment show {head.payment}",
        )
    if amount.number > free + sum(settled.values()):
        raise Refused(
            f"{amount.number:f} {amount.currency} of {head.payment} can't be taken back: it was credited, exchanged, or is "
            "reserved for a refund.",
            rule="Y3: a chargeback takes what is unapplied, and what the payment still settles.",
            instead="reverse that first: "
            + (exchange_taken_back(books, origin) or f"billing-beans payment show {head.payment}"),
        )
    parties = parties_of_payment(books, head)
    from_unapplied = min(amount.number, free)
    left = amount.number - from_unapplied
    reopens: list[Leg] = []
    for invoice, share in reversed(settled.items()):
        if left > 0:
            part = new_money(min(share, left), amount.currency)
            reopens += taken_back(books, origin, invoice, part, parties).reopens
            left -= part.number
    taken_from = receiving_account(books, seller_of_payment(books, head), request.taken_from or Account(head.into), day)
    chargeback = request.chargeback or books.payments.counters.next(PREFIX)
    unapplied = new_money(from_unapplied, amount.currency)
    return PaymentChargedBack(
        date=day,
        source=request.source,
        payee=payee_of(books, head),
        narration=f"Chargeback {chargeback} of payment {head.payment}",
        chargeback=ChargebackId(chargeback),
        payment=PaymentId(head.payment),
        reason=request.reason,
        unapplied=new_leg(account_of(Role.UNAPPLIED, *parties), unapplied) if from_unapplied else None,
        reopens=tuple(reopens),
        fee=new_leg(account_of(Role.PROCESSOR_FEES, entity_of(taken_from)), fee) if fee.number else None,
        taken_from=new_leg(taken_from, new_money(-amount.number - fee.number, amount.currency)),
    )


def _fee(fee: Money | None, amount: Money) -> Money:
    if fee is None:
        return new_money(_ZERO, amount.currency)
    if fee.currency != amount.currency or fee.number < 0 or not is_minor(fee):
        raise WrongUsage(f"A fee of {fee.number:f} {fee.currency} can't come with {amount}.")
    return fee


def chargeback_named(books: Books, chargeback: str) -> Chargeback:
    """The chargeback of this id. Raises `Refused`."""
    found = books.payments.chargebacks.get(chargeback)
    if found is None:
        raise Refused(f"There is no chargeback {chargeback}.", instead="billing-beans payment show PAYMENT names it")
    return found


def chargeback_reversed(books: Books, request: ReverseChargeback, day: date) -> ChargebackReversed:
    """The money is back: it settles what it had settled, as far as that is open; the rest is unapplied (Y3)."""
    chargeback = chargeback_named(books, request.chargeback)
    head = payment_named(books, chargeback.payment)
    fee = _fee(request.fee, chargeback.amount)
    if fee.number > chargeback.fee:
        raise WrongUsage(f"{fee} come back, and the chargeback had cost {chargeback.fee:f} {fee.currency}.")
    into = receiving_account(books, seller_of_payment(books, head), request.into or Account(chargeback.account), day)
    shares = [Share(one.invoice, one.amount) for one in reversed(chargeback.reopened)]
    settling = settle(books, parties_of_payment(books, head), shares, chargeback.amount)
    return ChargebackReversed(
        date=day,
        source=request.source,
        payee=payee_of(books, head),
        narration=f"Chargeback {chargeback.chargeback} of payment {head.payment} reversed",
        chargeback=ChargebackId(chargeback.chargeback),
        payment=PaymentId(head.payment),
        into=new_leg(into, new_money(chargeback.amount.number + fee.number, fee.currency)),
        settles=settling.settles,
        fee=new_leg(account_of(Role.PROCESSOR_FEES, entity_of(into)), new_money(-fee.number, fee.currency))
        if fee.number
        else None,
        rest=settling.rest,
    )


def payout_recorded(books: Books, request: RecordPayout, day: date) -> PayoutReceived:
    """Money moves from a processor to the bank (Y3). Raises `WrongUsage`."""
    place = place_of(request.paid_from)
    if place is None or place.role is not Role.PROCESSOR:
        raise WrongUsage(f"{request.paid_from} is no account of a processor: Assets:<entity>:Processor:...")
    entity = next(iter(books.catalog.entities.range("account", place.entity)), None)
    if entity is None:
        raise WrongUsage(f"{request.paid_from} belongs to no legal entity of these books.")
    into = receiving_account(books, entity.entity, request.into, day)
    if "Bank" not in into.split(":")[2:3]:
        raise WrongUsage(f"{into} can't receive a payout: it is no account Assets:{place.entity}:Bank:...")
    amount, fee = request.amount, _fee(request.fee, request.amount)
    if amount.number <= fee.number or not is_minor(amount):
        raise WrongUsage(f"{amount} can't be paid out at a fee of {fee}: what reaches the bank is above zero.")
    payout = request.payout or books.payments.counters.next(PAYOUT_PREFIX)
    return PayoutReceived(
        date=day,
        source=request.source,
        payee=place.owner[0] if place.owner else "Processor",
        narration=f"Payout {payout}",
        payout=PayoutId(payout),
        into=new_leg(into, new_money(amount.number - fee.number, amount.currency)),
        fee=new_leg(account_of(Role.PROCESSOR_FEES, place.entity), fee) if fee.number else None,
        paid_from=new_leg(request.paid_from, new_money(-amount.number, amount.currency)),
    )


def payout_named(books: Books, payout: str) -> Payout:
    """The payout of this id. Raises `Refused`."""
    found = books.payments.payouts.get(payout)
    if found is None:
        raise Refused(
            f"There is no payout {payout}.",
            instead="name it as it was recorded, such as PO-1; the ledger has it as ^PO-1 in journal/",
        )
    return found


def payout_returned(books: Books, payout: str, reason: str, day: date) -> PayoutReturned:
    """A payout came back: the exact reverse of it (Y3)."""
    found = payout_named(books, payout)
    paid_from, into = Account(found.paid_from), Account(found.into)
    place = place_of(paid_from)
    assert place is not None
    currency = found.amount.currency
    fee = new_money(-found.fee, currency)
    return PayoutReturned(
        date=day,
        payee=place.owner[0] if place.owner else "Processor",
        narration=f"Payout {payout} returned",
        payout=PayoutId(payout),
        reason=reason,
        into=new_leg(paid_from, found.amount),
        fee=new_leg(account_of(Role.PROCESSOR_FEES, place.entity), fee) if fee.number else None,
        paid_from=new_leg(into, new_money(found.fee - found.amount.number, currency)),
    )
