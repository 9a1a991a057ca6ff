"""`billing-beans period`: close, reopen, list (B2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import click
from click.shell_completion import CompletionItem

from billing_beans.acts.periods import close_period, reopen_period
from billing_beans.books import Books
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import Session, session_of
from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import BillingError, ProblemsInBooks
from billing_beans.core.records import record
from billing_beans.core.words import count_words
from billing_beans.invoicing.status import Status
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.records import PaymentStatus
from billing_beans.periods.operations import ClosePeriod, ReopenPeriod

_A_DAY = timedelta(days=1)
_MONTHS_OFFERED = 12


@record
class Waiting:
    """What is dated in a period and not settled: it can be, on a later day, after the period is closed."""

    drafts: int
    payments: int

    def words(self, until: date) -> Iterator[str]:
        """What to look at, with the command that lists it."""
        if self.drafts:
            yield (
                f"{count_words(self.drafts, 'draft')} of {until} or before: what is issued now gets a later date "
                "(billing-beans invoice list --status draft)"
            )
        if self.payments:
            yield (
                f"{count_words(self.payments, 'payment')} submitted on {until} or before: what is verified now gets a later "
                "date (billing-beans payment list --status submitted)"
            )


def _last_days(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The last days of months that are over and not closed, the latest first."""
    return _completed(ctx, incomplete, lambda books, today: _month_ends(today, books.periods.closed_until))


def _first_days(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The first days of months that are closed, the latest first."""

    def days(books: Books, _today: date) -> Iterable[date]:
        until = books.periods.closed_until
        return (one.replace(day=1) for one in _month_ends(until + _A_DAY, date.min)) if until > date.min else ()

    return _completed(ctx, incomplete, days)


def _completed(ctx: click.Context, incomplete: str, days: Any) -> list[CompletionItem]:
    session = session_of(ctx)
    try:
        found = [str(one) for one in days(session.reading.books, session.today)]
    except BillingError:
        return []
    return [CompletionItem(one) for one in found if one.startswith(incomplete)]


def _month_ends(before: date, after: date) -> Iterator[date]:
    """The last days of the months before a day, as far back as after another, a year at most."""
    day = before.replace(day=1) - _A_DAY
    for _month in range(_MONTHS_OFFERED):
        if day <= after:
            return
        yield day
        day = day.replace(day=1) - _A_DAY


@click.group()
def command() -> None:
    """Periods of the books: once closed, nothing is dated into them any more.

    \b
    Examples:
      billing-beans period close 2026-01-31
      billing-beans period list
      billing-beans period reopen --from 2026-01-15 --reason "a receipt was missing"
    """


@command.command()
@click.argument("until", metavar="DATE", shell_complete=_last_days)
@global_options
@click.pass_context
def close(ctx: click.Context, until: str) -> None:
    """Close the books until DATE, that day included: what is recorded from now on has a later date.

    Commands without --date choose the first open day by themselves. A payment that came in a closed period keeps the day
    on which it came, and is dated the first open day. The day itself must be over, and the books without problems.

    \b
    Examples:
      billing-beans period close 2026-01-31
      billing-beans period close yesterday --dry-run
    """
    session = session_of(ctx)
    request = ClosePeriod(parse_day(until, session.today))
    _refuse_problems(session)
    waiting = _waiting(session.reading.books, request.until)
    for words in waiting.words(request.until):
        click.echo(f"Still open: {words}.", err=True)

    def say(outcome: Outcome) -> tuple[Any, str]:
        periods = outcome.act.books.periods
        if not outcome.facts:
            return None, f"Nothing to do: the books are closed until {request.until} already."
        words = f"Closed the books until {request.until}. The first open day is {periods.first_open}."
        result = {"closed-until": request.until, "first-open": periods.first_open, "waiting": waiting}
        return result, f"{words}\nNext: git commit, so that what is final is kept."

    session.perform(close_period, request, say)


def _refuse_problems(session: Session) -> None:
    """What is final must be right."""
    if found := session.reading.findings:
        raise ProblemsInBooks(
            f"There {'is' if len(found) == 1 else 'are'} {count_words(len(found), 'problem')} in the books.",
            rule="B2: what is closed is without problems.",
            instead="billing-beans check names every problem",
        )


def _waiting(books: Books, until: date) -> Waiting:
    drafts = books.invoices.heads.range("status", Status.DRAFT)
    payments = books.payments.heads.range("status", PaymentStatus.SUBMITTED)
    return Waiting(sum(one.drafted <= until for one in drafts), sum(one.submitted <= until for one in payments))


@command.command()
@click.option(
    "--from",
    "since",
    metavar="DATE",
    required=True,
    shell_complete=_first_days,
    help="The first day that is open again.",
)
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@global_options
@click.pass_context
def reopen(ctx: click.Context, since: str, reason: str) -> None:
    """Open the books again from a day on, for a reason. What was closed before that day stays closed.

    \b
    Example:
      billing-beans period reopen --from 2026-01-15 --reason "a receipt was missing"
    """
    session = session_of(ctx)
    request = ReopenPeriod(parse_day(since, session.today), reason)

    def say(outcome: Outcome) -> tuple[Any, str]:
        periods = outcome.act.books.periods
        result = {"closed-until": periods.closed_until, "first-open": periods.first_open}
        words = f"Opened the books again from {request.since} on: {' '.join(reason.split())}"
        return result, f"{words}\nNext: billing-beans period close DATE, when it is corrected."

    session.perform(reopen_period, request, say)


@command.command(name="list")
@global_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Until when the books are closed, and every closing and reopening, the latest first.

    \b
    Example:
      billing-beans period list --json
    """
    session = session_of(ctx)
    periods = session.reading.books.periods
    closings = sorted(periods.closings.all(), key=lambda one: one.id, reverse=True)
    if not closings:
        session.answer({"closed-until": None, "closings": []}, "No period was ever closed.")
        return
    rows = [
        (
            f"from {one.until + _A_DAY}" if one.reason else f"until {one.until}",
            "opened again" if one.reason else "closed",
            one.date,
            one.actor,
            " ".join(one.reason.split()),
        )
        for one in closings
    ]
    result = {"closed-until": periods.closed_until, "first-open": periods.first_open, "closings": closings}
    head = f"Closed until {periods.closed_until}; the first open day is {periods.first_open}."
    session.answer(
        result,
        f"{head}\n" + table(["  period", "what", "on", "by", "reason"], [(f"  {row[0]}", *row[1:]) for row in rows]),
    )
