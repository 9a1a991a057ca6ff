"""`billing-beans invoice credit` (I7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import click

from billing_beans.acts.credit_notes import credit_invoice
from billing_beans.books import Books
from billing_beans.cli.arguments import completes
from billing_beans.cli.credit_said import credits_said
from billing_beans.cli.invoice_words import one_line
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.payment_words import posted_units
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import parse_money, parse_number
from billing_beans.entitlements.facts import InvoicePosted
from billing_beans.invoicing.crediting import CreditInvoice, CreditLine, credit_note_draft_named, credit_note_named
from billing_beans.invoicing.facts import CreditNoteIssued
from billing_beans.invoicing.status import CREDITABLE
from billing_beans.ledger.ledger import Outcome


def _creditable(books: Books) -> Iterable[tuple[str, str]]:
    for status in CREDITABLE:
        for head in books.invoices.heads.range("status", status):
            yield head.number, f"{head.customer}, {head.status}, {head.total:f} {head.currency}"


_WITH_CURRENCY = re.compile(r"(?=.*[0-9]).*[A-Za-z]{3}", re.DOTALL)
"""What somebody types who means an amount of money, however well."""


def line_of(text: str) -> CreditLine:
    """A line as people type it: `2` for all that is left of it, `2=3` for three of it, `2=50.00 SGD` for so much off it.

    Raises `WrongUsage`.
    """
    line, equals, much = text.partition("=")
    if not (line.strip().isascii() and line.strip().isdecimal() and len(line) < 9):
        raise WrongUsage(
            f"{text!r} is no line.",
            instead='for example --line 2, --line 2=3 for three of it, or --line "2=50.00 SGD" for so much off it',
        )
    if not equals:
        return CreditLine(int(line))
    if _WITH_CURRENCY.match(much):
        return CreditLine(int(line), amount=parse_money(much, minor=True))
    return CreditLine(int(line), parse_number(much))


@click.command()
@click.argument("number", type=NAME, shell_complete=completes(_creditable))
@click.option("--reason", required=True, help="Why: it stands on the credit note.")
@click.option(
    "--line",
    metavar="LINE[=QUANTITY|AMOUNT]",
    multiple=True,
    help="Only this line, so much of it, or an amount without tax off it.",
)
@global_options
@click.pass_context
def command(ctx: click.Context, number: str, reason: str, line: tuple[str, ...]) -> None:
    """Credit an issued invoice: all that is left of it, some lines, so much of a line, or an amount off a line.

    What is still owed falls; what was paid already becomes the customer's unapplied money, to be allocated or refunded.
    Units that were granted and not used are taken back, so are credits of a top-up; a platform fee goes with the line that it
    belongs to. Credits that paid what is credited go back where they came from.
    An amount makes a line cheaper, and takes none of its quantity back; its tax is added.

    \b
    Examples:
      billing-beans invoice credit SG-2026-00001 --reason "ordered twice"
      billing-beans invoice credit SG-2026-00001 --line 1=2 --reason "two positions were cancelled"
      billing-beans invoice credit SG-2026-00001 --line 1 --line 3 --reason "never delivered" --dry-run
      billing-beans invoice credit SG-2026-00001 --line "1=50.00 SGD" --reason "a discount, as agreed"
    """
    lines = tuple(line_of(text) for text in line)
    session_of(ctx).perform(credit_invoice, CreditInvoice(number, reason, lines), _say)


def _say(outcome: Outcome) -> tuple[Any, str]:
    books = outcome.act.books
    fact = next(one for one in outcome.facts if isinstance(one, CreditNoteIssued))
    note, draft = credit_note_named(books, fact.credit_note), credit_note_draft_named(books, fact.credit_note)
    head = books.invoices.heads.get(fact.invoice)
    assert head is not None
    rows = [
        (
            f"  {line.line}",
            " ".join(line.description.split()),
            "" if line.allowance else f"{line.quantity:f}",
            f"{line.amount.number:f}",
            f"{line.tax.number:f}",
        )
        for line in draft.lines
    ]
    words = [f"Issued {note.number} for {note.invoice}, {note.total:f} {note.currency}: {one_line(draft.reason)}"]
    words.append(table(["  line>", "description", "quantity>", "amount>", "tax>"], rows))
    words += [f"  taken back: {leg.number:f} {leg.currency} of {leg.cost.label}" for leg in fact.lots if leg.cost]
    words += credits_said(books, outcome.facts)
    words.append(f"  {note.invoice} is {head.status.replace('-', ' ')}, {head.due_amount:f} {head.currency} owed.")
    if any(isinstance(one, InvoicePosted) for one in outcome.facts):
        words.append(f"  {posted_units(books, note.invoice)}")
    if note.to_unapplied:
        words.append(f"  {note.to_unapplied:f} {note.currency} are the customer's unapplied money.")
    words.append(f"Next: billing-beans credit-note render {note.number}")
    if note.to_unapplied:
        words.append(
            f"      billing-beans payment refund {note.number} --reason ..., "
            f"or billing-beans payment allocate {note.number} INVOICE"
        )
    return {"credit-note": note, "document": draft, "invoice": head}, "\n".join(words)
