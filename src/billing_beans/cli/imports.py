"""`billing-beans import`: files of others that say what happened to money, one verb for each kind."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later


@click.group(
    cls=Later,
    later={
        "bank": "bank_import.command",
        "paypal": "import_processors.paypal",
        "stripe": "import_processors.stripe",
    },
)
def command() -> None:
    """Files of others that say what happened to money. The same file twice changes nothing.

    \b
    Examples:
      billing-beans import bank january.xml
      billing-beans import stripe events.jsonl balance.csv
      billing-beans import paypal activity.csv
    """
