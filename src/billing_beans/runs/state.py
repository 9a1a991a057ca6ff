"""What the facts of billing runs add up to: which wait for review, whom they bill, and what they reserve."""

from __future__ import annotations

from decimal import Decimal

from billing_beans.core.facts import Fact
from billing_beans.core.folds import folds
from billing_beans.core.tables import Counters, Store
from billing_beans.credits.records import LOTS
from billing_beans.runs.facts import RunDiscarded, RunPosted, RunReservation, RunStarted
from billing_beans.runs.records import (
    BILLED,
    NOT_BILLED,
    RESERVED,
    RUNS,
    Billed,
    LotKey,
    NotBilled,
    Reserved,
    Run,
    RunStatus,
)

PREFIX = "RUN"


class RunState:
    """Runs in the order in which they were started, and what of them waits."""

    def __init__(self, store: Store) -> None:
        self.runs = store.table(RUNS)
        self.billed = store.table(BILLED)
        self.reserved = store.table(RESERVED)
        self.not_billed = store.table(NOT_BILLED)
        self.counters = Counters(store)
        self._lots = store.table(LOTS)

    def pending(self) -> list[Run]:
        """The runs that wait for review, in the order of their last revisions."""
        return [*self.runs.range("status", RunStatus.PENDING)]

    def run_of(self, subscription: str) -> str | None:
        """The run that waits for review and bills this subscription, or None."""
        for one in self.billed.range("waiting", subscription):
            return one.run
        return None

    def subscriptions_of(self, run: Run) -> list[str]:
        """The subscriptions that a run bills, in the order in which it does."""
        return [one.subscription for one in self.billed.range("run", (run.run, run.revision))]

    def refusals_of(self, run: Run) -> list[NotBilled]:
        """The subscriptions that a run could not bill, in the order in which they were tried."""
        return [*self.not_billed.range("run", (run.run, run.revision))]

    def reserved_by(self, run: str) -> dict[LotKey, Decimal]:
        """What a run that waits for review has reserved of each lot; nothing for one that does not, or is not there."""
        return {one.lot: one.units for one in self.reserved.range("waiting", run)}

    @folds(RunStarted)
    def start(self, fact: RunStarted) -> None:
        """What an earlier revision reserved is free again before this one reserves."""
        self.counters.count(fact.run)
        before = self.runs.get(fact.run)
        if before is not None:
            self.release(before)
        self.runs.put(_run(fact, before))
        for position, one in enumerate(fact.subscriptions):
            self.billed.put(Billed(fact.run, one.subscription, fact.revision, position, waits=True))
        for reservation in fact.reservations:
            self._reserve(_reserved(fact, reservation))
        for refusal in fact.refusals:
            self.not_billed.put(
                NotBilled(
                    fact.run, refusal.refusal, refusal.subscription, refusal.reason, refusal.instead, fact.revision
                )
            )

    @folds(RunPosted)
    def post(self, fact: RunPosted) -> None:
        self._decide(fact, fact.run, RunStatus.POSTED, None)

    @folds(RunDiscarded)
    def discard(self, fact: RunDiscarded) -> None:
        self._decide(fact, fact.run, RunStatus.DISCARDED, fact.reason)

    def _decide(self, fact: Fact, name: str, status: RunStatus, reason: str | None) -> None:
        run = self.runs.get(name)
        assert run is not None, f"there is no run {name}"
        self.release(run)
        self.runs.put(
            run._replace(
                status=status, decided=fact.date, decided_at=fact.at, decided_by=fact.actor, reason=reason, fact=fact.id
            )
        )

    def release(self, run: Run) -> None:
        """What a run reserves is free again, and its subscriptions may be billed by another."""
        for one in [*self.billed.range("run", (run.run, run.revision))]:
            self.billed.put(one._replace(waits=False))
        for reserved in [*self.reserved.range("waiting", run.run)]:
            self._keep(reserved, -reserved.units)
            self.reserved.put(reserved._replace(waits=False))

    def _reserve(self, one: Reserved) -> None:
        self._keep(one, one.units)
        self.reserved.put(one)

    def _keep(self, one: Reserved, units: Decimal) -> None:
        lot = self._lots.get(one.lot)
        assert lot is not None, f"there is no lot of {one.grant} on {one.account}"
        self._lots.put(lot._replace(reserved=lot.reserved + units))


def _run(fact: RunStarted, before: Run | None) -> Run:
    return Run(
        fact.run,
        fact.revision,
        fact.until,
        fact.date,
        fact.content,
        fact.invoices,
        fact.credit_notes,
        len(fact.subscriptions),
        len(fact.reservations),
        len(fact.refusals),
        RunStatus.PENDING,
        before.started if before else fact.date,
        before.started_at if before else fact.at,
        before.started_by if before else fact.actor,
        fact.at,
        fact.id,
    )


def _reserved(fact: RunStarted, one: RunReservation) -> Reserved:
    return Reserved(
        fact.run,
        one.reservation,
        one.account,
        one.grant,
        one.unit,
        one.units,
        one.cost,
        one.currency,
        one.granted,
        waits=True,
    )
