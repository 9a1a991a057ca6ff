"""What must hold of billing runs: their revisions follow one another, nobody is billed by two, and what they reserve is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.core.checks import Broken, check
from billing_beans.runs.facts import RunDiscarded, RunPosted, RunReservation, RunStarted
from billing_beans.runs.records import LotKey, Run, RunStatus

RESTORE = "restore the text with git; what was recorded is never edited"
_ZERO = Decimal(0)
_NAME = re.compile(r"RUN-[1-9][0-9]*")


@check(
    RunStarted,
    promise="U4: a run is started once, and done again until it is posted or discarded; its revisions are counted.",
    remedy="billing-beans run list shows the runs and their revisions",
)
def runs_in_order(books: Books, fact: RunStarted) -> Iterator[str | Broken]:
    before = books.runs.runs.get(fact.run)
    if not _NAME.fullmatch(fact.run):
        yield Broken(
            f"{fact.run!r} can't be the name of a billing run, which are called RUN-1, RUN-2 and so on", RESTORE
        )
    elif before is None and fact.revision != 1:
        yield Broken(f"{fact.run} begins with revision {fact.revision}", RESTORE)
    elif before is not None and fact.revision != before.revision + 1:
        yield f"{fact.run} has revision {before.revision}, and is started again as revision {fact.revision}"
    elif before is not None and before.status is not RunStatus.PENDING:
        yield f"{fact.run} was {decided_words(before)}, and is done again"


@check(
    RunStarted,
    promise="U4: a subscription is billed by one run at a time.",
    remedy="billing-beans run list shows the runs that wait: post, redo or discard one of the two",
)
def billed_by_one_run(books: Books, fact: RunStarted) -> Iterator[str]:
    seen = set()
    for one in fact.subscriptions:
        other = books.runs.run_of(one.subscription)
        if other is not None and other != fact.run:
            yield f"{fact.run} bills {one.subscription}, which {other} bills"
        if one.subscription in seen:
            yield f"{fact.run} bills {one.subscription} twice"
        seen.add(one.subscription)


@check(
    RunStarted,
    promise="W8: a run reserves credits that are there, and that no other run has reserved.",
    remedy="billing-beans run redo reserves what there is now",
)
def reserved_within(books: Books, fact: RunStarted) -> Iterator[str]:
    own = books.runs.reserved_by(fact.run)
    seen = set()
    for one in fact.reservations:
        key = _lot_of(one)
        lot = books.credits.lots.get(key)
        left = lot.remaining - lot.reserved + own.get(key, _ZERO) if lot is not None else _ZERO
        if one.units <= 0 or key in seen or one.units > left:
            twice = ", twice" if key in seen else ""
            yield f"{fact.run} reserves {one.units:f} {one.unit} of {one.grant}{twice}, which has {left:f}"
        seen.add(key)


@check(
    RunPosted,
    RunDiscarded,
    promise="U4: a run is posted or discarded once, as it was reckoned last.",
    remedy="billing-beans run show RUN says what became of it",
)
def run_decided_once(books: Books, fact: RunPosted | RunDiscarded) -> Iterator[str]:
    run = books.runs.runs.get(fact.run)
    what = "posted" if isinstance(fact, RunPosted) else "discarded"
    if run is None:
        yield f"{fact.run} is {what}, and was never started"
    elif run.status is not RunStatus.PENDING:
        yield f"{fact.run} is {what}, and was {decided_words(run)}"
    elif fact.revision != run.revision:
        yield f"{fact.run} is {what} as revision {fact.revision}, and has revision {run.revision}"
    elif fact.date < run.day:
        yield f"{fact.run} is {what} on {fact.date}, and was started on {run.day}"


@check(
    RunPosted,
    promise="U4: what is posted is what was reviewed.",
    remedy=RESTORE,
)
def posted_as_reviewed(books: Books, fact: RunPosted) -> Iterator[str]:
    run = books.runs.runs.get(fact.run)
    if run is not None and fact.content != run.content:
        yield f"{fact.run} is posted with another content than the one that waited for review"


def decided_words(run: Run) -> str:
    """What became of a run, and when: `posted on 2026-02-01`."""
    return f"{run.status} on {run.decided}"


def _lot_of(one: RunReservation) -> LotKey:
    """The key of the lot of which something is reserved."""
    return (one.account, one.grant, one.cost, one.currency, one.granted, one.unit)
