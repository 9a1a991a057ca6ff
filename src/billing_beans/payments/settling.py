"""What a payment settles when it is verified: its allocations in order, each up to what the invoice still owes (Y2, Y4)."""

from __future__ import annotations

from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.accounts import Role, account_of
from billing_beans.core.facts import Leg, new_leg
from billing_beans.core.ids import InvoiceNumber
from billing_beans.core.money import new_money
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.operations import head_named, parties_named
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.state import PaymentHead


class Settling(NamedTuple):
    """The credits of a verified payment: what settles invoices, and the rest."""

    settles: tuple[Leg, ...]
    rest: Leg | None


def settling_of(books: Books, payment: PaymentHead) -> Settling:
    """What verifying this payment settles now. Money for an invoice that is void or already paid is unapplied (Y4)."""
    # Its first invoice has the seller and the customer of all of them; no account is ever renamed, so any day will do.
    first = head_named(books, payment.first_invoice)
    parties = parties_named(books, first.seller, first.customer, first.drafted)
    receivable = account_of(Role.RECEIVABLE, parties.seller, parties.customer)
    settles: list[Leg] = []
    left = payment.amount.number
    for allocation in books.payments.allocations.range("payment", payment.payment):
        head = books.invoices.heads.get(allocation.invoice)
        if head is None or head.status not in OPEN:
            continue
        amount = min(allocation.amount.number, head.due_amount, left)
        if amount > 0:
            settles.append(new_leg(receivable, new_money(-amount, head.currency), invoice=InvoiceNumber(head.number)))
            left -= amount
    rest = None
    if left:
        unapplied = account_of(Role.UNAPPLIED, parties.seller, parties.customer)
        rest = new_leg(unapplied, new_money(-left, payment.amount.currency))
    return Settling(tuple(settles), rest)


def first_invoice(books: Books, payment: PaymentHead) -> InvoiceDrafted:
    """The first invoice that the payment was meant for: it says whose accounts are moved."""
    draft = books.invoices.current(payment.first_invoice)
    assert draft is not None
    return draft
