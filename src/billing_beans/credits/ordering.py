"""In which order credits are used, by policy, and for what they can be (W5).

| policy | first what differs first |
|---|---|
| `scope-first` | scoped to a period, to a meter, to a subscription, earliest expiry, free before paid, oldest |
| `priority-first` | lowest priority number, earliest expiry, free before paid, oldest |
| `expiry-first` | earliest expiry, oldest |
| `granted-first` | free before paid, oldest |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from billing_beans.catalog.policies import CreditOrder
from billing_beans.credits.records import Lot, Terms
from billing_beans.invoicing.facts import InvoiceLine

NEVER = "9999"
"""Sorts behind every moment."""
LOWEST = 1000
"""Behind every priority: grants that were given none come last."""
ANY = "any"
"""The scope of credits that are for anything."""

Key = Callable[[Lot], tuple[Any, ...]]


def _scope_first(lot: Lot) -> tuple[Any, ...]:
    terms = lot.terms
    return (
        terms.period_start is None,
        terms.meter is None,
        terms.subscription is None,
        terms.expires_at or NEVER,
        lot.paid,
        lot.sequence,
    )


def _priority_first(lot: Lot) -> tuple[Any, ...]:
    priority = LOWEST if lot.terms.priority is None else lot.terms.priority
    return (priority, lot.terms.expires_at or NEVER, lot.paid, lot.sequence)


def _expiry_first(lot: Lot) -> tuple[Any, ...]:
    return (lot.terms.expires_at or NEVER, lot.sequence)


def _granted_first(lot: Lot) -> tuple[Any, ...]:
    return (lot.paid, lot.sequence)


ORDERS: Mapping[str, Key] = {
    CreditOrder.SCOPE_FIRST: _scope_first,
    CreditOrder.PRIORITY_FIRST: _priority_first,
    CreditOrder.EXPIRY_FIRST: _expiry_first,
    CreditOrder.GRANTED_FIRST: _granted_first,
}


def in_order(lots: Iterable[Lot], order: str) -> list[Lot]:
    """Lots in the order in which a policy uses them."""
    return sorted(lots, key=ORDERS[order])


def is_scoped(terms: Terms) -> bool:
    """Whether credits are for some things only."""
    return (terms.subscription, terms.meter, terms.period_start) != (None, None, None)


def fits(terms: Terms, line: InvoiceLine) -> bool:
    """Whether credits on these terms are for what a line sells: its subscription, its meter, and its period within theirs."""
    if terms.subscription is not None and terms.subscription != line.subscription:
        return False
    if terms.meter is not None and terms.meter != line.meter:
        return False
    if terms.period_start is None or terms.period_end is None:
        return True
    if line.period_start is None or line.period_end is None:
        return False
    return terms.period_start <= line.period_start and line.period_end <= terms.period_end


def scope_of(terms: Terms) -> str:
    """For what credits are, in words: `subscription sub-1, meter api, period 2026-01-01..2026-02-01`, or `any`."""
    parts = []
    if terms.subscription is not None:
        parts.append(f"subscription {terms.subscription}")
    if terms.meter is not None:
        parts.append(f"meter {terms.meter}")
    if terms.period_start is not None:
        parts.append(f"period {terms.period_start}..{terms.period_end}")
    return ", ".join(parts) or ANY
