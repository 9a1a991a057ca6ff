"""`billing-beans report`: aging, statement, tax, wallets, deferred."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later


@click.group(
    cls=Later,
    later={
        "aging": "report_aging.aging_",
        "statement": "report_statement.statement",
        "tax": "report_tax.tax",
        "wallets": "report_wallets.wallets",
        "deferred": "report_deferred.deferred",
    },
)
def command() -> None:
    """Reports: what customers owe, statements of account, tax by code, credits, deferred revenue. Totals equal the accounts of the ledger.

    \b
    Examples:
      billing-beans report aging --date 2026-01-31
      billing-beans report statement acme --from 2026-01-01
      billing-beans report tax --period 2026-Q1 --csv
      billing-beans report wallets --date 2026-01-31
      billing-beans report deferred --by customer
    """
