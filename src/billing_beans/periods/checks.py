"""What must hold of closed periods. That nothing is dated into one is asked of every fact, in `audit.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from billing_beans.books import Books
from billing_beans.core.checks import Broken, check
from billing_beans.periods.facts import PeriodClosed, PeriodReopened


@check(
    PeriodClosed,
    promise="B2: periods close one after the other, once they are over.",
    remedy="billing-beans period list shows what is closed",
)
def closed_in_order(books: Books, fact: PeriodClosed) -> Iterator[str | Broken]:
    until = books.periods.closed_until
    if fact.until <= until:
        yield f"the books are closed until {fact.until}, and they were closed until {until} before"
    elif fact.until >= fact.date:
        yield Broken(
            f"the books are closed until {fact.until} on {fact.date}, when that day was not over",
            "close until a day that is over",
        )


@check(
    PeriodReopened,
    promise="B2: what is closed is opened again for a reason.",
    remedy="say why with --reason; billing-beans period list shows what is closed",
)
def reopened_for_reason(books: Books, fact: PeriodReopened) -> Iterator[str | Broken]:
    until = books.periods.closed_until
    if fact.since > until or fact.since == date.min:
        closed = f"until {until}" if until > date.min else "not at all"
        yield f"the books are opened again from {fact.since} on, and they are closed {closed}"
    if not fact.reason.strip():
        yield f"the books are opened again from {fact.since} on without a reason"
