"""The fact of deferred revenue that a company brings along."""

from __future__ import annotations

from datetime import date

from billing_beans.books import Books
from billing_beans.catalog.facts import CustomerAdded, ProductAdded, Revenue
from billing_beans.core.accounts import Account, Role, account_of
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.facts import new_leg
from billing_beans.core.ids import CustomerId, OpeningId, ProductId
from billing_beans.core.money import Money, is_minor, new_money
from billing_beans.core.records import record
from billing_beans.invoicing.legs import Parties
from billing_beans.invoicing.lines import income_of
from billing_beans.opening.facts import DeferredOpened


@record
class OpenDeferred:
    """Revenue that is still to be earned: `amount` is what is left of it on the day on which the books open.

    The period is that of what was sold, its last day included; `opening` is what identifies it in the old books.
    """

    opening: str
    customer: str
    amount: Money
    product: str
    period_start: date
    period_end: date
    seller: str | None = None
    reference: str | None = None
    source: str | None = None


def deferred_opened(books: Books, request: OpenDeferred, day: date, parties: Parties) -> DeferredOpened:
    """What is left to be earned, against the opening balance (B1). Raises `Refused` or `WrongUsage`."""
    product = product_named(books, request.product, day)
    if product.revenue is not Revenue.OVER_PERIOD:
        raise Refused(
            f"The revenue of {product.product} counts {product.revenue.value}, and not over a period.",
            rule="B1: deferred revenue is of a product that is earned over a period.",
            instead=f"name a product that was added with --revenue {Revenue.OVER_PERIOD.value}",
        )
    if request.amount.number <= 0 or not is_minor(request.amount):
        raise WrongUsage(
            f"{request.amount.number:f} {request.amount.currency} can't be deferred: it is above zero, in minor units."
        )
    if not request.period_start <= request.period_end or request.period_end < day:
        raise WrongUsage(
            f"The period from {request.period_start} to {request.period_end} leaves nothing to be earned from {day} on.",
            instead="the last day of a period is no earlier than its first, nor than the day on which the books open",
        )
    customer = books.catalog.customer(request.customer, day)
    assert customer is not None
    return revenue_opened(request, day, parties, customer, income_of(product, parties.seller))


def revenue_opened(
    request: OpenDeferred, day: date, parties: Parties, customer: CustomerAdded, income: Account
) -> DeferredOpened:
    """The movement of deferred revenue that becomes this income."""
    amount = request.amount
    return DeferredOpened(
        date=day,
        source=request.source,
        payee=customer.name,
        narration=f"Deferred revenue {request.opening} of {customer.customer} when the books began",
        opening=OpeningId(request.opening),
        customer=CustomerId(request.customer),
        product=ProductId(request.product),
        period_start=request.period_start,
        period_end=request.period_end,
        income=income,
        reference=request.reference,
        opening_balance=new_leg(account_of(Role.OPENING, parties.seller), amount),
        deferred=new_leg(account_of(Role.DEFERRED, *parties), new_money(-amount.number, amount.currency)),
    )


def product_named(books: Books, product: str, day: date) -> ProductAdded:
    """The product as it is on this day. Raises `Refused`."""
    found = books.catalog.product(product, day)
    if found is None:
        raise Refused(
            f"There is no product {product} on {day}.",
            rule="P1: what is sold stands in the catalogue.",
            instead=f"billing-beans product list, or billing-beans product add {product}",
        )
    return found
