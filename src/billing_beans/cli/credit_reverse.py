"""`billing-beans credit reverse` (W6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from billing_beans.acts.credits import reverse_application
from billing_beans.books import Books
from billing_beans.cli.arguments import AMOUNT, completes
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.credit_used import application_result
from billing_beans.cli.credit_words import number
from billing_beans.cli.invoice_words import lines_and_total, row_named
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.money import Money
from billing_beans.credits.operations import ReverseApplication, application_named
from billing_beans.invoicing.operations import draft_named
from billing_beans.invoicing.status import Status
from billing_beans.ledger.ledger import Outcome


def _standing(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.credits.applications.all():
        head = books.invoices.heads.get(one.invoice)
        stays = one.is_discount and head is not None and head.status is not Status.DRAFT
        if one.units != one.back and not stays:
            yield one.application, f"{number(one.units - one.back)} {one.unit}, {one.invoice}"


@click.command()
@click.argument("application", type=NAME, shell_complete=completes(_standing))
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@click.option("--amount", type=AMOUNT, help='How much of what they paid: "50.00 USD"; else all of it.')
@click.option("--line", metavar="LINE", type=int, help="Only what they paid of this line.")
@global_options
@click.pass_context
def command(ctx: click.Context, application: str, reason: str, amount: Money | None, line: int | None) -> None:
    """Give credits back that an application used: into the grants that they came from, what was used last first.

    The invoice is open again by so much; a draft is dearer again. What has expired meanwhile is written off, or goes on in a new
    grant, as the book has chosen (billing-beans book policy credit-returns).

    \b
    Examples:
      billing-beans credit reverse APP-1 --reason "meant for another invoice"
      billing-beans credit reverse APP-1 --amount "20.00 USD" --reason "too much"
    """
    request = ReverseApplication(application, reason, amount, line)
    session_of(ctx).perform(reverse_application, request, lambda outcome: _say(outcome, application))


def _say(outcome: Outcome, application: str) -> tuple[Any, str]:
    books = outcome.act.books
    found = application_named(books, application)
    row = row_named(books, found.invoice)
    words = [f"Gave back {application} to {found.customer}.", *credits_said(books, outcome.facts)]
    if row.status is Status.DRAFT:
        words.append(lines_and_total(books, draft_named(books, found.invoice)))
    else:
        words.append(f"  {row.number} is {row.status.replace('-', ' ')}, {money(row.owed)} owed.")
    words.append(f"Next: billing-beans credit apply {row.number}, or billing-beans credit balance {found.customer}")
    return {"application": application_result(books, found), "invoice": row}, "\n".join(words)
