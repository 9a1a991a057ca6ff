"""Which credits pay what: the lots of a wallet in the order of the book's policy, each for what it can be used for (W3, W5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.policies import CreditDiscounts
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import Money, is_minor
from billing_beans.core.records import record
from billing_beans.credits.facts import Kinds
from billing_beans.credits.moments import has_expired
from billing_beans.credits.ordering import fits, in_order, is_scoped
from billing_beans.credits.records import Lot, Wallet
from billing_beans.credits.units import face_of, unit_named, units_within, whole_steps
from billing_beans.invoicing.discounting import can_be_lowered
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.legs import Parties
from billing_beans.invoicing.operations import draft_named, head_named
from billing_beans.invoicing.records import InvoiceHead
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.settling import line_due

PREFIX = "APP"
_ZERO = Decimal(0)

Target = int | None
"""A line of an invoice, or all of it."""


@record
class ApplyCredits:
    """Credits pay an invoice, as far as they go and it owes: all of it, an amount, or some of its lines (W3).

    On a draft free credits lower its lines before tax. `credits` says which kinds may be used, `unit` which credits.
    """

    invoice: str
    amount: Money | None = None
    lines: tuple[int, ...] = ()
    credits: Kinds = Kinds.ALL
    unit: str | None = None


class Take(NamedTuple):
    """Units of a lot for a line, or for all of an invoice."""

    lot: Lot
    target: Target
    units: Decimal


class Plan(NamedTuple):
    """What will be used, in order; each run is of paid or of free credits of one kind, and one application."""

    order: str
    credits: Kinds
    runs: tuple[tuple[Take, ...], ...]


def wallets_for(books: Books, parties: Parties, currency: str, unit: str | None = None) -> list[Wallet]:
    """The wallets that can pay invoices in a currency: those of the invoice's own parties (B3)."""
    return [
        one
        for one in books.credits.wallets.range("owner", parties.customer)
        if one.entity == parties.seller and unit in (None, one.unit) and face_of(books, one.unit).currency == currency
    ]


def usable(books: Books, wallet: str, kinds: Kinds, day: date, moment: str) -> Iterator[Lot]:
    """The lots of a wallet that can be used on a day, at a moment."""
    return (lot for lot in books.credits.lots.range("open", wallet) if can_be_used(lot, kinds, day, moment))


def can_be_used(lot: Lot, kinds: Kinds, day: date, moment: str) -> bool:
    """Whether a lot can be used on a day, at a moment, where these kinds of credits may be."""
    wanted = kinds is Kinds.ALL or lot.paid == (kinds is Kinds.PAID)
    return wanted and lot.since <= day and not has_expired(lot.terms, moment)


class Owed:
    """What credits can still pay of an invoice: all of it, and each line that can be paid so."""

    def __init__(self, lines: Mapping[int, tuple[InvoiceLine, Decimal]], total: Decimal, *, whole: bool) -> None:
        self.lines = {number: line for number, (line, _due) in lines.items()}
        self._left: dict[Target, Decimal] = {number: due for number, (_line, due) in lines.items()}
        self._total = total
        self._whole = whole
        if whole:
            self._left[None] = total

    def targets(self, lot: Lot) -> Iterator[Target]:
        """For what a lot can be used, in the order of lines. Paid credits without scope pay the invoice as a whole."""
        if self._whole and lot.paid and not is_scoped(lot.terms):
            yield None
        else:
            yield from (number for number, line in self.lines.items() if fits(lot.terms, line))

    def left(self, target: Target) -> Decimal:
        return min(self._left[target], self._total)

    def pay(self, target: Target, amount: Decimal) -> None:
        self._left[target] -= amount
        self._total -= amount


def owed_on(books: Books, head: InvoiceHead, request: ApplyCredits) -> Owed:
    """What credits can pay of an issued invoice. Top-ups are not paid with credits. Raises `Refused` or `WrongUsage`."""
    draft = draft_named(books, head.number)
    chosen = chosen_lines(draft, request.lines)
    payable = {line.line: (line, line_due(books, head, line.line)) for line in chosen}
    whole = not request.lines and len(chosen) == len(draft.lines)
    return Owed(payable, limit_of(request, head.due_amount, head.currency), whole=whole)


def lowered_by(draft: InvoiceDrafted, request: ApplyCredits) -> Owed:
    """What free credits can take off a draft before tax. Raises `Refused` or `WrongUsage`."""
    chosen = [line for line in chosen_lines(draft, request.lines) if can_be_lowered(line)]
    if not chosen:
        raise Refused(
            f"Free credits can lower no line of {draft.invoice}.",
            rule="W3: free credits lower what the seller sells; not what is held for others, its fee, or a top-up.",
            instead=f"billing-beans invoice show {draft.invoice}",
        )
    payable = {line.line: (line, line.amount.number) for line in chosen}
    total = sum((due for _line, due in payable.values()), start=_ZERO)
    return Owed(payable, limit_of(request, total, draft.currency), whole=False)


def chosen_lines(draft: InvoiceDrafted, wanted: tuple[int, ...]) -> list[InvoiceLine]:
    """The lines that credits may pay: those that are asked for, or all; but no top-ups. Raises `Refused` or `WrongUsage`."""
    for number in wanted:
        if not 0 < number <= len(draft.lines):
            raise WrongUsage(
                f"{draft.invoice} has no line {number}; its lines are 1 to {len(draft.lines)}.",
                instead=f"billing-beans invoice show {draft.invoice}",
            )
    chosen = [draft.lines[number - 1] for number in dict.fromkeys(wanted)] or list(draft.lines)
    payable = [line for line in chosen if line.credit_unit is None]
    if not payable or (wanted and len(payable) != len(chosen)):
        raise Refused(
            f"{draft.invoice} tops up a wallet, and credits don't buy credits.",
            rule="W3: credits pay for what is sold, and not for a top-up.",
            instead=f"billing-beans payment submit {draft.invoice}",
        )
    return payable


def limit_of(request: ApplyCredits, owed: Decimal, currency: str) -> Decimal:
    """How much is to be paid at most. Raises `Refused` or `WrongUsage`."""
    amount = request.amount
    if amount is None:
        return owed
    if amount.currency != currency:
        raise WrongUsage(
            f"{amount.number:f} {amount.currency} can't be paid of {request.invoice}, which is in {currency}.",
            instead=f"give an amount in {currency}",
        )
    if amount.number <= 0 or not is_minor(amount):
        raise WrongUsage(
            f"{amount.number:f} {currency} can't be paid: an amount is above zero, in whole minor units.",
            instead="leave out the amount, or give what credits are to pay",
        )
    if amount.number > owed:
        raise Refused(
            f"{amount.number:f} {currency} were to be paid of {request.invoice}, and {owed:f} can be.",
            rule="W3: credits pay no more than is owed.",
            instead=f"leave out the amount, or: billing-beans invoice show {request.invoice}",
        )
    return amount.number


def plan(books: Books, request: ApplyCredits, parties: Parties, day: date, moment: str) -> Plan:
    """What credits are used for an invoice (W3, W5). Raises `Refused` or `WrongUsage`."""
    head = head_named(books, request.invoice)
    if request.unit is not None:
        unit_named(books, request.unit, day)
    kinds = kinds_for(books, head, request.credits, day)
    if head.status is Status.DRAFT:
        owed = lowered_by(draft_named(books, head.number), request)
    else:
        _owes(head)
        owed = owed_on(books, head, request)
    order = books.catalog.policy("credit-order", day)
    runs: list[tuple[Take, ...]] = []
    for wallet in wallets_for(books, parties, head.currency, request.unit):
        face = face_of(books, wallet.unit)
        runs += _runs(in_order(usable(books, wallet.wallet, kinds, day, moment), order), owed, face)
    return Plan(order, kinds, tuple(runs))


def kinds_for(books: Books, head: InvoiceHead, wanted: Kinds, day: date) -> Kinds:
    """Which credits can be used: free ones on a draft before tax, paid ones after the issue, and where the book says so both.

    Raises `Refused`.
    """
    policy = books.catalog.policy("credit-discounts", day)
    before_tax = policy == CreditDiscounts.BEFORE_TAX
    if head.status is Status.DRAFT:
        if not before_tax or wanted is Kinds.PAID:
            raise Refused(
                f"{head.number} is a draft: nothing is owed on it yet.",
                rule=f"W3: credits pay what was issued; in these books free credits are a discount {policy.replace('-', ' ')}.",
                instead=f"billing-beans invoice issue {head.number} --apply-credits",
            )
        return Kinds.FREE
    if not before_tax:
        return wanted
    if wanted is Kinds.FREE:
        raise Refused(
            f"Free credits can't be used for {head.number}, which is {head.status.replace('-', ' ')}.",
            rule="W3: in these books free credits are a discount before tax, on a draft.",
            instead="use them before the issue, or choose: billing-beans book policy credit-discounts after-tax",
        )
    return Kinds.PAID


def _owes(head: InvoiceHead) -> None:
    if head.status not in OPEN:
        raise Refused(
            f"{head.number} is {head.status.replace('-', ' ')}: nothing is owed on it.",
            rule="W3: credits pay open invoices.",
            instead=f"billing-beans invoice list --customer {head.customer} shows what is open",
        )


def _runs(lots: Iterable[Lot], owed: Owed, face: Money) -> Iterator[tuple[Take, ...]]:
    """Paid and free credits apart, in the order of use: each run is whole before the next one looks at what is owed."""
    for _paid, several in groupby(lots, key=lambda lot: lot.paid):
        if run := _Run([*several], owed, face).takes():
            yield run


class _Run:
    """Lots of one kind, in order, and how many units of each are used for what.

    For each thing it must be whole minor units, to which fragments of several lots may add up. What is left of a fragment
    is not used, and whole minor units of other lots take its place.
    """

    def __init__(self, lots: list[Lot], owed: Owed, face: Money) -> None:
        self._lots, self._owed, self._face = lots, owed, face
        self._units: dict[tuple[int, Target], Decimal] = {}
        self._of_lot = [_ZERO for _ in lots]
        self._of_target: dict[Target, Decimal] = {}

    def takes(self) -> tuple[Take, ...]:
        self._fill()
        if self._trim():
            self._fill(fragments=False)
        used = sorted(self._units.items(), key=lambda one: one[0][0])
        return tuple(Take(self._lots[place], target, units) for (place, target), units in used if units)

    def _fill(self, *, fragments: bool = True) -> None:
        """Each lot for each thing that it can be used for, as far as both go; for none more than makes whole minor units."""
        for place, lot in enumerate(self._lots):
            for target in self._owed.targets(lot) if lot.usable > self._of_lot[place] else ():
                before = self._of_target.get(target, _ZERO)
                possible = whole_steps(before + units_within(self._owed.left(target), self._face), self._face) - before
                units = min(lot.usable - self._of_lot[place], possible)
                if units > 0:
                    self._use(place, target, units if fragments else whole_steps(units, self._face))

    def _trim(self) -> bool:
        """What is too much for whole minor units comes off what was used last. Whether there was any."""
        too_much = {
            target: over
            for target, units in self._of_target.items()
            if (over := units - whole_steps(units, self._face))
        }
        for (place, target), units in reversed(self._units.items()):
            less = min(too_much.get(target, _ZERO), units)
            if less:
                too_much[target] -= less
                self._use(place, target, -less)
        return bool(too_much)

    def _use(self, place: int, target: Target, units: Decimal) -> None:
        self._units[place, target] = self._units.get((place, target), _ZERO) + units
        self._of_lot[place] += units
        self._of_target[target] = self._of_target.get(target, _ZERO) + units
        self._owed.pay(target, units * self._face.number)
