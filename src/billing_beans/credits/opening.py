"""Credits that customers had left when the books began (B1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.core.accounts import Role, account_of, credit_account
from billing_beans.core.calendar import add_days, format_moment, parse_moment, read_moment, start_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.ids import CustomerId, OpeningId
from billing_beans.core.money import Money, check_size, is_minor, new_money, unit_costs
from billing_beans.core.records import record
from billing_beans.credits.facts import CreditsOpened
from billing_beans.credits.granting import NO_TERMS, check_terms, check_units
from billing_beans.credits.moments import zone_of
from billing_beans.credits.records import Terms
from billing_beans.credits.units import short, unit_chosen
from billing_beans.invoicing.legs import Parties

_AS_IT_WAS = "B1: what was left of credits is opened as it was."
_ZERO = Decimal(0)


@record
class OpenCredits:
    """Credits that are left of one grant: paid ones with what was paid for all that are left, free ones without.

    `last_day` is the last on which they can be used, `expires` the first moment at which they can't, as a person types it; they have
    one of them, or neither. `opening` is what identifies the grant in the old books.
    """

    opening: str
    customer: str
    units: Decimal
    granted_on: date
    is_paid: bool
    credit_unit: str | None = None
    worth: Money | None = None
    last_day: date | None = None
    expires: str | None = None
    terms: Terms = NO_TERMS
    seller: str | None = None
    reference: str | None = None
    source: str | None = None


Lots = tuple[tuple[Decimal, Decimal], ...]
"""Units and the cost of one, lot by lot."""


@record
class BroughtCredits:
    """Credits as they are written: what `OpenCredits` comes to."""

    opening: str
    customer: str
    granted_on: date
    credit_unit: str
    currency: str
    lots: Lots
    is_paid: bool
    terms: Terms
    reference: str | None = None
    source: str | None = None


def credits_opened(books: Books, request: OpenCredits, day: date, parties: Parties) -> CreditsOpened:
    """Credits at their own cost, against the opening balance (B1). Raises `Refused` or `WrongUsage`."""
    unit = unit_chosen(books, request.credit_unit, day)
    if request.granted_on > day:
        raise WrongUsage(
            f"{request.opening} was granted on {request.granted_on}, and the books open on {day}.",
            instead="what was granted later is granted in these books",
        )
    check_units(request.units)
    customer = books.catalog.customer(request.customer, day)
    assert customer is not None
    currency = unit.face.currency
    brought = BroughtCredits(
        request.opening,
        request.customer,
        request.granted_on,
        unit.credit_unit,
        currency,
        _lots(request, currency),
        request.is_paid,
        _terms(books, request, day, parties),
        request.reference,
        request.source,
    )
    return credits_brought(brought, day, parties, customer)


def _lots(request: OpenCredits, currency: str) -> Lots:
    """One lot at zero, or as many as the worth of all needs (at most two)."""
    worth, units = request.worth, short(request.units)
    if not request.is_paid:
        if worth is not None and worth.number:
            raise WrongUsage(
                f"{request.opening} is free, and {worth.number:f} {worth.currency} were paid for it.",
                rule=_AS_IT_WAS,
                instead="say that it is paid, or leave out what was paid",
            )
        return ((units, _ZERO),)
    if worth is None:
        raise WrongUsage(
            f"{request.opening} is paid, and nothing says what was paid for what is left.",
            rule=_AS_IT_WAS,
            instead="give the worth of all credits that are left, as the liability was",
        )
    check_size(worth.number)
    if worth.currency != currency or worth.number <= 0 or not is_minor(worth):
        raise WrongUsage(
            f"{worth.number:f} {worth.currency} can't be what was paid for {request.opening}.",
            rule=_AS_IT_WAS,
            instead=f"give an amount above zero, in minor units of {currency}",
        )
    return tuple((short(of_lot), cost) for of_lot, cost in unit_costs(worth, units))


def _terms(books: Books, request: OpenCredits, day: date, parties: Parties) -> Terms:
    """Scope and priority as they are said, and when they expire, which is not before the books open. Raises `WrongUsage`."""
    zone, expires_at = zone_of(books, parties.seller, day), expiry_of(books, request, day, parties.seller)
    if has_expired_by(expires_at, day, zone):
        raise WrongUsage(
            f"{request.opening} had expired at {expires_at}, and the books open on {day}.",
            rule="W7: an expired credit can't be used.",
            instead="leave the row out; what was written off, or has to be, belongs to the old books",
        )
    terms = request.terms._replace(expires_at=expires_at)
    check_terms(terms, day, zone)
    return terms


def expiry_of(books: Books, request: OpenCredits, day: date, entity: str) -> str | None:
    """The first moment, in UTC, at which the credits can't be used, by the clocks of the legal entity with this account component."""
    zone = zone_of(books, entity, day)
    if request.last_day is not None:
        return format_moment(start_of(add_days(request.last_day, 1), zone))
    return None if request.expires is None else format_moment(read_moment(request.expires, zone))


def has_expired_by(expires_at: str | None, day: date, zone: str) -> bool:
    """Whether credits can't be used any more when a local day begins."""
    return expires_at is not None and parse_moment(expires_at) <= start_of(day, zone)


def credits_brought(brought: BroughtCredits, day: date, parties: Parties, customer: CustomerAdded) -> CreditsOpened:
    """The movement that opens these credits."""
    terms = brought.terms
    account = credit_account(*parties, paid=brought.is_paid)
    units = sum((units for units, _cost in brought.lots), start=_ZERO)
    lots = tuple(
        [
            new_leg(
                account,
                new_money(-of_lot, brought.credit_unit),
                new_cost(cost, brought.currency, brought.granted_on, f"opening/{brought.opening}"),
            )
            for of_lot, cost in brought.lots
        ]
    )
    return CreditsOpened(
        date=day,
        source=brought.source,
        payee=customer.name,
        narration=f"{units:f} {brought.credit_unit} of {customer.customer} when the books began",
        opening=OpeningId(brought.opening),
        customer=CustomerId(brought.customer),
        reference=brought.reference,
        granted_on=brought.granted_on,
        scope_subscription=terms.subscription,
        scope_meter=terms.meter,
        scope_period_start=terms.period_start,
        scope_period_end=terms.period_end,
        expires_at=terms.expires_at,
        priority=terms.priority,
        opening_balance=_against(lots, brought.currency, parties),
        lots=lots,
    )


def _against(lots: tuple[Leg, ...], currency: str, parties: Parties) -> Leg | None:
    worth = -sum((one.weight.number for one in lots), start=_ZERO)
    return new_leg(account_of(Role.OPENING, parties.seller), new_money(worth, currency)) if worth else None
