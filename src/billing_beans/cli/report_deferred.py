"""`billing-beans report deferred` (R5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import click

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
    number,
    seller_option,
)
from billing_beans.cli.session import session_of
from billing_beans.core.calendar import Every, anchored
from billing_beans.reports.deferred import By, DeferredReport, DeferredRow, deferred_revenue

_YEAR = 12


@click.command()
@click.option(
    "--by",
    "by",
    type=click.Choice([one.value for one in By]),
    default=By.MONTH.value,
    show_default=True,
    help="By the months that earn it, by customer or by product.",
)
@customer_option
@seller_option
@csv_option
@global_options
@click.pass_context
def deferred(ctx: click.Context, by: str, customer: str | None, seller: str | None, as_csv: bool) -> None:
    """Revenue that is deferred, and when it will be released; as of the end of today, or of --date.

    A month is that of the days that earn it. What is earned by the day and not yet released is in its own month, and
    `revenue release` releases it. The total is the balance of the accounts of deferred revenue.

    \b
    Examples:
      billing-beans report deferred
      billing-beans report deferred --date 2026-01-31 --by customer
      billing-beans report deferred --by product --csv
    """
    session = session_of(ctx)
    books = session.reading.books
    known_parties(books, customer, seller)
    found = deferred_revenue(books, day_shown(session, seller), By(by), customer=customer, seller=seller)
    answer(session, _result(found), lambda: _words(found), lambda: _csv(found), as_csv=as_csv)


def _result(found: DeferredReport) -> dict[str, Any]:
    return {
        "on": found.on,
        "by": found.by,
        "rows": [_row_result(row, found.by) for row in found.rows],
        "totals": [_row_result(row, found.by) for row in found.totals],
        "accounts": [{**one._asdict(), "balance": exactly(one.balance, one.currency)} for one in found.accounts],
    }


def _row_result(row: DeferredRow, by: By) -> dict[str, Any]:
    return {
        "seller": row.seller,
        "currency": row.currency,
        **({by.value: row.what} if row.what else {}),
        "deferred": exactly(row.deferred, row.currency),
        "earned": exactly(row.earned, row.currency),
        "months": {f"{month:%Y-%m}": exactly(amount, row.currency) for month, amount in row.months},
    }


def _words(found: DeferredReport) -> str:
    if not found.totals:
        return f"No revenue was deferred on {found.on}."
    title = f"Deferred revenue at the end of {found.on}"
    body = _months(found, title) if found.by is By.MONTH else _groups(found, title)
    accounts = [(one.account, one.currency, number(one.balance, one.currency)) for one in found.accounts]
    parts = [body, table(["account", "currency", "deferred>"], accounts)]
    waiting = [f"{number(one.earned, one.currency)} {one.currency}" for one in found.totals if one.earned]
    if waiting:
        parts.append(
            f"Of it {', '.join(waiting)} {'is' if len(waiting) == 1 else 'are'} earned by {found.on}: "
            f"billing-beans revenue release --until {found.on}"
        )
    return "\n\n".join(parts)


def _months(found: DeferredReport, title: str) -> str:
    rows: list[tuple[str, ...]] = []
    for total in found.totals:
        left = total.deferred
        for month, amount in total.months:
            left -= amount
            amounts = (number(amount, total.currency), number(left, total.currency))
            rows.append((total.seller, total.currency, f"{month:%Y-%m}", *amounts))
        rows.append((total.seller, total.currency, "total", number(total.deferred, total.currency), ""))
    return table(["seller", "currency", "month", "to be released>", "deferred after it>"], rows, title=title)


def _groups(found: DeferredReport, title: str) -> str:
    rows = []
    for total in found.totals:
        alike = [row for row in found.rows if row[:2] == total[:2]]
        rows += [_group(row, row.what, found.on) for row in alike]
        rows.append(_group(total, "total", found.on))
    columns = ["seller", "currency", found.by.value, "deferred>", "earned by then>", "within 12 months>", "later>"]
    return table(columns, rows, title=title)


def _group(row: DeferredRow, what: str, on: date) -> tuple[str, ...]:
    """What of a row is earned already, what in the twelve months that begin with the next one, or this, and what later."""
    after = anchored(on.replace(day=1), Every.MONTH, _YEAR + 1)
    later = sum((amount for month, amount in row.months if month >= after), start=Decimal(0))
    amounts = (row.deferred, row.earned, row.deferred - row.earned - later, later)
    return (row.seller, row.currency, what, *(number(one, row.currency) for one in amounts))


def _csv(found: DeferredReport) -> Iterator[Sequence[Cell]]:
    named = () if found.by is By.MONTH else (found.by.value,)
    yield ("date", "seller", "currency", *named, "month", "amount")
    for row in found.totals if found.by is By.MONTH else found.rows:
        what = (row.what,) if named else ()
        for month, amount in row.months:
            yield (found.on, row.seller, row.currency, *what, f"{month:%Y-%m}", exactly(amount, row.currency))
