"""The facts of a payment: submitted, verified, rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of, place_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_leg
from billing_beans.core.ids import CustomerId, InvoiceNumber, PaymentId
from billing_beans.core.money import Money, is_minor, is_within_limits, new_money, round_money, times
from billing_beans.core.records import record
from billing_beans.invoicing.operations import DraftInvoice, customer_of, head_named, seller_of
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.facts import (
    AllocationRejected,
    Method,
    PaymentAllocation,
    PaymentRejected,
    PaymentSubmitted,
    PaymentVerified,
)
from billing_beans.payments.records import PaymentHead
from billing_beans.payments.settling import Settling, line_due, payee_of, seller_of_payment, settling_of

PREFIX = "PAY"
_ZERO = Decimal(0)


@record
class Allocate:
    """What a payment is meant for: an invoice, or a line of it, and how much; without an amount, what it still owes."""

    invoice: str
    amount: Money | None = None
    line: int | None = None


@record
class SubmitPayment:
    """A proof of payment. Without `amount` it is what the invoices still owe; without `allocations` they are paid in order.

    A payment for no invoice names the `customer` whose money it will be, and the `seller` where there are several. `rate`
    is what one of the invoices' currency costs in the payment's, where they differ. `source` is what it came from.
    """

    invoices: tuple[str, ...] = ()
    method: Method = Method.BANK_TRANSFER
    amount: Money | None = None
    allocations: tuple[Allocate, ...] = ()
    bank_reference: str | None = None
    proof: str | None = None
    payment: str | None = None
    customer: str | None = None
    seller: str | None = None
    payer: str | None = None
    rate: Decimal | None = None
    source: str | None = None


@record
class VerifyPayment:
    """The money was found: on which account, received on which day, less which fee of a processor and charges of a bank.

    `amount` is what the customer paid, where it is not what was submitted.
    """

    payment: str
    received: date | None = None
    into: Account | None = None
    fee: Money | None = None
    charges: Money | None = None
    amount: Money | None = None


def submitted(books: Books, request: SubmitPayment, day: date) -> PaymentSubmitted:
    """A payment that waits for verification. It moves no money (Y1)."""
    named = dict.fromkeys((*request.invoices, *(one.invoice for one in request.allocations)))
    if not named:
        return _without_invoice(books, request, day)
    heads = [head_named(books, number) for number in named]
    for head in heads:
        _owed(head)
    customer, currency = _the_one([head.customer for head in heads], "customer"), heads[0].currency
    _the_one([head.seller for head in heads], "seller")
    _the_one([head.currency for head in heads], "currency")
    if request.customer not in (None, customer):
        raise WrongUsage(f"{heads[0].number} is an invoice of {customer}, and not of {request.customer}.")
    owed = Money(sum((head.due_amount for head in heads), start=_ZERO), currency)
    exchange = Exchange(request.amount, request.rate, currency)
    amount = owed if request.amount is None else request.amount
    _payable(amount)
    wanted = [*request.allocations, *(Allocate(one) for one in request.invoices if one not in _of(request.allocations))]
    return PaymentSubmitted(
        date=day,
        source=request.source,
        payment=PaymentId(request.payment or books.payments.counters.next(PREFIX)),
        customer=CustomerId(customer),
        method=request.method,
        amount=amount,
        payer=request.payer,
        bank_reference=request.bank_reference,
        proof=request.proof,
        allocations=tuple(_allocations(books, wanted, amount, exchange)),
    )


def _without_invoice(books: Books, request: SubmitPayment, day: date) -> PaymentSubmitted:
    """Money of a customer for no invoice: it will be unapplied (Y4)."""
    if request.customer is None or request.amount is None:
        raise WrongUsage(
            "A payment is for invoices; one for none says whose money it is, and how much.",
            rule="Y4: money that belongs to no invoice is a customer's unapplied money.",
            instead='billing-beans payment submit --customer acme --amount "100.00 SGD"',
        )
    if request.rate is not None:
        raise WrongUsage("A rate is for a payment of invoices in another currency.", instead="leave out --rate")
    _payable(request.amount)
    customer = customer_of(books, request.customer, day)
    seller = seller_of(books, DraftInvoice(request.customer, (), seller=request.seller), day)
    return PaymentSubmitted(
        date=day,
        source=request.source,
        payment=PaymentId(request.payment or books.payments.counters.next(PREFIX)),
        customer=customer.customer,
        seller=seller.entity,
        method=request.method,
        amount=request.amount,
        payer=request.payer,
        bank_reference=request.bank_reference,
        proof=request.proof,
        allocations=(),
    )


def _of(allocations: tuple[Allocate, ...]) -> set[str]:
    return {one.invoice for one in allocations}


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


def _payable(amount: Money) -> None:
    if amount.number <= 0 or not is_minor(amount):
        raise WrongUsage(
            f"{amount.number:f} {amount.currency} can't be paid: an amount is above zero, in whole minor units.",
            instead="the invoices may be paid already: billing-beans invoice show NUMBER"
            if not amount.number
            else f"give what was paid, such as 981.00 {amount.currency}",
        )


class Exchange:
    """Between the currency of invoices and that of the money that pays them. Raises `WrongUsage` for a rate where none is needed.

    Without a rate the money is meant for just what the invoices owe.
    """

    def __init__(self, money: Money | None, rate: Decimal | None, currency: str) -> None:
        self.is_needed = money is not None and money.currency != currency
        self._money, self._currency = money, currency
        self.rate = rate
        if self.is_needed and rate is None:
            assert money is not None
            raise WrongUsage(
                f"{money.number:f} {money.currency} pay invoices in {currency}, and no rate is said.",
                rule="Y3: the rate of a payment in another currency is stored.",
                instead=f"say what one {currency} costs in {money.currency}: --rate 0.92",
            )
        if rate is not None and (not self.is_needed or rate <= 0 or not is_within_limits(rate)):
            raise WrongUsage(
                f"The rate {rate:f} can't be used: it is above zero, and for a payment in another currency.",
                instead=f"the invoices are in {currency}",
            )

    def owed(self, amount: Money) -> Money:
        """What an amount of the money is worth in the invoices' currency, in whole minor units."""
        if self.rate is None:
            return amount
        return round_money(amount.number / self.rate, self._currency)

    def taken(self, amount: Money) -> Decimal:
        """What an amount of the invoices' currency takes of the money."""
        paid = self.paid(amount)
        return amount.number if paid is None else paid.number

    def paid(self, amount: Money) -> Money | None:
        """What an amount of the invoices' currency takes of the money; None where it is the same currency."""
        if self.rate is None:
            return None
        assert self._money is not None
        return times(amount, self.rate, self._money.currency)


def _allocations(books: Books, wanted: list[Allocate], money: Money, exchange: Exchange) -> Iterator[PaymentAllocation]:
    """As said; else to the invoices in order, each up to what it owes, and what is left to the last."""
    said = sum((exchange.taken(one.amount) for one in wanted if one.amount), start=_ZERO)
    if said > money.number:
        raise WrongUsage(
            f"{said:f} {money.currency} are allocated, and the payment is over {money}.",
            rule="Y4: a payment is allocated at most as far as it goes.",
            instead="allocate less, or give the whole --amount",
        )
    left = money.number - said
    open_ended = [one for one in wanted if one.amount is None]
    for one in wanted:
        share, paid = one.amount, None
        if share is None:
            head = head_named(books, one.invoice)
            owed = head.due_amount if one.line is None else line_due(books, head, one.line)
            possible = exchange.owed(new_money(left, money.currency))
            is_all = possible.number <= owed or (one is open_ended[-1] and one.line is None and exchange.rate is None)
            share = possible if is_all else new_money(owed, possible.currency)
            paid = new_money(left, money.currency) if is_all and exchange.rate is not None else None
            left -= paid.number if paid is not None else exchange.taken(share)
        if share.number > 0:
            yield PaymentAllocation(
                invoice=InvoiceNumber(one.invoice),
                amount=share,
                line=one.line,
                paid=paid or exchange.paid(share),
                rate=exchange.rate,
            )


def verified(books: Books, request: VerifyPayment, day: date) -> PaymentVerified:
    """The money is there: what the payment was meant for is settled, the rest is unapplied (Y1, Y4)."""
    payment = payment_named(books, request.payment)
    return verification(books, request, day, settling_of(books, payment, _amount_of(request, payment)))


def verification(books: Books, request: VerifyPayment, day: date, settling: Settling) -> PaymentVerified:
    """The money that came, and what it settles.

    It is dated as `day_of_verification` says.
    """
    payment = payment_named(books, request.payment)
    received = request.received or day
    amount = _amount_of(request, payment)
    _payable(amount)
    fee = request.fee or new_money(_ZERO, amount.currency)
    charges = request.charges or new_money(_ZERO, amount.currency)
    into = receiving_account(books, seller_of_payment(books, payment), request.into, day)
    net = new_money(amount.number - fee.number - charges.number, amount.currency)
    for name, one in (("fee", fee), ("charge", charges)):
        if one.currency != net.currency or one.number < 0 or net.number <= 0 or not is_minor(one):
            raise WrongUsage(
                f"A {name} of {one.number:f} {one.currency} can't be taken from {amount}.",
                rule="Y3: what came is what was paid, less a fee and bank charges in its currency, and is above zero.",
                instead=f"billing-beans payment show {payment.payment}; what the customer paid in all is --amount",
            )
    entity = entity_of(into)
    return PaymentVerified(
        date=day_of_verification(books, received, settling.settles),
        payee=payee_of(books, payment),
        narration=f"Payment {payment.payment}, {payment.method.replace('-', ' ')}",
        payment=PaymentId(payment.payment),
        received=received,
        amount=request.amount,
        into=new_leg(into, net),
        fee=new_leg(account_of(Role.PROCESSOR_FEES, entity), fee) if fee.number else None,
        charges=new_leg(account_of(Role.BANK_CHARGES, entity), charges) if charges.number else None,
        loss=settling.loss,
        settles=settling.settles,
        gain=settling.gain,
        rest=settling.rest,
    )


def _amount_of(request: VerifyPayment, payment: PaymentHead) -> Money:
    # An amount of zero is false, and is not the one that was submitted.
    return payment.amount if request.amount is None else request.amount


def day_of_verification(books: Books, received: date, settles: Iterable[Leg]) -> date:
    """The day the money was received; but no day on which an invoice that it settles was not issued yet, or settled by
    what was taken back since, nor one of a closed period.
    """
    day = max(received, books.periods.first_open)
    for leg in settles:
        head = books.invoices.heads.get(leg.invoice)
        if head is not None and head.issued is not None:
            day = max(day, head.issued, head.taken_back or head.issued)
    return day


def receiving_account(books: Books, seller: str, given: Account | None, day: date) -> Account:
    """The account on which a seller has its money: the one given, or its own. Raises `WrongUsage`."""
    entity = books.catalog.entity(seller, day) or books.catalog.entity(seller, date.max)
    assert entity is not None
    account = given or entity.bank
    if account is None:
        raise WrongUsage(
            f"{entity.entity} has no bank account of its own in these books.",
            instead=f"say where the money is: --into Assets:{entity.account}:Bank:Main",
        )
    place = place_of(account)
    if place is None or place.role not in (Role.BANK, Role.PROCESSOR) or place.entity != entity.account:
        raise WrongUsage(
            f"{account} can't receive this payment.",
            rule=f"B3: money for {entity.entity} goes to an account Assets:{entity.account}:Bank:... or :Processor:...",
            instead=f"billing-beans entity show {entity.entity} says which one is its own",
        )
    return account


def entity_of(account: Account) -> str:
    """The component of the legal entity to which an account belongs."""
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
