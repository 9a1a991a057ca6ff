"""Where an invoice comes from: a subscription's beginning, a period of one, a top-up, or somebody who drafted it (I9)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanAdded, Timing
from billing_beans.invoicing.facts import InvoiceDrafted, InvoiceLine
from billing_beans.subscriptions.records import Stage, Subscription
from billing_beans.subscriptions.standing import life_of


class Origin(StrEnum):
    """The four origins of an invoice."""

    SUBSCRIPTION_START = "subscription-start"
    SUBSCRIPTION_PERIOD = "subscription-period"
    TOP_UP = "top-up"
    ONE_OFF = "one-off"


_FIRST = (Timing.IN_ADVANCE, Timing.ONCE, Timing.IN_ARREARS)
"""Of the charges of a plan, which are billed first."""


def origin_of(books: Books, draft: InvoiceDrafted) -> Origin:
    """Where an invoice comes from (I9): what its lines say, held against the subscriptions that they charge.

    One that charges a subscription for its first days, or first, is its start, whatever else is on it. A top-up sells nothing but credits.
    """
    charged = [line for line in draft.lines if line.charge is not None]
    if any(_begins(books, line) for line in charged):
        return Origin.SUBSCRIPTION_START
    if charged:
        return Origin.SUBSCRIPTION_PERIOD
    if all(line.credit_unit is not None for line in draft.lines):
        return Origin.TOP_UP
    return Origin.ONE_OFF


def _begins(books: Books, line: InvoiceLine) -> bool:
    """Whether a line is of those with which the billing of a subscription begins."""
    one = books.subscriptions.subscriptions.get(line.subscription or "")
    if one is None:
        return False
    days = _first_days(books, one)
    if line.period_start is not None and line.period_start not in days:
        return False
    return any(_is_first(plan, line) for plan in days.values())


def _first_days(books: Books, one: Subscription) -> dict[date, PlanAdded]:
    """The first day that was to be charged when it began, and the first that is, if it is another; each with the plan of then."""
    life = life_of(books, one)
    began = max(one.start.day, one.trial_until or one.start.day)
    found = {began: books.catalog.plan(life[0].plan, began)}
    for phase in life:
        if phase.stage is Stage.ACTIVE:
            found[phase.start.day] = books.catalog.plan(phase.plan, phase.start.day)
            break
    return {day: plan for day, plan in found.items() if plan is not None}


def _is_first(plan: PlanAdded, line: InvoiceLine) -> bool:
    timings = {charge.charge: charge.timing for charge in plan.charges}
    first = next(timing for timing in _FIRST if timing in timings.values())
    return line.charge is not None and timings.get(line.charge) is first
