"""`billing-beans credit-note render`: credit notes as PDF."""

from __future__ import annotations

from collections.abc import Iterable

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.core.errors import Refused, WrongUsage


def _issued(books: Books) -> Iterable[tuple[str, str]]:
    for note in books.invoices.credit_notes.all():
        yield note.number, f"{note.customer}, {note.invoice}, {note.total} {note.currency}"


@click.command(name="render")
@click.argument("number", nargs=-1, shell_complete=completes(_issued))
@click.option("--all", "every", is_flag=True, help="All credit notes.")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="With --all: only of this customer.")
@click.option(
    "--output", metavar="FILE", help="Write the PDF of one credit note there, - for stdout, and record nothing."
)
@click.option("--force", is_flag=True, help="Render anew what stands unchanged, and write over files that were edited.")
@global_options
@click.pass_context
def command(
    ctx: click.Context, number: tuple[str, ...], every: bool, customer: str | None, output: str | None, force: bool
) -> None:
    """Make the PDF of credit notes, and record file and digest in the ledger.

    It quotes the invoice that it corrects, says why, and what became of the amount: set against that invoice, or to the
    customer's account. One that went out stays as it was, unless --force is given.

    A template of your own, templates/credit-note.html.j2 in the books, goes before the bundled one.

    \b
    Examples:
      billing-beans credit-note render CN-SG-2026-00001
      billing-beans credit-note render --all --customer acme
      billing-beans credit-note render CN-SG-2026-00001 --output credit-note.pdf
    """
    from billing_beans.cli.rendering import Wanted, run
    from billing_beans.documents.kinds import CREDIT_NOTES

    session = session_of(ctx)
    if customer is not None and not every:
        raise WrongUsage("--customer chooses among all credit notes.", instead="add --all, or leave it out")
    wanted = Wanted(number, every, output, force, lambda: _chosen(session.reading.books, customer))
    if run(session, CREDIT_NOTES, wanted):
        ctx.exit(Refused.exit_status)


def _chosen(books: Books, customer: str | None) -> list[str]:
    """The numbers of the credit notes that fit, in the order in which they were drawn."""
    if customer is not None and not books.catalog.customers.range("versions", customer):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    notes = books.invoices.credit_notes
    found = notes.range("customer", customer) if customer else notes.all()
    return [one.number for one in sorted(found, key=lambda one: one.drafted_id)]
