"""`billing-beans report tax` (R5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import (
    Cell,
    answer,
    csv_option,
    exactly,
    known_parties,
    number,
    period_asked,
    period_options,
    seller_option,
)
from billing_beans.cli.session import Session, session_of
from billing_beans.core.errors import ProblemsInBooks
from billing_beans.core.words import rate_words
from billing_beans.reports.tax import TaxAccount, TaxReport, TaxRow, tax_report


@click.command()
@period_options
@seller_option
@click.option(
    "--with-other-entries",
    "with_others",
    is_flag=True,
    help="Read the ledger whole, and show what entries that are no facts moved on the tax accounts.",
)
@csv_option
@global_options
@click.pass_context
def tax(
    ctx: click.Context,
    first: str | None,
    last: str | None,
    period: str | None,
    seller: str | None,
    with_others: bool,
    as_csv: bool,
) -> None:
    """Tax by code and rate: net and tax of what was issued in a period, and of what was taken back.

    The sum is what billing moved on the tax account. What the accountant moved on it, such as a payment to the tax
    office, is read with --with-other-entries, which takes as long as check.

    \b
    Examples:
      billing-beans report tax --period 2026-Q1
      billing-beans report tax --from 2026-01-01 --to 2026-01-31 --csv
      billing-beans report tax --period 2026 --with-other-entries
    """
    session = session_of(ctx)
    days = period_asked(session, first, last, period, seller)
    books = session.reading.books
    known_parties(books, None, seller)
    found = tax_report(books, days, seller)
    if with_others:
        found = _with_others(session, found, seller)
    answer(session, _result(found), lambda: _words(found), lambda: _csv(found), as_csv=as_csv)


def _with_others(session: Session, found: TaxReport, seller: str | None) -> TaxReport:
    """The report with all that the tax accounts say. Raises `ProblemsInBooks`: then they say what is not known to be true."""
    from billing_beans.ledger.checking import check_books
    from billing_beans.reports.controls import with_other_entries

    checked = check_books(session.root)
    if checked.problems:
        raise ProblemsInBooks(
            "There are problems in the books: what stands on their tax accounts can't be relied on.",
            rule="R5: totals equal the accounts of the ledger.",
            instead="billing-beans check names every problem",
        )
    return with_other_entries(checked.books, found, checked.entries, seller)


def _result(found: TaxReport) -> dict[str, Any]:
    return {
        **({"from": found.period.first} if found.period.first else {}),
        "to": found.period.last,
        "rows": [_row_result(row) for row in found.rows],
        "sums": [_row_result(row) for row in found.sums],
        "accounts": [_account_result(one) for one in found.accounts],
    }


def _row_result(row: TaxRow) -> dict[str, Any]:
    amounts = {"net": exactly(row.net, row.currency), "tax": exactly(row.tax, row.currency)}
    return {name: value for name, value in (row._asdict() | amounts).items() if value != ""}


def _account_result(one: TaxAccount) -> dict[str, Any]:
    amounts = {
        name: exactly(value, one.currency) if isinstance(value, Decimal) else value
        for name, value in one._asdict().items()
        if value is not None
    }
    return {**amounts, "account": one.account, "currency": one.currency}


def _words(found: TaxReport) -> str:
    when = f"{found.period.first} to {found.period.last}" if found.period.first else f"until {found.period.last}"
    parts = []
    if found.rows:
        columns = ["seller", "tax code", "rate>", "currency", "what", "net>", "tax>"]
        parts.append(table(columns, _rows(found), title=f"Tax, {when}"))
    if found.accounts:
        parts.append(_account_table(found.accounts))
    return "\n\n".join(parts) or f"Nothing was taxed, {when}."


def _rows(found: TaxReport) -> Iterator[Sequence[str]]:
    for total in found.sums:
        kinds = [row for row in found.rows if row[:5] == total[:5]]
        for row in kinds:
            yield _cells(row, row.what)
        if len(kinds) > 1:
            yield _cells(total, "sum")


def _cells(row: TaxRow, what: str) -> tuple[str, ...]:
    amounts = (number(row.net, row.currency), number(row.tax, row.currency))
    return (row.seller, row.tax_code, rate_words(row.rate), row.currency, what, *amounts)


def _account_table(accounts: Sequence[TaxAccount]) -> str:
    if all(one.closing is None for one in accounts):
        rows = [(one.account, one.currency, number(one.facts, one.currency)) for one in accounts]
        return table(["account", "currency", "moved by billing>"], rows)
    return table(
        ["account", "currency", "owed before>", "moved by billing>", "other entries>", "owed after>"],
        [(one.account, one.currency, *(number(amount, one.currency) for amount in _amounts(one))) for one in accounts],
    )


def _amounts(one: TaxAccount) -> tuple[Decimal, ...]:
    return tuple(amount or Decimal(0) for amount in (one.opening, one.facts, one.other, one.closing))


def _csv(found: TaxReport) -> Iterator[Sequence[Cell]]:
    yield ("from", "to", "seller", "account", "tax code", "rate", "currency", "what", "net", "tax")
    when = (found.period.first, found.period.last)
    for row in found.rows:
        amounts = (exactly(row.net, row.currency), exactly(row.tax, row.currency))
        yield (*when, row.seller, row.account, row.tax_code, row.rate, row.currency, row.what, *amounts)
    for one in found.accounts:
        if one.other is not None:
            other = exactly(one.other, one.currency)
            yield (*when, "", one.account, "", None, one.currency, "other entries", None, other)
