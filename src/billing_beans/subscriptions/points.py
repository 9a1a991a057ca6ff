"""From when on something counts that a person asks for: a day, a moment, or now, by the book's policies (U3)."""

from __future__ import annotations

from datetime import date, timedelta

from billing_beans.books import Books
from billing_beans.core.calendar import local_date, parse_moment, start_of
from billing_beans.core.errors import WrongUsage
from billing_beans.core.records import record
from billing_beans.subscriptions.measuring import counts_first_day, counts_last_day, measures_seconds
from billing_beans.subscriptions.records import Point

_ONE_DAY = timedelta(days=1)


@record
class When:
    """When something happens to a subscription: on a day, at a moment of it (UTC), or as its current period ends.

    Without any of them it is now.
    """

    day: date | None = None
    at: str | None = None
    at_period_end: bool = False


NOW = When()


def begins_at(books: Books, when: When, day: date, now: str, time_zone: str) -> Point:
    """When something begins that begins then, by the book's policy for the first day."""
    point = _asked(books, when, day, now, time_zone)
    if measures_seconds(books, day) or counts_first_day(books, day):
        return point
    return Point(point.day + _ONE_DAY)


def stops_on(books: Books, when: When, day: date, now: str, time_zone: str) -> Point:
    """When something stops that stops then, by the book's policy for the last day."""
    point = _asked(books, when, day, now, time_zone)
    if measures_seconds(books, day) or not counts_last_day(books, day):
        return point
    return Point(point.day + _ONE_DAY)


def _asked(books: Books, when: When, day: date, now: str, time_zone: str) -> Point:
    """The point that was asked for: of a day its beginning; where seconds count, also a moment of it."""
    by_second = measures_seconds(books, day)
    if when.at is not None and not by_second:
        raise WrongUsage(
            "A moment can't be given: these books bill by the day.",
            rule="U3: what a part of a period is measured in is the policy proration.",
            instead="give a day with --from; or first: billing-beans book policy proration second",
        )
    if when.day is not None:
        return Point(when.day)
    if not by_second:
        return Point(day)
    moment = parse_moment(when.at or now)
    local = local_date(moment, time_zone)
    at = "" if moment == start_of(local, time_zone) else (when.at or now)
    return Point(local, at) if when.at is not None or local == day else Point(day)
