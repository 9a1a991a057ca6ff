"""What can happen to a period of the books."""

from datetime import date

from billing_beans.core.facts import Fact, fact, key, meta


@fact("period-closed")
class PeriodClosed(Fact):
    """The books are closed until this day, which is closed too: what is recorded from now on has a later date (B2)."""

    until: date = key()


@fact("period-reopened")
class PeriodReopened(Fact):
    """From this day on the books are open again, for a reason."""

    since: date = key()
    reason: str = meta()
