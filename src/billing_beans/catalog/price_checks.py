"""What must hold of prices: what each model needs, tiers in order, amounts in one currency and not below zero (P2, U2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import PriceAdded, PriceModel, PriceTier, ProductAdded
from billing_beans.catalog.known import ends_later, is_known, sound_country, sound_currency, unknown
from billing_beans.catalog.price_models import BOUNDS, misfit
from billing_beans.catalog.price_words import price_words
from billing_beans.core.checks import Broken, check
from billing_beans.core.money import is_within_limits, minor_digits


@check(
    PriceAdded,
    promise="U2: a price says what its model needs, and nothing that it doesn't know.",
    remedy="say what is missing, and take out the rest; docs/prices.md has each model with an example",
)
def priced_as_modelled(_books: Books, fact: PriceAdded) -> Iterator[str]:
    model, found = fact.model or PriceModel.PER_UNIT, misfit(fact)
    if found.absent:
        yield f"{fact.price} is {model} and says no {_listed(found.absent)}"
    if found.stray:
        yield f"{fact.price} is {model} and has no use for {_listed(found.stray)}"
    if not found.absent and not fact.priced_in:
        yield f"{fact.price} says in no currency what it is"


def _listed(names: Iterable[str]) -> str:
    return " and ".join(name.replace("_", "-") for name in names)


@check(
    PriceAdded,
    promise="U2: tiers are numbered from 1, each begins where the one before ends, and the last has no end.",
    remedy='number tiers from 1, with rising up-to, and none in the last: --tier "10=2.00 SGD" --tier "rest=1.00 SGD"',
)
def sound_tiers(_books: Books, fact: PriceAdded) -> Iterator[str]:
    below: Decimal | None = Decimal(0)
    for position, tier in enumerate(fact.tiers, start=1):
        name, is_last = f"tier {position} of {fact.price}", position == len(fact.tiers)
        if tier.tier != position:
            yield f"{name} is written as tier {tier.tier}"
        if (tier.up_to is None) != is_last:
            yield f"{name} {'is the last and ends' if is_last else 'has no end, and others follow'}"
        elif tier.up_to is not None and not is_within_limits(tier.up_to):
            yield f"{name} ends at {tier.up_to:f}, which is too long: at most 15 digits before the point and 12 behind it"
        elif tier.up_to is not None and below is not None and tier.up_to <= below:
            yield f"{name} ends at {tier.up_to:f}, and begins at {below:f}"
        below = tier.up_to
        yield from _charges_something(fact, tier, name)


def _charges_something(fact: PriceAdded, tier: PriceTier, name: str) -> Iterator[str]:
    """A tier says a price or a fee; exactly those of a graduated percentage say a rate, and no price."""
    if fact.model is PriceModel.GRADUATED_PERCENTAGE:
        if tier.rate is None or tier.unit_price is not None:
            yield f"{name} must say a rate, and no unit-price"
    elif tier.rate is not None or (tier.unit_price is None and tier.flat_fee is None):
        yield f"{name} must say a unit-price, a flat-fee or both, and no rate"


@check(
    PriceAdded,
    promise="P2: a price is of one product, country and currency for ever, and not below zero.",
    remedy="correct what is wrong, or give the price an id of its own",
)
def sound_price(books: Books, fact: PriceAdded) -> Iterator[str | Broken]:
    yield from sound_currency(fact.priced_in)
    yield from sound_country(fact.country)
    yield from ends_later(fact.price, fact.date, fact.active_until)
    yield from _sound_amounts(fact)
    yield from _sound_numbers(fact)
    if not is_known(books.catalog.products, fact.product, fact.date):
        yield unknown("product", fact.product, fact.date)
    before = next(iter(books.catalog.prices.range("versions", fact.price)), None)
    if before is not None and _market(before) != _market(fact):
        yield f"{fact.price} is the price of {_words(before)} already, and can't become that of {_words(fact)}"


def _sound_amounts(fact: PriceAdded) -> Iterator[str | Broken]:
    """Amounts in one currency, none below zero; those of a period in minor units, so that they can be billed."""
    amounts = fact.amounts()
    currencies = dict.fromkeys([fact.priced_in, *(one.currency for one in amounts), fact.currency or fact.priced_in])
    if len(currencies) > 1:
        yield f"{fact.price} is in {' and in '.join(currencies)}"
        return
    if any(one.number < 0 for one in amounts):
        yield f"{fact.price} is below zero"
    if not all(is_within_limits(one.number) for one in amounts):
        yield f"{fact.price} has an amount that is too long: at most 15 digits before the point and 12 behind it"
    for name in BOUNDS:
        bound = getattr(fact, name)
        if bound is not None and bound.number != round(bound.number, minor_digits(bound.currency)):
            yield f"{fact.price} has the {name} {bound.number:f} {bound.currency}, which is not in minor units"
    for low, high in ((fact.minimum, fact.maximum), (fact.event_minimum, fact.event_maximum)):
        if low is not None and high is not None and low.number > high.number:
            yield f"{fact.price} comes to at least {low.number:f} {low.currency} and at most {high.number:f}"


def _sound_numbers(fact: PriceAdded) -> Iterator[str | Broken]:
    """Rates are fractions, a package holds something, what is free is not below nothing."""
    for rate in (fact.rate, *(tier.rate for tier in fact.tiers)):
        if rate is not None and not (0 <= rate <= 1 and is_within_limits(rate)):
            yield Broken(f"{fact.price} has the rate {rate:f}", "write a fraction: 0.013 for 1.3 %, at most 1")
    if fact.package_size is not None and (fact.package_size <= 0 or not is_within_limits(fact.package_size)):
        yield f"{fact.price} is for packages of {fact.package_size:f}"
    for name in ("included", "free_events"):
        free = getattr(fact, name)
        if free is not None and (free < 0 or not is_within_limits(Decimal(free))):
            yield f"{fact.price} has {free} {name.replace('_', '-')}"


@check(
    PriceAdded,
    ProductAdded,
    promise="U2, I2: what grants units or credits, or is sold for others, has a price for each unit and nothing else.",
    remedy="give it a price of one, or sell it as a product of its own that grants nothing",
)
def per_unit_where_granted(books: Books, fact: PriceAdded | ProductAdded) -> Iterator[str]:
    if isinstance(fact, ProductAdded):
        prices, products = [*books.catalog.prices.range("product", fact.product)], [fact]
    else:
        prices, products = [fact], [*books.catalog.products.range("versions", fact.product)]
    product = next((one for one in products if one.entitlement is not None or one.credit_unit is not None), None)
    price = next((one for one in prices if not one.is_per_unit), None)
    if product is not None and price is not None:
        what = f"grants {product.entitlement}" if product.entitlement else f"sells {product.credit_unit}"
        yield f"{product.product} {what}, and {price.price} is no price for each: {price_words(price)}"


@check(
    PriceAdded,
    promise="P2: one price is valid for a product, country, currency and day.",
    remedy="end the other price first with active-until, or give the new one the same id and a later date",
)
def one_price_a_day(books: Books, fact: PriceAdded) -> Iterator[str]:
    rivals: dict[str, list[PriceAdded]] = {fact.price: [fact]}
    for one in books.catalog.prices.range("product", fact.product):
        if _market(one) == _market(fact):
            rivals.setdefault(one.price, []).append(one)
    end = min((one.date for one in rivals.pop(fact.price) if one.date > fact.date), default=None)
    last = _last_day(fact, end)
    for versions in rivals.values():
        for other, following in zip(versions, [*versions[1:], None], strict=True):
            if fact.date <= _last_day(other, following.date if following else None) and other.date <= last:
                both = max(fact.date, other.date)
                yield f"{fact.price} and {other.price} are both valid for {fact.product} from {both}"


def _market(price: PriceAdded) -> tuple[str, str | None, str]:
    """Product, country and currency: for these there is one price a day."""
    return price.product, price.country, price.priced_in


def _words(price: PriceAdded) -> str:
    return f"{price.product} in {price.priced_in} for {price.country or 'every country'}"


def _last_day(price: PriceAdded, next_version: date | None) -> date:
    """The last day of this version: as it says, or until the next version of the same price begins."""
    last = price.active_until or date.max
    return min(last, next_version - timedelta(days=1)) if next_version else last
