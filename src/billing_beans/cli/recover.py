"""`billing-beans recover`: finish or give up a write that was interrupted."""

from __future__ import annotations

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.ledger.journal import INTENT, Journal


@click.command()
@click.option("--discard", is_flag=True, help="Give the write up: the ledger stays as it is now.")
@global_options
@click.pass_context
def command(ctx: click.Context, discard: bool) -> None:
    """Finish a write that was interrupted (by a power cut, a full disk), or give it up.

    Every command that writes does the same first; this one does nothing else.

    \b
    Examples:
      billing-beans recover
      billing-beans recover --discard
    """
    session = session_of(ctx)
    journal = Journal(session.root)
    if session.settings.dry_run:
        waiting = (session.root / INTENT).exists()
        words = "An interrupted write waits to be finished." if waiting else "Nothing to do: no write was interrupted."
        session.answer({"recovered": False, "waiting": waiting}, words)
        return
    recovery = journal.discard() if discard else journal.recover()
    if recovery is None:
        session.answer({"recovered": False}, "Nothing to do: no write was interrupted.")
        return
    files = [str(one) for one in recovery.targets]
    session.answer({"recovered": True, "words": recovery.words, "files": files}, recovery.words)
