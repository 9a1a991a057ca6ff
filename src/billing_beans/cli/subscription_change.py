"""`billing-beans subscription`: change, quantity, pause, resume, cancel, renew (U3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from billing_beans.acts import subscriptions as acts
from billing_beans.cli.arguments import NUMBER, completes
from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.cli.subscription_options import (
    BILL,
    ending,
    going_on,
    paused,
    plans,
    running,
    when_of,
    when_options,
    zone_of,
)
from billing_beans.cli.subscription_said import say_happened
from billing_beans.cli.typed import NAME, NumbersAsArguments
from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import WrongUsage
from billing_beans.subscriptions.operations import (
    CancelSubscription,
    ChangeSubscription,
    PauseSubscription,
    RenewSubscription,
    ResumeSubscription,
)


@click.command(cls=NumbersAsArguments)
@click.argument("subscription", type=NAME, shell_complete=completes(going_on))
@click.option("--plan", type=NAME, shell_complete=completes(plans), help="Another plan.")
@click.option("--quantity", type=NUMBER, help="Another quantity.")
@when_options(at_end=True)
@BILL
@global_options
@click.pass_context
def change(
    ctx: click.Context, /, subscription: str, plan: str | None, quantity: Decimal | None, bill: bool, **given: Any
) -> None:
    """Another plan, another quantity, or both, from a day on. What was billed for days after that is credited, and charged anew.

    A plan whose periods are of another length begins a new period then; else the periods stay where they are.

    \b
    Examples:
      billing-beans subscription change SUB-1 --plan team
      billing-beans subscription change SUB-1 --plan yearly --at-period-end
      billing-beans subscription change SUB-1 --quantity 7 --from 2026-02-10 --bill
    """
    if plan is None and quantity is None:
        raise WrongUsage(
            f"Nothing was said that would be different in {subscription}.",
            instead=f"billing-beans subscription change {subscription} --plan PLAN, or --quantity NUMBER",
        )
    _change(ctx, ChangeSubscription(subscription, plan, quantity), given, bill=bill)


@click.command(cls=NumbersAsArguments)
@click.argument("subscription", type=NAME, shell_complete=completes(going_on))
@click.argument("number", type=NUMBER)
@when_options(at_end=True)
@BILL
@global_options
@click.pass_context
def quantity(ctx: click.Context, /, subscription: str, number: Decimal, bill: bool, **given: Any) -> None:
    """Another quantity from a day on: seats, licences, whatever the plan counts.

    \b
    Examples:
      billing-beans subscription quantity SUB-2 7
      billing-beans subscription quantity SUB-2 5 --at-period-end
    """
    _change(ctx, ChangeSubscription(subscription, None, number), given, bill=bill)


def _change(ctx: click.Context, request: ChangeSubscription, given: dict[str, Any], *, bill: bool) -> None:
    session = session_of(ctx)
    when = when_of(session, given, zone_of(session, request.subscription))
    asked = ChangeSubscription(request.subscription, request.plan, request.quantity, when)
    verb = acts.change_and_bill if bill else acts.change_subscription
    session.perform(verb, asked, lambda outcome: say_happened(session, outcome, asked.subscription))


@click.command()
@click.argument("subscription", type=NAME, shell_complete=completes(running))
@click.option("--reason", help="Why.")
@when_options(at_end=True)
@BILL
@global_options
@click.pass_context
def pause(ctx: click.Context, /, subscription: str, reason: str | None, bill: bool, **given: Any) -> None:
    """Nothing is billed from a day on, until it is resumed. What was billed for days after that is credited.

    \b
    Examples:
      billing-beans subscription pause SUB-1 --reason "closed for the summer"
      billing-beans subscription pause SUB-1 --from 2026-07-01
      billing-beans subscription pause SUB-1 --at-period-end
    """
    session = session_of(ctx)
    request = PauseSubscription(subscription, when_of(session, given, zone_of(session, subscription)), reason or None)
    verb = acts.pause_and_bill if bill else acts.pause_subscription
    session.perform(verb, request, lambda outcome: say_happened(session, outcome, subscription))


@click.command()
@click.argument("subscription", type=NAME, shell_complete=completes(paused))
@when_options(at_end=False)
@BILL
@global_options
@click.pass_context
def resume(ctx: click.Context, /, subscription: str, bill: bool, **given: Any) -> None:
    """It is billed again from a day on. Its periods are where they were: what is left of the current one is charged.

    \b
    Examples:
      billing-beans subscription resume SUB-1
      billing-beans subscription resume SUB-1 --from 2026-09-01
    """
    session = session_of(ctx)
    request = ResumeSubscription(subscription, when_of(session, given, zone_of(session, subscription)))
    verb = acts.resume_and_bill if bill else acts.resume_subscription
    session.perform(verb, request, lambda outcome: say_happened(session, outcome, subscription))


@click.command()
@click.argument("subscription", type=NAME, shell_complete=completes(going_on))
@click.option("--reason", help="Why.")
@when_options(at_end=True)
@BILL
@global_options
@click.pass_context
def cancel(ctx: click.Context, /, subscription: str, reason: str | None, bill: bool, **given: Any) -> None:
    """It ends: today, on --date or --from a day on, which is the first that is not charged; or when the current period is over.

    What was billed for days after that is credited. Until it has ended it can be renewed.

    \b
    Examples:
      billing-beans subscription cancel SUB-1 --at-period-end
      billing-beans subscription cancel SUB-1 --reason "too small" --bill
      billing-beans subscription cancel SUB-1 --from 2026-03-15
    """
    session = session_of(ctx)
    request = CancelSubscription(subscription, when_of(session, given, zone_of(session, subscription)), reason or None)
    verb = acts.cancel_and_bill if bill else acts.cancel_subscription
    session.perform(verb, request, lambda outcome: say_happened(session, outcome, subscription))


@click.command()
@click.argument("subscription", type=NAME, shell_complete=completes(ending))
@click.option("--periods", type=int, metavar="N", help="For so many periods more.")
@click.option("--until", metavar="DATE", help="Until this day, the last.")
@global_options
@click.pass_context
def renew(ctx: click.Context, subscription: str, periods: int | None, until: str | None) -> None:
    """One that would end goes on: for --periods more, --until a last day, or until it is cancelled.

    \b
    Examples:
      billing-beans subscription renew SUB-3 --periods 12
      billing-beans subscription renew SUB-3 --until 2027-12-31
      billing-beans subscription renew SUB-3
    """
    session = session_of(ctx)
    last = parse_day(until, session.today) if until is not None else None
    request = RenewSubscription(subscription, periods, last)
    session.perform(acts.renew_subscription, request, lambda outcome: say_happened(session, outcome, subscription))
