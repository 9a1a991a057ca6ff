"""Grants get smaller: adjusted for a reason, expired, or renewed after they came back too late (W6, W7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import BREAKAGE, Role, account_of, place_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.ids import AdjustmentId, CustomerId, GrantId
from billing_beans.core.money import Money, new_money, round_money
from billing_beans.core.records import record
from billing_beans.credits.facts import (
    AdjustmentType,
    CreditAdjusted,
    CreditExpired,
    CreditGranted,
    CreditRenewed,
    CreditType,
)
from billing_beans.credits.granting import GrantCredits, check_units, granted, next_grant
from billing_beans.credits.grants import paid_for
from billing_beans.credits.moments import day_of_expiry, later_by
from billing_beans.credits.records import EntryKind, Grant, GrantStatus, Lot
from billing_beans.credits.units import short, tidy

PREFIX = "ADJ"
_ZERO = Decimal(0)


@record
class AdjustGrant:
    """A grant is made smaller by so many `units` (positive), or all that is unspent, for a reason (W6).

    With `cap` it takes what there is where that is less. A correction below zero is one upward: more free credits.
    """

    grant: str
    reason: str
    adjustment_type: AdjustmentType = AdjustmentType.ERROR
    units: Decimal | None = None
    cap: bool = False
    adjustment: str | None = None


def grant_named(books: Books, grant: str) -> Grant:
    """The grant of this id. Raises `Refused`."""
    found = books.credits.grants.get(grant)
    if found is None:
        raise Refused(f"There is no grant {grant}.", instead="billing-beans credit grants")
    return found


def lots_of(books: Books, grant: str) -> list[Lot]:
    """The lots of a grant that hold any units, in the order of granting."""
    return [lot for lot in books.credits.lots.range("grant", grant) if lot.remaining]


def adjusted(books: Books, request: AdjustGrant, day: date) -> CreditAdjusted:
    """A grant made smaller by what is unspent of it at most (W6). Raises `Refused` or `WrongUsage`."""
    grant = grant_named(books, request.grant)
    if grant.status is not GrantStatus.GRANTED:
        raise Refused(
            f"{grant.grant} is {grant.status}: there is nothing to adjust.",
            rule="W6: what was granted is adjusted.",
            instead=_undo_request(grant),
        )
    unspent = sum((lot.usable for lot in lots_of(books, grant.grant)), start=_ZERO)
    units = unspent if request.units is None else request.units
    if request.units is not None:
        check_units(request.units)
    if request.cap:
        units = min(units, unspent)
    if units > unspent or not unspent:
        raise _too_little(grant, units, grant.remaining - unspent)
    lots = tuple(_taken_last_first(lots_of(books, grant.grant), units))
    return adjustment_of(books, grant, request, lots, day, request.adjustment or books.credits.counters.next(PREFIX))


def _too_little(grant: Grant, units: Decimal, reserved: Decimal) -> Refused:
    rule = "W6: no more is taken than is unspent."
    if reserved:
        wanted = f", and {units:f} were to be taken" if units else ""
        return Refused(
            f"{grant.grant} has {short(grant.remaining):f} {grant.unit} that are unspent, of which a billing run has reserved "
            f"{short(reserved):f}{wanted}.",
            rule="W8: what a run that waits for review will use is not available.",
            instead="billing-beans run list; discard the run, take what there is with --cap, or do it when the run is posted",
        )
    if not grant.remaining:
        return Refused(
            f"Nothing of {grant.grant} is unspent: of its {short(grant.units):f} {grant.unit} {short(grant.applied):f} are used, "
            f"{short(grant.adjusted):f} taken back, {short(grant.expired):f} expired.",
            rule=rule,
            instead="billing-beans credit reverse APPLICATION --reason ... gives back what was used"
            if grant.applied
            else f"billing-beans credit show {grant.grant}",
        )
    return Refused(
        f"{grant.grant} has {short(grant.remaining):f} {grant.unit} that are unspent, and {units:f} were to be taken.",
        rule=rule,
        instead="with --cap what there is is taken; billing-beans credit reverse gives back what was used",
    )


def _undo_request(grant: Grant) -> str:
    if grant.status is GrantStatus.PENDING and grant.invoice is not None:
        return f"billing-beans invoice void {grant.invoice} --reason ..."
    if grant.status is GrantStatus.PENDING and grant.payment is not None:
        return f"billing-beans payment reject {grant.payment} --reason ..."
    return f"billing-beans credit show {grant.grant}"


def _taken_last_first(lots: list[Lot], units: Decimal) -> Iterator[Leg]:
    left = units
    for lot in reversed(lots):
        taken = min(left, lot.usable)
        if taken > 0:
            left -= taken
            yield _leg(lot, taken)


def _leg(lot: Lot, units: Decimal) -> Leg:
    cost = new_cost(lot.cost, lot.currency, lot.date, lot.label)
    return new_leg(lot.account, new_money(short(units), lot.unit), cost)


def adjustment_of(
    books: Books, grant: Grant, request: AdjustGrant, lots: tuple[Leg, ...], day: date, adjustment: str
) -> CreditAdjusted:
    """What follows from the lots that an adjustment takes. Raises `Refused`."""
    worth = sum((leg.weight.number for leg in lots), start=_ZERO)
    place = place_of(lots[0].account)
    assert place is not None
    assert lots[0].cost is not None
    currency = lots[0].cost.currency
    back = _ZERO
    if worth and request.adjustment_type is not AdjustmentType.TERMS_VIOLATION:
        if grant.origin is None:
            raise _not_by_money(grant)
        first = paid_for(books.credits.grants.get, grant)
        back = round_money(first.returned_cost + worth, currency).number - first.returned
    unapplied = account_of(Role.UNAPPLIED, place.entity, place.owner[0])
    breakage = account_of(Role.INCOME, place.entity, BREAKAGE)
    units = short(sum((leg.number for leg in lots), start=_ZERO))
    return CreditAdjusted(
        date=day,
        payee=books.catalog.name_of(grant.customer, day),
        narration=f"{units:f} {grant.unit} of {grant.grant} taken back",
        adjustment=AdjustmentId(adjustment),
        grant=GrantId(grant.grant),
        customer=CustomerId(grant.customer),
        adjustment_type=request.adjustment_type,
        reason=request.reason,
        origin=grant.origin if back else None,
        lots=lots,
        rounding=new_leg(breakage, tidy(back - worth, currency)) if back > worth else None,
        unapplied=new_leg(unapplied, new_money(-back, currency)) if back else None,
        breakage=new_leg(breakage, tidy(back - worth, currency)) if worth > back else None,
    )


def _not_by_money(grant: Grant) -> Refused:
    """What an invoice sold is taken back by a credit note, which has its tax and its document."""
    way = (
        f"billing-beans invoice credit {grant.invoice} --line {grant.line}=QUANTITY --reason ..."
        if grant.invoice is not None
        else f"billing-beans credit adjust {grant.grant} --type {AdjustmentType.TERMS_VIOLATION} --reason ..."
    )
    return Refused(
        f"{grant.grant} was paid, and not from unapplied money that it could be again.",
        rule="W6: paid credits that are taken back are the money again that had paid for them.",
        instead=way,
    )


def corrected_upward(books: Books, grant: Grant, units: Decimal, reason: str, day: date) -> CreditGranted:
    """More credits for a grant that was too small: a new grant on its terms, linked to it, and free (W6)."""
    if grant.status is not GrantStatus.GRANTED:
        raise Refused(
            f"{grant.grant} is {grant.status}: there is nothing to correct.",
            rule="W6: what was granted is corrected.",
            instead=f"billing-beans credit show {grant.grant}",
        )
    if not reason.strip():
        raise WrongUsage("A correction has a reason.", instead="say it with --reason")
    seller = books.catalog.entity_with(grant.wallet.partition("/")[0])
    request = GrantCredits(
        grant.customer,
        units,
        f"grant/{grant.grant}",
        grant.unit,
        CreditType.CORRECTION,
        reason,
        grant.terms._replace(valid_days=None),
        seller,
        of_grant=grant.grant,
    )
    return granted(books, request, day)


def expired(books: Books, grant: str) -> CreditExpired:
    """All that is left of a grant that has expired is written off, on the day on which it did, or moved last (W7)."""
    found = grant_named(books, grant)
    lots = tuple(_leg(lot, lot.remaining) for lot in lots_of(books, grant))
    if not lots or found.terms.expires_at is None:
        raise Refused(
            f"Nothing of {grant} can expire.",
            rule="W7: what is left of a grant expires once, if it does.",
            instead=f"billing-beans credit show {grant}",
        )
    return expiry_of(books, found, lots, day_of_expiring(books, found))


def expiry_of(books: Books, grant: Grant, lots: tuple[Leg, ...], day: date) -> CreditExpired:
    """What follows from the lots that expire."""
    worth = _worth(lots)
    entity = grant.wallet.partition("/")[0]
    return CreditExpired(
        date=day,
        payee=books.catalog.name_of(grant.customer, day),
        narration=f"Expiry of {grant.grant}",
        grant=GrantId(grant.grant),
        customer=CustomerId(grant.customer),
        lots=lots,
        breakage=new_leg(account_of(Role.INCOME, entity, BREAKAGE), tidy(-worth.number, worth.currency))
        if worth.number
        else None,
    )


def _worth(lots: tuple[Leg, ...]) -> Money:
    assert lots[0].cost is not None
    return new_money(sum((leg.weight.number for leg in lots), start=_ZERO), lots[0].cost.currency)


def day_of_expiring(books: Books, grant: Grant) -> date:
    """The local day on which a grant expired; but not before anything moved on it, nor in a closed period."""
    assert grant.terms.expires_at is not None
    entity = grant.wallet.partition("/")[0]
    moved = [one.date for one in books.credits.entries.range("grant", grant.grant)]
    return max([day_of_expiry(books, entity, grant.terms.expires_at), books.periods.first_open, *moved])


def _used_at(books: Books, grant: str, expires_at: str) -> list[str]:
    """When each application had used its credits that came back to a grant too late, since nothing was left of it last."""
    back: dict[str, str] = {}
    left = _ZERO
    for entry in books.credits.entries.range("grant", grant):
        left += entry.units
        if not left:
            back = {}
        elif entry.kind is EntryKind.REVERSAL and entry.identifier is not None and entry.at >= expires_at:
            application = books.credits.applications.get(entry.identifier)
            assert application is not None
            back[application.application] = application.at
    return [*back.values()]


def renewed(books: Books, grant: str, moment: str, day: date, name: str | None = None) -> CreditRenewed:
    """What came back to an expired grant goes on in a new one, for as long as the old one would have lasted when it was used."""
    found = grant_named(books, grant)
    lots = lots_of(books, grant)
    expires_at = found.terms.expires_at
    back = _used_at(books, grant, expires_at) if expires_at is not None else []
    if not lots or not back or expires_at is None:
        raise Refused(
            f"Nothing came back to {grant} that could be renewed.",
            rule="W7: what comes back to a grant that has expired meanwhile is renewed, where the book says so.",
            instead=f"billing-beans credit show {grant}",
        )
    new = name or next_grant(books)
    lasting = later_by(moment, min(back), expires_at)
    return CreditRenewed(
        date=day,
        payee=books.catalog.name_of(found.customer, day),
        narration=f"{new} goes on for {grant}",
        grant=GrantId(new),
        of_grant=GrantId(grant),
        customer=CustomerId(found.customer),
        expires_at=lasting,
        before=tuple(_leg(lot, lot.remaining) for lot in lots),
        lots=tuple(
            new_leg(lot.account, new_money(short(-lot.remaining), lot.unit), new_cost(lot.cost, lot.currency, day, new))
            for lot in lots
        ),
    )
