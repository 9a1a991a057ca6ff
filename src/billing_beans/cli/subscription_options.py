"""When something happens to a subscription, as people type it, and which of them complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import click

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanAdded
from billing_beans.cli.session import Session
from billing_beans.core.calendar import format_moment, parse_day, read_moment
from billing_beans.core.errors import WrongUsage
from billing_beans.invoicing.operations import entity_of
from billing_beans.subscriptions.operations import subscription_named
from billing_beans.subscriptions.points import When
from billing_beans.subscriptions.records import Stage, Subscription

BILL = click.option("--bill", is_flag=True, help="Bill at once what is due of it then, and don't wait for a run.")

_SINCE = click.option(
    "--from", "since", metavar="DATE", help="The day from which on it counts; else --date, else today."
)
_AT = click.option(
    "--at",
    metavar="MOMENT",
    help="The moment from which on it counts, in books that bill by the second: 2026-07-01T14:30.",
)
_AT_END = click.option("--at-period-end", is_flag=True, help="It counts when the current period is over.")


def when_options(*, at_end: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that say when something happens."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in (*([_AT_END] if at_end else []), _AT, _SINCE):
            function = option(function)
        return function

    return add


def when_of(session: Session, given: dict[str, Any], time_zone: str) -> When:
    """When it happens, taken out of what was given. Raises `WrongUsage` where that is said twice."""
    since, at, at_end = given.pop("since"), given.pop("at"), given.pop("at_period_end", False)
    said = [name for name, value in (("--from", since), ("--at", at), ("--at-period-end", at_end)) if value]
    if len(said) > 1:
        raise WrongUsage(f"When it happens is said twice, by {' and '.join(said)}.", instead="give one of them")
    day = parse_day(since, session.today) if since is not None else None
    return When(day, format_moment(read_moment(at, time_zone)) if at is not None else None, at_end)


def zone_of(session: Session, subscription: str) -> str:
    """The time zone in which a subscription lives. Raises `Refused` where there is none of this id."""
    books = session.reading.books
    return entity_of(books, subscription_named(books, subscription).seller, date.max).time_zone


def _all(books: Books) -> Iterable[Subscription]:
    return books.subscriptions.subscriptions.all()


def _words(one: Subscription) -> str:
    return f"{one.customer}, {one.phases[-1].plan}"


def every(books: Books) -> Iterable[tuple[str, str]]:
    """What completes any subscription."""
    return ((one.subscription, _words(one)) for one in _all(books))


def going_on(books: Books) -> Iterable[tuple[str, str]]:
    """Those that were not cancelled."""
    return ((one.subscription, _words(one)) for one in _all(books) if one.cancelled is None)


def running(books: Books) -> Iterable[tuple[str, str]]:
    """Those that can be paused."""
    return ((name, words) for name, words in going_on(books) if not _is_paused(books, name))


def paused(books: Books) -> Iterable[tuple[str, str]]:
    """Those that can be resumed."""
    return ((name, words) for name, words in going_on(books) if _is_paused(books, name))


def ending(books: Books) -> Iterable[tuple[str, str]]:
    """Those that can be renewed: they have an end."""
    return ((one.subscription, f"{_words(one)}, until {one.ends.day}") for one in _all(books) if one.ends is not None)


def due(books: Books) -> Iterable[tuple[str, str]]:
    """Those of which something may be billed."""
    return ((one.subscription, _words(one)) for one in _all(books) if one.next_due is not None)


def _is_paused(books: Books, name: str) -> bool:
    return subscription_named(books, name).phases[-1].stage is Stage.PAUSED


def plans(books: Books) -> Iterable[tuple[str, str]]:
    """Plans that are known."""
    return ((one.plan, " ".join(one.name.split())) for one in books.catalog.valid_on(PlanAdded, date.max))
