"""`billing-beans price`: add, list, show, import; quote stands in a module of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from billing_beans.acts.catalog import add_price
from billing_beans.catalog.facts import PriceAdded, PriceModel, ProductAdded
from billing_beans.catalog.price_words import model_words, price_words, tier_rows
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
from billing_beans.cli.later import Later
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.price_options import price_options, price_said
from billing_beans.cli.session import session_of
from billing_beans.core.errors import Refused
from billing_beans.ledger.ledger import Outcome


@click.group(cls=Later, later={"quote": "price_quote.quote"})
def command() -> None:
    """Prices by country, currency and date, in several models. docs/prices.md has them all.

    \b
    Examples:
      billing-beans price add placement-credit "100.00 SGD"
      billing-beans price add placement-credit "110.00 SGD" --from 2027-01-01
      billing-beans price add api-calls --model graduated --tier "10000=0.0010 USD" --tier "rest=0.0005 USD"
      billing-beans price quote api-calls 12000
      billing-beans price list --product placement-credit
    """


@command.command()
@click.argument("product", shell_complete=ids_of(ProductAdded))
@click.argument("unit_price", metavar="[PRICE]", type=UNIT_PRICE, required=False)
@price_options
@click.option("--country", help="Only for customers of this country: SG. Else for all without a price of their own.")
@click.option("--from", "since", metavar="DATE", help="The first day; else --date, else today.")
@click.option("--until", metavar="DATE", help="The last day; else without end.")
@click.option("--id", "price", help="The price's id; else the open-ended one's, or the next PRICE-number.")
@global_options
@click.pass_context
def add(
    ctx: click.Context,
    /,
    product: str,
    model: str | None,
    tiers: tuple[str, ...],
    since: str | None,
    until: str | None,
    **values: Any,
) -> None:
    """Add a price, or the next version of the one that there is for product, country and currency.

    PRICE is what one costs; a flat price's amount, or that of a package; or the fee for each transaction beside a --rate.

    A tier ends at a number, or is the rest: UP-TO=PRICE, UP-TO=PRICE+FEE with a flat fee, UP-TO=+FEE with nothing else.
    A graduated price charges each unit at the price of its tier, a volume price all of them at that of the tier that they reach.

    \b
    Examples:
      billing-beans price add placement-credit "100.00 SGD"
      billing-beans price add placement-credit "90.00 SGD" --country MY --from 2026-07-01 --until 2026-12-31
      billing-beans price add api-calls "0.0004 USD" --included 1000 --minimum "20.00 USD"
      billing-beans price add support "99.00 USD" --model flat
      billing-beans price add api-calls --model graduated --tier "10=10.00 USD+2.00 USD" --tier "20=5.00 USD+3.00 USD" \\
        --tier "rest=5.00 USD"
      billing-beans price add api-calls --model volume --tier "100=2.00 USD" --tier "rest=1.00 USD" --maximum "500.00 USD"
      billing-beans price add messages "100.00 USD" --package 10 --included 10
      billing-beans price add card-fees "0.25 USD" --rate 1.3% --free-events 3 --event-maximum "12.00 USD"
      billing-beans price add payout-fees --rate 0.5% --currency USD
      billing-beans price add volume-fees --model graduated-percentage --tier "1000=1%+200.00 USD" --tier "rest=0.5%"
    """
    session = session_of(ctx)
    first, last = day_typed(session, since), day_typed(session, until)
    request = price_said(product, model, tiers, since=first, until=last, **values)
    perform(session, add_price, request, _say_added)


def _say_added(outcome: Outcome) -> Said:
    fact = outcome.facts[0]
    assert isinstance(fact, PriceAdded)
    versions = outcome.act.books.catalog.versions_of(fact)
    place = versions.index(fact)
    where = f" in {fact.country}" if fact.country else ""
    costs = f"{fact.price}: {fact.product} costs" if fact.is_per_unit else f"{fact.price} of {fact.product}:"
    words = [f"{costs} {price_words(fact)}{where} from {fact.date} on.", *_tiers(fact)]
    if place:
        before = versions[place - 1]
        words.append(f"  before: {price_words(before)} from {before.date} on")
    if place + 1 < len(versions):
        after = versions[place + 1]
        words.append(f"  after: {price_words(after)} from {after.date} on")
    if fact.active_until is not None:
        words.append(f"  last day: {fact.active_until}")
    if not fact.is_per_unit:
        words.append(f"Next: billing-beans price quote {fact.product} 100")
    return fact, "\n".join(words)


def _tiers(price: PriceAdded) -> list[str]:
    """The tiers of a price, where it has some, as a table."""
    if not price.tiers:
        return []
    rows = [(f"  {number}", *more) for number, *more in tier_rows(price)]
    return [table(["  tier", "units" if price.model is not _OF_AMOUNTS else "amount", "each>", "flat fee>"], rows)]


_OF_AMOUNTS = PriceModel.GRADUATED_PERCENTAGE


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
        **({"model": model_words} if any(not one.is_per_unit for one in kept) else {}),
        "from": lambda one: one.date,
        "until": lambda one: one.active_until,
    }
    kept.sort(key=lambda one: (one.product, one.country or "", one.priced_in, one.date))
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
    words = described("price", price, replace(valid, tiers=()), versions, day)
    if not valid.is_per_unit:
        words = "\n".join([price_words(valid), *_tiers(valid), "", words])
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
