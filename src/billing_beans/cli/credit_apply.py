"""`billing-beans credit apply` (W3, W5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from billing_beans.acts.credits import apply_credits
from billing_beans.books import Books
from billing_beans.catalog.facts import CreditUnitAdded
from billing_beans.cli.arguments import AMOUNT, completes, ids_of
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.credit_used import application_result
from billing_beans.cli.invoice_words import row_named, status_words
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.payment_words import invoice_table
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money
from billing_beans.credits.applying import ApplyCredits
from billing_beans.credits.facts import CreditApplied, CreditDiscounted, Kinds
from billing_beans.credits.operations import application_named
from billing_beans.invoicing.operations import draft_named
from billing_beans.invoicing.status import OPEN, Status
from billing_beans.ledger.ledger import Outcome


def _payable(books: Books) -> Iterable[tuple[str, str]]:
    for status in (Status.DRAFT, *OPEN):
        for head in books.invoices.heads.range("status", status):
            draft = books.invoices.current(head.number)
            if draft is not None and all(line.credit_unit is not None for line in draft.lines):
                continue  # it tops up a wallet
            owed = head.total if status is Status.DRAFT else head.due_amount
            yield head.number, f"{head.customer}, {status_words(status)}, {owed:f} {head.currency}"


@click.command()
@click.argument("invoice", type=NAME, shell_complete=completes(_payable))
@click.option("--amount", type=AMOUNT, help='How much of it credits pay: "50.00 USD"; else all that they can.')
@click.option("--line", metavar="LINE", type=int, multiple=True, help="Only this line of it.")
@click.option("--paid", is_flag=True, help="Only with paid credits.")
@click.option("--free", is_flag=True, help="Only with free credits.")
@click.option(
    "--unit", metavar="UNIT", type=NAME, shell_complete=ids_of(CreditUnitAdded), help="Only with this kind of credits."
)
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    invoice: str,
    amount: Money | None,
    line: tuple[int, ...],
    paid: bool,
    free: bool,
    unit: str | None,
) -> None:
    """Pay an invoice with credits, as far as they go, in the order that the book has chosen.

    Paid credits are a means of payment. Free ones are a discount: before tax they lower the lines of a draft, after tax they
    settle an issued invoice (billing-beans book policy credit-discounts). What is paid then is posted in the same act.

    \b
    Examples:
      billing-beans credit apply SG-2026-00001
      billing-beans credit apply SG-2026-00001 --amount "50.00 USD" --paid
      billing-beans credit apply SG-2026-00001 --line 2 --line 3
    """
    if paid and free:
        raise WrongUsage("--paid and --free leave no credits.", instead="give one of them, or neither for all")
    kinds = Kinds.PAID if paid else Kinds.FREE if free else Kinds.ALL
    request = ApplyCredits(invoice, amount, line, kinds, unit.upper() if unit is not None else None)
    session_of(ctx).perform(apply_credits, request, lambda outcome: _say(outcome, invoice))


def _say(outcome: Outcome, invoice: str) -> tuple[Any, str]:
    books = outcome.act.books
    row = row_named(books, invoice)
    used = [one.application for one in outcome.facts if isinstance(one, CreditApplied | CreditDiscounted)]
    result = {
        "invoice": row,
        "applications": [application_result(books, application_named(books, one)) for one in used],
    }
    words = [f"Applied credits of {row.customer} to {invoice}.", *credits_said(books, outcome.facts)]
    if row.status is Status.DRAFT:
        words += [_lowered_words(books, invoice), f"Next: billing-beans invoice issue {invoice}"]
    else:
        words.append(invoice_table(books, [invoice], outcome.facts))
        words += [f"Next: billing-beans payment submit {invoice}"] if row.owed.number else []
    return result, "\n".join(words)


def _lowered_words(books: Books, invoice: str) -> str:
    """What a draft came to before, and comes to now."""
    draft = draft_named(books, invoice)
    before = books.invoices.revisions.get((invoice, draft.revision - 1))
    was = f"; it was {money(before.total)}, tax {before.tax.number:f}" if before is not None else ""
    return f"  {invoice} comes to {money(draft.total)}, tax {draft.tax.number:f}{was}"
