"""What of a subscription is to be billed, what is billed, and the difference (U3).

What should be billed follows from the phases of a subscription and the charges of its plan: pieces of periods. What is billed
stands on the lines of its invoices. Where a billed line is what it should be only until some point, the rest of it is taken
back from there; and what should be billed and isn't becomes lines. So whatever happened in whichever order, each day is billed once,
and what is right already is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.books import Books
from billing_beans.catalog.facts import PlanCharge, Timing
from billing_beans.catalog.state import CatalogState
from billing_beans.core.calendar import next_anchored, period_around
from billing_beans.core.errors import Refused
from billing_beans.subscriptions.measuring import Period
from billing_beans.subscriptions.records import BilledLine, Phase, Point, Stage, Subscription


class Piece(NamedTuple):
    """Days of a period for which a charge of a plan is billed, from `start` until `end`, and the day on which they fall due."""

    charge: PlanCharge
    phase: Phase
    period: Period
    start: Point
    end: Point
    due: date


class Missing(NamedTuple):
    """A piece, or the rest of one, that is to be billed; without days where it is billed once. `bucket` is with which period."""

    piece: Piece
    start: Point
    end: Point
    bucket: date


class Surplus(NamedTuple):
    """A billed line that is right only until a point; from there on it is taken back."""

    line: BilledLine
    since: Point


class Difference(NamedTuple):
    """What is to be done so that a subscription is billed as it should be."""

    missing: list[Missing]
    surplus: list[Surplus]


def difference_of(books: Books, one: Subscription, until: date) -> Difference:
    """What is due by a day, that day included, and not billed; and what is billed and no longer right by then."""
    since = books.subscriptions.billed.since("subscription", one.subscription, (one.review_from,))
    billed = [line for line in since if line.stops > Point(one.review_from)]
    horizon = max([until, *(line.end for line in billed)])
    pieces = [*pieces_of(books.catalog, one, one.review_from, horizon)]
    right: dict[str, list[BilledLine]] = {}
    surplus: list[Surplus] = []
    for line in billed:
        agreed = _agreed(line, pieces)
        if agreed < line.stops and agreed.day <= until:
            surplus.append(Surplus(line, max(agreed, line.begins)))
        else:
            agreed = line.stops
        if line.begins < agreed:
            kept = line._replace(end=agreed.day, end_at=agreed.at)
            right.setdefault(line.charge, []).append(kept)
    missing = [*_missing(pieces, right, until), *_once(books, one, pieces, until)]
    missing.sort(key=lambda each: (each.bucket, each.start))
    return Difference(missing, surplus)


def pieces_of(catalog: CatalogState, one: Subscription, since: date, horizon: date) -> Iterator[Piece]:
    """Every piece of the periods from that of one day on that begins by another. Raises `Refused` where a plan is not known."""
    for number, phase in enumerate(one.phases):
        if phase.stage is not Stage.ACTIVE or (phase.end is not None and phase.end <= Point(since)):
            continue
        following = one.phases[number + 1] if number + 1 < len(one.phases) else None
        yield from _of_phase(catalog, phase, following, since, horizon)


def _of_phase(
    catalog: CatalogState, phase: Phase, following: Phase | None, since: date, horizon: date
) -> Iterator[Piece]:
    start, end = period_around(phase.anchor, phase.every, max(phase.start.day, since))
    while start <= horizon and (phase.end is None or Point(start) < phase.end):
        period = Period(start, end, phase.every)
        first = max(phase.start, Point(start))
        last = Point(end) if phase.end is None else min(phase.end, Point(end))
        if first.day <= horizon and first < last:
            for charge in charges_on(catalog, phase.plan, first.day):
                yield Piece(charge, phase, period, first, last, _due(charge, phase, following, period, first, last))
        start, end = end, next_anchored(phase.anchor, phase.every, end)


def charges_on(catalog: CatalogState, plan: str, day: date) -> Sequence[PlanCharge]:
    """What a plan charges, as it is on a day. Raises `Refused`."""
    found = catalog.plan(plan, day)
    if found is None:
        raise Refused(
            f"There is no plan {plan} on {day}.",
            rule="U3: a subscription is billed by a plan of the catalogue.",
            instead="billing-beans plan list",
        )
    return found.charges


def _due(charge: PlanCharge, phase: Phase, following: Phase | None, period: Period, first: Point, last: Point) -> date:
    """In advance as it begins. In arrears when the period is over, or before, where the subscription is, or its periods are others."""
    if charge.timing is not Timing.IN_ARREARS:
        return first.day
    if following is None:
        return last.day
    goes_on = (following.anchor, following.every) == (phase.anchor, phase.every)
    return period.end if goes_on else last.day


def _agreed(line: BilledLine, pieces: Iterable[Piece]) -> Point:
    """Until when a billed line is what should be billed; its beginning, where it never is."""
    agreed = line.begins
    for piece in pieces:
        if piece.start <= agreed < piece.end and _same(line, piece):
            agreed = min(piece.end, line.stops)
    return agreed


def _same(line: BilledLine, piece: Piece) -> bool:
    charge = piece.charge
    return (line.charge, line.product, line.quantity) == (charge.charge, charge.product, quantity_of(piece))


def quantity_of(piece: Piece) -> Decimal:
    """How many a piece charges: as many as the plan says, or as the subscription has."""
    return piece.charge.quantity if piece.charge.quantity is not None else piece.phase.quantity


def _missing(pieces: Iterable[Piece], right: dict[str, list[BilledLine]], until: date) -> Iterator[Missing]:
    for piece in pieces:
        if piece.charge.timing is not Timing.ONCE and piece.due <= until:
            for start, end in _rest(piece, right.get(piece.charge.charge, ())):
                yield Missing(piece, start, end, _bucket(piece, until))


def _rest(piece: Piece, billed: Iterable[BilledLine]) -> Iterator[tuple[Point, Point]]:
    """What of a piece is not billed."""
    start = piece.start
    for line in sorted(billed, key=lambda each: each.begins):
        if line.stops <= start or line.begins >= piece.end:
            continue
        if start < line.begins:
            yield start, line.begins
        start = max(start, line.stops)
    if start < piece.end:
        yield start, piece.end


def _once(books: Books, one: Subscription, pieces: Iterable[Piece], until: date) -> Iterator[Missing]:
    """What is charged once, for each product, with the first period of its plan."""
    seen: set[str] = set()
    for piece in pieces:
        product = piece.charge.product
        if piece.charge.timing is not Timing.ONCE or piece.due > until or product in seen:
            continue
        seen.add(product)
        if not any(True for _ in books.subscriptions.billed.range("once", (one.subscription, product))):
            yield Missing(piece, piece.start, piece.start, _bucket(piece, until))


def _bucket(piece: Piece, until: date) -> date:
    """The beginning of the period with which a piece is billed: what falls due within one is billed with the next, if that has come."""
    if piece.due == piece.period.start:
        return piece.due
    return piece.period.end if piece.period.end <= until else date.max
