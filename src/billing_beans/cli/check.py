"""`billing-beans check`: every rule, with file, line and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.output import plain
from billing_beans.cli.session import Session, session_of
from billing_beans.core.checks import Problem
from billing_beans.core.errors import ProblemsInBooks, WrongUsage
from billing_beans.core.words import count_words
from billing_beans.documents.files import stale_documents
from billing_beans.ledger.appendonly import Violation, check_append_only
from billing_beans.ledger.checking import Checked, Found, check_books, found_in
from billing_beans.ledger.pending import review_of, waiting_in
from billing_beans.ledger.reading import MAIN

if TYPE_CHECKING:
    from billing_beans.reports.deep import Compared, Disagreement

PROBLEMS = ProblemsInBooks.exit_status


@click.command()
@click.option("--append-only", "base", metavar="COMMIT", help="Also: no fact that stood at this commit was changed.")
@click.option("--deep", is_flag=True, help="Also: every report equals its accounts, on every day.")
@click.option("--pending", is_flag=True, help="The books as they would be with the billing runs that wait for review.")
@click.option("--fast", is_flag=True, help="Only what the index knows: every rule of billing, and nothing else.")
@global_options
@click.pass_context
def command(ctx: click.Context, base: str | None, deep: bool, pending: bool, fast: bool) -> int:
    """Check the books: Beancount's own errors, every rule of billing, and that each PDF is the one that was recorded.

    Ends with 3 where there are problems, and 0 where there are none.

    \b
    Examples:
      billing-beans check
      billing-beans check --fast
      billing-beans check --pending
      billing-beans check --deep
      billing-beans check --append-only origin/main
      billing-beans check --json
    """
    session = session_of(ctx)
    if fast and base is not None:
        raise WrongUsage("--fast looks at no earlier commit.", instead="leave out one of --fast and --append-only")
    if fast and deep:
        raise WrongUsage("--fast reads no ledger, and --deep all of it.", instead="leave out one of --fast and --deep")
    if pending and (fast or deep or base is not None):
        raise WrongUsage(
            "--pending looks at what is no fact yet.", instead="leave out --fast, --deep and --append-only"
        )
    if fast:
        return _check_fast(session)
    began = time.monotonic()
    checked = check_books(session.root, review_of(session.root) if pending else MAIN)
    documents = [Found(file, 0, problem) for file, problem in stale_documents(checked.books, session.root)]
    checked = replace(checked, problems=(*checked.problems, *documents))
    compared = _compared(checked) if deep else None
    if compared is not None:
        apart = tuple(Found(MAIN, 0, problem_of(one)) for one in compared.disagreements)
        checked = replace(checked, problems=(*checked.problems, *apart))
    violations = check_append_only(session.root, base) if base is not None else []
    took = time.monotonic() - began
    if session.settings.json:
        session.answer(_result(checked, violations, compared), "")
    else:
        _say(checked, violations, took)
        if pending and checked.problems:
            _say_outdated(waiting_in(session.root))
        if compared is not None:
            figures = count_words(compared.figures, "figure")
            click.echo(f"Reports: {figures} compared with the ledger, on {count_words(compared.days, 'day')}.")
    return PROBLEMS if checked.problems or violations else 0


def _compared(checked: Checked) -> Compared | None:
    """Reports beside the ledger. None where the books have problems: reports leave out what can't be relied on."""
    if checked.problems:
        click.echo("Reports were not compared with the ledger: the problems come first.", err=True)
        return None
    from billing_beans.reports.deep import compare

    return compare(checked.books, checked.entries)


def problem_of(one: Disagreement) -> Problem:
    """A report that parts from the ledger, as a problem: the day, and both figures."""
    control = one.control
    return Problem(
        "deep",
        f"{control.report} of {control.entity} {control.who} on {one.day} is {one.reported:f} {control.currency}, "
        f"and {one.ledger:f} by the ledger",
        "R5: totals of reports equal their accounts, on every day.",
        "this is a defect of the tool: please report it",
    )


NOT_LOOKED_AT = (
    "what Beancount finds by itself: booking, balance assertions, other plugins",
    "rendered documents",
    "who changed what was issued, and in which commit",
)
"""What only the whole check looks at."""


def _check_fast(session: Session) -> int:
    """What is known to be wrong since the books were read last."""
    reading = session.reading
    problems = found_in(session.root, reading.findings)
    following = reading.audit.following
    if session.settings.json:
        result = {"problems": [_plain(one) for one in problems], "following": following, "not-looked-at": NOT_LOOKED_AT}
        session.answer(result, "")
    else:
        _say_found(problems, following)
        as_of = f", as of {reading.as_of.at}" if reading.as_of else ""
        click.echo(f"{count_words(len(problems), 'problem') if problems else 'No problems'}{as_of}.")
        click.echo(f"Not looked at: {'; '.join(NOT_LOOKED_AT)}. billing-beans check looks at everything.")
    return PROBLEMS if problems else 0


def _say(checked: Checked, violations: list[Violation], took: float) -> None:
    _say_found((*checked.problems, *violations), checked.following)
    found = len(checked.problems) + len(violations)
    what = f"{count_words(checked.invoices, 'invoice')}, {count_words(checked.files, 'file')}, {took:.1f} s."
    click.echo(f"{count_words(found, 'problem')} in {what}" if found else f"No problems in {what}")


def _say_found(found: Iterable[Found | Violation], following: int) -> None:
    for one in found:
        click.echo(str(one))
    if following:
        follow = "follow" if following > 1 else "follows"
        click.echo(f"({count_words(following, 'more problem')} only {follow} from these.)")


def _say_outdated(runs: list[str]) -> None:
    """What was recorded since a run was reckoned may have drawn the same numbers, or changed what it bills."""
    if runs:
        click.echo("What waits was reckoned on the books as they were then; what came since may be why.")
        click.echo(f"Next: {' and '.join(f'billing-beans run redo {run}' for run in runs)}")


def _result(checked: Checked, violations: list[Violation], compared: Compared | None) -> dict[str, Any]:
    said = {} if compared is None else {"reports": {"figures": compared.figures, "days": compared.days}}
    return {
        **said,
        "problems": [_plain(one) for one in checked.problems],
        "append-only": [plain(one) for one in violations],
        "following": checked.following,
        "invoices": checked.invoices,
        "files": checked.files,
    }


def _plain(found: Found) -> dict[str, Any]:
    problem = found.problem
    return {"file": found.file, "line": found.line, **plain(problem)}
