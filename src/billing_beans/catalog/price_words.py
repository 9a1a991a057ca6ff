"""Prices in words: what a tier is for, what a part of a charge is, what a model comes to. Quantities have thousands marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from billing_beans.catalog.charging import ChargePart, What
from billing_beans.catalog.facts import PriceAdded, PriceModel, PriceTier
from billing_beans.core.money import Money
from billing_beans.core.words import rate_words


def number_words(number: Decimal) -> str:
    """A quantity for people: `10,000`."""
    return f"{number:,f}"


def amount_words(amount: Money) -> str:
    """An amount as in a ledger: `10000.00 USD`."""
    return f"{amount.number:f} {amount.currency}"


def span_words(price: PriceAdded, number: int) -> str:
    """What the tier of this number is for: `0 to 10`, `11 to 20`, `from 21`; empty for the only one there is.

    Where a bound is no whole number it is `over 0.1 to 1`; amounts are `up to 1,000 USD`, `above 1,000 USD`.
    """
    if len(price.tiers) == 1:
        return ""
    below = price.tiers[number - 2].up_to if number > 1 else None
    up_to = price.tiers[number - 1].up_to
    if price.model is PriceModel.GRADUATED_PERCENTAGE:
        return _amount_span(below, up_to, price.priced_in)
    if below is None:
        return f"0 to {number_words(up_to or Decimal(0))}"
    if all(tier.up_to is None or tier.up_to == tier.up_to.to_integral_value() for tier in price.tiers):
        first = number_words(below + 1)
        return f"from {first}" if up_to is None else f"{first} to {number_words(up_to)}"
    end = "" if up_to is None else f" to {number_words(up_to)}"
    return f"over {number_words(below)}{end}"


def _amount_span(below: Decimal | None, up_to: Decimal | None, currency: str) -> str:
    if below is None:
        return f"up to {number_words(up_to or Decimal(0))} {currency}"
    if up_to is None:
        return f"above {number_words(below)} {currency}"
    return f"from {number_words(below)} to {number_words(up_to)} {currency}"


# --- Parts of a charge -----------------------------------------------------------------------------------------------


def part_words(name: str, price: PriceAdded, part: ChargePart) -> str:
    """What a line of an invoice says of a part: `API calls, 0 to 10,000`, `API calls, flat fee of tier 2`."""
    words = [name, _PART_WORDS[part.what](price, part)]
    if part.lowered and price.maximum is not None:
        words.append(f"at most {amount_words(price.maximum)} in all")
    return ", ".join(filter(None, words))


def nothing_words(name: str, price: PriceAdded, units: Decimal) -> str:
    """What the line of a charge says that has no parts."""
    if not units:
        return f"{name}, none used"
    if price.included is not None:
        return f"{name}, {number_words(units)} of {number_words(price.included)} included"
    return f"{name}, free of charge"


def _tier(price: PriceAdded, part: ChargePart) -> str:
    assert part.tier is not None
    span, rate = span_words(price, part.tier), price.tiers[part.tier - 1].rate
    if rate is not None:
        return f"{rate_words(rate)} {span}".rstrip()
    if price.model is PriceModel.VOLUME and span:
        span = f"volume price {span}" if span.startswith("from ") else f"volume price for {span}"
    return ", ".join(filter(None, (span, _beyond(price))))


def _beyond(price: PriceAdded) -> str:
    return f"beyond {number_words(price.included)} included" if price.included is not None else ""


def _packages(price: PriceAdded, part: ChargePart) -> str:
    assert price.package_size is not None
    packages = f"{number_words(part.quantity)} package{'s' * (part.quantity != 1)}"
    return ", ".join(filter(None, (f"{packages} of {number_words(price.package_size)}", _beyond(price))))


def _true_up(price: PriceAdded, _part: ChargePart) -> str:
    assert price.minimum is not None
    return f"up to the minimum of {amount_words(price.minimum)}"


_PART_WORDS: Mapping[What, Callable[[PriceAdded, ChargePart], str]] = {
    What.UNITS: lambda price, _part: _beyond(price),
    What.FLAT: lambda _price, _part: "",
    What.TIER: _tier,
    What.TIER_FEE: lambda _price, part: f"flat fee of tier {part.tier}",
    What.PACKAGES: _packages,
    What.RATE: lambda price, part: (
        f"{rate_words(price.rate or Decimal(0))} of {number_words(part.quantity)} {part.unit_price.currency}"
    ),
    What.EVENT_FEE: lambda _price, _part: "fee for each transaction",
    What.EVENT_MINIMUM: lambda _price, _part: "the minimum for a transaction",
    What.EVENT_MAXIMUM: lambda _price, _part: "the maximum for a transaction",
    What.TRUE_UP: _true_up,
}


# --- Prices ----------------------------------------------------------------------------------------------------------


def price_words(price: PriceAdded) -> str:
    """A price in a few words: `10.00 USD`, `graduated, 3 tiers`, `1.3 % + 0.25 USD for each transaction`."""
    words = [_model_words(price), *_limits(price)]
    return ", ".join(words)


def model_words(price: PriceAdded) -> str:
    """What is to be known of a price beside its amount, in a list: `graduated, 3 tiers`, `package of 10`; empty per unit."""
    if price.model is PriceModel.PACKAGE and price.package_size is not None:
        return f"package of {number_words(price.package_size)}"
    if price.model is PriceModel.PERCENTAGE and price.rate is not None:
        return rate_words(price.rate)
    if price.model in (None, PriceModel.PER_UNIT):
        return ", ".join(_limits(price))
    return str(price.model) if price.model is PriceModel.FLAT else _model_words(price)


def _model_words(price: PriceAdded) -> str:
    unit_price = "" if price.unit_price is None else amount_words(price.unit_price)
    if price.tiers:
        count = len(price.tiers)
        return f"{price.model}, {count} tier{'s' * (count != 1)}"
    if price.model is PriceModel.FLAT:
        return f"{unit_price} flat"
    if price.model is PriceModel.PACKAGE and price.package_size is not None:
        return f"{unit_price} for each {number_words(price.package_size)}"
    if price.model is PriceModel.PERCENTAGE and price.rate is not None:
        return rate_words(price.rate) + (f" + {unit_price} for each transaction" if unit_price else "")
    return unit_price


def _limits(price: PriceAdded) -> Iterator[str]:
    if price.included is not None:
        yield f"{number_words(price.included)} included"
    if price.free_events is not None:
        yield f"{price.free_events} transaction{'s' * (price.free_events != 1)} free"
    if price.free_amount is not None:
        yield f"{amount_words(price.free_amount)} free"
    for words, amount in (
        ("each transaction at least", price.event_minimum),
        ("each transaction at most", price.event_maximum),
        ("at least", price.minimum),
        ("at most", price.maximum),
    ):
        if amount is not None:
            yield f"{words} {amount_words(amount)}"


def tier_rows(price: PriceAdded) -> list[tuple[str, str, str, str]]:
    """For each tier: its number, what it is for, what one costs there, and its flat fee."""
    return [
        (f"{one.tier}", span_words(price, one.tier) or "all", _tier_price(one), _money(one.flat_fee))
        for one in price.tiers
    ]


def _tier_price(tier: PriceTier) -> str:
    return rate_words(tier.rate) if tier.rate is not None else _money(tier.unit_price)


def _money(amount: Money | None) -> str:
    return "" if amount is None else amount_words(amount)
