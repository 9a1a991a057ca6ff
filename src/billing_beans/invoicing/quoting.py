"""What something would cost: a charge reckoned as on an invoice, and nothing is written (P2, U2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.charging import Used
from billing_beans.catalog.facts import CustomerAdded, LegalEntityAdded, PriceAdded, PriceModel, ProductAdded
from billing_beans.catalog.pricing import Buyer, Terms
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.money import Money, check_size, exact_sum
from billing_beans.core.records import record
from billing_beans.invoicing.amounts import LineAmount
from billing_beans.invoicing.lines import Item, Priced, Sale, amounts_of, price_item
from billing_beans.invoicing.operations import customer_of

_FOUND = "P2: a price is found, or there is no quote; there is no default."


@record
class AskQuote:
    """How much of what: for a customer with its agreement, or by the price list of a country and currency.

    Where a percentage is of several transactions, `events` are their amounts, and the quantity is their sum.
    """

    product: str
    quantity: Decimal | None = None
    events: tuple[Decimal, ...] = ()
    customer: str | None = None
    currency: str | None = None
    country: str | None = None
    agreement: str | None = None


@record
class Quote:
    """What was asked for, at which terms, and what it comes to line by line, before tax."""

    priced: Priced
    lines: tuple[LineAmount, ...]
    currency: str

    @property
    def total(self) -> Money:
        """The sum of the lines."""
        return Money(exact_sum(one.amount.number for one in self.lines), self.currency)


def quoted(books: Books, request: AskQuote, day: date) -> Quote:
    """What it costs on this day. Raises `Refused` or `WrongUsage`."""
    product = books.catalog.product(request.product, day)
    if product is None:
        raise Refused(
            f"There is no product {request.product} on {day}.",
            rule="P1: what is sold stands in the catalogue.",
            instead="billing-beans product list",
        )
    _quantity(request)
    priced = _for_customer(books, request, day) if request.customer else _by_list(books, request, product, day)
    used = _used(request, priced.terms.price) if priced.terms.unit_price is None else None
    lines = amounts_of(books.catalog, priced, day, used)
    return Quote(priced, tuple(lines), lines[0].gross.currency)


def _quantity(request: AskQuote) -> Decimal:
    if (request.quantity is None) == (not request.events):
        raise WrongUsage(
            "A quote needs either a quantity or the amounts of transactions.",
            instead=f"billing-beans price quote {request.product} 100",
        )
    quantity = exact_sum(request.events) if request.quantity is None else request.quantity
    for number in (quantity, *request.events):
        check_size(number)
        if number < 0:
            raise WrongUsage(f"{number:f} of {request.product} is below zero.", instead="give how many, 0 or more")
    return quantity


def _used(request: AskQuote, price: PriceAdded | None) -> Used:
    if request.events and price is not None and price.model is not PriceModel.PERCENTAGE:
        raise WrongUsage(
            f"{price.price} of {price.product} does not look at transactions one by one.",
            rule="U2: a percentage price has fees for each transaction; others know only how much was used.",
            instead=f"billing-beans price quote {price.product} QUANTITY",
        )
    return Used(_quantity(request), request.events or None)


def _for_customer(books: Books, request: AskQuote, day: date) -> Priced:
    """By the customer's agreement, else the price of its country, in the currency of its bill-to profile."""
    assert request.customer is not None
    customer = customer_of(books, request.customer, day)
    currency = request.currency or _billed_in(books, customer, day)
    sale = Sale("", Buyer(customer, currency, day, request.agreement))
    return price_item(books.catalog, sale, Item(request.product, _quantity(request)))


def _billed_in(books: Books, customer: CustomerAdded, day: date) -> str:
    """The currency of the customer's only profile, or that of its seller. Raises `Refused`."""
    profiles = books.catalog.bill_to_currencies(customer.customer, day)
    if len(profiles) == 1:
        return profiles[0]
    sellers = [one for one in books.catalog.valid_on(LegalEntityAdded, day) if customer.seller in (None, one.entity)]
    found = {one.currency for one in sellers if not profiles or one.currency in profiles}
    if len(found) == 1:
        return found.pop()
    raise Refused(
        f"{customer.customer} is billed in {', '.join(profiles) or 'no currency yet'}.",
        rule="P2: a price is in the currency of the bill-to profile.",
        instead=f"choose one: --currency {next(iter(profiles), 'USD')}",
    )


def _by_list(books: Books, request: AskQuote, product: ProductAdded, day: date) -> Priced:
    """By the price that is valid for a country, else for all, in the currency that was asked for or the only one there is."""
    active = books.catalog.active_prices(product.product, day)
    elsewhere = sorted({one.country for one in active if one.country is not None})
    active = [one for one in active if one.country in (None, request.country)]
    currencies = sorted({one.priced_in for one in active})
    currency = request.currency or (currencies[0] if len(currencies) == 1 else None)
    found = sorted((one for one in active if one.priced_in == currency), key=lambda one: one.country is None)
    if not found:
        raise _no_price(product, request, currencies, elsewhere, day)
    price = found[0]
    unit_price = price.unit_price if price.is_per_unit else None
    return Priced(
        Item(product.product, _quantity(request)),
        product,
        Terms(unit_price, price, None, product.platform_fee_bps, None),
    )


def _no_price(
    product: ProductAdded, request: AskQuote, currencies: list[str], countries: list[str], day: date
) -> Refused:
    if currencies and request.currency is None:
        return Refused(
            f"{product.product} has prices in {', '.join(currencies)} on {day}.",
            rule=_FOUND,
            instead=f"choose one: --currency {currencies[0]}",
        )
    where = f" in {request.currency}" if request.currency else ""
    country = f" for {request.country or 'every country'}" if request.country or countries else ""
    others = f" It has one for {', '.join(countries)}." if countries else ""
    return Refused(
        f"{product.product} has no price{where}{country} on {day}.{others}",
        rule=_FOUND,
        instead=f"--country {countries[0]}, or for a --customer"
        if countries
        else f"billing-beans price list --product {product.product}",
    )
