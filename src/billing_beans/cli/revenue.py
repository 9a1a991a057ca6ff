"""`billing-beans revenue`: release, list, show (R5)."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later


@click.group(
    cls=Later,
    later={
        "release": "revenue_release.release",
        "list": "revenue_show.list_",
        "show": "revenue_show.show",
    },
)
def command() -> None:
    """Revenue that is earned over a period: deferred when it is invoiced, released as its days pass.

    \b
    Examples:
      billing-beans revenue release --until 2026-01-31
      billing-beans revenue list --customer acme
      billing-beans revenue show SG-2026-00001
      billing-beans report deferred
    """
