"""Verbs for billing runs: start, redo, post, discard (U4).

A run is reckoned in an act that is thrown away; what that recorded waits in `pending/`. To post it, it is reckoned again, on the books
as they are by then: what comes out must be what waited, and is recorded with new ids and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Protocol

from billing_beans.acts.act import Act, GivenUp, Waiting
from billing_beans.acts.billing import BillDue, Billing, NotBilled
from billing_beans.acts.progress import Progress
from billing_beans.acts.run_differences import differences
from billing_beans.books import Books
from billing_beans.core.calendar import format_moment
from billing_beans.core.clock import FixedClock
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Fact
from billing_beans.core.identifiers import UlidSource, a_moment_later
from billing_beans.core.ids import RunId, SubscriptionId
from billing_beans.core.records import record
from billing_beans.core.tables import Overlay
from billing_beans.credits.facts import CreditApplied, CreditDiscounted
from billing_beans.credits.state import lot_key
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted
from billing_beans.runs.checks import decided_words
from billing_beans.runs.facts import (
    RunDiscarded,
    RunPosted,
    RunRefusal,
    RunReservation,
    RunStarted,
    RunSubscription,
)
from billing_beans.runs.records import LotKey, Run, RunStatus
from billing_beans.runs.state import PREFIX

_ZERO = Decimal(0)
_BEGINNING = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
_REVIEWED = "U4: what is posted is what was reviewed."
_ONCE = "U4: a run is posted or discarded once."


class Pending(Protocol):
    """What waits for review, on disk."""

    def text_of(self, fact: Fact) -> str:
        """A fact as it stands there."""

    def recorded(self, text: str) -> str:
        """The same text as it stands in the journal."""

    def content_of(self, texts: Iterable[str]) -> str:
        """The digest of what facts say so, ids and times aside, with the numbers that they draw replaced by their order."""

    def content(self, run: str) -> str | None:
        """The same of what stands in a run's file; None where there is no file that could be read."""

    def facts(self, run: str) -> Sequence[Fact]:
        """The facts in a run's file, as far as they can be read."""


@record
class StartRun:
    """What is due until a day (today), that day included, is to be billed: of these subscriptions, these customers, or all."""

    until: date | None = None
    subscriptions: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()


@record
class RedoRun:
    """A run that waits is reckoned anew, for the same subscriptions; until another day, where one is given."""

    run: str
    until: date | None = None


@record
class PostRun:
    """A run was reviewed, and counts."""

    run: str


@record
class DiscardRun:
    """A run that waits is given up, for a reason."""

    run: str
    reason: str


class Runs:
    """The verbs. `not_billed` is what was refused meanwhile, `waits` which of what was asked for waits in which run already."""

    def __init__(self, pending: Pending, progress: Progress) -> None:
        self.not_billed: list[NotBilled] = []
        self.waits: dict[str, str] = {}
        self._pending = pending
        self._progress = progress

    def start_run(self, act: Act, request: StartRun) -> None:
        """Reckon what is due, and let it wait for review (U4). No fact where nothing can be billed. Raises `Refused`."""
        day = act.day()
        wanted = self._not_waiting(act.books, request)
        if request.subscriptions and not wanted:
            return
        run = _begun(act, act.books.runs.counters.next(PREFIX), request.until or day, day, act.hold_id())
        self._start(act, run, _due(run, wanted or None, request.customers), None)

    def _not_waiting(self, books: Books, request: StartRun) -> tuple[str, ...]:
        """The subscriptions that were asked for, without those that a run bills already."""
        named = dict.fromkeys(request.subscriptions)
        self.waits = {one: run for one in named if (run := books.runs.run_of(one)) is not None}
        return tuple(one for one in named if one not in self.waits)

    def redo_run(self, act: Act, request: RedoRun) -> None:
        """Reckon a run that waits anew: the next revision; what waited is discarded (U4). Raises `Refused`."""
        before = pending_run(act.books, request.run, "done again")
        runs = act.books.runs
        wanted = [*runs.subscriptions_of(before), *(one.subscription for one in runs.refusals_of(before))]
        day = act.context.day or max(act.day(), before.day)
        begun = _begun(act, before.run, request.until or before.until, day, act.hold_id())
        run = begun._replace(revision=before.revision + 1)
        self._start(act, run, _due(run, tuple(dict.fromkeys(wanted))), before)
        if not act.facts:
            raise Refused(
                f"Nothing that {before.run} bills is due any more.",
                rule="U4: a run bills something.",
                instead=f"billing-beans run discard {before.run} --reason ...",
            )

    def post_run(self, act: Act, request: PostRun) -> None:
        """Reckon once more, and record it, if it is what waited (U4). Raises `Refused`."""
        run = pending_run(act.books, request.run, "posted")
        _refuse_another_day(act, run)
        self._refuse_edited(run)
        act.context = replace(act.context, day=run.day)
        act.record(
            RunPosted(date=run.day, run=RunId(run.run), revision=run.revision, content=run.content),
        )
        billing = self._billed(act, _due(run, tuple(act.books.runs.subscriptions_of(run))))
        texts = [self._pending.text_of(fact) for fact in act.facts]
        if billing.not_billed or self._pending.content_of(texts) != run.content:
            raise self._changed(run, billing.not_billed, act.facts)
        for fact, text in zip(act.facts, texts, strict=True):
            act.texts[fact.id] = self._pending.recorded(text)
        act.waiting.append(Waiting(run.run, ()))

    def discard_run(self, act: Act, request: DiscardRun) -> None:
        """Give up a run that waits: nothing of it counts, and what it reserved is free again (U4, U9). Raises `Refused`."""
        run = pending_run(act.books, request.run, "discarded")
        if not request.reason.strip():
            raise WrongUsage("A run is discarded for a reason.", instead="say it with --reason")
        day = act.context.day or max(act.day(), run.day)
        act.record(RunDiscarded(date=day, run=RunId(run.run), revision=run.revision, reason=request.reason))
        act.waiting.append(Waiting(run.run, (), given_up=_given_up(act, run, request.reason)))

    # Reckoning

    def _start(self, act: Act, run: Run, due: BillDue, before: Run | None) -> None:
        """Reckon in an act of its own, and record what will wait; nothing where nothing can be billed."""
        trial = self._trial(act, run, before)
        posting = trial.record(RunPosted(date=run.day, run=RunId(run.run), revision=run.revision, content=""))
        billing = self._billed(trial, due)
        self.not_billed = billing.not_billed
        if len(trial.facts) == 1:
            return
        texts = [*map(self._pending.text_of, trial.facts)]
        content = self._pending.content_of(texts)
        act.open_all(trial.openings)
        act.record(_started(act.books, run, content, billing, trial.facts))
        posted = replace(posting, content=content)
        given_up = _given_up(act, before, "done again") if before is not None else None
        texts[0] = self._pending.text_of(posted)
        act.waiting.append(Waiting(run.run, (posted, *trial.facts[1:]), tuple(texts), given_up))

    def _billed(self, act: Act, due: BillDue) -> Billing:
        """Bill what is due and is in no run that waits."""
        runs = act.books.runs
        some_wait = bool(runs.pending())
        billing = Billing(self._progress, lambda subscription: some_wait and runs.run_of(subscription) is not None)
        billing.bill(act, due)
        return billing

    def _trial(self, act: Act, run: Run, before: Run | None) -> Act:
        """An act that is thrown away, in which the run was just started: its facts come after the one that starts it.

        Their ids are of the next millisecond, where no other command draws any at this moment.
        """
        books = Books(Overlay(act.books.store))
        if before is not None:
            books.runs.release(before)
        books.runs.runs.put(run)
        others = [one for one in act.books.runs.pending() if one.run != run.run]
        drawn = [fact for other in others for fact in self._pending.facts(other.run)]
        _note_drawn(books, drawn)
        ids = UlidSource(_BEGINNING, bytes, max([a_moment_later(run.fact), *(fact.id for fact in drawn)]))
        context = replace(act.context, day=run.day, next_id=ids.next, idempotency_key=None, request=None)
        return Act(books, context)

    # Refusals

    def _refuse_edited(self, run: Run) -> None:
        content = self._pending.content(run.run)
        if content == run.content:
            return
        other = f"is not what {run.run} was reckoned to be, revision {run.revision}"
        what = "is not there" if content is None else f"{other}: it was edited, cut off, or is of another revision"
        raise Refused(
            f"pending/{run.run}.beancount {what}.",
            rule=_REVIEWED,
            instead=f"billing-beans run redo {run.run} makes it anew",
        )

    def _changed(self, run: Run, not_billed: Sequence[NotBilled], facts: Sequence[Fact]) -> Refused:
        refusals = [f"{one.subscription} can't be billed any more ({one.error.what.rstrip('.')})" for one in not_billed]
        words = [*refusals, *differences(self._pending.facts(run.run), facts)]
        more = f"; and {len(words) - _NAMED:,} more" if len(words) > _NAMED else ""
        return Refused(
            f"Something that {run.run} bills has changed since it was reckoned: {'; '.join(words[:_NAMED])}{more}.",
            rule=_REVIEWED,
            instead=f"billing-beans run redo {run.run}",
        )


_NAMED = 3
"""Differences that are named one by one."""


def run_named(books: Books, name: str) -> Run:
    """The run of this name. Raises `Refused`."""
    run = books.runs.runs.get(name)
    if run is None:
        raise Refused(f"There is no billing run {name}.", instead="billing-beans run list")
    return run


def pending_run(books: Books, name: str, what: str) -> Run:
    """The run of this name, which waits for review. Raises `Refused`; `what` is what was to become of it."""
    run = run_named(books, name)
    if run.status is not RunStatus.PENDING:
        raise Refused(
            f"{name} was {decided_words(run)}, and can't be {what}.",
            rule=_ONCE,
            instead=f"billing-beans run show {name}; billing-beans run start bills what is due",
        )
    return run


def _refuse_another_day(act: Act, run: Run) -> None:
    """A run is dated as it was reviewed, and that day must be open."""
    if act.context.day not in (None, run.day):
        raise Refused(
            f"{run.run} is dated {run.day}, and can't be posted on {act.context.day}.",
            rule=_REVIEWED,
            instead=f"billing-beans run redo {run.run} --date {act.context.day}",
        )
    if run.day < act.books.periods.first_open:
        raise Refused(
            f"{run.run} is dated {run.day}, and the books are closed until {act.books.periods.closed_until}.",
            rule="B2: nothing is dated into a closed period.",
            instead=f"billing-beans run redo {run.run} --date {act.books.periods.first_open}",
        )


def _begun(act: Act, name: str, until: date, day: date, identifier: str) -> Run:
    """A run as it begins, of which nothing is known yet."""
    at, actor = format_moment(act.context.now), act.context.actor
    return Run(name, 1, until, day, "", 0, 0, 0, 0, 0, RunStatus.PENDING, day, at, actor, at, identifier)


def _due(run: Run, subscriptions: tuple[str, ...] | None, customers: tuple[str, ...] = ()) -> BillDue:
    return BillDue(run.until, subscriptions, customers, source=f"run/{run.run}")


def _given_up(act: Act, run: Run, reason: str) -> GivenUp:
    return GivenUp(run.revision, format_moment(act.context.now), reason)


def _started(books: Books, run: Run, content: str, billing: Billing, facts: Sequence[Fact]) -> RunStarted:
    return RunStarted(
        date=run.day,
        run=RunId(run.run),
        revision=run.revision,
        until=run.until,
        content=content,
        invoices=sum(isinstance(one, InvoiceDrafted) and one.revision == 1 for one in facts),
        credit_notes=sum(isinstance(one, CreditNoteDrafted) for one in facts),
        subscriptions=tuple(RunSubscription(subscription=SubscriptionId(one)) for one in dict.fromkeys(billing.billed)),
        reservations=_reservations(books, run.run, facts),
        refusals=tuple(
            RunRefusal(
                refusal=number,
                subscription=SubscriptionId(one.subscription),
                reason=one.error.what,
                instead=one.error.instead or None,
            )
            for number, one in enumerate(billing.not_billed, start=1)
        ),
    )


def _reservations(books: Books, run: str, facts: Iterable[Fact]) -> tuple[RunReservation, ...]:
    """What the facts use of each lot that is there already, as far as it is there; of other lots nothing can be reserved."""
    used: dict[LotKey, Decimal] = {}
    for fact in facts:
        if isinstance(fact, (CreditApplied, CreditDiscounted)):
            for leg in fact.lots:
                key = lot_key(leg)
                used[key] = used.get(key, _ZERO) + leg.number
    own = books.runs.reserved_by(run) if used else {}
    found: list[RunReservation] = []
    for key, wanted in used.items():
        lot = books.credits.lots.get(key)
        units = min(wanted, lot.remaining - lot.reserved + own.get(key, _ZERO)) if lot is not None else _ZERO
        if lot is not None and units > 0:
            found.append(
                RunReservation(
                    reservation=len(found) + 1,
                    account=lot.account,
                    grant=lot.label,
                    unit=lot.unit,
                    units=units,
                    cost=lot.cost,
                    currency=lot.currency,
                    granted=lot.date,
                )
            )
    return tuple(found)


def _note_drawn(books: Books, facts: Iterable[Fact]) -> None:
    """The numbers that another run draws are not drawn a second time, so that both can be reviewed together."""
    for fact in facts:
        if isinstance(fact, (InvoiceDrafted, CreditNoteDrafted)):
            books.apply(fact)
        elif isinstance(fact, (CreditApplied, CreditDiscounted)):
            books.credits.counters.count(fact.application)
