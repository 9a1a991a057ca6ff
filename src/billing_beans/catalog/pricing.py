"""What one of a product costs a customer on a day (P2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing_beans.catalog.facts import AgreementAdded, AgreementTermAdded, CustomerAdded, PriceAdded, ProductAdded
from billing_beans.catalog.state import CatalogState
from billing_beans.core.errors import Refused
from billing_beans.core.money import Money
from billing_beans.core.records import record


@record
class Terms:
    """What was found for one product: its price, and what an agreement changes. `discount` is a fraction of the price.

    `unit_price` is what one costs, by the agreement or by the price; None where it takes the price's model to say (U2).
    """

    unit_price: Money | None
    price: PriceAdded | None
    agreement: AgreementAdded | None
    platform_fee_bps: int | None
    discount: Decimal | None


@record
class Buyer:
    """Who buys, on which day, in which currency."""

    customer: CustomerAdded
    currency: str
    day: date
    agreement: str | None = None


def resolve(catalog: CatalogState, buyer: Buyer, product: ProductAdded) -> Terms:
    """The agreement's term, then the price for the customer's country, then the general price (P2).

    Raises `Refused` where there is none in the buyer's currency, or where an entitlement is sold without an agreement.
    """
    agreement, term = agreement_for(catalog, buyer, product)
    price = _price(catalog, buyer, product)
    unit_price: Money | None
    if term is not None and term.unit_price is not None:
        _same_currency(term, buyer)
        unit_price = term.unit_price
    elif price is not None:
        unit_price = price.unit_price if price.is_per_unit else None
    else:
        raise _no_price(catalog, buyer, product)
    bps = product.platform_fee_bps if term is None or term.platform_fee_bps is None else term.platform_fee_bps
    return Terms(unit_price, price, agreement, bps, term.discount if term else None)


def agreement_for(
    catalog: CatalogState, buyer: Buyer, product: ProductAdded
) -> tuple[AgreementAdded | None, AgreementTermAdded | None]:
    active = catalog.active_agreements(buyer.customer.customer, buyer.day)
    if buyer.agreement is not None:
        active = [one for one in active if one.agreement == buyer.agreement]
        if not active:
            raise Refused(
                f"{buyer.customer.customer} has no agreement {buyer.agreement} that is active on {buyer.day}.",
                rule="P2: terms come from an active agreement.",
                instead=f"billing-beans agreement list --customer {buyer.customer.customer}",
            )
    if not active:
        if product.entitlement is None:
            return None, None
        raise Refused(
            f"{buyer.customer.customer} has no agreement that is active on {buyer.day}, "
            f"and {product.product} grants {product.entitlement}.",
            rule="P2: entitlement products need an active agreement.",
            instead=f"billing-beans agreement add {buyer.customer.customer}",
        )
    return _with_term(catalog, buyer, product, active)


def _with_term(
    catalog: CatalogState, buyer: Buyer, product: ProductAdded, active: Iterable[AgreementAdded]
) -> tuple[AgreementAdded | None, AgreementTermAdded | None]:
    found = [(one, catalog.term(one.agreement, product.product, buyer.day)) for one in active]
    with_term = [(agreement, term) for agreement, term in found if term is not None]
    if len(with_term) > 1:
        names = ", ".join(agreement.agreement for agreement, _ in with_term)
        raise Refused(
            f"{names} all have a term for {product.product} on {buyer.day}.",
            rule="P2: a price comes from one agreement.",
            instead="choose one with --agreement",
        )
    if with_term:
        return with_term[0]
    return (found[0][0] if len(found) == 1 else None), None


def _price(catalog: CatalogState, buyer: Buyer, product: ProductAdded) -> PriceAdded | None:
    active = [one for one in catalog.active_prices(product.product, buyer.day) if one.priced_in == buyer.currency]
    in_country = [one for one in active if one.country is not None and one.country == buyer.customer.country]
    general = [one for one in active if one.country is None]
    return next(iter([*in_country, *general]), None)


def _same_currency(term: AgreementTermAdded, buyer: Buyer) -> None:
    assert term.unit_price is not None
    if term.unit_price.currency != buyer.currency:
        raise Refused(
            f"{term.agreement} prices {term.product} in {term.unit_price.currency}, "
            f"and the invoice is in {buyer.currency}.",
            rule="P2: a price is in the currency of the bill-to profile.",
            instead=f"choose --currency {term.unit_price.currency}",
        )


def _no_price(catalog: CatalogState, buyer: Buyer, product: ProductAdded) -> Refused:
    others = sorted({one.priced_in for one in catalog.active_prices(product.product, buyer.day)})
    there_are = f" There are prices in {', '.join(others)}." if others else ""
    country = buyer.customer.country or "a customer without country"
    return Refused(
        f"{product.product} has no price in {buyer.currency} for {country} on {buyer.day}.{there_are}",
        rule="P2: a price is found, or the sale is refused; there is no default.",
        instead=f'billing-beans price add {product.product} "10.00 {buyer.currency}"',
    )
