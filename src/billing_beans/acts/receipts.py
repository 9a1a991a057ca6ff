"""Money that came in, as a bank says it: submitted and verified at once, several payments in one act (Y1, Y6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from billing_beans.acts.act import Act
from billing_beans.acts.payments import post_paid
from billing_beans.core.accounts import Account
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.invoicing.operations import head_named
from billing_beans.payments.operations import SubmitPayment, VerifyPayment, payment_named, submitted, verified


@record
class Receipt:
    """Money that came in on a day: for a payment that was submitted before; else for invoices in order, and then all of it.

    For neither it is the `customer`'s unapplied money. `source` is the line of the statement, `bank/...` (U7), and `payer`
    who paid, as the bank names them. The amount is positive.
    """

    source: str
    received: date
    into: Account
    amount: Money
    payment: str | None = None
    invoices: tuple[str, ...] = ()
    customer: str | None = None
    seller: str | None = None
    bank_reference: str | None = None
    payer: str | None = None


@record
class ReceiveMoney:
    """Receipts that are written together, or not at all."""

    receipts: tuple[Receipt, ...]


class ReceiptRefused(Refused):
    """One receipt of several can't be recorded; `position` says which, from 0."""

    def __init__(self, position: int, error: BillingError) -> None:
        super().__init__(error.what, rule=error.rule, instead=error.instead)
        self.position = position


def receive_money(act: Act, request: ReceiveMoney) -> None:
    """Each receipt settles what it is for, and invoices that are paid by it are posted (Y1, Y2, I6).

    Raises `ReceiptRefused` for the first that a rule forbids.
    """
    for position, receipt in enumerate(request.receipts):
        try:
            _receive(act, receipt)
        except BillingError as error:
            raise ReceiptRefused(position, error) from error


def _receive(act: Act, receipt: Receipt) -> None:
    _refuse_twice(act, receipt)
    payment = payment_named(act.books, receipt.payment or _submit(act, receipt))
    amount = receipt.amount if receipt.amount != payment.amount else None
    request = VerifyPayment(payment.payment, receipt.received, receipt.into, amount=amount)
    fact = act.record(replace(verified(act.books, request, receipt.received), source=receipt.source))
    post_paid(act, fact.settles)


def _submit(act: Act, receipt: Receipt) -> str:
    """A payment on the day the money came; but not before an invoice was issued that it is for, nor in a closed period."""
    request = SubmitPayment(
        receipt.invoices,
        amount=receipt.amount,
        bank_reference=receipt.bank_reference,
        customer=receipt.customer,
        seller=None if receipt.invoices else receipt.seller,
        payer=receipt.payer,
        source=receipt.source,
    )
    issued = [head.issued for head in (head_named(act.books, number) for number in receipt.invoices) if head.issued]
    day = max([receipt.received, act.books.periods.first_open, *issued])
    return act.record(submitted(act.books, request, day)).payment


def _refuse_twice(act: Act, receipt: Receipt) -> None:
    for standing in act.books.payments.heads.range("source", receipt.source):
        raise Refused(
            f"{receipt.source} is in the books already, as {standing.payment}.",
            rule="Y6: a line of a bank statement is recorded once.",
            instead=f"billing-beans payment show {standing.payment}",
        )
