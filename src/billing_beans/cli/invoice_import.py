"""`billing-beans invoice import`."""

from __future__ import annotations

import click


@click.command(name="import")
def command() -> None:
    """Import invoices."""
