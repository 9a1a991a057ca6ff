"""What was open when the books began, from a table: one row each, of one kind or of several (B1).

A row that can't be read is kept with the reason: nothing is opened until every row can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date

from billing_beans.acts.beginning import Asked, OpeningRow
from billing_beans.acts.opening import OpenInvoice, OpenMoney
from billing_beans.core.calendar import add_days
from billing_beans.core.errors import BillingError, Refused, WrongUsage
from billing_beans.core.money import Money, parse_money, parse_number, round_money
from billing_beans.core.records import record
from billing_beans.credits.opening import OpenCredits
from billing_beans.credits.records import Terms
from billing_beans.entitlements.opening import OpenLots
from billing_beans.importers.tables import Column, Row, TableFile, day_in, places_of, unguarded
from billing_beans.opening.operations import OpenDeferred

KINDS = ("invoice", "money", "lot", "credits", "deferred")
"""What a row can open."""

COLUMNS = (
    Column("kind", ("kind", "type", "what")),
    Column(
        "number",
        ("number", "invoicenumber", "invoiceno", "invoice", "reference", "ref", "documentnumber", "id", "label", "no"),
        needed=True,
    ),
    Column("customer", ("customer", "customerid", "customerno", "customernumber", "clientid", "client"), needed=True),
    Column("seller", ("seller", "entity", "legalentity")),
    Column("amount", ("amount", "owed", "amountdue", "open", "balance", "worth")),
    Column("currency", ("currency", "currencycode")),
    Column("issued", ("issued", "issuedon", "invoicedate", "issuedate", "documentdate")),
    Column("due", ("due", "duedate")),
    Column("rate", ("rate", "exchangerate")),
    Column("product", ("product", "productid", "productcode")),
    Column("unit", ("unit", "entitlement", "creditunit")),
    Column("units", ("units", "quantity", "qty")),
    Column("unit-cost", ("unitcost", "cost", "unitprice")),
    Column("fee", ("fee", "platformfee")),
    Column("granted", ("granted", "grantedon", "grantdate")),
    Column("period-start", ("periodstart", "from", "start")),
    Column("period-end", ("periodend", "until", "end")),
    Column("paid", ("paid", "paidorfree")),
    Column("expires", ("expires", "expireson", "expiresat", "expiry", "expirydate", "validuntil")),
    Column("subscription", ("subscription", "subscriptionid")),
    Column("meter", ("meter",)),
    Column("priority", ("priority",)),
    Column("description", ("description", "text", "memo")),
)
"""What a row may say, and what others call it."""

_EVERY = frozenset({"kind", "number", "customer", "seller", "currency", "description"})
_OF_KIND: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "invoice": (frozenset({"amount", "issued", "due"}), frozenset({"rate", "product"})),
    "money": (frozenset({"amount"}), frozenset()),
    "lot": (frozenset({"units", "granted"}), frozenset({"amount", "product", "unit", "unit-cost", "fee"})),
    "credits": (
        frozenset({"units", "granted", "paid"}),
        frozenset({"amount", "unit", "expires", "subscription", "meter", "priority", "period-start", "period-end"}),
    ),
    "deferred": (frozenset({"amount", "product", "period-start", "period-end"}), frozenset()),
}
"""Of each kind what a row must say, and what else it may."""

_CALLED = {
    "invoices": "invoice",
    "open invoice": "invoice",
    "unapplied": "money",
    "unapplied money": "money",
    "lots": "lot",
    "entitlement": "lot",
    "entitlements": "lot",
    "credit": "credits",
    "credit wallet": "credits",
    "credit wallets": "credits",
    "grant": "credits",
    "grants": "credits",
    "deferred revenue": "deferred",
}
_WALLETS = frozenset({"wallet", "wallets", "money wallet", "money wallets"})
"""What a wallet holds, credits or money, has to be said; and those of money are not there yet."""
_PAID = {"paid": True, "free": False}

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,59}")

TEMPLATE = """\
kind,number,customer,seller,amount,currency,issued,due,product,unit,units,unit-cost,fee,granted,period-start,period-end,paid,expires,meter,description
invoice,INV-2025-0412,acme,,1090.00,SGD,2025-11-03,2025-12-03,,,,,,,,,,,,Consulting in October
money,RCPT-881,acme,,250.00,SGD,,,,,,,,,,,,,,Paid in advance
lot,INV-2025-0388/1,acme,,,SGD,,,placement-credit,PLACEMENT,6,90.00,,2025-09-15,,,,,,
lot,INV-2025-0390/1,acme,,,SGD,,,gig-credit,GIG,40,20.00,120.00,2025-10-01,,,,,,
credits,WALLET-12,acme,,80.00,SGD,,,,CREDIT-SGD,80,,,2025-07-01,,,paid,2027-06-30,,Top-up of July
credits,WALLET-13,acme,,,,,,,CREDIT-SGD,25,,,2025-12-01,,,free,2026-03-31T12:00,api-calls,Welcome
deferred,SUB-77,acme,,600.00,SGD,,,support-plan,,,,,,2025-08-01,2026-07-31,,,,Support for a year
"""
"""An example of each kind."""

Cells = Mapping[str, str]
"""What one row says, by the name of the column; empty cells are left out."""


@record
class Choices:
    """What the file does not say: the kind of rows that name none, the form of its days, and how columns are called."""

    today: date
    kind: str | None = None
    date_format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@record
class ReadOpenings:
    """The rows that can be read, the lines of those that can't with the reason, and columns that say nothing here."""

    rows: tuple[OpeningRow, ...]
    unread: tuple[tuple[int, BillingError], ...]
    unused: tuple[str, ...]


def read_openings(table: TableFile, choices: Choices) -> ReadOpenings:
    """The rows of a file. Raises `WrongUsage` where a column is missing that every row needs."""
    places = places_of(table, COLUMNS, choices.columns)
    if "kind" not in places and choices.kind is None:
        raise WrongUsage(
            f"{table.name} has no column for the kind; it has {', '.join(table.header)}.",
            instead=f"say what every row is with --kind: {', '.join(KINDS)}",
        )
    rows: list[OpeningRow] = []
    unread: list[tuple[int, BillingError]] = []
    reader = _Rows(table, places, choices)
    for row in table.rows:
        try:
            rows.append(OpeningRow(row.line, reader.read(row)))
        except BillingError as error:
            unread.append((row.line, error))
    used = set(places.values())
    unused = [name for place, name in enumerate(table.header) if place not in used and name]
    return ReadOpenings(tuple(rows), tuple(unread), tuple(unused))


class _Rows:
    """One row after another; a number stands once in a file for each kind."""

    def __init__(self, table: TableFile, places: Mapping[str, int], choices: Choices) -> None:
        self._table = table
        self._places = places
        self._choices = choices
        self._seen: dict[tuple[str, str], int] = {}

    def read(self, row: Row) -> Asked:
        if len(row.cells) != len(self._table.header):
            raise WrongUsage(
                f"The row has {len(row.cells)} cells, and the file {len(self._table.header)} columns.",
                instead="put text that holds the delimiter into quotes",
            )
        cells = {name: unguarded(row.cells[place].strip()) for name, place in self._places.items()}
        cells = {name: cell for name, cell in cells.items() if cell}
        kind = _kind_of(cells, self._choices.kind)
        _check_cells(kind, cells)
        number = cells["number"]
        if _NUMBER.fullmatch(number) is None:
            raise WrongUsage(
                f"{number!r} can't be a number here.",
                instead="use letters A to Z, digits and . _ / -, the first a letter or a digit, 60 of them at most",
            )
        first = self._seen.setdefault((kind, number), row.line)
        if first != row.line:
            raise Refused(
                f"The {kind} {number} stands on line {first} already.",
                rule="U6: a number names one thing.",
                instead="join the rows to one, or give the second a number of its own",
            )
        return _REQUESTS[kind](_Said(cells, self._choices, f"import/sha256:{self._table.digest[:16]}/{row.line}"))


def _kind_of(cells: Cells, chosen: str | None) -> str:
    said = " ".join(cells.get("kind", chosen or "").lower().replace("-", " ").split())
    kind = _CALLED.get(said, said)
    if kind in _WALLETS:
        raise Refused(
            f"A row opens a {kind}, and these books have no wallets of money yet.",
            rule="B1: what is opened is opened whole; nothing is left out silently.",
            instead="credits are rows of the kind credits; take wallets of money out of the file until a later release opens them",
        )
    if kind not in KINDS:
        raise WrongUsage(
            f"{cells['kind']!r} is nothing that can be opened." if "kind" in cells else "The row says no kind.",
            instead=f"choose from {', '.join(KINDS)}",
        )
    return kind


def _check_cells(kind: str, cells: Cells) -> None:
    """A row says what its kind needs, and nothing that would be lost."""
    needed, more = _OF_KIND[kind]
    if missing := [name for name in ("number", "customer", *sorted(needed)) if name not in cells]:
        raise WrongUsage(f"The row has no {' and no '.join(missing)}.", instead=f"every {kind} says it")
    if stray := [name for name in cells if name not in (_EVERY | needed | more)]:
        raise WrongUsage(
            f"The row says {' and '.join(f'{name} {cells[name]!r}' for name in stray)}, which no {kind} has.",
            instead="leave the cell empty, or correct the kind",
        )


class _Said:
    """The cells of one row, read by type. Raises `WrongUsage`."""

    def __init__(self, cells: Cells, choices: Choices, source: str) -> None:
        self.cells = cells
        self.source = source
        self._choices = choices

    def get(self, name: str) -> str | None:
        return self.cells.get(name)

    def day(self, name: str) -> date:
        return day_in(self.cells[name], self._choices.date_format, self._choices.today)

    def amount(self, name: str) -> Money | None:
        """An amount in whole minor units; `1250.5` is what a spreadsheet makes of 1250.50."""
        found = self.price(name)
        if found is None:
            return None
        rounded = round_money(found.number, found.currency)
        if rounded.number != found.number:
            raise WrongUsage(f"{found.number:f} {found.currency} has more decimals than {found.currency}.")
        return rounded

    def price(self, name: str) -> Money | None:
        """What one costs, which may have more decimals. The currency stands behind it or in a column of its own."""
        if name not in self.cells:
            return None
        cell, currency = self.cells[name], self.cells.get("currency", "").upper()
        if not currency or " " in cell:
            if not currency and " " not in cell:
                raise WrongUsage(
                    f"{name} is {cell}, and no currency is said.",
                    instead=f"add a column currency, or write {cell} SGD",
                )
            found = parse_money(cell)
            if currency and found.currency != currency:
                raise WrongUsage(f"{name} is {cell}, and the currency of the row is {currency}.")
            return found
        return parse_money(f"{cell} {currency}")

    def is_paid(self) -> bool:
        said = self.cells["paid"].lower()
        if said not in _PAID:
            raise WrongUsage(
                f"{self.cells['paid']!r} does not say whether the credits were paid.", instead="write paid, or free"
            )
        return _PAID[said]

    def expiry(self) -> tuple[date | None, str | None]:
        """The last day on which credits can be used, or the moment at which they can't any more."""
        cell = self.cells.get("expires")
        if cell is None:
            return None, None
        return (None, cell) if ":" in cell else (self.day("expires"), None)

    def scope(self) -> Terms:
        """For which subscription, meter and period credits are, and their priority; the period's last day is in it."""
        days = [self.day(name) if name in self.cells else None for name in ("period-start", "period-end")]
        after = add_days(days[1], 1) if days[1] is not None else None
        priority = parse_number(self.cells["priority"]) if "priority" in self.cells else None
        if priority is not None and priority != int(priority):
            raise WrongUsage(
                f"{self.cells['priority']} is no priority.", instead="give a whole number, low is used first"
            )
        return Terms(
            self.get("subscription"),
            self.get("meter"),
            days[0],
            after,
            priority=int(priority) if priority is not None else None,
        )

    def money(self, name: str) -> Money:
        found = self.amount(name)
        assert found is not None
        return found


def _invoice(said: _Said) -> OpenInvoice:
    rate = said.get("rate")
    return OpenInvoice(
        number=said.cells["number"],
        customer=said.cells["customer"],
        issued_on=said.day("issued"),
        due=said.day("due"),
        owed=said.money("amount"),
        product=said.get("product"),
        seller=said.get("seller"),
        description=said.get("description"),
        rate=parse_money(rate) if rate else None,
        source=said.source,
    )


def _money(said: _Said) -> OpenMoney:
    return OpenMoney(
        customer=said.cells["customer"],
        amount=said.money("amount"),
        seller=said.get("seller"),
        reference=said.get("description"),
        opening=said.cells["number"],
        source=said.source,
    )


def _lot(said: _Said) -> OpenLots:
    unit = said.get("unit")
    return OpenLots(
        opening=said.cells["number"],
        customer=said.cells["customer"],
        units=parse_number(said.cells["units"]),
        granted_on=said.day("granted"),
        product=said.get("product"),
        entitlement=unit.upper() if unit else None,
        worth=said.amount("amount"),
        unit_cost=said.price("unit-cost"),
        fee=said.amount("fee"),
        seller=said.get("seller"),
        reference=said.get("description"),
        source=said.source,
    )


def _credits(said: _Said) -> OpenCredits:
    unit = said.get("unit")
    last_day, moment = said.expiry()
    return OpenCredits(
        opening=said.cells["number"],
        customer=said.cells["customer"],
        units=parse_number(said.cells["units"]),
        granted_on=said.day("granted"),
        is_paid=said.is_paid(),
        credit_unit=unit.upper() if unit else None,
        worth=said.amount("amount"),
        last_day=last_day,
        expires=moment,
        terms=said.scope(),
        seller=said.get("seller"),
        reference=said.get("description"),
        source=said.source,
    )


def _deferred(said: _Said) -> OpenDeferred:
    return OpenDeferred(
        opening=said.cells["number"],
        customer=said.cells["customer"],
        amount=said.money("amount"),
        product=said.cells["product"],
        period_start=said.day("period-start"),
        period_end=said.day("period-end"),
        seller=said.get("seller"),
        reference=said.get("description"),
        source=said.source,
    )


_REQUESTS: Mapping[str, Callable[[_Said], Asked]] = {
    "invoice": _invoice,
    "money": _money,
    "lot": _lot,
    "credits": _credits,
    "deferred": _deferred,
}
