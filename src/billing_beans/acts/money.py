"""Verbs for money that belongs to no invoice, goes back, or is taken back: allocate, refund, charge back, pay out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum

from billing_beans.acts.act import Act
from billing_beans.acts.credits_for_money import expire_bought, reopen_paid_by_credits, take_credits_of
from billing_beans.acts.payments import post_paid
from billing_beans.core.accounts import place_of
from billing_beans.core.records import record
from billing_beans.invoicing.operations import head_named
from billing_beans.invoicing.writing_off import ReverseWriteOff, WriteOffInvoice, write_off_reversed, written_off
from billing_beans.payments.allocating import (
    AllocateMoney,
    ReverseAllocation,
    allocated,
    money_named,
    parties_of_money,
    reversed_allocation,
)
from billing_beans.payments.chargebacks import (
    ChargeBack,
    RecordPayout,
    ReverseChargeback,
    chargeback_named,
    chargeback_reversed,
    charged_back,
    payout_named,
    payout_recorded,
    payout_returned,
)
from billing_beans.payments.operations import payment_named
from billing_beans.payments.refunds import (
    FailRefund,
    RequestRefund,
    SettleRefund,
    failed,
    refund_named,
    requested,
    settled_and_free,
    succeeded,
)
from billing_beans.payments.settling import seller_of_payment


class PaidCredits(StrEnum):
    """What becomes of credits when the money that had paid them goes back (Y5).

    They stay, and the refund is refused where it needs that money; unspent ones are taken back; or the customer keeps as many,
    as free ones.
    """

    LEAVE = "leave"
    TAKE = "take"
    KEEP = "keep"


@record
class Refund:
    """A refund that is requested, and settled in the same act where the money went back already.

    `credits` says what becomes of credits that the money had paid, where it is not unapplied.
    """

    request: RequestRefund
    settle: SettleRefund | None = None
    credits: PaidCredits = PaidCredits.LEAVE


@record
class ReturnPayout:
    """A payout came back to the processor."""

    payout: str
    reason: str


def allocate_money(act: Act, request: AllocateMoney) -> None:
    """Unapplied money settles invoices; those that are now paid are posted in the same act (Y4, I6)."""
    money = money_named(act.books, request.origin)
    heads = [head_named(act.books, one.invoice) for one in request.allocations]
    open_since = [head.taken_back or head.issued for head in heads]
    day = act.day_after(act.books.catalog.entity_with(parties_of_money(money).seller), money.since, *open_since)
    fact = act.record(allocated(act.books, request, day))
    post_paid(act, fact.settles)


def reverse_allocation(act: Act, request: ReverseAllocation) -> None:
    """What money settled of an invoice is unapplied again (Y4)."""
    head = head_named(act.books, request.invoice)
    act.record(reversed_allocation(act.books, request, act.day_after(head.seller, head.settled_on)))


def refund(act: Act, request: Refund) -> None:
    """Money is to go back, or went back (Y5)."""
    wanted = request.request
    through = act.books.payments.heads.get(wanted.payment) if wanted.payment else None
    returned = (through.verified_on, through.returned) if through else ()
    day = act.day_after(_seller_of_origin(act, wanted.origin), *_since(act, wanted.origin), *returned)
    if request.credits is not PaidCredits.LEAVE:
        wanted, day = _with_credits(act, request, day)
    fact = act.record(requested(act.books, wanted, day))
    if request.settle is not None:
        settle = request.settle
        act.record(succeeded(act.books, SettleRefund(fact.refund, settle.paid_from, settle.fee), day))


def _with_credits(act: Act, request: Refund, day: date) -> tuple[RequestRefund, date]:
    """The refund once the credits that the money had paid are that money again; what was used of them on invoices to be opened, too."""
    wanted, origin = request.request, request.request.origin
    day = act.day_after(_seller_of_origin(act, origin), day, *_credits_since(act, origin))
    money = act.books.payments.money.get(origin)
    by_money = settled_and_free(act.books, origin)
    there = (money.available if money else 0) + (sum(by_money.values()) if wanted.everything else 0)
    needed = None if wanted.amount is None else wanted.amount.number - there
    by_credits = tuple(one for one in wanted.reopens if one not in by_money)
    if needed is None or needed > 0:
        keep = request.credits is PaidCredits.KEEP
        if not wanted.everything:
            expire_bought(act, origin)
        late = reopen_paid_by_credits(act, origin, by_credits, wanted.reason, day)
        take_credits_of(act, origin, needed, wanted.reason, day, late=late, spent=wanted.everything, keep=keep)
    return replace(wanted, reopens=tuple(one for one in wanted.reopens if one in by_money)), day


def _credits_since(act: Act, origin: str) -> Iterator[date]:
    """When anything last came to the credits that money paid, and the invoices that they paid were settled last."""
    for grant in act.books.credits.grants.range("origin", origin):
        yield from (lot.since for lot in act.books.credits.lots.range("grant", grant.grant))
        for use in act.books.credits.uses.range("grant", grant.grant):
            yield head_named(act.books, use.invoice).settled_on or use.used


def settle_refund(act: Act, request: SettleRefund) -> None:
    """The money of a pending refund went back (Y5)."""
    found = refund_named(act.books, request.refund)
    day = act.day_after(_seller_of_origin(act, found.origin), found.requested, *_since(act, found.origin))
    act.record(succeeded(act.books, request, day))


def fail_refund(act: Act, request: FailRefund) -> None:
    """The money of a pending refund did not go back (Y5)."""
    found = refund_named(act.books, request.refund)
    act.record(failed(act.books, request, act.day_after(_seller_of_origin(act, found.origin), found.requested)))


def charge_back(act: Act, request: ChargeBack) -> None:
    """The customer's bank took a payment back (Y3)."""
    head = payment_named(act.books, request.payment)
    origin = f"payment/{head.payment}"
    since = [*_since(act, origin), *_credits_since(act, origin)]
    day = act.day_after(seller_of_payment(act.books, head), head.verified_on, *since)
    amount = head.refundable if request.amount is None else request.amount.number
    money = act.books.payments.money.get(origin)
    there = (money.available if money else 0) + sum(settled_and_free(act.books, origin).values())
    if amount > there:
        take_credits_of(act, origin, amount - there, request.reason, day, spent=True)
    act.record(charged_back(act.books, request, day))


def reverse_chargeback(act: Act, request: ReverseChargeback) -> None:
    """A dispute was won; invoices that are paid again are posted, if they never were (Y3, I6)."""
    found = chargeback_named(act.books, request.chargeback)
    seller = seller_of_payment(act.books, payment_named(act.books, found.payment))
    heads = [head_named(act.books, one.invoice) for one in found.reopened]
    day = act.day_after(seller, found.taken, *(head.taken_back for head in heads))
    fact = act.record(chargeback_reversed(act.books, request, day))
    post_paid(act, fact.settles)


def record_payout(act: Act, request: RecordPayout) -> None:
    """A processor paid out (Y3)."""
    place = place_of(request.paid_from)
    seller = act.books.catalog.entity_with(place.entity) if place else None
    act.record(payout_recorded(act.books, request, act.day(seller)))


def return_payout(act: Act, request: ReturnPayout) -> None:
    """A payout came back (Y3)."""
    found = payout_named(act.books, request.payout)
    place = place_of(found.paid_from)
    assert place is not None
    day = act.day_after(act.books.catalog.entity_with(place.entity), found.received)
    act.record(payout_returned(act.books, request.payout, request.reason, day))


def write_off(act: Act, request: WriteOffInvoice) -> None:
    """What will not be paid is given up; an invoice that is settled by it is posted (Y4, I6)."""
    head = head_named(act.books, request.invoice)
    fact = act.record(written_off(act.books, request, act.day_after(head.seller, head.issued, head.taken_back)))
    post_paid(act, (fact.receivable,))


def reverse_write_off(act: Act, request: ReverseWriteOff) -> None:
    """A write-off is taken back (Y4)."""
    head = head_named(act.books, request.invoice)
    act.record(write_off_reversed(act.books, request, act.day_after(head.seller, head.settled_on)))


def _seller_of_origin(act: Act, origin: str) -> str:
    money = act.books.payments.money.get(origin)
    if money is not None:
        return act.books.catalog.entity_with(parties_of_money(money).seller)
    return seller_of_payment(act.books, payment_named(act.books, origin.removeprefix("payment/")))


def _since(act: Act, origin: str) -> list[date | None]:
    """Since when the money is there and free, and when it last settled or left an invoice."""
    money = act.books.payments.money.get(origin)
    payment = act.books.payments.heads.get(origin.removeprefix("payment/"))
    days = [one.date for one in act.books.invoices.settlements.range("origin", origin)]
    return [*days, money.since if money else None, payment.returned if payment else None]
