"""The facts of a payment: submitted, verified, rejected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of, place_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import new_leg
from billing_beans.core.ids import CustomerId, InvoiceNumber, PaymentId
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.invoicing.facts import InvoiceDrafted
from billing_beans.invoicing.operations import head_named
from billing_beans.invoicing.state import InvoiceHead
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.facts import (
    AllocationRejected,
    Method,
    PaymentAllocation,
    PaymentRejected,
    PaymentSubmitted,
    PaymentVerified,
)
from billing_beans.payments.settling import Settling, first_invoice, settling_of
from billing_beans.payments.state import PaymentHead

PREFIX = "PAY"
_ZERO = Decimal(0)


@record
class SubmitPayment:
    """A proof of payment. Without `amount` it is what the invoices still owe; without `allocations` they are paid in order."""

    invoices: tuple[str, ...]
    method: Method = Method.BANK_TRANSFER
    amount: Money | None = None
    allocations: tuple[tuple[str, Money], ...] = ()
    bank_reference: str | None = None
    proof: str | None = None
    payment: str | None = None


@record
class VerifyPayment:
    """The money was found: on which account, received on which day, less which fee of a processor."""

    payment: str
    received: date | None = None
    into: Account | None = None
    fee: Money | None = None


def submitted(books: Books, request: SubmitPayment, day: date) -> PaymentSubmitted:
    """A payment that waits for verification. It moves no money (Y1)."""
    heads = [head_named(books, number) for number in dict.fromkeys(request.invoices)]
    for head in heads:
        _owed(head)
    customer, currency = _the_one([head.customer for head in heads], "customer"), heads[0].currency
    _the_one([head.seller for head in heads], "seller")
    _the_one([head.currency for head in heads], "currency")
    owed = Money(sum((head.due_amount for head in heads), start=Decimal(0)), currency)
    amount = owed if request.amount is None else request.amount
    _payable(amount, currency)
    given = _given(request)
    return PaymentSubmitted(
        date=day,
        payment=PaymentId(request.payment or books.payments.counters.next(PREFIX)),
        customer=CustomerId(customer),
        method=request.method,
        amount=amount,
        bank_reference=request.bank_reference,
        proof=request.proof,
        allocations=tuple(_allocations(heads, amount, given)),
    )


def _owed(head: InvoiceHead) -> None:
    """Only an invoice on which money is owed can be paid. Raises `Refused`."""
    if head.status in OPEN:
        return
    ways = {Status.DRAFT: f"billing-beans invoice issue {head.number}", Status.VOID: "draft a new invoice"}
    raise Refused(
        f"{head.number} is {head.status}: nothing is owed on it.",
        rule="Y1: a payment is submitted for open invoices.",
        instead=ways.get(head.status, f"billing-beans invoice list --customer {head.customer} shows what is open"),
    )


def _given(request: SubmitPayment) -> dict[InvoiceNumber, Money]:
    """The shares that were asked for. Raises `WrongUsage` for a share of an invoice that is not being paid."""
    for number, share in request.allocations:
        if number not in request.invoices:
            raise WrongUsage(
                f"{share} are allocated to {number}, which is not among the invoices of this payment.",
                instead="name it among the invoices, or correct --allocate",
            )
    return {InvoiceNumber(number): share for number, share in request.allocations}


def _the_one(values: list[str], name: str) -> str:
    """The value that all invoices of a payment share. Raises `Refused` where they don't."""
    if len(set(values)) != 1:
        found = ", ".join(sorted(set(values))) or "none"
        raise Refused(
            f"The invoices of one payment must have one {name}, and these have {found}.",
            rule="B3: money of one customer, seller and currency pays only its own invoices.",
            instead="submit a payment for each",
        )
    return values[0]


def _payable(amount: Money, currency: str) -> None:
    if amount.currency != currency:
        raise Refused(
            f"A payment in {amount.currency} can't pay an invoice in {currency} yet.",
            rule="Y3: a payment is in the currency of its invoice.",
            instead=f"give the amount in {currency}",
        )
    if amount.number <= 0 or not is_minor(amount):
        raise WrongUsage(
            f"{amount.number:f} {amount.currency} can't be paid: an amount is above zero, in whole minor units.",
            instead="the invoices may be paid already: billing-beans invoice show NUMBER",
        )


def _allocations(heads: list[InvoiceHead], amount: Money, given: dict[InvoiceNumber, Money]) -> list[PaymentAllocation]:
    """As given; else to the invoices in order, each up to what it owes, and all that is left to the last."""
    left = amount.number
    found: list[PaymentAllocation] = []
    for position, head in enumerate(heads, start=1):
        number = InvoiceNumber(head.number)
        usual = left if position == len(heads) else min(left, head.due_amount)
        share = given.get(number, Money(usual, amount.currency)) if not given or number in given else None
        if share is not None and share.number > 0:
            found.append(PaymentAllocation(invoice=number, amount=share))
            left -= share.number
    return found


def verified(books: Books, request: VerifyPayment, day: date) -> PaymentVerified:
    """The money is there: what the payment was meant for is settled, the rest is unapplied (Y1, Y4)."""
    return verification(books, request, day, settling_of(books, payment_named(books, request.payment)))


def verification(books: Books, request: VerifyPayment, day: date, settling: Settling) -> PaymentVerified:
    """The money that came, and what it settles.

    It is dated the day the money was received, but never before the issue of an invoice that it settles.
    """
    payment = payment_named(books, request.payment)
    received = request.received or day
    draft = first_invoice(books, payment)
    fee = request.fee or new_money(_ZERO, payment.amount.currency)
    into = _into(books, draft, request.into)
    net = new_money(payment.amount.number - fee.number, payment.amount.currency)
    if fee.currency != net.currency or fee.number < 0 or net.number <= 0:
        raise WrongUsage(f"A fee of {fee.number:f} {fee.currency} can't be taken from {payment.amount}.")
    return PaymentVerified(
        date=max([received, *_issued(books, settling)]),
        payee=draft.bill_to_name,
        narration=f"Payment {payment.payment}, {payment.method.replace('-', ' ')}",
        payment=PaymentId(payment.payment),
        received=received,
        into=new_leg(into, net),
        fee=new_leg(account_of(Role.PROCESSOR_FEES, _entity_of(into)), fee) if fee.number else None,
        settles=settling.settles,
        rest=settling.rest,
    )


def _issued(books: Books, settling: Settling) -> Iterator[date]:
    """When the invoices that are settled were issued."""
    for leg in settling.settles:
        head = books.invoices.heads.get(leg.invoice)
        if head is not None and head.issued is not None:
            yield head.issued


def _into(books: Books, draft: InvoiceDrafted, given: Account | None) -> Account:
    """The account that received the money: the one given, or the seller's."""
    seller = books.catalog.entity(draft.seller, draft.date)
    assert seller is not None
    account = given or seller.bank
    if account is None:
        raise WrongUsage(
            f"{seller.entity} has no bank account of its own in these books.",
            instead=f"say where the money is: --into Assets:{seller.account}:Bank:Main",
        )
    place = place_of(account)
    if place is None or place.role not in (Role.BANK, Role.PROCESSOR) or place.entity != seller.account:
        raise WrongUsage(
            f"{account} can't receive this payment.",
            rule=f"B3: money for {seller.entity} goes to an account Assets:{seller.account}:Bank:... or :Processor:...",
        )
    return account


def _entity_of(account: Account) -> str:
    place = place_of(account)
    assert place is not None
    return place.entity


def rejected(books: Books, payment: str, reason: str, day: date) -> PaymentRejected:
    """A submitted payment that was not one (Y1)."""
    return PaymentRejected(date=day, payment=PaymentId(payment_named(books, payment).payment), reason=reason)


def allocation_rejected(payment: str, invoice: str, reason: str, day: date) -> AllocationRejected:
    """A payment that is meant for several invoices loses one of them (I5)."""
    return AllocationRejected(date=day, payment=PaymentId(payment), invoice=InvoiceNumber(invoice), reason=reason)


def payment_named(books: Books, payment: str) -> PaymentHead:
    """The payment of this id. Raises `Refused`."""
    head = books.payments.heads.get(payment)
    if head is None:
        raise Refused(f"There is no payment {payment}.", instead="billing-beans payment list")
    return head
