"""`billing-beans subscription bill` (U3)."""

from __future__ import annotations

import click

from billing_beans.acts.subscriptions import BillSubscription, bill_subscription
from billing_beans.cli.arguments import completes
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.cli.subscription_options import due
from billing_beans.cli.subscription_said import say_billed
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import parse_day


@click.command()
@click.argument("subscription", type=NAME, shell_complete=completes(due))
@click.option(
    "--until", metavar="DATE", help="What is due by this day, which is included; else by the day of the invoice."
)
@global_options
@click.pass_context
def command(ctx: click.Context, subscription: str, until: str | None) -> None:
    """Bill at once what is due of one subscription: invoices, and credit notes for days that were billed and are not used.

    Without a review: to review first, billing-beans run start --subscription SUB.

    \b
    Examples:
      billing-beans subscription bill SUB-1
      billing-beans subscription bill SUB-1 --date 2026-02-01
      billing-beans subscription bill SUB-1 --dry-run
    """
    session = session_of(ctx)
    last = parse_day(until, session.today) if until is not None else None
    request = BillSubscription(subscription, last)
    session.perform(bill_subscription, request, lambda outcome: say_billed(outcome, subscription))
