"""Everything that processors told on its way into the books: in acts of many, each of which is written whole or not at all.

What is in the books already is passed over, so the same files can be imported again: after a crash, after more files have
come, or after a person has said who pays for whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from billing_beans.acts.act import Act
from billing_beans.books import Books
from billing_beans.core.accounts import Role, place_of
from billing_beans.core.errors import BillingError, Refused, WrongUsage
from billing_beans.core.facts import Fact
from billing_beans.importers.processors.days import local_day
from billing_beans.importers.processors.events import EventKind, Family, ProcessorEvent, Skipped
from billing_beans.importers.processors.outcomes import Became, Choices, Outcome, listed
from billing_beans.importers.processors.owners import Emails
from billing_beans.importers.processors.plan import Plan, Thing
from billing_beans.importers.processors.taking import Taker
from billing_beans.ledger.codec import encode
from billing_beans.ledger.journal import Written
from billing_beans.ledger.ledger import Asker, Writing
from billing_beans.ledger.ledger import Outcome as Performed
from billing_beans.ledger.reading import collector_paused

BATCH = 500
"""Things in one act: so many that flushing to disk costs little, so few that progress shows."""

_COME = frozenset((EventKind.PAID, EventKind.PAYOUT))


class _StepRefused(Refused):
    """One thing of several can't be taken, and left something behind; `position` says which, from 0."""

    def __init__(self, position: int, error: BillingError) -> None:
        super().__init__(error.what, rule=error.rule, instead=error.instead)
        self.position = position


@dataclass(slots=True)
class Report:
    """What became of the events. `totals` are of the payments that were recorded, by currency, gross; `fees` what was kept."""

    events: int
    skipped: list[Skipped] = field(default_factory=list)
    recorded: Counter[Family] = field(default_factory=Counter)
    standing: int = 0
    no_money: Counter[str] = field(default_factory=Counter)
    held: list[Outcome] = field(default_factory=list)
    listed: list[Outcome] = field(default_factory=list)
    totals: dict[str, Decimal] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    facts: int = 0
    written: list[Written] = field(default_factory=list)
    sample: str = ""
    """The directives of the first thing, as they were or would be written."""

    def count(self, outcomes: Iterable[Outcome], day_of: Callable[[datetime], date]) -> None:
        """Take note of what became of things; `day_of` says on which local day of the seller a moment was."""
        for outcome in outcomes:
            if outcome.became is Became.RECORDED:
                self._recorded(outcome.thing, day_of(outcome.thing.moment))
            elif outcome.became is Became.STANDING:
                self.standing += 1
            elif outcome.became is Became.HELD:
                self.held.append(outcome)
            elif outcome.became is Became.LISTED:
                self.listed.append(outcome)
            elif outcome.family is not Family.SAID:
                self.no_money[f"{outcome.family}: {outcome.why}"] += 1

    def _recorded(self, thing: Thing, day: date) -> None:
        self.recorded[thing.family] += 1
        self.first, self.last = min(self.first or day, day), max(self.last or day, day)
        if thing.kind is EventKind.PAID and thing.came is not None:
            self.totals[thing.came.currency] = self.totals.get(thing.came.currency, Decimal(0)) + thing.came.number

    def note(self, performed: Performed) -> None:
        """Take note of what an act wrote, or would write."""
        self.written += performed.written
        self.facts += len(performed.facts)
        if not self.sample and performed.facts:
            self.sample = "\n".join(map(encode, _first(performed.facts)))


def _first(facts: list[Fact]) -> list[Fact]:
    first = facts[0].entities()[0]
    return [fact for fact in facts[:4] if first in fact.entities()]


@dataclass(slots=True)
class ProcessorImport:
    """One import of some files into open books. `progress` is told how many things have been dealt with."""

    writing: Writing
    asker: Asker
    choices: Choices
    progress: Callable[[int], None]
    _outcomes: list[Outcome] = field(default_factory=list)

    def run(self, plan: Plan, skipped: list[Skipped]) -> Report:
        """Take everything that can be taken. What was written stays where a later act fails. Raises `BillingError`."""
        report = Report(plan.events, skipped)
        taker = Taker(self.choices, Emails(self._books))
        _refuse_accounts(self._books, taker, plan.things)
        with collector_paused():
            for start in range(0, len(plan.things), BATCH):
                batch = plan.things[start : start + BATCH]
                self._write(taker, batch, report)
                self.progress(len(batch))
        return report

    def _write(self, taker: Taker, batch: list[Thing], report: Report) -> None:
        """Take these in one act; where one of them is refused midway, in an act before it and one behind it."""
        while batch:
            try:
                self._perform(taker, batch, report)
                batch = []
            except _StepRefused as refused:
                if refused.position:
                    self._perform(taker, batch[: refused.position], report)
                report.count([listed(batch[refused.position], refused)], self._day_of(taker))
                batch = batch[refused.position + 1 :]

    def _perform(self, taker: Taker, batch: list[Thing], report: Report) -> None:
        outcomes: list[Outcome] = []

        def import_processor_events(act: Act, things: list[Thing]) -> None:
            for position, thing in enumerate(things):
                _take(act, taker, thing, position, outcomes)

        performed = self.writing.perform(import_processor_events, batch, self.asker)
        report.note(performed)
        report.count(outcomes, self._day_of(taker))

    def _day_of(self, taker: Taker) -> Callable[[datetime], date]:
        seller = taker.seller(self._books)
        return lambda moment: local_day(self._books, moment, seller)

    @property
    def _books(self) -> Books:
        return self.writing.reading.books


def _take(act: Act, taker: Taker, thing: Thing, position: int, outcomes: list[Outcome]) -> None:
    """Take one thing. What is refused before anything of it was recorded is listed; else the act begins anew without it."""
    mark = (len(act.facts), len(act.openings))
    found: list[Outcome] = []
    try:
        found.extend(taker.take(act, thing))
    except BillingError as error:
        if mark != (len(act.facts), len(act.openings)):
            raise _StepRefused(position, error) from error
        found = [listed(thing, error)]
    outcomes.extend(found)


def _refuse_accounts(books: Books, taker: Taker, things: list[Thing]) -> None:
    """Where money can't lie, or nobody says whose it is, nothing is written. Raises `WrongUsage` with the directive to add."""
    if not things:
        return
    seller = taker.seller(books)
    needed = [(taker.account(books, seller), Role.PROCESSOR)] if any(one.kind in _COME for one in things) else []
    bank = taker.choices.bank or next((one.bank for one in books.catalog.entities.range("versions", seller)), None)
    if bank is not None and any(one.kind is EventKind.PAYOUT for one in things):
        needed.append((bank, Role.BANK))
    for account, role in needed:
        place = place_of(account)
        if place is None or place.role is not role:
            raise WrongUsage(
                f"{account} is no account of a {role.component.lower()}.",
                rule="B3: the money of a legal entity lies on Assets:<entity>:Processor:... and Assets:<entity>:Bank:...",
                instead="name one with " + ("--into" if role is Role.PROCESSOR else "--bank"),
            )
        if books.accounts.get(account) is None:
            first = local_day(books, min(one.moment for one in things), seller)
            raise WrongUsage(
                f"{account} is not open in these books.",
                rule="13 of the architecture: where money lies is opened by a person.",
                instead=f"write it into setup/accounts.beancount: {first} open {account}",
            )


def refuse_tests(books: Books, events: Iterable[ProcessorEvent]) -> None:
    """Events of test mode don't belong into live books. Raises `WrongUsage`."""
    declared = books.catalog.declared()
    if declared is None or not declared.livemode:
        return
    test = next((event for event in events if event.live is False), None)
    if test is not None:
        raise WrongUsage(
            f"{test.where}: {test.source} happened in test mode, and these books are live.",
            rule="P4: books say whether they are live, and hold nothing else.",
            instead="export the events of live mode, or import these into books of their own: billing-beans init DIR --test",
        )
