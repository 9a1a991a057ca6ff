"""Credits go back where what they paid is taken back: an invoice voided, edited or credited, a payment refunded or charged back (W6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_UP, Decimal

from billing_beans.acts.act import Act
from billing_beans.catalog.policies import CreditReturns
from billing_beans.core.calendar import format_moment
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import new_money
from billing_beans.credits.adjusting import AdjustGrant, adjusted, expired, grant_named, lots_of, renewed
from billing_beans.credits.facts import AdjustmentType, CreditAdjusted, CreditType
from billing_beans.credits.granting import GrantCredits, granted
from billing_beans.credits.moments import has_expired, moment_of
from billing_beans.credits.operations import ReverseApplication, discounts_of, is_held, reversed_application
from billing_beans.credits.records import Application, Grant, GrantStatus
from billing_beans.credits.units import face_of, step_of, units_within, worth
from billing_beans.invoicing.facts import CreditNoteDrafted
from billing_beans.invoicing.operations import draft_named, head_named, parties_of
from billing_beans.payments.settling import called

_ZERO = Decimal(0)
_FINEST = Decimal("0.000001")


def give_back(act: Act, request: ReverseApplication, day: date) -> None:
    """Credits go back into their lots; what has expired meanwhile is written off, or renewed, as the book says (W7)."""
    fact = reversed_application(act.books, request, day)
    grants = dict.fromkeys(leg.cost.label for leg in fact.lots if leg.cost is not None and leg.cost.label)
    entity = parties_of(act.books, draft_named(act.books, fact.invoice)).seller
    now = format_moment(act.context.now)
    moment = moment_of(act.books, entity, day, now)
    renews = act.books.catalog.policy("credit-returns", day) == CreditReturns.RENEW
    late = [one for one in grants if has_expired(grant_named(act.books, one).terms, min(moment, now))]
    for grant in late:
        if lots_of(act.books, grant):
            act.record(expired(act.books, grant))  # what was not used is not renewed
    act.record(fact)
    for grant in late:
        act.record(renewed(act.books, grant, moment, day) if renews else expired(act.books, grant))


def applications_to(act: Act, invoice: str, *, discounts: bool) -> Iterator[Application]:
    """What stands of applications to an invoice, the last one first: those before tax, or those that settle it."""
    for application in reversed([*act.books.credits.applications.range("invoice", invoice)]):
        if application.is_discount == discounts and application.units != application.back:
            yield application


def give_all_back(act: Act, invoice: str, reason: str, day: date, *, discounts: bool) -> None:
    """Everything that stands of applications to an invoice."""
    for application in applications_to(act, invoice, discounts=discounts):
        give_back(act, ReverseApplication(application.application, reason), day)


def give_back_before_crediting(act: Act, note: CreditNoteDrafted, day: date) -> None:
    """Free credits of the credited lines, and of what is credited and not owed as much as credits had paid (I7, W6)."""
    reason = f"{note.credit_note}: {note.reason}"
    _of_credited_lines(act, note, reason, day)
    for application in applications_to(act, note.invoice, discounts=False):
        rest = note.total.number - head_named(act.books, note.invoice).due_amount
        if rest > 0:
            _give_back_so_much(act, application, rest, reason, day)


def _of_credited_lines(act: Act, note: CreditNoteDrafted, reason: str, day: date) -> None:
    """What free credits had lowered of what is held for a line comes back whole, or less would be held than is credited."""
    head, draft = head_named(act.books, note.invoice), draft_named(act.books, note.invoice)
    lines = {line.line for line in note.lines if is_held(head, draft.lines[line.line - 1])}
    for application in applications_to(act, note.invoice, discounts=False):
        uses = act.books.credits.uses.range("application", application.application)
        touched = {use.line for use in uses if use.standing and use.line in lines and not use.cost}
        for line in sorted(line for line in touched if line is not None):
            give_back(act, ReverseApplication(application.application, reason, line=line), day)


def _give_back_so_much(act: Act, application: Application, rest: Decimal, reason: str, day: date) -> None:
    """As many whole steps of credits as are worth so much at least; all, where a part can't go back by itself."""
    face = face_of(act.books, application.unit)
    step = worth(step_of(face.number, face.currency), face).number
    amount = new_money((rest / step).to_integral_value(ROUND_UP) * step, face.currency)
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
    uses = act.books.credits.uses.range("application", application.application)
    standing = sum((use.standing for use in uses if use.line == line), start=_ZERO)
    step = step_of(face.number, face.currency)
    units = min(standing, units_within(max(wanted, _ZERO), face) // step * step)
    if not units:
        return _ZERO
    amount = worth(units, face)
    give_back(act, ReverseApplication(application.application, reason, amount, line), day)
    return amount.number


def take_credits_of(
    act: Act, origin: str, amount: Decimal | None, reason: str, day: date, *, spent: bool = False, keep: bool = False
) -> None:
    """Credits that money of this origin had paid become it again: so much of it, or all that is unspent (Y5, W6).

    With `spent`, what was used of them is taken back first where the unspent ones don't do, and invoices are open again. With
    `keep` the customer keeps as many, as free ones.
    """
    grants = [
        one
        for one in reversed([*act.books.credits.grants.range("origin", origin)])
        if one.status is GrantStatus.GRANTED
    ]
    left = amount
    for grant in grants:
        left = _take_unspent(act, grant, left, reason, day, keep=keep)
    if spent and left is not None:
        for grant in grants:
            if left > 0:
                _use_taken_back(act, grant, reason, day)
                left = _take_unspent(act, grant, left, reason, day, keep=keep) or _ZERO


def reopen_paid_by_credits(act: Act, origin: str, invoices: tuple[str, ...], reason: str, day: date) -> None:
    """Invoices that credits had paid, which money of this origin had bought, are open again. Raises `Refused` where none had."""
    for invoice in invoices:
        found = [
            use.application
            for grant in act.books.credits.grants.range("origin", origin)
            for use in act.books.credits.uses.range("grant", grant.grant)
            if use.standing and use.invoice == invoice and not use.is_discount
        ]
        if not found:
            raise Refused(
                f"{called(origin)} settles nothing of {invoice}, and bought no credits that do.",
                rule="Y5: a refund opens only invoices that the money had settled.",
                instead=f"billing-beans invoice show {invoice}",
            )
        for application in reversed(dict.fromkeys(found)):
            give_back(act, ReverseApplication(application, reason), day)


def _use_taken_back(act: Act, grant: Grant, reason: str, day: date) -> None:
    uses = [*act.books.credits.uses.range("grant", grant.grant)]
    for application in reversed(dict.fromkeys(use.application for use in uses if use.standing and not use.is_discount)):
        give_back(act, ReverseApplication(application, reason), day)


def _take_unspent(
    act: Act, grant: Grant, left: Decimal | None, reason: str, day: date, *, keep: bool
) -> Decimal | None:
    """So much of what is unspent of a grant; what is still wanted after it."""
    units = _units_for(act, grant, left)
    if not units:
        return left
    request = AdjustGrant(grant.grant, reason, AdjustmentType.REFUND, units)
    fact = act.record(adjusted(act.books, request, day))
    _take_bonus(act, grant, units, reason, day)
    if keep:
        _keep_as_free(act, grant, units, reason, day)
    return None if left is None else left - _back(fact)


def _back(fact: CreditAdjusted) -> Decimal:
    return -fact.unapplied.number if fact.unapplied is not None else _ZERO


def _units_for(act: Act, grant: Grant, wanted: Decimal | None) -> Decimal:
    """How many of the unspent credits of a grant were paid with so much: those that are taken first, the last ones."""
    units, left = _ZERO, wanted
    for lot in reversed(lots_of(act.books, grant.grant)):
        if left is None or lot.worth <= left:
            units += lot.remaining
            left = None if left is None else left - lot.worth
        elif left > 0:
            return units + min(lot.remaining, (left / lot.cost).quantize(_FINEST, ROUND_UP))
    return units


def _take_bonus(act: Act, grant: Grant, units: Decimal, reason: str, day: date) -> None:
    """The free credits that came with a grant go in the same proportion, as far as they are unspent."""
    for bonus in [*act.books.credits.grants.range("of_grant", grant.grant)]:
        if bonus.credit_type == CreditType.BONUS and bonus.remaining:
            share = (bonus.units * units / grant.units).quantize(_FINEST, ROUND_UP)
            request = AdjustGrant(bonus.grant, reason, AdjustmentType.REFUND, share, cap=True)
            act.record(adjusted(act.books, request, day))


def _keep_as_free(act: Act, grant: Grant, units: Decimal, reason: str, day: date) -> None:
    request = GrantCredits(
        grant.customer,
        units,
        f"grant/{grant.grant}",
        grant.unit,
        CreditType.GOODWILL,
        reason,
        grant.terms._replace(valid_days=None),
        act.books.catalog.entity_with(grant.wallet.partition("/")[0]),
        of_grant=grant.grant,
    )
    act.record(granted(act.books, request, day))
