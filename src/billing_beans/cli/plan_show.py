"""`billing-beans plan list` and `plan show` (U3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanAdded
from billing_beans.catalog.versions import last_by
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import day_shown, show_list
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.plan_words import (
    EVERY,
    change_words,
    charge_rows,
    charges_words,
)
from billing_beans.cli.session import session_of
from billing_beans.cli.typed import NAME
from billing_beans.core.errors import Refused
from billing_beans.subscriptions.records import Point
from billing_beans.subscriptions.standing import Standing, standing_of

_GOING_ON = (Standing.TRIAL, Standing.ACTIVE, Standing.PAUSED)


@click.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also those that can't be subscribed to on the day.")
@global_options
@click.pass_context
def list_(ctx: click.Context, every: bool) -> None:
    """Plans as they are on a day, with how many subscribe to them then.

    \b
    Examples:
      billing-beans plan list
      billing-beans plan list --all --date 2027-01-01
    """
    session = session_of(ctx)
    books, day = session.reading.books, day_shown(session)
    found = books.catalog.valid_on(PlanAdded, date.max if every else day)
    kept = [one for one in found if every or one.active_until is None or day <= one.active_until]
    subscribed = _subscribed(books, day)
    columns = {
        "plan": lambda one: one.plan,
        "name": lambda one: " ".join(one.name.split()),
        "every": lambda one: one.every,
        "charges": lambda one: charges_words(one.charges),
        "trial>": lambda one: f"{one.trial_days} days" if one.trial_days else None,
        "subscribed>": lambda one: sum(subscribed[one.plan].values()),
        "from": lambda one: one.date,
        "until": lambda one: one.active_until,
    }
    if not any(one.trial_days for one in kept):
        columns.pop("trial>")
    if not any(one.active_until for one in kept):
        columns.pop("until")
    show_list(session, kept, columns, f"No plans on {day}.\nNext: billing-beans plan add PLAN --charge PRODUCT")


@click.command()
@click.argument("plan", type=NAME, shell_complete=ids_of(PlanAdded))
@global_options
@click.pass_context
def show(ctx: click.Context, plan: str) -> None:
    """One plan as it is on a day: what it charges, at today's prices, who subscribes to it, and its versions.

    \b
    Examples:
      billing-beans plan show pro
      billing-beans plan show pro --date 2027-01-01
    """
    session = session_of(ctx)
    books, day = session.reading.books, day_shown(session)
    versions = [*books.catalog.plans.range("versions", plan)]
    if not versions:
        raise Refused(f"There is no plan {plan}.", instead=f"billing-beans plan list, or billing-beans plan add {plan}")
    valid = last_by(versions, day) or versions[0]
    subscribed = _subscribed(books, day)[plan]
    priced_on = max(day, valid.date)
    result = {
        "plan": valid,
        "prices": {one.product: [*books.catalog.active_prices(one.product, priced_on)] for one in valid.charges},
        "subscriptions": {one.value: subscribed[one] for one in _GOING_ON},
        "versions": versions,
    }
    session.answer(result, _show_words(books, valid, versions, subscribed, day))


def _show_words(
    books: Books, valid: PlanAdded, versions: list[PlanAdded], subscribed: Counter[Standing], day: date
) -> str:
    priced_on = max(day, valid.date)
    when = f"from {valid.date} on" if valid.date > day else f"on {day}"
    offered = valid.active_until
    head = [
        ("name", " ".join(valid.name.split())),
        ("charged", EVERY[valid.every]),
        ("trial", f"{valid.trial_days} days free" if valid.trial_days else None),
        ("offered", None if offered is None else f"until {offered}"),
        ("subscribed", _count_words(subscribed)),
    ]
    parts = [
        table([valid.plan, when], [row for row in head if row[1] is not None]),
        table(
            ["charge", "quantity>", "of", "when", f"price on {priced_on}"],
            charge_rows(books, valid, priced_on, "no price"),
        ),
    ]
    if len(versions) > 1:
        before = [None, *versions[:-1]]
        rows = [
            (one.date, one.actor or "by hand", change_words(earlier, one))
            for earlier, one in zip(before, versions, strict=True)
        ]
        parts.append(table(["from", "recorded by", "what"], rows))
    return "\n\n".join(parts)


def _count_words(subscribed: Counter[Standing]) -> str:
    total = sum(subscribed.values())
    said = ", ".join(f"{subscribed[one]} {one}" for one in _GOING_ON if subscribed[one])
    return f"{total}: {said}" if subscribed[Standing.ACTIVE] != total else f"{total}"


def _subscribed(books: Books, day: date) -> defaultdict[str, Counter[Standing]]:
    """How many subscriptions have a plan on a day, by where they stand."""
    found: defaultdict[str, Counter[Standing]] = defaultdict(Counter)
    for one in books.subscriptions.subscriptions.all():
        stands = standing_of(books, one, Point(day))
        if stands.standing in _GOING_ON:
            found[stands.phase.plan][stands.standing] += 1
    return found
