"""`billing-beans invoice issue`."""

from __future__ import annotations

from decimal import Decimal

import click

from billing_beans.acts.invoices import IssueInvoices, issue_invoices
from billing_beans.cli.arguments import NUMBER, completes
from billing_beans.cli.invoice_words import InvoiceRow, invoices_that_are, one_line, posted_words, row_named
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.credits.facts import CreditApplied, CreditDiscounted
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceIssued
from billing_beans.invoicing.operations import draft_named
from billing_beans.invoicing.status import Status
from billing_beans.ledger.ledger import Outcome


@click.command()
@click.argument(
    "number",
    type=NAME,
    nargs=-1,
    required=True,
    metavar="NUMBER...",
    shell_complete=completes(invoices_that_are(Status.DRAFT)),
)
@click.option("--rate", type=NUMBER, help="What one of their currency is worth in the seller's own, where it differs.")
@click.option("--apply-credits", is_flag=True, help="Use the customers' credits for them, as far as these go.")
@global_options
@click.pass_context
def command(ctx: click.Context, number: tuple[str, ...], rate: Decimal | None, apply_credits: bool) -> None:
    """Issue drafts: from now on they never change. Several are issued all together, or none.

    With a rate, what later payments in the seller's currency bring more or less than that is posted as gain or loss. With
    --apply-credits free credits lower the draft first, where they are a discount before tax, and what is then owed is paid with
    the others; each invoice in turn.

    \b
    Examples:
      billing-beans invoice issue SG-2026-00001
      billing-beans invoice issue SG-2026-00001 SG-2026-00002 --date 2026-01-31
      billing-beans invoice issue SG-2026-00003 --rate 1.34
      billing-beans invoice issue SG-2026-00004 --apply-credits
    """
    if apply_credits:
        from billing_beans.acts.credits import issue_with_credits

        session_of(ctx).perform(issue_with_credits, IssueInvoices(number, rate), _say_issued_with_credits)
    else:
        session_of(ctx).perform(issue_invoices, IssueInvoices(number, rate), _say_issued)


def _say_issued_with_credits(outcome: Outcome) -> tuple[list[InvoiceRow], str]:
    """As without; where there were no credits, that is said."""
    rows, words = _say_issued(outcome)
    used = any(isinstance(one, CreditApplied | CreditDiscounted) for one in outcome.facts)
    return rows, words if used else f"{words}\nNo credits could be used."


def _say_issued(outcome: Outcome) -> tuple[list[InvoiceRow], str]:
    books = outcome.act.books
    rows, words = [], []
    for fact in outcome.facts:
        if isinstance(fact, InvoiceIssued):
            rows.append(row_named(books, fact.invoice))
            words.append(_issued_words(rows[-1], draft_named(books, fact.invoice)))
    words += _credits_said(outcome)
    unpaid = [row.number for row in rows if row.owed.number]
    if unpaid:
        words.append(f"Next: billing-beans invoice render {unpaid[0]}, and when the money comes:")
        words.append(f"      billing-beans payment submit {unpaid[0]}")
    return rows, "\n".join(words)


def _issued_words(row: InvoiceRow, draft: InvoiceDrafted) -> str:
    words = f"Issued {row.number} to {one_line(draft.bill_to_name)}, {money(row.total)}"
    if row.status is Status.PAID:
        granted = f"; posted: {posted_words(draft)}" if row.posted else ""
        if row.settled.number:
            return f"{words}: paid{granted}."
        return f"{words}: nothing to pay, so it is paid{granted}."
    return f"{words}, {f'{row.owed.number:f} owed, ' if row.settled.number else ''}due {row.due}."


def _credits_said(outcome: Outcome) -> list[str]:
    from billing_beans.cli.credit_said import credits_said

    return credits_said(outcome.act.books, outcome.facts)
