"""For which days a line is, and what part of a period they are, in the document's language (R4, U3)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from billing_beans.core.calendar import parse_moment
from billing_beans.core.proration import Part, ProrationUnit
from billing_beans.documents.languages import labels_for
from billing_beans.invoicing.operations import entity_of

if TYPE_CHECKING:
    from datetime import time

    from billing_beans.books import Books
    from billing_beans.documents.formats import Formats
    from billing_beans.invoicing.facts import InvoiceDrafted


class Days(NamedTuple):
    """Days, the last one excluded; where they begin or end in the course of a day, at which moment (UTC)."""

    start: date
    end: date
    from_at: str | None = None
    until_at: str | None = None


def zone_of(books: Books, draft: InvoiceDrafted) -> str:
    """The time zone of the seller on the day of the draft."""
    return entity_of(books, draft.seller, draft.date).time_zone


def span(days: Days, formats: Formats, time_zone: str) -> str:
    """The first and the last day, with the time where one begins or ends in the course of it."""
    first = formats.until(days.start, _clock(days.from_at, time_zone))
    last = formats.until(days.end - timedelta(days=1), _clock(days.until_at, time_zone))
    return first if first == last else labels_for(formats.locale.language).span.format(first=first, last=last)


def _clock(moment: str | None, time_zone: str) -> time | None:
    return None if moment is None else parse_moment(moment).astimezone(ZoneInfo(time_zone)).time()


def span_and_part(days: Days, part: Part | None, by: ProrationUnit | None, formats: Formats, time_zone: str) -> str:
    """The days, and what part of a period they are, unless they are all of it: `13 Jan 2026 to 31 Jan 2026 (19 of 31 days)`."""
    shown = span(days, formats, time_zone)
    return shown if part is None else f"{shown} ({part_words(part, by, formats)})"


def part_words(part: Part, by: ProrationUnit | None, formats: Formats) -> str:
    """What part of a period is charged: so many of its days; where seconds are counted, a share of it."""
    labels = labels_for(formats.locale.language)
    if by is ProrationUnit.SECOND:
        return labels.share_of_period.format(share=formats.rate(part.percent))
    return labels.part_of_period.format(part=formats.quantity(Decimal(part.units)), whole=formats.days(part.whole))
