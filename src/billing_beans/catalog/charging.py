"""What a price makes of what was used: a charge in parts, each a quantity at a unit price (U2). Pure, and exact.

Nothing is rounded here unless a caller asks for it: then each part is, as each becomes a line of an invoice, and the true-up of
a minimum and what a maximum takes off are reckoned from the rounded parts, so that what is billed is the commitment to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil

from billing_beans.catalog.facts import PriceAdded, PriceModel, PriceTier
from billing_beans.catalog.policies import ZeroQuantityFees
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, exact_product, exact_sum, round_money
from billing_beans.core.records import record

_NOTHING, _ONE = Decimal(0), Decimal(1)


class What(StrEnum):
    """What a part of a charge is for."""

    UNITS = "units"
    FLAT = "flat"
    TIER = "tier"
    TIER_FEE = "tier-fee"
    PACKAGES = "packages"
    RATE = "rate"
    EVENT_FEE = "event-fee"
    EVENT_MINIMUM = "event-minimum"
    EVENT_MAXIMUM = "event-maximum"
    TRUE_UP = "true-up"


@record
class Used:
    """What was used in a period: units; for a percentage price the amount that it is a fraction of.

    `events` are the amounts of the transactions in their order, where they are known one by one: else all of it is one.
    Where `sized` is given, it chooses the tier of a volume price instead of the units that are priced.
    """

    units: Decimal
    events: tuple[Decimal, ...] | None = None
    sized: Decimal | None = None


@record
class ChargePart:
    """A part of a charge: quantity times unit price, not below zero. `tier` is the number of its tier.

    `amount` is exact, or in minor units where rounding was asked for; `lowered` is what the maximum takes off it.
    """

    what: What
    quantity: Decimal
    unit_price: Money
    amount: Decimal
    tier: int | None = None
    lowered: Decimal = _NOTHING


@record
class Charge:
    """What was used comes to this: its parts in the order of the tiers, the true-up of a minimum last."""

    parts: tuple[ChargePart, ...]
    currency: str

    @property
    def total(self) -> Decimal:
        """The sum of the parts, less what a maximum takes off; exact."""
        return exact_sum(number for one in self.parts for number in (one.amount, -one.lowered))


Fees = ZeroQuantityFees


def charge(price: PriceAdded, used: Used, zero_fees: Fees = Fees.CHARGE, *, rounded: bool = False) -> Charge:
    """What was used, at this price; `zero_fees` says whether flat fees of tiers are charged where nothing was.

    With `rounded` each part is in minor units, half away from zero. Raises `WrongUsage` for what is below zero, and for
    numbers that are too long.
    """
    for number in (used.units, *(used.events or ())):
        if number < 0:
            raise WrongUsage(f"{number:f} can't be charged: it is below zero.")
    currency = price.priced_in
    parts = [*_PARTS[price.model or PriceModel.PER_UNIT](price, used, zero_fees)]
    if rounded:
        parts = [replace(one, amount=round_money(one.amount, currency).number) for one in parts]
    parts += _true_up(price, parts)
    return Charge(tuple(_lowered(price, parts)), currency)


def beyond_included(price: PriceAdded, units: Decimal) -> Decimal:
    """The units that are not free."""
    return units if price.included is None else max(_NOTHING, units - price.included)


# --- The models ------------------------------------------------------------------------------------------------------


def _part(what: What, quantity: Decimal, unit_price: Money, tier: int | None = None) -> ChargePart:
    amount = exact_product(quantity, unit_price.number)
    if amount is None:
        raise WrongUsage(f"{quantity} times {unit_price.number} is too long to be reckoned exactly.")
    return ChargePart(what, quantity, unit_price, amount, tier)


def _per_unit(price: PriceAdded, used: Used, _fees: Fees) -> Iterator[ChargePart]:
    assert price.unit_price is not None
    yield from _some(What.UNITS, beyond_included(price, used.units), price.unit_price)


def _some(what: What, quantity: Decimal, unit_price: Money | None, tier: int | None = None) -> Iterator[ChargePart]:
    if quantity and unit_price is not None:
        yield _part(what, quantity, unit_price, tier)


def _flat(price: PriceAdded, _used: Used, _fees: Fees) -> Iterator[ChargePart]:
    assert price.unit_price is not None
    yield _part(What.FLAT, _ONE, price.unit_price)


def _graduated(price: PriceAdded, used: Used, fees: Fees) -> Iterator[ChargePart]:
    """The units in each tier at its price, and the flat fee of each tier that is reached."""
    units = beyond_included(price, used.units)
    for tier, below in _reached(price, units, fees):
        reached = units if tier.up_to is None else min(units, tier.up_to)
        yield from _of_tier(price, tier, reached - below)


def _volume(price: PriceAdded, used: Used, fees: Fees) -> Iterator[ChargePart]:
    """All units at the price of the one tier that they reach; one with a bound of 100 ends there, and 100.5 is in the next."""
    units = beyond_included(price, used.units)
    sized = units if used.sized is None else beyond_included(price, used.sized)
    for tier, _below in [*_reached(price, sized, fees)][-1:]:
        yield from _of_tier(price, tier, units)


def _reached(price: PriceAdded, units: Decimal, fees: Fees) -> Iterator[tuple[PriceTier, Decimal]]:
    """The tiers that so many units reach, each with the end of the one below; the first also where there are none."""
    below = _NOTHING
    for tier in price.tiers:
        if units <= below and (below or fees is Fees.WAIVE):
            return
        yield tier, below
        if tier.up_to is None:
            return
        below = tier.up_to


def _of_tier(price: PriceAdded, tier: PriceTier, units: Decimal) -> Iterator[ChargePart]:
    if tier.rate is not None:
        yield from _some(What.TIER, units, Money(tier.rate, price.priced_in), tier.tier)
    yield from _some(What.TIER, units, tier.unit_price, tier.tier)
    if tier.flat_fee is not None:
        yield _part(What.TIER_FEE, _ONE, tier.flat_fee, tier.tier)


def _package(price: PriceAdded, used: Used, _fees: Fees) -> Iterator[ChargePart]:
    """Whole packages, as many as it takes to hold what is not free."""
    assert price.unit_price is not None
    assert price.package_size is not None
    packages = ceil(Fraction(beyond_included(price, used.units)) / Fraction(price.package_size))
    yield from _some(What.PACKAGES, Decimal(packages), price.unit_price)


def _percentage(price: PriceAdded, used: Used, _fees: Fees) -> Iterator[ChargePart]:
    """The rate of what is paid for, and a fee for each transaction of which something is; those at a bound at the bound.

    A transaction is free as long as its number and the amount until its end are within what is free; the one at which the
    free amount ends is free in part.
    """
    currency, rate = price.priced_in, price.rate
    assert rate is not None
    events = used.events if used.events is not None else (used.units,) * bool(used.units)
    paid = [one for one in _paid_parts(price, events) if one]
    bounds = [_bound(price, rate, one) for one in paid]
    within = [one for one, bound in zip(paid, bounds, strict=True) if bound is None]
    yield from _some(What.RATE, exact_sum(within), Money(rate, currency))
    yield from _some(What.EVENT_FEE, Decimal(len(within)), price.unit_price)
    yield from _some(What.EVENT_MINIMUM, Decimal(bounds.count(What.EVENT_MINIMUM)), price.event_minimum)
    yield from _some(What.EVENT_MAXIMUM, Decimal(bounds.count(What.EVENT_MAXIMUM)), price.event_maximum)


def _paid_parts(price: PriceAdded, events: Iterable[Decimal]) -> Iterator[Decimal]:
    """What is paid for of each transaction; nothing of those that are free."""
    nothing_free = price.free_events is None and price.free_amount is None
    free_amount = None if price.free_amount is None else price.free_amount.number
    until, is_free = _NOTHING, not nothing_free
    for number, amount in enumerate(events, start=1):
        before, until = until, exact_sum((until, amount))
        is_free = is_free and (price.free_events is None or number <= price.free_events)
        if not is_free:
            yield amount
        elif free_amount is not None and until > free_amount:
            is_free = False
            yield amount - max(_NOTHING, free_amount - before)
        else:
            yield _NOTHING


def _bound(price: PriceAdded, rate: Decimal, paid: Decimal) -> What | None:
    """Whether a transaction costs its minimum or its maximum instead of rate and fee."""
    fee = price.unit_price.number if price.unit_price is not None else _NOTHING
    cost = exact_sum((exact_product(paid, rate) or _NOTHING, fee))
    if price.event_minimum is not None and cost < price.event_minimum.number:
        return What.EVENT_MINIMUM
    if price.event_maximum is not None and cost > price.event_maximum.number:
        return What.EVENT_MAXIMUM
    return None


_PARTS: Mapping[PriceModel, Callable[[PriceAdded, Used, Fees], Iterator[ChargePart]]] = {
    PriceModel.FLAT: _flat,
    PriceModel.PER_UNIT: _per_unit,
    PriceModel.GRADUATED: _graduated,
    PriceModel.VOLUME: _volume,
    PriceModel.PACKAGE: _package,
    PriceModel.PERCENTAGE: _percentage,
    PriceModel.GRADUATED_PERCENTAGE: _graduated,
}


# --- Bounds of a period ----------------------------------------------------------------------------------------------


def _true_up(price: PriceAdded, parts: Iterable[ChargePart]) -> Iterator[ChargePart]:
    """What is missing to the minimum."""
    if price.minimum is not None:
        missing = exact_sum((price.minimum.number, *(-one.amount for one in parts)))
        if missing > 0:
            yield _part(What.TRUE_UP, _ONE, Money(missing, price.priced_in))


def _lowered(price: PriceAdded, parts: list[ChargePart]) -> list[ChargePart]:
    """The parts, with what is over the maximum taken off them, from the last backwards."""
    if price.maximum is None:
        return parts
    over = exact_sum((*(one.amount for one in parts), -price.maximum.number))
    kept: list[ChargePart] = []
    for one in reversed(parts):
        less = min(one.amount, max(_NOTHING, over))
        over = exact_sum((over, -less))
        kept.append(replace(one, lowered=less) if less else one)
    return kept[::-1]
