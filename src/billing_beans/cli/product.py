"""`billing-beans product`: add, change, list, show, import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from billing_beans.acts.catalog import add_product
from billing_beans.catalog.facts import CreditUnitAdded, PriceAdded, ProductAdded, Revenue, TaxCodeAdded
from billing_beans.catalog.operations import AddProduct
from billing_beans.catalog.price_words import price_words
from billing_beans.cli.arguments import NUMBER, UNIT_PRICE, ids_of
from billing_beans.cli.catalogue import (
    FromFile,
    Said,
    day_shown,
    import_file,
    import_options,
    perform,
    perform_change,
    show_list,
    show_one,
)
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.ledger.ledger import Outcome

_REVENUE = click.Choice([one.value for one in Revenue])


@click.group()
def command() -> None:
    """What is sold, when its revenue counts, what it grants.

    \b
    Examples:
      billing-beans product add placement-credit --name "Placement credits" --revenue on-consumption \\
        --entitlement PLACEMENT --tax-code SG-GST-9
      billing-beans product import products.csv
      billing-beans product list
    """


@command.command()
@click.argument("product")
@click.option("--name", required=True, help="What invoices call it.")
@click.option("--revenue", type=_REVENUE, required=True, help="When its revenue counts; agent: sold for somebody else.")
@click.option("--tax-code", required=True, shell_complete=ids_of(TaxCodeAdded), help="Its tax, without a rule.")
@click.option("--entitlement", metavar="UNIT", help="What it grants when it is paid: PLACEMENT.")
@click.option("--units", type=NUMBER, help="How many units, or credits, one of it is.  [default: 1]")
@click.option("--platform-fee-bps", type=int, metavar="BPS", help="The fee of an agent, in hundredths of a percent.")
@click.option("--fee-tax-code", shell_complete=ids_of(TaxCodeAdded), help="The tax on that fee.")
@click.option("--income", metavar="COMPONENT", help="Where it is earned: Placement is Income:SG:Placement.")
@click.option("--meter", metavar="METER", help="What is counted and sold by it: credits for this meter can pay it.")
@click.option(
    "--credit-unit", metavar="UNIT", shell_complete=ids_of(CreditUnitAdded), help="Which credits a top-up sells."
)
@click.option("--bonus-units", type=NUMBER, help="How many free credits come with one of it.")
@click.option("--valid-days", type=int, metavar="DAYS", help="For how long its credits can be used once it is paid.")
@click.option("--price", "unit_price", type=UNIT_PRICE, metavar="AMOUNT", help='What one costs: "100.00 SGD".')
@global_options
@click.pass_context
def add(ctx: click.Context, /, product: str, revenue: str, **values: Any) -> None:
    """Add a product.

    \b
    Examples:
      billing-beans product add setup --name "Set-up" --revenue on-issue --tax-code SG-GST-9 --price "150.00 SGD"
      billing-beans product add gig-credit --name "Gig credits" --revenue agent --entitlement GIG \\
        --tax-code SG-EXEMPT --platform-fee-bps 1500 --fee-tax-code SG-GST-9
      billing-beans product add top-up --name "Credits" --revenue top-up --credit-unit CREDIT-USD --units 1 \\
        --bonus-units 0.1 --valid-days 365 --tax-code SG-EXEMPT --price "1.00 USD"
    """

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, ProductAdded)
        grants = ""
        if fact.entitlement is not None or fact.credit_unit is not None:
            grants = f"\n  one {'grants' if fact.entitlement else 'is'} {_grants(fact)}"
        words = f"Added product {fact.product}, {fact.name}, from {fact.date} on.{grants}"
        prices = [one for one in outcome.facts if isinstance(one, PriceAdded)]
        if prices:
            return fact, f"{words}\n  one costs {price_words(prices[0])} ({prices[0].price})"
        return fact, f'{words}\nNext: billing-beans price add {fact.product} AMOUNT, for example "100.00 SGD"'

    request = AddProduct(product, revenue=Revenue(revenue), **values)
    perform(session_of(ctx), add_product, request, say)


@command.command()
@click.argument("product", shell_complete=ids_of(ProductAdded))
@click.option("--name", help="What invoices call it.")
@click.option("--revenue", type=_REVENUE, help="When its revenue counts from now on.")
@click.option("--entitlement", metavar="UNIT", help="What it grants from now on.")
@click.option("--tax-code", shell_complete=ids_of(TaxCodeAdded), help="Its tax, without a rule.")
@click.option("--units", "units_per_quantity", type=NUMBER, help="How many units, or credits, one of it is.")
@click.option("--platform-fee-bps", type=int, metavar="BPS", help="The fee of an agent, in hundredths of a percent.")
@click.option("--fee-tax-code", shell_complete=ids_of(TaxCodeAdded), help="The tax on that fee.")
@click.option("--income", metavar="COMPONENT", help="Where it is earned: Placement is Income:SG:Placement.")
@click.option("--meter", metavar="METER", help="What is counted and sold by it: credits for this meter can pay it.")
@click.option(
    "--credit-unit", metavar="UNIT", shell_complete=ids_of(CreditUnitAdded), help="Which credits a top-up sells."
)
@click.option("--bonus-units", type=NUMBER, help="How many free credits come with one of it; 0 for none.")
@click.option("--valid-days", type=int, metavar="DAYS", help="For how long its credits can be used once it is paid.")
@global_options
@click.pass_context
def change(ctx: click.Context, /, product: str, revenue: str | None, **values: Any) -> None:
    """A new version from a day on. What isn't given stays; an empty text takes a value away. Old invoices don't move.

    \b
    Example:
      billing-beans product change gig-credit --platform-fee-bps 1200 --date 2026-07-01
    """
    perform_change(session_of(ctx), "product", product, {**values, "revenue": Revenue(revenue) if revenue else None})


@command.command(name="list")
@global_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Products as they are on a day.

    \b
    Examples:
      billing-beans product list
      billing-beans product list --date 2026-01-31 --json
    """
    session = session_of(ctx)
    found = session.reading.books.catalog.valid_on(ProductAdded, day_shown(session))
    columns = {
        "product": lambda one: one.product,
        "name": lambda one: one.name,
        "revenue": lambda one: one.revenue,
        "tax code": lambda one: one.tax_code,
        "grants": _grants,
        "fee bps>": lambda one: one.platform_fee_bps,
        "from": lambda one: one.date,
    }
    show_list(session, found, columns, "No products.\nNext: billing-beans product add --help")


def _grants(product: ProductAdded) -> str:
    """What one of it grants, or tops up: `1 PLACEMENT`, `100 CREDIT-USD + 10 free`."""
    unit = product.entitlement or product.credit_unit
    bonus = f" + {product.bonus_units:f} free" if product.bonus_units else ""
    return f"{product.units_per_quantity or 1:f} {unit}{bonus}" if unit else ""


@command.command()
@click.argument("product", shell_complete=ids_of(ProductAdded))
@global_options
@click.pass_context
def show(ctx: click.Context, product: str) -> None:
    """One product as it is on a day, and its versions.

    \b
    Example:
      billing-beans product show gig-credit
    """
    show_one(session_of(ctx), "product", product)


@command.command(name="import")
@import_options
@global_options
@click.pass_context
def import_(ctx: click.Context, file: Path, mapping: tuple[str, ...], reject: Path | None) -> None:
    """Import products from a CSV file (UTF-8; comma, semicolon or tab): product, name, revenue, tax-code, ...

    Rows that can't be taken are named, the others are written in one act. Importing a file again changes nothing.

    \b
    Examples:
      billing-beans product import products.csv
      billing-beans product import items.csv --map product=SKU --map name=Title --reject refused.csv
    """
    from billing_beans.importers.catalog_rows import read_products

    import_file(ctx, FromFile("products", file, mapping, reject), read_products)
