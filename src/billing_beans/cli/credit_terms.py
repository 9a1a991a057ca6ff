"""For what and until when credits can be used, as options of the commands that grant them; and words about it (W4)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple, TypeVar, cast

import click

from billing_beans.books import Books
from billing_beans.catalog.policies import CreditOrder
from billing_beans.cli.session import Session
from billing_beans.cli.typed import NAME
from billing_beans.core.calendar import (
    add_days,
    format_moment,
    local_date,
    parse_day,
    parse_period,
    read_moment,
    start_of,
)
from billing_beans.core.errors import WrongUsage
from billing_beans.credits.granting import NO_TERMS
from billing_beans.credits.records import Terms
from billing_beans.invoicing.operations import DraftInvoice, seller_of

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--subscription", metavar="ID", type=NAME, help="Only for lines of this subscription."),
    click.option("--meter", metavar="METER", type=NAME, help="Only for lines that sell what this meter counts."),
    click.option(
        "--period", metavar="START..END", help="Only for lines within it: its first day, and the day after its last."
    ),
    click.option("--until", metavar="DAY", help="The last day on which they can be used."),
    click.option(
        "--expires-at",
        metavar="MOMENT",
        help="From then on they can't be used: 2026-07-01T00:00 where the seller is, or with Z or an offset.",
    ),
    click.option(
        "--valid-days", type=int, metavar="DAYS", help="For how many days they can be used, the first one too."
    ),
    click.option("--priority", type=int, metavar="N", help="Low is used first, where the book's order asks for it."),
)
_BY_PRIORITY = CreditOrder.PRIORITY_FIRST


class TypedTerms(NamedTuple):
    """The terms as they were typed."""

    subscription: str | None = None
    meter: str | None = None
    period: str | None = None
    until: str | None = None
    expires_at: str | None = None
    valid_days: int | None = None
    priority: int | None = None

    @property
    def first_given(self) -> str | None:
        """The first option that was given, if any was."""
        given = (name for name in self._fields if getattr(self, name) is not None)
        return next((f"--{name.replace('_', '-')}" for name in given), None)


def terms_options(function: F) -> F:
    """Scope, expiry and priority; they are passed on as one `TypedTerms`, called `terms`."""

    @functools.wraps(function)
    def with_terms(*args: Any, **values: Any) -> Any:
        typed = TypedTerms(*(values.pop(name) for name in TypedTerms._fields))
        return function(*args, terms=typed, **values)

    made: Any = with_terms
    for option in reversed(_OPTIONS):
        made = option(made)
    return cast("F", made)


def terms_of(typed: TypedTerms, session: Session, zone: Callable[[], str]) -> Terms:
    """The terms that were typed; moments where the seller is, whose time `zone` is asked for only then. Raises `WrongUsage`."""
    if typed.first_given is None:
        return NO_TERMS
    start, end = parse_period(typed.period, session.today) if typed.period is not None else (None, None)
    return Terms(
        typed.subscription,
        typed.meter,
        start,
        end,
        _expiry(typed, session, zone),
        typed.priority,
        typed.valid_days,
    )


def _expiry(typed: TypedTerms, session: Session, zone: Callable[[], str]) -> str | None:
    ways = [typed.until, typed.expires_at, typed.valid_days]
    if sum(one is not None for one in ways) > 1:
        raise WrongUsage(
            "When the credits expire is said in several ways.",
            instead="give one of --until, --expires-at and --valid-days",
        )
    if typed.expires_at is not None:
        return format_moment(read_moment(typed.expires_at, zone()))
    if typed.until is not None:
        last = parse_day(typed.until, local_date(session.clock.now(), zone()))
        return format_moment(start_of(add_days(last, 1), zone()))
    return None


def zone_of_seller(session: Session, customer: str, seller: str | None) -> str:
    """The time zone of the legal entity that grants credits to a customer. Raises `Refused` or `WrongUsage`."""
    day = session.day or session.today
    return seller_of(session.reading.books, DraftInvoice(customer, (), seller=seller), day).time_zone


def say_if_ignored(books: Books, priority: int | None, day: date) -> None:
    """A priority that the book's order does not look at is kept, and that it does nothing is said aside."""
    order = books.catalog.policy("credit-order", day)
    if priority is not None and order != _BY_PRIORITY:
        click.echo(
            f"The priority is kept, but these books use credits {order}, which does not look at it: "
            f"billing-beans book policy credit-order {_BY_PRIORITY}",
            err=True,
        )
