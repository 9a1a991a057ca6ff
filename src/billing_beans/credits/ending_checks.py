"""What must hold of grants that get smaller: adjusted, expired, renewed (W6, W7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.accounts import Account
from billing_beans.core.calendar import local_date, parse_moment
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.core.facts import Leg
from billing_beans.credits.adjusting import (
    AdjustGrant,
    adjustment_of,
    day_of_expiring,
    expiry_of,
    grant_named,
    lots_of,
    renewed,
)
from billing_beans.credits.facts import AdjustmentType, CreditAdjusted, CreditExpired, CreditRenewed
from billing_beans.credits.moments import has_expired, moment_of, zone_of
from billing_beans.credits.records import GrantStatus, Lot
from billing_beans.credits.state import lot_key
from billing_beans.payments.settling import as_called

RESTORE = "restore the text with git; what was recorded is never edited"
_ZERO = Decimal(0)


@check(
    CreditAdjusted,
    promise="W6: a grant is made smaller for a reason, by what is unspent of it at most; what was paid is the customer's money again.",
    remedy="billing-beans credit show GRANT says what is unspent",
)
def adjusted_within(books: Books, fact: CreditAdjusted) -> Iterator[str | Broken]:
    if books.credits.adjustments.get(fact.adjustment) is not None:
        yield Broken(f"{fact.adjustment} is made twice", "choose another id with --id, or leave it out")
        return
    grant = grant_named(books, fact.grant)
    if not fact.reason.strip():
        yield Broken(f"{fact.adjustment} has no reason", "say with --reason why")
    if grant.status is not GrantStatus.GRANTED or fact.customer != grant.customer or not fact.lots:
        yield f"{fact.adjustment} takes nothing of {fact.grant}, which is {grant.status}"
        return
    yield from _taken_from(books, fact.grant, fact.lots, fact.date, fact.adjustment)
    # What came back too late can be taken back with the money that had paid for it, before it ends.
    if has_expired(grant.terms, fact.at) and fact.adjustment_type is not AdjustmentType.REFUND:
        yield f"{fact.adjustment} takes credits of {fact.grant}, which expired at {grant.terms.expires_at}"
    for leg in fact.lots:
        if leg.cost is not None and books.credits.lots.get(lot_key(leg)) is None:
            return
    request = AdjustGrant(fact.grant, fact.reason, fact.adjustment_type)
    expected = adjustment_of(books, grant, request, fact.lots, fact.date, fact.adjustment)
    if differs := difference(fact, as_called(books, grant.customer, fact, expected)):
        yield Broken(f"{fact.adjustment} is not what was taken of {fact.grant}: {differs}", RESTORE)


def _taken_from(books: Books, grant: str, lots: tuple[Leg, ...], day: date, what: str) -> Iterator[str | Broken]:
    """Units that leave lots of a grant are there."""
    taken: dict[object, Decimal] = {}
    for leg in lots:
        key = lot_key(leg)
        taken[key] = taken.get(key, _ZERO) + leg.number
        lot = books.credits.lots.get(key)
        if lot is None or lot.label != grant or taken[key] > lot.usable:
            left = lot.usable if lot is not None and lot.label == grant else _ZERO
            yield f"{what} takes {taken[key]:f} {leg.currency} of {leg.cost and leg.cost.label}, and {grant} has {left:f} there"
        elif day < lot.since:
            yield Broken(
                f"{what} takes credits of {grant} on {day}, and they came on {lot.since}", "give a later --date"
            )


@check(
    CreditExpired,
    promise="W7: all that is left of a grant expires, once, and not before its time.",
    remedy="billing-beans credit show GRANT says when it expires, and what is left",
)
def expired_once(books: Books, fact: CreditExpired) -> Iterator[str | Broken]:
    grant = grant_named(books, fact.grant)
    expires_at = grant.terms.expires_at
    if expires_at is None or fact.at < expires_at:
        yield f"{fact.grant} is expired at {fact.at}, and expires {f'at {expires_at}' if expires_at else 'never'}"
        return
    left = sorted((_key(lot), lot.remaining) for lot in lots_of(books, fact.grant))
    taken = sorted((lot_key(leg), leg.number) for leg in fact.lots)
    if not left or left != taken:
        units = sum((number for _lot, number in left), start=_ZERO)
        yield f"{fact.grant} has {units:f} {grant.unit} left, and its expiry takes others"
        return
    since = day_of_expiring(books, grant)
    recorded = local_date(parse_moment(fact.at), zone_of(books, grant.wallet.partition("/")[0], fact.date))
    if not since <= fact.date <= max(since, recorded):
        yield f"{fact.grant} is expired on {fact.date}, and expired, or moved last, on {since}"
    expected = as_called(books, grant.customer, fact, expiry_of(books, grant, fact.lots, fact.date))
    if differs := difference(fact, expected):
        yield Broken(f"{fact.grant} is not written off as what it cost: {differs}", RESTORE)


@check(
    CreditRenewed,
    promise="W7: what came back to a grant that had expired meanwhile goes on in a new one, as long as it would have lasted.",
    remedy=RESTORE,
)
def renewed_as_returned(books: Books, fact: CreditRenewed) -> Iterator[str | Broken]:
    old = grant_named(books, fact.of_grant)
    if books.credits.grants.get(fact.grant) is not None:
        yield Broken(f"{fact.grant} is granted twice", "choose another id with --id, or leave it out")
        return
    if "/" in fact.grant:
        yield Broken(f"{fact.grant} can't be the id of a grant that goes on for another", RESTORE)
    entity = old.wallet.partition("/")[0]
    moment = moment_of(books, entity, fact.date, fact.at)
    if not has_expired(old.terms, moment):
        yield f"{fact.of_grant} is renewed at {moment}, and has not expired"
        return
    moved = [one.date for one in books.credits.entries.range("grant", fact.of_grant)]
    if fact.date < max(moved, default=fact.date):
        yield f"{fact.grant} is dated {fact.date}, before what it renews came back"
    expected = renewed(books, fact.of_grant, moment, fact.date, fact.grant)
    if differs := difference(fact, as_called(books, old.customer, fact, expected)):
        yield Broken(f"{fact.grant} does not go on for {fact.of_grant}: {differs}", RESTORE)


def _key(lot: Lot) -> tuple[Account, str, Decimal, str, date, str]:
    return (lot.account, lot.label, lot.cost, lot.currency, lot.date, lot.unit)
