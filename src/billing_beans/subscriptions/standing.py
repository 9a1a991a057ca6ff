"""How a subscription stands on a day: to come, on trial, active, paused, ended; and when something of it is billed next (U3)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.subscriptions.due import difference_of
from billing_beans.subscriptions.phases import Phases, period_at, phase_at
from billing_beans.subscriptions.records import Phase, Point, Stage, Subscription


class Standing(StrEnum):
    """Where a subscription stands."""

    TO_COME = "to-come"
    TRIAL = "trial"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Stands(NamedTuple):
    """Where a subscription stands, and the phase that says so: the first of what is to come, the last of what has ended."""

    standing: Standing
    phase: Phase


_OF_STAGE = {Stage.TRIAL: Standing.TRIAL, Stage.ACTIVE: Standing.ACTIVE, Stage.PAUSED: Standing.PAUSED}


def life_of(books: Books, one: Subscription) -> Phases:
    """All phases of a subscription, from its first day on; those too that are over and billed."""
    past = books.subscriptions.past.range("subscription", one.subscription)
    return (*(each.phase for each in past), *one.phases)


def whole(books: Books, one: Subscription, day: date) -> Subscription:
    """With all its phases, where some that are over and billed reach to a day or behind it: what is dated back builds on them."""
    return one if one.phases[0].start.day < day else one._replace(phases=life_of(books, one))


def standing_of(books: Books, one: Subscription, point: Point) -> Stands:
    """How a subscription stands at a point, whenever that is."""
    phases = whole(books, one, point.day).phases
    phase = phase_at(phases, point)
    if phase is not None:
        return Stands(_OF_STAGE[phase.stage], phase)
    if point < phases[0].start:
        return Stands(Standing.TO_COME, phases[0])
    return Stands(Standing.ENDED, phases[-1])


def period_on(books: Books, one: Subscription, day: date) -> tuple[date, date]:
    """The period in which a day lies, whenever that is: its first day, and the day after its last."""
    return period_at(whole(books, one, day), day)


class Upcoming(NamedTuple):
    """What of a subscription is to be billed: whether something is due by a day, and when something falls due behind it, if ever."""

    is_due: bool
    following: date | None


NOTHING = Upcoming(is_due=False, following=None)


def upcoming(books: Books, one: Subscription, day: date) -> Upcoming:
    """What is due by a day and not billed, and the first day behind it on which something falls due, as far as can be seen.

    Raises `Refused` where the plan is not known.
    """
    if one.next_due is None:
        return NOTHING
    begins = max(day, one.start.day, one.trial_until or one.start.day, one.billed_until or one.start.day)
    horizon = period_at(one, period_at(one, begins)[1])[1]
    now = difference_of(books, one, day)
    then = difference_of(books, one, horizon)
    due = [*(each.piece.due for each in then.missing), *(each.since.day for each in then.surplus)]
    return Upcoming(bool(now.missing or now.surplus), min((each for each in due if each > day), default=None))
