"""`billing-beans price quote`: what something would cost, part by part."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import click

from billing_beans.catalog.facts import CustomerAdded, ProductAdded
from billing_beans.catalog.price_words import price_words
from billing_beans.cli.arguments import NUMBER, ids_of
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money, table
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NumbersAsArguments
from billing_beans.invoicing.quoting import AskQuote, Quote, quoted


@click.command(cls=NumbersAsArguments)
@click.argument("product", shell_complete=ids_of(ProductAdded))
@click.argument("quantity", metavar="[QUANTITY]", type=NUMBER, required=False)
@click.option(
    "--customer", shell_complete=ids_of(CustomerAdded), help="By this customer's agreement, country and currency."
)
@click.option("--currency", help="Where there are prices in several: USD.")
@click.option("--country", help="By the price for customers of this country: SG.")
@click.option("--agreement", help="The agreement whose terms count, where the customer has several.")
@click.option(
    "--event",
    "events",
    type=NUMBER,
    multiple=True,
    help="The amount of a transaction, of which a percentage is charged.",
)
@global_options
@click.pass_context
def quote(
    ctx: click.Context,
    /,
    product: str,
    quantity: Decimal | None,
    events: tuple[Decimal, ...],
    currency: str | None,
    **values: str | None,
) -> None:
    """What so many of a product cost on a day, before tax: each part as it would stand on an invoice. Nothing is written.

    Of what has a percentage price QUANTITY is the amount, as one transaction; or give each with --event.

    \b
    Examples:
      billing-beans price quote api-calls 12000
      billing-beans price quote api-calls 12000 --customer acme --date 2026-07-01
      billing-beans price quote card-fees --event 50 --event 100 --event 250
    """
    session = session_of(ctx)
    day = day_shown(session)
    request = AskQuote(product, quantity, events, currency=currency.upper() if currency else None, **values)
    found = quoted(session.reading.books, request, day)
    session.answer(_result(found, day), _words(found, day))


def _result(found: Quote, day: date) -> dict[str, Any]:
    terms = found.priced.terms
    return {
        "product": found.priced.product.product,
        "quantity": found.priced.item.quantity,
        "date": day,
        "price": terms.price.price if terms.price else None,
        "model": (terms.price.model or "per-unit") if terms.price and terms.unit_price is None else "per-unit",
        "agreement": terms.agreement.agreement if terms.agreement else None,
        "parts": [
            {
                "description": one.description,
                "quantity": one.quantity,
                "unit-price": one.unit_price,
                "discount": one.discount,
                "amount": one.amount,
            }
            for one in found.lines
        ],
        "total": found.total,
    }


def _words(found: Quote, day: date) -> str:
    rows: list[tuple[str, ...]] = [
        (
            f"{one.quantity:f}",
            one.description,
            f"{one.unit_price.number:f}",
            f"{one.discount.number:f}" if one.discount else "",
            f"{one.amount.number:f}",
        )
        for one in found.lines
    ]
    columns = ["quantity>", "what", "unit price>", "less>", "amount>"]
    if not any(one.discount for one in found.lines):
        columns.remove("less>")
        rows = [(*row[:3], row[4]) for row in rows]
    return "\n".join([_whence(found, day), table(columns, rows), f"total {money(found.total)}, before tax"])


def _whence(found: Quote, day: date) -> str:
    """Where the price comes from (P2)."""
    terms, product = found.priced.terms, found.priced.product
    where = f"{found.priced.item.quantity:,f} of {product.product} on {day}"
    if terms.price is not None and terms.unit_price in (None, terms.price.unit_price):
        where += f", {terms.price.price}: {price_words(terms.price)}"
    if terms.agreement is not None:
        where += f" (agreement {terms.agreement.agreement})"
    return where
