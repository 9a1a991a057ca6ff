"""What reports have in common: days and parties as they are asked for, and tables for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded, LegalEntityAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import day_shown, day_typed
from billing_beans.cli.session import Session
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import round_money
from billing_beans.reports.periods import Period, parse_period, period_between

Cell = str | int | date | Decimal | None

seller_option = click.option(
    "--seller", shell_complete=ids_of(LegalEntityAdded), type=NAME, help="Only of this legal entity."
)
customer_option = click.option(
    "--customer", shell_complete=ids_of(CustomerAdded), type=NAME, help="Only of this customer."
)
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for spreadsheets.")


def period_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The days of a report: `--from` and `--to`, or `--period`."""
    for option in (
        click.option("--period", metavar="PERIOD", help="A month, a quarter or a year: 2026-01, 2026-Q1, 2026."),
        click.option("--to", "last", metavar="DATE", help="The last day; else today."),
        click.option("--from", "first", metavar="DATE", help="The first day; else from the beginning."),
    ):
        function = option(function)
    return function


def period_asked(
    session: Session, first: str | None, last: str | None, period: str | None, seller: str | None
) -> Period:
    """The days that were asked for. Raises `WrongUsage` where they were asked for twice, or can't be read."""
    if period is not None and (first is not None or last is not None):
        raise WrongUsage("--period says both days already.", instead="leave out --from and --to, or --period")
    if period is not None:
        return parse_period(period)
    until = day_typed(session, last)
    return period_between(day_typed(session, first), day_shown(session, seller) if until is None else until)


def known_parties(books: Books, customer: str | None, seller: str | None) -> None:
    """Raises `Refused` for a customer or a legal entity that the books don't know."""
    if customer is not None and not any(True for _ in books.catalog.customers.range("versions", customer)):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    if seller is not None and not any(True for _ in books.catalog.entities.range("versions", seller)):
        raise Refused(f"There is no legal entity {seller}.", instead="billing-beans entity list")


def name_of(books: Books, customer: str, on: date) -> str:
    """The customer's name on a day, or the first one that it ever had."""
    found = books.catalog.customer(customer, on) or next(iter(books.catalog.customers.range("versions", customer)))
    return found.name


def number(amount: Decimal, currency: str) -> str:
    """An amount with the decimals of its currency, without its name."""
    return f"{round_money(amount, currency).number:f}"


def exactly(amount: Decimal, currency: str) -> Decimal:
    """An amount with the decimals of its currency: zero, too."""
    return round_money(amount, currency).number


def answer(
    session: Session,
    result: Any,
    words: Callable[[], str],
    rows: Callable[[], Iterable[Sequence[Cell]]],
    *,
    as_csv: bool,
) -> None:
    """Say a report: as a table, as JSON, or as CSV, whose first row are the heads. Raises `WrongUsage` for two at once."""
    if not as_csv:
        session.answer(result, "" if session.settings.json else words())
        return
    if session.settings.json:
        raise WrongUsage("--csv and --json can't be printed both.", instead="leave out one of them")
    session.refuse_another_day()
    click.echo(csv_text(rows()), nl=False)


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe before it."""
    from billing_beans.importers.tables import safe_cell

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(one) if not isinstance(one, str) else safe_cell(one) for one in row])
    return text.getvalue()


def _cell(value: int | date | Decimal | None) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
