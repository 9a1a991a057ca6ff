"""`billing-beans dunning letter`: reminders as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import click

from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.reporting import known_parties, number, seller_option
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import add_days
from billing_beans.core.errors import BillingError, Refused, WrongUsage
from billing_beans.core.money import Money, round_money
from billing_beans.reports.dunning import Level, Overdue, levels_on, overdue, without_waiting

LONGEST = 365
"""Days to pay that a letter may give."""
_MANY = 20
"""Letters from which on it is said how many are done."""


class Letter(NamedTuple):
    """A reminder that was written: to whom, about how much, on which level, and where it lies."""

    seller: str
    customer: str
    level: int
    open: Money
    pay_by: date
    file: str


@click.command(name="letter")
@click.argument("customer", nargs=-1, type=NAME, shell_complete=ids_of(CustomerAdded))
@click.option("--all", "every", is_flag=True, help="To every customer who is on a level.")
@click.option("--output", "folder", metavar="DIR", required=True, help="The folder of the letters.")
@click.option("--level", type=click.IntRange(1), help="With --all: only customers on this level or above.")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST),
    default=14,
    show_default=True,
    help="Days to pay from the letter's day on.",
)
@click.option("--force", is_flag=True, help="Write over letters that are there.")
@seller_option
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    customer: tuple[str, ...],
    every: bool,
    folder: str,
    level: int | None,
    days: int,
    force: bool,
    seller: str | None,
) -> None:
    """Make reminders of overdue invoices as PDF, one for each customer, legal entity and currency. Nothing is sent.

    An invoice for which a payment waits for its verification is left out. Nothing is recorded in the books.

    \b
    Examples:
      billing-beans dunning letter acme --output letters
      billing-beans dunning letter --all --level 2 --output letters --date 2026-03-31
    """
    session = session_of(ctx)
    if every == bool(customer):
        raise WrongUsage(
            "Say either to whom to write, or --all.", instead="billing-beans dunning list shows who is late"
        )
    if level is not None and not every:
        raise WrongUsage("--level chooses among all customers.", instead="add --all, or leave it out")
    if not folder.strip():
        raise WrongUsage("--output is empty.", instead="name the folder of the letters, or . for this one")
    day = day_shown(session, seller)
    books = session.reading.books
    known_parties(books, None, seller)
    found: list[Overdue] = []
    for name in (None,) if every else dict.fromkeys(customer):
        known_parties(books, name, None)
        late = without_waiting(overdue(books, day, customer=name, seller=seller), level or 1)
        if name is not None and not late:
            raise Refused(
                f"There is nothing to remind {name} of on {day}: no invoice is on a level of reminding.",
                instead=f"billing-beans dunning list --customer {name}",
            )
        found += late
    written, failed = _write(session, found, Path(folder), day, add_days(day, days), force=force)
    session.answer(written, _words(session, written, day) if written or not failed else "No letter was written.")
    if failed:
        ctx.exit(Refused.exit_status)


def _write(
    session: Session, found: Sequence[Overdue], folder: Path, day: date, pay_by: date, *, force: bool
) -> tuple[list[Letter], int]:
    """The letters that were written, and how many could not be: each of these is named."""
    levels = {one.level: one for one in levels_on(session.reading.books, day)}
    written: list[Letter] = []
    for done, one in enumerate(found, start=1):
        path = folder / f"{day}.{one.seller}.{one.customer}.{one.currency}.reminder-{one.level}.pdf"
        try:
            _print(session, one, levels[one.level], path, day, pay_by, force=force)
        except BillingError as error:
            click.echo(f"No letter to {one.customer}: {error}", err=True)
        else:
            owed = round_money(one.open, one.currency)
            written.append(Letter(one.seller, one.customer, one.level, owed, pay_by, str(path)))
        if len(found) > _MANY and (done % _MANY == 0 or done == len(found)):
            click.echo(f"{done:,} of {len(found):,} letters", err=True)
    return written, len(found) - len(written)


def _print(session: Session, one: Overdue, level: Level, path: Path, day: date, pay_by: date, *, force: bool) -> None:
    """Render a letter, and write it unless this is a dry run. Raises `BillingError`; then nothing was written."""
    from billing_beans.cli.letters import reminder_letter
    from billing_beans.documents.letters import render_letter
    from billing_beans.documents.printing import refuse_in_trouble

    for name in (one.customer, *(late.invoice.number for late in one.invoices)):
        refuse_in_trouble(session.reading, name)
    if path.exists() and not force:
        raise Refused(f"{path} is there already.", instead="add --force, or name another --output")
    data = render_letter(reminder_letter(session.reading.books, session.root, one, level, day, pay_by), session.root)
    if session.settings.dry_run:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise WrongUsage(f"{path} can't be written: {error.strerror}.", instead="name another --output") from error


def _words(session: Session, written: Sequence[Letter], day: date) -> str:
    if not written:
        return f"Nobody is to be reminded on {day}."
    rows = [
        (
            one.customer,
            one.level,
            f"{number(one.open.number, one.open.currency)} {one.open.currency}",
            one.pay_by,
            one.file,
        )
        for one in written
    ]
    told = "would be written" if session.settings.dry_run else "written; nothing is sent or recorded"
    count = f"{len(written)} letter{'s' * (len(written) != 1)} {told}"
    return f"{table(['customer', 'level>', 'open>', 'pay by', 'file'], rows)}\n{count}."
