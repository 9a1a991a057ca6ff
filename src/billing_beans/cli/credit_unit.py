"""`billing-beans credit unit`: add, list."""

from __future__ import annotations

import click

from billing_beans.acts.catalog import add_credit_unit
from billing_beans.catalog.credit_units import AddCreditUnit
from billing_beans.catalog.facts import CreditUnitAdded
from billing_beans.cli.arguments import UNIT_PRICE
from billing_beans.cli.catalogue import Said, day_shown, perform, show_list
from billing_beans.cli.options import global_options
from billing_beans.cli.output import money
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.money import Money
from billing_beans.ledger.ledger import Outcome


@click.command()
@click.argument("unit", type=NAME)
@click.option(
    "--face", type=UNIT_PRICE, required=True, metavar="AMOUNT", help='What one is worth when it is used: "1.00 USD".'
)
@click.option("--name", help="What invoices and statements call it.  [default: UNIT]")
@global_options
@click.pass_context
def add(ctx: click.Context, unit: str, face: Money, name: str | None) -> None:
    """Add a kind of credits, or give one another name from a day on. What it is worth never changes.

    UNIT is CREDIT, or CREDIT- and capitals, digits and dashes.

    \b
    Examples:
      billing-beans credit unit add CREDIT-USD --face "1.00 USD" --name "US dollar credits"
      billing-beans credit unit add CREDIT-API --face "0.001 USD" --name "API credits"
    """

    def say(outcome: Outcome) -> Said:
        fact = outcome.facts[0]
        assert isinstance(fact, CreditUnitAdded)
        called = f", {' '.join(fact.name.split())}," if fact.name != fact.credit_unit else ""
        words = f"One {fact.credit_unit}{called} is worth {money(fact.face)} when it is used, from {fact.date} on."
        following = f"Next: billing-beans product add top-up --revenue top-up --credit-unit {fact.credit_unit} --name ... --tax-code ..."
        return fact, f"{words}\n{following}"

    perform(session_of(ctx), add_credit_unit, AddCreditUnit(unit, face, name), say)


@click.command(name="list")
@global_options
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Kinds of credits as they are on a day.

    \b
    Examples:
      billing-beans credit unit list
      billing-beans credit unit list --date 2026-01-31 --json
    """
    session = session_of(ctx)
    found = session.reading.books.catalog.valid_on(CreditUnitAdded, day_shown(session))
    columns = {
        "credits": lambda one: one.credit_unit,
        "name": lambda one: one.name,
        "one is worth>": lambda one: one.face,
        "from": lambda one: one.date,
    }
    none = 'No credits.\nNext: billing-beans credit unit add CREDIT-USD --face "1.00 USD"'
    show_list(session, found, columns, none)
