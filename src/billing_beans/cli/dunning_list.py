"""`billing-beans dunning list`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import (
    Cell,
    answer,
    csv_option,
    customer_option,
    exactly,
    known_parties,
    name_of,
    number,
    seller_option,
)
from billing_beans.cli.session import session_of
from billing_beans.reports.dunning import Overdue, overdue


@click.command(name="list")
@customer_option
@seller_option
@click.option("--level", type=click.IntRange(0), default=0, help="Only customers on this level or above.")
@csv_option
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, seller: str | None, level: int, as_csv: bool) -> None:
    """Overdue invoices by customer: since how many days, and on which level of reminding; as of today, or of --date.

    A payment that waits for its verification is named, so that nobody is reminded of what is paid.

    \b
    Examples:
      billing-beans dunning list
      billing-beans dunning list --level 2 --date 2026-03-31
      billing-beans dunning list --customer acme --json
    """
    session = session_of(ctx)
    books = session.reading.books
    known_parties(books, customer, seller)
    day = day_shown(session, seller)
    found = overdue(books, day, customer=customer, seller=seller, level=level)
    answer(
        session,
        {"on": day, "customers": [_result(books, one, day) for one in found]},
        lambda: _words(found, day),
        lambda: _csv(books, found, day),
        as_csv=as_csv,
    )


def _result(books: Books, one: Overdue, day: date) -> dict[str, Any]:
    invoices = [
        {
            "invoice": late.invoice.number,
            "issued": late.invoice.issued,
            "due": late.invoice.due,
            "overdue": late.overdue,
            "level": late.level,
            "total": late.invoice.total,
            "open": late.invoice.open,
            "waiting": late.waiting,
        }
        for late in one.invoices
    ]
    return {
        "seller": one.seller,
        "currency": one.currency,
        "customer": one.customer,
        "name": name_of(books, one.customer, day),
        "level": one.level,
        "open": exactly(one.open, one.currency),
        "unapplied": exactly(one.unapplied, one.currency),
        "invoices": invoices,
    }


def _words(found: Sequence[Overdue], day: date) -> str:
    if not found:
        return f"Nothing to remind anybody of on {day}."
    parts = []
    for seller, currency in dict.fromkeys((one.seller, one.currency) for one in found):
        several = [one for one in found if (one.seller, one.currency) == (seller, currency)]
        rows = [row for one in several for row in _rows(one)]
        owed = sum((one.open for one in several), start=Decimal(0))
        rows.append(("total", "", "", "", "", number(owed, currency), ""))
        columns = ["customer", "invoice", "due", "overdue>", "level>", "open>", ""]
        parts.append(table(columns, rows, title=f"{seller}, {currency}, overdue on {day}"))
    return "\n\n".join(parts)


def _rows(one: Overdue) -> Iterator[tuple[object, ...]]:
    for late in one.invoices:
        waiting = f"{', '.join(late.waiting)} waits for verification" if late.waiting else ""
        owed = number(late.invoice.open, one.currency)
        yield one.customer, late.invoice.number, late.invoice.due, late.overdue, late.level, owed, waiting
    if one.unapplied:
        yield one.customer, "unapplied money", "", "", "", number(-one.unapplied, one.currency), "not in the total"


def _csv(books: Books, found: Sequence[Overdue], day: date) -> Iterator[Sequence[Cell]]:
    yield ("date", "seller", "currency", "customer", "name", "invoice", "issued", "due", "overdue", "level", "total",
           "open", "waiting")  # fmt: skip
    for one in found:
        who = (day, one.seller, one.currency, one.customer, name_of(books, one.customer, day))
        for late in one.invoices:
            invoice = late.invoice
            yield (*who, invoice.number, invoice.issued, invoice.due, late.overdue, late.level, invoice.total,
                   invoice.open, " ".join(late.waiting))  # fmt: skip
