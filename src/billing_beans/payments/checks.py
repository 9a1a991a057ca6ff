"""What must hold of payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.core.money import is_minor
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.facts import (
    AllocationRejected,
    PaymentRejected,
    PaymentSubmitted,
    PaymentVerified,
    ReceiptRendered,
)
from billing_beans.payments.operations import VerifyPayment, payment_named, verification
from billing_beans.payments.settling import Settling, settling_of
from billing_beans.payments.state import PaymentStatus

NEVER_EDITED = "restore the text with git; a verified payment is never edited"


@check(
    PaymentSubmitted,
    promise="Y1: a payment is submitted once, for open invoices of its customer and currency.",
    remedy="billing-beans invoice list --customer CUSTOMER shows what is open",
)
def sound_submission(books: Books, fact: PaymentSubmitted) -> Iterator[str | Broken]:
    if books.payments.heads.get(fact.payment) is not None:
        yield Broken(f"{fact.payment} is submitted twice", "choose another id with --id, or leave it out")
    if fact.amount.number <= 0 or not is_minor(fact.amount):
        yield f"{fact.payment} is over {fact.amount}, which can't be paid"
    if not fact.allocations:
        yield f"{fact.payment} is meant for no invoice"
    for part in fact.allocations:
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


@check(
    PaymentSubmitted,
    promise="Y4: a payment is allocated at most as far as it goes, to each invoice once.",
    remedy="correct the shares with --allocate NUMBER=AMOUNT",
    timeless=True,
)
def allocated_within(books: Books, fact: PaymentSubmitted) -> Iterator[str]:
    total = sum((part.amount.number for part in fact.allocations), start=Decimal(0))
    if total > fact.amount.number:
        yield f"{fact.payment} is over {fact.amount}, and {total:f} of it are allocated"
    if len({part.invoice for part in fact.allocations}) != len(fact.allocations):
        yield f"{fact.payment} names one invoice twice"
    for part in fact.allocations:
        if part.amount.number <= 0 or part.amount.currency != fact.amount.currency or not is_minor(part.amount):
            yield f"{fact.payment} allocates {part.amount} to {part.invoice}"


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
    settles, rest = settling_of(books, payment_named(books, fact.payment))
    if fact.settles != settles or fact.rest != rest:
        differs = difference(fact, replace(fact, settles=settles, rest=rest))
        yield f"{fact.payment} does not settle what it was submitted for: {differs}"


@check(
    PaymentVerified,
    promise="Y1: what came is what was submitted, less the fee, on an account of the seller, on the day it was received.",
    remedy=NEVER_EDITED,
    timeless=True,
)
def verified_in_full(books: Books, fact: PaymentVerified) -> Iterator[str]:
    request = VerifyPayment(fact.payment, fact.received, fact.into.account, fact.fee.units if fact.fee else None)
    if differs := difference(fact, verification(books, request, fact.date, Settling(fact.settles, fact.rest))):
        yield f"{fact.payment} is not what was submitted: {differs}"


_A_DAY = timedelta(days=1)


@check(
    PaymentVerified,
    promise="U9: nothing is recorded before it happened.",
    remedy="give the day on which the money came: --received DATE",
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
    left = [one.invoice for one in books.payments.allocations.range("payment", fact.payment)]
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
