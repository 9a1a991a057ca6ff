"""What must hold of levels of reminding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from billing_beans.books import Books
from billing_beans.catalog.checks import LONGEST_TERMS
from billing_beans.catalog.facts import DunningLevelAdded
from billing_beans.core.checks import check

DATE = "{date}"
"""Stands for the day by which to pay in the words of a letter."""
HIGHEST_LEVEL = 9
"""More levels of reminding than anybody has."""


@check(
    DunningLevelAdded,
    promise="R5: levels of reminding rise with the days that an invoice is overdue.",
    remedy="correct its level or its days: billing-beans dunning level list shows the others",
)
def sound_level(books: Books, fact: DunningLevelAdded) -> Iterator[str]:
    name = f"dunning level {fact.level}"
    if fact.active_until is not None and fact.active_until < fact.date:
        yield f"{name} is valid from {fact.date}, and until {fact.active_until}, which is earlier"
    if not 1 <= fact.level <= HIGHEST_LEVEL:
        yield f"{name} is none of 1 to {HIGHEST_LEVEL}"
    if not 1 <= fact.days <= LONGEST_TERMS:
        yield f"{name} begins {fact.days} days after an invoice is due; give 1 to {LONGEST_TERMS}"
    for unknown in dict.fromkeys(re.findall(r"\{[^{}]*\}", f"{fact.title or ''} {fact.text or ''}")):
        if unknown != DATE:
            yield f"{name} says {unknown}, and nothing but {DATE} is filled in"
    for other in (*books.catalog.active_levels(fact.date), *_begun_while_valid(books, fact)):
        if other.level != fact.level and (other.level - fact.level) * (other.days - fact.days) <= 0:
            later = f" from {other.date} on" if other.date > fact.date else ""
            yield f"{name} begins after {fact.days} days, and level {other.level} after {other.days}{later}"


def _begun_while_valid(books: Books, fact: DunningLevelAdded) -> Iterator[DunningLevelAdded]:
    """Versions of other levels that begin later, before this version ends: they are there where it is dated back."""
    every = list(books.catalog.dunning_levels.all())
    following = min((one.date for one in every if one.level == fact.level and one.date > fact.date), default=date.max)
    for other in every:
        if fact.date < other.date < following and other.date <= (fact.active_until or date.max):
            yield other
