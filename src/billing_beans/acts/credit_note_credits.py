"""Credits and credit notes: what had paid or lowered a credited line goes back, and what it had topped up is taken back (I7, W6)."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_UP, Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.credit_returns import applications_to, expire_lots, give_back, now_of
from billing_beans.acts.credits_for_money import take_bonus
from billing_beans.core.accounts import is_paid
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import new_money, quantum
from billing_beans.credits.adjusting import grant_named
from billing_beans.credits.discounts import discounts_of
from billing_beans.credits.facts import CreditType
from billing_beans.credits.operations import ReverseApplication, is_held
from billing_beans.credits.records import Application, Lot
from billing_beans.credits.units import face_of, step_of, units_within, worth
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteIssued, CreditNoteLine
from billing_beans.invoicing.operations import draft_named, head_named
from billing_beans.invoicing.records import CreditedLine

_ZERO = Decimal(0)


def topped_up_by(act: Act, invoice: str) -> list[Lot]:
    """The lots that the lines of an invoice topped up, and those of the bonus that came with them."""
    grants, lots = act.books.credits.grants, act.books.credits.lots
    names = [grant.grant for grant in grants.range("invoice", invoice)]
    following = [one for name in names for one in grants.range("of_grant", name)]
    names += [one.grant for one in following if one.credit_type == CreditType.BONUS]
    return [lot for name in names for lot in lots.range("grant", name)]


def expire_topped_up(act: Act, invoice: str) -> None:
    """What has expired of it is written off, and no credit note takes it back any more (W7)."""
    expire_lots(act, [lot for lot in topped_up_by(act, invoice) if lot.remaining], now_of(act))


def take_bonus_of_credited(act: Act, fact: CreditNoteIssued) -> None:
    """With credits that a credit note takes back go the free ones that had come with them, in the same proportion."""
    units: dict[str, Decimal] = {}
    for leg in fact.credits:
        assert leg.cost is not None
        assert leg.cost.label is not None
        units[leg.cost.label] = units.get(leg.cost.label, _ZERO) + leg.number
    for name, taken in units.items():
        take_bonus(act, grant_named(act.books, name), taken, f"credited by {fact.credit_note}", fact.date)


def give_back_before_crediting(act: Act, note: CreditNoteDrafted, day: date) -> None:
    """Free credits of the credited lines, and of what is credited and not owed as much as credits had paid (I7, W6)."""
    reason = f"{note.credit_note}: {note.reason}"
    _of_credited_lines(act, note, reason, day)
    for application in applications_to(act, note.invoice, discounts=False):
        rest = note.total.number - head_named(act.books, note.invoice).due_amount
        if rest > 0:
            _give_back_so_much(act, application, rest, reason, day)


def _of_credited_lines(act: Act, note: CreditNoteDrafted, reason: str, day: date) -> None:
    """What credits had settled of a credited line goes back as far as more would be settled, or less be held, than is left."""
    for line in note.lines:
        for application in applications_to(act, note.invoice, discounts=False):
            over = _too_much_of(act, note, line, application)
            standing = worth(_standing_on(act, application, line.line), face_of(act.books, application.unit)).number
            if over > 0 and standing:
                part = min(_in_steps(act, application, over), standing)
                amount = new_money(part, note.total.currency)
                give_back(act, ReverseApplication(application.application, reason, amount, line.line), day)


def _too_much_of(act: Act, note: CreditNoteDrafted, part: CreditNoteLine, application: Application) -> Decimal:
    """How much of what credits settle of a line is more than will be left of it, or where it is of free ones, be held for it."""
    books, key = act.books, (note.invoice, part.line)
    sold = draft_named(books, note.invoice).lines[part.line - 1]
    credited = books.invoices.credited.get(key) or CreditedLine(*key)
    net = sold.amount.number - credited.amount - part.amount.number
    gross = net + sold.tax.number - credited.tax - part.tax.number
    by_credits = sum(
        (
            worth(_standing_on(act, one, part.line), face_of(books, one.unit)).number
            for one in applications_to(act, note.invoice, discounts=False)
        ),
        start=_ZERO,
    )
    discount = books.invoices.line_discounts.get(key)
    is_free = any(not is_paid(use.account) for use in books.credits.uses.range("application", application.application))
    if discount is None or not is_free or discount.held <= net or not is_held(head_named(books, note.invoice), sold):
        return by_credits - gross
    not_held = discount.applied * (discount.held - net) / discount.held
    return max(by_credits - gross, not_held.quantize(quantum(part.amount.currency), ROUND_UP))


def _standing_on(act: Act, application: Application, line: int) -> Decimal:
    """How many credits of an application stand for a line."""
    uses = act.books.credits.uses.range("application", application.application)
    return sum((use.standing for use in uses if use.line == line), start=_ZERO)


def _in_steps(act: Act, application: Application, amount: Decimal) -> Decimal:
    """The least that whole steps of credits are worth, and not less than so much."""
    face = face_of(act.books, application.unit)
    step = worth(step_of(face.number, face.currency), face).number
    return (amount / step).to_integral_value(ROUND_UP) * step


def _give_back_so_much(act: Act, application: Application, rest: Decimal, reason: str, day: date) -> None:
    """As many whole steps of credits as are worth so much at least; all, where a part can't go back by itself."""
    face = face_of(act.books, application.unit)
    amount = new_money(_in_steps(act, application, rest), face.currency)
    standing = worth(application.units - application.back, face).number
    part = amount if amount.number < standing else None
    try:
        give_back(act, ReverseApplication(application.application, reason, part), day)
    except WrongUsage:
        give_back(act, ReverseApplication(application.application, reason), day)


def give_back_after_crediting(act: Act, note: CreditNoteDrafted, day: date) -> None:
    """Of what free credits had lowered a credited line by, before tax, the part that is credited goes back."""
    reason = f"{note.credit_note}: {note.reason}"
    draft = draft_named(act.books, note.invoice)
    for line in note.lines:
        sold, credited = draft.lines[line.line - 1], act.books.invoices.credited.get((note.invoice, line.line))
        standing = discounts_of(act.books, note.invoice).get(line.line)
        if sold.credit_discount is None or credited is None or standing is None:
            continue
        part, of = (credited.amount, sold.amount.number) if sold.amount.number else (credited.quantity, sold.quantity)
        due_back = sold.credit_discount.number * part / of
        wanted = due_back - (sold.credit_discount.number - standing.number)
        for application in applications_to(act, note.invoice, discounts=True):
            wanted -= _lowered_less(act, application, line.line, wanted, reason, day)


def _lowered_less(act: Act, application: Application, line: int, wanted: Decimal, reason: str, day: date) -> Decimal:
    """Credits that lowered a line go back, worth so much at most; what they are worth."""
    face = face_of(act.books, application.unit)
    step = step_of(face.number, face.currency)
    units = min(_standing_on(act, application, line), units_within(max(wanted, _ZERO), face) // step * step)
    if not units:
        return _ZERO
    amount = worth(units, face)
    give_back(act, ReverseApplication(application.application, reason, amount, line), day)
    return amount.number
