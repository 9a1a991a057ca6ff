"""`billing-beans payment receipt`: receipts as PDF."""

from __future__ import annotations

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.options import global_options
from billing_beans.cli.payment_words import payments
from billing_beans.cli.session import session_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.payments.records import PaymentStatus


@click.command(name="receipt")
@click.argument("payment", nargs=-1, shell_complete=payments(PaymentStatus.VERIFIED))
@click.option("--all", "every", is_flag=True, help="All payments that were verified.")
@click.option("--customer", shell_complete=ids_of(CustomerAdded), help="With --all: only of this customer.")
@click.option("--output", metavar="FILE", help="Write the PDF of one receipt there, - for stdout, and record nothing.")
@click.option("--force", is_flag=True, help="Render anew what stands unchanged, and write over files that were edited.")
@global_options
@click.pass_context
def command(
    ctx: click.Context, payment: tuple[str, ...], every: bool, customer: str | None, output: str | None, force: bool
) -> None:
    """Make the receipt of payments that came, and record file and digest in the ledger.

    It says what was received, how, and which invoices it settled when it was verified. What a processor kept of it is not
    shown. A receipt that went out stays as it was, unless --force is given.

    A template of your own, templates/receipt.html.j2 in the books, goes before the bundled one.

    \b
    Examples:
      billing-beans payment receipt PAY-1
      billing-beans payment receipt --all --customer acme
      billing-beans payment receipt PAY-1 --output receipt.pdf
    """
    from billing_beans.cli.rendering import Wanted, run
    from billing_beans.documents.kinds import RECEIPTS

    session = session_of(ctx)
    if customer is not None and not every:
        raise WrongUsage("--customer chooses among all payments.", instead="add --all, or leave it out")
    wanted = Wanted(payment, every, output, force, lambda: _chosen(session.reading.books, customer))
    if run(session, RECEIPTS, wanted):
        ctx.exit(Refused.exit_status)


def _chosen(books: Books, customer: str | None) -> list[str]:
    """The verified payments that fit, in the order in which they were submitted."""
    if customer is not None and not books.catalog.customers.range("versions", customer):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    found = books.payments.heads.range("status", PaymentStatus.VERIFIED)
    fitting = (one for one in found if customer in (None, one.customer))
    return [one.payment for one in sorted(fitting, key=lambda one: one.submitted_id)]
