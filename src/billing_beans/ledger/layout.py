"""Where things stand in a folder of books, and which file a fact is appended to."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from billing_beans.acts.act import Act, Opening
from billing_beans.catalog import facts as catalog
from billing_beans.core.accounts import Account
from billing_beans.core.facts import Fact
from billing_beans.ledger import text
from billing_beans.ledger.codec import encode
from billing_beans.ledger.journal import Append

ACCOUNTS = "journal/accounts.beancount"
MONTHS = "journal/all.beancount"
SETUP = {
    catalog.BookDeclared: "setup/accounts.beancount",
    catalog.PolicyChosen: "setup/accounts.beancount",
    catalog.CreditUnitAdded: "setup/catalog.beancount",
    catalog.CustomerAdded: "setup/customers.beancount",
    catalog.BillToAdded: "setup/customers.beancount",
    catalog.PayerKnown: "setup/customers.beancount",
    catalog.AgreementAdded: "setup/customers.beancount",
    catalog.AgreementTermAdded: "setup/customers.beancount",
    catalog.TopUpRuleAdded: "setup/customers.beancount",
    catalog.LegalEntityAdded: "setup/catalog.beancount",
    catalog.TaxCodeAdded: "setup/catalog.beancount",
    catalog.TaxRuleAdded: "setup/catalog.beancount",
    catalog.ProductAdded: "setup/catalog.beancount",
    catalog.PriceAdded: "setup/catalog.beancount",
    catalog.PlanAdded: "setup/catalog.beancount",
    catalog.DunningLevelAdded: "setup/catalog.beancount",
}
"""Catalogue and parties stand where a person also adds to them by hand; everything else in the month of its date."""


def file_of(fact: Fact) -> str:
    """The file of a fact, relative to the books. Facts of one date are in one file."""
    return SETUP.get(type(fact)) or month_file(fact.date)


def month_file(day: date) -> str:
    return f"journal/{day.year:04d}/{day.year:04d}-{day.month:02d}.beancount"


def appends_of(act: Act, root: Path) -> list[Append]:
    """What an act appends, file by file: new months, opened accounts, then its facts in the order of recording."""
    blocks: dict[str, list[str]] = {}
    years = dict.fromkeys(fact.date.year for fact in act.facts if type(fact) not in SETUP)
    for year in years:
        if not (root / month_file(date(year, 1, 1))).exists():
            blocks.setdefault(MONTHS, []).append(_includes(year))
            for path, heading in _new_year(year):
                blocks.setdefault(path, []).append(heading)
    for opening in act.openings:
        blocks.setdefault(ACCOUNTS, []).append(_open(opening))
    for fact in act.facts:
        blocks.setdefault(file_of(fact), []).append("\n" + (act.texts.get(fact.id) or encode(fact)))
    return [Append(path, "".join(texts)) for path, texts in blocks.items()]


def _open(opening: Opening) -> str:
    return text.open_account(opening.date, Account(opening.account), opening.currencies, lots=opening.lots) + "\n"


def _new_year(year: int) -> Iterator[tuple[str, str]]:
    for month in range(1, 13):
        path = month_file(date(year, month, 1))
        yield path, f";; {calendar.month_name[month]} {year}, appended as it is recorded.\n"


def _includes(year: int) -> str:
    return "".join(f'include "{year:04d}/{year:04d}-{month:02d}.beancount"\n' for month in range(1, 13))
