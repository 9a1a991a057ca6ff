"""`billing-beans invoice void` (I5)."""

from __future__ import annotations

from typing import Any

import click

from billing_beans.acts.invoices import VoidInvoice, void_invoice
from billing_beans.cli.arguments import completes
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.invoice_words import invoices_that_are, one_line, row_named
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.invoicing.facts import DraftVoided, InvoiceVoided
from billing_beans.invoicing.status import Status
from billing_beans.ledger.ledger import Outcome
from billing_beans.payments.facts import AllocationRejected, AllocationReversed, PaymentRejected


@click.command()
@click.argument("number", type=NAME, shell_complete=completes(invoices_that_are(Status.DRAFT, Status.ISSUED)))
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@click.option("--take-back", is_flag=True, help="Credits and unapplied money that settled it are taken back first.")
@global_options
@click.pass_context
def command(ctx: click.Context, number: str, reason: str, take_back: bool) -> None:
    """Void a draft, or an issued invoice without verified payments. It stays visible, and its number stays drawn.

    Payments that were submitted for it are rejected with the same reason; one that was meant for several invoices loses
    only its share for this one. Free credits that lowered it go back where they came from.

    \b
    Examples:
      billing-beans invoice void SG-2026-00001 --reason "wrong customer"
      billing-beans invoice void SG-2026-00001 --reason "wrong customer" --take-back
    """
    session_of(ctx).perform(void_invoice, VoidInvoice(number, reason, take_back), _say_voided)


def _say_voided(outcome: Outcome) -> tuple[dict[str, Any], str]:
    books = outcome.act.books
    voided = next(one for one in outcome.facts if isinstance(one, DraftVoided | InvoiceVoided))
    row = row_named(books, voided.invoice)
    words = [f"Voided {row.number}, {money(row.total)}: {one_line(row.void_reason)}"]
    rejected, reduced = [], []
    for fact in outcome.facts:
        if isinstance(fact, AllocationReversed):
            back = f"{-fact.unapplied.number:f} {fact.unapplied.currency}"
            words.append(f"  {back} of {fact.origin.partition('/')[2]} are the customer's unapplied money again.")
        elif isinstance(fact, PaymentRejected):
            rejected.append(fact.payment)
            words.append(f"  {fact.payment} was submitted for it and is rejected.")
        elif isinstance(fact, AllocationRejected):
            reduced.append(fact.payment)
            left = ", ".join(one.invoice for one in books.payments.allocations.range("payment", fact.payment))
            words.append(f"  {fact.payment} is no longer meant for it; it stays submitted for {left}.")
    words += credits_said(books, outcome.facts)
    return {"invoice": row, "payments-rejected": rejected, "payments-reduced": reduced}, "\n".join(words)
