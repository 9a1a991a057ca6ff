"""Levels of reminding, made from what a person asks for."""

from __future__ import annotations

from datetime import date

from billing_beans.catalog.facts import DunningLevelAdded
from billing_beans.core.records import record


@record
class AddLevel:
    """A level of reminding, or its next version: it begins so many days after an invoice is due."""

    level: int
    days: int
    title: str | None = None
    text: str | None = None
    until: date | None = None


def level_added(request: AddLevel, day: date) -> DunningLevelAdded:
    """A level of reminding from this day on. It replaces what the level was before, whole."""
    return DunningLevelAdded(
        date=day,
        level=request.level,
        days=request.days,
        title=request.title,
        text=request.text,
        active_until=request.until,
    )
