"""What must hold of releases of revenue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from billing_beans.books import Books
from billing_beans.core.checks import Broken, check
from billing_beans.core.comparing import difference
from billing_beans.revenue.facts import RevenueReleased
from billing_beans.revenue.operations import released
from billing_beans.revenue.state import source_of

RESTORE = "restore the text with git; what was released is never edited"
_A_DAY = timedelta(days=1)


@check(
    RevenueReleased,
    promise="R5: what is released was deferred: of a line of an issued invoice, or of deferred revenue that was opened.",
    remedy=RESTORE,
)
def released_of_deferred(books: Books, fact: RevenueReleased) -> Iterator[str]:
    what = what_of(fact)
    if (fact.invoice is None) != (fact.line is None) or (fact.invoice is None) == (fact.opening is None):
        yield f"{what} is released, which is neither a line of an invoice nor deferred revenue that was opened"
    elif books.revenue.deferred.get(source_of(fact)) is None:
        yield f"revenue of {what} is released, and none was deferred"


def what_of(fact: RevenueReleased) -> str:
    """What a release is of, in words."""
    return fact.opening or (f"line {fact.line} of {fact.invoice}" if fact.invoice else "something unnamed")


@check(
    RevenueReleased,
    promise="U9: nothing is recorded before it happened.",
    remedy="release it when the days are over: billing-beans revenue release --until DATE",
    timeless=True,
)
def released_when_over(_books: Books, fact: RevenueReleased) -> Iterator[str]:
    # Somewhere it is already tomorrow: the furthest time zone is 14 hours ahead of UTC.
    if fact.until > date.fromisoformat(fact.at[:10]) + 2 * _A_DAY:
        yield f"revenue of {what_of(fact)} is released to {fact.until - _A_DAY}, and that was recorded on {fact.at[:10]}"


@check(
    RevenueReleased,
    promise="R5: each day of a line is released once, one after the other, within its period.",
    remedy="billing-beans revenue show NUMBER says until when it was released; where two branches did the same, keep one of them",
)
def released_in_order(books: Books, fact: RevenueReleased) -> Iterator[str | Broken]:
    found = books.revenue.deferred.get(source_of(fact))
    assert found is not None
    what = what_of(fact)
    if not fact.since < fact.until:
        yield f"revenue of {what} is released from {fact.since} until {fact.until}, which is no day at all"
    elif fact.since != found.until:
        yield f"revenue of {what} is released from {fact.since} on, and the first day that is not released is {found.until}"
    elif fact.until > found.end:
        yield f"revenue of {what} is released to {fact.until - _A_DAY}, and its last day is {found.end - _A_DAY}"


@check(
    RevenueReleased,
    promise="R5: what is released of a line is what its days have of what is left, on its accounts, month by month.",
    remedy=RESTORE,
)
def released_by_day(books: Books, fact: RevenueReleased) -> Iterator[str]:
    if differs := difference(fact, released(books, fact)):
        yield f"the release of {what_of(fact)} is not what its days have earned: {differs}"
