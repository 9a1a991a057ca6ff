"""`billing-beans dunning level`: add, list."""

from __future__ import annotations

import click

from billing_beans.acts.catalog import add_level
from billing_beans.catalog.facts import DunningLevelAdded
from billing_beans.catalog.levels import AddLevel
from billing_beans.cli.catalogue import Said, day_shown, day_typed, perform
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import session_of
from billing_beans.ledger.ledger import Outcome
from billing_beans.reports.dunning import levels_on


@click.command()
@click.argument("level", type=int)
@click.option("--days", type=int, required=True, help="It begins so many days after an invoice is due.")
@click.option("--title", help="What its letter is called; else the usual words of the customer's language.")
@click.option(
    "--text", help="What its letter says; paragraphs are parted by an empty line, {date} is the day by which to pay."
)
@click.option("--until", metavar="DATE", help="Its last valid day.")
@global_options
@click.pass_context
def add(ctx: click.Context, level: int, days: int, title: str | None, text: str | None, until: str | None) -> None:
    """Add a level of reminding, or its next version from a day on. Books without any have levels at 7, 21 and 35 days.

    \b
    Examples:
      billing-beans dunning level add 1 --days 7
      billing-beans dunning level add 3 --days 45 --title "Last reminder" --text "Please pay by {date}."
    """
    session = session_of(ctx)

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, DunningLevelAdded)
        return fact, f"Level {fact.level} begins {fact.days} days after an invoice is due, from {fact.date} on."

    perform(session, add_level, AddLevel(level, days, title, text, day_typed(session, until)), say)


@click.command(name="list")
@global_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """The levels of reminding as they are on a day.

    \b
    Examples:
      billing-beans dunning level list
      billing-beans dunning level list --date 2026-01-31
    """
    session = session_of(ctx)
    books, day = session.reading.books, day_shown(session)
    found = levels_on(books, day)
    rows = [(one.level, one.days, " ".join(one.title.split()), " ".join(one.text.split())) for one in found]
    words = table(["level>", "days overdue>", "title", "text"], rows)
    if not books.catalog.active_levels(day):
        words += "\nThese are the default levels. Next: billing-beans dunning level add --help"
    session.answer(found, words)
