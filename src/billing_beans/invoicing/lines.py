"""Lines of a draft from what is sold: one taxed line, or for gig credits exactly two, principal and platform fee (I2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_beans.catalog.charging import Used, charge
from billing_beans.catalog.facts import ProductAdded, Revenue, TaxCodeAdded
from billing_beans.catalog.policies import ZeroQuantityFees
from billing_beans.catalog.pricing import Buyer, Terms, agreement_for, resolve
from billing_beans.catalog.state import CatalogState
from billing_beans.core.accounts import Account, Role, account_of, unit_component
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.ids import TaxCodeId
from billing_beans.core.money import Money, check_size, shortest, times
from billing_beans.core.proration import Part, ProrationUnit
from billing_beans.core.records import record
from billing_beans.invoicing.amounts import LineAmount, Share, charged_amounts, line_amount
from billing_beans.invoicing.facts import InvoiceLine

BASIS_POINTS = Decimal(10_000)

PLATFORM_FEE = "PlatformFee"
"""The component of the income that a platform fee becomes."""


@record
class Item:
    """What a person asks for: a product and how much of it; price and words only where they differ from the catalogue.

    Of what has a percentage price the quantity is the amount that it is a fraction of, in the currency of the price.

    It may be of a subscription, and for a period, whose `period_end` is excluded. What a `charge` of its plan sells is priced as on
    `priced_on`, and may be a `part` of a period, in days or seconds, which begins and ends on a day or at a moment (UTC).
    """

    product: str
    quantity: Decimal
    unit_price: Money | None = None
    description: str | None = None
    subscription: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    charge: str | None = None
    priced_on: date | None = None
    part: Part | None = None
    part_by: ProrationUnit | None = None
    from_at: str | None = None
    until_at: str | None = None


@record
class Sale:
    """Who sells to whom, as far as lines need to know."""

    seller_account: str
    buyer: Buyer


@record
class Priced:
    """An item with what the catalogue says of it."""

    item: Item
    product: ProductAdded
    terms: Terms


def price_item(catalog: CatalogState, sale: Sale, item: Item) -> Priced:
    """Find product, price and terms. Raises `Refused` or `WrongUsage`."""
    check_size(item.quantity)
    if item.quantity < 0:
        raise _not_above_zero(item)
    product = catalog.product(item.product, sale.buyer.day)
    buyer = sale.buyer if item.priced_on is None else replace(sale.buyer, day=item.priced_on)
    if product is None:
        raise Refused(
            f"There is no product {item.product} on {sale.buyer.day}.",
            rule="P1: what is sold stands in the catalogue.",
            instead=f"billing-beans product list, or billing-beans product add {item.product}",
        )
    by_hand = item.unit_price is not None
    terms = _given_price(catalog, sale, item, product) if by_hand else resolve(catalog, buyer, product)
    if not item.quantity and terms.unit_price is not None:
        raise _not_above_zero(item)
    return Priced(item, product, terms)


def _not_above_zero(item: Item) -> WrongUsage:
    return WrongUsage(
        f"The quantity of {item.product} is {item.quantity:f}; it must be above zero.",
        instead="to take back what was invoiced, void the invoice while it is unpaid: billing-beans invoice void NUMBER",
    )


def _given_price(catalog: CatalogState, sale: Sale, item: Item, product: ProductAdded) -> Terms:
    """A price given by hand stands in for the catalogue's; only an entitlement still needs its agreement."""
    price = item.unit_price
    assert price is not None
    check_size(price.number)
    if price.currency != sale.buyer.currency or price.number < 0:
        raise WrongUsage(
            f"The unit price {price.number:f} {price.currency} of {item.product} must be in {sale.buyer.currency} "
            "and not below zero."
        )
    if product.entitlement is None:
        return Terms(price, None, None, product.platform_fee_bps, None)
    agreement, term = agreement_for(catalog, sale.buyer, product)
    bps = product.platform_fee_bps if term is None or term.platform_fee_bps is None else term.platform_fee_bps
    return Terms(price, None, agreement, bps, None)


def lines_of(catalog: CatalogState, sale: Sale, priced: Priced, first: int, revision: int) -> Iterator[InvoiceLine]:
    """The lines of one item, numbered from `first`: one, or one for each part of its charge; of what an agent sells two."""
    for number, amount in enumerate(amounts_of(catalog, priced, sale.buyer.day), start=first):
        line = _line(catalog, sale, priced, amount, number, revision)
        yield line
        if priced.product.revenue is Revenue.AGENT:
            yield _fee_line(catalog, sale, priced, line)


def amounts_of(catalog: CatalogState, priced: Priced, day: date, used: Used | None = None) -> list[LineAmount]:
    """What an item comes to on a day: quantity times unit price, or line by line what its price's model makes of it (U2, I10).

    `used` is for what is known more closely than by the item's quantity.
    """
    item, product, terms = priced.item, priced.product, priced.terms
    share, name = Share(item.part, terms.discount), item.description or product.name
    if terms.unit_price is None:
        assert terms.price is not None
        fees = ZeroQuantityFees(catalog.policy("zero-quantity-fees", item.priced_on or day))
        charged = charge(terms.price, used or Used(item.quantity), fees, rounded=True)
        return charged_amounts(name, terms.price, item.quantity, charged, share)
    if product.revenue is Revenue.AGENT and item.description is None:
        name = f"{name}, principal"
    return [line_amount(name, item.quantity, terms.unit_price, share)]


def _line(
    catalog: CatalogState, sale: Sale, priced: Priced, charged: LineAmount, number: int, revision: int
) -> InvoiceLine:
    item, product, terms = priced.item, priced.product, priced.terms
    amount = charged.amount
    tax_code = tax_code_of(catalog, product, sale)
    agent = product.revenue is Revenue.AGENT
    sells_units = product.entitlement is not None or product.credit_unit is not None
    return InvoiceLine(
        line=number,
        revision=revision,
        product=product.product,
        price=terms.price.price if terms.price else None,
        description=charged.description,
        quantity=charged.quantity,
        unit_price=charged.unit_price,
        discount=charged.discount,
        amount=amount,
        tax_code=tax_code.tax_code,
        tax_rate=tax_code.rate,
        tax=times(amount.number, tax_code.rate, amount.currency),
        tax_account=tax_code.account,
        revenue=product.revenue,
        income=None if agent or product.credit_unit else income_of(product, sale.seller_account),
        entitlement=product.entitlement,
        units=shortest(item.quantity * (product.units_per_quantity or 1)) if sells_units else None,
        subscription=item.subscription,
        meter=product.meter,
        period_start=item.period_start,
        period_end=item.period_end,
        credit_unit=product.credit_unit,
        bonus_units=shortest(item.quantity * product.bonus_units) if product.bonus_units else None,
        valid_days=product.valid_days,
        charge=item.charge,
        of_quantity=item.quantity if terms.unit_price is None else None,
        prorated_from=item.part.start if item.part else None,
        prorated_until=item.part.end if item.part else None,
        prorated_of=item.part.whole if item.part else None,
        prorated_by=item.part_by if item.part else None,
        from_at=item.from_at,
        until_at=item.until_at,
    )


def part_of(line: InvoiceLine) -> Part | None:
    """The part of a period that a line charges; None where it charges all of it."""
    if line.prorated_from is None or line.prorated_until is None or line.prorated_of is None:
        return None
    return Part(line.prorated_from, line.prorated_until, line.prorated_of)


def _fee_line(catalog: CatalogState, sale: Sale, priced: Priced, principal: InvoiceLine) -> InvoiceLine:
    product, bps = priced.product, priced.terms.platform_fee_bps
    assert bps is not None
    assert product.fee_tax_code is not None
    tax_code = tax_code_named(catalog, product.fee_tax_code, sale)
    fee = times(principal.amount.number, bps / BASIS_POINTS, principal.amount.currency)
    return InvoiceLine(
        line=principal.line + 1,
        revision=principal.revision,
        product=product.product,
        price=principal.price,
        description=f"{product.name}, platform fee",
        quantity=Decimal(1),
        unit_price=fee,
        amount=fee,
        tax_code=tax_code.tax_code,
        tax_rate=tax_code.rate,
        tax=times(fee.number, tax_code.rate, fee.currency),
        tax_account=tax_code.account,
        revenue=product.revenue,
        income=account_of(Role.INCOME, sale.seller_account, PLATFORM_FEE),
        fee_of_line=principal.line,
        platform_fee_bps=bps,
        subscription=principal.subscription,
        meter=principal.meter,
        period_start=principal.period_start,
        period_end=principal.period_end,
    )


def income_of(product: ProductAdded, seller_account: str) -> Account:
    """Where the product's revenue goes when it counts: the component that the product names, or the usual one."""
    usual = {
        Revenue.ON_ISSUE: "Sales",
        Revenue.ON_USAGE: "Usage",
        Revenue.OVER_PERIOD: "Subscription",
    }
    component = product.income or usual.get(product.revenue) or unit_component(product.entitlement or "Sales")
    return account_of(Role.INCOME, seller_account, component)


def tax_code_of(catalog: CatalogState, product: ProductAdded, sale: Sale) -> TaxCodeAdded:
    """The tax code for the customer's country where the product has a rule for it, else the product's own."""
    country = sale.buyer.customer.country
    rule = catalog.tax_rule(product.product, country, sale.buyer.day) if country else None
    return tax_code_named(catalog, rule.tax_code if rule else product.tax_code, sale)


def tax_code_named(catalog: CatalogState, name: TaxCodeId, sale: Sale) -> TaxCodeAdded:
    tax_code = catalog.tax_code(name, sale.buyer.day)
    if tax_code is None:
        raise Refused(
            f"There is no tax code {name} on {sale.buyer.day}.",
            rule="P1: what is sold is taxed by a code of the catalogue.",
            instead=f"billing-beans tax-code add {name} --rate 0.09",
        )
    return tax_code
