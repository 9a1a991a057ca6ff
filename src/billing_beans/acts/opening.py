"""Verbs for books that begin in the middle of a company's life: what was open on the first day (B1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.importing import check_number
from billing_beans.core.accounts import Role, account_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import new_leg
from billing_beans.core.ids import OpeningId
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.invoicing.legs import line_grants
from billing_beans.invoicing.lines import Item
from billing_beans.invoicing.opening import opened
from billing_beans.invoicing.operations import DraftInvoice, customer_of, drafted, seller_of
from billing_beans.payments.facts import UnappliedOpened

PREFIX = "OPEN"


@record
class OpenInvoice:
    """An invoice of before: what is still owed on it, for an untaxed product; issued and due on days that may be past.

    `rate` is what one of its currency was worth in the seller's own on the day of issue.
    """

    number: str
    customer: str
    issued_on: date
    due: date
    owed: Money
    product: str
    seller: str | None = None
    description: str | None = None
    rate: Money | None = None
    source: str | None = None


@record
class OpenMoney:
    """Money of a customer that belongs to no invoice: a payment on account of before."""

    customer: str
    amount: Money
    seller: str | None = None
    reference: str | None = None
    opening: str | None = None
    source: str | None = None


def open_invoice(act: Act, request: OpenInvoice) -> None:
    """The invoice stands in the books with what is owed on it, against the opening balance. Raises `Refused`."""
    check_number(request.number)
    seller = seller_of(act.books, DraftInvoice(request.customer, (), seller=request.seller), act.day())
    day = act.day(seller.entity)
    _payable(request.owed)
    if request.issued_on > day or request.due < request.issued_on:
        raise WrongUsage(
            f"{request.number} was issued on {request.issued_on} and due on {request.due}, and the books open on {day}.",
            instead="an open invoice was issued before the books open, and is due no earlier than it was issued",
        )
    item = Item(request.product, Decimal(1), request.owed, request.description)
    wanted = DraftInvoice(
        request.customer, (item,), currency=request.owed.currency, seller=seller.entity, number=request.number
    )
    draft = replace(drafted(act.books, wanted, day), due=request.due, source=request.source)
    if draft.total.number != request.owed.number or any(map(line_grants, draft.lines)):
        raise Refused(
            f"{request.product} is taxed or grants something, and an open invoice of before was taxed when it was issued, "
            "and did not wait here to grant anything.",
            rule="B1: what was owed is opened as it was, and taxed once.",
            instead="use a product that is not taxed, earned on issue: billing-beans product add opening-balance ...",
        )
    act.record(draft)
    act.record(opened(act.books, request.number, request.issued_on, day, request.rate))


def open_money(act: Act, request: OpenMoney) -> None:
    """Unapplied money of before, against the opening balance. Raises `Refused` or `WrongUsage`."""
    seller = seller_of(act.books, DraftInvoice(request.customer, (), seller=request.seller), act.day())
    day = act.day(seller.entity)
    customer = customer_of(act.books, request.customer, day)
    _payable(request.amount)
    opening = request.opening or act.books.payments.counters.next(PREFIX)
    amount = request.amount
    act.record(
        UnappliedOpened(
            date=day,
            source=request.source,
            payee=customer.name,
            narration=f"Unapplied money of {customer.customer} when the books began",
            opening=OpeningId(opening),
            customer=customer.customer,
            reference=request.reference,
            opening_balance=new_leg(account_of(Role.OPENING, seller.account), amount),
            unapplied=new_leg(
                account_of(Role.UNAPPLIED, seller.account, customer.account),
                new_money(-amount.number, amount.currency),
            ),
        )
    )


def _payable(amount: Money) -> None:
    if amount.number <= 0 or not is_minor(amount):
        raise WrongUsage(f"{amount.number:f} {amount.currency} can't be opened: it is above zero, in minor units.")
