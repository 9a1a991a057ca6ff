"""What can happen to a subscription. Nothing here moves money: its invoices do."""

from datetime import date
from decimal import Decimal

from billing_beans.core.calendar import Every
from billing_beans.core.facts import Fact, fact, key, meta
from billing_beans.core.ids import CustomerId, EntityId, PlanId, SubscriptionId


@fact("subscription-started")
class SubscriptionStarted(Fact):
    """A customer subscribes to a plan from the first day on, in one currency, `quantity` times (U3).

    Its periods come `every` so often, as the plan says, counted from `anchor`: from the 31st of January on the 28th of February,
    and on the 31st of March. Days before `trial_until` are free. `ends` is the first day that is no longer covered; without
    it, it goes on. `start_at` is the first moment (UTC) where it began in the middle of a day that is billed by the second.
    """

    subscription: SubscriptionId = key(link=True)
    customer: CustomerId = meta()
    seller: EntityId = meta()
    plan: PlanId = meta()
    currency: str = meta()
    quantity: Decimal = meta()
    every: Every = meta()
    start: date = meta()
    start_at: str | None = meta(default=None)
    anchor: date = meta()
    trial_until: date | None = meta(default=None)
    ends: date | None = meta(default=None)


@fact("subscription-changed")
class SubscriptionChanged(Fact):
    """Another plan, another quantity, or both, from the day `effective` on (U3).

    A plan whose periods are of another length begins a new period then, or behind the trial: `every` and `anchor` say which hold from
    that day on.
    """

    subscription: SubscriptionId = key(link=True)
    plan: PlanId = meta()
    quantity: Decimal = meta()
    every: Every = meta()
    anchor: date = meta()
    effective: date = meta()
    effective_at: str | None = meta(default=None)


@fact("subscription-paused")
class SubscriptionPaused(Fact):
    """Nothing is billed from the day `effective` on, until it is resumed (U3)."""

    subscription: SubscriptionId = key(link=True)
    effective: date = meta()
    effective_at: str | None = meta(default=None)
    reason: str | None = meta(default=None)


@fact("subscription-resumed")
class SubscriptionResumed(Fact):
    """A paused subscription is billed again from the day `effective` on; its periods are where they were (U3)."""

    subscription: SubscriptionId = key(link=True)
    effective: date = meta()
    effective_at: str | None = meta(default=None)


@fact("subscription-cancelled")
class SubscriptionCancelled(Fact):
    """A subscription ends: `effective` is the first day that is no longer covered (U3)."""

    subscription: SubscriptionId = key(link=True)
    effective: date = meta()
    effective_at: str | None = meta(default=None)
    reason: str | None = meta(default=None)


@fact("subscription-renewed")
class SubscriptionRenewed(Fact):
    """A subscription that would end goes on: until `ends`, the first day that is no longer covered, or until it is cancelled (U3)."""

    subscription: SubscriptionId = key(link=True)
    ends: date | None = meta(default=None)
