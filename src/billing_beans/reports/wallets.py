"""Credit wallets: what each holds at a moment, what of it can be used, and what it is worth (W1, W8).

What a wallet holds now are its open lots; what it held before is that less what moved since, so that neither costs more as the
books get older. The records of a wallet are never read from their beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.core.calendar import format_moment, last_second_of, local_date, parse_moment
from billing_beans.core.money import Money, new_money
from billing_beans.credits.moments import has_expired, moment_of, zone_of
from billing_beans.credits.records import Entry, EntryKind, Grant, GrantStatus, Terms
from billing_beans.credits.state import wallet_key
from billing_beans.credits.units import face_of

_ZERO = Decimal(0)

NEVER = "never"
PENDING = "pending"
ANY = "any"
"""What a group is called whose credits never expire, wait for their payment and may not have a day yet, or are for anything."""


class Units(NamedTuple):
    """Credits, paid ones and free ones apart."""

    paid: Decimal = _ZERO
    free: Decimal = _ZERO

    @property
    def total(self) -> Decimal:
        return self.paid + self.free


class WalletName(NamedTuple):
    """Whose wallet it is: of which customer, with which legal entity, of which kind of credits; `key` is that of its records."""

    seller: str
    customer: str
    unit: str
    key: str


class Cut(NamedTuple):
    """Up to where things count: all that was dated by the end of a `day`, or had happened at a `moment`.

    With neither it is everything that was recorded. What has expired `at` (UTC) is told apart in any case.
    """

    at: str
    day: date | None = None
    moment: str | None = None

    @property
    def is_now(self) -> bool:
        return self.day is None and self.moment is None


class Held(NamedTuple):
    """Units of one grant at one cost that a wallet holds; how many of them billing runs that wait for review have reserved."""

    grant: str
    paid: bool
    units: Decimal
    cost: Decimal
    terms: Terms
    sequence: str
    reserved: Decimal = _ZERO

    @property
    def worth(self) -> Decimal:
        """What the units cost, with all decimals."""
        return self.units * self.cost


class Waiting(NamedTuple):
    """A grant that waits for its payment: how many units it will be, and how many free ones come with it.

    Until when it can be used may be known only when it is granted, and is not in its `terms`.
    """

    grant: str
    units: Units
    terms: Terms
    sequence: str


class Holding(NamedTuple):
    """All that a wallet holds and waits for at a moment (UTC), and what ever came, left, and was breakage by then."""

    name: WalletName
    at: str
    held: tuple[Held, ...]
    waiting: tuple[Waiting, ...]
    credits: Decimal
    debits: Decimal
    breakage: Decimal


class Balance(NamedTuple):
    """What a wallet, or a group of what is in it, comes to (W8). Units are positive.

    `posted` are the units that stand in the accounts, `expired` those of them that can't be used any more though they are not
    written off yet, `reserved` what waits to be used. The rest is `available`; `face` is what that is worth when it is used.
    `pending` waits for its payment and is in none of these. `worth` is what all posted units cost: the liability, with all its
    decimals.
    """

    group: str
    posted: Units
    pending: Units
    expired: Units
    reserved: Units
    available: Units
    face: Money
    worth: Money


class Group(StrEnum):
    """By what a balance can be divided (W8)."""

    GRANT = "grant"
    SCOPE = "scope"
    SUBSCRIPTION = "subscription"
    EXPIRY = "expiry"


class Net(NamedTuple):
    """Where invoices of a customer were opened again: what its credits are worth, less what is owed on those (Y5).

    It may be below zero: credits that were spent had been paid for with money that went back.
    """

    seller: str
    customer: str
    currency: str
    available: Decimal
    owed: Decimal
    invoices: tuple[str, ...]

    @property
    def net(self) -> Decimal:
        return self.available - self.owed


def now(moment: str) -> Cut:
    """All that is recorded; `moment` (UTC) is when it is looked at."""
    return Cut(moment)


def at_moment(moment: str) -> Cut:
    """What had happened at a moment (UTC)."""
    return Cut(moment, moment=moment)


def end_of(books: Books, name: WalletName, day: date) -> Cut:
    """What had happened at the end of a day, where the legal entity is."""
    zone = zone_of(books, _entity_of(name.key), day)
    return Cut(format_moment(last_second_of(day, zone)), day=day)


def wallets_of(
    books: Books, customer: str | None = None, *, seller: str | None = None, unit: str | None = None
) -> list[WalletName]:
    """The wallets of a customer, or all, in the order of sellers, customers and units; also those that only wait for a payment."""
    keys = _keys_of(books, customer) if customer is not None else _all_keys(books)
    sellers = {one.account: one.entity for one in books.catalog.entities.all()}
    customers: dict[str, str] = {}
    found = []
    for key in keys:
        entity, owner, of_unit = key.split("/", 2)
        if seller in (None, sellers[entity]) and unit in (None, of_unit):
            if owner not in customers:
                customers[owner] = customer or next(iter(books.catalog.customers.range("account", owner))).customer
            found.append(WalletName(sellers[entity], customers[owner], of_unit, key))
    return sorted(found)


def _keys_of(books: Books, customer: str) -> set[str]:
    """A customer has few wallets, but many grants: they are asked for by what their keys can be."""
    owners = {one.account for one in books.catalog.customers.range("versions", customer)}
    keys = {one.wallet for owner in owners for one in books.credits.wallets.range("owner", owner)}
    units = {one.credit_unit for one in books.catalog.credit_units.all()}
    entities = {one.account for one in books.catalog.entities.all()}
    possible = {wallet_key(entity, owner, unit) for entity in entities for owner in owners for unit in units}
    return keys | {key for key in possible - keys if any(True for _ in books.credits.grants.range("pending", key))}


def _all_keys(books: Books) -> set[str]:
    waiting = {one.wallet for one in books.credits.grants.range("waiting", GrantStatus.PENDING)}
    return waiting | {one.wallet for one in books.credits.wallets.all()}


def holding(books: Books, name: WalletName, cut: Cut, *, waiting: bool = True) -> Holding:
    """What a wallet holds and waits for: what it does now, less what came since.

    What it was `waiting` for on a past day is looked up among all its grants, and may be left out.
    """
    later = [] if cut.is_now else [*_later(books, name.key, cut)]
    wallet = books.credits.wallets.get(name.key)
    came, left, lapsed = (wallet.credits, wallet.debits, wallet.breakage) if wallet else (_ZERO, _ZERO, _ZERO)
    return Holding(
        name,
        cut.at,
        tuple(_held(books, name.key, later, is_now=cut.is_now)),
        tuple(_waiting(books, name.key, cut)) if waiting else (),
        came - sum((one.units for one in later if one.units > 0), start=_ZERO),
        left + sum((one.units for one in later if one.units < 0), start=_ZERO),
        lapsed - _breakage(books, later),
    )


def _later(books: Books, wallet: str, cut: Cut) -> Iterator[Entry]:
    """The movements that don't count yet."""
    entity = _entity_of(wallet)
    first = cut.day or local_date(parse_moment(cut.at), zone_of(books, entity, parse_moment(cut.at).date()))
    for entry in books.credits.entries.since("wallet", wallet, (first,)):
        if not _counts(books, entity, cut, entry.date, entry.at):
            yield entry


def _counts(books: Books, entity: str, cut: Cut, day: date | None, at: str) -> bool:
    """Whether what is dated `day` and was recorded `at` had happened; without a day it never did."""
    if day is None:
        return False
    if cut.day is not None:
        return day <= cut.day
    return cut.moment is None or moment_of(books, entity, day, at) <= cut.moment


def _held(books: Books, wallet: str, later: Iterable[Entry], *, is_now: bool) -> list[Held]:
    """What is reserved is so now; of a past day nothing is kept of that, since what comes of a run is dated by itself."""
    found: dict[tuple[str, bool, Decimal], Held] = {}
    for lot in books.credits.lots.range("open", wallet):
        key = (lot.label, lot.paid, lot.cost)
        before = found.get(key) or Held(lot.label, lot.paid, _ZERO, lot.cost, lot.terms, lot.sequence)
        reserved = min(lot.reserved, lot.remaining) if is_now else _ZERO
        found[key] = before._replace(units=before.units + lot.remaining, reserved=before.reserved + reserved)
    for entry in later:
        key = (entry.grant, entry.paid, entry.cost)
        before = found.get(key) or _of_grant(books, entry)
        found[key] = before._replace(units=before.units - entry.units)
    return sorted((one for one in found.values() if one.units), key=lambda one: one.sequence)


def _of_grant(books: Books, entry: Entry) -> Held:
    """Nothing of a grant, of which there was something."""
    grant = books.credits.grants.get(entry.grant)
    assert grant is not None, f"there is no grant {entry.grant}"
    return Held(entry.grant, entry.paid, _ZERO, entry.cost, grant.terms, grant.fact)


def _waiting(books: Books, wallet: str, cut: Cut) -> Iterator[Waiting]:
    """What waited for its payment. What was decided since is looked up among all grants of the wallet."""
    if cut.is_now:
        for grant in books.credits.grants.range("pending", wallet):
            yield _waits(grant, Units(grant.units, grant.bonus or _ZERO))
        return
    entity = _entity_of(wallet)
    for grant in books.credits.grants.range("wallet", wallet):
        asked = _counts(books, entity, cut, grant.requested, grant.requested_at)
        is_given = grant.status is GrantStatus.GRANTED and _counts(books, entity, cut, grant.granted, grant.at)
        if asked and not is_given and not _counts(books, entity, cut, grant.voided, grant.voided_at):
            yield _waits(grant, _asked_for(books, entity, grant, cut))


def _waits(grant: Grant, units: Units) -> Waiting:
    return Waiting(grant.grant, units, grant.terms._replace(expires_at=None, valid_days=None), grant.fact)


def _asked_for(books: Books, entity: str, grant: Grant, cut: Cut) -> Units:
    """How many credits a grant was going to be, and its bonus: of a top-up, what credit notes had not taken back by then."""
    draft = books.invoices.current(grant.invoice) if grant.invoice and grant.line else None
    if draft is None or grant.invoice is None or grant.line is None:
        return Units(grant.units, grant.bonus or _ZERO)
    line = draft.lines[grant.line - 1]
    left = line.quantity
    for note in books.invoices.credit_notes.range("invoice", grant.invoice):
        credited = books.invoices.credit_note_drafts.get(note.number)
        if credited is not None and _counts(books, entity, cut, note.issued, note.issued_at):
            of_it = (one for one in credited.lines if one.line == grant.line and not one.allowance)
            left -= sum((one.quantity for one in of_it), start=_ZERO)
    assert line.units is not None
    return Units(line.units * left / line.quantity, (line.bonus_units or _ZERO) * left / line.quantity)


def _breakage(books: Books, entries: Iterable[Entry]) -> Decimal:
    """What movements made income of paid credits: those that expired, and what was taken away for nothing; positive (W7)."""
    total, adjustments = _ZERO, set[str]()
    for entry in entries:
        if entry.kind is EntryKind.EXPIRY:
            total -= entry.units * entry.cost
        elif entry.kind is EntryKind.ADJUSTMENT and entry.identifier is not None:
            adjustments.add(entry.identifier)
    for name in adjustments:
        adjustment = books.credits.adjustments.get(name)
        assert adjustment is not None, f"there is no adjustment {name}"
        total += adjustment.breakage
    return total


def balance(books: Books, found: Holding) -> Balance:
    """What a wallet comes to."""
    return _balance(books, found, "", found.held, found.waiting)


def balances_by(books: Books, found: Holding, group: Group) -> list[Balance]:
    """The same, divided: by grant in the order of granting, else by name, with what is for anything, or never expires, last."""
    name_of = _GROUPED[group]
    held: dict[str, list[Held]] = {}
    waiting: dict[str, list[Waiting]] = {}
    for one in found.held:
        held.setdefault(name_of(one), []).append(one)
    for other in found.waiting:
        waiting.setdefault(name_of(other), []).append(other)
    names = [*dict.fromkeys((*held, *waiting))]
    if group is not Group.GRANT:
        names.sort(key=lambda name: (name == PENDING, name in (NEVER, ANY), name))
    return [_balance(books, found, name, held.get(name, ()), waiting.get(name, ())) for name in names]


def scope_of(terms: Terms) -> str:
    """For what credits are, in words: `subscription sub-1, meter api, period 2026-01-01..2026-02-01`, or `any`."""
    parts = []
    if terms.subscription is not None:
        parts.append(f"subscription {terms.subscription}")
    if terms.meter is not None:
        parts.append(f"meter {terms.meter}")
    if terms.period_start is not None:
        parts.append(f"period {terms.period_start}..{terms.period_end}")
    return ", ".join(parts) or ANY


_GROUPED: dict[Group, Callable[[Held | Waiting], str]] = {
    Group.GRANT: lambda one: one.grant,
    Group.SCOPE: lambda one: scope_of(one.terms),
    Group.SUBSCRIPTION: lambda one: one.terms.subscription or ANY,
    Group.EXPIRY: lambda one: PENDING if isinstance(one, Waiting) else one.terms.expires_at or NEVER,
}


def _balance(books: Books, of: Holding, group: str, held: Iterable[Held], waiting: Iterable[Waiting]) -> Balance:
    held, waiting = [*held], [*waiting]
    face = face_of(books, of.name.unit)
    posted = _units((one.paid, one.units) for one in held)
    expired = _units((one.paid, one.units) for one in held if has_expired(one.terms, of.at))
    # What has expired is no longer to be used, though a run has reserved it.
    waits_for_use = _units((one.paid, one.reserved) for one in held if not has_expired(one.terms, of.at))
    available = Units(*(has - gone - kept for has, gone, kept in zip(posted, expired, waits_for_use, strict=True)))
    return Balance(
        group,
        posted,
        added(one.units for one in waiting),
        expired,
        waits_for_use,
        available,
        new_money(available.total * face.number, face.currency),
        new_money(sum((one.worth for one in held), start=_ZERO), face.currency),
    )


def added(several: Iterable[Units]) -> Units:
    """All of them together."""
    paid, free = _ZERO, _ZERO
    for one in several:
        paid, free = paid + one.paid, free + one.free
    return Units(paid, free)


def _units(of: Iterable[tuple[bool, Decimal]]) -> Units:
    sums = {True: _ZERO, False: _ZERO}
    for is_paid, units in of:
        sums[is_paid] += units
    return Units(sums[True], sums[False])


def nets(books: Books, balances: Iterable[tuple[WalletName, Balance]]) -> list[Net]:
    """What customers' credits are worth less what they owe on invoices that were opened again, where there are any (Y5).

    As things stand: on a day before, what is open again later was paid.
    """
    available: dict[tuple[str, str, str], Decimal] = {}
    for name, one in balances:
        key = (name.seller, name.customer, one.face.currency)
        available[key] = available.get(key, _ZERO) + one.face.number
    found = []
    for (seller, customer, currency), worth in sorted(available.items()):
        heads = books.invoices.heads.range("reopened", customer)
        again = [one for one in heads if (one.seller, one.currency) == (seller, currency) and one.due_amount]
        if again:
            owed = sum((one.due_amount for one in again), start=_ZERO)
            found.append(Net(seller, customer, currency, worth, owed, tuple(one.number for one in again)))
    return found


def _entity_of(wallet: str) -> str:
    return wallet.partition("/")[0]
