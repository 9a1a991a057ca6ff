"""`billing-beans dunning`: what is overdue, and the levels of reminding."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later

_LEVEL = {"add": "dunning_level.add", "list": "dunning_level.list_"}


@click.group(cls=Later, later={"list": "dunning_list.list_", "letter": "dunning_letter.command"})
def command() -> None:
    """Dunning: overdue invoices by customer, with the level of reminding that each is on. Nothing is sent.

    \b
    Examples:
      billing-beans dunning list
      billing-beans dunning list --level 2 --csv
      billing-beans dunning letter --all --output letters
      billing-beans dunning level add 1 --days 7 --title "Friendly reminder"
    """


@command.group(cls=Later, later=_LEVEL)
def level() -> None:
    """Levels of reminding: from how many days after its due day an invoice is on them.

    \b
    Examples:
      billing-beans dunning level add 1 --days 7
      billing-beans dunning level list
    """
