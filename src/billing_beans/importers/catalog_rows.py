"""Customers, products and prices from a table: one row each, read into what the row asks for.

A row that can't be read is refused, with its line and the reason; the others go on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

from billing_beans.acts.catalog import NumberedRow
from billing_beans.catalog.facts import Revenue
from billing_beans.catalog.operations import AddCustomer, AddProduct
from billing_beans.catalog.price_operations import AddPrice
from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import BillingError, WrongUsage
from billing_beans.core.money import Money, parse_money, parse_number
from billing_beans.core.records import record
from billing_beans.importers.tables import Column, Row, TableFile, places_of, safe_cell, unguarded

Cells = Mapping[str, str]
"""What one row says, by the name of the column; empty cells are left out."""

CUSTOMERS = (
    Column("customer", ("customer", "id", "customerid", "customerno", "customernumber", "code"), needed=True),
    Column("name", ("name", "customername", "company", "companyname"), needed=True),
    Column("address", ("address", "billingaddress", "address1", "addressline1", "street"), needed=True),
    Column("address-2", ("address2", "addressline2")),
    Column("postcode", ("postcode", "postalcode", "zip", "zipcode")),
    Column("city", ("city", "town")),
    Column("country", ("country", "countrycode")),
    Column("currency", ("currency", "currencycode")),
    Column("account", ("account",)),
    Column("locale", ("locale", "language")),
    Column("seller", ("seller", "entity", "legalentity")),
    Column("attention", ("attention", "attn", "contact", "contactname")),
    Column("email", ("email", "emailaddress", "mail")),
    Column("tax-number", ("taxnumber", "taxid", "vatnumber", "vatid", "gstnumber", "gstregno")),
    Column("payment-terms", ("paymentterms", "terms", "termsdays")),
)
PRODUCTS = (
    Column("product", ("product", "id", "productid", "productcode", "sku", "code"), needed=True),
    Column("name", ("name", "productname", "description"), needed=True),
    Column("revenue", ("revenue", "revenuerecognition"), needed=True),
    Column("tax-code", ("taxcode", "tax"), needed=True),
    Column("entitlement", ("entitlement", "unit")),
    Column("units", ("units", "unitsperquantity")),
    Column("platform-fee-bps", ("platformfeebps", "feebps")),
    Column("fee-tax-code", ("feetaxcode",)),
    Column("income", ("income", "incomeaccount")),
    Column("meter", ("meter",)),
    Column("credit-unit", ("creditunit", "credits")),
    Column("bonus-units", ("bonusunits", "bonus")),
    Column("valid-days", ("validdays",)),
)
PRICES = (
    Column("product", ("product", "productid", "productcode", "sku"), needed=True),
    Column("price", ("unitprice", "price", "amount"), needed=True),
    Column("currency", ("currency", "currencycode")),
    Column("country", ("country", "countrycode")),
    Column("from", ("from", "activefrom", "validfrom", "date")),
    Column("until", ("until", "activeuntil", "validuntil")),
    Column("id", ("id", "priceid")),
)
"""What a row may say, and what others call it."""

REFUSED = ("refused-line", "refused-because")
"""The columns that a file of refused rows has more; they count for nothing when it is read again."""


@record
class Refusal:
    """A row that was not taken: its line, the row itself, and why."""

    line: int
    cells: tuple[str, ...]
    error: BillingError


@record
class ReadRows:
    """The rows of a file that can be read, and those that can't."""

    rows: tuple[NumberedRow, ...]
    refused: tuple[Refusal, ...]


def read_customers(table: TableFile, chosen: Mapping[str, str], _today: date) -> ReadRows:
    """Customers with their first bill-to profile. Raises `WrongUsage` where a column is missing."""
    return _read(table, CUSTOMERS, chosen, _customer)


def read_products(table: TableFile, chosen: Mapping[str, str], _today: date) -> ReadRows:
    """Products. Raises `WrongUsage` where a column is missing."""
    return _read(table, PRODUCTS, chosen, _product)


def read_prices(table: TableFile, chosen: Mapping[str, str], today: date) -> ReadRows:
    """Prices: `100.00 SGD`, or the number and its currency in two columns. Raises `WrongUsage`."""
    return _read(table, PRICES, chosen, lambda cells: _price(cells, today))


def _read(
    table: TableFile,
    columns: tuple[Column, ...],
    chosen: Mapping[str, str],
    request_of: Callable[[Cells], AddCustomer | AddProduct | AddPrice],
) -> ReadRows:
    places = places_of(table, columns, chosen)
    needed = [column.name for column in columns if column.needed]
    rows: list[NumberedRow] = []
    refused: list[Refusal] = []
    for row in table.rows:
        try:
            rows.append(NumberedRow(row.line, request_of(_cells(table, row, places, needed))))
        except BillingError as error:
            refused.append(Refusal(row.line, row.cells, error))
    return ReadRows(tuple(rows), tuple(refused))


def _cells(table: TableFile, row: Row, places: Mapping[str, int], needed: Iterable[str]) -> Cells:
    if len(row.cells) != len(table.header):
        raise WrongUsage(f"The row has {len(row.cells)} cells, and the file {len(table.header)} columns.")
    cells = {name: unguarded(row.cells[place].strip()) for name, place in places.items()}
    said = {name: cell for name, cell in cells.items() if cell}
    if missing := [name for name in needed if name not in said]:
        raise WrongUsage(f"The row has no {' and no '.join(missing)}.")
    return said


def _customer(cells: Cells) -> AddCustomer:
    place = " ".join(cells[name] for name in ("postcode", "city") if name in cells)
    lines = (cells["address"], cells.get("address-2"), place)
    return AddCustomer(
        customer=cells["customer"],
        name=cells["name"],
        address="\n".join(line for line in lines if line),
        country=_upper(cells.get("country")),
        currency=_upper(cells.get("currency")),
        account=cells.get("account"),
        locale=cells.get("locale"),
        seller=cells.get("seller"),
        attention=cells.get("attention"),
        email=cells.get("email"),
        tax_number=cells.get("tax-number"),
        payment_terms=_whole(cells, "payment-terms"),
    )


def _product(cells: Cells) -> AddProduct:
    kinds = {one.value: one for one in Revenue}
    if cells["revenue"] not in kinds:
        raise WrongUsage(f"{cells['revenue']!r} says not when revenue counts: one of {', '.join(kinds)}.")
    return AddProduct(
        product=cells["product"],
        name=cells["name"],
        revenue=kinds[cells["revenue"]],
        tax_code=cells["tax-code"],
        entitlement=cells.get("entitlement"),
        units=_number(cells, "units"),
        platform_fee_bps=_whole(cells, "platform-fee-bps"),
        fee_tax_code=cells.get("fee-tax-code"),
        income=cells.get("income"),
        meter=cells.get("meter"),
        credit_unit=_upper(cells.get("credit-unit")),
        bonus_units=_number(cells, "bonus-units"),
        valid_days=_whole(cells, "valid-days"),
    )


def _price(cells: Cells, today: date) -> AddPrice:
    amount = f"{cells['price']} {cells['currency'].upper()}" if "currency" in cells else cells["price"]
    unit_price: Money = parse_money(amount)
    return AddPrice(
        product=cells["product"],
        unit_price=unit_price,
        country=_upper(cells.get("country")),
        since=parse_day(cells["from"], today) if "from" in cells else None,
        until=parse_day(cells["until"], today) if "until" in cells else None,
        price=cells.get("id"),
    )


def _upper(code: str | None) -> str | None:
    return code.upper() if code else None


def _number(cells: Cells, name: str) -> Decimal | None:
    return parse_number(cells[name]) if name in cells else None


def _whole(cells: Cells, name: str) -> int | None:
    if name not in cells:
        return None
    number = parse_number(cells[name])
    if number != int(number):
        raise WrongUsage(f"{name} is {number:f}, and must be a whole number.")
    return int(number)


def refused_as_csv(table: TableFile, refused: Iterable[Refusal]) -> str:
    """The refused rows as they stood, with line and reason: to be corrected and imported again."""
    kept = [place for place, name in enumerate(table.header) if name not in REFUSED]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe_cell(table.header[place]) for place in kept] + [*REFUSED])
    for one in refused:
        whole = len(one.cells) == len(table.header)
        cells = [one.cells[place] for place in kept] if whole else one.cells
        writer.writerow([*(safe_cell(unguarded(cell)) for cell in cells), one.line, safe_cell(one.error.what)])
    return text.getvalue()
