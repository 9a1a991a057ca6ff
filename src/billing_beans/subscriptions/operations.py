"""The facts of a subscription: started, changed, paused, resumed, cancelled, renewed. Pure; each raises where a rule forbids it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanAdded
from billing_beans.catalog.plans import LONGEST_TRIAL
from billing_beans.catalog.pricing import Buyer, resolve
from billing_beans.core.calendar import Every, next_anchored, parse_moment
from billing_beans.core.errors import Refused, WrongUsage
from billing_beans.core.ids import CustomerId, EntityId, PlanId, SubscriptionId
from billing_beans.core.money import check_size
from billing_beans.core.records import record
from billing_beans.invoicing.operations import DraftInvoice, bill_to_for, customer_of, entity_of, seller_of
from billing_beans.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionPaused,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionStarted,
)
from billing_beans.subscriptions.phases import anchor_from, period_at, phase_at
from billing_beans.subscriptions.points import NOW, When, begins_at, stops_on
from billing_beans.subscriptions.records import Phase, Point, Stage, Subscription
from billing_beans.subscriptions.standing import whole

PREFIX = "SUB"
_ONE_DAY = timedelta(days=1)
MOST_PERIODS = 1200


@record
class StartSubscription:
    """A customer subscribes to a plan, so many times, from a day on. `anchor` is the day from which periods are counted.

    It ends after so many `periods`, or `until` a last day; else it goes on. A trial of so many days is free; the plan may have one.
    """

    customer: str
    plan: str
    quantity: Decimal = Decimal(1)
    when: When = NOW
    anchor: date | None = None
    trial_days: int | None = None
    periods: int | None = None
    until: date | None = None
    currency: str | None = None
    seller: str | None = None
    subscription: str | None = None


@record
class ChangeSubscription:
    """Another plan, another quantity, or both."""

    subscription: str
    plan: str | None = None
    quantity: Decimal | None = None
    when: When = NOW


@record
class PauseSubscription:
    """Nothing is billed until it is resumed."""

    subscription: str
    when: When = NOW
    reason: str | None = None


@record
class ResumeSubscription:
    """It is billed again."""

    subscription: str
    when: When = NOW


@record
class CancelSubscription:
    """It ends: now, on a day, or as its current period ends."""

    subscription: str
    when: When = NOW
    reason: str | None = None


@record
class RenewSubscription:
    """It goes on: for so many periods more, until a last day, or without an end."""

    subscription: str
    periods: int | None = None
    until: date | None = None


def subscription_named(books: Books, name: str) -> Subscription:
    """The subscription of this id. Raises `Refused`."""
    one = books.subscriptions.subscriptions.get(name)
    if one is None:
        raise Refused(f"There is no subscription {name}.", instead="billing-beans subscription list")
    return one


def _whole_named(books: Books, name: str, when: When, day: date) -> Subscription:
    """The same with the phases that what is to happen may build on, though they be over. Raises `Refused`."""
    since = when.day or day
    if when.at is not None:
        since = min(since, parse_moment(when.at).date() - _ONE_DAY)  # it may be another day where the legal entity is
    return whole(books, subscription_named(books, name), since)


def plan_named(books: Books, plan: str, day: date) -> PlanAdded:
    """The plan as it is on a day. Raises `Refused`."""
    found = books.catalog.plan(plan, day)
    if found is None:
        raise Refused(
            f"There is no plan {plan} on {day}.",
            rule="U3: a customer subscribes to a plan of the catalogue.",
            instead=f"billing-beans plan list, or billing-beans plan add {plan}",
        )
    return found


def started(books: Books, request: StartSubscription, day: date, now: str) -> SubscriptionStarted:
    """A subscription from a day on, with the next id SUB-n unless one is given (U3). `now` is the moment of recording (UTC)."""
    seller = seller_of(books, DraftInvoice(request.customer, (), seller=request.seller), day)
    start = begins_at(books, request.when, day, now, seller.time_zone)
    known_on = max(start.day, day)
    customer = customer_of(books, request.customer, known_on)
    plan = plan_named(books, request.plan, start.day)
    _can_begin(plan, start.day)
    _check_quantity(request.quantity)
    bill_to = bill_to_for(books, DraftInvoice(request.customer, (), currency=request.currency), seller, known_on)
    if request.subscription is not None and books.subscriptions.subscriptions.get(request.subscription) is not None:
        raise Refused(
            f"{request.subscription} is started already.",
            rule="U3: a subscription begins once.",
            instead="choose another --id, or leave it out: then it is the next SUB-number",
        )
    trial_until = _trial_until(request, plan, start.day)
    anchor = request.anchor or trial_until or start.day
    _must_be_priced(books, plan, Buyer(customer, bill_to.currency, trial_until or start.day), known_on)
    return SubscriptionStarted(
        date=day,
        subscription=SubscriptionId(request.subscription or books.subscriptions.counters.next(PREFIX)),
        customer=CustomerId(request.customer),
        seller=EntityId(seller.entity),
        plan=PlanId(request.plan),
        currency=bill_to.currency,
        quantity=request.quantity,
        every=plan.every,
        start=start.day,
        start_at=start.at or None,
        anchor=anchor,
        trial_until=trial_until,
        ends=_ends(request, plan, anchor, start.day, trial_until or start.day),
    )


def _can_begin(plan: PlanAdded, day: date) -> None:
    if plan.active_until is not None and day > plan.active_until:
        raise Refused(
            f"{plan.plan} could be subscribed to until {plan.active_until}.",
            rule="U3: what begins with a plan begins while it is offered.",
            instead="billing-beans plan list shows what is offered",
        )


def _check_quantity(quantity: Decimal) -> None:
    check_size(quantity)
    if quantity <= 0:
        raise WrongUsage(
            f"The quantity is {quantity:f}; it must be above zero.",
            instead="to bill nothing: billing-beans subscription pause, or cancel",
        )


def _trial_until(request: StartSubscription, plan: PlanAdded, start: date) -> date | None:
    days = plan.trial_days if request.trial_days is None else request.trial_days
    if days is not None and not 0 <= days <= LONGEST_TRIAL:
        raise WrongUsage(f"A trial can't have {days} days.", instead=f"from 0 to {LONGEST_TRIAL}")
    return start + timedelta(days=days) if days else None


def _ends(request: StartSubscription, plan: PlanAdded, anchor: date, start: date, charged: date) -> date | None:
    """The first day that is no longer covered, of what has so many periods or a last day. `charged` is the first that is not free.

    A first period that the anchor cuts is not one of them: so many whole ones follow it.
    """
    _one_end(request)
    if request.until is not None:
        if request.until < start:
            raise WrongUsage(
                f"It would end on {request.until}, before it begins on {start}.", instead="give a later --until"
            )
        return request.until + _ONE_DAY
    if request.periods is None:
        return None
    return _after_periods(anchor, plan.every, next_anchored(anchor, plan.every, charged - _ONE_DAY), request.periods)


def _one_end(request: StartSubscription | RenewSubscription) -> None:
    if request.periods is not None and request.until is not None:
        raise WrongUsage("Its end is given twice, by periods and by a day.", instead="give one of them")


def _after_periods(anchor: date, every: Every, day: date, periods: int) -> date:
    """The end of so many periods from a day on. Raises `WrongUsage`."""
    if not 0 < periods <= MOST_PERIODS:
        raise WrongUsage(f"It can't have {periods} periods.", instead=f"from 1 to {MOST_PERIODS}")
    for _ in range(periods):
        day = next_anchored(anchor, every, day)
    return day


def changed(books: Books, request: ChangeSubscription, day: date, now: str) -> SubscriptionChanged | None:
    """Another plan or quantity from a point on (U3); None where that is what it has then already. Raises `Refused`."""
    one = _whole_named(books, request.subscription, request.when, day)
    point = _point_of_change(books, one, request.when, day, now)
    phase = _phase_of(one, point)
    quantity = phase.quantity if request.quantity is None else request.quantity
    _check_quantity(quantity)
    plan = plan_named(books, request.plan or phase.plan, point.day)
    if (plan.plan, quantity) == (phase.plan, phase.quantity):
        return None
    if plan.plan != phase.plan:
        _can_begin(plan, point.day)
    anchor = anchor_from(one, phase, plan.every, point.day)
    customer = customer_of(books, one.customer, max(point.day, one.started))
    _must_be_priced(books, plan, Buyer(customer, one.currency, point.day), point.day)
    return SubscriptionChanged(
        date=day,
        subscription=SubscriptionId(one.subscription),
        plan=PlanId(plan.plan),
        quantity=quantity,
        every=plan.every,
        anchor=anchor,
        effective=point.day,
        effective_at=point.at or None,
    )


def _must_be_priced(books: Books, plan: PlanAdded, buyer: Buyer, known_on: date) -> None:
    """Each product of a plan has a price for who buys it. Raises `Refused`."""
    for charge in plan.charges:
        product = books.catalog.product(charge.product, known_on)
        if product is not None:
            resolve(books.catalog, buyer, product)


def _point_of_change(books: Books, one: Subscription, when: When, day: date, now: str) -> Point:
    if when.at_period_end:
        return _not_before(one, _period_end(one, day))
    return _not_before(one, begins_at(books, when, day, now, _zone(books, one, day)))


def _period_end(one: Subscription, day: date) -> Point:
    """The end of the period in which a day lies; the first, for what has not begun."""
    return Point(period_at(one, max(day, one.start.day))[1])


def _zone(books: Books, one: Subscription, day: date) -> str:
    return entity_of(books, one.seller, day).time_zone


def _not_before(one: Subscription, point: Point) -> Point:
    """Nothing happens to it before it begins, nor before what happened last."""
    if point < one.last_change:
        raise Refused(
            f"{one.subscription} has a change that counts from {one.last_change.day}, and this would from {point.day}.",
            rule="U3: what happens to a subscription happens in order.",
            instead=f"give {one.last_change.day} or a later day with --from",
        )
    return point


def _phase_of(one: Subscription, point: Point) -> Phase:
    phase = phase_at(one.phases, point)
    if phase is None:
        last = f": its last day was {one.ends.day - _ONE_DAY}" if one.ends is not None and not one.ends.at else ""
        raise Refused(
            f"{one.subscription} has ended{last}.",
            rule="U3: what has ended stays so.",
            instead=f"billing-beans subscription start {one.customer} PLAN begins a new one",
        )
    return phase


def paused(books: Books, request: PauseSubscription, day: date, now: str) -> SubscriptionPaused | None:
    """Nothing is billed from a point on (U3); None where it is paused then already. Raises `Refused`."""
    one = _whole_named(books, request.subscription, request.when, day)
    zone = _zone(books, one, day)
    at_end = request.when.at_period_end
    point = _not_before(one, _period_end(one, day) if at_end else stops_on(books, request.when, day, now, zone))
    if _phase_of(one, point).stage is Stage.PAUSED:
        return None
    return SubscriptionPaused(
        date=day,
        subscription=SubscriptionId(one.subscription),
        effective=point.day,
        effective_at=point.at or None,
        reason=request.reason,
    )


def resumed(books: Books, request: ResumeSubscription, day: date, now: str) -> SubscriptionResumed | None:
    """It is billed again from a point on (U3); None where it is not paused then. Raises `Refused`."""
    one = _whole_named(books, request.subscription, request.when, day)
    point = _point_of_change(books, one, request.when, day, now)
    if _phase_of(one, point).stage is not Stage.PAUSED:
        return None
    return SubscriptionResumed(
        date=day,
        subscription=SubscriptionId(one.subscription),
        effective=point.day,
        effective_at=point.at or None,
    )


def cancelled(books: Books, request: CancelSubscription, day: date, now: str) -> SubscriptionCancelled | None:
    """It ends at a point (U3); None where it ends just then already. Raises `Refused`."""
    one = _whole_named(books, request.subscription, request.when, day)
    at_end = request.when.at_period_end
    asked = _period_end(one, day) if at_end else stops_on(books, request.when, day, now, _zone(books, one, day))
    point = max(asked, one.start)
    if one.ends is not None and one.ends <= point:
        if one.ends == point:
            return None
        _phase_of(one, one.ends)
    return SubscriptionCancelled(
        date=day,
        subscription=SubscriptionId(one.subscription),
        effective=point.day,
        effective_at=point.at or None,
        reason=request.reason,
    )


def renewed(books: Books, request: RenewSubscription, day: date) -> SubscriptionRenewed | None:
    """It goes on behind the day on which it would end (U3); None where it goes on so already. Raises `Refused`."""
    one = subscription_named(books, request.subscription)
    _one_end(request)
    ends = _renewed_until(one, request, day)
    if (one.ends.day if one.ends else None) == ends and not (one.ends and one.ends.at):
        return None
    if one.ends is None:
        raise Refused(
            f"{one.subscription} has no end.",
            rule="U3: what is renewed would end.",
            instead=f"to end it: billing-beans subscription cancel {one.subscription} --at-period-end",
        )
    if one.cancelled is not None and one.ends.day <= day:
        _phase_of(one, one.ends)
    return SubscriptionRenewed(date=day, subscription=SubscriptionId(one.subscription), ends=ends)


def _renewed_until(one: Subscription, request: RenewSubscription, day: date) -> date | None:
    before = one.ends.day if one.ends is not None else day
    if request.until is not None:
        if request.until < before:
            now = f"it ends now: its last day is {before - _ONE_DAY}" if one.ends is not None else "today"
            raise WrongUsage(
                f"{one.subscription} would end on {request.until}, which is before {now}.",
                instead="give a later --until",
            )
        return request.until + _ONE_DAY
    if request.periods is None:
        return None
    phase = one.phases[-1]
    return _after_periods(phase.anchor, phase.every, before, request.periods)
