"""`billing-beans subscription start` (U3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from billing_beans.acts.subscriptions import start_and_bill, start_subscription
from billing_beans.catalog.facts import CustomerAdded, LegalEntityAdded
from billing_beans.cli.arguments import NUMBER, completes, ids_of
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.options import global_options
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.subscription_options import BILL, plans, when_of, when_options
from billing_beans.cli.subscription_said import say_started
from billing_beans.cli.typed import NAME, NumbersAsArguments
from billing_beans.core.calendar import parse_day
from billing_beans.invoicing.operations import DraftInvoice, seller_of
from billing_beans.subscriptions.operations import StartSubscription


@click.command(cls=NumbersAsArguments)
@click.argument("customer", type=NAME, shell_complete=ids_of(CustomerAdded))
@click.argument("plan", type=NAME, shell_complete=completes(plans))
@click.argument("quantity", metavar="[QUANTITY]", type=NUMBER, required=False)
@when_options(at_end=False)
@click.option(
    "--anchor",
    metavar="DATE",
    help="A day on which a period begins, from which all are counted; else its first day that costs.",
)
@click.option(
    "--trial-days",
    type=int,
    metavar="DAYS",
    help="So many days are free at the beginning; 0 for none. Else as the plan says.",
)
@click.option("--periods", type=int, metavar="N", help="It ends after so many periods.")
@click.option("--until", metavar="DATE", help="Its last day; else it goes on until it is cancelled.")
@click.option("--currency", help="Of the bill-to profile, where the customer has several: SGD.")
@click.option("--seller", shell_complete=ids_of(LegalEntityAdded), help="The legal entity that sells, of several.")
@click.option("--id", "subscription", metavar="SUB", type=NAME, help="Its id; else the next SUB-number.")
@BILL
@global_options
@click.pass_context
def command(
    ctx: click.Context, /, customer: str, plan: str, quantity: Decimal | None, bill: bool, **given: Any
) -> None:
    """A customer subscribes to a plan, once or QUANTITY times, from today on, from --date, or --from another day.

    Its periods are counted from its first day that costs something, or from --anchor: then its first period is a part of one, and
    is charged as such. From the 31st of a month they begin on the last day of shorter months.

    \b
    Examples:
      billing-beans subscription start acme pro
      billing-beans subscription start acme team 5 --from 2026-02-10 --anchor 2026-02-01 --bill
      billing-beans subscription start acme pro --trial-days 14 --id ACME-PRO
      billing-beans subscription start acme yearly --periods 1
      billing-beans subscription start acme pro --at 2026-07-01T14:30
    """
    session = session_of(ctx)
    zone = _zone(session, customer, given["seller"])
    when = when_of(session, given, zone)
    for name in ("anchor", "until"):
        given[name] = parse_day(given[name], session.today) if given[name] is not None else None
    given["currency"] = given["currency"].upper() if given["currency"] else None
    request = StartSubscription(customer, plan, Decimal(1) if quantity is None else quantity, when, **given)
    verb = start_and_bill if bill else start_subscription
    session.perform(verb, request, lambda outcome: say_started(session, outcome))


def _zone(session: Session, customer: str, seller: str | None) -> str:
    """The time zone of who sells. Raises `Refused`."""
    books = session.reading.books
    return seller_of(books, DraftInvoice(customer, (), seller=seller), day_shown(session)).time_zone
