"""`billing-beans rebuild`: make the index anew."""

from __future__ import annotations

import time

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.core.errors import ProblemsInBooks


@click.command()
@global_options
@click.pass_context
def command(ctx: click.Context) -> int:
    """Make the index anew: read the whole ledger, and keep what it adds up to in .billing-beans/.

    No command needs this: each one notices by itself when the index is out of date. Ends with 3 where the ledger has lines
    that can't be read; then there is no index, and every command reads the ledger whole.

    \b
    Examples:
      billing-beans rebuild
    """
    session = session_of(ctx)
    if session.settings.dry_run:
        session.answer({"rebuilt": False}, "The index would be made anew; the ledger stays as it is.")
        return 0
    began = time.monotonic()
    rebuilt = session.ledger.rebuild()
    took = time.monotonic() - began
    session.settings.reading = rebuilt.reading
    if rebuilt.reading.unreadable:
        first = rebuilt.reading.unreadable[0].problem.message
        session.answer({"rebuilt": False}, f"There can be no index: {first}. billing-beans check names every problem.")
        return ProblemsInBooks.exit_status
    files = f"{rebuilt.files} file{'s' * (rebuilt.files != 1)}"
    if not rebuilt.is_kept:
        session.answer({"rebuilt": False}, f"{files} were read, but the index could not be written.")
        return 0
    as_of = rebuilt.reading.as_of
    session.answer(
        {"rebuilt": True, "files": rebuilt.files},
        f"Made the index anew from {files} in {took:.1f} s{f', as of {as_of.at}' if as_of else ''}.",
    )
    return 0
