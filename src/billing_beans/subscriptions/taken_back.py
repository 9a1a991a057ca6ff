"""Which part of a period a credit note takes back of a line, for whoever reads it: the amount follows from the days that are kept."""

from __future__ import annotations

from billing_beans.books import Books
from billing_beans.catalog.policies import PeriodLength
from billing_beans.core.proration import Part, ProrationUnit
from billing_beans.invoicing.facts import CreditNoteDrafted, CreditNoteLine
from billing_beans.invoicing.lines import part_of
from billing_beans.invoicing.operations import draft_named


def part_taken_back(books: Books, note: CreditNoteDrafted, line: CreditNoteLine) -> Part | None:
    """The days that a line takes back, of those of the period; None where it is all of them, or where days don't say what it comes to."""
    if line.period_start is None or line.period_end is None or not _by_days(books, note):
        return None
    billed = draft_named(books, note.invoice).lines[line.line - 1]
    if billed.period_start is None or billed.period_end is None:
        return None
    charged = part_of(billed)
    before = charged.start if charged is not None else 0
    whole = charged.whole if charged is not None else (billed.period_end - billed.period_start).days
    start, end = ((day - billed.period_start).days + before for day in (line.period_start, line.period_end))
    part = Part(start, end, whole)
    return None if part.is_whole or end > whole else part


def _by_days(books: Books, note: CreditNoteDrafted) -> bool:
    """Whether a part of a period is so many of the days that it really has."""
    policy = books.catalog.policy
    by_days = policy("proration", note.date) == ProrationUnit.DAY
    return by_days and policy("proration-length", note.date) == PeriodLength.ANCHOR
