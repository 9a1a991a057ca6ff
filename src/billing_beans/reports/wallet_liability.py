"""What is owed to customers in credits: the liability of all wallets, by legal entity and currency (R5).

The liability is what all units that stand in the accounts have cost; it equals the balance of the accounts of credits. What has
expired is in it until it is written off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.accounts import Role, account_of
from billing_beans.core.money import Money, new_money
from billing_beans.core.records import record
from billing_beans.credits.moments import has_expired
from billing_beans.credits.units import face_of
from billing_beans.reports.wallets import Holding, Units, added, balance, end_of, holding, wallets_of

_ZERO = Decimal(0)


class LiabilityRow(NamedTuple):
    """One kind of credits of one legal entity, or all in one currency together, where `unit` is empty.

    `liability` is what the posted units cost, with all decimals; `expired_worth` is what of it will be income once it is written
    off, `breakage` what was. Free credits cost nothing. `wallets` are those that hold any.
    """

    seller: str
    currency: str
    unit: str
    wallets: int
    posted: Units
    expired: Units
    liability: Decimal
    expired_worth: Decimal
    breakage: Decimal


class Account(NamedTuple):
    """The accounts of the credits of all customers of a legal entity, and what they must hold in a currency, at cost."""

    seller: str
    account: str
    currency: str
    balance: Decimal


@record
class WalletLiability:
    """The liability at the end of a day. `rows` and `accounts` stand in the order of sellers, currencies and units."""

    on: date
    rows: tuple[LiabilityRow, ...]
    accounts: tuple[Account, ...]


def wallet_liability(books: Books, on: date, *, seller: str | None = None, unit: str | None = None) -> WalletLiability:
    """What all wallets hold at the end of a day, where each legal entity is (R5, W7)."""
    found: dict[tuple[str, str, str], list[Holding]] = {}
    for name in wallets_of(books, seller=seller, unit=unit):
        held = holding(books, name, end_of(books, name, on), waiting=False)
        if held.credits:
            key = (name.seller, face_of(books, name.unit).currency, name.unit)
            found.setdefault(key, []).append(held)
    rows = tuple(_row(books, key, found[key]) for key in sorted(found))
    amounts = ((row.seller, new_money(row.liability, row.currency)) for row in rows)
    return WalletLiability(on, rows, tuple(accounts_of(books, amounts)))


def _row(books: Books, key: tuple[str, str, str], several: Iterable[Holding]) -> LiabilityRow:
    wallets, breakage, liability, expired_worth = 0, _ZERO, _ZERO, _ZERO
    posted, expired = [Units()], [Units()]
    for held in several:
        one = balance(books, held)
        wallets += bool(held.held)
        breakage += held.breakage
        liability += one.worth.number
        expired_worth += sum((part.worth for part in held.held if has_expired(part.terms, held.at)), start=_ZERO)
        posted.append(one.posted)
        expired.append(one.expired)
    return LiabilityRow(*key, wallets, added(posted), added(expired), liability, expired_worth, breakage)


def accounts_of(books: Books, amounts: Iterable[tuple[str, Money]]) -> Iterator[Account]:
    """What is owed in credits by legal entities, together, and the accounts on which it stands."""
    sums: dict[tuple[str, str], Decimal] = {}
    for seller, amount in amounts:
        key = (seller, amount.currency)
        sums[key] = sums.get(key, _ZERO) + amount.number
    for (seller, currency), total in sorted(sums.items()):
        component = next(iter(books.catalog.entities.range("versions", seller))).account
        yield Account(seller, account_of(Role.CREDITS, component), currency, total)
