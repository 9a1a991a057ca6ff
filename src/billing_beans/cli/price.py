"""`billing-beans price`: add, list, show, import."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from billing_beans.acts.catalog import add_price
from billing_beans.catalog.facts import PriceAdded, ProductAdded
from billing_beans.catalog.operations import AddPrice
from billing_beans.catalog.versions import last_by
from billing_beans.cli.arguments import UNIT_PRICE, ids_of
from billing_beans.cli.catalogue import (
    FromFile,
    Said,
    day_shown,
    day_typed,
    described,
    import_file,
    import_options,
    perform,
    show_list,
)
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.session import session_of
from billing_beans.core.errors import Refused
from billing_beans.core.money import Money
from billing_beans.ledger.ledger import Outcome


@click.group()
def command() -> None:
    """Prices by country, currency and date.

    \b
    Examples:
      billing-beans price add placement-credit "100.00 SGD"
      billing-beans price add placement-credit "110.00 SGD" --from 2027-01-01
      billing-beans price list --product placement-credit
    """


@command.command()
@click.argument("product", shell_complete=ids_of(ProductAdded))
@click.argument("unit_price", metavar="PRICE", type=UNIT_PRICE)
@click.option("--country", help="Only for customers of this country: SG. Else for all without a price of their own.")
@click.option("--from", "since", metavar="DATE", help="The first day; else --date, else today.")
@click.option("--until", metavar="DATE", help="The last day; else without end.")
@click.option("--id", "price", help="The price's id; else the open-ended one's, or the next PRICE-number.")
@global_options
@click.pass_context
def add(
    ctx: click.Context,
    product: str,
    unit_price: Money,
    country: str | None,
    since: str | None,
    until: str | None,
    price: str | None,
) -> None:
    """Add a price, or the next version of the one that there is for product, country and currency.

    \b
    Examples:
      billing-beans price add placement-credit "100.00 SGD"
      billing-beans price add placement-credit "90.00 SGD" --country MY --from 2026-07-01 --until 2026-12-31
      billing-beans price add api-calls "0.0004 USD"
    """
    session = session_of(ctx)
    first, last = day_typed(session, since), day_typed(session, until)
    request = AddPrice(product, unit_price, country, first, last, price)
    perform(session, add_price, request, _say_added)


def _say_added(outcome: Outcome) -> Said:
    fact = outcome.facts[0]
    assert isinstance(fact, PriceAdded)
    versions = outcome.act.books.catalog.versions_of(fact)
    place = versions.index(fact)
    where = f" in {fact.country}" if fact.country else ""
    words = [f"{fact.price}: {fact.product} costs {money(fact.unit_price)}{where} from {fact.date} on."]
    if place:
        before = versions[place - 1]
        words.append(f"  before: {money(before.unit_price)} from {before.date} on")
    if place + 1 < len(versions):
        after = versions[place + 1]
        words.append(f"  after: {money(after.unit_price)} from {after.date} on")
    if fact.active_until is not None:
        words.append(f"  last day: {fact.active_until}")
    return fact, "\n".join(words)


@command.command(name="list")
@click.option("--product", shell_complete=ids_of(ProductAdded), help="Only of this product.")
@click.option("--all", "every", is_flag=True, help="Also those that ended or have not begun.")
@global_options
@click.pass_context
def list_(ctx: click.Context, product: str | None, every: bool) -> None:
    """Prices that are valid on a day.

    \b
    Examples:
      billing-beans price list
      billing-beans price list --product placement-credit --date 2027-01-01
      billing-beans price list --all
    """
    session = session_of(ctx)
    catalog, day = session.reading.books.catalog, day_shown(session)
    found = [*catalog.prices.all()] if every else [one for one in catalog.valid_on(PriceAdded, day) if _on(one, day)]
    kept = [one for one in found if product in (None, one.product)]
    columns = {
        "price": lambda one: one.price,
        "product": lambda one: one.product,
        "country": lambda one: one.country,
        "unit price>": lambda one: one.unit_price,
        "from": lambda one: one.date,
        "until": lambda one: one.active_until,
    }
    kept.sort(key=lambda one: (one.product, one.country or "", one.unit_price.currency, one.date))
    show_list(session, kept, columns, f"No prices on {day}.")


def _on(price: PriceAdded, day: date) -> bool:
    return price.active_until is None or day <= price.active_until


@command.command()
@click.argument("price", shell_complete=ids_of(PriceAdded))
@global_options
@click.pass_context
def show(ctx: click.Context, price: str) -> None:
    """One price as it is on a day, and its history.

    \b
    Example:
      billing-beans price show PRICE-1
    """
    session = session_of(ctx)
    day = day_shown(session)
    versions = [*session.reading.books.catalog.prices.range("versions", price)]
    if not versions:
        raise Refused(f"There is no price {price}.", instead="billing-beans price list --all")
    valid = last_by(versions, day) or versions[0]
    words = described("price", price, valid, versions, day)
    session.answer({"price": valid, "versions": versions}, words)


@command.command(name="import")
@import_options
@global_options
@click.pass_context
def import_(ctx: click.Context, file: Path, mapping: tuple[str, ...], reject: Path | None) -> None:
    """Import prices from a CSV file (UTF-8; comma, semicolon or tab): product, price, currency, country, from, until.

    The price may be "100.00 SGD", or the number with the currency in a column of its own. Rows that can't be taken are
    named, the others are written in one act. Importing a file again changes nothing.

    \b
    Examples:
      billing-beans price import prices.csv
      billing-beans price import list.csv --map product=SKU --map price="List price" --reject refused.csv
    """
    from billing_beans.importers.catalog_rows import read_prices

    import_file(ctx, FromFile("prices", file, mapping, reject), read_prices)
