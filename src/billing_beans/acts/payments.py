"""Verbs for payments: submit, verify, receive, reject. Verifying the payment that completes an invoice posts it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.credits_touched import grant_waiting
from billing_beans.acts.invoices import post_if_paid
from billing_beans.core.accounts import Account
from billing_beans.core.errors import Refused
from billing_beans.core.facts import Leg
from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.invoicing.operations import DraftInvoice, head_named, seller_of
from billing_beans.invoicing.writing_off import WriteOffInvoice, written_off
from billing_beans.payments.facts import PaymentSubmitted
from billing_beans.payments.operations import (
    SubmitPayment,
    VerifyPayment,
    payment_named,
    rejected,
    submitted,
    verified,
)
from billing_beans.payments.settling import seller_of_payment


@record
class RejectPayment:
    """The proof was not valid, or the money did not come."""

    payment: str
    reason: str


@record
class VerifyAndWriteOff:
    """The money was found, and what is then still owed on the invoices that it settles is given up, for a reason."""

    verify: VerifyPayment
    reason: str


@record
class ReceivePayment:
    """Money that is there already: submitted and verified in one act, as a bank statement or a processor says it."""

    payment: SubmitPayment
    into: Account | None = None
    fee: Money | None = None
    charges: Money | None = None


def submit_payment(act: Act, request: SubmitPayment) -> None:
    """A proof of payment was seen; no money moves (Y1)."""
    act.record(submitted(act.books, request, act.day(_seller(act, request))))


def _seller(act: Act, request: SubmitPayment) -> str | None:
    named = [*request.invoices, *(one.invoice for one in request.allocations)]
    if named:
        head = act.books.invoices.heads.get(named[0])
        return head.seller if head else None
    if request.customer is None or act.books.catalog.customer(request.customer, date.max) is None:
        return None  # nobody's money is refused for that, and not for want of a seller
    return seller_of(act.books, DraftInvoice(request.customer, (), seller=request.seller), act.day()).entity


def verify_payment(act: Act, request: VerifyPayment) -> None:
    """The money is there: invoices are settled, and those that are now paid are posted in the same act (Y1, Y2, I6)."""
    payment = payment_named(act.books, request.payment)
    fact = act.record(verified(act.books, request, act.day(seller_of_payment(act.books, payment))))
    post_paid(act, fact.settles)
    grant_waiting(act, payment.payment, fact.date)


def verify_and_write_off(act: Act, request: VerifyAndWriteOff) -> None:
    """The money is there, and small differences are written off in the same act (Y4).

    Raises `Refused` where some of the money is left, which could pay what would be given up.
    """
    payment = payment_named(act.books, request.verify.payment)
    fact = act.record(verified(act.books, request.verify, act.day(seller_of_payment(act.books, payment))))
    for invoice in dict.fromkeys(leg.invoice for leg in fact.settles):
        assert invoice is not None
        if owed := head_named(act.books, invoice).due_amount:
            if fact.rest is not None:
                raise _money_is_left(payment.payment, invoice, owed, fact.rest)
            day = act.day_after(head_named(act.books, invoice).seller, fact.date)
            act.record(written_off(act.books, WriteOffInvoice(invoice, request.reason), day))
    post_paid(act, fact.settles)


def _money_is_left(payment: str, invoice: str, owed: Decimal, rest: Leg) -> Refused:
    return Refused(
        f"{-rest.number:f} {rest.currency} of {payment} would be left unapplied, and {invoice} still owes {owed:f}.",
        rule="Y4: only what is not paid is written off.",
        instead=f"leave out --write-off, then: billing-beans payment allocate {payment} {invoice}, "
        f"and billing-beans payment write-off {invoice} --reason ...",
    )


def receive_payment(act: Act, request: ReceivePayment) -> None:
    """A payment that a statement shows: submitted and verified at once, received on the day of the act (Y6)."""
    day = act.day(_seller(act, request.payment))
    payment = act.record(submitted(act.books, request.payment, day))
    verify_received(act, payment, request.into, request.fee, request.charges)


def verify_received(
    act: Act, payment: PaymentSubmitted, into: Account | None, fee: Money | None = None, charges: Money | None = None
) -> None:
    """A payment that was submitted in this act is there on the same day."""
    verify_payment(act, VerifyPayment(payment.payment, payment.date, into, fee, charges))


def reject_payment(act: Act, request: RejectPayment) -> None:
    """A submitted payment that was not one (Y1)."""
    payment = payment_named(act.books, request.payment)
    day = act.day(seller_of_payment(act.books, payment))
    act.record(rejected(act.books, request.payment, request.reason, day))


def post_paid(act: Act, settles: Iterable[Leg]) -> None:
    """Post the invoices that are now paid, each once."""
    for invoice in dict.fromkeys(leg.invoice for leg in settles):
        assert invoice is not None
        post_if_paid(act, invoice)
