"""`billing-beans credit applications` (W3, W6)."""

from __future__ import annotations

from collections.abc import Iterable

import click

from billing_beans.books import Books
from billing_beans.cli.arguments import completes
from billing_beans.cli.credit_options import complete_holders, known
from billing_beans.cli.credit_used import amount_of, application_result, way_of
from billing_beans.cli.credit_words import number
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import WrongUsage
from billing_beans.credits.records import Application
from billing_beans.invoicing.operations import head_named


def _applied_to(books: Books) -> Iterable[tuple[str, str]]:
    return {one.invoice: one.customer for one in books.credits.applications.all()}.items()


@click.command()
@click.argument("customer", type=NAME, required=False, shell_complete=complete_holders)
@click.option(
    "--invoice", metavar="NUMBER", type=NAME, shell_complete=completes(_applied_to), help="Only to this invoice."
)
@global_options
@click.pass_context
def applications(ctx: click.Context, customer: str | None, invoice: str | None) -> None:
    """Applications of credits to invoices, in the order of recording: how many, what they are worth, what went back since.

    Credits that pay an invoice are a payment or, free ones, a discount after tax; a discount before tax lowers the lines of a
    draft.

    \b
    Examples:
      billing-beans credit applications
      billing-beans credit applications acme
      billing-beans credit applications --invoice SG-2026-00001 --json
    """
    session = session_of(ctx)
    books = session.reading.books
    known(books, customer, None, None)
    found = [one for one in _found(books, customer, invoice) if customer in (None, one.customer)]
    session.answer([application_result(books, one) for one in found], _words(books, found))


def _found(books: Books, customer: str | None, invoice: str | None) -> Iterable[Application]:
    table_ = books.credits.applications
    if invoice is not None:
        head = head_named(books, invoice)
        if customer not in (None, head.customer):
            raise WrongUsage(f"{invoice} is an invoice of {head.customer}.", instead="leave out the customer")
        return table_.range("invoice", invoice)
    if customer is not None:
        return table_.range("customer", customer)
    return sorted(table_.all(), key=lambda one: one.fact)


def _words(books: Books, found: list[Application]) -> str:
    if not found:
        return "No credits were applied."
    rows = [
        (
            one.application,
            one.applied,
            one.customer,
            one.invoice,
            way_of(books, one),
            f"{number(one.units)} {one.unit}",
            money(amount_of(books, one, one.units)),
            number(one.back) if one.back else "",
            one.actor,
        )
        for one in found
    ]
    columns = ["application", "date", "customer", "invoice", "as", "credits>", "worth>", "given back>", "by"]
    return table(columns, rows)
