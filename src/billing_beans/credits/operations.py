"""The facts of an application, and of taking it back: what is used, what it settles, and what that is worth (W3, W6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.facts import Revenue
from billing_beans.core.accounts import Account, Role, account_of, is_paid
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.ids import ApplicationId
from billing_beans.core.money import Money, new_money, round_money
from billing_beans.core.records import record
from billing_beans.credits.applying import PREFIX, Take, Target
from billing_beans.credits.facts import CreditApplied, CreditDiscounted, CreditReversed, Kinds
from billing_beans.credits.records import Application, Use
from billing_beans.credits.units import face_of, short, tidy, units_worth, whole_steps, worth
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.legs import Parties, line_account
from billing_beans.invoicing.operations import draft_named, head_named, parties_of
from billing_beans.invoicing.records import CreditedLine, InvoiceHead, LineDiscount

_ZERO = Decimal(0)
DISCOUNTS = "Discounts"
"""The component of the income that discounts lower."""

Units = tuple[Target, Decimal, Decimal]
"""Units that are used for a line, or for all of an invoice, and what one of them cost."""


class Moved(NamedTuple):
    """What so many credits move besides their lots: each a sum for a target, positive."""

    settles: tuple[tuple[Target, Decimal], ...]
    discount: tuple[tuple[Account, Target, Decimal], ...]
    premium: tuple[tuple[Account, Target, Decimal], ...]


def next_application(books: Books) -> str:
    return books.credits.counters.next(PREFIX)


def applied(
    books: Books,
    invoice: str,
    takes: Sequence[Take],
    day: date,
    order: str,
    kinds: Kinds,
    application: str | None = None,
) -> CreditApplied:
    """One run of credits pays an invoice: paid ones as money, free ones as a discount after tax (W3)."""
    lots = tuple([_taken(take) for take in takes])
    return application_of(books, invoice, lots, day, order, kinds, application or next_application(books))


def application_of(
    books: Books, invoice: str, lots: tuple[Leg, ...], day: date, order: str, kinds: Kinds, application: str
) -> CreditApplied:
    """What follows from the lots that an application uses."""
    head, draft = head_named(books, invoice), draft_named(books, invoice)
    parties = parties_of(books, draft)
    face = face_of(books, lots[0].currency)
    moved = _moved(books, head, draft, lots, face)
    receivable = account_of(Role.RECEIVABLE, *parties)
    units = short(sum((one.number for one in lots), start=_ZERO))
    return CreditApplied(
        date=day,
        payee=books.catalog.name_of(draft.customer, day),
        narration=f"{units:f} {lots[0].currency} applied to {invoice}",
        application=ApplicationId(application),
        invoice=draft.invoice,
        customer=draft.customer,
        order=order,
        credits=kinds,
        lots=lots,
        discount=tuple([new_leg(at, tidy(sum_, face.currency), line=to) for at, to, sum_ in moved.discount]),
        premium=tuple([new_leg(at, tidy(-sum_, face.currency), line=to) for at, to, sum_ in moved.premium]),
        settles=tuple(
            [
                new_leg(receivable, new_money(-sum_, face.currency), invoice=draft.invoice, line=to)
                for to, sum_ in moved.settles
            ]
        ),
    )


def discounted(
    books: Books, invoice: str, takes: Sequence[Take], day: date, order: str, application: str | None = None
) -> CreditDiscounted:
    """One run of free credits lowers lines of a draft (W3)."""
    lots = tuple([_taken(take) for take in takes])
    return discount_of(books, invoice, lots, day, order, application or next_application(books))


def discount_of(
    books: Books, invoice: str, lots: tuple[Leg, ...], day: date, order: str, application: str
) -> CreditDiscounted:
    """What follows from the lots that a discount uses."""
    draft = draft_named(books, invoice)
    units = short(sum((one.number for one in lots), start=_ZERO))
    return CreditDiscounted(
        date=day,
        payee=books.catalog.name_of(draft.customer, day),
        narration=f"{units:f} {lots[0].currency} taken off {invoice}",
        application=ApplicationId(application),
        invoice=draft.invoice,
        customer=draft.customer,
        order=order,
        lots=lots,
    )


def _taken(take: Take) -> Leg:
    lot = take.lot
    cost = new_cost(lot.cost, lot.currency, lot.date, lot.label)
    return new_leg(lot.account, new_money(short(take.units), lot.unit), cost, line=take.target)


def _by_target(lots: Iterable[Leg]) -> dict[Target, tuple[Decimal, Decimal]]:
    """For each target the units, and what they cost."""
    found: dict[Target, tuple[Decimal, Decimal]] = {}
    for leg in lots:
        assert leg.cost is not None
        units, cost = found.get(leg.line, (_ZERO, _ZERO))
        found[leg.line] = (units + leg.number, cost + leg.number * leg.cost.number)
    return found


def _moved(books: Books, head: InvoiceHead, draft: InvoiceDrafted, lots: tuple[Leg, ...], face: Money) -> Moved:
    parties = parties_of(books, draft)
    income = account_of(Role.INCOME, parties.seller, DISCOUNTS)
    settles: list[tuple[Target, Decimal]] = []
    discount: list[tuple[Account, Target, Decimal]] = []
    premium: list[tuple[Account, Target, Decimal]] = []
    free = not is_paid(lots[0].account)
    for target, (units, cost) in _by_target(lots).items():
        amount = worth(units, face).number
        settles.append((target, amount))
        off_held = _ZERO
        if free and target is not None:
            line = draft.lines[target - 1]
            off_held = _held_part(books, head, line, amount)
            if off_held:
                discount.append((line_account(line, parties), target, off_held))
        rest = amount - cost - off_held
        if rest:
            kept = discount if rest > 0 else premium
            kept.append((income, target, abs(rest)))
    return Moved(tuple(settles), tuple(discount), tuple(premium))


def is_held(head: InvoiceHead, line: InvoiceLine) -> bool:
    """Whether what is billed for a line is held until it is earned: then free credits lower that, and no revenue."""
    if head.opened:
        return False
    return line.revenue is Revenue.OVER_PERIOD or (line.revenue is Revenue.ON_CONSUMPTION and head.posted is None)


def _held_part(books: Books, head: InvoiceHead, line: InvoiceLine, amount: Decimal) -> Decimal:
    """How much of what free credits pay of a line comes off what is held for it: the net share, the tax being owed all the same.

    Of what is earned over a period it is no more than what is not released (R5).
    """
    if not is_held(head, line):
        return _ZERO
    key = (head.number, line.line)
    before = books.invoices.line_discounts.get(key) or LineDiscount(*key)
    credited = books.invoices.credited.get(key) or CreditedLine(*key)
    net = line.amount.number - credited.amount
    gross = net + line.tax.number - credited.tax
    if gross <= 0:
        return _ZERO
    until = round_money((before.applied + amount) * net / gross, line.amount.currency).number
    held = min(until, net) - before.held
    if line.revenue is Revenue.OVER_PERIOD:
        return min(held, books.revenue.left_of(head.number, line.line))
    return held


@record
class ReverseApplication:
    """What an application used goes back to its lots, all of it or so much as is worth `amount`, of one `line` or of all; for a reason (W6)."""

    application: str
    reason: str
    amount: Money | None = None
    line: int | None = None


def application_named(books: Books, application: str) -> Application:
    """The application of this id. Raises `Refused`."""
    found = books.credits.applications.get(application)
    if found is None:
        raise Refused(f"There is no application {application}.", instead="billing-beans credit applications")
    return found


def reversed_application(books: Books, request: ReverseApplication, day: date) -> CreditReversed:
    """The exact reverse of an application, or of the last part of it (W6). Raises `Refused` or `WrongUsage`."""
    found = application_named(books, request.application)
    face = face_of(books, found.unit)
    uses = [
        one
        for one in books.credits.uses.range("application", found.application)
        if request.line is None or one.line == request.line
    ]
    standing = sum((one.standing for one in uses), start=_ZERO)
    if not uses:
        raise WrongUsage(
            f"{found.application} used nothing for line {request.line} of {found.invoice}.",
            instead=f"billing-beans credit show {found.application}",
        )
    if not standing:
        raise Refused(
            f"Everything of {found.application}{f' on line {request.line}' if request.line else ''} went back already.",
            rule="W6: what was used goes back once.",
            instead=f"billing-beans credit show {found.application}",
        )
    units = standing if request.amount is None else units_worth(request.amount, face)
    if units > standing:
        raise Refused(
            f"{found.application} stands for {worth(standing, face)}, and {request.amount} were to go back.",
            rule="W6: no more goes back than was used.",
            instead="leave out the amount",
        )
    lots = tuple(given_back(found.unit, uses, units))
    if units != standing and any(used != whole_steps(used, face) for used, _cost in _by_target(lots).values()):
        raise WrongUsage(
            f"Of {found.application} {request.amount} can't go back by itself.",
            rule="W3: credits pay whole minor units of each line.",
            instead="leave out the amount: it goes back whole",
        )
    return reversal_of(books, found, lots, request.reason, day)


def given_back(unit: str, uses: Sequence[Use], units: Decimal) -> Iterable[Leg]:
    """What was used last goes back first."""
    left = units
    for use in reversed(uses):
        back = min(left, use.standing)
        if back > 0:
            left -= back
            cost = new_cost(use.cost, use.currency, use.lot_date, use.grant)
            yield new_leg(use.account, new_money(short(-back), unit), cost, line=use.line)


def reversal_of(books: Books, found: Application, lots: tuple[Leg, ...], reason: str, day: date) -> CreditReversed:
    """What follows from the lots into which an application goes back."""
    draft = draft_named(books, found.invoice)
    parties, face = parties_of(books, draft), face_of(books, found.unit)
    receivable = account_of(Role.RECEIVABLE, *parties)
    moved = Moved((), (), ()) if found.is_discount else _moved_back(books, draft, parties, lots, face)
    units = short(-sum((one.number for one in lots), start=_ZERO))
    return CreditReversed(
        date=day,
        payee=books.catalog.name_of(found.customer, day),
        narration=f"{units:f} {found.unit} of {found.application} given back",
        application=ApplicationId(found.application),
        invoice=draft.invoice,
        customer=draft.customer,
        reason=reason,
        reopens=tuple(
            [
                new_leg(receivable, new_money(sum_, face.currency), invoice=draft.invoice, line=to)
                for to, sum_ in moved.settles
            ]
        ),
        premium=tuple([new_leg(at, tidy(sum_, face.currency), line=to) for at, to, sum_ in moved.premium]),
        lots=lots,
        discount=tuple([new_leg(at, tidy(-sum_, face.currency), line=to) for at, to, sum_ in moved.discount]),
    )


def _moved_back(books: Books, draft: InvoiceDrafted, parties: Parties, lots: tuple[Leg, ...], face: Money) -> Moved:
    head = head_named(books, draft.invoice)
    income = account_of(Role.INCOME, parties.seller, DISCOUNTS)
    settles: list[tuple[Target, Decimal]] = []
    discount: list[tuple[Account, Target, Decimal]] = []
    premium: list[tuple[Account, Target, Decimal]] = []
    free = not is_paid(lots[0].account)
    for target, (used, cost) in _by_target(lots).items():
        amount = worth(-used, face).number
        settles.append((target, amount))
        to_held = _ZERO
        if free and target is not None:
            line = draft.lines[target - 1]
            to_held = _held_again(books, head, line, amount)
            if to_held:
                discount.append((line_account(line, parties), target, to_held))
        rest = amount + cost - to_held
        if rest:
            kept = discount if rest > 0 else premium
            kept.append((income, target, abs(rest)))
    return Moved(tuple(settles), tuple(discount), tuple(premium))


def _held_again(books: Books, head: InvoiceHead, line: InvoiceLine, amount: Decimal) -> Decimal:
    """How much of what free credits had paid of a line is held for it again; nothing once it was granted."""
    before = books.invoices.line_discounts.get((head.number, line.line))
    if before is None or not before.held or not is_held(head, line):
        return _ZERO
    left = before.applied - amount
    held = round_money(before.held * left / before.applied, line.amount.currency).number if left else _ZERO
    return before.held - held
