"""Arguments and options that the commands about credits share: whose wallet, and which kind of credits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CreditUnitAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.reporting import known_parties
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import Refused
from billing_beans.reports.wallets import wallets_of


def _holders(books: Books) -> Iterable[tuple[str, str]]:
    units: dict[str, list[str]] = {}
    for name in wallets_of(books):
        units.setdefault(name.customer, []).append(f"{name.unit} with {name.seller}")
    return [(customer, ", ".join(held)) for customer, held in units.items()]


complete_holders = completes(_holders)

unit_option = click.option(
    "--unit", metavar="UNIT", type=NAME, shell_complete=ids_of(CreditUnitAdded), help="Only this kind of credits."
)


def known(books: Books, customer: str | None, seller: str | None, unit: str | None) -> str | None:
    """The kind of credits that is asked for, as it is written. Raises `Refused` for what the books don't know."""
    known_parties(books, customer, seller)
    if unit is None:
        return None
    found = books.catalog.credit_unit(unit.upper(), date.max)
    if found is None:
        raise Refused(f"There are no credits called {unit.upper()}.", instead="billing-beans credit unit list")
    return found.credit_unit
