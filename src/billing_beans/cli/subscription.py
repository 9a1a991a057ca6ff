"""`billing-beans subscription`: each verb stands in a module of its own (U3)."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later

ELSEWHERE = {
    "start": "subscription_start.command",
    "change": "subscription_change.change",
    "quantity": "subscription_change.quantity",
    "pause": "subscription_change.pause",
    "resume": "subscription_change.resume",
    "cancel": "subscription_change.cancel",
    "renew": "subscription_change.renew",
    "bill": "subscription_bill.command",
    "list": "subscription_list.list_",
    "show": "subscription_show.show",
}
"""Where each verb is."""


@click.group(cls=Later, later=ELSEWHERE)
def command() -> None:
    """Subscriptions: customers subscribe to plans, and are billed period by period.

    Nothing that happens to a subscription bills it by itself: billing-beans run start bills all that is due, `subscription bill` one of
    them at once, and so does --bill behind a verb. What was billed and is no longer right becomes a credit note.

    \b
    Examples:
      billing-beans subscription start acme pro
      billing-beans subscription start acme team 5 --from 2026-02-01 --trial-days 14
      billing-beans subscription quantity SUB-2 7 --bill
      billing-beans subscription change SUB-1 --plan team --at-period-end
      billing-beans subscription pause SUB-1
      billing-beans subscription resume SUB-1
      billing-beans subscription cancel SUB-1 --at-period-end --reason "moves to another product"
      billing-beans subscription show SUB-1
    """
