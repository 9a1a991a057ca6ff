"""Money that had paid for credits goes back: they become it again, and what they had paid is open again (Y5, W6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_UP, Decimal

from billing_beans.acts.act import Act
from billing_beans.acts.credit_returns import end_late, expire_lots, given_back_late, now_of
from billing_beans.core.errors import Refused
from billing_beans.credits.adjusting import AdjustGrant, adjusted, lots_of
from billing_beans.credits.facts import AdjustmentType, CreditAdjusted, CreditType
from billing_beans.credits.granting import GrantCredits, granted
from billing_beans.credits.moments import has_expired
from billing_beans.credits.operations import ReverseApplication
from billing_beans.credits.records import Grant, GrantStatus
from billing_beans.payments.settling import called

_ZERO = Decimal(0)
_FINEST = Decimal("0.000001")


def expire_bought(act: Act, origin: str) -> None:
    """What has expired of the credits that this money had paid is written off, and is no money again (W7)."""
    for grant in [*act.books.credits.grants.range("origin", origin)]:
        expire_lots(act, lots_of(act.books, grant.grant), now_of(act))


def take_credits_of(
    act: Act,
    origin: str,
    amount: Decimal | None,
    reason: str,
    day: date,
    *,
    late: Iterable[str] = (),
    spent: bool = False,
    keep: bool = False,
) -> None:
    """Credits that money of this origin had paid become it again: so much of it, or all that is unspent (Y5, W6).

    With `spent`, what was used of them is taken back where the unspent ones don't do, or all is wanted: invoices are open again. With
    `keep` the customer keeps as many, as free ones, and the bonus that came with them. What came back too late, as to the grants that are `late`, can be
    taken; what is left of it then ends.
    """
    grants = [
        one
        for one in reversed([*act.books.credits.grants.range("origin", origin)])
        if one.status is GrantStatus.GRANTED
    ]
    left, came_late = amount, [*late]
    for grant in grants:
        left = _take_unspent(act, grant, left, reason, day, keep=keep)
    for grant in grants if spent else ():
        if left is None or left > 0:
            came_late += _use_taken_back(act, grant, reason, day)
            left = _take_unspent(act, grant, left, reason, day, keep=keep)
    end_late(act, came_late, day)


def reopen_paid_by_credits(act: Act, origin: str, invoices: tuple[str, ...], reason: str, day: date) -> list[str]:
    """Invoices that credits had paid, which money of this origin had bought, are open again. To which grants they came too late.

    Raises `Refused` where none had paid them.
    """
    late: list[str] = []
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
            late += given_back_late(act, ReverseApplication(application, reason), day)
    return late


def _use_taken_back(act: Act, grant: Grant, reason: str, day: date) -> list[str]:
    late: list[str] = []
    uses = [*act.books.credits.uses.range("grant", grant.grant)]
    for application in reversed(dict.fromkeys(use.application for use in uses if use.standing and not use.is_discount)):
        late += given_back_late(act, ReverseApplication(application, reason), day)
    return late


def _take_unspent(
    act: Act, grant: Grant, left: Decimal | None, reason: str, day: date, *, keep: bool
) -> Decimal | None:
    """So much of what is unspent of a grant; what is still wanted after it."""
    units = _units_for(act, grant, left)
    if not units:
        return left
    request = AdjustGrant(grant.grant, reason, AdjustmentType.REFUND, units)
    fact = act.record(adjusted(act.books, request, day))
    if keep and not has_expired(grant.terms, now_of(act)):
        _keep_as_free(act, grant, units, reason, day)
    else:
        take_bonus(act, grant, units, reason, day)
    return None if left is None else left - _back(fact)


def _back(fact: CreditAdjusted) -> Decimal:
    return -fact.unapplied.number if fact.unapplied is not None else _ZERO


def _units_for(act: Act, grant: Grant, wanted: Decimal | None) -> Decimal:
    """How many of the unspent credits of a grant were paid with so much: those that are taken first, the last ones."""
    units, left = _ZERO, wanted
    for lot in reversed(lots_of(act.books, grant.grant)):
        worth = lot.usable * lot.cost
        if left is None or worth <= left:
            units += lot.usable
            left = None if left is None else left - worth
        elif left > 0:
            return units + min(lot.usable, (left / lot.cost).quantize(_FINEST, ROUND_UP))
    return units


def take_bonus(act: Act, grant: Grant, units: Decimal, reason: str, day: date) -> None:
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
