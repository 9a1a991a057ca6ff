"""`billing-beans check`: every rule, with file, line and what to do."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.output import plain
from billing_beans.cli.session import session_of
from billing_beans.core.errors import ProblemsInBooks
from billing_beans.documents.files import stale_documents
from billing_beans.ledger.appendonly import Violation, check_append_only
from billing_beans.ledger.checking import Checked, Found, check_books

PROBLEMS = ProblemsInBooks.exit_status


@click.command()
@click.option("--append-only", "base", metavar="COMMIT", help="Also: no fact that stood at this commit was changed.")
@global_options
@click.pass_context
def command(ctx: click.Context, base: str | None) -> int:
    """Check the books: Beancount's own errors, every rule of billing, and that each PDF is the one that was recorded.

    Ends with 3 where there are problems, and 0 where there are none.

    \b
    Examples:
      billing-beans check
      billing-beans check --append-only origin/main
      billing-beans check --json
    """
    session = session_of(ctx)
    began = time.monotonic()
    checked = check_books(session.root)
    documents = [Found(file, 0, problem) for file, problem in stale_documents(checked.books, session.root)]
    checked = replace(checked, problems=(*checked.problems, *documents))
    violations = check_append_only(session.root, base) if base is not None else []
    took = time.monotonic() - began
    if session.settings.json:
        session.answer(_result(checked, violations), "")
    else:
        _say(checked, violations, took)
    return PROBLEMS if checked.problems or violations else 0


def _say(checked: Checked, violations: list[Violation], took: float) -> None:
    for one in (*checked.problems, *violations):
        click.echo(str(one))
    if checked.following:
        click.echo(
            f"({_count(checked.following, 'more problem')} only {'follow' if checked.following > 1 else 'follows'} from these.)"
        )
    found = len(checked.problems) + len(violations)
    what = f"{_count(checked.invoices, 'invoice')}, {_count(checked.files, 'file')}, {took:.1f} s."
    click.echo(f"{_count(found, 'problem')} in {what}" if found else f"No problems in {what}")


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'s' * (number != 1)}"


def _result(checked: Checked, violations: list[Violation]) -> dict[str, Any]:
    return {
        "problems": [_plain(one) for one in checked.problems],
        "append-only": [plain(one) for one in violations],
        "following": checked.following,
        "invoices": checked.invoices,
        "files": checked.files,
    }


def _plain(found: Found) -> dict[str, Any]:
    problem = found.problem
    return {"file": found.file, "line": found.line, **plain(problem)}
