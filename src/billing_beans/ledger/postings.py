"""The postings of a movement, read as the legs that its kind declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from beancount.core.amount import Amount
from beancount.core.position import Cost, CostSpec

from billing_beans.core.accounts import Role, place_of
from billing_beans.core.facts import LEG_TAGS, Field, Leg, Shape, Side
from billing_beans.ledger import text


class Malformed(Exception):
    """A directive that is not what its kind declares, in words."""


@dataclass(frozen=True, slots=True)
class _LegRule:
    """What a posting must be to stand in one leg of a kind."""

    position: int
    debit: bool
    tags: frozenset[str]

    def made(self, posting: Any) -> Leg:
        """The leg that a posting says. Raises `Malformed`."""
        units = posting.units
        if not _is_written_out(units):
            raise Malformed(f"the amount of {posting.account} is not written out")
        if (units.number > 0) is not self.debit or not units.number:
            side = "a debit, so positive" if self.debit else "a credit, so negative"
            raise Malformed(f"{text.amount(units)} on {posting.account} must be {side}")
        if posting.price is not None:
            raise Malformed(f"the posting to {posting.account} has a price, and can have none")
        cost = posting.cost
        if cost is not None and cost.__class__ is not Cost:
            cost = _written_cost(posting.account, cost)
        if len(posting.meta) == len(_LOCATION) and not self.tags:
            return Leg(posting.account, units, cost)
        return self._tagged(posting, cost)

    def _tagged(self, posting: Any, cost: Cost | None) -> Leg:
        get = posting.meta.get
        invoice, line, tax_code, bps = get("invoice"), get("line"), get("tax-code"), get("platform-fee-bps")
        found = {tag for tag, value in zip(LEG_TAGS, (invoice, line, tax_code, bps), strict=True) if value is not None}
        if found != self.tags or len(posting.meta) != len(found) + len(_LOCATION):
            wanted = ", ".join(sorted(tag.replace("_", "-") for tag in self.tags)) or "no metadata"
            raise Malformed(f"the posting to {posting.account} must carry {wanted}")
        units: Any = posting.units
        return Leg(posting.account, units, cost, _name(invoice), _whole(line), _name(tax_code), _whole(bps))


def _is_written_out(units: Any) -> bool:
    return units.__class__ is Amount and units.number.__class__ is Decimal and units.currency.__class__ is str


_LOCATION = ("filename", "lineno")


def _whole(value: Any) -> int | None:
    if value is None:
        return None
    if value.__class__ is not Decimal or value != int(value):
        raise Malformed(f"{value} is no line or rate: it must be a whole number")
    return int(value)


def _name(value: Any) -> str | None:
    if value is not None and value.__class__ is not str:
        raise Malformed(f"{value} must be text")
    return value


def leg_reader(shape: Shape) -> Callable[[Any], list[Any]]:
    """What reads the postings of a kind: for each of its legs the postings that stand in it. Raises `Malformed`."""
    fields = shape.legs
    rules: dict[Role, _LegRule] = {}
    for position, field in enumerate(fields):
        for role in field.roles:
            assert role not in rules, f"{shape.kind}: {role} stands in two legs"
            rules[role] = _LegRule(position, field.side is Side.DEBIT, frozenset(field.tags))
    by_account: dict[str, _LegRule] = {}

    def rule_of(account: str) -> _LegRule:
        place = place_of(account)
        rule = rules.get(place.role) if place is not None else None
        if rule is None:
            raise Malformed(f"{shape.kind} may not touch {account}")
        by_account[account] = rule
        return rule

    def read_legs(entry: Any) -> list[Any]:
        found: list[Any] = [[] for _ in fields]
        balance: dict[str, Decimal] = {}
        for posting in entry.postings:
            account = posting.account
            rule = by_account.get(account) or rule_of(account)
            leg = rule.made(posting)
            found[rule.position].append(leg)
            units: Any = leg.units
            number, currency = units
            if leg.cost is not None:
                number, currency = number * leg.cost.number, leg.cost.currency
            balance[currency] = balance[currency] + number if currency in balance else number
        if any(balance.values()):
            raise _unbalanced(balance)
        for position, field in enumerate(fields):
            found[position] = tuple(found[position]) if field.many else _single(field, found[position])
        return found

    return read_legs


def _unbalanced(balance: dict[str, Decimal]) -> Malformed:
    currency, residual = next((one, number) for one, number in balance.items() if number)
    return Malformed(f"its postings do not add up to zero: {text.number(residual)} {currency} too much")


def _single(field: Field, legs: list[Leg]) -> Leg | None:
    if len(legs) > 1:
        raise Malformed(f"it has {len(legs)} postings for {field.name}, and can have one")
    if not legs and not field.optional:
        raise Malformed(f"the posting for {field.name} is missing")
    return legs[0] if legs else None


def _written_cost(account: str, cost: CostSpec) -> Cost:
    """A cost as the parser gives it, before booking."""
    number, currency, date, label = cost.number_per, cost.currency, cost.date, cost.label
    if not isinstance(number, Decimal) or cost.number_total is not None or not (currency and date and label):
        raise Malformed(f"the lot on {account} must be written out: cost of one, date and label")
    return Cost(number, currency, date, label)
