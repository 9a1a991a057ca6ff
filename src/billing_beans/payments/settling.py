"""What a payment settles when it is verified: its allocations in order, each up to what the invoice still owes (Y2, Y4)."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of
from billing_beans.core.facts import Leg, new_leg
from billing_beans.core.ids import InvoiceNumber
from billing_beans.core.money import new_money
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.operations import parties_of
from billing_beans.invoicing.state import InvoiceHead
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.state import PaymentHead


class Settling(NamedTuple):
    """The credits of a verified payment, and the invoices that they settle."""

    settles: tuple[Leg, ...]
    rest: Leg | None
    invoices: tuple[InvoiceHead, ...]


def settling_of(books: Books, payment: PaymentHead) -> Settling:
    """What verifying this payment settles now. Money for an invoice that is void or already paid is unapplied (Y4)."""
    settles: list[Leg] = []
    invoices: list[InvoiceHead] = []
    left = payment.amount.number
    for allocation in books.payments.allocations.range("payment", payment.payment):
        head = books.invoices.heads.get(allocation.invoice)
        if head is None or head.status not in OPEN:
            continue
        amount = min(allocation.amount.number, head.due_amount, left)
        if amount > 0:
            invoices.append(head)
            account = _account(books, head.number, Role.RECEIVABLE)
            settles.append(new_leg(account, new_money(-amount, head.currency), invoice=InvoiceNumber(head.number)))
            left -= amount
    return Settling(tuple(settles), _rest(books, payment, left), tuple(invoices))


def _rest(books: Books, payment: PaymentHead, left: Decimal) -> Leg | None:
    if not left:
        return None
    account = _account(books, first_invoice(books, payment).invoice, Role.UNAPPLIED)
    return new_leg(account, new_money(-left, payment.amount.currency))


def first_invoice(books: Books, payment: PaymentHead) -> InvoiceDrafted:
    """The first invoice that the payment was meant for: it says whose accounts are moved."""
    draft = books.invoices.current(payment.first_invoice)
    assert draft is not None
    return draft


def _account(books: Books, number: str, role: Role) -> Account:
    draft = books.invoices.current(number)
    assert draft is not None
    parties = parties_of(books, draft)
    return account_of(role, parties.seller, parties.customer)
