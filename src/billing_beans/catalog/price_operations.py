"""A price, made from what a person asks for: the next version of the one that there is, or a new one (P2, U2). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import PriceAdded, PriceModel, PriceTier
from billing_beans.catalog.operations import entity_named
from billing_beans.catalog.versions import same_content
from billing_beans.core.ids import PriceId, ProductId
from billing_beans.core.money import Money
from billing_beans.core.records import record


@record
class AddPrice:
    """A price from a day on; without an id it is the next version of the open-ended one, or a new one.

    What it charges is said as in the fact. Where no amount says a currency, it is that of the only legal entity.
    """

    product: str
    unit_price: Money | None = None
    country: str | None = None
    since: date | None = None
    until: date | None = None
    price: str | None = None
    model: PriceModel | None = None
    currency: str | None = None
    package_size: Decimal | None = None
    rate: Decimal | None = None
    included: Decimal | None = None
    free_events: int | None = None
    free_amount: Money | None = None
    event_minimum: Money | None = None
    event_maximum: Money | None = None
    minimum: Money | None = None
    maximum: Money | None = None
    tiers: tuple[PriceTier, ...] = ()


def price_added(books: Books, request: AddPrice, day: date) -> PriceAdded:
    """A price from this day on, as the next version of the open-ended one of the same product, country and currency (P2)."""
    said = PriceAdded(
        date=request.since or day,
        price=PriceId(request.price or ""),
        product=ProductId(request.product),
        country=request.country,
        model=None if request.model is PriceModel.PER_UNIT else request.model,
        unit_price=request.unit_price,
        currency=request.currency,
        package_size=request.package_size,
        rate=request.rate,
        included=request.included,
        free_events=request.free_events,
        free_amount=request.free_amount,
        event_minimum=request.event_minimum,
        event_maximum=request.event_maximum,
        minimum=request.minimum,
        maximum=request.maximum,
        active_until=request.until,
        tiers=request.tiers,
    )
    if not said.priced_in:
        said = replace(said, currency=entity_named(books, None, said.date, "--currency").currency)
    chosen = request.price or _id_in_market(books, said)
    return replace(said, price=PriceId(chosen or books.catalog.counters.next("PRICE")))


def _id_in_market(books: Books, said: PriceAdded) -> str | None:
    """The price that says the same on this day already; else the open-ended one of product, country and currency."""
    market = (said.country, said.priced_in)
    versions = books.catalog.prices.range("product", said.product)
    versions = [one for one in versions if (one.country, one.priced_in) == market]
    for one in versions:
        if one.date <= said.date and same_content(one, replace(said, price=one.price)):
            return one.price
    last = {one.price: one for one in versions}
    return next((one.price for one in last.values() if one.active_until is None), None)
