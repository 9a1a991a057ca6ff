"""Which new facts of the catalogue leave everything as it was judged before.

Catalogue and parties fold before all else, wherever they stand, so one that is added later may change what earlier facts
are held against. What is said here follows from the checks: of catalogue and parties they ask whether something is known
on a day, and of what is known only what `_ASKED` names, everything of a legal entity, and of a level of reminding the others.
Of a policy they ask what is chosen on a day, or the default; of a rule for top-ups what it says on the days that it has done.
Prices are asked of by products only, and the other way round: what grants is sold for each. Whichever of the two comes later is
refused, on whichever day, and a product grants as its revenue says. An invoice holds what it was priced with.
A check that asks for more must be thought of here; `tests/ledger/test_index_histories.py` compares with a full load.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from billing_beans.books import Books
from billing_beans.catalog.facts import (
    BookDeclared,
    CreditUnitAdded,
    DunningLevelAdded,
    LegalEntityAdded,
    PlanAdded,
    PolicyChosen,
    ProductAdded,
    TaxCodeAdded,
    TopUpRuleAdded,
)
from billing_beans.core.facts import Fact

_ASKED: Mapping[type[Fact], tuple[str, ...]] = {
    TaxCodeAdded: ("rate",),
    ProductAdded: ("revenue", "credit_unit", "meter"),
    CreditUnitAdded: ("face",),
    PlanAdded: ("charges", "active_until"),
}
"""A line is taxed at its code's rate; terms of an agent's product give no discount; a top-up is in the currency of its credits; a plan
charges what no meter counts. A subscription begins while its plan is offered, and is billed by what that charges."""


def is_harmless(books: Books, fact: Fact, last_day: date) -> bool:
    """Whether no fact of sound `books`, none of them dated later than `last_day`, is judged otherwise with this one."""
    if isinstance(fact, (BookDeclared, LegalEntityAdded)):
        return False
    if isinstance(fact, DunningLevelAdded):
        # Levels are held against each other, and no other fact against them.
        return all(one.date <= fact.date for one in books.catalog.dunning_levels.all())
    if isinstance(fact, PolicyChosen):
        return fact.date > last_day
    versions = books.catalog.versions_of(fact)
    if not versions:
        return True
    before = versions[-1]
    if before.date >= fact.date or (isinstance(fact, TopUpRuleAdded) and _is_done(books, fact)):
        return False
    asked = _ASKED.get(type(fact), ())
    if isinstance(fact, PlanAdded):
        last_day = _last_day_of_subscriptions(books, last_day)
    return fact.date > last_day or all(getattr(fact, name) == getattr(before, name) for name in asked)


def _last_day_of_subscriptions(books: Books, last_day: date) -> date:
    """The last day on which a plan is asked for: subscriptions begin, change, and are billed beyond the day on which that is recorded."""
    days = [last_day]
    for one in books.subscriptions.subscriptions.all():
        known = (one.start.day, one.trial_until, one.last_change.day, one.phases[-1].start.day, one.billed_until)
        days += [day for day in known if day is not None]
    return max(days)


def _is_done(books: Books, fact: TopUpRuleAdded) -> bool:
    """Whether a rule has topped up for a day of which this version says another thing."""
    last = books.rules.occurrences.last("rule", fact.rule)
    return last is not None and last.day >= min(fact.date, fact.active_until or date.max)
