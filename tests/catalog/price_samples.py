"""Prices of every model, written short, and strategies for random ones."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from billing_beans.catalog.facts import PriceAdded, PriceModel, PriceTier
from billing_beans.core.money import Money


def usd(number: object) -> Money:
    return Money(Decimal(str(number)), "USD")


def maybe(number: object) -> Money | None:
    return None if number is None else usd(number)


def priced(model: PriceModel, *tiers: PriceTier, **values: Any) -> PriceAdded:
    return PriceAdded(
        date=date(2026, 1, 1), price="PRICE-1", product="api", currency="USD", model=model, tiers=tiers, **values
    )


def tiers(*rows: tuple[object, object, object]) -> tuple[PriceTier, ...]:
    """Tiers of (up to, price of one, flat fee)."""
    return tuple(
        PriceTier(
            tier=number,
            up_to=None if up_to is None else Decimal(str(up_to)),
            unit_price=maybe(each),
            flat_fee=maybe(fee),
        )
        for number, (up_to, each, fee) in enumerate(rows, start=1)
    )


def rated(*rows: tuple[object, object, object]) -> tuple[PriceTier, ...]:
    """Tiers of (up to, percent, flat fee)."""
    return tuple(
        replace(tier, unit_price=None, rate=None if tier.unit_price is None else tier.unit_price.number / 100)
        for tier in tiers(*rows)
    )


AMOUNTS = st.integers(0, 10_000).map(lambda cents: Money(Decimal(cents).scaleb(-3), "USD"))
UNITS = st.one_of(st.integers(0, 60).map(Decimal), st.decimals(0, 60, places=2))


@st.composite
def with_tiers(draw: st.DrawFn, *models: PriceModel) -> PriceAdded:
    """A price with whole bounds and none of it below zero; perhaps with an allowance."""
    model = draw(st.sampled_from(models))
    bounds = sorted(draw(st.sets(st.integers(1, 50), max_size=4)))
    fees = st.one_of(st.none(), AMOUNTS)
    rows = [(bound, draw(AMOUNTS), draw(fees)) for bound in (*bounds, None)]
    made = tuple(
        PriceTier(tier=number, up_to=None if up_to is None else Decimal(up_to), unit_price=each, flat_fee=fee)
        for number, (up_to, each, fee) in enumerate(rows, start=1)
    )
    return priced(model, *made, included=draw(st.one_of(st.none(), st.integers(0, 20).map(Decimal))))


@st.composite
def any_price(draw: st.DrawFn) -> PriceAdded:
    """A price of any model, perhaps with a minimum and a maximum."""
    price = draw(
        st.one_of(
            with_tiers(PriceModel.GRADUATED, PriceModel.VOLUME),
            AMOUNTS.map(lambda fee: priced(PriceModel.FLAT, unit_price=fee)),
            AMOUNTS.map(lambda each: priced(PriceModel.PER_UNIT, unit_price=each)),
            st.builds(
                lambda each, size: priced(PriceModel.PACKAGE, unit_price=each, package_size=size),
                AMOUNTS,
                st.decimals("0.1", 20, places=1),
            ),
            st.builds(
                lambda rate, fee: priced(PriceModel.PERCENTAGE, rate=rate, unit_price=fee),
                st.decimals(0, 1, places=4),
                st.one_of(st.none(), AMOUNTS),
            ),
        )
    )
    low, high = sorted(draw(st.tuples(st.integers(0, 20_000), st.integers(0, 20_000))))
    minimum, maximum = (draw(st.sampled_from([None, Money(Decimal(cents).scaleb(-2), "USD")])) for cents in (low, high))
    return replace(price, minimum=minimum, maximum=maximum)
