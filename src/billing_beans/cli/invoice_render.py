"""`billing-beans invoice render`: invoices as PDF."""

from __future__ import annotations

from collections.abc import Iterable

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import completes, ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.invoicing.status import Status


def _invoices(books: Books) -> Iterable[tuple[str, str]]:
    for status in Status:
        for head in books.invoices.heads.range("status", status):
            yield head.number, f"{head.customer}, {head.status}, {head.total} {head.currency}"


@click.command(name="render")
@click.argument("number", nargs=-1, shell_complete=completes(_invoices))
@click.option("--all", "every", is_flag=True, help="All invoices, or those that the next two options name.")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="With --all: only of this customer.")
@click.option(
    "--status", type=click.Choice([one.value for one in Status]), help="With --all: only those that stand here."
)
@click.option("--output", metavar="FILE", help="Write the PDF of one invoice there, - for stdout, and record nothing.")
@click.option("--force", is_flag=True, help="Render anew what stands unchanged, and write over files that were edited.")
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    number: tuple[str, ...],
    every: bool,
    customer: str | None,
    status: str | None,
    output: str | None,
    force: bool,
) -> None:
    """Make the PDF of invoices, and record file and digest in the ledger.

    The PDF shows the invoice as it stands: draft, issued, partially paid, paid or void, each in a file of its own under
    documents/. What shows the same as before is not made again, also when a template has changed since: a document
    that went out stays as it was, unless --force is given. A file that was edited is not written over without it.

    Templates of your own in the books' templates/ folder go before the bundled ones.

    \b
    Examples:
      billing-beans invoice render SG-2026-00001
      billing-beans invoice render --all --status issued
      billing-beans invoice render SG-2026-00001 --output invoice.pdf
    """
    from billing_beans.cli.rendering import Wanted, run
    from billing_beans.documents.kinds import INVOICES

    session = session_of(ctx)
    if (customer or status) is not None and not every:
        raise WrongUsage("--customer and --status choose among all invoices.", instead="add --all, or leave them out")
    wanted = Wanted(number, every, output, force, lambda: _chosen(session.reading.books, customer, status))
    if run(session, INVOICES, wanted):
        ctx.exit(Refused.exit_status)


def _chosen(books: Books, customer: str | None, status: str | None) -> list[str]:
    """The numbers of all invoices that fit, in the order in which they were drafted; without those of before (B1)."""
    if customer is not None and not books.catalog.customers.range("versions", customer):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    if customer is not None:
        found = books.invoices.heads.range("customer", customer)
    else:
        found = books.invoices.heads.range("status", Status(status)) if status else books.invoices.heads.all()
    fitting = (one for one in found if not one.opened and (status is None or one.status == status))
    return [one.number for one in sorted(fitting, key=lambda one: one.drafted_id)]
