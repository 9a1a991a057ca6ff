"""A movement in the ledger, held against the one that the tool would have made."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from beancount.core.amount import Amount

from billing_beans.core.facts import Leg, Movement, legs_in


def difference(found: Movement, expected: Movement) -> str | None:
    """In words, the first thing in which a movement differs from the expected one, envelope aside; None where nothing does."""
    said = _said(type(found))  # type: ignore[arg-type]  # mypy takes the hash of the class for that of a fact
    if said(found) == said(expected):
        return None
    names = ("date", *(field.name for field in found.shape.fields), "payee", "narration")
    for name in names:
        ours, theirs = getattr(expected, name), getattr(found, name)
        if ours != theirs:
            return f"{name.replace('_', '-')} is {_words(theirs)}, and should be {_words(ours)}"
    raise AssertionError(f"{found.shape.kind} differs in nothing")


@cache
def _said(cls: Any) -> Callable[[Any], Any]:
    """What a kind of movement says, envelope aside. Kept by class: to hash a shape would cost more than to compare."""
    return attrgetter("date", "payee", "narration", *(field.name for field in cls.shape.fields))


def _words(value: Any) -> str:
    if isinstance(value, tuple) and not isinstance(value, Amount):
        return " and ".join(map(_leg, legs_in(value))) or "nothing"
    return "absent" if value is None else str(value)


def _leg(leg: Leg) -> str:
    lot = f" of lot {leg.cost.label} at {leg.cost.number:f} {leg.cost.currency}" if leg.cost else ""
    worth = f" worth {leg.price.number:f} {leg.price.currency}" if leg.price else ""
    return f"{leg.number:f} {leg.currency}{lot}{worth} on {leg.account}"
