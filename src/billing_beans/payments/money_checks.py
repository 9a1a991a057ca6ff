"""What must hold of money that belongs to no invoice, and of money that goes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import place_of
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.core.facts import Leg
from billing_beans.core.money import is_minor, new_money
from billing_beans.invoicing.operations import head_named
from billing_beans.payments.allocating import (
    AllocateMoney,
    ReverseAllocation,
    allocated,
    money_named,
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
from billing_beans.payments.facts import (
    AllocationReversed,
    ChargebackReversed,
    PaymentAllocated,
    PaymentChargedBack,
    PayoutReceived,
    PayoutReturned,
    RefundFailed,
    RefundRequested,
    RefundSucceeded,
    UnappliedOpened,
)
from billing_beans.payments.operations import Allocate, payment_named
from billing_beans.payments.records import PaymentHead, PaymentStatus, RefundStatus
from billing_beans.payments.refunds import (
    SettleRefund,
    parties_of_origin,
    refund_named,
    reserved_of,
    settled_and_free,
    succeeded,
)
from billing_beans.payments.settling import as_called, parties_of_payment, settled_by

RESTORE = "restore the text with git; what was recorded is never edited"
_ZERO = Decimal(0)


@check(
    PaymentAllocated,
    promise="Y4: unapplied money settles open invoices of its customer, each up to what it owes, and never more than there is.",
    remedy="billing-beans payment unapplied shows what there is",
)
def applied_from_free(books: Books, fact: PaymentAllocated) -> Iterator[str | Broken]:
    money = money_named(books, fact.origin)
    if books.payments.allocated.get(fact.allocation) is not None:
        yield f"{fact.allocation} is made twice"
        return
    shares = tuple(Allocate(str(leg.invoice), new_money(-leg.number, leg.currency), leg.line) for leg in fact.settles)
    expected = allocated(books, AllocateMoney(fact.origin, shares, fact.rate, fact.allocation), fact.date)
    if differs := difference(fact, as_called(books, money.customer, fact, expected)):
        yield Broken(f"{fact.allocation} does not apply {fact.origin} as it says: {differs}", RESTORE)
    since = max([money.since, *_open_since(books, fact.settles)])
    if fact.date < since:
        yield f"{fact.allocation} is dated {fact.date}, before {since}, when there were both the money and the invoice"


def _open_since(books: Books, settles: Iterable[Leg]) -> Iterator[date]:
    """Since when what is settled of each invoice is open: it was issued, or what had settled it was taken back."""
    for leg in settles:
        head = books.invoices.heads.get(leg.invoice)
        if head is not None and head.issued is not None:
            yield head.taken_back or head.issued


@check(
    AllocationReversed,
    promise="Y4: what is taken back from an invoice had settled it, and becomes unapplied money again; for a reason.",
    remedy="billing-beans invoice show INVOICE says what settles it",
)
def taken_back_as_settled(books: Books, fact: AllocationReversed) -> Iterator[str | Broken]:
    amount = (
        new_money(sum((leg.number for leg in fact.reopens), start=_ZERO), fact.reopens[0].currency)
        if fact.reopens
        else None
    )
    expected = reversed_allocation(books, ReverseAllocation(fact.origin, fact.invoice, fact.reason, amount), fact.date)
    expected = as_called(books, head_named(books, fact.invoice).customer, fact, expected)
    if differs := difference(fact, expected):
        yield Broken(f"{fact.origin} is not taken back from {fact.invoice} as it settled it: {differs}", RESTORE)
    if not fact.reason.strip():
        yield f"{fact.origin} is taken back from {fact.invoice} without a reason"
    kept = reserved_of(books, fact.origin).get(fact.invoice)
    if amount is not None and kept is not None:
        free = settled_by(books, fact.origin).get(fact.invoice, _ZERO) - kept
        if amount.number > free:
            yield f"{amount} of {fact.origin} are taken back from {fact.invoice}, and a pending refund waits for all but {free:f}"
    yield from _not_before_settling(books, fact.origin, [fact.invoice], fact.date)


def _not_before_settling(books: Books, origin: str, invoices: list[str], day: date) -> Iterator[str]:
    """Nothing is taken back before it was there."""
    dates = [one.date for one in books.invoices.settlements.range("origin", origin) if one.invoice in invoices]
    if dates and day < max(dates):
        yield f"money of {origin} is taken back on {day}, and it settled {invoices[0]} on {max(dates)}"


@check(
    RefundRequested,
    promise="Y5: no more goes back than was received: what is unapplied, and what was settled of the invoices it opens again.",
    remedy="billing-beans payment show PAYMENT says what can go back",
)
def refund_within(books: Books, fact: RefundRequested) -> Iterator[str | Broken]:
    if books.payments.refunds.get(fact.refund) is not None:
        yield Broken(f"{fact.refund} is requested twice", "choose another id with --id, or leave it out")
    if not fact.reason.strip():
        yield f"{fact.refund} has no reason"
    money = books.payments.money.get(fact.origin)
    payment = books.payments.heads.get(fact.origin.removeprefix("payment/"))
    known = money or (payment if fact.origin.startswith("payment/") else None)
    if known is None or known.customer != fact.customer:
        yield f"{fact.refund} is of {fact.origin}, which is no money of {fact.customer}"
        return
    if fact.amount.number <= 0 or not is_minor(fact.amount):
        yield f"{fact.refund} is over {fact.amount}, which can't go back"
    from_invoices = sum((one.amount.number for one in fact.reopens), start=_ZERO)
    unapplied = fact.amount.number - from_invoices
    free = money.available if money is not None and money.currency == fact.amount.currency else _ZERO
    if unapplied < 0 or unapplied > free:
        yield f"{fact.refund} takes {unapplied:f} of the unapplied money of {fact.origin}, of which {free:f} are free"
    settled = settled_and_free(books, fact.origin)
    for one in fact.reopens:
        there = settled.get(one.invoice, _ZERO)
        if not 0 < one.amount.number <= there or one.amount.currency != fact.amount.currency:
            yield f"{fact.refund} takes {one.amount} from {one.invoice}, of which {fact.origin} settles {there:f}"
    if len({one.invoice for one in fact.reopens}) != len(fact.reopens):
        yield f"{fact.refund} names one invoice twice"
    yield from _refundable(books, fact)
    if money is not None and unapplied and fact.date < money.since:
        yield f"{fact.refund} is requested on {fact.date}, before the money was free on {money.since}"
    yield from _not_before_settling(books, fact.origin, [one.invoice for one in fact.reopens], fact.date)


def _refundable(books: Books, fact: RefundRequested) -> Iterator[str]:
    """What goes back through a payment was received by it."""
    own = fact.origin.removeprefix("payment/") if fact.origin.startswith("payment/") else fact.payment
    if fact.payment != own:
        yield f"{fact.refund} of {fact.origin} goes back through {fact.payment}"
    if fact.payment is None:
        return
    head = payment_named(books, fact.payment)
    if head.status is not PaymentStatus.VERIFIED or head.amount.currency != fact.amount.currency:
        yield f"{fact.refund} goes back through {fact.payment}, which is {head.status} in {head.amount.currency}"
    elif fact.amount.number > head.refundable or head.customer != fact.customer:
        yield f"{fact.refund} over {fact.amount} goes back through {fact.payment}, of which {head.refundable:f} can"
    elif parties_of_payment(books, head) != parties_of_origin(books, fact.origin):
        yield f"{fact.refund} of {fact.origin} goes back through {fact.payment}, which another legal entity received"
    elif fact.date < (since := _with_us_since(head)):
        yield f"{fact.refund} is requested on {fact.date}, and what goes back of {fact.payment} was with us on {since}"


def _with_us_since(head: PaymentHead) -> date:
    """Since when what can go back of a payment is with us."""
    assert head.verified_on is not None
    return max(head.verified_on, head.returned or head.verified_on)


@check(
    RefundSucceeded,
    RefundFailed,
    promise="Y5: a pending refund succeeds or fails, once.",
    remedy="billing-beans refund show REFUND says where it stands",
)
def refund_settled_once(books: Books, fact: RefundSucceeded | RefundFailed) -> Iterator[str | Broken]:
    refund = refund_named(books, fact.refund)
    if refund.status is not RefundStatus.PENDING:
        yield f"{fact.refund} has {refund.status} already, on {refund.settled}"
    elif fact.date < refund.requested:
        yield f"{fact.refund} is settled on {fact.date}, before it was requested on {refund.requested}"
    elif isinstance(fact, RefundFailed):
        if not fact.reason.strip():
            yield f"{fact.refund} has failed without a reason"
    else:
        request = SettleRefund(fact.refund, fact.paid_from.account, fact.fee.units if fact.fee else None)
        expected = as_called(books, refund.customer, fact, succeeded(books, request, fact.date))
        if differs := difference(fact, expected):
            yield Broken(f"{fact.refund} does not go back as it was requested: {differs}", RESTORE)
        yield from _not_before_settling(books, refund.origin, [one.invoice for one in refund.reopens], fact.date)


@check(
    PaymentChargedBack,
    promise="Y3: a chargeback takes no more of a payment than is left of it: unapplied money first, then invoices open again.",
    remedy="billing-beans payment show PAYMENT says what is left of it",
)
def charged_back_within(books: Books, fact: PaymentChargedBack) -> Iterator[str | Broken]:
    if books.payments.chargebacks.get(fact.chargeback) is not None:
        yield Broken(f"{fact.chargeback} is recorded twice", "choose another id with --id, or leave it out")
    if not fact.reason.strip():
        yield f"{fact.chargeback} has no reason"
    taken = -fact.taken_from.number - (fact.fee.number if fact.fee else _ZERO)
    request = ChargeBack(
        fact.payment,
        fact.reason,
        new_money(taken, fact.taken_from.currency),
        fact.fee.units if fact.fee else None,
        fact.taken_from.account,
        fact.chargeback,
        fact.source,
    )
    head = payment_named(books, fact.payment)
    expected = as_called(books, head.customer, fact, charged_back(books, request, fact.date))
    if differs := difference(fact, expected):
        yield Broken(f"{fact.chargeback} does not take back what {fact.payment} paid: {differs}", RESTORE)
    money = books.payments.money.get(f"payment/{fact.payment}") if fact.unapplied else None
    since = max(_with_us_since(head), money.since if money else date.min)
    if fact.date < since:
        yield f"{fact.chargeback} is dated {fact.date}, and what it takes of {fact.payment} was with us on {since}"
    yield from _not_before_settling(
        books, f"payment/{fact.payment}", [str(leg.invoice) for leg in fact.reopens], fact.date
    )


@check(
    ChargebackReversed,
    promise="Y3: a chargeback is reversed once, and settles what it had opened, as far as that is open.",
    remedy="billing-beans payment show PAYMENT says how its chargebacks stand",
)
def reversed_once(books: Books, fact: ChargebackReversed) -> Iterator[str | Broken]:
    chargeback = chargeback_named(books, fact.chargeback)
    if chargeback.reversed is not None:
        yield f"{fact.chargeback} is reversed already, on {chargeback.reversed}"
        return
    fee = new_money(-fact.fee.number, fact.fee.currency) if fact.fee else None
    expected = chargeback_reversed(
        books, ReverseChargeback(fact.chargeback, fee, fact.into.account, fact.source), fact.date
    )
    if differs := difference(fact, as_called(books, chargeback.customer, fact, expected)):
        yield Broken(f"{fact.chargeback} is not reversed as it was taken: {differs}", RESTORE)
    since = max([chargeback.taken, *_open_since(books, fact.settles)])
    if fact.date < since:
        yield f"{fact.chargeback} is reversed on {fact.date}, before {since}, when it was taken and what it settles was open"


@check(
    PayoutReceived,
    promise="Y3: a payout is recorded once: the bank gets what the processor held, less the fee.",
    remedy=RESTORE,
)
def payout_once(books: Books, fact: PayoutReceived) -> Iterator[str | Broken]:
    if books.payments.payouts.get(fact.payout) is not None:
        yield Broken(f"{fact.payout} is recorded twice", "choose another id with --id, or leave it out")
    request = RecordPayout(
        new_money(-fact.paid_from.number, fact.paid_from.currency),
        fact.paid_from.account,
        fact.into.account,
        fact.fee.units if fact.fee else None,
        fact.payout,
        fact.source,
    )
    if differs := difference(fact, payout_recorded(books, request, fact.date)):
        yield f"{fact.payout} is not what was paid out: {differs}"


@check(
    PayoutReturned,
    promise="Y3: a payout comes back once, as it went.",
    remedy=RESTORE,
)
def payout_returned_once(books: Books, fact: PayoutReturned) -> Iterator[str | Broken]:
    payout = payout_named(books, fact.payout)
    if payout.returned is not None:
        yield f"{fact.payout} came back already, on {payout.returned}"
    if differs := difference(fact, payout_returned(books, fact.payout, fact.reason, fact.date)):
        yield f"{fact.payout} does not come back as it went: {differs}"
    if fact.date < payout.received:
        yield f"{fact.payout} came back on {fact.date}, before it was paid out on {payout.received}"


@check(
    UnappliedOpened,
    promise="B1: money that a customer had with us when the books began is opened once.",
    remedy="billing-beans opening import FILE writes it",
)
def money_opened_once(books: Books, fact: UnappliedOpened) -> Iterator[str]:
    if books.payments.money.get(f"opening/{fact.opening}") is not None:
        yield f"{fact.opening} is opened twice"
    customer = books.catalog.customer(fact.customer, fact.date)
    if customer is None:
        yield f"{fact.opening} is money of {fact.customer}, who is no customer on {fact.date}"
        return
    place, equity = place_of(fact.unapplied.account), place_of(fact.opening_balance.account)
    assert place is not None
    assert equity is not None
    if place.owner != (customer.account,) or place.entity != equity.entity or equity.owner:
        yield f"{fact.opening} is money of {fact.customer}, and stands on {fact.unapplied.account}"
    if not is_minor(fact.unapplied.units):
        yield f"{fact.opening} is over {fact.unapplied.units}, which is not in whole minor units"
