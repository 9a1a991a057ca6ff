"""Money that belongs to no invoice: applied to some, and taken back from them (Y4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Role, account_of, place_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import new_leg
from billing_beans.core.ids import AllocationId, InvoiceNumber
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.invoicing.legs import Parties
from billing_beans.invoicing.operations import head_named, parties_named
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.facts import AllocationReversed, PaymentAllocated
from billing_beans.payments.operations import Allocate, Exchange
from billing_beans.payments.records import UnappliedMoney
from billing_beans.payments.settling import Settling, Share, called, line_due, settle, taken_back

PREFIX = "ALLOC"
_ZERO = Decimal(0)


@record
class AllocateMoney:
    """Unapplied money of one origin for invoices of its customer, in order; `rate` where they are in another currency."""

    origin: str
    allocations: tuple[Allocate, ...]
    rate: Decimal | None = None
    allocation: str | None = None


@record
class ReverseAllocation:
    """What money of one origin settles of an invoice is taken back, all of it or so much."""

    origin: str
    invoice: str
    reason: str
    amount: Money | None = None


def money_named(books: Books, origin: str) -> UnappliedMoney:
    """The unapplied money of this origin. Raises `Refused` where there never was any."""
    money = books.payments.money.get(origin)
    if money is None:
        raise Refused(
            f"There is no unapplied money of {called(origin)}.",
            rule="Y4: only money that belongs to no invoice can be applied.",
            instead="billing-beans payment unapplied lists what there is",
        )
    return money


def parties_of_money(money: UnappliedMoney) -> Parties:
    """Whose accounts unapplied money stands on."""
    place = place_of(money.account)
    assert place is not None
    return Parties(place.entity, place.owner[0])


def allocated(books: Books, request: AllocateMoney, day: date) -> PaymentAllocated:
    """Unapplied money settles invoices, each up to what it owes (Y4). Raises `Refused` or `WrongUsage`."""
    money = money_named(books, request.origin)
    heads = [_payable(books, money, one) for one in request.allocations]
    if not heads:
        raise WrongUsage(
            "No invoice is named.", instead=f"billing-beans payment allocate {called(request.origin)} INVOICE"
        )
    currencies = {head.currency for head in heads}
    exchange = Exchange(new_money(money.available, money.currency), request.rate, min(currencies))
    if len(currencies) > 1:
        raise WrongUsage("The invoices are in several currencies.", instead="allocate to those of one at a time")
    shares = list(_shares(books, money, request, exchange))
    settling = settle(books, parties_of_money(money), shares, new_money(money.available, money.currency))
    allocation = request.allocation or books.payments.counters.next(PREFIX)
    used = -sum((leg.weight.number for leg in settling.settles), start=_ZERO)
    used -= sum((leg.number for leg in (*settling.gain, *settling.loss)), start=_ZERO)
    return allocation_of(books, money, allocation, request.rate, settling, used, day)


def allocation_of(
    books: Books,
    money: UnappliedMoney,
    allocation: str,
    rate: Decimal | None,
    settling: Settling,
    used: Decimal,
    day: date,
) -> PaymentAllocated:
    """The fact that so much unapplied money settles this."""
    return PaymentAllocated(
        date=day,
        payee=owner_of(books, money, day),
        narration=f"Unapplied money of {money.origin.replace('/', ' ')} applied",
        allocation=AllocationId(allocation),
        origin=money.origin,
        rate=rate,
        unapplied=new_leg(account_of(Role.UNAPPLIED, *parties_of_money(money)), new_money(used, money.currency)),
        loss=settling.loss,
        settles=settling.settles,
        gain=settling.gain,
    )


def owner_of(books: Books, money: UnappliedMoney, day: date) -> str:
    """The name of the customer whose money it is."""
    return books.catalog.name_of(money.customer, day)


def _payable(books: Books, money: UnappliedMoney, wanted: Allocate) -> InvoiceHead:
    head = head_named(books, wanted.invoice)
    place, entity = parties_of_money(money), books.catalog.entity(head.seller, head.drafted)
    assert entity is not None
    if head.customer != money.customer or entity.account != place.seller:
        raise Refused(
            f"{head.number} is an invoice of {head.seller} to {head.customer}, and the money is {money.customer}'s at {place.seller}.",
            rule="B3: money of one customer and seller pays only its own invoices.",
            instead=f"billing-beans invoice list --customer {money.customer}",
        )
    if head.status not in OPEN:
        raise Refused(
            f"{head.number} is {head.status.replace('-', ' ')}: nothing is owed on it.",
            rule="Y4: unapplied money settles open invoices.",
            instead=f"billing-beans invoice list --customer {head.customer} shows what is open",
        )
    return head


def _shares(books: Books, money: UnappliedMoney, request: AllocateMoney, exchange: Exchange) -> Iterable[Share]:
    """Each as said, or up to what it owes and to what is left.

    All together take of the money what their sum does at the rate, and never more than is free: so shares that are worth
    all of it take all of it, and the same amounts always take the same.
    """
    whole = new_money(money.available, money.currency)
    left, taken = exchange.owed(whole).number, _ZERO
    meant: dict[tuple[str, int | None], Decimal] = {}
    for one in request.allocations:
        head = head_named(books, one.invoice)
        if (head.number, one.line) in meant:
            raise WrongUsage(f"{head.number} is named twice.", instead="name each invoice, or each line of it, once")
        owed = head.due_amount - sum(
            (part for (number, _line), part in meant.items() if number == head.number), start=_ZERO
        )
        if one.line is not None:
            owed = min(owed, line_due(books, head, one.line))
        amount = min(owed, left) if one.amount is None else one.amount.number
        if one.amount is not None and (one.amount.currency != head.currency or not is_minor(one.amount)):
            raise WrongUsage(f"{one.amount} can't be allocated to {head.number}, which is in {head.currency}.")
        meant[head.number, one.line] = amount
        until = min(exchange.taken(new_money(sum(meant.values(), start=_ZERO), head.currency)), whole.number)
        if amount <= 0 or until <= taken or amount > owed or amount > left:
            raise Refused(
                f"{amount:f} {head.currency} can't be applied to {head.number}: it owes {owed:f} {head.currency}"
                f"{f' on line {one.line}' if one.line else ''}, and {whole.number - taken:f} {money.currency} of "
                f"{called(money.origin)} are free.",
                rule="Y4: no more is applied than there is, and than is owed.",
                instead=f"billing-beans payment unapplied --customer {money.customer}",
            )
        paid = until - taken if exchange.rate is not None else None
        left, taken = left - amount, until
        yield Share(head.number, amount, one.line, paid, exchange.rate)


def reversed_allocation(books: Books, request: ReverseAllocation, day: date) -> AllocationReversed:
    """Money that settled an invoice belongs to none again (Y4). Raises `Refused`."""
    head = head_named(books, request.invoice)
    parties = parties_named(books, head.seller, head.customer, head.drafted)
    back = taken_back(books, request.origin, request.invoice, request.amount, parties)
    return AllocationReversed(
        date=day,
        payee=books.catalog.name_of(head.customer, day),
        narration=f"Money of {request.origin.replace('/', ' ')} no longer for {head.number}",
        origin=request.origin,
        invoice=InvoiceNumber(head.number),
        reason=request.reason,
        loss=back.loss,
        reopens=back.reopens,
        gain=back.gain,
        unapplied=new_leg(account_of(Role.UNAPPLIED, *parties), new_money(-back.money.number, back.money.currency)),
    )
