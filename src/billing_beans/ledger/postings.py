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
from billing_beans.core.errors import WrongUsage
from billing_beans.core.facts import LEG_TAGS, Field, Leg, Shape, Side
from billing_beans.core.money import Money, round_money

WHOLE_DIGITS = 18
"""Whole numbers have no more digits: Python refuses to print very long ones, and nobody counts so far."""


class Malformed(Exception):
    """A directive that is not what its kind declares, in words."""


@dataclass(slots=True)
class _Rule:
    """What a posting must be to stand in one leg of a kind, and what reads it: account, units, cost and metadata."""

    position: int
    lots: bool
    priced: bool
    read: Callable[[str, Any, Cost | None, dict[str, Any]], Leg]


_Rules = tuple[_Rule | None, _Rule | None]
"""What may stand on an account: as a credit, as a debit."""

LOCATION = ("filename", "lineno")
"""What Beancount adds to the metadata of every directive and posting."""

_ZERO = Decimal(0)
_NEARLY = Decimal("0.000000001")
"""Beancount keeps the price of one in 28 digits; the total that was written is found again by rounding."""
_new_leg = tuple.__new__
"""A quarter of what `Leg(...)` costs."""


def leg_reader(shape: Shape) -> Callable[[Any], list[list[Leg]]]:
    """What reads the postings of a kind: for each of its legs the postings that stand in it. Raises `Malformed`."""
    new_places = eval(f"lambda: [{'[], ' * len(shape.legs)}]")  # noqa: S307 - a third of what a comprehension costs
    rules = _rules_of(shape)
    by_account: dict[str, _Rules] = {}

    def rules_of(account: str) -> _Rules:
        place = place_of(account)
        found = (rules.get((place.role, False)), rules.get((place.role, True))) if place is not None else (None, None)
        if found == (None, None):
            raise Malformed(f"{shape.kind} may not touch {account}")
        by_account[account] = found
        return found

    def read_legs(entry: Any) -> list[list[Leg]]:
        found: list[list[Leg]] = new_places()
        balance: dict[str, Decimal] = {}
        has_price = False
        number: Any
        for account, units, cost, price, _flag, meta in entry.postings:
            if units.__class__ is not Amount or units[0].__class__ is not Decimal or units[1].__class__ is not str:
                raise Malformed(f"the amount of {account} is not written out")
            number, currency = units[0], units[1]  # to unpack it would take an iterator: it is a tuple of its own class
            rule = (by_account.get(account) or rules_of(account))[number > _ZERO]
            if rule is None or not number or price is not None or (cost is not None) is not rule.lots:
                leg = _priced(shape, rule, account, units, cost, price, meta)
                found[rule.position].append(leg)  # type: ignore[union-attr]  # else it is misplaced
                number, currency = leg.weight
                has_price = True
            else:
                if cost is not None:
                    if cost.__class__ is not Cost:
                        cost = _written_cost(account, cost)  # noqa: PLW2901 - as the parser gives it, unbooked
                    number *= cost[0]
                    currency = cost[1]
                found[rule.position].append(rule.read(account, units, cost, meta))
            balance[currency] = balance[currency] + number if currency in balance else number
        if any(balance.values()):
            raise _unbalanced(balance)
        legs = found if len(balance) < 2 else _in_order(entry, found, read_legs)
        return _all_whole(legs) if has_price else legs

    return read_legs


def _in_order(entry: Any, found: list[list[Leg]], read_legs: Callable[[Any], list[list[Leg]]]) -> list[list[Leg]]:
    """What was found; or once more where booking has put the postings of each currency together."""
    written = _as_written(entry.postings)
    return found if written == entry.postings else read_legs(entry._replace(postings=written))


def _as_written(postings: list[Any]) -> list[Any]:
    """In the order of their lines: that of lots is the one in which they are used."""
    lines: list[Any] = [(one.meta or {}).get("lineno") for one in postings]
    if not all(isinstance(line, int) for line in lines):
        return postings
    return [postings[place] for place in sorted(range(len(lines)), key=lines.__getitem__)]


def _all_whole(found: list[list[Leg]]) -> list[list[Leg]]:
    return [[*map(_whole, legs)] for legs in found]


def _whole(leg: Leg) -> Leg:
    """An amount of a currency without minor units, beside a price, is written with one decimal (see `codec`): without it."""
    if leg.cost is not None or leg.number != leg.number.to_integral_value():
        return leg
    return leg._replace(number=round_money(leg.number, leg.currency).number)


def _priced(
    shape: Shape, rule: _Rule | None, account: str, units: Any, cost: Any, price: Any, meta: dict[str, Any]
) -> Leg:
    """A posting that is worth so much of another currency, where its leg may be. Raises `Malformed` for any other."""
    if rule is None or not units.number or not rule.priced or cost is not None:
        raise _misplaced(shape, account, units, price, rule)
    return rule.read(account, units, None, meta)._replace(price=_worth(account, units, price))


def _worth(account: str, units: Any, price: Any) -> Money:
    """What a posting is worth in all (`@@`), of the price of one that Beancount makes of it. Raises `Malformed`."""
    try:
        if price.__class__ is Amount and price.number.__class__ is Decimal and price.currency != units.currency:
            exact = abs(units.number * price.number)
            worth = round_money(exact, price.currency)
            if worth.number > 0 and abs(worth.number - exact) < _NEARLY:
                return worth
    except WrongUsage:
        pass
    raise Malformed(f"the price of the posting to {account} must be written as a total, in minor units: @@ 91.00 EUR")


def _misplaced(shape: Shape, account: str, units: Any, price: Any, rule: _Rule | None) -> Malformed:
    """Why a posting can't stand in a fact of this kind."""
    if rule is None or not units.number:
        return Malformed(
            f"{shape.kind} can't move {units.number:f} {units.currency} on {account}: it is the wrong side"
        )
    if price is not None:
        return Malformed(f"the posting to {account} has a price, and can have none")
    return Malformed(f"the posting to {account} must name {'a lot' if rule.lots else 'no lot'}")


def _posting_reader(
    tags: tuple[str, ...], may: tuple[str, ...]
) -> Callable[[str, Any, Cost | None, dict[str, Any]], Leg]:
    """What makes a leg of a posting that has these tags: generated, one straight line like the decoders of facts."""
    known = frozenset((*LOCATION, *(_key_of(tag) for tag in (*tags, *may))))
    names: dict[str, Any] = {
        **NOT_WHOLE_NAMES, "Leg": Leg, "new": _new_leg, "wrong": _wrong_tag, "known": known,
        "refuse_stray": _refuse_stray,
    }  # fmt: skip
    lines = [f"count = {len(LOCATION) + len(tags)}"] if may else []
    for tag in (*tags, *may):
        lines.append(f"{tag} = meta.get({_key_of(tag)!r})")
        indent = "    " if tag in may else ""
        if indent:
            lines += [f"if {tag} is not None:", f"{indent}count += 1"]
        if tag in _WHOLE:
            lines.append(f"{indent}if {not_whole(tag)}: wrong(account, {_key_of(tag)!r}, {tag})")
            lines.append(f"{indent}{tag} = int({tag})")
        else:
            lines.append(f"{indent}if {tag}.__class__ is not str: wrong(account, {_key_of(tag)!r}, {tag})")
    values = ", ".join(tag if tag in (*tags, *may) else "None" for tag in LEG_TAGS)
    lines.append(f"if len(meta) != {'count' if may else len(known)}: refuse_stray(account, known, meta)")
    lines.append(f"return new(Leg, (account, units[0], units[1], cost, {values}, None))")
    source = "def read(account, units, cost, meta):\n    " + "\n    ".join(lines)
    exec(source, names)  # noqa: S102 - made from declarations only, as dataclasses makes __init__
    made: Callable[[str, Any, Cost | None, dict[str, Any]], Leg] = names["read"]
    return made


def _wrong_tag(account: str, key: str, value: Any) -> None:
    if value is None:
        raise Malformed(f"the posting to {account} lacks {key}")
    expected = "text" if key not in map(_key_of, _WHOLE) else "a whole number"
    raise Malformed(f"{key} of the posting to {account} must be {expected}, not {value}")


def _refuse_stray(account: str, known: frozenset[str], meta: dict[str, Any]) -> None:
    for key in stray_keys(meta, known):
        raise Malformed(f"the posting to {account} has a key {key}, and can have none")


def stray_keys(meta: dict[str, Any], known: frozenset[str]) -> list[str]:
    """Keys that are typing errors: not known, not Beancount's (`__...`), and not the user's own (`x-...`)."""
    return [key for key in meta if key not in known and not key.startswith(("x-", "__"))]


def not_whole(name: str) -> str:
    """Source that tests whether what this name holds is no whole number, for the decoders that are generated.

    Nearly all are written without a point, which is quickly seen; 2.0 is one as well.
    """
    is_number = f"{name}.__class__ is Decimal and {name}.adjusted() < digits"
    return f"not ({is_number} and (same_quantum({name}, one) or {name} == {name}.to_integral_value()))"


NOT_WHOLE_NAMES: dict[str, Any] = {
    "Decimal": Decimal,
    "digits": WHOLE_DIGITS,
    "same_quantum": Decimal.same_quantum,
    "one": Decimal(1),
}
"""What the names in `not_whole` are."""


def _key_of(tag: str) -> str:
    return tag.replace("_", "-")


_WHOLE = tuple(tag for tag in LEG_TAGS if int in typing.get_args(typing.get_type_hints(Leg)[tag]))
"""Tags that are whole numbers; the others are text."""


def _rules_of(shape: Shape) -> dict[tuple[Role, bool], _Rule]:
    """For each role and side (a debit is True) the leg in which its postings stand."""
    rules: dict[tuple[Role, bool], _Rule] = {}
    for position, field in enumerate(shape.legs):
        for role in field.roles:
            place = (role, field.side is Side.DEBIT)
            assert place not in rules, f"{shape.kind}: {place} stands in two legs"
            rules[place] = _Rule(position, role.holds_lots, field.priced, _posting_reader(field.tags, field.may))
    return rules


def _unbalanced(balance: dict[str, Decimal]) -> Malformed:
    currency, residual = next((one, number) for one, number in balance.items() if number)
    return Malformed(f"its postings do not add up to zero: {residual:f} {currency} too much")


def single(field: Field, legs: list[Leg]) -> Leg | None:
    """The one posting of a leg that has one, or none. Raises `Malformed`."""
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
