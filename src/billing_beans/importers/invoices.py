"""Invoices that another system issued, from a table: one row, one invoice with one line.

A row that can't be one is refused, with its line and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from billing_beans.acts.importing import ImportedInvoice
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import Money, minor_digits, parse_number
from billing_beans.core.records import record
from billing_beans.importers.tables import Column, Row, TableFile, day_in, places_of
from billing_beans.ledger import text

COLUMNS = (
    Column("number", ("invoiceno", "invoicenumber", "invoice", "invoiceid", "number", "documentnumber", "no"), True),
    Column("date", ("invoicedate", "issuedate", "issued", "documentdate", "date")),
    Column("customer", ("customerid", "customerno", "customernumber", "customer", "clientid", "client"), True),
    Column("price", ("unitprice", "price", "rate"), True),
    Column("quantity", ("quantity", "qty", "units")),
    Column("product", ("product", "productid", "productcode", "item", "itemcode", "sku", "stockcode")),
    Column("description", ("description", "text", "memo")),
    Column("currency", ("currency", "currencycode")),
    Column("due", ("duedate", "due")),
)
"""What a row may say, and what others call it. Without a quantity it is 1."""

NOBODY = frozenset(("", "(blank)", "blank", "null", "none", "n/a", "nan"))
"""What exports write where there is no customer."""


class Why(StrEnum):
    """Reasons to refuse a row, as they are counted."""

    CREDIT_NOTE = "not yet handled: credit notes"
    UNREADABLE = "can't be read"
    NOBODY = "names no customer"
    UNKNOWN_CUSTOMER = "names a customer that the books don't know on that day"
    TWICE = "has a number that stands on an earlier row too"
    OTHER = "has a number that the books have with other content"
    CLOSED = "is dated into a closed period"
    RULE = "breaks a rule of the books"


class Refusal(NamedTuple):
    """A row that was not taken, why, and what to do about it."""

    row: Row
    why: Why
    words: str
    instead: str = ""


@record
class Choices:
    """What the file does not say: how to read it, and what stands in for columns that it lacks.

    `currency` is the currency of rows that name none; `today` the last day on which something can have been issued.
    """

    today: date
    currency: str
    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    day: date | None = None
    product: str | None = None
    seller: str | None = None
    customer_prefix: str = ""
    cancelled_prefix: str = "C"


class _Unfit(Exception):
    """Why a row is refused, inside this module."""

    def __init__(self, why: Why, words: str, instead: str = "") -> None:
        super().__init__(words)
        self.why = why
        self.words = words
        self.instead = instead


class InvoiceRows:
    """The rows of a file, read one after another. Raises `WrongUsage` where columns are missing or choices make no sense."""

    def __init__(self, table: TableFile, choices: Choices) -> None:
        self._table = table
        self._choices = choices
        self._places = places_of(table, COLUMNS, choices.columns)
        self._seen: dict[str, int] = {}
        minor_digits(choices.currency)
        if "date" not in self._places and choices.day is None:
            raise WrongUsage(
                f"{table.name} has no column for the date; it has {', '.join(table.header)}.",
                instead="say which one it is, such as --map date=Issued, or give one day for all with --date",
            )
        if "product" not in self._places and choices.product is None:
            raise WrongUsage(
                f"{table.name} has no column for the product; it has {', '.join(table.header)}.",
                instead="say which one it is with --map product=COLUMN, or give one for all with --product",
            )

    def __iter__(self) -> Iterator[tuple[Row, ImportedInvoice | Refusal]]:
        for row in self._table.rows:
            try:
                yield row, self._invoice(row)
            except _Unfit as unfit:
                yield row, Refusal(row, unfit.why, unfit.words, unfit.instead)
            except BillingError as error:
                yield row, Refusal(row, Why.UNREADABLE, error.what, error.instead)

    def _invoice(self, row: Row) -> ImportedInvoice:
        if len(row.cells) != len(self._table.header):
            raise _Unfit(
                Why.UNREADABLE,
                f"the row has {len(row.cells)} cells, and the header {len(self._table.header)}",
                "put text that holds the delimiter into quotes",
            )
        choices = self._choices
        number = self._number(row)
        quantity = parse_number(self._cell(row, "quantity") or "1")
        price = parse_number(self._cell(row, "price"))
        if quantity < 0 or self._is_cancellation(number):
            raise _Unfit(Why.CREDIT_NOTE, f"{number} takes {quantity:f} at {price:f}", "enter it by hand for now")
        if not quantity or price < 0:
            what = f"the unit price of {number} is {price:f}" if quantity else f"the quantity of {number} is 0"
            raise _Unfit(Why.UNREADABLE, what, "correct the row: an invoice has a quantity and a price not below zero")
        currency = self._cell(row, "currency") or choices.currency
        minor_digits(currency)
        return ImportedInvoice(
            source=f"import/sha256:{self._table.digest[:16]}/{row.line}",
            number=number,
            day=self._day(row, number),
            customer=self._customer(row, number),
            product=choices.product or self._cell(row, "product"),
            quantity=quantity,
            unit_price=Money(price, currency),
            description=self._description(row),
            due=self._parsed_day(self._cell(row, "due")) if self._cell(row, "due") else None,
            seller=choices.seller,
        )

    def _cell(self, row: Row, column: str) -> str:
        place = self._places.get(column)
        return "" if place is None else row.cells[place].strip()

    def _number(self, row: Row) -> str:
        """The number, which the first row that bears it keeps, whatever becomes of that row."""
        number = self._cell(row, "number")
        if not number:
            raise _Unfit(Why.UNREADABLE, "there is no number", "an invoice is found by its number: give it one")
        first = self._seen.setdefault(number, row.line)
        if first != row.line:
            raise _Unfit(
                Why.TWICE,
                f"{number} stands on line {first} already",
                "join the rows to one, or give the second a number of its own",
            )
        return number

    def _is_cancellation(self, number: str) -> bool:
        prefix = self._choices.cancelled_prefix
        return bool(prefix) and number.startswith(prefix) and number.removeprefix(prefix).isdecimal()

    def _day(self, row: Row, number: str) -> date:
        if "date" not in self._places:
            assert self._choices.day is not None
            return self._choices.day
        day = self._parsed_day(self._cell(row, "date"))
        if day > self._choices.today:
            raise _Unfit(
                Why.UNREADABLE,
                f"{number} is dated {day}, which is still to come",
                "check --date-format: day and month may stand the other way round",
            )
        return day

    def _parsed_day(self, cell: str) -> date:
        return day_in(cell, self._choices.date_format, self._choices.today)

    def _customer(self, row: Row, number: str) -> str:
        customer = self._cell(row, "customer")
        if customer.lower() in NOBODY:
            raise _Unfit(Why.NOBODY, f"{number} is for nobody", "say in the file who bought")
        return self._choices.customer_prefix + customer

    def _description(self, row: Row) -> str | None:
        description = self._cell(row, "description")
        text.quoted(description)
        return description or None
