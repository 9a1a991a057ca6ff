"""`billing-beans book`: show."""

from __future__ import annotations

import click

from billing_beans.catalog.facts import CustomerAdded, LegalEntityAdded, ProductAdded
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import session_of
from billing_beans.core.errors import Refused


@click.group()
def command() -> None:
    """What these books are: whose, live or test.

    \b
    Example:
      billing-beans book show
    """


@command.command()
@global_options
@click.pass_context
def show(ctx: click.Context) -> None:
    """Whose books these are, whether they are live or a test, and what is in them."""
    session = session_of(ctx)
    catalog, day = session.reading.books.catalog, day_shown(session)
    book = catalog.declared()
    if book is None:
        raise Refused(
            f"The books in {session.root} don't say what they are.",
            rule="P4: a book says once what it is, live or test.",
            instead='add a `custom "billing" "book"` directive to setup/accounts.beancount; init writes one',
        )
    entities = [one.entity for one in catalog.valid_on(LegalEntityAdded, day)]
    customers = len(catalog.valid_on(CustomerAdded, day))
    products = len(catalog.valid_on(ProductAdded, day))
    rows = [
        ("organization", book.organization),
        ("mode", "live" if book.livemode else "test"),
        ("format", str(book.format)),
        ("folder", str(session.root)),
        ("legal entities", ", ".join(entities) or "none; next: billing-beans entity add"),
        ("customers", str(customers)),
        ("products", str(products)),
    ]
    result = {"book": book, "entities": entities, "customers": customers, "products": products}
    session.answer(result, table([book.book, ""], rows))
