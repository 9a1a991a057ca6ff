"""Verbs for rules that top up: add, end, and do all that is due (W2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from billing_beans.acts.act import Act
from billing_beans.acts.credits import TopUpByInvoice, top_up_by_invoice
from billing_beans.acts.progress import Progress
from billing_beans.books import Books
from billing_beans.catalog.facts import TopUpRuleAdded
from billing_beans.catalog.versions import without_envelope
from billing_beans.core.calendar import format_moment, local_date
from billing_beans.core.errors import BillingError, Refused
from billing_beans.core.facts import Fact
from billing_beans.core.records import record
from billing_beans.core.tables import Overlay
from billing_beans.credits.granting import granted
from billing_beans.credits.rule_state import source_of
from billing_beans.credits.rules import (
    AddRule,
    EndRule,
    Versions,
    awaited_invoice,
    days_due,
    every_rule,
    falls_short,
    grant_by,
    rule_added,
    rule_ended,
    version_on,
    versions_named,
)
from billing_beans.invoicing.operations import entity_of


@record
class RunRules:
    """All that is due by the day of the act, of one customer or of all."""

    customer: str | None = None


class Due(NamedTuple):
    """What a rule does for one of its days."""

    day: date
    rule: str
    version: TopUpRuleAdded


class NotDone(NamedTuple):
    """What a rule could not do, and why; what else it has to do waits for it."""

    rule: str
    customer: str
    day: date
    error: BillingError


def add_rule(act: Act, request: AddRule) -> None:
    """Credits for a customer again and again, from a day on (W2). Raises `Refused` or `WrongUsage`."""
    known = [*act.books.catalog.customers.range("versions", request.customer)]
    fact = rule_added(act.books, request, act.day(request.seller or (known[-1].seller if known else None)))
    if fact is not None:
        act.record(fact)


def end_rule(act: Act, request: EndRule) -> None:
    """The last day of a rule (W2). Raises `Refused`."""
    seller = versions_named(act.books, request.rule)[-1].seller
    fact = rule_ended(act.books, request, act.day(seller))
    if fact is not None:
        act.record(fact)


class Running:
    """What is due is done, each time once; `not_done` is what was refused, which keeps nothing else from being done."""

    def __init__(self, progress: Progress) -> None:
        self.not_done: list[NotDone] = []
        self._progress = progress
        self._stopped: set[str] = set()

    def run_rules(self, act: Act, request: RunRules) -> None:
        """Each day that is due, in the order of days, and then what there is too little of (W2). Raises `Refused`."""
        rules = _rules(act, request)
        due = sorted(one for versions in rules for one in _days(act, versions))
        short = [versions for versions in rules if any(one.below is not None for one in versions)]
        with self._progress(len(due) + len(short)) as advance:
            for one in due:
                self._do(act, one)
                advance(1)
            for versions in short:
                self._fill(act, versions)
                advance(1)

    def _fill(self, act: Act, versions: Versions) -> None:
        """Credits where fewer are available than the rule asks for; once on a day, and not while an invoice of it waits."""
        today = _until(act, versions[-1].seller)
        version = version_on(versions, today)
        if version is None or act.books.rules.occurrences.get((version.rule, today)) is not None:
            return
        if falls_short(act.books, version, today, format_moment(act.context.now)) and not _waits(act, version, today):
            self._do(act, Due(today, version.rule, version))

    def _do(self, act: Act, due: Due) -> None:
        version = due.version
        if version.rule in self._stopped:
            return
        try:
            if version.product is None:
                act.record(granted(act.books, grant_by(version, due.day), _day_of_grant(act, due.day)))
            else:
                for fact in _invoiced(act, version, due.day):
                    act.record(replace(without_envelope(fact), source=fact.source))
        except BillingError as error:
            self._stopped.add(version.rule)
            self.not_done.append(NotDone(version.rule, version.customer, due.day, error))


def _rules(act: Act, request: RunRules) -> list[Versions]:
    if request.customer is not None and not any(act.books.catalog.customers.range("versions", request.customer)):
        raise Refused(f"There is no customer {request.customer}.", instead="billing-beans customer list")
    rules = every_rule(act.books, request.customer)
    day = act.context.day
    todays = [_today(act, versions[-1].seller) for versions in rules]
    if day is not None and todays and day > max(todays):
        raise Refused(
            f"{day} is still to come.",
            rule="W2: a rule tops up when its day has come.",
            instead="billing-beans credit rule list says what comes next",
        )
    return rules


def _days(act: Act, versions: Versions) -> Iterator[Due]:
    """What is due of a rule whether or not there is enough."""
    rule = versions[0].rule
    for day in days_due(act.books, versions, _until(act, versions[-1].seller)):
        version = version_on(versions, day)
        assert version is not None
        yield Due(day, rule, version)


def _until(act: Act, seller: str) -> date:
    """The day up to which a rule is run: the one asked for, or today where its legal entity is."""
    today = _today(act, seller)
    return today if act.context.day is None else min(today, act.context.day)


def _today(act: Act, seller: str) -> date:
    return local_date(act.context.now, entity_of(act.books, seller, date.max).time_zone)


def _waits(act: Act, version: TopUpRuleAdded, day: date) -> bool:
    return version.product is not None and awaited_invoice(act.books, version, day) is not None


def _day_of_grant(act: Act, day: date) -> date:
    """Free credits are dated the day for which they are, however late that is; or the first day that is open."""
    return max(day, act.books.periods.first_open)


def _invoiced(act: Act, version: TopUpRuleAdded, day: date) -> list[Fact]:
    """The facts of an invoice, from an act that is thrown away: one of which half is refused leaves nothing.

    It is dated as the act is: no invoice is dated back.
    """
    assert version.product is not None
    trial = Act(Books(Overlay(act.books.store)), replace(act.context, idempotency_key=None))
    source = source_of(version.rule, day)
    top_up_by_invoice(
        trial, TopUpByInvoice(version.customer, version.units, version.product, version.seller, source=source)
    )
    return trial.facts
