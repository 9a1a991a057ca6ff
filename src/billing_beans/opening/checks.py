"""What must hold of what a company brings along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from billing_beans.books import Books
from billing_beans.core.accounts import Role, place_of
from billing_beans.core.checks import check
from billing_beans.core.comparing import difference
from billing_beans.core.money import is_minor, new_money
from billing_beans.invoicing.legs import Parties
from billing_beans.opening.facts import DeferredOpened
from billing_beans.opening.operations import OpenDeferred, revenue_opened


@check(
    DeferredOpened,
    promise="B1: deferred revenue of before is opened once, for a period that is not over, and becomes revenue of its seller.",
    remedy="restore the text with git, or let the tool write it: billing-beans opening import FILE",
)
def deferred_opened_once(books: Books, fact: DeferredOpened) -> Iterator[str]:
    if books.opening.revenue.get(fact.opening) is not None:
        yield f"the deferred revenue {fact.opening} is opened twice"
    customer = books.catalog.customer(fact.customer, fact.date)
    if customer is None:
        yield f"{fact.opening} is deferred revenue of {fact.customer}, who is no customer on {fact.date}"
        return
    if books.catalog.product(fact.product, fact.date) is None:
        yield f"{fact.opening} is deferred revenue of {fact.product}, which is no product on {fact.date}"
    place = place_of(fact.opening_balance.account)
    assert place is not None
    amount = new_money(-fact.deferred.number, fact.deferred.currency)
    request = OpenDeferred(
        fact.opening,
        fact.customer,
        amount,
        fact.product,
        fact.period_start,
        fact.period_end,
        reference=fact.reference,
    )
    expected = revenue_opened(request, fact.date, Parties(place.entity, customer.account), customer, fact.income)
    # A customer may be renamed on the very day; any name will do, as on a consumption.
    if differs := difference(fact, replace(expected, payee=fact.payee)):
        yield f"{fact.opening} does not open the deferred revenue that it names: {differs}"
    income = place_of(fact.income)
    if income is None or income[:2] != (Role.INCOME, place.entity):
        yield f"{fact.opening} becomes {fact.income}, which is no income account of its seller"
    if not is_minor(amount):
        yield f"{fact.opening} is over {amount}, which is not in whole minor units"
    if not fact.period_start <= fact.period_end or fact.period_end < fact.date:
        yield f"{fact.opening} is to be earned from {fact.period_start} to {fact.period_end}, and opened on {fact.date}"
