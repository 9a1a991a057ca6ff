"""Everything that was open when the books began, from one file: all of it, or nothing (B1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing_beans.acts.act import Act
from billing_beans.acts.opening import (
    OpenInvoice,
    OpenMoney,
    open_credits,
    open_deferred,
    open_invoice,
    open_lots,
    open_money,
)
from billing_beans.books import Books
from billing_beans.catalog.versions import without_envelope
from billing_beans.core.accounts import place_of
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.facts import Fact
from billing_beans.core.money import Money
from billing_beans.core.records import record
from billing_beans.core.tables import Overlay
from billing_beans.credits.opening import OpenCredits, expiry_of
from billing_beans.credits.ordering import scope_of
from billing_beans.credits.records import Terms
from billing_beans.credits.units import short
from billing_beans.entitlements.opening import OpenLots
from billing_beans.opening.operations import OpenDeferred

Asked = OpenInvoice | OpenMoney | OpenLots | OpenCredits | OpenDeferred


@record
class OpeningRow:
    """A row of a file, read: its line, and what it opens."""

    line: int
    request: Asked


@record
class OpenBooks:
    """Rows that are written together, or not at all."""

    rows: tuple[OpeningRow, ...]


class RowsRefused(Refused):
    """Some rows of a file can't be opened, so none was; `rows` are their lines and why, in order."""

    def __init__(self, rows: Iterable[tuple[int, BillingError]], total: int) -> None:
        self.rows = sorted(rows, key=lambda one: one[0])
        count = len(self.rows)
        super().__init__(
            f"{count} of {total} rows can't be opened, so nothing was written.",
            rule="B1: what was open when the books began is opened whole, from one file.",
            instead="correct the rows and import the file again",
        )


_VERBS: Mapping[type, Callable[[Act, Any], None]] = {
    OpenInvoice: open_invoice,
    OpenMoney: open_money,
    OpenLots: open_lots,
    OpenCredits: open_credits,
    OpenDeferred: open_deferred,
}


class Beginning:
    """Rows into one act. `unread` are rows that could not even be read; `known` counts those that the books have already."""

    def __init__(self, unread: Iterable[tuple[int, BillingError]] = ()) -> None:
        self.known: Counter[type] = Counter()
        self._refused = [*unread]

    def open_books(self, act: Act, request: OpenBooks) -> None:
        """Open every row, or raise `RowsRefused` with all those that can't be."""
        total = len(request.rows) + len(self._refused)
        for row in sorted(request.rows, key=_age):
            try:
                if stands_already(act.books, row.request):
                    self.known[type(row.request)] += 1
                    continue
                facts = _tried(act, row.request)
            except BillingError as error:
                self._refused.append((row.line, error))
            else:
                for fact in facts:
                    act.record(replace(without_envelope(fact), source=fact.source))
        if self._refused:
            raise RowsRefused(self._refused, total)


def _age(row: OpeningRow) -> date:
    """Rows in the order of the file; and behind the others credits by age, since those that were granted first are used first."""
    return row.request.granted_on if isinstance(row.request, OpenCredits) else date.min


def _tried(act: Act, request: Asked) -> list[Fact]:
    """The facts of one row, from an act that is thrown away: a row of which half is refused leaves nothing."""
    _check_customer(act, request.customer)
    trial = Act(Books(Overlay(act.books.store)), replace(act.context, idempotency_key=None))
    _VERBS[type(request)](trial, request)
    return trial.facts


def _check_customer(act: Act, customer: str) -> None:
    versions = [*act.books.catalog.customers.range("versions", customer)]
    if not versions:
        raise Refused(
            f"There is no customer {customer}.",
            rule="P1: parties are known before anything happens with them.",
            instead="billing-beans customer import FILE takes all of them, billing-beans customer add one",
        )
    day = act.day(versions[-1].seller)
    if versions[0].date > day:
        raise Refused(
            f"{customer} is a customer from {versions[0].date} on, and the books open on {day}.",
            rule="P1: parties are known before anything happens with them.",
            instead=f"open on {versions[0].date} or later, or import customers with --date {day}",
        )


def stands_already(books: Books, request: Asked) -> bool:
    """Whether the books hold just this. Raises `Refused` where its number stands for something else (U6)."""
    found = _FOUND[type(request)](books, request)
    if found is None:
        return False
    said, asked = found
    if differing := [name for name, value in asked.items() if said[name] != value]:
        what, number = _NAMES[type(request)], _number(request)
        was = ", ".join(f"{name} {said[name]}" for name in differing)
        now = ", ".join(f"{name} {asked[name]}" for name in differing)
        raise Refused(
            f"The {what} {number} is in the books with {was}, and the file says {now}.",
            rule="U6: the same number with other content is refused.",
            instead="give other things other numbers; what was opened wrongly is corrected by an entry of its own",
        )
    return True


Compared = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What the books say of something, and what a row says, by the same names."""


def _invoice(books: Books, asked: OpenInvoice) -> Compared | None:
    head, draft = books.invoices.heads.get(asked.number), books.invoices.current(asked.number)
    if head is None or draft is None:
        return None
    says = {"amount": draft.total, "issued": head.issued_before, "due": head.due}
    row = {"amount": asked.owed, "issued": asked.issued_on, "due": asked.due}
    return _of(asked, head.customer, draft.seller, says, row)


def _money(books: Books, asked: OpenMoney) -> Compared | None:
    origin = f"opening/{asked.opening}"
    money = books.payments.money.get(origin)
    if money is None:
        return None
    came = next(iter(books.payments.entries.range("origin", origin)))
    says = {"amount": Money(came.amount, money.currency)}
    return _of(asked, money.customer, _entity(books, money.account), says, {"amount": asked.amount})


def _lots(books: Books, asked: OpenLots) -> Compared | None:
    found = books.entitlements.opened.get(asked.opening)
    if found is None:
        return None
    says: dict[str, Any] = {"units": found.units, "granted": found.granted_on}
    row: dict[str, Any] = {"units": asked.units, "granted": asked.granted_on}
    first = found.lots[0]
    assert first.cost is not None
    currency = first.cost.currency
    for name, legs, amount in (("worth", found.lots, asked.worth), ("fee", found.fees, asked.fee)):
        if amount is not None:
            worth = -sum((leg.weight.number for leg in legs), start=Decimal(0))
            says[name], row[name] = Money(worth, currency), amount
    if asked.unit_cost is not None:
        says["unit cost"], row["unit cost"] = Money(first.cost.number, currency), asked.unit_cost
    return _of(asked, found.customer, _entity(books, first.account), says, row)


def _credits(books: Books, asked: OpenCredits) -> Compared | None:
    found = books.credits.grants.get(f"opening/{asked.opening}")
    if found is None:
        return None
    lot = next(iter(books.credits.lots.range("grant", found.grant)))
    worth = found.price or Money(Decimal(0), lot.currency)
    expires_at = expiry_of(books, asked, lot.since, found.wallet.partition("/")[0])
    says: dict[str, Any] = {"credits": f"{short(found.units):f} {found.unit}", "paid": worth, "granted": lot.date}
    says |= _terms(found.terms)
    row: dict[str, Any] = {"credits": f"{short(asked.units):f} {asked.credit_unit or found.unit}"}
    row |= {"paid": asked.worth or Money(Decimal(0), lot.currency), "granted": asked.granted_on}
    row |= _terms(asked.terms._replace(expires_at=expires_at))
    return _of(asked, found.customer, books.catalog.entity_with(found.wallet.partition("/")[0]), says, row)


def _terms(terms: Terms) -> dict[str, Any]:
    return {"scope": scope_of(terms), "expiry": terms.expires_at, "priority": terms.priority}


def _deferred(books: Books, asked: OpenDeferred) -> Compared | None:
    found = books.opening.revenue.get(asked.opening)
    if found is None:
        return None
    says = {
        "amount": Money(found.amount, found.currency),
        "product": found.product,
        "period": f"{found.period_start} to {found.period_end}",
    }
    row = {"amount": asked.amount, "product": asked.product, "period": f"{asked.period_start} to {asked.period_end}"}
    return _of(asked, found.customer, _entity(books, found.account), says, row)


def _of(asked: Asked, customer: str, seller: str, says: Mapping[str, Any], row: Mapping[str, Any]) -> Compared:
    """The same with whose it is; a row may leave out the seller."""
    wanted = seller if asked.seller is None else asked.seller
    return {"customer": customer, "seller": seller, **says}, {"customer": asked.customer, "seller": wanted, **row}


def _entity(books: Books, account: str) -> str:
    """The legal entity that an account belongs to."""
    place = place_of(account)
    assert place is not None
    return books.catalog.entity_with(place.entity)


_FOUND: Mapping[type, Callable[[Books, Any], Compared | None]] = {
    OpenInvoice: _invoice,
    OpenMoney: _money,
    OpenLots: _lots,
    OpenCredits: _credits,
    OpenDeferred: _deferred,
}
_NAMES: Mapping[type, str] = {
    OpenInvoice: "invoice",
    OpenMoney: "unapplied money",
    OpenLots: "lots",
    OpenCredits: "credits",
    OpenDeferred: "deferred revenue",
}


def _number(request: Asked) -> str | None:
    return request.number if isinstance(request, OpenInvoice) else request.opening
