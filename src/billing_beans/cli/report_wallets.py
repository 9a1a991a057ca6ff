"""`billing-beans report wallets` (R5, W7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.credit_options import known, unit_option
from billing_beans.cli.credit_words import account_result, counted, exact, exact_number, number, split
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import Cell, answer, csv_option, seller_option
from billing_beans.cli.session import session_of
from billing_beans.core.money import new_money
from billing_beans.reports.wallet_liability import LiabilityRow, WalletLiability, wallet_liability


@click.command()
@seller_option
@unit_option
@csv_option
@global_options
@click.pass_context
def wallets(ctx: click.Context, seller: str | None, unit: str | None, as_csv: bool) -> None:
    """What is owed to customers in credits, by legal entity and kind; as of the end of today, or of --date.

    The liability is what paid credits cost, and the balance of the accounts of credits; free ones cost nothing. What has expired
    is in it until it is written off, and then breakage: income of credits that nobody used.

    \b
    Examples:
      billing-beans report wallets
      billing-beans report wallets --date 2026-01-31 --seller sg
      billing-beans report wallets --csv
    """
    session = session_of(ctx)
    books = session.reading.books
    unit = known(books, None, seller, unit)
    found = wallet_liability(books, day_shown(session, seller), seller=seller, unit=unit)
    answer(session, wallets_result(found), lambda: _words(found), lambda: _csv(found), as_csv=as_csv)


def wallets_result(found: WalletLiability) -> dict[str, Any]:
    """The report for programs."""
    return {
        "on": found.on,
        "rows": [_row_result(row) for row in found.rows],
        "accounts": [account_result(one) for one in found.accounts],
    }


def _row_result(row: LiabilityRow) -> dict[str, Any]:
    return {
        "seller": row.seller,
        "currency": row.currency,
        "unit": row.unit,
        "wallets": row.wallets,
        "posted": split(row.posted),
        "expired": split(row.expired),
        "liability": _money(row, "liability"),
        "expired-worth": _money(row, "expired_worth"),
        "breakage": _money(row, "breakage"),
    }


def _money(row: LiabilityRow, name: str) -> str:
    return exact(new_money(getattr(row, name), row.currency))


def _words(found: WalletLiability) -> str:
    if not found.rows:
        return f"Nobody had any credits on {found.on}."
    rows = [
        (
            row.seller,
            row.unit,
            row.wallets,
            *(number(units) for units in (*row.posted, *row.expired)),
            *(_money(row, name) for name in ("liability", "expired_worth", "breakage")),
        )
        for row in found.rows
    ]
    columns = ["seller", "unit", "wallets>", "paid>", "free>", "paid expired>", "free expired>"]
    columns += ["liability>", "of it expired>", "breakage so far>"]
    accounts = [(one.account, exact(new_money(one.balance, one.currency))) for one in found.accounts]
    title = f"Credits at the end of {found.on}"
    return "\n\n".join([table(columns, rows, title=title), table(["account", "liability>"], accounts)])


def _csv(found: WalletLiability) -> Iterator[Sequence[Cell]]:
    yield (
        *("date", "seller", "currency", "unit", "wallets", "paid", "free", "expired paid", "expired free"),
        *("liability", "of it expired", "breakage"),
    )
    for row in found.rows:
        units = counted((*row.posted, *row.expired))
        worth = [exact_number(one, row.currency) for one in (row.liability, row.expired_worth, row.breakage)]
        yield (found.on, row.seller, row.currency, row.unit, row.wallets, *units, *worth)
