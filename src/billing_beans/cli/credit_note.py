"""`billing-beans credit-note`: list and show, `render` elsewhere; an invoice is credited with `invoice credit` (I7)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import click

from billing_beans.acts.documents import credits_given_back
from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.later import Later
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import session_of
from billing_beans.cli.subscription_words import note_days_words
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import Refused
from billing_beans.core.money import round_money
from billing_beans.invoicing.crediting import credit_note_draft_named, credit_note_named
from billing_beans.invoicing.operations import head_named

ELSEWHERE = {"render": "credit_note_render.command"}


@click.group(cls=Later, later=ELSEWHERE)
def command() -> None:
    """Credit notes: what was invoiced, taken back. They are issued with `invoice credit`.

    \b
    Examples:
      billing-beans invoice credit SG-2026-00001 --reason "ordered twice"
      billing-beans credit-note list --customer acme
      billing-beans credit-note show CN-SG-2026-00001
      billing-beans credit-note render CN-SG-2026-00001
    """


def _notes(books: Books) -> Iterable[tuple[str, str]]:
    for one in books.invoices.credit_notes.all():
        yield one.number, f"{one.customer}, {one.invoice}, {one.total:f} {one.currency}"


@command.command(name="list")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), type=NAME, help="Only of this customer.")
@click.option("--invoice", type=NAME, help="Only for this invoice.")
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, invoice: str | None) -> None:
    """Credit notes, newest first.

    \b
    Example:
      billing-beans credit-note list --customer acme
    """
    session = session_of(ctx)
    books = session.reading.books
    notes = books.invoices.credit_notes
    if customer is not None and not books.catalog.customers.range("versions", customer):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    if invoice is not None:
        head_named(books, invoice)
        found = [one for one in notes.range("invoice", invoice) if customer in (None, one.customer)]
    else:
        found = list(notes.range("customer", customer) if customer else notes.all())
    found.sort(key=lambda one: one.drafted_id, reverse=True)
    rows = [
        (
            one.number,
            one.issued,
            one.customer,
            one.invoice,
            f"{one.total:f}",
            f"{round_money(one.to_receivable, one.currency).number:f}",
            f"{round_money(one.to_unapplied, one.currency).number:f}",
            one.currency,
        )
        for one in found
    ]
    columns = ["credit note", "issued", "customer", "invoice", "total>", "off what is owed>", "unapplied>", "currency"]
    session.answer(found, table(columns, rows) if rows else "No credit notes.")


@command.command()
@click.argument("number", type=NAME, shell_complete=completes(_notes))
@global_options
@click.pass_context
def show(ctx: click.Context, number: str) -> None:
    """One credit note: the invoice that it corrects, its lines, and what became of it.

    \b
    Example:
      billing-beans credit-note show CN-SG-2026-00001
    """
    session = session_of(ctx)
    books = session.reading.books
    note, draft = credit_note_named(books, number), credit_note_draft_named(books, number)
    credits_back = credits_given_back(books, note)
    back = sum((one.number for one in credits_back.values()), start=Decimal(0))
    header = [
        ("invoice", note.invoice),
        ("customer", note.customer),
        ("issued", note.issued),
        ("reason", " ".join(draft.reason.split())),
        ("total", f"{money(draft.total)}  (subtotal {draft.subtotal.number:f}, tax {draft.tax.number:f})"),
        ("off what is owed", money(round_money(note.to_receivable - back, note.currency))),
        ("given back as credits", ", ".join(f"{name} {money(one)}" for name, one in credits_back.items())),
        ("unapplied money", money(round_money(note.to_unapplied, note.currency))),
    ]
    days = [note_days_words(books, draft, line) for line in draft.lines]
    rows = [
        (
            line.line,
            " ".join(line.description.split()),
            *((for_days,) if any(days) else ()),
            "" if line.allowance else f"{line.quantity:f}",
            f"{line.unit_price.number:f}",
            f"{line.amount.number:f}",
            line.tax_code,
            f"{line.tax.number:f}",
        )
        for line, for_days in zip(draft.lines, days, strict=True)
    ]
    columns = [
        "line>",
        "description",
        *["unused"] * any(days),
        "quantity>",
        "unit price>",
        "amount>",
        "taxed by",
        "tax>",
    ]
    words = "\n\n".join([table([number, ""], [row for row in header if row[1]]), table(columns, rows)])
    given_back = [{"application": name, "amount": one} for name, one in credits_back.items()]
    session.answer({"credit-note": note, "document": draft, "given-back": given_back}, words)
