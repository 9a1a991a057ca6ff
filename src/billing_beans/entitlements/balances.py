"""What customers hold: units, deferred revenue, funds held for others, deferred platform fee (E3)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.accounts import Role, fee_unit, place_of
from billing_beans.core.money import Money
from billing_beans.entitlements.state import Lot


class Balance(NamedTuple):
    """What one customer holds of one entitlement from one legal entity, paid in one currency.

    Amounts are what the open lots are worth, with all their decimals. Units are either deferred revenue or, of a product
    that is sold as an agent, funds held for others.
    """

    customer: str
    seller: str
    entitlement: str
    units: Decimal
    deferred_revenue: Money
    funds_held: Money
    deferred_fee: Money


def balances_of(books: Books, customer_account: str | None = None) -> list[Balance]:
    """The balances of one customer, by the component of its accounts, or of all; used up ones are there with nothing."""
    lots = books.entitlements.lots
    found: dict[tuple[str, str, str, str], list[Lot]] = {}
    for lot in lots.all() if customer_account is None else lots.range("owner", customer_account):
        seller = lot.account.split(":")[1]
        key = (lot.owner, seller, unit_of(lot), lot.currency)
        found.setdefault(key, []).append(lot)
    return [_balance(books, key, found[key]) for key in sorted(found)]


def _balance(books: Books, key: tuple[str, str, str, str], lots: list[Lot]) -> Balance:
    owner, seller, unit, currency = key
    units = [lot for lot in lots if not is_fee(lot)]
    held = [lot for lot in units if _is_held_for_others(lot)]
    return Balance(
        customer_of_account(books, owner),
        _entity_of_account(books, seller),
        unit,
        sum((lot.remaining for lot in units), start=Decimal(0)),
        _worth((lot for lot in units if lot not in held), currency),
        _worth(held, currency),
        _worth((lot for lot in lots if is_fee(lot)), currency),
    )


def _worth(lots: Iterable[Lot], currency: str) -> Money:
    return Money(sum((lot.worth for lot in lots), start=Decimal(0)), currency)


def is_fee(lot: Lot) -> bool:
    """Whether it holds the platform fee of units, and no units."""
    return _role(lot.account) is Role.PLATFORM_FEE


def unit_of(lot: Lot) -> str:
    """The entitlement of a lot: `GIG` for a lot of GIG and for the lot of its fee."""
    return lot.unit.removesuffix(fee_unit("")) if is_fee(lot) else lot.unit


def _is_held_for_others(lot: Lot) -> bool:
    return _role(lot.becomes) is Role.PAYABLE


def _role(account: str) -> Role | None:
    place = place_of(account)
    return place.role if place else None


def customer_of_account(books: Books, component: str) -> str:
    """The customer whose accounts have this component."""
    return [one.customer for one in books.catalog.customers.range("account", component)][-1]


def _entity_of_account(books: Books, component: str) -> str:
    return [one.entity for one in books.catalog.entities.range("account", component)][-1]
