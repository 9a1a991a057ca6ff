"""Verbs for payments: submit, verify, reject. Verifying the payment that completes an invoice posts it."""

from __future__ import annotations

from billing_beans.acts.act import Act
from billing_beans.acts.invoices import post_if_paid
from billing_beans.core.records import record
from billing_beans.payments.operations import (
    SubmitPayment,
    VerifyPayment,
    payment_named,
    rejected,
    submitted,
    verified,
)
from billing_beans.payments.settling import first_invoice


@record
class RejectPayment:
    """The proof was not valid, or the money did not come."""

    payment: str
    reason: str


def submit_payment(act: Act, request: SubmitPayment) -> None:
    """A proof of payment was seen; no money moves (Y1)."""
    head = act.books.invoices.heads.get(request.invoices[0]) if request.invoices else None
    act.record(submitted(act.books, request, act.day(head.seller if head else None)))


def verify_payment(act: Act, request: VerifyPayment) -> None:
    """The money is there: invoices are settled, and those that are now paid are posted in the same act (Y1, Y2, I6)."""
    payment = payment_named(act.books, request.payment)
    seller = first_invoice(act.books, payment).seller
    fact = act.record(verified(act.books, request, act.day(seller)))
    for leg in fact.settles:
        assert leg.invoice is not None
        post_if_paid(act, leg.invoice)


def reject_payment(act: Act, request: RejectPayment) -> None:
    """A submitted payment that was not one (Y1)."""
    payment = payment_named(act.books, request.payment)
    seller = first_invoice(act.books, payment).seller
    act.record(rejected(act.books, request.payment, request.reason, act.day(seller)))
