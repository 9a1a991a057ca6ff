"""`billing-beans subscription list` (U3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded, PlanAdded
from billing_beans.cli.arguments import ids_of
from billing_beans.cli.catalogue import day_shown
from billing_beans.cli.options import global_options
from billing_beans.cli.output import table
from billing_beans.cli.session import Session, session_of
from billing_beans.cli.subscription_words import last_words, what_words
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import format_moment, local_date
from billing_beans.core.errors import Refused
from billing_beans.core.words import count_words
from billing_beans.invoicing.operations import entity_of
from billing_beans.subscriptions.records import Point, Subscription
from billing_beans.subscriptions.standing import Standing, standing_of, upcoming

_COLUMNS = ("subscription", "customer", "plan", "every", "status", "from", "until", "next billing")
_END_OF_DAY = "~"
"""Behind every moment of a day."""


class Row(NamedTuple):
    """A subscription as it stands on a day. `due` says whether something is to be billed; `next_billing` is when there is next."""

    subscription: str
    customer: str
    seller: str
    currency: str
    plan: str
    quantity: Any
    every: str
    status: Standing
    start: date
    last_day: str | None
    due: bool
    next_billing: date | None
    run: str | None


@click.command(name="list")
@click.option("--customer", type=NAME, shell_complete=ids_of(CustomerAdded), help="Only of this customer.")
@click.option("--plan", type=NAME, shell_complete=ids_of(PlanAdded), help="Only to this plan.")
@click.option("--status", type=click.Choice([one.value for one in Standing]), help="Only those that stand here.")
@global_options
@click.pass_context
def list_(ctx: click.Context, customer: str | None, plan: str | None, status: str | None) -> None:
    """Subscriptions as they stand today, or on --date: what they are to, whether they are on trial, paused or over, what comes next.

    Where something is due, `next billing` says so: billing-beans run start bills it.

    \b
    Examples:
      billing-beans subscription list
      billing-beans subscription list --customer acme --status active
      billing-beans subscription list --plan pro --date 2026-12-31 --json
    """
    session = session_of(ctx)
    books, day = session.reading.books, day_shown(session)
    rows = [
        one
        for one in (row_of(books, each, day, point_on(session, books, each, day)) for each in _found(books, customer))
        if (plan is None or one.plan == plan) and (status is None or one.status.value == status)
    ]
    if plan is not None and not any(books.catalog.plans.range("versions", plan)):
        raise Refused(f"There is no plan {plan}.", instead="billing-beans plan list --all")
    session.answer(rows, _words(rows, day))


def _found(books: Books, customer: str | None) -> Iterable[Subscription]:
    table_ = books.subscriptions.subscriptions
    if customer is None:
        return sorted(table_.all(), key=lambda one: one.sequence)
    if not any(books.catalog.customers.range("versions", customer)):
        raise Refused(f"There is no customer {customer}.", instead="billing-beans customer list")
    return table_.range("customer", customer)


def point_on(session: Session, books: Books, one: Subscription, day: date) -> Point:
    """The point at which a subscription is looked at: now, or the end of another day."""
    now: datetime = session.clock.now()
    zone = entity_of(books, one.seller, date.max).time_zone
    return Point(day, format_moment(now) if local_date(now, zone) == day else _END_OF_DAY)


def row_of(books: Books, one: Subscription, day: date, point: Point) -> Row:
    """A subscription as it stands at a point of a day."""
    stands = standing_of(books, one, point)
    coming = upcoming(books, one, day)
    return Row(
        one.subscription,
        one.customer,
        one.seller,
        one.currency,
        stands.phase.plan,
        stands.phase.quantity,
        stands.phase.every.value,
        stands.standing,
        one.start.day,
        last_words(books, one, one.ends) if one.ends is not None else None,
        coming.is_due,
        coming.following,
        books.runs.run_of(one.subscription),
    )


def next_words(row: Row) -> str:
    """When something of it is billed next."""
    if row.run is not None:
        return f"waits in {row.run}"
    if row.due:
        return "due"
    return f"{row.next_billing}" if row.next_billing else ""


def status_words(status: Standing) -> str:
    return status.value.replace("-", " ")


def _words(rows: list[Row], day: date) -> str:
    if not rows:
        return f"No subscriptions on {day}.\nNext: billing-beans subscription start CUSTOMER PLAN"
    cells = [
        (
            one.subscription,
            one.customer,
            what_words(one.plan, one.quantity),
            one.every.replace("-", " "),
            status_words(one.status),
            one.start,
            one.last_day,
            next_words(one),
        )
        for one in rows
    ]
    kept = [place for place, name in enumerate(_COLUMNS) if name != "until" or any(one.last_day for one in rows)]
    columns = [_COLUMNS[place] for place in kept]
    waiting = sum(one.due and one.run is None for one in rows)
    count = count_words(len(rows), "subscription")
    due = f", {waiting:,} of them due: billing-beans run start" if waiting else ""
    return f"{table(columns, [[row[place] for place in kept] for row in cells])}\n{count}{due}"
