"""Parts of a period, and what they come to: shares of a price by days or by seconds (U3).

A part reaches from one place in the period to another, both counted from its beginning, and its price is what the period costs
until the one less what it costs until the other. So parts that lie side by side add up to the whole, to the last minor unit,
whatever they are and in whichever order they are billed.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from billing_beans.core.money import Money, minor_digits, round_money

_HUNDREDTH = Decimal("0.01")


class ProrationUnit(StrEnum):
    """In what a part of a period is measured."""

    DAY = "day"
    SECOND = "second"


class Part(NamedTuple):
    """A part of a period: from `start` until `end`, of `whole` units; `0 <= start <= end <= whole`, and `whole` above zero."""

    start: int
    end: int
    whole: int

    @property
    def units(self) -> int:
        """How many days or seconds it has."""
        return self.end - self.start

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the period is missing."""
        return self.units == self.whole

    @property
    def percent(self) -> Decimal:
        """How many hundredths of the period it is, for people: with two decimals, half away from zero."""
        return (Decimal(self.units) * 100 / Decimal(self.whole)).quantize(_HUNDREDTH, ROUND_HALF_UP)


def share(whole: Decimal, part: Part, currency: str) -> Money:
    """What a part costs of a period that costs `whole`, which may have any decimals; in minor units, half away from zero.

    It is the rounded cost until the end of the part, less the rounded cost until its start. Raises like `round_money`.
    """
    until, since = (_until(whole, units, part.whole, currency) for units in (part.end, part.start))
    return Money(until - since, currency)


def _until(whole: Decimal, units: int, of: int, currency: str) -> Decimal:
    if units in (0, of):
        return round_money(whole if units else Decimal(0), currency).number
    reached = Fraction(whole) * units / of
    return _rounded(reached, currency)


def _rounded(amount: Fraction, currency: str) -> Decimal:
    """A fraction in minor units, half away from zero, without a way through digits that would be cut off."""
    scale = minor_digits(currency)
    scaled = abs(amount) * 10**scale
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(units if amount >= 0 else -units).scaleb(-scale)
