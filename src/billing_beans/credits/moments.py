"""To the second: when credits are used, and when they no longer can be (W7).

A fact happens at the moment at which it is recorded. One that is dated another day happens in that day's last second, where the
legal entity is: it can't use what expired on that day.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from billing_beans.books import Books
from billing_beans.catalog.state import time_zone_on
from billing_beans.core.calendar import format_moment, local_date, moment_on, parse_moment, start_of
from billing_beans.core.errors import WrongUsage
from billing_beans.credits.records import Terms

_moment = lru_cache(maxsize=1024)(moment_on)


def moment_of(books: Books, entity: str, day: date, at: str) -> str:
    """The moment, in UTC, of what is dated `day` and recorded `at`. `entity` is the account component of a legal entity."""
    return _moment(day, at, zone_of(books, entity, day))


def zone_of(books: Books, entity: str, day: date) -> str:
    """The time zone of the legal entity with this account component."""
    return time_zone_on(books.catalog.entities.range("account", entity), day)


def is_moment(text: str | None) -> bool:
    """Whether this is a moment as facts carry it, or none."""
    try:
        return text is None or format_moment(parse_moment(text)) == text
    except WrongUsage:
        return False


def has_expired(terms: Terms, moment: str) -> bool:
    """Whether credits on these terms can no longer be used at this moment."""
    return terms.expires_at is not None and terms.expires_at <= moment


def expiry_after(day: date, valid_days: int, zone: str) -> str:
    """The first moment at which credits can't be used that are granted on a day, and valid for so many from it on."""
    return format_moment(start_of(day + timedelta(days=valid_days), zone))


def day_of_expiry(books: Books, entity: str, expires_at: str) -> date:
    """The local day on which credits expire."""
    moment = parse_moment(expires_at)
    return local_date(moment, zone_of(books, entity, moment.date()))


def last_day(books: Books, entity: str, expires_at: str) -> date:
    """The last local day on which credits can be used that expire then, if only for a part of it."""
    moment = parse_moment(expires_at) - timedelta(seconds=1)
    return local_date(moment, zone_of(books, entity, moment.date()))


def last_hour(books: Books, entity: str, expires_at: str) -> time | None:
    """When that day ends for credits that expire then; None where it is with the day itself."""
    moment = parse_moment(expires_at)
    local = moment.astimezone(ZoneInfo(zone_of(books, entity, moment.date()))).time()
    return local if local != time() else None


def later_by(moment: str, since: str, until: str) -> str:
    """So long after a moment as `until` is after `since`, and a day at least."""
    lasting = max(parse_moment(until) - parse_moment(since), timedelta(days=1))
    return format_moment(parse_moment(moment) + lasting)
