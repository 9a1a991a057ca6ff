"""`billing-beans invoice render`."""

from __future__ import annotations

import click


@click.command(name="render")
def command() -> None:
    """Render invoices."""
