"""The postings of a movement, read as the legs that its kind declares.

This is the hottest place of every load: each posting of each fact goes through `read_legs`.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from beancount.core.amount import Amount
from beancount.core.position import Cost, CostSpec

from billing_beans.core.accounts import Role, place_of
from billing_beans.core.facts import LEG_TAGS, Field, Leg, Shape, Side

WHOLE_LIMIT = Decimal(10**18)
"""Whole numbers stay below this: Python refuses to print very long ones, and nobody counts so far."""


class Malformed(Exception):
    """A directive that is not what its kind declares, in words."""


_Tag = tuple[str, int, Callable[[Any], Any]]
"""Metadata that stands on a posting: its key, its place in a `Leg`, and how its value is read."""


@dataclass(slots=True)
class _Rule:
    """What a posting must be to stand in one leg of a kind. Not frozen, no tuple: what is read fastest."""

    position: int
    lots: bool
    tags: tuple[_Tag, ...]


_Rules = tuple[_Rule | None, _Rule | None]
"""What may stand on an account: as a credit, as a debit."""

_LOCATION = ("filename", "lineno")
_new_leg = tuple.__new__
"""A quarter of what `Leg(...)` costs."""


def leg_reader(shape: Shape) -> Callable[[Any], list[Any]]:
    """What reads the postings of a kind: for each of its legs the postings that stand in it. Raises `Malformed`."""
    fields = shape.legs
    singles = [None if field.many else field for field in fields]
    rules = _rules_of(shape)
    by_account: dict[str, _Rules] = {}

    def rules_of(account: str) -> _Rules:
        place = place_of(account)
        found = (rules.get((place.role, False)), rules.get((place.role, True))) if place is not None else (None, None)
        if found == (None, None):
            raise Malformed(f"{shape.kind} may not touch {account}")
        by_account[account] = found
        return found

    def read_legs(entry: Any) -> list[Any]:
        found: list[Any] = [[] for _ in fields]
        balance: dict[str, Decimal] = {}
        number: Any
        for account, units, cost, price, _flag, meta in entry.postings:
            if units.__class__ is not Amount or units[0].__class__ is not Decimal or units[1].__class__ is not str:
                raise Malformed(f"the amount of {account} is not written out")
            number, currency = units
            rule = (by_account.get(account) or rules_of(account))[number > 0]
            if rule is None or not number or price is not None or (cost is not None) is not rule.lots:
                raise _misplaced(shape, account, units, price, rule)
            if cost is not None:
                cost = cost if cost.__class__ is Cost else _written_cost(account, cost)  # noqa: PLW2901 - unbooked
                number *= cost.number
                currency = cost.currency
            if rule.tags or len(meta) != len(_LOCATION):
                leg = _tagged(account, units, cost, rule, meta)
            else:
                leg = _new_leg(Leg, (account, units, cost, *_NO_TAGS))
            found[rule.position].append(leg)
            balance[currency] = balance[currency] + number if currency in balance else number
        if any(balance.values()):
            raise _unbalanced(balance)
        return [
            tuple(legs) if field is None else _single(field, legs) for field, legs in zip(singles, found, strict=True)
        ]

    return read_legs


def _misplaced(shape: Shape, account: str, units: Any, price: Any, rule: _Rule | None) -> Malformed:
    """Why a posting can't stand in a fact of this kind."""
    if rule is None or not units.number:
        return Malformed(
            f"{shape.kind} can't move {units.number:f} {units.currency} on {account}: it is the wrong side"
        )
    if price is not None:
        return Malformed(f"the posting to {account} has a price, and can have none")
    return Malformed(f"the posting to {account} must name {'a lot' if rule.lots else 'no lot'}")


def _tagged(account: str, units: Any, cost: Cost | None, rule: _Rule, meta: dict[str, Any]) -> Leg:
    values: list[Any] = [account, units, cost, *_NO_TAGS]
    for key, position, read in rule.tags:
        value = meta.get(key)
        if value is None:
            raise Malformed(f"the posting to {account} lacks {key}")
        values[position] = read(value)
    if len(meta) != len(_LOCATION) + len(rule.tags):
        _refuse_stray(account, rule, meta)
    return _new_leg(Leg, values)


def _refuse_stray(account: str, rule: _Rule, meta: dict[str, Any]) -> None:
    """Keys of the user's own begin with `x-`; anything else is a typing error."""
    known = {*_LOCATION, *(key for key, _position, _read in rule.tags)}
    for key in meta:
        if key not in known and not key.startswith(("x-", "__")):
            raise Malformed(f"the posting to {account} has a key {key}, and can have none")


def _whole(value: Any) -> int:
    if value.__class__ is not Decimal or not (-WHOLE_LIMIT < value < WHOLE_LIMIT and value == int(value)):
        raise Malformed(f"{value} is no line or rate: it must be a whole number")
    return int(value)


def _name(value: Any) -> str:
    if value.__class__ is not str:
        raise Malformed(f"{value} must be text")
    return str(value)


def _tags() -> dict[str, _Tag]:
    """How each tag of a leg stands in the text, from the declaration of `Leg`."""
    types = typing.get_type_hints(Leg)
    return {
        name: (
            name.replace("_", "-"),
            Leg._fields.index(name),
            _whole if int in typing.get_args(types[name]) else _name,
        )
        for name in LEG_TAGS
    }


_TAGS = _tags()
_NO_TAGS = (None,) * len(_TAGS)


def _rules_of(shape: Shape) -> dict[tuple[Role, bool], _Rule]:
    """For each role and side (a debit is True) the leg in which its postings stand."""
    rules: dict[tuple[Role, bool], _Rule] = {}
    for position, field in enumerate(shape.legs):
        for role in field.roles:
            place = (role, field.side is Side.DEBIT)
            assert place not in rules, f"{shape.kind}: {place} stands in two legs"
            rules[place] = _Rule(position, role.holds_lots, tuple(_TAGS[tag] for tag in field.tags))
    return rules


def _unbalanced(balance: dict[str, Decimal]) -> Malformed:
    currency, residual = next((one, number) for one, number in balance.items() if number)
    return Malformed(f"its postings do not add up to zero: {residual:f} {currency} too much")


def _single(field: Field, legs: list[Leg]) -> Leg | None:
    if len(legs) > 1:
        raise Malformed(f"it has {len(legs)} postings for {field.name}, and can have one")
    if not legs and not field.optional:
        raise Malformed(f"the posting for {field.name} is missing")
    return legs[0] if legs else None


def _written_cost(account: str, cost: CostSpec) -> Cost:
    """A cost as the parser gives it, before booking."""
    number, currency, date, label = cost.number_per, cost.currency, cost.date, cost.label
    odd = cost.number_total is not None or cost.merge
    if isinstance(number, Decimal) and isinstance(currency, str) and date and label and not odd:
        return Cost(number, currency, date, label)
    raise Malformed(f"the lot on {account} must be written out: cost of one, date and label")
