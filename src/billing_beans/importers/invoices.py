"""Invoices and cancellations that another system issued, from a table: one row, one document with one line.

A row that can't be one is refused, with its line and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing_beans.acts.importing import ImportedInvoice
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import Money, minor_digits, parse_number
from billing_beans.core.records import record
from billing_beans.importers.tables import Column, Row, TableFile, moment_in, places_of
from billing_beans.invoicing.cancelling import Cancellation, Unmatched
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

    UNREADABLE = "can't be read"
    NOBODY = "names no customer"
    UNKNOWN_CUSTOMER = "names a customer that the books don't know on that day"
    TWICE = "has a number that stands on an earlier row too"
    OTHER = "has a number that the books have with other content"
    CLOSED = "is dated into a closed period"
    RULE = "breaks a rule of the books"
    NOTHING = "is a cancellation of nothing"


class Refusal(NamedTuple):
    """A row that was not taken, why, and what to do about it."""

    row: Row
    why: Why | Unmatched
    words: str
    instead: str = ""


Issued = ImportedInvoice | Cancellation
"""What another system issued."""


class Document(NamedTuple):
    """A row that can be an invoice or a cancellation. `time` is that of the day, as text that sorts, or empty."""

    row: Row
    what: Issued
    time: str

    @property
    def order(self) -> tuple[date, str, bool, int]:
        """When it happened; at the same time invoices come first, so that a cancellation finds its own."""
        return (self.what.day, self.time, isinstance(self.what, Cancellation), self.row.line)


def with_later(documents: list[Document]) -> list[Document]:
    """The same documents, which stand in their order; each cancellation knows the invoices that came after it on its day."""
    later: dict[tuple[date, str], tuple[str, ...]] = {}
    found: list[Document] = []
    for one in reversed(documents):
        key = (one.what.day, one.what.customer)
        if isinstance(one.what, ImportedInvoice):
            later[key] = (*later.get(key, ()), one.what.number)
        elif key in later:
            found.append(one._replace(what=replace(one.what, later=later[key])))
            continue
        found.append(one)
    return found[::-1]


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

    def __iter__(self) -> Iterator[Document | Refusal]:
        for row in self._table.rows:
            try:
                yield self._document(row)
            except _Unfit as unfit:
                yield Refusal(row, unfit.why, unfit.words, unfit.instead)
            except BillingError as error:
                yield Refusal(row, Why.UNREADABLE, error.what, error.instead)

    def _document(self, row: Row) -> Document:
        if len(row.cells) != len(self._table.header):
            raise _Unfit(
                Why.UNREADABLE,
                f"the row has {len(row.cells)} cells, and the header {len(self._table.header)}",
                "put text that holds the delimiter into quotes",
            )
        number = self._number(row)
        quantity = parse_number(self._cell(row, "quantity") or "1")
        price = parse_number(self._cell(row, "price"))
        if not quantity or price < 0:
            what = f"the unit price of {number} is {price:f}" if quantity else f"the quantity of {number} is 0"
            raise _Unfit(Why.UNREADABLE, what, "correct the row: it has a quantity, and a price not below zero")
        currency = self._cell(row, "currency") or self._choices.currency
        minor_digits(currency)
        day, time = self._moment(row, number)
        make = self._cancellation if quantity < 0 or self._is_cancellation(number) else self._invoice
        return Document(row, make(row, number, day, abs(quantity), Money(price, currency)), time)

    def _invoice(self, row: Row, number: str, day: date, quantity: Decimal, price: Money) -> ImportedInvoice:
        return ImportedInvoice(
            source=self._source(row),
            number=number,
            day=day,
            customer=self._customer(row, number),
            product=self._product(row),
            quantity=quantity,
            unit_price=price,
            description=self._description(row),
            due=self._parsed_moment(self._cell(row, "due"))[0] if self._cell(row, "due") else None,
            seller=self._choices.seller,
        )

    def _cancellation(self, row: Row, number: str, day: date, quantity: Decimal, price: Money) -> Cancellation:
        """What was bought is found by the books: of the row's own text nothing else is needed."""
        customer = self._customer(row, number)
        cancellation = Cancellation(
            self._source(row), number, day, customer, self._product(row), quantity, price, self._choices.seller
        )
        if not cancellation.amount.number:
            raise _Unfit(
                Why.NOTHING, f"{number} takes back {quantity:f} at {price.number:f}", "it needs no credit note"
            )
        return cancellation

    def _source(self, row: Row) -> str:
        return f"import/sha256:{self._table.digest[:16]}/{row.line}"

    def _product(self, row: Row) -> str:
        return self._choices.product or self._cell(row, "product")

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

    def _moment(self, row: Row, number: str) -> tuple[date, str]:
        """The day, and the time of it where the row says one."""
        if "date" not in self._places:
            assert self._choices.day is not None
            return self._choices.day, ""
        day, time = self._parsed_moment(self._cell(row, "date"))
        if day > self._choices.today:
            raise _Unfit(
                Why.UNREADABLE,
                f"{number} is dated {day}, which is still to come",
                "check --date-format: day and month may stand the other way round",
            )
        return day, time

    def _parsed_moment(self, cell: str) -> tuple[date, str]:
        return moment_in(cell, self._choices.date_format, self._choices.today)

    def _customer(self, row: Row, number: str) -> str:
        customer = self._cell(row, "customer")
        if customer.lower() in NOBODY:
            raise _Unfit(Why.NOBODY, f"{number} is for nobody", "say in the file who bought")
        return self._choices.customer_prefix + customer

    def _description(self, row: Row) -> str | None:
        description = self._cell(row, "description")
        text.quoted(description)
        return description or None
