"""What the ledger itself says of the accounts that reports speak of: Beancount's entries, booked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount.core.data import Directive, Posting, Transaction
from beancount.core.position import Cost

from billing_beans.books import KINDS, Books
from billing_beans.core.accounts import Place, Role, place_of
from billing_beans.reports.tax import TaxAccount, TaxReport

_ZERO = Decimal(0)


class Posted(NamedTuple):
    """One posting on an account of billing, signed as in the ledger; whether a fact made it, or the accountant.

    `worth` is what the units of a lot cost, signed like them, and in which currency.
    """

    date: date
    account: str
    place: Place
    currency: str
    number: Decimal
    is_fact: bool
    worth: tuple[Decimal, str] | None = None


def postings_on(entries: Iterable[Directive], roles: Collection[Role], entities: Collection[str]) -> Iterator[Posted]:
    """The postings on all accounts of these roles and legal entities, by their components, in the order of the ledger.

    Lots are counted in their units. Accounts of somebody who is no legal entity of the books are the accountant's own.
    """
    for entry in entries:
        if not isinstance(entry, Transaction):
            continue
        is_fact = (entry.meta.get("event"), True) in KINDS
        for posting in entry.postings:
            place = place_of(posting.account)
            if place is None or place.role not in roles or place.entity not in entities:
                continue
            if posting.units is not None:
                number = posting.units.number
                assert isinstance(number, Decimal)
                yield Posted(
                    entry.date, posting.account, place, posting.units.currency, number, is_fact, _worth(posting)
                )


def _worth(posting: Posting) -> tuple[Decimal, str] | None:
    """What the units of a lot cost. The ledger is booked: every cost is that of one unit."""
    if not isinstance(posting.cost, Cost) or posting.units is None:
        return None
    assert isinstance(posting.units.number, Decimal)
    return posting.units.number * posting.cost.number, posting.cost.currency


def with_other_entries(
    books: Books, report: TaxReport, entries: Iterable[Directive], seller: str | None = None
) -> TaxReport:
    """A tax report with what was owed before and after, and what entries moved that are no facts (R5).

    `entries` are those of the whole ledger, as Beancount has loaded them. Accounts on which nothing ever stood are not there.
    """
    facts = {(one.account, one.currency): one.facts for one in report.accounts}
    opening: dict[tuple[str, str], Decimal] = {}
    other: dict[tuple[str, str], Decimal] = {}
    closing: dict[tuple[str, str], Decimal] = {}
    entities = {one.account for one in books.catalog.entities.all() if seller in (None, one.entity)}
    period = report.period
    for one in postings_on(entries, (Role.TAX,), entities):
        if one.date > period.last:
            continue
        key = (one.account, one.currency)
        sums = [closing]
        if not period.has(one.date):
            sums.append(opening)
        elif not one.is_fact:
            sums.append(other)
        for each in sums:
            each[key] = each.get(key, _ZERO) - one.number
    accounts = [
        TaxAccount(*key, facts.get(key, _ZERO), opening.get(key, _ZERO), other.get(key, _ZERO), closing.get(key, _ZERO))
        for key in sorted({*facts, *closing})
    ]
    return replace(report, accounts=tuple(accounts))
