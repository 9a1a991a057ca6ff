"""`billing-beans credit rule list` (W2)."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.credit_rule_words import paid_words, when_words
from billing_beans.cli.credit_words import number
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import Refused
from billing_beans.credits.rules import Versions, every_rule, last_day_of, next_day

_COLUMNS = ("rule", "customer", "credits>", "when", "paid", "from", "until", "times>", "last", "next")


@click.command(name="list")
@click.option("--customer", type=NAME, shell_complete=ids_of(CustomerAdded), help="Only of this customer.")
@click.option("--all", "every", is_flag=True, help="Also those that have ended.")
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, every: bool) -> None:
    """Rules that top up: what they bring and when, how many times they did, for which day last, and what comes next.

    What is next may be past: then it is due. They are shown as they are on --date, or today; one that begins later as it will.

    \b
    Examples:
      billing-beans credit rule list
      billing-beans credit rule list --customer acme --all
    """
    session = session_of(ctx)
    books, day = session.reading.books, day_shown(session)
    if customer is not None and not any(books.catalog.customers.range("versions", customer)):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    found = [one for one in every_rule(books, customer) if every or day <= last_day_of(one) or next_day(books, one)]
    found.sort(key=lambda versions: (len(versions[0].rule), versions[0].rule))
    results = [_result(books, versions, day) for versions in found]
    rows = [[_cell(one[name.removesuffix(">")]) for name in _COLUMNS] for one in results]
    none = "No rules.\nNext: billing-beans credit rule add CUSTOMER 100 --every month --free"
    session.answer([_said(one) for one in results], table(_COLUMNS, rows) if rows else none)


def _result(books: Books, versions: Versions, day: date) -> dict[str, Any]:
    """One rule, by the heads of the table, and with what else its version says."""
    version = next((one for one in reversed(versions) if one.date <= day), versions[0])
    done = [*books.rules.occurrences.range("rule", version.rule)]
    return {
        "rule": version.rule,
        "customer": version.customer,
        "credits": f"{number(version.units)} {version.credit_unit}",
        "when": when_words(version),
        "paid": paid_words(version),
        "from": versions[0].date,
        "until": versions[-1].active_until,
        "times": len(done),
        "last": done[-1].day if done else None,
        "next": next_day(books, versions),
        "version": version,
    }


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _said(result: dict[str, Any]) -> dict[str, Any]:
    """For programs: no cell is missing, and the version says what it is made of."""
    return {name: value for name, value in result.items() if value is not None}
