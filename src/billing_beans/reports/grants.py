"""Grants of credits as they stand: what waits, what can be used, what can't any more (W4, W7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from operator import attrgetter

from billing_beans.books import Books
from billing_beans.core.calendar import format_moment, start_of
from billing_beans.credits.moments import has_expired, zone_of
from billing_beans.credits.records import Grant, GrantStatus

_fact = attrgetter("fact")


class Standing(StrEnum):
    """Where a grant stands at a moment. Nothing is left of one that is `used`, be it that it was taken back."""

    PENDING = "pending"
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    VOID = "void"


def standing_of(grant: Grant, moment: str) -> Standing:
    """Where a grant stands at this moment (UTC), by what is recorded."""
    if grant.status is GrantStatus.PENDING:
        return Standing.PENDING
    if grant.status is GrantStatus.VOID:
        return Standing.VOID
    if grant.remaining:
        return Standing.EXPIRED if has_expired(grant.terms, moment) else Standing.OPEN
    return Standing.EXPIRED if grant.expired else Standing.USED


def grants_of(books: Books, customer: str | None) -> Iterable[Grant]:
    """The grants of a customer, or of all, in the order of recording."""
    grants = books.credits.grants
    return sorted(grants.all(), key=_fact) if customer is None else grants.range("customer", customer)


def expiring_before(books: Books, day: date, customer: str | None = None) -> Iterator[Grant]:
    """Grants of which something is left that can't be used any more when this day begins, those that expire first at first."""
    names: dict[str, str] = {}
    for unit in sorted({one.credit_unit for one in books.catalog.credit_units.all()}):
        for lot in books.credits.lots.range("expiring", unit):
            assert lot.expires_at is not None
            if lot.expires_at > _latest(books, day):
                break
            if lot.expires_at <= format_moment(start_of(day, zone_of(books, lot.wallet.partition("/")[0], day))):
                names.setdefault(lot.label, lot.expires_at)
    for name in sorted(names, key=lambda one: (names[one], one)):
        grant = books.credits.grants.get(name)
        assert grant is not None, f"there is no grant {name}"
        if customer in (None, grant.customer):
            yield grant


def _latest(books: Books, day: date) -> str:
    """The last moment at which this day begins anywhere where there is a legal entity."""
    zones = {one.time_zone for one in books.catalog.entities.all()}
    return max((format_moment(start_of(day, zone)) for zone in zones), default="")
