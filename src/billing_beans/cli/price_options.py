"""What a price says on the command line: its model, its tiers, what is free, and within which bounds it stays (U2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import click

from billing_beans.catalog.facts import PriceModel, PriceTier
from billing_beans.catalog.price_models import misfit
from billing_beans.catalog.price_operations import AddPrice
from billing_beans.cli.arguments import AMOUNT, NUMBER, RATE, UNIT_PRICE, percentage
from billing_beans.core.errors import WrongUsage
from billing_beans.core.money import Money, parse_money, parse_number

T = TypeVar("T")

_RULE = "U2: a price says what its model needs, and nothing that it doesn't know."

EXAMPLES: Mapping[PriceModel, str] = {
    PriceModel.PER_UNIT: 'billing-beans price add {} "0.02 USD" --included 1000',
    PriceModel.FLAT: 'billing-beans price add {} "99.00 USD" --model flat',
    PriceModel.GRADUATED: 'billing-beans price add {} --model graduated --tier "10=10.00 USD+2.00 USD" --tier "rest=5.00 USD"',
    PriceModel.VOLUME: 'billing-beans price add {} --model volume --tier "100=2.00 USD" --tier "rest=1.00 USD"',
    PriceModel.PACKAGE: 'billing-beans price add {} "100.00 USD" --package 10',
    PriceModel.PERCENTAGE: 'billing-beans price add {} "0.25 USD" --rate 1.3%',
    PriceModel.GRADUATED_PERCENTAGE: (
        'billing-beans price add {} --model graduated-percentage --tier "1000=1%+200.00 USD" --tier "rest=0.5%"'
    ),
}
"""How a price of each model is added; {} is the product."""

_OPTION_OF = {"unit_price": "PRICE", "package_size": "--package", "tiers": "--tier"}


def price_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how a price makes an amount."""
    for option in reversed(
        (
            click.option(
                "--model",
                type=click.Choice([one.value for one in PriceModel]),
                help="How it makes an amount.  [default: per-unit]",
            ),
            click.option(
                "--tier",
                "tiers",
                metavar='"UP-TO=PRICE+FEE"',
                multiple=True,
                help='A tier: "10=10.00 USD", "20=5.00 USD+3.00 USD" with a flat fee, "rest=1.00 USD"; "1000=1%" of an amount.',
            ),
            click.option("--package", "package_size", type=NUMBER, help="PRICE is for a package of so many."),
            click.option(
                "--rate", type=RATE, help="A fraction of the amount: 1.3%; PRICE is a fee for each transaction."
            ),
            click.option("--included", type=NUMBER, help="So many units are free in a period."),
            click.option("--free-events", type=int, metavar="NUMBER", help="So many transactions are free."),
            click.option("--free-amount", type=UNIT_PRICE, help="Transactions are free up to this amount in all."),
            click.option("--event-minimum", type=UNIT_PRICE, help="The least that a transaction costs."),
            click.option("--event-maximum", type=UNIT_PRICE, help="The most that a transaction costs."),
            click.option("--minimum", type=AMOUNT, help="The least that a period costs: what is missing is charged."),
            click.option("--maximum", type=AMOUNT, help="The most that a period costs: what is over is taken off."),
            click.option("--currency", help="Where no amount says it.  [default: the seller's]"),
        )
    ):
        function = option(function)
    return function


def price_said(product: str, model: str | None, tiers: Sequence[str], **values: Any) -> AddPrice:
    """What a person asked for. Raises `WrongUsage` where a model lacks something, or has no use for it."""
    chosen = _model(product, model, tiers, values)
    read = tuple(_tier(number, text, chosen) for number, text in enumerate(tiers, start=1))
    currency = values.pop("currency", None)
    request = AddPrice(product, model=chosen, tiers=read, currency=currency.upper() if currency else None, **values)
    _must_fit(request, chosen)
    return request


def _model(product: str, model: str | None, tiers: Sequence[str], values: Mapping[str, Any]) -> PriceModel:
    """The model that was said, or the only one that can be meant."""
    if model is not None:
        return PriceModel(model)
    if tiers:
        graduated, volume = (EXAMPLES[one].format(product) for one in (PriceModel.GRADUATED, PriceModel.VOLUME))
        raise WrongUsage(
            "A price with tiers can be graduated (each unit at the price of its tier) or volume (all at that of one).",
            rule=_RULE,
            instead=f"{graduated}\n  or: {volume}",
        )
    if values.get("package_size") is not None:
        return PriceModel.PACKAGE
    return PriceModel.PERCENTAGE if values.get("rate") is not None else PriceModel.PER_UNIT


def _must_fit(request: AddPrice, model: PriceModel) -> None:
    found = misfit(request)
    example = EXAMPLES[model].format(request.product)
    if found.absent:
        raise WrongUsage(f"A {model} price needs {_options(found.absent)}.", rule=_RULE, instead=example)
    if found.stray:
        raise WrongUsage(f"A {model} price has no use for {_options(found.stray)}.", rule=_RULE, instead=example)


def _options(names: Sequence[str]) -> str:
    return " and ".join(_OPTION_OF.get(name, f"--{name.replace('_', '-')}") for name in names)


# --- Tiers -----------------------------------------------------------------------------------------------------------

REST = "rest"


def _tier(number: int, text: str, model: PriceModel) -> PriceTier:
    """`20=5.00 USD+3.00 USD`: up to 20, so much for each, and a flat fee; `rest=...` is the last. Raises `WrongUsage`."""
    bound, equals, says = text.partition("=")
    if not equals or not bound.strip() or not says.strip():
        raise _unreadable(
            text, model, "where it ends is missing" if not equals or not bound.strip() else "it has no price"
        )
    price, plus, fee = says.partition("+")
    up_to = None if bound.strip().lower() == REST else _number(bound, text, model)
    flat_fee = _money(fee, text, model) if plus else None
    if not price.strip():
        return PriceTier(tier=number, up_to=up_to, flat_fee=flat_fee)
    if model is PriceModel.GRADUATED_PERCENTAGE:
        return PriceTier(tier=number, up_to=up_to, rate=_rate(price, text, model), flat_fee=flat_fee)
    return PriceTier(tier=number, up_to=up_to, unit_price=_money(price, text, model), flat_fee=flat_fee)


def _number(bound: str, text: str, model: PriceModel) -> Decimal:
    return _read(parse_number, bound, text, model)


def _money(amount: str, text: str, model: PriceModel) -> Money:
    if amount.rstrip().endswith("%"):
        raise _unreadable(text, model, f"a rate is for --model {PriceModel.GRADUATED_PERCENTAGE}")
    return _read(parse_money, amount, text, model)


def _rate(rate: str, text: str, model: PriceModel) -> Decimal:
    return _read(percentage, rate, text, model)


def _read(read: Callable[[str], T], value: str, text: str, model: PriceModel) -> T:
    try:
        return read(value)
    except WrongUsage as error:
        raise _unreadable(text, model, f"{error.what} {error.instead}") from None


def _unreadable(text: str, model: PriceModel, why: str) -> WrongUsage:
    forms = '--tier "10=10.00 USD", with a flat fee --tier "20=5.00 USD+3.00 USD", and the last --tier "rest=1.00 USD"'
    if model is PriceModel.GRADUATED_PERCENTAGE:
        forms = '--tier "1000=1%", with a flat fee --tier "5000=0.8%+200.00 USD", and the last --tier "rest=0.5%"'
    return WrongUsage(f"The tier {text!r} can't be read: {why.rstrip('.? ')}.", rule=_RULE, instead=forms)
