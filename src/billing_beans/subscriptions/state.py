"""What the facts of subscriptions add up to, and which of their days are billed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from billing_beans.catalog.facts import PlanCharge, Timing
from billing_beans.catalog.state import PLANS, VERSIONS
from billing_beans.catalog.versions import last_by
from billing_beans.core.calendar import Every, next_anchored, period_around
from billing_beans.core.folds import folds
from billing_beans.core.replacing import replacing
from billing_beans.core.tables import Counters, Store
from billing_beans.invoicing.facts import CreditNoteDrafted, DraftVoided, InvoiceDrafted, InvoiceLine, InvoiceVoided
from billing_beans.invoicing.records import HEADS, REVISIONS
from billing_beans.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionPaused,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionStarted,
)
from billing_beans.subscriptions.phases import (
    Phases,
    changed,
    first_phases,
    going_on,
    over_by,
    phase_at,
    reviewed_with,
    until,
    with_trial,
)
from billing_beans.subscriptions.pieces import Piece, looked_at, pieces_of, rest, until_point
from billing_beans.subscriptions.records import (
    BILLED,
    PAST,
    SUBSCRIPTIONS,
    BilledLine,
    PastPhase,
    Phase,
    Point,
    Stage,
    Subscription,
    point_of,
    stops_at,
)

Effective = SubscriptionChanged | SubscriptionPaused | SubscriptionResumed | SubscriptionCancelled

_billed = replacing(Subscription, "phases", "review_from", "next_due", "billed_until")


class SubscriptionState:
    """Subscriptions by id, and the lines that billed them."""

    def __init__(self, store: Store) -> None:
        self.subscriptions = store.table(SUBSCRIPTIONS)
        self.billed = store.table(BILLED)
        self.past = store.table(PAST)
        self.counters = Counters(store)
        self._heads = store.table(HEADS)
        self._revisions = store.table(REVISIONS)
        self._plans = store.table(PLANS)

    @folds(SubscriptionStarted)
    def start(self, fact: SubscriptionStarted) -> None:
        self.counters.count(fact.subscription)
        begins = point_of(fact.start, fact.start_at)
        self.subscriptions.put(
            Subscription(
                fact.subscription,
                fact.customer,
                fact.seller,
                fact.currency,
                fact.date,
                begins,
                fact.trial_until,
                first_phases(fact),
                fact.start,
                max(fact.start, fact.trial_until or fact.start),
                begins,
                fact.id,
                Point(fact.ends) if fact.ends is not None else None,
                recorded=fact.date,
            )
        )

    @folds(SubscriptionChanged)
    def change(self, fact: SubscriptionChanged) -> None:
        def to(phase: Phase) -> Phase:
            return phase._replace(plan=fact.plan, quantity=fact.quantity, every=fact.every, anchor=fact.anchor)

        self._from(fact, lambda one, point: changed(one.phases, point, to))

    @folds(SubscriptionPaused)
    def pause(self, fact: SubscriptionPaused) -> None:
        self._from(
            fact, lambda one, point: changed(one.phases, point, lambda phase: phase._replace(stage=Stage.PAUSED))
        )

    @folds(SubscriptionResumed)
    def resume(self, fact: SubscriptionResumed) -> None:
        def resumed(one: Subscription, point: Point) -> Phases:
            active = changed(one.phases, point, lambda phase: phase._replace(stage=Stage.ACTIVE))
            return with_trial(active, one.trial_until)

        self._from(fact, resumed)

    @folds(SubscriptionCancelled)
    def cancel(self, fact: SubscriptionCancelled) -> None:
        before = self._named(fact.subscription).last_change
        self._from(fact, lambda one, point: until(one.phases, point))
        one = self._named(fact.subscription)
        ends = point_of(fact.effective, fact.effective_at)
        last_change = min(before, ends)  # what is not yet over can be renewed, and changed as if it never had an end
        ended = one._replace(ends=ends, cancelled=fact.date, reason=fact.reason, last_change=last_change)
        self.subscriptions.put(ended._replace(next_due=None) if self._is_finished(ended) else ended)

    @folds(SubscriptionRenewed)
    def renew(self, fact: SubscriptionRenewed) -> None:
        one = self._named(fact.subscription)
        ends = Point(fact.ends) if fact.ends is not None else None
        due = one.billed_until if one.next_due is None else one.next_due
        self.subscriptions.put(
            one._replace(
                phases=going_on(one.phases, ends, one.trial_until),
                ends=ends,
                cancelled=None,
                reason=None,
                next_due=min(due or one.start.day, one.ends.day if one.ends else date.max),
                recorded=max(one.recorded, fact.date),
            )
        )

    def _from(self, fact: Effective, phases: Callable[[Subscription, Point], Phases]) -> None:
        """What becomes of it from a point on; the period in which that lies is looked at again."""
        point = point_of(fact.effective, fact.effective_at)
        one = self._looked_at_again(self._named(fact.subscription), point.day)
        self.subscriptions.put(
            one._replace(
                phases=phases(one, point),
                next_due=min(one.next_due or point.day, point.day),
                last_change=point,
                recorded=max(one.recorded, fact.date),
            )
        )

    def _looked_at_again(self, one: Subscription, day: date) -> Subscription:
        """From the beginning of the period on in which a day lies, with all phases that it has."""
        again = self._taken_up(one, day)
        since = min(one.review_from, reviewed_with(again, day))
        again = self._taken_up(again, since)
        if reviewed_with(again, since) < since:
            return self._looked_at_again(again, since)
        return again._replace(review_from=since)

    def _taken_up(self, one: Subscription, day: date) -> Subscription:
        """With the phases from a day on, though they were over already."""
        if one.phases[0].start.day < day:
            return one
        past = [*self.past.since("subscription", one.subscription, (day,))]
        for each in past:
            self.past.put(each._replace(is_again=True))
        return one._replace(phases=(*(each.phase for each in past), *one.phases))

    @folds(InvoiceDrafted)
    def bill(self, fact: InvoiceDrafted) -> None:
        if fact.revision > 1:
            self._forget_revision(fact)
        found: dict[str, list[InvoiceLine]] = {}
        for line in fact.lines:
            if line.charge is not None and line.subscription is not None:
                self.billed.put(self._billed_line(fact.invoice, line, fact.date))
                found.setdefault(line.subscription, []).append(line)
        for subscription, lines in found.items():
            self._bill(subscription, lines)

    def _forget_revision(self, fact: InvoiceDrafted) -> None:
        """What the revision before had billed, this one bills anew."""
        before = self._revisions.get((fact.invoice, fact.revision - 1))
        for line in before.lines if before is not None else ():
            self._void_line(fact.invoice, line)

    def _void_line(self, invoice: str, line: InvoiceLine) -> None:
        billed = self.billed.get((invoice, line.line)) if line.charge is not None else None
        if billed is not None:
            self.billed.put(billed._replace(is_void=True))

    def _bill(self, subscription: str, lines: Iterable[InvoiceLine]) -> None:
        one = self.subscriptions.get(subscription)
        days = [(line.period_start, line.period_end) for line in lines if line.period_start and line.period_end]
        if one is None or not days:
            return
        review_from = max(one.review_from, reviewed_with(one, min(start for start, _ in days)))
        over, phases = over_by(one.phases, review_from)
        for phase in over:
            assert phase.end is not None
            self.past.put(PastPhase(subscription, *phase.start, phase.end.day, phase))
        billed_until = max([end for _, end in days] + [one.billed_until or date.min])
        now = one._replace(phases=phases, review_from=review_from)
        next_due = None if self._is_finished(now) else _next_after(phases, max(start for start, _ in days))
        self.subscriptions.put(_billed(one, phases, review_from, next_due, billed_until))

    def _is_finished(self, one: Subscription) -> bool:
        """Whether it has ended, and is billed as it should be until just then."""
        if one.ends is None:
            return False
        lines = [*self.billed.since("subscription", one.subscription, (one.review_from,))]
        reviewed = Point(one.review_from)
        active = [each.end for each in one.phases if each.stage is Stage.ACTIVE and each.end and each.end > reviewed]
        if active and not any(line.stops >= active[-1] for line in lines):
            return False  # said without reckoning all periods of a long term
        pieces = pieces_of(self._charges_on, one, one.review_from, one.ends.day)
        right: list[BilledLine] = []
        for line, right_until in looked_at(lines, pieces, one.review_from):
            if right_until < line.stops and self._costs(line):
                return False
            right.append(until_point(line, right_until))
        return not any(self._is_missing(one, piece, right) for piece in pieces)

    def _costs(self, line: BilledLine) -> bool:
        """Whether there is anything that could be taken back of it."""
        head = self._heads.get(line.invoice)
        draft = self._revisions.get((line.invoice, head.revision)) if head is not None else None
        return draft is None or bool(draft.lines[line.line - 1].amount.number)

    def _is_missing(self, one: Subscription, piece: Piece, billed: Iterable[BilledLine]) -> bool:
        charge = piece.charge
        if charge.timing is Timing.ONCE:
            return not any(True for _ in self.billed.range("once", (one.subscription, charge.product)))
        return any(True for _ in rest(piece, [line for line in billed if line.charge == charge.charge]))

    def _charges_on(self, plan: str, day: date) -> Sequence[PlanCharge]:
        found = last_by(self._plans.range(VERSIONS, plan), day)
        return found.charges if found is not None else ()

    @folds(DraftVoided, InvoiceVoided)
    def void(self, fact: DraftVoided | InvoiceVoided) -> None:
        head = self._heads.get(fact.invoice)
        draft = self._revisions.get((fact.invoice, head.revision)) if head is not None else None
        for line in draft.lines if draft is not None else ():
            self._void_line(fact.invoice, line)
            one = self.subscriptions.get(line.subscription) if line.charge is not None and line.subscription else None
            if one is not None:
                # What is charged once is so with the first period that has it: it is looked for from the beginning.
                since = line.period_start or one.start.day
                again = self._looked_at_again(one, since)
                due = min(one.next_due or again.review_from, again.review_from)
                self.subscriptions.put(again._replace(next_due=due))

    @folds(CreditNoteDrafted)
    def take_back(self, fact: CreditNoteDrafted) -> None:
        for line in fact.lines:
            billed = self.billed.get((fact.invoice, line.line)) if line.period_start is not None else None
            if billed is not None and line.period_start is not None:
                self.billed.put(
                    billed._replace(
                        end=line.period_start,
                        end_at=line.from_at or "",
                        days_credited=billed.days_credited + line.amount.number,
                    )
                )
                one = self._named(billed.subscription)
                if self._is_finished(one):
                    self.subscriptions.put(one._replace(next_due=None))

    def _billed_line(self, invoice: str, line: InvoiceLine, day: date) -> BilledLine:
        assert line.subscription is not None
        assert line.charge is not None
        start = line.period_start or day
        begins = point_of(start, line.from_at)
        stops = stops_at(line.period_end, line.until_at) if line.period_end is not None else Point(start)
        one = self.subscriptions.get(line.subscription)
        phase = phase_at(one.phases, begins) if one is not None else None
        every = phase.every if phase is not None else Every.DAY
        period = period_around(phase.anchor if phase is not None else start, every, start)
        return BilledLine(
            invoice,
            line.line,
            line.subscription,
            line.charge,
            line.product,
            line.quantity if line.of_quantity is None else line.of_quantity,
            start,
            stops.day,
            *period,
            every,
            begins.at,
            stops.at,
            is_once=line.period_start is None,
        )

    def _named(self, subscription: str) -> Subscription:
        one = self.subscriptions.get(subscription)
        assert one is not None, f"there is no subscription {subscription}"
        return one


def _next_after(phases: Phases, day: date) -> date:
    """The first day behind one on which something may fall due: a period begins, or something happens that is known already."""
    begun = [one for one in phases if one.start.day <= day]
    phase = begun[-1] if begun else phases[0]
    points = [point.day for one in phases for point in (one.start, one.end) if point is not None and point.day > day]
    return min([next_anchored(phase.anchor, phase.every, day), *points])
