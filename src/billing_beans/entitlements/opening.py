"""Units that customers had left when the books began (B1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded, ProductAdded, Revenue
from billing_beans.core.accounts import Account, Role, account_of, fee_unit, unit_component
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import Leg, new_cost, new_leg
from billing_beans.core.ids import CustomerId, OpeningId, ProductId
from billing_beans.core.money import Money, check_size, exact_product, is_minor, new_money, unit_costs
from billing_beans.core.records import record
from billing_beans.entitlements.facts import LotsOpened
from billing_beans.invoicing.legs import Parties
from billing_beans.invoicing.lines import PLATFORM_FEE, income_of


@record
class OpenLots:
    """Units that are left: what one cost or what all of them are worth, and of an agent's product the fee that is deferred.

    The entitlement is that of the product; without a product, the one product that grants it is meant. `opening` is what
    identifies the lot in the old books.
    """

    opening: str
    customer: str
    units: Decimal
    granted_on: date
    product: str | None = None
    entitlement: str | None = None
    worth: Money | None = None
    unit_cost: Money | None = None
    fee: Money | None = None
    seller: str | None = None
    reference: str | None = None
    source: str | None = None


Grants = tuple[tuple[Decimal, Decimal], ...]
"""Units and the cost of one, lot by lot."""


@record
class Brought:
    """Lots as they are written: what `OpenLots` comes to. `becomes` is for the units, `fee_becomes` for the fee."""

    opening: str
    customer: str
    product: str
    entitlement: str
    units: Decimal
    granted_on: date
    currency: str
    lots: Grants
    fees: Grants
    becomes: Account
    fee_becomes: Account
    platform_fee_bps: int = 0
    reference: str | None = None
    source: str | None = None


def lots_opened(books: Books, request: OpenLots, day: date, parties: Parties) -> LotsOpened:
    """Lots at their own cost, against the opening balance (B1). Raises `Refused` or `WrongUsage`."""
    product = _granting(books, request, day)
    entitlement = product.entitlement
    assert entitlement is not None
    if request.granted_on > day:
        raise WrongUsage(
            f"{request.opening} was granted on {request.granted_on}, and the books open on {day}.",
            instead="what was granted later is sold in these books",
        )
    check_size(request.units)
    if request.units <= 0:
        raise WrongUsage(f"{request.units:f} units can't be opened; say a number above zero.")
    currency, lots = _cost(request)
    agent = product.revenue is Revenue.AGENT
    becomes = (
        account_of(Role.PAYABLE, parties.seller, unit_component(entitlement))
        if agent
        else income_of(product, parties.seller)
    )
    customer = books.catalog.customer(request.customer, day)
    assert customer is not None
    brought = Brought(
        request.opening,
        request.customer,
        product.product,
        entitlement,
        request.units,
        request.granted_on,
        currency,
        lots,
        _fees(request, currency, agent=agent),
        becomes,
        account_of(Role.INCOME, parties.seller, PLATFORM_FEE),
        product.platform_fee_bps or 0,
        request.reference,
        request.source,
    )
    return brought_along(brought, day, parties, customer)


def _granting(books: Books, request: OpenLots, day: date) -> ProductAdded:
    """The product that granted the units: the one named, or the only one of their entitlement."""
    catalog = books.catalog
    unit = request.entitlement
    if request.product is None:
        every = [one for one in catalog.valid_on(ProductAdded, day) if unit is not None and one.entitlement == unit]
        if len(every) == 1:
            return every[0]
        names = ", ".join(one.product for one in every) or "no product"
        raise WrongUsage(
            f"{unit or 'No unit'} is granted by {names} on {day}.", instead="name the product that was sold"
        )
    product = catalog.product(request.product, day)
    if product is None:
        raise Refused(
            f"There is no product {request.product} on {day}.",
            rule="P1: what is sold stands in the catalogue.",
            instead=f"billing-beans product list, or billing-beans product add {request.product}",
        )
    if product.entitlement is None or unit not in (None, product.entitlement):
        raise Refused(
            f"{product.product} grants {product.entitlement or 'nothing'}, and {request.opening} are units of {unit or 'it'}.",
            rule="B1: units are those that their product grants.",
            instead=f"billing-beans product show {product.product}",
        )
    return product


def _cost(request: OpenLots) -> tuple[str, Grants]:
    """The currency, and the lots: one at the cost of one unit, or as many as the worth of all needs (at most two)."""
    worth, one = request.worth, request.unit_cost
    if one is not None:
        check_size(one.number)
        whole = exact_product(request.units, one.number)
        if one.number < 0 or whole is None:
            raise WrongUsage(f"A unit can't cost {one.number:f} {one.currency}.", instead="say what was paid for it")
        if worth is not None and (worth.number, worth.currency) != (whole, one.currency):
            raise WrongUsage(
                f"{request.units:f} units at {one.number:f} {one.currency} are worth {whole:f}, and not "
                f"{worth.number:f} {worth.currency}.",
                instead="give the cost of one or the worth of all, not both",
            )
        return one.currency, ((request.units, one.number),)
    if worth is None:
        raise WrongUsage(
            f"Nothing says what {request.opening} is worth.", instead="give the cost of one unit, or the worth of all"
        )
    if not is_minor(worth):
        raise WrongUsage(f"{worth.number:f} {worth.currency} is not in whole minor units.")
    return worth.currency, unit_costs(worth, request.units)


def _fees(request: OpenLots, currency: str, *, agent: bool) -> Grants:
    """The platform fee that is attached to the units: never guessed, since it may have been earned already."""
    fee = request.fee
    if agent and fee is None:
        raise WrongUsage(
            f"{request.opening} are units of a product that is sold as an agent, and no platform fee is said.",
            rule="B1: the deferred platform fee is opened as it was.",
            instead="give the fee that is still deferred for all units together; 0.00 where none is",
        )
    if fee is None or not fee.number:
        return ()
    if not agent or fee.currency != currency or fee.number < 0 or not is_minor(fee):
        raise WrongUsage(
            f"A platform fee of {fee.number:f} {fee.currency} can't be attached to {request.opening}.",
            instead=f"it is in minor units of {currency}, and only for a product that is sold as an agent",
        )
    return unit_costs(fee, request.units)


def brought_along(brought: Brought, day: date, parties: Parties, customer: CustomerAdded) -> LotsOpened:
    """The movement that opens these lots."""
    component = unit_component(brought.entitlement)
    held, fee = (account_of(role, *parties, component) for role in (Role.ENTITLEMENTS, Role.PLATFORM_FEE))
    lots = tuple(_legs(brought, brought.lots, held, brought.entitlement))
    fees = tuple(_fee_legs(brought, _legs(brought, brought.fees, fee, fee_unit(brought.entitlement))))
    worth = -sum((one.weight.number for one in (*lots, *fees)), start=Decimal(0))
    opening = account_of(Role.OPENING, parties.seller)
    return LotsOpened(
        date=day,
        source=brought.source,
        payee=customer.name,
        narration=f"{brought.units:f} {brought.entitlement} of {customer.customer} when the books began",
        opening=OpeningId(brought.opening),
        customer=CustomerId(brought.customer),
        product=ProductId(brought.product),
        entitlement=brought.entitlement,
        units=brought.units,
        granted_on=brought.granted_on,
        reference=brought.reference,
        opening_balance=new_leg(opening, new_money(worth, brought.currency)) if worth else None,
        lots=lots,
        fees=fees,
    )


def _legs(brought: Brought, grants: Grants, account: Account, unit: str) -> Iterator[Leg]:
    for units, cost in grants:
        lot = new_cost(cost, brought.currency, brought.granted_on, f"opening/{brought.opening}")
        yield new_leg(account, new_money(-units, unit), lot, becomes=brought.becomes)


def _fee_legs(brought: Brought, legs: Iterable[Leg]) -> Iterator[Leg]:
    for one in legs:
        yield one._replace(becomes=brought.fee_becomes, platform_fee_bps=brought.platform_fee_bps)
