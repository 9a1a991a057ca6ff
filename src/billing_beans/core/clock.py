"""The clock, passed in to whatever needs it. This is the only module that reads the real one (U9)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from billing_beans.core.records import record


class Clock(Protocol):
    """What knows the time. Only for when something is *recorded*; when it happened is told by a date."""

    def now(self) -> datetime:
        """The present moment, in UTC, with its time zone."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@record
class FixedClock:
    """A clock that stands still, for tests, demos and replays: the same input gives the same bytes (U8)."""

    moment: datetime

    def now(self) -> datetime:
        """The moment it was given, in UTC. Raises `ValueError` where that has no time zone."""
        if self.moment.tzinfo is None:
            raise ValueError(f"{self.moment} has no time zone")
        return self.moment.astimezone(UTC)
