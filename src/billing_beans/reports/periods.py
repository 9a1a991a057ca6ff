"""Periods as people name them: a month, a quarter, a year."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

from billing_beans.core.calendar import FIRST_DAY, LAST_DAY
from billing_beans.core.errors import WrongUsage

_PERIOD = re.compile(r"(?P<year>[0-9]{4})(-(Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")
_MONTHS_OF_A_QUARTER = 3


class Period(NamedTuple):
    """From the first day until the last one, both in it. Without a first day it begins with the books."""

    first: date | None
    last: date

    def has(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and day <= self.last


def parse_period(text: str) -> Period:
    """`2026-01`, `2026-Q1` or `2026`. Raises `WrongUsage` for anything else, and outside 1970 to 2999."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None or not FIRST_DAY.year <= int(found["year"]) <= LAST_DAY.year:
        raise WrongUsage(
            f"{text!r} is no period.", instead="write a month, a quarter or a year: 2026-01, 2026-Q1, 2026"
        )
    year = int(found["year"])
    if found["quarter"]:
        last_month = int(found["quarter"]) * _MONTHS_OF_A_QUARTER
        return _months(year, last_month - _MONTHS_OF_A_QUARTER + 1, last_month)
    if found["month"]:
        return _months(year, int(found["month"]), int(found["month"]))
    return _months(year, 1, 12)


def period_between(first: date | None, last: date) -> Period:
    """The days from the first until the last. Raises `WrongUsage` where the first is the later one."""
    if first is not None and first > last:
        raise WrongUsage(f"There is no day from {first} until {last}.", instead="give --from the earlier of the two")
    return Period(first, last)


def _months(year: int, first: int, last: int) -> Period:
    return Period(date(year, first, 1), date(year, last, monthrange(year, last)[1]))
