"""What must hold of subscriptions and of what changes them (U3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from billing_beans.books import Books
from billing_beans.catalog.plans import LONGEST_TRIAL
from billing_beans.core.calendar import FIRST_DAY, LAST_DAY, local_date, parse_moment
from billing_beans.core.checks import Broken, check
from billing_beans.core.errors import BillingError
from billing_beans.core.money import is_within_limits
from billing_beans.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionPaused,
    SubscriptionRenewed,
    SubscriptionResumed,
    SubscriptionStarted,
)
from billing_beans.subscriptions.phases import anchor_from, phase_at
from billing_beans.subscriptions.records import Point, Stage, Subscription, point_of
from billing_beans.subscriptions.standing import whole
from billing_beans.subscriptions.state import Effective

RESTORE = "restore the text with git; what happens to a subscription is recorded by: billing-beans subscription"
_LAST_END = LAST_DAY + timedelta(days=1)


@check(
    SubscriptionStarted,
    promise="U3: a subscription begins once, of a known customer, to a plan that is offered, in a currency that is billed.",
    remedy=RESTORE,
)
def sound_subscription(books: Books, fact: SubscriptionStarted) -> Iterator[str | Broken]:
    name, catalog = fact.subscription, books.catalog
    if books.subscriptions.subscriptions.get(name) is not None:
        yield Broken(
            f"{name} is started twice",
            "two branches started one each: take the later one out, and start it again under the next id",
        )
    known_on = max(fact.start, fact.date)
    customer, seller = catalog.customer(fact.customer, known_on), catalog.entity(fact.seller, fact.date)
    for found, what in ((customer, f"customer {fact.customer}"), (seller, f"legal entity {fact.seller}")):
        if found is None:
            yield f"{name} names the {what}, which is not there on {known_on}"
    if catalog.bill_to_of(fact.customer, fact.currency, known_on) is None:
        yield f"{name} is billed in {fact.currency}, and {fact.customer} has no bill-to profile in it on {known_on}"
    plan = catalog.plan(fact.plan, fact.start)
    if plan is None:
        yield f"{name} is to the plan {fact.plan}, which is not there on {fact.start}"
    elif plan.every != fact.every:
        yield f"{name} is billed every {fact.every}, and {fact.plan} every {plan.every}"
    elif plan.active_until is not None and fact.start > plan.active_until:
        yield f"{name} begins on {fact.start}, and {fact.plan} could be subscribed to until {plan.active_until}"
    yield from _quantity(name, fact.quantity)
    yield from _days(fact)
    if seller is not None:
        yield from _moment(name, point_of(fact.start, fact.start_at), seller.time_zone)


def _quantity(name: str, quantity: Decimal) -> Iterator[str]:
    if quantity <= 0 or not is_within_limits(quantity):
        yield f"the quantity of {name} is {quantity:f}; it must be above zero"


def _days(fact: SubscriptionStarted) -> Iterator[str]:
    name = fact.subscription
    if not all(FIRST_DAY <= day <= LAST_DAY for day in (fact.start, fact.anchor)):
        yield f"{name} begins on {fact.start}, with periods from {fact.anchor}"
    elif fact.trial_until is not None and not (
        fact.start < fact.trial_until <= fact.start + timedelta(days=LONGEST_TRIAL)
    ):
        yield f"{name} begins on {fact.start}, and its trial is until {fact.trial_until}"
    if fact.ends is not None and not fact.start < fact.ends <= _LAST_END:
        yield f"{name} begins on {fact.start}, and ends on {fact.ends}"


def _moment(name: str, point: Point, time_zone: str) -> Iterator[str]:
    """A moment is one of its day, where the legal entity is."""
    if not point.at:
        return
    try:
        day = local_date(parse_moment(point.at), time_zone)
    except BillingError as error:
        yield f"{name}: {error.what.rstrip('.')}"
        return
    if day != point.day:
        yield f"{name} names {point.at}, which is on {day} and not on {point.day}"


@check(
    SubscriptionChanged,
    SubscriptionPaused,
    SubscriptionResumed,
    SubscriptionCancelled,
    SubscriptionRenewed,
    promise="U3: what happens to a subscription happens in order, while it goes on.",
    remedy=RESTORE,
)
def subscription_in_order(books: Books, fact: Effective | SubscriptionRenewed) -> Iterator[str | Broken]:
    one = books.subscriptions.subscriptions.get(fact.subscription)
    if one is None:
        yield f"there is no subscription {fact.subscription}"
    elif fact.date < one.recorded:
        yield f"what last happened to {fact.subscription} is dated {one.recorded}, and this {fact.date}"
    elif isinstance(fact, SubscriptionRenewed):
        yield from _renewal(one, fact)
    else:
        yield from _event(books, one, fact)


def _renewal(one: Subscription, fact: SubscriptionRenewed) -> Iterator[str]:
    if fact.ends is not None and fact.ends > _LAST_END:
        yield f"{one.subscription} is renewed until {fact.ends}"
    if one.ends is None:
        yield f"{one.subscription} is renewed, and has no end"
    elif fact.ends is not None and fact.ends <= one.ends.day:
        yield f"{one.subscription} ends on {one.ends.day}, and is renewed until {fact.ends}"
    elif one.cancelled is not None and one.ends.day <= fact.date:
        yield f"{one.subscription} was cancelled and ended on {one.ends.day}, and is renewed on {fact.date}"


def _event(books: Books, one: Subscription, fact: Effective) -> Iterator[str | Broken]:
    name, point = one.subscription, point_of(fact.effective, fact.effective_at)
    seller = books.catalog.entity(one.seller, fact.date)
    if seller is not None:
        yield from _moment(name, point, seller.time_zone)
    if not FIRST_DAY <= point.day <= _LAST_END:
        yield f"something happens to {name} from {point.day} on"
        return
    if isinstance(fact, SubscriptionCancelled):
        if point < one.start or (one.ends is not None and point > one.ends):
            yield f"{name} is cancelled from {point.day} on, and is from {one.start.day} until {one.ends.day if one.ends else 'further notice'}"
        return
    if point < one.last_change:
        yield Broken(
            f"{name} has a change that counts from {one.last_change.day}, and another from {point.day}",
            "two branches changed it: keep the facts of one, and change it once more with what is missing",
        )
        return
    phase = phase_at(whole(books, one, point.day).phases, point)
    if phase is None:
        yield f"{name} has ended, and something happens to it from {point.day} on"
    elif isinstance(fact, SubscriptionChanged):
        yield from _quantity(name, fact.quantity)
        yield from _plan(books, fact)
        anchor = anchor_from(one, phase, fact.every, fact.effective)
        if fact.anchor != anchor:
            yield f"the periods of {name} are counted from {fact.anchor}, and should be from {anchor}"
    elif isinstance(fact, SubscriptionPaused) == (phase.stage is Stage.PAUSED):
        yield f"{name} is {phase.stage} on {point.day}, and is {fact.shape.kind.rpartition('-')[2]}"


def _plan(books: Books, fact: SubscriptionChanged) -> Iterator[str]:
    plan = books.catalog.plan(fact.plan, fact.effective)
    if plan is None:
        yield f"{fact.subscription} is changed to the plan {fact.plan}, which is not there on {fact.effective}"
    elif plan.every != fact.every:
        yield f"{fact.subscription} is billed every {fact.every}, and {fact.plan} every {plan.every}"
