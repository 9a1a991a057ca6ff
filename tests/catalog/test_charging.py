"""What prices of each model come to (U2): tables of cases from public tests, and what holds of every price."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from price_samples import UNITS, any_price, maybe, priced, rated, tiers, usd, with_tiers

from billing_beans.catalog.charging import Charge, Used, What, charge
from billing_beans.catalog.facts import PriceAdded, PriceModel
from billing_beans.catalog.policies import ZeroQuantityFees
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import round_money


def total(price: PriceAdded, units: object, **more: Any) -> Decimal:
    return charge(price, Used(Decimal(str(units)), **more)).total


def of_events(price: PriceAdded, *events: object) -> Decimal:
    amounts = tuple(Decimal(str(one)) for one in events)
    return charge(price, Used(sum(amounts, Decimal(0)), amounts)).total


GRADUATED = priced(PriceModel.GRADUATED, *tiers((10, 10, 2), (20, 5, 3), (None, 5, 3)))
VOLUME = priced(PriceModel.VOLUME, *tiers((100, 2, 10), (200, 1, 0), (None, "0.5", 50)))
DOLLARS = priced(PriceModel.VOLUME, *tiers((10_000, "0.0010", 10), (50_000, "0.0008", 10), (100_000, "0.0006", 10), (None, "0.0004", 10)))  # fmt: skip
PACKAGE = priced(PriceModel.PACKAGE, unit_price=usd(100), package_size=Decimal(10))
FRACTIONS = priced(PriceModel.GRADUATED, *tiers(("0.1", 10, None), (1, 5, None), (None, 2, None)))
OF_AMOUNTS = priced(PriceModel.GRADUATED_PERCENTAGE, *rated((10, 1, 200), (20, 2, 300), (None, 3, 400)))


@pytest.mark.parametrize(
    ("price", "units", "amount"),
    [
        *((GRADUATED, *row) for row in ((0, 2), (1, 12), (10, 102), (11, 110), (12, 115), (21, 163))),
        *((FRACTIONS, *row) for row in (("0.05", "0.5"), ("0.5", 3))),
        *((VOLUME, *row) for row in ((0, 10), (1, 12), (100, 210), ("100.5", "100.5"), (101, 101))),
        *((VOLUME, *row) for row in ((200, 200), (210, 155), (300, 200))),
        (DOLLARS, 65_000, 49),
        (PACKAGE, 121, 1300),
        (replace(PACKAGE, included=Decimal(10)), 121, 1200),
        (replace(PACKAGE, included=Decimal(200)), 121, 0),
        *((OF_AMOUNTS, *row) for row in ((0, 200), (1, "200.01"), (10, "200.1"), (11, "500.12"), (12, "500.14"))),
        (OF_AMOUNTS, 21, "900.33"),
    ],
)
def test_units_come_to_what_other_systems_make_of_them(price: PriceAdded, units: object, amount: object) -> None:
    assert total(price, units) == Decimal(str(amount))


def test_where_the_first_tier_has_no_flat_fee_nothing_costs_nothing() -> None:
    assert total(replace(GRADUATED, tiers=tiers((10, 10, 0), (None, 5, 3))), 0) == 0


def test_full_units_choose_the_tier_and_prorated_units_are_priced() -> None:
    assert total(VOLUME, "198.6", sized=Decimal(300)) == Decimal("149.3")


def test_what_one_transaction_adds_follows_from_all_before_it() -> None:
    # From the documentation of graduated percentages: 500, then 550, then 4,000 cost 205, 306 and 80.
    price = priced(PriceModel.GRADUATED_PERCENTAGE, *rated((1000, 1, 200), (10_000, 2, 300), (None, 3, 400)))
    sums = [total(price, units) for units in (500, 1050, 5050)]
    assert [sums[0], sums[1] - sums[0], sums[2] - sums[1]] == [205, 306, 80]


@pytest.mark.parametrize(
    ("free_events", "free_amount", "rate", "amount"),
    [
        (3, 250, "1.3", "11.15"),
        (None, 250, "1.3", "11.15"),
        (3, None, "1.3", "7.2"),
        (3, 500, "1.3", "7.2"),
        (None, None, "1.3", "18.4"),
        (None, None, "0", "8"),
    ],
)
def test_transactions_are_free_until_their_number_or_their_amount_ends_it(
    free_events: int | None, free_amount: int | None, rate: str, amount: str
) -> None:
    price = priced(
        PriceModel.PERCENTAGE,
        rate=Decimal(rate) / 100,
        unit_price=usd(2),
        free_events=free_events,
        free_amount=maybe(free_amount),
    )
    assert of_events(price, 50, 100, 250, 400) == Decimal(amount)


def test_a_percentage_of_nothing_is_nothing() -> None:
    assert total(priced(PriceModel.PERCENTAGE, rate=Decimal("0.013"), unit_price=usd(2)), 0) == 0


def test_a_percentage_without_a_fee_is_exact() -> None:
    assert total(priced(PriceModel.PERCENTAGE, rate=Decimal("0.029")), 4) == Decimal("0.116")


@pytest.mark.parametrize(
    ("least", "most", "fee", "free_events", "free_amount", "amount"),
    [
        (None, None, None, None, None, "301.691"),
        ("1.75", 12, None, None, None, "16.142"),
        ("1.75", 12, 2, None, None, "18.691"),
        ("1.75", 12, None, 2, None, "12"),
        ("1.75", 12, None, None, 30, "13.794"),
        ("1.75", 12, None, 3, 10_000, "2.691"),
    ],
)
def test_each_transaction_costs_at_least_and_at_most(
    least: object, most: object, fee: object, free_events: int | None, free_amount: object, amount: str
) -> None:
    price = priced(
        PriceModel.PERCENTAGE,
        rate=Decimal("0.0299"),
        unit_price=maybe(fee),
        free_events=free_events,
        free_amount=maybe(free_amount),
        event_minimum=maybe(least),
        event_maximum=maybe(most),
    )
    assert of_events(price, 10, 80, 10_000) == Decimal(amount)


@pytest.mark.parametrize(("price", "waived"), [(GRADUATED, 0), (VOLUME, 0), (OF_AMOUNTS, 0)])
def test_flat_fees_of_nothing_are_waived_by_policy(price: PriceAdded, waived: int) -> None:
    assert charge(price, Used(Decimal(0)), ZeroQuantityFees.WAIVE).total == waived
    one = Used(Decimal(1))
    assert charge(price, one, ZeroQuantityFees.WAIVE) == charge(price, one)


def test_a_flat_price_is_the_same_for_any_quantity() -> None:
    price = priced(PriceModel.FLAT, unit_price=usd(99))
    assert [total(price, units) for units in (0, 1, 250)] == [99, 99, 99]


def test_units_that_are_included_are_free_and_tiers_count_what_is_beyond() -> None:
    per_unit = priced(PriceModel.PER_UNIT, unit_price=usd("0.02"), included=Decimal(1000))
    assert [total(per_unit, units) for units in (0, 1000, 1001)] == [0, 0, Decimal("0.02")]
    assert total(replace(GRADUATED, included=Decimal(100)), 111) == 110
    assert total(replace(VOLUME, included=Decimal("0.5")), 101) == Decimal("100.5")


def test_what_is_missing_to_the_minimum_is_a_part_of_its_own() -> None:
    charged = charge(replace(GRADUATED, minimum=usd(150)), Used(Decimal(12)))
    assert [one.what for one in charged.parts][-1] is What.TRUE_UP
    assert (charged.parts[-1].amount, charged.total) == (35, 150)
    assert total(replace(GRADUATED, minimum=usd(150)), 21) == 163


def test_a_maximum_is_taken_off_from_the_last_part_backwards() -> None:
    charged = charge(replace(GRADUATED, maximum=usd(104)), Used(Decimal(21)))
    assert [(one.what, one.tier, one.amount, one.lowered) for one in charged.parts] == [
        (What.TIER, 1, 100, 0),
        (What.TIER_FEE, 1, 2, 0),
        (What.TIER, 2, 50, 48),
        (What.TIER_FEE, 2, 3, 3),
        (What.TIER, 3, 5, 5),
        (What.TIER_FEE, 3, 3, 3),
    ]
    assert charged.total == 104


def test_what_is_below_zero_is_refused() -> None:
    with pytest.raises(WrongUsage, match="below zero"):
        charge(GRADUATED, Used(Decimal(-1)))
    with pytest.raises(WrongUsage, match="below zero"):
        of_events(priced(PriceModel.PERCENTAGE, rate=Decimal("0.01")), 5, -1)


def test_products_of_long_numbers_stay_exact() -> None:
    long = Decimal("999999999999999.999999999999")
    price = priced(PriceModel.GRADUATED, *tiers((1, long, None), (None, long, long)))
    assert Fraction(total(price, long)) == Fraction(long) * Fraction(long) + Fraction(long)


# --- What holds of every price ---------------------------------------------------------------------------------------


@given(with_tiers(PriceModel.GRADUATED), st.integers(0, 60))
def test_a_graduated_price_is_what_its_units_cost_one_by_one(price: PriceAdded, units: int) -> None:
    fees = [tier.flat_fee.number if tier.flat_fee else Decimal(0) for tier in price.tiers]
    counted = max(0, units - int(price.included or 0))
    reached = {0}
    one_by_one = Decimal(0)
    for unit in range(1, counted + 1):
        place = next(at for at, tier in enumerate(price.tiers) if tier.up_to is None or unit <= tier.up_to)
        each = price.tiers[place].unit_price
        assert each is not None
        one_by_one += each.number
        reached |= set(range(place + 1))
    assert total(price, units) == one_by_one + sum(fees[place] for place in reached)


@given(with_tiers(PriceModel.VOLUME), UNITS)
def test_a_volume_price_is_that_of_exactly_one_tier(price: PriceAdded, units: Decimal) -> None:
    counted = max(Decimal(0), units - (price.included or 0))
    (tier,) = [
        one
        for one, below in zip(price.tiers, [Decimal(-1), *(tier.up_to for tier in price.tiers)], strict=False)
        if below is not None and counted > below and (one.up_to is None or counted <= one.up_to)
    ]
    charged = charge(price, Used(units))
    assert {one.tier for one in charged.parts} <= {tier.tier}
    assert tier.unit_price is not None
    assert charged.total == counted * tier.unit_price.number + (tier.flat_fee.number if tier.flat_fee else 0)


@given(any_price().filter(lambda price: price.model is not PriceModel.VOLUME), UNITS, UNITS)
def test_more_never_costs_less(price: PriceAdded, one: Decimal, other: Decimal) -> None:
    # Of a volume price more may cost less: all units get cheaper at once.
    fewer, more = sorted((one, other))
    assert total(price, fewer) <= total(price, more)


@given(any_price(), UNITS, st.booleans())
def test_a_charge_is_within_its_bounds_and_no_part_is_below_zero(
    price: PriceAdded, units: Decimal, rounded: bool
) -> None:
    charged = charge(price, Used(units), rounded=rounded)
    assert all(0 <= one.lowered <= one.amount for one in charged.parts)
    assert all(one.quantity > 0 for one in charged.parts)
    if price.minimum is not None:
        assert charged.total >= price.minimum.number
    if price.maximum is not None:
        assert charged.total <= price.maximum.number


@given(any_price(), UNITS)
def test_a_minimum_makes_exactly_the_commitment_also_when_each_part_is_rounded(
    price: PriceAdded, units: Decimal
) -> None:
    without = charge(replace(price, minimum=None, maximum=None), Used(units), rounded=True)
    committed = round_money(without.total + Decimal("7.77"), "USD")
    charged = charge(replace(price, minimum=committed, maximum=None), Used(units), rounded=True)
    assert charged.total == committed.number


@given(any_price(), UNITS)
def test_rounding_rounds_each_part_and_nothing_else(price: PriceAdded, units: Decimal) -> None:
    bare = replace(price, minimum=None, maximum=None)
    exact, rounded = charge(bare, Used(units)), charge(bare, Used(units), rounded=True)
    assert _without_amounts(exact) == _without_amounts(rounded)
    assert [one.amount for one in rounded.parts] == [round_money(one.amount, "USD").number for one in exact.parts]
    assert all(one.amount == one.quantity * one.unit_price.number for one in exact.parts)


def _without_amounts(charged: Charge) -> list[Any]:
    return [(one.what, one.quantity, one.unit_price, one.tier) for one in charged.parts]
