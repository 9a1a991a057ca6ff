"""Reports held against the ledger, for every day on which anything happened (R5, `check --deep`).

Each report is a sum that changes on some days, and so is the balance of its control account. Both are walked through day by
day, from one pass over the records and one over Beancount's entries, instead of making each report for each day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from beancount.core.data import Directive
from beancount.ops.summarize import balance_by_account

from billing_beans.books import Books
from billing_beans.core.accounts import Role, account_of, credit_account, place_of
from billing_beans.reports.aging import aging
from billing_beans.reports.controls import Posted, postings_on
from billing_beans.reports.deferred import deferred_revenue
from billing_beans.reports.receivables import Change, open_steps, receivable_changes
from billing_beans.reports.tax import tax_changes
from billing_beans.reports.unapplied import unapplied_changes
from billing_beans.reports.wallet_liability import wallet_liability

_ZERO = Decimal(0)

AGING, UNAPPLIED, STATEMENT, TAX, ENTITLEMENTS = "aging", "unapplied money", "statement", "tax", "entitlements"
CREDITS, LIABILITY, DEFERRED = "credits", "wallet liability", "deferred revenue"


class Control(NamedTuple):
    """What is compared: a figure of a report, by its legal entity and customer or account, in a currency or unit."""

    report: str
    entity: str
    who: str
    currency: str


class Disagreement(NamedTuple):
    """A report says one thing of a day and the ledger another. Both are signed as in the ledger: owed to us is positive."""

    control: Control
    day: date
    reported: Decimal
    ledger: Decimal


class Compared(NamedTuple):
    """What was found, and how much was compared: figures, and the days on which any of them changed."""

    disagreements: tuple[Disagreement, ...]
    figures: int
    days: int


_ROLES = (Role.RECEIVABLE, Role.UNAPPLIED, Role.TAX, Role.CREDITS, Role.DEFERRED)
_Steps = dict[date, dict[Control, Decimal]]


def compare(books: Books, entries: list[Directive]) -> Compared:
    """Every figure on every day. `entries` are the whole ledger as Beancount has loaded and booked it, without errors."""
    ledger, reported = _new_steps(), _new_steps()
    entities = {one.account for one in books.catalog.entities.all()}
    postings = [*postings_on(entries, _ROLES, entities)]
    for posted in postings:
        for control, number in _controls_of(posted):
            ledger[posted.date][control] += number
    for control, day, amount in _reported(books):
        reported[day][control] += amount
    days = sorted({*ledger, *reported})
    found = [*_walk(days, ledger, reported)]
    if days:
        found += _finally(books, entries, postings, days[-1])
    figures = {control for steps in (ledger, reported) for day in steps.values() for control in day}
    return Compared(tuple(found), len(figures), len(days))


def _new_steps() -> _Steps:
    return defaultdict(lambda: defaultdict(Decimal))


def _walk(days: Iterable[date], ledger: _Steps, reported: _Steps) -> Iterator[Disagreement]:
    """Each day on which two figures part; not each day on which they are still as far apart."""
    balances: dict[Control, tuple[Decimal, Decimal]] = {}
    for day in days:
        ours, theirs = reported.get(day, {}), ledger.get(day, {})
        for control in sorted({*ours, *theirs}):
            before = balances.get(control, (_ZERO, _ZERO))
            now = (before[0] + ours.get(control, _ZERO), before[1] + theirs.get(control, _ZERO))
            balances[control] = now
            apart = now[0] - now[1]
            if apart and apart != before[0] - before[1]:
                yield Disagreement(control, day, *now)


def _controls_of(posted: Posted) -> Iterator[tuple[Control, Decimal]]:
    """The figures of reports that a posting counts for. Of tax accounts only what facts moved is in a report."""
    entity, currency = posted.place.entity, posted.currency
    if posted.place.role is Role.TAX:
        if posted.is_fact:
            yield Control(TAX, entity, posted.account, currency), posted.number
        return
    if posted.place.role is Role.CREDITS:
        yield Control(CREDITS, entity, posted.account, currency), posted.number
        if posted.worth is not None:
            yield Control(LIABILITY, entity, posted.account, posted.worth[1]), posted.worth[0]
        return
    if posted.place.role is Role.DEFERRED:
        yield Control(DEFERRED, entity, posted.account, currency), posted.number
        return
    owner = ":".join(posted.place.owner)
    report = AGING if posted.place.role is Role.RECEIVABLE else UNAPPLIED
    yield Control(report, entity, owner, currency), posted.number
    yield Control(STATEMENT, entity, owner, currency), posted.number


def _reported(books: Books) -> Iterator[tuple[Control, date, Decimal]]:
    names = _Components(books)
    for head in books.invoices.heads.all():
        control = Control(AGING, names.entity(head.seller), names.customer(head.customer), head.currency)
        for day, step in open_steps(books, head):
            yield control, day, step
    unapplied = [*unapplied_changes(books)]
    for change in unapplied:
        yield names.control(UNAPPLIED, change), change.date, change.amount
    for change in (*receivable_changes(books), *unapplied):
        yield names.control(STATEMENT, change), change.date, change.amount
    for tax in tax_changes(books):
        place = place_of(tax.account)
        assert place is not None
        yield Control(TAX, place.entity, tax.account, tax.currency), tax.date, -tax.tax
    for entry in books.credits.entries.all():
        entity, owner, unit = entry.wallet.split("/", 2)
        account = credit_account(entity, owner, paid=entry.paid)
        yield Control(CREDITS, entity, account, unit), entry.date, -entry.units
        yield Control(LIABILITY, entity, account, entry.currency), entry.date, -entry.units * entry.cost
    for move in books.revenue.moves.all():
        record = books.revenue.deferred.get((move.source, move.line))
        assert record is not None
        place = place_of(record.account)
        assert place is not None
        yield Control(DEFERRED, place.entity, record.account, record.currency), move.date, -move.amount


class _Components:
    """How the accounts of legal entities and customers are called: they keep their component for ever."""

    def __init__(self, books: Books) -> None:
        self._entities: dict[str, str] = {one.entity: one.account for one in books.catalog.entities.all()}
        self._customers: dict[str, str] = {one.customer: one.account for one in books.catalog.customers.all()}

    def entity(self, seller: str) -> str:
        return self._entities[seller]

    def customer(self, customer: str) -> str:
        return self._customers[customer]

    def control(self, report: str, change: Change) -> Control:
        return Control(report, self.entity(change.seller), self.customer(change.customer), change.currency)


_Held = tuple[str, str, tuple[Decimal, str] | None]
"""An account, what it holds, and at which cost of one, where it holds lots."""


def _finally(books: Books, entries: list[Directive], postings: Iterable[Posted], last: date) -> Iterator[Disagreement]:
    """The reports as they are made, and open lots, beside the balances that Beancount reckons by itself."""
    reported: dict[_Held, Decimal] = defaultdict(Decimal)
    names = _Components(books)
    for row in aging(books, last).rows:
        owner = (names.entity(row.seller), names.customer(row.customer))
        reported[account_of(Role.RECEIVABLE, *owner), row.currency, None] += row.open
        reported[account_of(Role.UNAPPLIED, *owner), row.currency, None] -= row.unapplied
    for tax in tax_changes(books):
        reported[tax.account, tax.currency, None] -= tax.tax
    for posted in postings:
        if posted.place.role is Role.TAX and not posted.is_fact:
            reported[posted.account, posted.currency, None] += posted.number
    for lot in books.entitlements.lots.all():
        reported[lot.account, lot.unit, (lot.cost, lot.currency)] -= lot.remaining
    for credit in books.credits.lots.all():
        reported[credit.account, credit.unit, (credit.cost, credit.currency)] -= credit.remaining
    for revenue in books.revenue.deferred.range("open", "open"):
        reported[revenue.account, revenue.currency, None] -= revenue.left
    ledger = _balances(entries, {one.account for one in books.catalog.entities.all()})
    yield from _wallets(books, ledger, last)
    yield from _deferred(books, ledger, last)
    for account, currency, cost in sorted({*reported, *ledger}, key=str):
        ours, theirs = reported[account, currency, cost], ledger[account, currency, cost]
        if ours != theirs:
            unit = f"{currency} {{{cost[0]:f} {cost[1]}}}" if cost else currency
            yield Disagreement(_control_of(account, unit), last, ours, theirs)


def _wallets(books: Books, ledger: dict[_Held, Decimal], last: date) -> Iterator[Disagreement]:
    """What wallets are said to hold, and the report of what all of them are worth, beside the same balances."""
    units: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    worth: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (account, unit, cost), number in ledger.items():
        place = place_of(account)
        if place is not None and place.role is Role.CREDITS and cost is not None:
            units[account, unit] += number
            worth[account_of(Role.CREDITS, place.entity), cost[1]] += number * cost[0]
    for wallet in books.credits.wallets.all():
        for paid, number in ((True, wallet.paid), (False, wallet.free)):
            account = credit_account(wallet.entity, wallet.owner, paid=paid)
            if -number != units[account, wallet.unit]:
                yield Disagreement(_control_of(account, wallet.unit), last, -number, units[account, wallet.unit])
    reported = {(one.account, one.currency): -one.balance for one in wallet_liability(books, last).accounts}
    for account, currency in sorted({*reported, *worth}):
        ours, theirs = reported.get((account, currency), _ZERO), worth[account, currency]
        if ours != theirs:
            yield Disagreement(Control(LIABILITY, account.split(":")[1], account, currency), last, ours, theirs)


def _deferred(books: Books, ledger: dict[_Held, Decimal], last: date) -> Iterator[Disagreement]:
    """The report of what is deferred, beside the balances of all accounts on which it stands."""
    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (account, currency, _cost), number in ledger.items():
        place = place_of(account)
        if place is not None and place.role is Role.DEFERRED:
            held[account_of(Role.DEFERRED, place.entity), currency] += number
    reported = {(one.account, one.currency): -one.balance for one in deferred_revenue(books, last).accounts}
    for account, currency in sorted({*reported, *held}):
        ours, theirs = reported.get((account, currency), _ZERO), held[account, currency]
        if ours != theirs:
            yield Disagreement(Control(DEFERRED, account.split(":")[1], account, currency), last, ours, theirs)


def _balances(entries: list[Directive], entities: Collection[str]) -> dict[_Held, Decimal]:
    found: dict[_Held, Decimal] = defaultdict(Decimal)
    for account, balance in balance_by_account(entries)[0].items():
        place = place_of(account)
        if place is None or place.role not in _REPORTED or place.entity not in entities:
            continue
        for position in balance:
            cost = (position.cost.number, position.cost.currency) if position.cost else None
            found[account, position.units.currency, cost] += position.units.number
    return found


_REPORTED = {
    Role.RECEIVABLE: AGING,
    Role.UNAPPLIED: UNAPPLIED,
    Role.TAX: TAX,
    Role.ENTITLEMENTS: ENTITLEMENTS,
    Role.PLATFORM_FEE: ENTITLEMENTS,
    Role.CREDITS: CREDITS,
    Role.DEFERRED: DEFERRED,
}


def _control_of(account: str, currency: str) -> Control:
    place = place_of(account)
    assert place is not None
    return Control(_REPORTED[place.role], place.entity, account, currency)
