"""The phases of a subscription, and what a change does to them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from billing_beans.core.calendar import Every, period_around
from billing_beans.subscriptions.facts import SubscriptionStarted
from billing_beans.subscriptions.records import Phase, Point, Stage, Subscription, point_of

Phases = tuple[Phase, ...]


def first_phases(fact: SubscriptionStarted) -> Phases:
    """What a subscription is from its start on: a trial, if it has one, and then active."""
    start = point_of(fact.start, fact.start_at)
    end = Point(fact.ends) if fact.ends is not None else None
    whole = Phase(start, end, fact.plan, fact.quantity, fact.every, fact.anchor, Stage.ACTIVE)
    return with_trial((whole,), fact.trial_until)


def with_trial(phases: Phases, trial_until: date | None) -> Phases:
    """With what lies before the end of the trial as a trial, where it is active."""
    if trial_until is None:
        return phases
    before, after = cut(phases, Point(trial_until))
    tried = (one._replace(stage=Stage.TRIAL) if one.stage is Stage.ACTIVE else one for one in before)
    return (*tried, *after)


def cut(phases: Phases, point: Point) -> tuple[Phases, Phases]:
    """The phases before a point and those from it on; one that reaches over it is cut in two."""
    before: list[Phase] = []
    after: list[Phase] = []
    for one in phases:
        if one.end is not None and one.end <= point:
            before.append(one)
        elif one.start >= point:
            after.append(one)
        else:
            before.append(one._replace(end=point))
            after.append(one._replace(start=point))
    return tuple(before), tuple(after)


def changed(phases: Phases, point: Point, change: Callable[[Phase], Phase]) -> Phases:
    """What everything from a point on becomes by a change; neighbours that say the same are one."""
    before, after = cut(phases, point)
    return tuple(_joined((*before, *map(change, after))))


def _joined(phases: Phases) -> Iterator[Phase]:
    last: Phase | None = None
    for one in phases:
        if last is not None and last.end == one.start and last._replace(start=one.start, end=one.end) == one:
            last = last._replace(end=one.end)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def until(phases: Phases, end: Point | None) -> Phases:
    """The same phases with another end: cut there, or going on as they are last. What ends as it begins has the first, of no days."""
    if end is not None:
        phases = cut(phases, end)[0] or (phases[0]._replace(end=phases[0].start),)
    return (*phases[:-1], phases[-1]._replace(end=end))


def going_on(phases: Phases, end: Point | None, trial_until: date | None) -> Phases:
    """What would end goes on until another end as it is last, and behind its trial as what is billed."""
    *before, last = until(phases, end)
    if last.stage is not Stage.TRIAL:
        return (*before, last)
    return (*before, *with_trial((last._replace(stage=Stage.ACTIVE),), trial_until))


def phase_at(phases: Phases, point: Point) -> Phase | None:
    """The phase in which a point lies; None before the first that is known, and when it has ended."""
    for one in phases:
        if one.start <= point and (one.end is None or point < one.end):
            return one
    return None


def period_at(subscription: Subscription, day: date) -> tuple[date, date]:
    """The period in which a day lies, as the phase of that day has it; the first day and the day after the last."""
    phases = subscription.phases
    # The end of the day counts: what begins in the course of it, begins on it.
    begun = [one for one in phases if one.start.day <= day]
    phase = begun[-1] if begun else phases[0]
    return period_around(phase.anchor, phase.every, day)


def anchor_from(subscription: Subscription, phase: Phase, every: Every, day: date) -> date:
    """From when on periods are counted that come so often from a day on: as before, or anew from then, or behind the trial."""
    if every == phase.every:
        return phase.anchor
    return max(day, subscription.trial_until or day)


def reviewed_with(subscription: Subscription, day: date) -> date:
    """From when on a subscription is looked at where something of a day is: the beginning of the period in which that day begins.

    Where its periods became others in the middle of that beginning's day, it is looked at from the beginning of the one before.
    """
    phase = phase_at(subscription.phases, Point(day))
    begins = period_around(phase.anchor, phase.every, day)[0] if phase else period_at(subscription, day)[0]
    begins = max(begins, subscription.start.day)
    return reviewed_with(subscription, begins) if phase is not None and begins < day else begins


def over_by(phases: Phases, day: date) -> tuple[Phases, Phases]:
    """The phases that are over when a day begins, and the others; the last is always among those, for what may follow."""
    over = tuple(one for one in phases[:-1] if one.end is not None and one.end <= Point(day))
    return over, phases[len(over) :]
