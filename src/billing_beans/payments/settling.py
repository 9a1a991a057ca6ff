"""What money settles: invoices in order, each up to what it still owes, or a line of it; the rest is unapplied (Y2, Y4).

Money of another currency than the invoice's leaves the receivable at what it stood at on the day of issue, where that was
said in the money's currency; what came more or less is a gain or a loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import ROUND_DOWN, Context, Decimal
from typing import NamedTuple, TypeVar

from billing_beans.books import Books
from billing_beans.core.accounts import Account, Role, account_of
from billing_beans.core.errors import Refused
from billing_beans.core.facts import Leg, Movement, new_leg
from billing_beans.core.ids import InvoiceNumber
from billing_beans.core.money import Money, is_minor, new_money, quantum, times
from billing_beans.invoicing.legs import Parties
from billing_beans.invoicing.operations import head_named, parties_named
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import OPEN
from billing_beans.payments.records import Allocation, PaymentHead

_ZERO = Decimal(0)
_DOWN = Context(prec=60, rounding=ROUND_DOWN)


class Settling(NamedTuple):
    """The credits of received money: what settles invoices, and the rest; and the gain or loss of an exchange."""

    settles: tuple[Leg, ...]
    rest: Leg | None
    gain: tuple[Leg, ...] = ()
    loss: tuple[Leg, ...] = ()


class Share(NamedTuple):
    """What money is meant for: how much of an invoice or of a line of it, in the invoice's currency; and at which rate.

    `paid` is what of the money is meant for it, in the money's own currency, where that is another.
    """

    invoice: str
    amount: Decimal
    line: int | None = None
    paid: Decimal | None = None
    rate: Decimal | None = None


def settling_of(books: Books, payment: PaymentHead, amount: Money) -> Settling:
    """What verifying this payment settles now. Money for an invoice that is void or already paid is unapplied (Y4)."""
    shares = [_share(one) for one in books.payments.allocations.range("payment", payment.payment)]
    return settle(books, parties_of_payment(books, payment), shares, amount)


def _share(one: Allocation) -> Share:
    return Share(one.invoice, one.amount.number, one.line, one.paid.number if one.paid is not None else None, one.rate)


def settle(books: Books, parties: Parties, shares: Iterable[Share], money: Money) -> Settling:
    """Each share in order, up to what is owed and to what is left of the money; the rest is unapplied."""
    receivable = account_of(Role.RECEIVABLE, parties.seller, parties.customer)
    legs: list[Leg] = []
    exchanged: list[Leg] = []
    left = money.number
    settled: dict[str, Decimal] = {}
    for share in shares:
        head = books.invoices.heads.get(share.invoice)
        if head is None or head.status not in OPEN:
            continue
        before = settled.get(head.number, _ZERO)
        amount = min(share.amount, head.due_amount - before)
        if share.line is not None:
            amount = min(amount, line_due(books, head, share.line))
        if share.rate is None:
            amount = paid = min(amount, left)
        else:
            amount, paid = _within(share, amount, left, money.currency, head.currency)
        if amount <= 0 or paid <= 0:
            continue
        settled[head.number] = before + amount
        left -= paid
        number = InvoiceNumber(head.number)
        owed = new_money(-amount, head.currency)
        if share.rate is None:
            legs.append(new_leg(receivable, owed, invoice=number, line=share.line))
            continue
        worth = _carried(head, head.settled + head.credited + before, amount, new_money(paid, money.currency))
        legs.append(new_leg(receivable, owed, invoice=number, line=share.line, price=worth))
        if worth.number != paid:
            account = account_of(Role.FX, parties.seller)
            gained = new_money(worth.number - paid, money.currency)
            exchanged.append(new_leg(account, gained, invoice=number, line=share.line))
    rest = None
    if left:
        unapplied = account_of(Role.UNAPPLIED, parties.seller, parties.customer)
        rest = new_leg(unapplied, new_money(-left, money.currency))
    if not exchanged:
        return Settling(tuple(legs), rest)
    gain = tuple(one for one in exchanged if one.number < 0)
    return Settling(tuple(legs), rest, gain, tuple(one for one in exchanged if one.number > 0))


def _within(share: Share, amount: Decimal, left: Decimal, currency: str, owed_in: str) -> tuple[Decimal, Decimal]:
    """How much of an invoice in another currency is settled, and what that takes of the money."""
    assert share.rate is not None
    paid = (
        share.paid if share.paid is not None and amount == share.amount else times(amount, share.rate, currency).number
    )
    if paid <= left:
        return amount, paid
    return min(amount, _DOWN.quantize(_DOWN.divide(left, share.rate), quantum(owed_in))), left


def _carried(head: InvoiceHead, before: Decimal, amount: Decimal, paid: Money) -> Money:
    """What so much of a receivable stands at in the money's currency: by the rate of issue, so that all parts add up."""
    if head.rate is None or head.rate.currency != paid.currency:
        return paid
    rate = head.rate.number
    until = times(before + amount, rate, paid.currency).number
    worth = new_money(until - times(before, rate, paid.currency).number, paid.currency)
    return worth if worth.number > 0 else paid


def line_due(books: Books, head: InvoiceHead, line: int) -> Decimal:
    """What is still owed on one line: its amount and tax, less what was credited of it and what money meant for it settled."""
    draft = books.invoices.current(head.number)
    if draft is None or not 0 < line <= len(draft.lines):
        return _ZERO
    sold = draft.lines[line - 1]
    due = sold.amount.number + sold.tax.number
    credited = books.invoices.credited.get((head.number, line))
    if credited is not None:
        due -= credited.amount + credited.tax
    for one in books.invoices.settlements.range("invoice", head.number):
        if one.line == line:
            due -= one.amount.number
    return max(due, _ZERO)


def parties_of_payment(books: Books, payment: PaymentHead) -> Parties:
    """Whose accounts a payment moves: those of its seller and its customer. No account is ever renamed, so any day will do."""
    if payment.first_invoice is not None:
        first = head_named(books, payment.first_invoice)
        return parties_named(books, first.seller, first.customer, first.drafted)
    assert payment.seller is not None
    return parties_named(books, payment.seller, payment.customer, payment.submitted)


def seller_of_payment(books: Books, payment: PaymentHead) -> str:
    """The legal entity that was paid."""
    if payment.first_invoice is not None:
        return head_named(books, payment.first_invoice).seller
    assert payment.seller is not None
    return payment.seller


def payee_of(books: Books, payment: PaymentHead) -> str:
    """The name that a payment's entries carry: that on its first invoice, or the customer's."""
    draft = books.invoices.current(payment.first_invoice) if payment.first_invoice else None
    if draft is not None:
        return draft.bill_to_name
    customer = books.catalog.customer(payment.customer, payment.submitted)
    assert customer is not None
    return customer.name


M = TypeVar("M", bound=Movement)


def as_called(books: Books, customer: str, found: M, expected: M) -> M:
    """The movement that is expected, with the payee that was found, where that is any name that the customer ever had.

    It may be renamed on the very day, before or after.
    """
    if found.payee == expected.payee or found.payee not in [
        one.name for one in books.catalog.customers.range("versions", customer)
    ]:
        return expected
    return replace(expected, payee=found.payee)


class TakenBack(NamedTuple):
    """What money had settled of an invoice, taken back: the receivable again, the exchange reversed, and the money."""

    reopens: tuple[Leg, ...]
    gain: tuple[Leg, ...]
    loss: tuple[Leg, ...]
    money: Money


def called(origin: str) -> str:
    """What a person types for the origin of money: PAY-1 for payment/PAY-1."""
    return origin.partition("/")[2] or origin


def settled_by(books: Books, origin: str) -> dict[str, Decimal]:
    """What money of one origin settles now in its own currency, invoice by invoice, in the order in which it did."""
    found: dict[str, Decimal] = {}
    for one in books.invoices.settlements.range("origin", origin):
        if one.paid is None:
            found[one.invoice] = found.get(one.invoice, _ZERO) + one.amount.number
    return {invoice: amount for invoice, amount in found.items() if amount}


def taken_back(books: Books, origin: str, invoice: str, amount: Money | None, parties: Parties) -> TakenBack:
    """So much of what money settled of an invoice, or all of it, taken back. Raises `Refused`.

    What was settled from another currency is taken back whole, as it was exchanged.
    """
    head = head_named(books, invoice)
    found = _standing_of(books, origin, invoice)
    settled = sum(found.by_line.values(), start=_ZERO)
    wanted = settled if amount is None else amount.number
    fits = amount is None or (amount.currency == head.currency and is_minor(amount))
    if not fits or not 0 < wanted <= settled:
        raise Refused(
            f"{called(origin)} settles {settled:f} {head.currency} of {invoice}"
            + (f", and {amount.number:f} {amount.currency} were to be taken back." if amount is not None else "."),
            rule="Y4: what is taken back was settled before.",
            instead=f"billing-beans invoice show {invoice}",
        )
    receivable = account_of(Role.RECEIVABLE, parties.seller, parties.customer)
    number = InvoiceNumber(invoice)
    if found.currency is None:
        legs = [
            new_leg(receivable, new_money(share, head.currency), invoice=number, line=line)
            for line, share in _latest_first(found.by_line, wanted)
        ]
        return TakenBack(tuple(legs), (), (), new_money(wanted, head.currency))
    if wanted != settled:
        raise Refused(
            f"{called(origin)} settled {invoice} from {found.currency}: that can only be taken back whole.",
            rule="Y4: an exchange is reversed as it was made.",
            instead="leave out the amount",
        )
    return _exchanged_back(found, number, head.currency, receivable, account_of(Role.FX, parties.seller))


class _Standing(NamedTuple):
    """What money settles of an invoice now, by line; of an exchange what it took of the money, and what the receivable stood at."""

    by_line: dict[int | None, Decimal]
    paid: dict[int | None, Decimal]
    worth: dict[int | None, Decimal]
    currency: str | None


def _standing_of(books: Books, origin: str, invoice: str) -> _Standing:
    by_line: dict[int | None, Decimal] = {}
    paid: dict[int | None, Decimal] = {}
    worth: dict[int | None, Decimal] = {}
    currency = None
    for one in books.invoices.settlements.range("origin", origin):
        if one.invoice == invoice:
            by_line[one.line] = by_line.get(one.line, _ZERO) + one.amount.number
            if one.paid is not None and one.worth is not None:
                paid[one.line] = paid.get(one.line, _ZERO) + one.paid.number
                worth[one.line] = worth.get(one.line, _ZERO) + one.worth.number.copy_sign(one.amount.number)
                currency = one.worth.currency
    standing = {line: amount for line, amount in by_line.items() if amount}
    return _Standing(standing, paid, worth, currency)


def _latest_first(by_line: dict[int | None, Decimal], wanted: Decimal) -> Iterator[tuple[int | None, Decimal]]:
    """So much of what is settled, from what was settled last."""
    for line, amount in reversed(by_line.items()):
        share = min(amount, wanted)
        if share > 0:
            yield line, share
            wanted -= share


def _exchanged_back(
    found: _Standing, invoice: InvoiceNumber, currency: str, receivable: Account, exchange: Account
) -> TakenBack:
    """An exchange, line by line as it was made: the gain (a credit) or the loss (a debit) with the other sign."""
    assert found.currency is not None
    reopens: list[Leg] = []
    exchanged: list[Leg] = []
    for line, amount in found.by_line.items():
        worth = new_money(found.worth[line], found.currency)
        reopens.append(new_leg(receivable, new_money(amount, currency), invoice=invoice, line=line, price=worth))
        if difference := found.paid[line] - worth.number:
            exchanged.append(new_leg(exchange, new_money(difference, found.currency), invoice=invoice, line=line))
    return TakenBack(
        tuple(reopens),
        tuple(one for one in exchanged if one.number < 0),
        tuple(one for one in exchanged if one.number > 0),
        new_money(sum((found.paid[line] for line in found.by_line), start=_ZERO), found.currency),
    )
