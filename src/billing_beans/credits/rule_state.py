"""What rules for top-ups have done (W2): each time once, known by the rule and the day for which it was."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from billing_beans.core.calendar import parse_day
from billing_beans.core.errors import WrongUsage
from billing_beans.core.folds import folds
from billing_beans.core.tables import Index, Store, TableSpec
from billing_beans.credits.facts import CreditGranted
from billing_beans.invoicing.facts import InvoiceDrafted

SOURCE = "top-up-rule/"
"""How the source of a fact begins that a rule made: `top-up-rule/RULE-1@2026-03-01`."""

Day = date
"""A date, in a record that has a field of that name."""


class Occurrence(NamedTuple):
    """One time of a rule: for which day, and the grant or the invoice that it made, dated `date`."""

    rule: str
    day: Day
    fact: str
    date: Day
    grant: str | None = None
    invoice: str | None = None


OCCURRENCES = TableSpec(
    "top_up_occurrences",
    Occurrence,
    ("rule", "day"),
    {
        "rule": Index(("rule",), ("day",)),
        "invoice": Index(("invoice",), ("day",), where=lambda one: one.invoice is not None),
    },
)


def source_of(rule: str, day: date) -> str:
    """How a fact says for which day of a rule it was made."""
    return f"{SOURCE}{rule}@{day}"


def rule_and_day(source: str | None) -> tuple[str, date] | None:
    """The rule and the day that a source names; None where it names none."""
    if source is None or not source.startswith(SOURCE):
        return None
    rule, _, day = source.removeprefix(SOURCE).partition("@")
    try:
        return (rule, parse_day(day, date.min)) if day[:1].isdigit() and day == day.strip() else None
    except WrongUsage:
        return None


class RuleState:
    """What each rule did, by its day."""

    def __init__(self, store: Store) -> None:
        self.occurrences = store.table(OCCURRENCES)

    @folds(CreditGranted)
    def grant(self, fact: CreditGranted) -> None:
        if (found := rule_and_day(fact.source)) is not None:
            self.occurrences.put(Occurrence(*found, fact.id, fact.date, grant=fact.grant))

    @folds(InvoiceDrafted)
    def draft(self, fact: InvoiceDrafted) -> None:
        if fact.source is not None and fact.revision == 1 and (found := rule_and_day(fact.source)) is not None:
            self.occurrences.put(Occurrence(*found, fact.id, fact.date, invoice=fact.invoice))
