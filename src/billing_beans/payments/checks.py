"""What must hold of payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing_beans.books import Books
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.core.facts import Fact
from billing_beans.core.money import is_minor, round_money, times
from billing_beans.core.tables import Table
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.facts import (
    AllocationRejected,
    PaymentAllocation,
    PaymentChargedBack,
    PaymentRejected,
    PaymentSubmitted,
    PaymentVerified,
    PayoutReceived,
    ReceiptRendered,
    RefundFailed,
    RefundRequested,
    RefundSucceeded,
)
from billing_beans.payments.operations import VerifyPayment, day_of_verification, payment_named, verification
from billing_beans.payments.records import PaymentStatus
from billing_beans.payments.settling import Settling, as_called, settling_of

NEVER_EDITED = "restore the text with git; a verified payment is never edited"


@check(
    PaymentSubmitted,
    promise="Y1: a payment is submitted once, for open invoices of its customer and currency, or as a customer's own money.",
    remedy="billing-beans invoice list --customer CUSTOMER shows what is open",
)
def sound_submission(books: Books, fact: PaymentSubmitted) -> Iterator[str | Broken]:
    if books.payments.heads.get(fact.payment) is not None:
        yield Broken(f"{fact.payment} is submitted twice", "choose another id with --id, or leave it out")
    if fact.amount.number <= 0 or not is_minor(fact.amount):
        yield f"{fact.payment} is over {fact.amount}, which can't be paid"
    if (fact.seller is None) != bool(fact.allocations):
        yield f"{fact.payment} must name invoices, or else the seller whose money it is"
    if fact.seller is not None:
        yield from _known_parties(books, fact, fact.seller)
    for part in fact.allocations:
        yield from _sound_share(books, fact, part)


def _sound_share(books: Books, fact: PaymentSubmitted, part: PaymentAllocation) -> Iterator[str | Broken]:
    head = books.invoices.heads.get(part.invoice)
    if head is None:
        yield f"{fact.payment} is meant for {part.invoice}, which is no invoice"
    elif head.status not in OPEN:
        yield Broken(
            f"{fact.payment} is meant for {part.invoice}, which is {head.status.replace('-', ' ')}",
            f"billing-beans invoice issue {part.invoice}"
            if head.status is Status.DRAFT
            else f"billing-beans invoice list --customer {head.customer} shows what is open",
        )
    elif head.seller != _seller_of(books, fact):
        yield f"{fact.payment} is meant for invoices of {_seller_of(books, fact)} and of {head.seller}"
    elif (head.customer, head.currency) != (fact.customer, part.amount.currency):
        yield f"{fact.payment} of {fact.customer} in {part.amount.currency} is meant for {part.invoice} of {head.customer} in {head.currency}"
    elif head.issued is not None and fact.date < head.issued:
        yield f"{fact.payment} is submitted on {fact.date}, before {part.invoice} was issued on {head.issued}"
    elif part.line is not None and not _has_line(books, part):
        yield f"{fact.payment} is meant for line {part.line} of {part.invoice}, which has no such line"


def _known_parties(books: Books, fact: PaymentSubmitted, seller: str) -> Iterator[str]:
    if books.catalog.customer(fact.customer, fact.date) is None:
        yield f"{fact.payment} is from {fact.customer}, who is no customer on {fact.date}"
    if books.catalog.entity(seller, fact.date) is None:
        yield f"{fact.payment} is for {seller}, which is no legal entity on {fact.date}"


def _has_line(books: Books, part: PaymentAllocation) -> bool:
    draft = books.invoices.current(part.invoice)
    return draft is not None and 0 < (part.line or 0) <= len(draft.lines)


@check(
    PaymentSubmitted,
    promise="Y4: a payment is allocated at most as far as it goes, to each invoice or line once.",
    remedy="correct the shares with --allocate NUMBER=AMOUNT",
    timeless=True,
)
def allocated_within(books: Books, fact: PaymentSubmitted) -> Iterator[str]:
    currency = fact.amount.currency
    total = sum(
        ((part.amount if part.paid is None else part.paid).number for part in fact.allocations), start=Decimal(0)
    )
    if total > fact.amount.number:
        yield f"{fact.payment} is over {fact.amount}, and {total:f} of it are allocated"
    if len({(part.invoice, part.line) for part in fact.allocations}) != len(fact.allocations):
        yield f"{fact.payment} names one invoice twice"
    for part in fact.allocations:
        if part.amount.number <= 0 or not is_minor(part.amount):
            yield f"{fact.payment} allocates {part.amount} to {part.invoice}"
        elif not _is_exchanged(part, currency):
            yield f"{fact.payment} in {currency} allocates {part.amount} to {part.invoice}, and the rate does not say how"


def _is_exchanged(part: PaymentAllocation, currency: str) -> bool:
    """Whether a share in the payment's own currency has no rate, and one in another has what it takes by its rate, or is worth."""
    paid, rate = part.paid, part.rate
    if part.amount.currency == currency or rate is None or paid is None:
        return part.amount.currency == currency and rate is None and paid is None
    if rate <= 0 or paid.number <= 0 or paid.currency != currency or not is_minor(paid):
        return False
    worth = round_money(paid.number / rate, part.amount.currency)
    return bool(paid == times(part.amount, rate, currency) or worth == part.amount)


_BEGINNING = (PaymentSubmitted, RefundRequested, PaymentChargedBack, PayoutReceived)
"""What makes a payment, a refund, a chargeback or a payout; the other kinds say what became of one."""


@check(
    PaymentSubmitted,
    PaymentVerified,
    RefundRequested,
    RefundSucceeded,
    RefundFailed,
    PaymentChargedBack,
    PayoutReceived,
    promise="Y6: what a bank or a processor names by an id of its own is recorded once.",
    remedy="it is recorded already; where two branches imported the same, keep one of them",
)
def external_id_once(books: Books, fact: Fact) -> Iterator[str]:
    if fact.source is None:
        return
    tables: dict[type[Fact], Table[Any]] = {
        PaymentSubmitted: books.payments.heads,
        PaymentVerified: books.payments.heads,
        RefundRequested: books.payments.refunds,
        RefundSucceeded: books.payments.refunds,
        RefundFailed: books.payments.refunds,
        PaymentChargedBack: books.payments.chargebacks,
        PayoutReceived: books.payments.payouts,
    }
    for one in tables[type(fact)].range("source", fact.source):
        if not isinstance(fact, _BEGINNING) and one[0] == fact.entities()[0]:
            continue  # what it was submitted or requested with
        yield f"{fact.entities()[0]} comes from {fact.source}, and {one[0]} does too"


@check(
    PaymentVerified,
    PaymentRejected,
    AllocationRejected,
    promise="Y1: only a submitted payment is verified or rejected, once.",
    remedy="billing-beans payment show PAYMENT says where it stands; new money is a new payment",
)
def decided_once(books: Books, fact: PaymentVerified | PaymentRejected | AllocationRejected) -> Iterator[str | Broken]:
    head = books.payments.heads.get(fact.payment)
    show = f"billing-beans payment show {fact.payment}; new money is a new payment"
    if head is None:
        yield f"{fact.payment} was never submitted"
    elif head.status is PaymentStatus.VERIFIED:
        yield Broken(f"{fact.payment} is verified already, on {head.received} by {head.verified_by}", show)
    elif head.status is PaymentStatus.REJECTED:
        yield Broken(f"{fact.payment} is rejected already ({head.rejected_reason})", show)
    elif not isinstance(fact, PaymentVerified) and fact.date < head.submitted:
        yield f"{fact.payment} is rejected on {fact.date}, before it was submitted on {head.submitted}"


def _seller_of(books: Books, fact: PaymentSubmitted) -> str | None:
    head = books.invoices.heads.get(fact.allocations[0].invoice)
    return head.seller if head else None


@check(
    PaymentVerified,
    promise="Y1, Y4: a verified payment settles what it was meant for, in order; the rest is unapplied.",
    remedy=NEVER_EDITED,
)
def settles_as_meant(books: Books, fact: PaymentVerified) -> Iterator[str]:
    payment = payment_named(books, fact.payment)
    if fact.amount is not None and fact.amount.currency != payment.amount.currency:
        yield f"{fact.amount} came for {fact.payment}, which is in {payment.amount.currency}"
        return
    found = Settling(fact.settles, fact.rest, fact.gain, fact.loss)
    expected = settling_of(books, payment, payment.amount if fact.amount is None else fact.amount)
    if found != expected:
        differs = difference(fact, replace(fact, **expected._asdict()))
        yield f"{fact.payment} does not settle what it was submitted for: {differs}"


@check(
    PaymentVerified,
    promise="Y1: a payment is dated the day it was received, or the first on which there was what it settles.",
    remedy=NEVER_EDITED,
)
def dated_as_received(books: Books, fact: PaymentVerified) -> Iterator[str]:
    day = day_of_verification(books, fact.received, fact.settles)
    if fact.date < day or (fact.date > day and not books.periods.was_first_open(fact.date)):
        yield f"{fact.payment} was received on {fact.received}, and is dated {fact.date} instead of {day}"


@check(
    PaymentVerified,
    promise="Y1: what came is what was submitted, less the fee, on an account of the seller.",
    remedy=NEVER_EDITED,
    timeless=True,
)
def verified_in_full(books: Books, fact: PaymentVerified) -> Iterator[str]:
    request = VerifyPayment(
        fact.payment,
        fact.received,
        fact.into.account,
        fact.fee.units if fact.fee else None,
        fact.charges.units if fact.charges else None,
        fact.amount,
    )
    settling = Settling(fact.settles, fact.rest, fact.gain, fact.loss)
    expected = verification(books, request, fact.date, settling)
    payment = payment_named(books, fact.payment)
    expected = as_called(books, payment.customer, fact, replace(expected, date=fact.date))
    if differs := difference(fact, expected):
        yield f"{fact.payment} is not what was submitted: {differs}"


_A_DAY = timedelta(days=1)


@check(
    PaymentVerified,
    promise="U9: nothing is recorded before it happened.",
    remedy="give the day on which the money came: --received DATE, or --date DATE of payment receive",
    timeless=True,
)
def received_by_now(_books: Books, fact: PaymentVerified) -> Iterator[str]:
    # Somewhere it is already tomorrow: the furthest time zone is 14 hours ahead of UTC.
    if fact.received > date.fromisoformat(fact.at[:10]) + _A_DAY:
        yield f"{fact.payment} is said to be received on {fact.received}, and was verified on {fact.at[:10]}"


@check(
    AllocationRejected,
    promise="I5: a payment loses an allocation that it has, and keeps one at least.",
    remedy="a payment with one allocation is rejected whole: billing-beans payment reject PAYMENT --reason ...",
)
def allocation_of_payment(books: Books, fact: AllocationRejected) -> Iterator[str]:
    left = {one.invoice for one in books.payments.allocations.range("payment", fact.payment)}
    if fact.invoice not in left:
        yield f"{fact.payment} is not meant for {fact.invoice}"
    elif len(left) == 1:
        yield f"{fact.payment} is meant for {fact.invoice} only"


@check(
    PaymentRejected,
    AllocationRejected,
    promise="Y1: a rejection needs a reason.",
    remedy="say why with --reason",
)
def rejection_has_reason(books: Books, fact: PaymentRejected | AllocationRejected) -> Iterator[str]:
    if not fact.reason.strip():
        yield f"{fact.payment} is rejected without a reason"


@check(
    ReceiptRendered,
    promise="R4: a receipt is one of a payment that was verified.",
    remedy="restore the payment, or remove this directive if the receipt was never given to anybody",
)
def receipt_of_payment(books: Books, fact: ReceiptRendered) -> Iterator[str]:
    head = books.payments.heads.get(fact.payment)
    if head is None or head.status is not PaymentStatus.VERIFIED:
        yield f"{fact.file} is the receipt of {fact.payment}, which is no payment that came"
