"""`billing-beans payment write-off` (Y4)."""

from __future__ import annotations

from typing import Any

import click

from billing_beans.acts.money import reverse_write_off, write_off
from billing_beans.cli.arguments import AMOUNT, completes
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.payment_words import invoice_table, open_invoices
from billing_beans.cli.session import session_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, new_money
from billing_beans.invoicing.facts import InvoiceWrittenOff, WriteOffReversed
from billing_beans.invoicing.writing_off import ReverseWriteOff, WriteOffInvoice
from billing_beans.ledger.ledger import Outcome


@click.command(name="write-off")
@click.argument("invoice", shell_complete=completes(open_invoices))
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--reason", required=True, help="Why: it is kept for ever.")
@click.option("--tax-relief", is_flag=True, help="The law gives its part of the tax back (bad debt relief).")
@click.option("--reverse", is_flag=True, help="Take a write-off back: the invoice is open again by so much.")
@click.option(
    "--id", "identifier", help="The write-off's id; else the next WO-number, or the only one to be taken back."
)
@global_options
@click.pass_context
def write_off_command(
    ctx: click.Context,
    invoice: str,
    amount: Money | None,
    reason: str,
    tax_relief: bool,
    reverse: bool,
    identifier: str | None,
) -> None:
    """What will not be paid of an invoice is given up: all that it owes, or so much.

    An invoice that is settled by it is paid, and grants what it sold; so one of which nothing was paid is credited instead.

    \b
    Examples:
      billing-beans payment write-off SG-2026-00001 "0.50 SGD" --reason "rounded by the customer"
      billing-beans payment write-off SG-2026-00001 --reason "insolvent" --tax-relief
      billing-beans payment write-off SG-2026-00001 --reverse --reason "the estate pays"
    """
    session = session_of(ctx)
    if not reverse:
        session.perform(write_off, WriteOffInvoice(invoice, reason, amount, tax_relief, identifier), _say)
        return
    if amount is not None or tax_relief:
        raise WrongUsage("A write-off is taken back as it was made.", instead="leave out the amount and --tax-relief")
    session.perform(reverse_write_off, ReverseWriteOff(invoice, reason, identifier), _say_reversed)


def _say(outcome: Outcome) -> tuple[Any, str]:
    fact = outcome.facts[0]
    assert isinstance(fact, InvoiceWrittenOff)
    amount = new_money(-fact.receivable.number, fact.receivable.currency)
    tax = sum(leg.number for leg in fact.taxes)
    relief = f", {tax:f} of it tax that comes back" if tax else ""
    words = [f"Wrote off {money(amount)} of {fact.invoice} ({fact.write_off}){relief}: {fact.reason}"]
    words.append(invoice_table(outcome.act.books, [fact.invoice], outcome.facts))
    words += credits_said(outcome.act.books, outcome.facts)
    return outcome.act.books.invoices.write_offs.get(fact.write_off), "\n".join(words)


def _say_reversed(outcome: Outcome) -> tuple[Any, str]:
    fact = outcome.facts[0]
    assert isinstance(fact, WriteOffReversed)
    words = [f"Took back {fact.write_off}, {money(fact.receivable.units)} of {fact.invoice}: {fact.reason}"]
    words.append(invoice_table(outcome.act.books, [fact.invoice], outcome.facts))
    return outcome.act.books.invoices.write_offs.get(fact.write_off), "\n".join(words)
