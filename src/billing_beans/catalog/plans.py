"""Plans, made from what a person asks for (P1, U3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanAdded, PlanCharge, Timing
from billing_beans.core.calendar import Every
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.ids import PlanId, ProductId
from billing_beans.core.records import record

LONGEST_TRIAL = 3660
"""Days; a trial of more than ten years is a typing error."""


@record
class AddCharge:
    """What a plan charges for each period. It is called like its product, where no name is given."""

    product: str
    timing: Timing = Timing.IN_ADVANCE
    quantity: Decimal | None = None
    charge: str | None = None


@record
class AddPlan:
    """A plan, or the next version of one: without charges they stay as they are, and so does everything else that is not given.

    It is so from a day on (`since`), or from that of the act.
    """

    plan: str
    name: str | None = None
    every: Every | None = None
    charges: tuple[AddCharge, ...] = ()
    trial_days: int | None = None
    until: date | None = None
    since: date | None = None


def plan_added(books: Books, request: AddPlan, day: date) -> PlanAdded:
    """What can be subscribed to, from a day on (U3). Raises `Refused` or `WrongUsage`."""
    before = books.catalog.plan(request.plan, day)
    if before is not None and request.every not in (None, before.every):
        raise Refused(
            f"{request.plan} comes every {before.every}.",
            rule="U3: the periods of a plan are of one length for ever.",
            instead="add another plan, and change subscriptions to it: billing-beans subscription change SUB --plan PLAN",
        )
    every = before.every if before is not None else request.every or Every.MONTH
    charges = tuple(_charge(one) for one in request.charges) or (before.charges if before is not None else ())
    if not charges:
        raise WrongUsage(
            f"{request.plan} charges nothing.",
            rule="U3: a plan has at least one charge.",
            instead="name what is sold with it: --charge PRODUCT",
        )
    return PlanAdded(
        date=day,
        plan=PlanId(request.plan),
        name=request.name or (before.name if before is not None else request.plan),
        every=every,
        charges=charges,
        trial_days=_kept(request.trial_days, before.trial_days if before else None),
        active_until=request.until or (before.active_until if before else None),
    )


def _charge(asked: AddCharge) -> PlanCharge:
    return PlanCharge(
        charge=asked.charge or asked.product,
        product=ProductId(asked.product),
        timing=asked.timing,
        quantity=asked.quantity,
    )


def _kept(given: int | None, before: int | None) -> int | None:
    """What is given; zero takes away what was there."""
    return before if given is None else given or None
