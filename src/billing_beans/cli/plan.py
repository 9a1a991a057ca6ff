"""`billing-beans plan`: add, change, list, show (U3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from billing_beans.acts.catalog import add_plan
from billing_beans.books import Books
from billing_beans.catalog.facts import LegalEntityAdded, PlanAdded
from billing_beans.catalog.plans import AddCharge, AddPlan
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import Said, day_typed, perform
from billing_beans.cli.later import Later
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.plan_words import (
    EVERY,
    change_words,
    charge_rows,
    priceless,
    read_charge,
)
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import Every
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.ledger.ledger import Outcome

ELSEWHERE = {"list": "plan_show.list_", "show": "plan_show.show"}


class _Charge(click.ParamType[AddCharge]):
    """A charge of a plan."""

    name = "charge"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> AddCharge:
        return read_charge(value) if isinstance(value, str) else value


_CHARGE = click.option(
    "--charge",
    "charges",
    type=_Charge(),
    multiple=True,
    metavar="[NAME=]PRODUCT[:WHEN][:QUANTITY]",
    help="What it charges; WHEN is in-advance (the default), in-arrears or once. Without a quantity: as many as the subscription has.",
)
_NAME = click.option("--name", help="What lists and invoices call it.  [default: PLAN]")
_TRIAL = click.option("--trial-days", type=int, metavar="DAYS", help="Free days at the beginning; 0 for none.")
_SINCE = click.option("--from", "since", metavar="DATE", help="The first day; else --date, else today.")
_UNTIL = click.option("--until", metavar="DATE", help="The last day on which a subscription to it can begin.")


@click.group(cls=Later, later=ELSEWHERE)
def command() -> None:
    """Plans: what can be subscribed to, what they charge, and how often.

    \b
    Examples:
      billing-beans plan add pro --every month --charge pro-plan --charge setup:once:1
      billing-beans plan change pro --charge pro-plan --charge support:in-arrears --from 2027-01-01
      billing-beans plan list
      billing-beans plan show pro
      billing-beans subscription start acme pro
    """


@command.command()
@click.argument("plan", type=NAME)
@click.option(
    "--every", type=click.Choice([one.value for one in Every]), help="How often it is charged.  [default: month]"
)
@_CHARGE
@_NAME
@_TRIAL
@_SINCE
@_UNTIL
@global_options
@click.pass_context
def add(ctx: click.Context, /, plan: str, every: str | None, **given: Any) -> None:
    """Add a plan, or the next version of one; what is not given stays as it is, and new charges replace all of the old ones.

    A charge is a product, at the price that it has on the first day of the period, or of the part of one, that is billed. It is
    billed in advance as a period begins, in arrears when it is over, or once, with the first. It is called like its product, or by
    a NAME. The periods of a plan have one length for ever. Subscriptions follow the versions of their plan.

    \b
    Examples:
      billing-beans plan add basic --charge basic-plan
      billing-beans plan add team --every month --charge base:1 --charge seat --charge setup:once:1 --trial-days 14
      billing-beans plan add yearly --every year --name "Pro, by the year" --charge fee=pro-year --charge support:in-arrears
      billing-beans plan add team --charge base:1 --charge seat --from 2027-01-01
    """
    request = _request(ctx, plan, Every(every) if every is not None else None, given)
    perform(session_of(ctx), add_plan, request, _say_added)


@command.command()
@click.argument("plan", type=NAME, shell_complete=ids_of(PlanAdded))
@_CHARGE
@_NAME
@_TRIAL
@_SINCE
@_UNTIL
@global_options
@click.pass_context
def change(ctx: click.Context, /, plan: str, **given: Any) -> None:
    """The next version of a plan, from a day on. What is not given stays as it is; charges are given all together.

    Subscriptions are charged by it from their first period on that begins on that day or later.

    \b
    Examples:
      billing-beans plan change team --charge base:1 --charge seat --charge support:in-arrears --from 2027-01-01
      billing-beans plan change team --name "Team" --trial-days 0
      billing-beans plan change team --until 2026-12-31
    """
    books = session_of(ctx).reading.books
    if not any(books.catalog.plans.range("versions", plan)):
        raise Refused(f"There is no plan {plan}.", instead=f"billing-beans plan list, or billing-beans plan add {plan}")
    if all(value in (None, ()) for name, value in given.items() if name != "since"):
        raise WrongUsage(
            f"Nothing was said that would be different in {plan}.",
            instead="billing-beans plan change --help names the options",
        )
    perform(session_of(ctx), add_plan, _request(ctx, plan, None, given), _say_added)


def _request(ctx: click.Context, plan: str, every: Every | None, given: dict[str, Any]) -> AddPlan:
    session = session_of(ctx)
    since, until = day_typed(session, given["since"]), day_typed(session, given["until"])
    return AddPlan(plan, given["name"], every, given["charges"], given["trial_days"], until, since)


def _say_added(outcome: Outcome) -> Said:
    (fact,) = outcome.facts
    assert isinstance(fact, PlanAdded)
    books = outcome.act.books
    versions = books.catalog.versions_of(fact)
    place = versions.index(fact)
    called = f", {' '.join(fact.name.split())}," if fact.name != fact.plan else ""
    if place:
        head = f"Changed {fact.plan}{called} from {fact.date} on: {change_words(versions[place - 1], fact)}."
    else:
        head = f"Added {fact.plan}{called or ','} charged {EVERY[fact.every]}, from {fact.date} on."
    return fact, "\n".join([head, _charges_table(books, fact), *_more_words(fact), _next(books, fact)])


def _charges_table(books: Books, plan: PlanAdded) -> str:
    rows = [(f"  {name}", *more) for name, *more in charge_rows(books, plan, plan.date, "no price yet")]
    return table(["  charge", "quantity>", "of", "when", "price"], rows)


def _more_words(plan: PlanAdded) -> list[str]:
    words = [f"  the first {plan.trial_days} days are free"] if plan.trial_days else []
    return words + ([f"  can be subscribed to until {plan.active_until}"] if plan.active_until is not None else [])


def _next(books: Books, plan: PlanAdded) -> str:
    missing = priceless(books, plan)
    if missing:
        currencies = [one.currency for one in books.catalog.valid_on(LegalEntityAdded, date.max)]
        return f'Next: billing-beans price add {missing[0]} "10.00 {currencies[0] if currencies else "USD"}"'
    return f"Next: billing-beans subscription start CUSTOMER {plan.plan}"
