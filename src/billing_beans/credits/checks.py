"""What must hold of credits: granted for what was paid, used in order and in scope, given back, expired once (W1 to W8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import Any

from billing_beans.books import Books
from billing_beans.catalog.policies import CreditDiscounts
from billing_beans.core.accounts import is_paid, place_of
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.core.facts import Leg
from billing_beans.credits.applying import can_be_used
from billing_beans.credits.discounts import discounts_of
from billing_beans.credits.facts import (
    CreditApplied,
    CreditDiscounted,
    CreditReversed,
    Kinds,
)
from billing_beans.credits.moments import has_expired, moment_of
from billing_beans.credits.operations import (
    application_named,
    application_of,
    discount_of,
    given_back,
    reversal_of,
)
from billing_beans.credits.ordering import ORDERS, fits, in_order, is_scoped
from billing_beans.credits.records import Lot
from billing_beans.credits.state import lot_key, wallet_of
from billing_beans.credits.units import face_of, step_of, whole_steps
from billing_beans.invoicing.discounting import can_be_lowered
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.invoicing.operations import draft_named, head_named, parties_of
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.payments.settling import as_called, line_due

RESTORE = "restore the text with git; what was recorded is never edited"
_ZERO = Decimal(0)
Used = CreditApplied | CreditDiscounted


@check(
    CreditApplied,
    CreditDiscounted,
    promise="W5, W7, B3: only credits of the invoice's own customer and legal entity are used, that are there, not expired, and in scope.",
    remedy="billing-beans credit balance CUSTOMER --by grant shows what can be used",
)
def credits_usable(books: Books, fact: Used) -> Iterator[str | Broken]:
    if books.credits.applications.get(fact.application) is not None:
        yield Broken(f"{fact.application} is made twice", "choose another id with --id, or leave it out")
        return
    draft = draft_named(books, fact.invoice)
    parties = parties_of(books, draft)
    if not fact.lots or fact.customer != draft.customer:
        yield f"{fact.application} uses no credits of {draft.customer} for {fact.invoice}"
        return
    place = place_of(fact.lots[0].account)
    accounts = {leg.account for leg in fact.lots}
    is_one = len({wallet_of(leg) for leg in fact.lots}) == len(accounts) == 1
    if len(accounts) == 1 and not is_one:
        kinds = sorted({leg.currency for leg in fact.lots})
        yield f"{fact.application} uses several kinds of credits for {fact.invoice}: {' and '.join(kinds)}"
    elif not is_one or place is None or (place.entity, place.owner[0]) != parties:
        yield f"{fact.application} uses credits of {' and '.join(sorted(accounts))} for {fact.invoice}"
    elif face_of(books, fact.lots[0].currency).currency != draft.currency:
        yield f"{fact.application} uses {fact.lots[0].currency} for {fact.invoice}, which is in {draft.currency}"
    else:
        yield from _lots_usable(books, fact, draft)


def _lots_usable(books: Books, fact: Used, draft: InvoiceDrafted) -> Iterator[str]:
    moment = moment_of(books, parties_of(books, draft).seller, fact.date, fact.at)
    taken: dict[object, Decimal] = {}
    for leg in fact.lots:
        key = lot_key(leg)
        taken[key] = taken.get(key, _ZERO) + leg.number
        lot = books.credits.lots.get(key)
        if lot is None or taken[key] > lot.usable:
            left = lot.usable if lot else _ZERO
            kept = " that no billing run has reserved" if lot and lot.reserved else ""
            yield (
                f"{fact.application} uses {taken[key]:f} {leg.currency} of {leg.cost and leg.cost.label}, "
                f"which has {left:f}{kept}"
            )
        elif lot.since > fact.date:
            yield f"{fact.application} uses credits of {lot.label} on {fact.date}, and they came on {lot.since}"
        elif has_expired(lot.terms, moment):
            yield f"{fact.application} uses credits of {lot.label} at {moment}, and they expired at {lot.terms.expires_at}"
        elif not _is_in_scope(lot, leg.line, draft):
            what = f"line {leg.line} of {fact.invoice}" if leg.line is not None else f"all of {fact.invoice}"
            yield f"{fact.application} uses credits of {lot.label} for {what}, for which they are not"


def _is_in_scope(lot: Lot, number: int | None, draft: InvoiceDrafted) -> bool:
    """Whether credits can be used for a line, or for all of an invoice; a top-up is not paid with credits."""
    if number is None:
        return not is_scoped(lot.terms) and all(one.credit_unit is None for one in draft.lines)
    if not 0 < number <= len(draft.lines):
        return False
    line = draft.lines[number - 1]
    return fits(lot.terms, line) and line.credit_unit is None


@check(
    CreditApplied,
    CreditDiscounted,
    promise="W5: credits are used in the order that the book has chosen.",
    remedy="billing-beans credit balance CUSTOMER --by grant shows them in that order",
)
def credits_in_order(books: Books, fact: Used) -> Iterator[str]:
    """Before anything of a lot is used for something, what comes before it and could be used for that is used up."""
    kinds = fact.credits if isinstance(fact, CreditApplied) else Kinds.FREE
    chosen = [books.catalog.policy("credit-order", day) for day in _that_day_or_before(books, fact.date)]
    if fact.order not in chosen or fact.order not in ORDERS:
        yield f"{fact.application} uses credits by {fact.order!r}, and these books choose {chosen[0]}"
        return
    draft = draft_named(books, fact.invoice)
    moment = moment_of(books, parties_of(books, draft).seller, fact.date, fact.at)
    wallet = wallet_of(fact.lots[0])
    last = _last_used(books, fact)
    until, key_of = max(last.values()), ORDERS[fact.order]
    # A wallet may hold thousands of lots, and an application comes to few of them.
    before = [lot for lot in books.credits.lots.range("open", wallet) if key_of(lot) < until]
    before = in_order((lot for lot in before if can_be_used(lot, kinds, fact.date, moment)), fact.order)
    used: dict[object, Decimal] = {}
    for leg in fact.lots:
        used[lot_key(leg)] = used.get(lot_key(leg), _ZERO) + leg.number
    face = face_of(books, fact.lots[0].currency)
    # Fragments of lots that come later may make a minor unit whole, for each line.
    fragment = step_of(face.number, face.currency) * len({leg.line for leg in fact.lots})
    for target, end in last.items():
        line = draft.lines[target - 1] if target is not None else None
        for lot in takewhile(lambda lot, end=end: key_of(lot) < end, before):  # type: ignore[misc]
            left = lot.usable - used.get(_key(lot), _ZERO)
            if left >= fragment and _is_for(lot, line, fact):
                yield f"{fact.application} passes over {left:f} {lot.unit} of {lot.label}, which come before those that it uses"
                return


def _that_day_or_before(books: Books, day: date) -> list[date]:
    """The day, and that before it where a policy is chosen on the very day: it may have been used before that."""
    return [day, *({date.fromordinal(day.toordinal() - 1)} if day.toordinal() > 1 else ())]


def _last_used(books: Books, fact: Used) -> dict[int | None, tuple[Any, ...]]:
    """For each thing that is paid the place in the order of the last lot that is used for it."""
    last: dict[int | None, tuple[Any, ...]] = {}
    for leg in fact.lots:
        place = ORDERS[fact.order](books.credits.lot_of(leg))
        last[leg.line] = max(last.get(leg.line, place), place)
    return last


def _is_for(lot: Lot, line: InvoiceLine | None, fact: Used) -> bool:
    """Whether a lot could have been used for a line, or for all of an invoice, in this application: one that is all paid, or all free."""
    if lot.paid != is_paid(fact.lots[0].account):
        return False
    if line is None:
        return lot.paid and not is_scoped(lot.terms)
    return fits(lot.terms, line)


def _key(lot: Lot) -> object:
    return (lot.account, lot.label, lot.cost, lot.currency, lot.date, lot.unit)


@check(
    CreditApplied,
    promise="W3: credits pay an open invoice, no more than it owes, in whole minor units; free ones only where the book says after tax.",
    remedy="billing-beans invoice show INVOICE says what is owed",
)
def applied_in_full(books: Books, fact: CreditApplied) -> Iterator[str | Broken]:
    head, draft = head_named(books, fact.invoice), draft_named(books, fact.invoice)
    if head.status not in OPEN:
        yield f"{fact.application} pays {fact.invoice}, which is {head.status}"
        return
    free = not is_paid(fact.lots[0].account)
    policies = [books.catalog.policy("credit-discounts", day) for day in _that_day_or_before(books, fact.date)]
    if free and CreditDiscounts.AFTER_TAX not in policies:
        yield f"{fact.application} pays {fact.invoice} with free credits, which in these books are a discount before tax"
    if (fact.credits is Kinds.PAID and free) or (fact.credits is Kinds.FREE and not free):
        yield f"{fact.application} uses {'free' if free else 'paid'} credits, and says that it uses {fact.credits}"
    if free and any(leg.line is None for leg in fact.lots):
        yield f"{fact.application} pays {fact.invoice} with free credits, and does not say which line"
        return
    over = [*_over_what_is_owed(books, fact)]
    if over:
        yield from over
        return
    since = head.taken_back or head.issued or fact.date
    if fact.date < since:
        yield f"{fact.application} is dated {fact.date}, and {fact.invoice} is open since {since}"
    expected = application_of(books, fact.invoice, fact.lots, fact.date, fact.order, fact.credits, fact.application)
    if differs := difference(fact, as_called(books, draft.customer, fact, expected)):
        yield Broken(f"{fact.application} does not pay what its credits are worth: {differs}", RESTORE)


def _over_what_is_owed(books: Books, fact: CreditApplied) -> Iterator[str]:
    """No more than is owed on each line and on all of it, and only whole minor units."""
    head, face = head_named(books, fact.invoice), face_of(books, fact.lots[0].currency)
    by_target = _by_target(fact.lots)
    for target, units in by_target.items():
        amount = units * face.number
        owed = head.due_amount if target is None else min(line_due(books, head, target), head.due_amount)
        if whole_steps(units, face) != units or amount > owed:
            what = fact.invoice if target is None else f"line {target} of {fact.invoice}"
            yield f"{fact.application} pays {amount:f} {face.currency} of {what}, which owes {owed:f}"
    if sum(by_target.values(), start=_ZERO) * face.number > head.due_amount:
        yield f"{fact.application} pays more of {fact.invoice} than the {head.due_amount:f} that it owes"


def _by_target(lots: tuple[Leg, ...]) -> dict[int | None, Decimal]:
    """Units for each line, or for all of the invoice; signed as in the ledger."""
    found: dict[int | None, Decimal] = {}
    for leg in lots:
        found[leg.line] = found.get(leg.line, _ZERO) + leg.number
    return found


@check(
    CreditDiscounted,
    promise="W3: free credits lower lines of a draft before tax, each by no more than its amount, in whole minor units.",
    remedy="billing-beans invoice show INVOICE says what each line comes to",
)
def discounted_within(books: Books, fact: CreditDiscounted) -> Iterator[str | Broken]:
    head, draft = head_named(books, fact.invoice), draft_named(books, fact.invoice)
    policies = [books.catalog.policy("credit-discounts", day) for day in _that_day_or_before(books, fact.date)]
    if head.status is not Status.DRAFT or CreditDiscounts.BEFORE_TAX not in policies:
        yield f"{fact.application} lowers {fact.invoice}, which is {head.status.replace('-', ' ')}; free credits are a discount {policies[0].replace('-', ' ')}"
        return
    if is_paid(fact.lots[0].account):
        yield f"{fact.application} lowers {fact.invoice} with paid credits, which are a means of payment"
    if fact.date < draft.date:
        yield f"{fact.application} is dated {fact.date}, and lowers a draft of {draft.date}"
    face = face_of(books, fact.lots[0].currency)
    for number, units in _by_target(fact.lots).items():
        assert number is not None
        line = draft.lines[number - 1]
        if not can_be_lowered(line) or units * face.number > line.amount.number or whole_steps(units, face) != units:
            yield f"{fact.application} lowers line {number} of {fact.invoice} by {units * face.number:f}, and it comes to {line.amount}"
            return
    expected = discount_of(books, fact.invoice, fact.lots, fact.date, fact.order, fact.application)
    if differs := difference(fact, as_called(books, draft.customer, fact, expected)):
        yield Broken(f"{fact.application} is not as its lots say: {differs}", RESTORE)


@check(
    CreditReversed,
    promise="W6: what was used goes back into the lots that it came from, what was used last first, once, for a reason.",
    remedy="billing-beans credit show APPLICATION says what of it stands",
)
def given_back_as_used(books: Books, fact: CreditReversed) -> Iterator[str | Broken]:
    found = application_named(books, fact.application)
    head = head_named(books, fact.invoice)
    if not fact.reason.strip():
        yield Broken(f"{fact.application} is given back without a reason", "say with --reason why")
    if fact.date < found.applied or (head.settled_on is not None and fact.reopens and fact.date < head.settled_on):
        what = f"{fact.application} is given back on {fact.date}, before it was used, or before {head.number} was settled last"
        yield Broken(what, "give a later --date")
    back = -sum((leg.number for leg in fact.lots), start=_ZERO)
    if not back or not _last_first(books, fact, found.unit):
        yield f"{fact.application} gives back {back:f} {found.unit}, and not what was used last of it"
        return
    face = face_of(books, found.unit)
    if any(whole_steps(-units, face) != -units for units in _by_target(fact.lots).values()):
        yield f"{fact.application} gives back a part of a minor unit"
        return
    yield from _may_go_back(books, fact, found.is_discount)
    again = as_called(books, found.customer, fact, reversal_of(books, found, fact.lots, fact.reason, fact.date))
    if differs := difference(fact, again):
        yield Broken(f"{fact.application} is not taken back as it was made: {differs}", RESTORE)


def _last_first(books: Books, fact: CreditReversed, unit: str) -> bool:
    """Whether what goes back of each line is what was used for it last."""
    uses = [*books.credits.uses.range("application", fact.application)]
    for line, units in _by_target(fact.lots).items():
        of_line = [one for one in uses if one.line == line]
        expected = [*given_back(unit, of_line, -units)]
        if expected != [leg for leg in fact.lots if leg.line == line]:
            return False
    return True


def _may_go_back(books: Books, fact: CreditReversed, is_discount: bool) -> Iterator[str]:
    """What lowered an issued invoice goes back only as far as that is credited, or where it is void."""
    head = head_named(books, fact.invoice)
    if not is_discount or head.status in (Status.DRAFT, Status.VOID):
        return
    back: dict[int, Decimal] = {}
    for leg in fact.lots:
        back[leg.line or 0] = back.get(leg.line or 0, _ZERO) - leg.number * face_of(books, leg.currency).number
    draft, standing = draft_named(books, fact.invoice), discounts_of(books, fact.invoice)
    for number, amount in back.items():
        line = draft.lines[number - 1]
        assert line.credit_discount is not None
        credited = books.invoices.credited.get((fact.invoice, number))
        given = line.credit_discount.number - standing[number].number + amount
        if credited is None or given * line.amount.number > line.credit_discount.number * credited.amount:
            yield f"{fact.application} gives back {amount:f} that lowered line {number} of {fact.invoice}, and so much of it is not credited"
