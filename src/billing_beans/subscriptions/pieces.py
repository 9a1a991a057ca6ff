"""What of a subscription should be billed: pieces of its periods, by its phases and the charges of its plans (U3). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing_beans.catalog.facts import PlanCharge, Timing
from billing_beans.core.calendar import Every, next_anchored, period_around
from billing_beans.subscriptions.phases import Phases
from billing_beans.subscriptions.records import BilledLine, Phase, Point, Stage, Subscription

ChargesOn = Callable[[str, date], Sequence[PlanCharge]]
"""What a plan charges, as it is on a day."""


class Period(NamedTuple):
    """A period of a subscription: its first day, the day after its last, and how often such periods come."""

    start: date
    end: date
    every: Every


class Piece(NamedTuple):
    """Days of a period for which a charge of a plan is billed, from `start` until `end`, and the day on which they fall due.

    The period `begins` for the subscription on its first day, or later, where that began in the middle of it, or its periods became others
    then; and is `over` by its end, or sooner.
    """

    charge: PlanCharge
    phase: Phase
    period: Period
    start: Point
    end: Point
    due: date
    begins: date
    over: date


def pieces_of(charges_on: ChargesOn, one: Subscription, since: date, horizon: date) -> list[Piece]:
    """Every piece of the periods from that of one day on that begin by another, in order; for each charge none that could be one."""
    pieces = [
        piece
        for number, phase in enumerate(one.phases)
        if phase.stage is Stage.ACTIVE and (phase.end is None or phase.end > Point(since))
        for piece in _of_phase(charges_on, one.phases, number, since, horizon)
    ]
    return pieces if len(one.phases) == 1 else _joined(pieces)


def _of_phase(charges_on: ChargesOn, phases: Phases, number: int, since: date, horizon: date) -> Iterator[Piece]:
    phase = phases[number]
    rhythm, plan = _while(phases, number, _rhythm), _while(phases, number, lambda each: (each.plan, *_rhythm(each)))
    start, end = period_around(phase.anchor, phase.every, max(phase.start.day, since))
    while start <= horizon and (phase.end is None or Point(start) < phase.end):
        period = Period(start, end, phase.every)
        first = max(phase.start, Point(start))
        last = Point(end) if phase.end is None else min(phase.end, Point(end))
        if first < last:
            begins = max(start, rhythm[0].start.day)
            over = end if rhythm[-1].end is None else min(rhythm[-1].end.day, end)
            for charge in charges_on(phase.plan, max(start, plan[0].start.day)):
                due = over if charge.timing is Timing.IN_ARREARS else first.day
                yield Piece(charge, phase, period, first, last, due, begins, over)
        start, end = end, next_anchored(phase.anchor, phase.every, end)


def _rhythm(phase: Phase) -> tuple[object, ...]:
    return phase.anchor, phase.every


def _while(phases: Phases, number: int, what: Callable[[Phase], tuple[object, ...]]) -> Phases:
    """The phases around one that have the same of something, side by side."""
    first = last = number
    while first > 0 and what(phases[first - 1]) == what(phases[number]):
        first -= 1
    while last + 1 < len(phases) and what(phases[last + 1]) == what(phases[number]):
        last += 1
    return phases[first : last + 1]


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces that only something cuts that is nothing to their charge are one: a fixed fee, where the quantity changes."""
    joined: list[Piece] = []
    last: dict[str, int] = {}
    for piece in pieces:
        place = last.get(piece.charge.charge)
        if place is not None and joined[place].end == piece.start and _what(joined[place]) == _what(piece):
            joined[place] = joined[place]._replace(end=piece.end)
        else:
            last[piece.charge.charge] = len(joined)
            joined.append(piece)
    return joined


def _what(piece: Piece) -> tuple[object, ...]:
    return piece.charge.product, piece.charge.timing, quantity_of(piece), piece.period


def quantity_of(piece: Piece) -> Decimal:
    """How many a piece charges: as many as the plan says, or as the subscription has."""
    return piece.charge.quantity if piece.charge.quantity is not None else piece.phase.quantity


def agreed(line: BilledLine, pieces: Iterable[Piece], since: date) -> Point:
    """Until when a billed line is what should be billed; its beginning, where it never is. What lies before `since` was as it should be."""
    until = max(line.begins, Point(since))
    for piece in pieces:
        if piece.start <= until < piece.end and _is_billed_by(line, piece):
            until = min(piece.end, line.stops)
    return until


def looked_at(lines: Iterable[BilledLine], pieces: Sequence[Piece], since: date) -> Iterator[tuple[BilledLine, Point]]:
    """The lines that reach behind a day, each with the point until which it is what should be billed."""
    return ((line, agreed(line, pieces, since)) for line in lines if line.stops > Point(since))


def until_point(line: BilledLine, end: Point) -> BilledLine:
    """A line as far as it is right."""
    return line._replace(end=end.day, end_at=end.at)


def _is_billed_by(line: BilledLine, piece: Piece) -> bool:
    charge, period = piece.charge, piece.period
    return (line.charge, line.product, line.quantity, line.period_start, line.period_end) == (
        *(charge.charge, charge.product, quantity_of(piece)),
        *(period.start, period.end),
    )


def rest(piece: Piece, billed: Iterable[BilledLine]) -> Iterator[tuple[Point, Point]]:
    """What of a piece is not billed by lines for its charge."""
    start = piece.start
    for line in sorted(billed, key=lambda each: each.begins):
        if line.stops <= start or line.begins >= piece.end:
            continue
        if start < line.begins:
            yield start, line.begins
        start = max(start, line.stops)
    if start < piece.end:
        yield start, piece.end
