"""Days and moments: days as people type them, days that come again, a legal entity's local date, and moments as text in UTC.

When something happened is a local date; when it was recorded is a moment in UTC (U9). Nothing here reads the clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing_beans.core.errors import WrongUsage

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2999, 12, 31)
"""Days outside this range are typing errors: nobody bills in the year 206."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NEARLY_A_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_TYPED_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")


def add_days(day: date, days: int) -> date:
    """The day so many days later, or earlier where `days` is negative. Raises `WrongUsage` outside 1970 to 2999."""
    try:
        return _sane(day + timedelta(days=days), f"{days} days from {day}")
    except OverflowError:
        raise _outside(f"{days} days from {day}") from None


def parse_day(text: str, today: date) -> date:
    """A day as a person types it: `2026-01-11`, `today`, `yesterday`.

    `today` is the local date of the legal entity. Raises `WrongUsage` for any other form, a day that no calendar has, and
    a year outside 1970 to 2999.
    """
    stripped = text.strip()
    if stripped == "today":
        return today
    if stripped == "yesterday":
        return add_days(today, -1)
    if _DAY.fullmatch(stripped) is None:
        raise WrongUsage(f"{text!r} is no date that can be read without doubt.", instead=_day_hint(stripped, today))
    try:
        day = date.fromisoformat(stripped)
    except ValueError:
        raise WrongUsage(f"There is no day {stripped}.", instead="look it up in a calendar") from None
    return _sane(day, stripped)


def parse_period(text: str, today: date) -> tuple[date, date]:
    """A period as a person types it, `2026-02-01..2026-03-01`: its first day, and the day after its last.

    Raises `WrongUsage` for any other form, and for a period that does not end after it begins.
    """
    first, dots, after = text.partition("..")
    if not dots or not first.strip() or not after.strip():
        raise WrongUsage(
            f"{text!r} is no period.", instead="write its first day and the day after its last: 2026-02-01..2026-03-01"
        )
    start, end = parse_day(first, today), parse_day(after, today)
    if end <= start:
        raise WrongUsage(
            f"The period {start}..{end} ends before it begins: its last day is the one before {end}.",
            instead="write its first day and the day after its last: February is 2026-02-01..2026-03-01",
        )
    return start, end


class Every(StrEnum):
    """How often something comes again."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"


_DAYS = {Every.DAY: 1, Every.WEEK: 7}
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}


def anchored(anchor: date, every: Every, times: int) -> date:
    """The anchor so many times later, or earlier where `times` is negative.

    Months are counted from the anchor itself, so that nothing drifts: from the 31st of January it is the 28th of February
    and the 31st of March. A month that is too short ends with its last day.
    """
    if every in _DAYS:
        return anchor + timedelta(days=times * _DAYS[every])
    months = anchor.year * 12 + anchor.month - 1 + times * _MONTHS[every]
    year, month = months // 12, months % 12 + 1
    if anchor.day <= _SHORTEST_MONTH:
        return date(year, month, anchor.day)
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


_SHORTEST_MONTH = 28


def next_anchored(anchor: date, every: Every, after: date) -> date:
    """The first day behind `after` on which something comes again that is anchored to a day; the anchor is one of them."""
    return _first_behind(anchor, every, after)[1]


def period_around(anchor: date, every: Every, day: date) -> tuple[date, date]:
    """The period in which a day lies, of those that are anchored to another day: its first day, and the day after its last."""
    times, end = _first_behind(anchor, every, day)
    return anchored(anchor, every, times - 1), end


def _first_behind(anchor: date, every: Every, day: date) -> tuple[int, date]:
    """The first time behind a day: the how-manieth from the anchor, and its day."""
    times = _times_until(anchor, every, day)
    found = anchored(anchor, every, times)
    while found <= day:
        times += 1
        found = anchored(anchor, every, times)
    return times, found


def months_of(every: Every) -> int | None:
    """How many months a period of this kind has; None for days and weeks, which have none."""
    return _MONTHS.get(every)


def _times_until(anchor: date, every: Every, day: date) -> int:
    """How many times it has come by a day, or one less; below zero before the anchor."""
    if every in _DAYS:
        return (day - anchor).days // _DAYS[every]
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    return months // _MONTHS[every] - 1


def days_anchored(anchor: date, every: Every, after: date, until: date) -> Iterator[date]:
    """Each day from the anchor on, behind `after` and up to `until`, on which something comes again."""
    day = next_anchored(anchor, every, max(after, anchor - timedelta(days=1)))
    while day <= until:
        yield day
        day = next_anchored(anchor, every, day)


def local_date(moment: datetime, time_zone: str) -> date:
    """The date that a calendar on the wall shows at this moment, in a time zone such as `Asia/Singapore` (U9).

    Raises `WrongUsage` for a time zone that isn't known, `ValueError` for a moment without a time zone.
    """
    return _aware(moment).astimezone(_zone(time_zone)).date()


def format_moment(moment: datetime) -> str:
    """A moment as facts carry it, in UTC: `2026-01-11T02:00:00Z`. Fractions of a second are cut off (U9).

    Raises `ValueError` for a moment without a time zone.
    """
    return _aware(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_moment(text: str) -> datetime:
    """The moment, in UTC, that `format_moment` wrote. Raises `WrongUsage` for any other form and outside 1970 to 2999."""
    try:
        moment = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise WrongUsage(f"{text!r} is no moment.", instead="write it in UTC, such as 2026-01-11T02:00:00Z")
    _sane(moment.date(), text)
    return moment


def read_moment(text: str, time_zone: str) -> datetime:
    """A moment as a person types it, in UTC: `2026-07-01T00:00` on the clocks of a time zone, or with `Z` or an offset.

    Raises `WrongUsage` for any other form, for a time that the clocks skip or show twice, and outside 1970 to 2999.
    """
    stripped = text.strip()
    try:
        moment = datetime.fromisoformat(stripped) if _TYPED_MOMENT.fullmatch(stripped) else None
    except ValueError:
        moment = None
    if moment is None:
        raise WrongUsage(
            f"{text!r} is no moment.",
            instead=f"write day and time, such as 2026-07-01T00:00 in {time_zone}, or 2026-06-30T16:00Z",
        )
    local = moment if moment.tzinfo is not None else _on_the_clocks(moment, time_zone)
    utc = local.astimezone(UTC)
    _sane(utc.date(), stripped)
    return utc


def _on_the_clocks(moment: datetime, time_zone: str) -> datetime:
    """A moment that was typed without its zone. Raises `WrongUsage` where the clocks skip it, or show it twice."""
    local = moment.replace(tzinfo=_zone(time_zone))
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        is_skipped = local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != moment
        raise WrongUsage(
            f"The clocks of {time_zone} {'never show' if is_skipped else 'show twice'} {moment.isoformat()}.",
            instead=f"say how far it is from UTC: {moment.isoformat()}{_offset(local)}",
        )
    return local


def _offset(moment: datetime) -> str:
    return moment.isoformat()[-6:]


def start_of(day: date, time_zone: str) -> datetime:
    """The first moment of a local day, in UTC: midnight, or where a clock skips midnight, the moment at which it does."""
    return datetime(day.year, day.month, day.day, tzinfo=_zone(time_zone)).astimezone(UTC)


def last_second_of(day: date, time_zone: str) -> datetime:
    """The last second of a local day, in UTC; a day may have 23 or 25 hours."""
    return start_of(add_days(day, 1), time_zone) - timedelta(seconds=1)


def moment_on(day: date, at: str, time_zone: str) -> str:
    """The moment, in UTC, of what is dated `day` and was recorded `at`: that, or the last second of another local day (U9)."""
    return at if local_date(parse_moment(at), time_zone) == day else format_moment(last_second_of(day, time_zone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # OSError: the name of a folder of time zones, such as "America".
        raise WrongUsage(
            f"There is no time zone {name!r}.", instead="give its name in the tz database, such as Asia/Singapore"
        ) from None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment


def _sane(day: date, what: str) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _outside(what)
    return day


def _outside(what: str) -> WrongUsage:
    return WrongUsage(f"{what} is outside the years {FIRST_DAY.year} to {LAST_DAY.year}.", instead="check the year")


def _day_hint(text: str, today: date) -> str:
    nearly = _NEARLY_A_DAY.fullmatch(text)
    if nearly is None:
        return f"write it as year-month-day, such as {today}, or today, or yesterday"
    year, month, day = nearly.groups()
    return f"did you mean {year}-{month:0>2}-{day:0>2}?"
