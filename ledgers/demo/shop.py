"""A British shop that sells goods: 25,943 real rows imported, British VAT of two rates, exports at zero."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from pathlib import Path

from billing_beans.ledgers.demo.shell import Shell, say

DATA = Path(__file__).with_name("online-retail-invoices.csv.gz")

EU = {
    "Austria": "AT", "Belgium": "BE", "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE",
    "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR", "Italy": "IT", "Lithuania": "LT", "Malta": "MT",
    "Netherlands": "NL", "Poland": "PL", "Portugal": "PT", "Spain": "ES", "Sweden": "SE", "United Kingdom": "GB",
}  # fmt: skip
"""Sold to consumers there by a British shop before 2021: British VAT (distance selling)."""

ABROAD = {
    "Australia": "AU", "Bahrain": "BH", "Brazil": "BR", "Canada": "CA", "Channel Islands": "JE", "Hong Kong": "HK",
    "Iceland": "IS", "Israel": "IL", "Japan": "JP", "Lebanon": "LB", "Norway": "NO", "RSA": "ZA", "Saudi Arabia": "SA",
    "Singapore": "SG", "Switzerland": "CH", "USA": "US", "United Arab Emirates": "AE",
}  # fmt: skip
"""Exports, at zero. "European Community" and "Unspecified" are no country: the product's own tax code counts."""

COUNTRIES = EU | ABROAD
OPENED = "2010-12-01"
"""The day of the first invoice in the file."""
COLUMNS = ("customer", "name", "country", "currency", "address")
RENDERED = ("536365", "536389")
RENDERED_OF_ALL = (*RENDERED, "581587")
"""A sale at home at 17.5 % and an export, both at the file's beginning; and a sale to France at 20 %, its last row."""


def make_shop(root: Path, quick: int | None) -> list[Path]:
    """Make the shop's books in this folder, of the first `quick` rows or of all; the PDFs that were made."""
    shop = Shell(root)
    say("A British shop that sells goods. Its year, 2010-12-01 to 2011-12-09, is real input; see SOURCE.md.")
    shop.init("--name", "Example Gifts Ltd", "--country", "GB", "--address", "1 High Street, London EC1A 1AA",
              "--tax-number", "GB 123 4567 82", "--date", OPENED)  # fmt: skip
    _catalogue(shop)
    invoices, customers = _files(root, quick)
    say("The customers are in the same file, by number and country.")
    shop("customer", "import", str(customers), "--date", OPENED)
    say(
        "Cancellations become credit notes where the price, or being the only one that is possible, says of which invoice.",
        "What can't be taken is refused row by row: blank customers, cancellations that match nothing or several invoices.",
        "Exit status 1 says that there were some.",
    )
    importing = ("invoice", "import", str(invoices), "--product", "goods", "--customer-prefix", "c-",
                 "--date-format", "%m/%d/%Y %H:%M", "--reject", str(root.parent / "shop-refused.csv"))  # fmt: skip
    shop(*importing, expect=(0, 1))
    say("Which of several invoices is meant is for people to decide. This shop lets the newest count.")
    shop(*importing, "--match", "newest", expect=(0, 1))
    say("The same file again changes nothing.")
    shop(*importing, "--match", "newest", expect=(0, 1))
    shop("invoice", "render", *(RENDERED if quick else RENDERED_OF_ALL))
    shop("check")
    return sorted((root / "documents").rglob("*.pdf"))


def _catalogue(shop: Shell) -> None:
    say("VAT is one tax code with two rates: 17.5 % until 3 January 2011, 20 % from 4 January 2011.")
    shop("tax-code", "add", "GB-VAT", "--rate", "17.5%", "--name", "VAT", "--date", OPENED)
    shop("tax-code", "change", "GB-VAT", "--rate", "20%", "--date", "2011-01-04")
    shop("tax-code", "add", "GB-EXPORT", "--rate", "0%", "--name", "VAT, export", "--date", OPENED)
    shop("product", "add", "goods", "--name", "Gifts and homeware", "--revenue", "on-issue",
         "--tax-code", "GB-VAT", "--date", OPENED)  # fmt: skip
    say("Customers in the EU are consumers and pay British VAT; goods for all other countries are exports.")
    for country in sorted(ABROAD.values()):
        shop("tax-code", "rule", "goods", country, "GB-EXPORT", "--date", OPENED)


def _files(root: Path, quick: int | None) -> tuple[Path, Path]:
    """The invoices that are imported, and the customers in them as a file for `customer import`.

    In the shop's file all cancellations stand behind all invoices: with the first `quick` rows come those of the same days.
    """
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as handle:
        rows = [*csv.reader(handle)]
    invoices = DATA
    if quick is not None:
        rows, later = rows[: quick + 1], rows[quick + 1 :]
        days = {_day(row) for row in rows}
        rows += [row for row in later if row[0].startswith("C") and _day(row) in days]
        invoices = root.parent / "shop-invoices.csv"
        _write(invoices, rows)
    countries: dict[str, str] = {}
    for _number, _date, customer, country, *_rest in rows[1:]:
        if customer.isdecimal():
            countries.setdefault(customer, country)
    customers = root.parent / "shop-customers.csv"
    found = [
        (f"c-{one}", f"Customer {one}", COUNTRIES.get(country, ""), "GBP", country)
        for one, country in sorted(countries.items())
    ]
    _write(customers, [COLUMNS, *found])
    return invoices, customers


def _day(row: list[str]) -> str:
    return row[1].partition(" ")[0]


def _write(path: Path, rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)
