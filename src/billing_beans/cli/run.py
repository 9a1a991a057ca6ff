"""`billing-beans run`: billing runs are started, reviewed, and posted (U4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import click

from billing_beans.acts.runs import DiscardRun, PostRun, RedoRun, Runs, StartRun, run_named
from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.progress import long_progress
from billing_beans.cli.run_bills import Bills, bills_of
from billing_beans.cli.run_said import (
    discarded_words,
    list_rows,
    nothing_words,
    posted_words,
    refusal_words,
    result_of,
    run_words,
    state_words,
)
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import parse_day
from billing_beans.ledger.ledger import Outcome
from billing_beans.ledger.pending import PendingFiles, file_of
from billing_beans.runs.records import NotBilled, Run, RunStatus

_LISTED = 20
"""Refusals that are said one by one."""
_LONG = 500
"""Subscriptions from which on it is said how far the command is."""
_COLUMNS = ("run", "revision>", "until", "dated", "status", "subscriptions>", "invoices>", "credit notes>", "refused>")


def _pending(books: Books) -> Iterable[tuple[str, str]]:
    for run in books.runs.pending():
        yield run.run, state_words(run)


def _every(books: Books) -> Iterable[tuple[str, str]]:
    for run in books.runs.runs.all():
        yield run.run, state_words(run)


def _subscriptions(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.subscriptions.subscriptions.all():
        yield one.subscription, one.customer


@click.group()
def command() -> None:
    """Billing runs: what is due of subscriptions is reckoned, reviewed, and posted.

    A run that was started counts for nothing before it is posted: what it would record waits in pending/, which review.beancount and
    browse --pending show. Meanwhile no other run bills its subscriptions, and nobody else uses the credits that it will.

    \b
    Examples:
      billing-beans run start --until 2026-01-31
      billing-beans run show RUN-1
      billing-beans run post RUN-1
      billing-beans run list --status pending
    """


@command.command()
@click.option("--until", metavar="DATE", help="What is due by this day, which is included; else today.")
@click.option(
    "--subscription",
    "subscriptions",
    metavar="SUBSCRIPTION",
    multiple=True,
    type=NAME,
    shell_complete=completes(_subscriptions),
    help="Only this one; may be given several times.",
)
@click.option(
    "--customer",
    "customers",
    metavar="CUSTOMER",
    multiple=True,
    type=NAME,
    shell_complete=ids_of(CustomerAdded),
    help="Only this customer's; may be given several times.",
)
@global_options
@click.pass_context
def start(ctx: click.Context, until: str | None, subscriptions: tuple[str, ...], customers: tuple[str, ...]) -> None:
    """Reckon what is due, and let it wait for review.

    Invoices are dated the day of the run, or --date: a period that was missed gets an invoice of its own, dated like the others. What
    waits in another run is left out. A subscription that can't be billed keeps no other from it: it is named, and the command ends
    with 1. Where nothing is due nothing is written, and it says so.

    \b
    Examples:
      billing-beans run start
      billing-beans run start --until 2026-01-31 --date 2026-01-31
      billing-beans run start --customer acme --customer bolt
      billing-beans run start --subscription SUB-3 --dry-run
    """
    session = session_of(ctx)
    runs = _runs(session)
    request = StartRun(_day(session, until), subscriptions, customers)
    session.perform(runs.start_run, request, lambda outcome: _say_started(session, outcome, runs))
    _end(ctx, session, runs)


@command.command()
@click.argument("run", type=NAME, shell_complete=completes(_pending))
@click.option("--until", metavar="DATE", help="What is due by another day, which is included.")
@global_options
@click.pass_context
def redo(ctx: click.Context, run: str, until: str | None) -> None:
    """Reckon a run that waits anew, for the same subscriptions, on the books as they are now.

    It is dated today, or --date. What waited before is moved to the end of pending/RUN.discarded.beancount, and counts for nothing.

    \b
    Examples:
      billing-beans run redo RUN-1
      billing-beans run redo RUN-1 --until 2026-02-28
    """
    session = session_of(ctx)
    runs = _runs(session)
    request = RedoRun(run, _day(session, until))
    session.perform(runs.redo_run, request, lambda outcome: _say_started(session, outcome, runs))
    _end(ctx, session, runs)


@command.command()
@click.argument("run", type=NAME, shell_complete=completes(_pending))
@global_options
@click.pass_context
def post(ctx: click.Context, run: str) -> None:
    """A run was reviewed: its invoices, credit notes and applications of credits count from now on.

    It is reckoned once more, and recorded only if it comes to the same; else it is refused, and says what has changed. Numbers are
    drawn now, and may be others than those under review.

    \b
    Example:
      billing-beans run post RUN-1
    """
    session = session_of(ctx)
    runs = _runs(session)
    session.perform(runs.post_run, PostRun(run), lambda outcome: _say_posted(session, outcome, run))


@command.command()
@click.argument("run", type=NAME, shell_complete=completes(_pending))
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@global_options
@click.pass_context
def discard(ctx: click.Context, run: str, reason: str) -> None:
    """Give up a run that waits: nothing of it counts, and what it reserved is free again.

    \b
    Example:
      billing-beans run discard RUN-1 --reason "prices change first"
    """
    session = session_of(ctx)
    runs = _runs(session)
    session.perform(runs.discard_run, DiscardRun(run, reason), lambda outcome: _say_discarded(outcome, run))


@command.command(name="list")
@click.option("--status", type=click.Choice([one.value for one in RunStatus]), help="Only those that stand here.")
@global_options
@click.pass_context
def list_(ctx: click.Context, status: str | None) -> None:
    """Billing runs, the last one first.

    \b
    Example:
      billing-beans run list --status pending
    """
    session = session_of(ctx)
    runs = session.reading.books.runs.runs
    found = [*(runs.all() if status is None else runs.range("status", RunStatus(status)))]
    found.sort(key=lambda one: (one.started_at, len(one.run), one.run), reverse=True)
    none = "No billing runs.\nNext: billing-beans run start"
    session.answer([result_of(one) for one in found], table(_COLUMNS, list_rows(found)) if found else none)


@command.command()
@click.argument("run", type=NAME, shell_complete=completes(_every))
@click.option("--all", "every", is_flag=True, help="Every invoice with its lines, however many there are.")
@global_options
@click.pass_context
def show(ctx: click.Context, run: str, every: bool) -> None:
    """What a run does, in words and sums: by customer each invoice with its lines, credit notes, the credits that are used.

    Of a long run only the sums, unless --all is given. Who could not be billed is named, with what to do. Of one that waits
    the numbers are those that were free when it was reckoned; they are drawn when it is posted.

    \b
    Examples:
      billing-beans run show RUN-1
      billing-beans run show RUN-1 --all
      billing-beans run show RUN-1 --json
    """
    session = session_of(ctx)
    books = session.reading.books
    found = run_named(books, run)
    bills, is_sound = _waiting_bills(session, found)
    refusals = books.runs.refusals_of(found)
    words = run_words(books, found, bills, refusals, every=every, is_sound=is_sound)
    waits = {"as-reckoned": is_sound} if found.status is RunStatus.PENDING else {}
    session.answer({**result_of(found, bills, refusals), **waits}, words)


def _waiting_bills(session: Session, run: Run) -> tuple[Bills | None, bool]:
    """What a run that waits would record, and whether that is what was reckoned: its file may be lost, edited, or cut off."""
    if run.status is not RunStatus.PENDING:
        return None, True
    files = PendingFiles(session.root)
    content, facts = files.content(run.run), files.facts(run.run)
    if content != run.content:
        what = "is not what was reckoned, and can't be posted" if facts else "can't be read"
        click.echo(f"{file_of(run.run)} {what}; billing-beans run redo {run.run} makes it anew.", err=True)
    return (bills_of(facts) if facts else None), content == run.content


def _runs(session: Session) -> Runs:
    return Runs(PendingFiles(session.root), long_progress("Subscriptions", _LONG))


def _day(session: Session, until: str | None) -> date | None:
    return parse_day(until, session.today) if until is not None else None


def _say_started(session: Session, outcome: Outcome, runs: Runs) -> tuple[Any, str]:
    books = outcome.act.books
    refused = [*map(_refused, runs.not_billed)]
    if not outcome.act.waiting:
        result = {"run": None, "waits": runs.waits, "refused": refused}
        return result, nothing_words(books, runs)
    waiting = outcome.act.waiting[0]
    run = run_named(books, waiting.run)
    bills = bills_of(waiting.facts)
    refusals = books.runs.refusals_of(run)
    left_out = [f"{one} waits in {other} already, and is left out." for one, other in runs.waits.items()]
    words = [run_words(books, run, bills, (), every=False, began=True), *left_out]
    words.append(f"Next: billing-beans run show {run.run}, then billing-beans run post {run.run}")
    return {**_result(session, run, bills, refusals), "waits": runs.waits}, "\n".join(words)


def _refused(one: Any) -> dict[str, Any]:
    return {
        "subscription": one.subscription,
        "customer": one.customer,
        "why": one.error.what,
        "instead": one.error.instead,
    }


def _say_posted(session: Session, outcome: Outcome, name: str) -> tuple[Any, str]:
    run = run_named(outcome.act.books, name)
    bills = bills_of(outcome.facts)
    return _result(session, run, bills), posted_words(run, bills)


def _say_discarded(outcome: Outcome, name: str) -> tuple[Any, str]:
    run = run_named(outcome.act.books, name)
    return result_of(run), discarded_words(run)


def _result(session: Session, run: Run, bills: Bills, refusals: Sequence[NotBilled] = ()) -> dict[str, Any]:
    """Every document of a run for programs; for people, who read its words, that would be a twentieth of what a long run takes."""
    return result_of(run, bills if session.settings.json else None, refusals)


def _end(ctx: click.Context, session: Session, runs: Runs) -> None:
    """Who could not be billed, one by one; then the command ends with 1."""
    for one in runs.not_billed[:_LISTED] if not session.settings.json else ():
        click.echo(refusal_words(one.subscription, one.customer, str(one.error)), err=True)
    if len(runs.not_billed) > _LISTED and not session.settings.json:
        click.echo(f"... and {len(runs.not_billed) - _LISTED:,} more; --json names all of them.", err=True)
    if runs.not_billed:
        ctx.exit(1)
