"""What differs between what a billing run was reckoned to write and what it would write now, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from billing_beans.core.facts import Fact
from billing_beans.core.money import Money
from billing_beans.credits.facts import CreditApplied, CreditDiscounted
from billing_beans.invoicing.facts import CreditNoteDrafted, InvoiceDrafted


class Bill(NamedTuple):
    """What a customer is billed, or credited, as far as one can say it in a word."""

    what: str
    total: Money


def differences(before: Sequence[Fact], now: Sequence[Fact]) -> list[str]:
    """Customer by customer; one sentence where only what can't be said in sums differs."""
    was, became = _bills(before), _bills(now)
    words = [*_differing(was, became)]
    if not words and _credits(before) != _credits(now):
        words = ["other credits are used"]
    return words or ["the totals are the same; lines, dates or parties are not"]


def _differing(was: dict[str, list[Bill]], became: dict[str, list[Bill]]) -> Iterator[str]:
    for customer in dict.fromkeys((*was, *became)):
        old, new = was.get(customer, []), became.get(customer, [])
        if old != new:
            yield f"{customer} {_words(old)} then, {_words(new)} now"


def _words(bills: Iterable[Bill]) -> str:
    return " and ".join(f"{one.what} {one.total}" for one in bills) or "nothing"


def _bills(facts: Iterable[Fact]) -> dict[str, list[Bill]]:
    """By customer: the last revision of each invoice, and each credit note, in order."""
    found: dict[str, dict[str, Bill]] = {}
    for fact in facts:
        if isinstance(fact, InvoiceDrafted):
            found.setdefault(fact.customer, {})[fact.invoice] = Bill("invoice", fact.total)
        elif isinstance(fact, CreditNoteDrafted):
            found.setdefault(fact.customer, {})[fact.credit_note] = Bill("credit note", fact.total)
    return {customer: [*bills.values()] for customer, bills in found.items()}


def _credits(facts: Iterable[Fact]) -> list[tuple[str, object, object]]:
    used = (one for one in facts if isinstance(one, (CreditApplied, CreditDiscounted)))
    return [(one.customer, leg.number, leg.cost) for one in used for leg in one.lots]
