"""The books of a British shop, and a real shop's rows to import into them."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from beancount import loader

from billing_beans.cli.root import run

REAL = Path(__file__).parents[2] / "ledgers" / "demo" / "online-retail-invoices.csv.gz"
HEAD = "number,date,customer,quantity,price,product,description"
REAL_OPTIONS = ("--product", "goods", "--customer-prefix", "c-", "--date-format", "%m/%d/%Y %H:%M")

MAIN = """option "title" "Shop"
option "operating_currency" "GBP"
plugin "billing_beans.plugins"
include "setup/accounts.beancount"
include "setup/catalog.beancount"
include "setup/customers.beancount"
include "journal/accounts.beancount"
include "journal/all.beancount"
"""
ACCOUNTS = """2010-01-01 custom "billing" "book" "shop"
  organization: "Shop"
  livemode: FALSE
  format: 1
2010-01-01 open Assets:GB:Bank:Main
2010-01-01 open Liabilities:GB:Tax:VAT
2011-03-01 open Income:GB:Late
"""
CATALOG = """2010-01-01 custom "billing" "legal-entity" "gb"
  name: "Example Gifts Ltd"
  address: "1 High Street, London"
  country: "GB"
  currency: "GBP"
  time-zone: "Europe/London"
  account: "GB"
  invoice-format: "GB-{year}-{sequence:05d}"
  bank: Assets:GB:Bank:Main

2010-01-01 custom "billing" "tax-code" "VAT"
  rate: 0.175
  account: Liabilities:GB:Tax:VAT
2011-01-04 custom "billing" "tax-code" "VAT"
  rate: 0.20
  account: Liabilities:GB:Tax:VAT
2010-01-01 custom "billing" "tax-code" "EXPORT"
  rate: 0.00
  account: Liabilities:GB:Tax:VAT
2010-01-01 custom "billing" "product" "goods"
  name: "Goods"
  revenue: "on-issue"
  tax-code: "VAT"
2010-01-01 custom "billing" "product" "late"
  name: "Its account is open from March 2011 on"
  revenue: "on-issue"
  tax-code: "VAT"
  income: "Late"
2010-01-01 custom "billing" "tax-rule" "goods" "AU"
  tax-code: "EXPORT"
"""


def customer(name: str, country: str, day: str = "2010-01-01") -> str:
    return f"""{day} custom "billing" "customer" "{name}"
  name: "Customer {name}"
  country: "{country}"
  account: "{name.capitalize()}"
{day} custom "billing" "bill-to" "{name}" "GBP"
  name: "Customer {name}"
  address: "Somewhere"
"""


def make_books(root: Path) -> Path:
    """Books with two customers, c-17850 at home and c-12388 in Australia."""
    for path, text in {
        "main.beancount": MAIN,
        "setup/accounts.beancount": ACCOUNTS,
        "setup/catalog.beancount": CATALOG,
        "setup/customers.beancount": customer("c-17850", "GB") + customer("c-12388", "AU"),
        "journal/accounts.beancount": "",
        "journal/all.beancount": "",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def taking(books: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any, str]]:
    """What imports rows; gives exit status, the counted result, and what was said on stderr."""

    def take(*rows: str, head: str = HEAD, options: tuple[str, ...] = ()) -> tuple[int, Any, str]:
        file = books.parent / "invoices.csv"
        file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        status = run(["invoice", "import", str(file), "--books", str(books), "--json", *options])
        said = capsys.readouterr()
        assert status in (0, 1), said
        return status, json.loads(said.out), said.err

    return take


def problems(books: Path) -> list[Any]:
    return loader.load_file(str(books / "main.beancount"))[1]


def journal(books: Path) -> dict[str, str]:
    return {str(path): path.read_text(encoding="utf-8") for path in sorted(books.rglob("journal/**/*.beancount"))}


def entry(books: Path, number: str) -> str:
    """The text of an invoice, from its draft to its issue."""
    everything = "".join(journal(books).values())
    return everything.partition(f'"invoice-drafted" "{number}"')[2].partition('"invoice-drafted"')[0]


def real_rows(count: int) -> list[list[str]]:
    with gzip.open(REAL, "rt", encoding="utf-8", newline="") as handle:
        return [row for _, row in zip(range(count + 1), csv.reader(handle), strict=False)]
