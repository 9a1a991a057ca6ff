"""`billing-beans import`: files of banks, one verb for each kind."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later


@click.group(cls=Later, later={"bank": "bank_import.command"})
def command() -> None:
    """Files of others that say what happened to money. The same file twice changes nothing.

    \b
    Example:
      billing-beans import bank january.xml
    """
