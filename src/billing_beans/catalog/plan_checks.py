"""What must hold of plans (U3)."""

from __future__ import annotations

from collections.abc import Iterator

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanAdded, PlanCharge, Revenue
from billing_beans.catalog.plans import LONGEST_TRIAL
from billing_beans.catalog.standards import AN_ID, is_identifier
from billing_beans.core.checks import Broken, check
from billing_beans.core.money import is_within_limits

_BILLED = (Revenue.ON_ISSUE, Revenue.OVER_PERIOD)


@check(
    PlanAdded,
    promise="U3: a plan says what it charges, when, and how often; its periods are of one length for ever.",
    remedy="correct what is wrong; docs/ledger.md says what a plan needs",
)
def sound_plan(books: Books, fact: PlanAdded) -> Iterator[str | Broken]:
    plan = fact.plan
    if not fact.name.strip():
        yield Broken(f"{plan} has no name", "say what invoices and lists call it")
    if fact.trial_days is not None and not 0 < fact.trial_days <= LONGEST_TRIAL:
        yield Broken(f"{plan} has a trial of {fact.trial_days} days", f"give 1 to {LONGEST_TRIAL} days, or none")
    if fact.active_until is not None and fact.active_until < fact.date:
        yield f"{plan} is from {fact.date} on, and can be subscribed to until {fact.active_until}, which is earlier"
    if not fact.charges:
        yield Broken(f"{plan} charges nothing", "name what is sold with it: --charge PRODUCT")
    for other in books.catalog.plans.range("versions", plan):
        if other.every != fact.every:
            yield f"{plan} comes every {fact.every}, and every {other.every} from {other.date} on"
            break
    names: set[str] = set()
    for charge in fact.charges:
        if charge.charge in names:
            yield Broken(
                f"{plan} has two charges {charge.charge}", "give each a name of its own: --charge NAME=PRODUCT"
            )
        names.add(charge.charge)
        yield from _charge(books, fact, charge)


def _charge(books: Books, fact: PlanAdded, charge: PlanCharge) -> Iterator[str | Broken]:
    what = f"the charge {charge.charge} of {fact.plan}"
    if not is_identifier(charge.charge):
        yield Broken(f"{fact.plan} has a charge {charge.charge!r}, which can't be an id", AN_ID)
    if charge.quantity is not None and not (charge.quantity > 0 and is_within_limits(charge.quantity)):
        yield Broken(f"{what} is {charge.quantity:f} times its product", "give a number above zero, or none")
    product = books.catalog.product(charge.product, fact.date)
    if product is None:
        yield Broken(
            f"{what} sells {charge.product}, which is no product on {fact.date}",
            f"billing-beans product list, or billing-beans product add {charge.product}",
        )
    elif product.meter is not None:
        yield Broken(
            f"{what} sells {charge.product}, which is sold by the meter {product.meter}",
            "a plan charges what is not metered; usage is not rated yet",
        )
    elif product.revenue not in _BILLED:
        yield Broken(
            f"{what} sells {charge.product}, whose revenue counts {product.revenue}",
            "a plan charges what is earned over a period or on issue; sell the rest with: billing-beans invoice draft",
        )
